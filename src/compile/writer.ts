/**
 * Collects what one walk over a statement gives: text, parameters, tables touched.
 *
 * The text is a list of pieces in which parameters keep their place, so that a part written late (a common table
 * expression found in the middle of the statement) can be put first and the placeholders still count from one.
 */
import { fail } from "../foundation/errors.ts";
import type { AliasSource, CteSource, ExpressionNode, Source, SubquerySource } from "../sql/nodes.ts";
import type { SqlType } from "../types/sql-type.ts";
import { shortenIdentifier } from "./names.ts";
import { precedenceOfNode } from "./precedence.ts";
import type { RenderedNode } from "./renderers.ts";
import type { Target } from "./target.ts";

/** A parameter of a compiled statement, in the order of the placeholders. */
export interface Parameter {
  /** The bound value; undefined when the execution gives one for `name`. */
  readonly value: unknown;
  /** The name under which an execution gives the value. */
  readonly name: string | undefined;
  readonly type: SqlType;
  /** The column that it is for, where it is for one. */
  readonly where?: string;
}

/** A column of the rows that a statement returns. */
export interface ResultColumn {
  /** What the database calls it. */
  readonly name: string;
  /** What the row calls it: the attribute's key or the label. */
  readonly key: string;
  readonly type: SqlType;
}

type Piece = string | Parameter;

/** The sources that a query may take its columns from. */
export interface Scope {
  /** The FROM of the query itself. */
  readonly own: ReadonlySet<Source>;
  /** The FROMs of all queries around it. */
  readonly enclosing: ReadonlySet<Source>;
  /** The names that ORDER BY may use, by the label that they stand for. */
  readonly labels: ReadonlyMap<string, ExpressionNode>;
}

/** How columns are written: with their table, without, or (in a CHECK) without and with values in the text. */
export type ColumnStyle = "qualified" | "bare";

const noScope: Scope = { own: new Set(), enclosing: new Set(), labels: new Map() };

/** Collects the text and everything else that comes of a statement. */
export class Writer {
  readonly target: Target;
  /** The names wanted for the columns of the query that comes next (a subquery's); consumed by it. */
  wantedNames: readonly string[] | undefined;
  scope: Scope = noScope;
  columnStyle: ColumnStyle = "qualified";
  /** Values are written into the text: DDL has no parameters. */
  literals = false;
  private pieces: Piece[] = [];
  private readonly tablesTouched = new Set<string>();
  private readonly names = new Map<Source, string>();
  private readonly namesTaken: () => ReadonlySet<string>;
  private takenNames: ReadonlySet<string> | undefined;
  private readonly nameCounts = new Map<string, number>();
  private readonly ctes = new Map<CteSource, Piece[] | undefined>();
  private readonly finishedCtes: CteSource[] = [];

  /** `namesTaken` gives the names, in lower case, that must not be made up; asked once, when the first is. */
  constructor(target: Target, namesTaken: () => ReadonlySet<string> = () => new Set()) {
    this.target = target;
    this.namesTaken = namesTaken;
  }

  /** Appends SQL text as it is. */
  text(sql: string): this {
    this.pieces.push(sql);
    return this;
  }

  /** Appends an identifier, quoted where it has to be. */
  identifier(name: string): this {
    this.pieces.push(this.target.quote(name));
    return this;
  }

  /** Appends a parameter, or its literal where none can be bound. */
  parameter(parameter: Parameter): this {
    this.pieces.push(this.literals ? this.target.literal(parameter.value, parameter.type) : parameter);
    return this;
  }

  /** Appends a node by the target's renderer of its kind. */
  node(node: RenderedNode): this {
    const render = this.target.renderers[node.kind] as (node: RenderedNode, writer: Writer) => void;
    if (render === undefined) throw fail("internal/impossible", { what: `a node of kind ${node.kind}` });
    render(node, this);
    return this;
  }

  /** Appends a node in parentheses if it binds less tightly than `precedence`. */
  operand(node: ExpressionNode, precedence: number): this {
    return precedenceOfNode(node) < precedence ? this.parenthesised(() => this.node(node)) : this.node(node);
  }

  /** Appends what `write` appends, in parentheses. */
  parenthesised(write: () => void): this {
    this.text("(");
    write();
    return this.text(")");
  }

  /** Appends each item by `write`, separated. */
  list<Item>(items: readonly Item[], write: (item: Item, position: number) => void, separator = ", "): this {
    items.forEach((item, position) => {
      if (position > 0) this.text(separator);
      write(item, position);
    });
    return this;
  }

  /** Appends what `write` appends while columns are written in another style. */
  withColumnStyle(style: ColumnStyle, write: () => void): this {
    const before = this.columnStyle;
    this.columnStyle = style;
    write();
    this.columnStyle = before;
    return this;
  }

  /** Appends what `write` appends while another scope holds. */
  withScope(scope: Scope, write: () => void): this {
    const before = this.scope;
    const styleBefore = this.columnStyle;
    this.scope = scope;
    this.columnStyle = "qualified";
    write();
    this.scope = before;
    this.columnStyle = styleBefore;
    return this;
  }

  /** Remembers that the statement reads or writes a table. */
  touch(table: string): void {
    this.tablesTouched.add(table);
  }

  /** Gives the name under which a source's columns are written, making one up for an anonymous alias. */
  nameOf(source: Source): string {
    if (source.kind === "table") return source.name;
    if (source.name !== undefined) return source.name;
    const known = this.names.get(source);
    if (known !== undefined) return known;
    const name = this.#unusedName(anonymousStem(source));
    this.names.set(source, name);
    return name;
  }

  #unusedName(stem: string): string {
    this.takenNames ??= this.namesTaken();
    for (let count = (this.nameCounts.get(stem) ?? 0) + 1; ; count++) {
      const name = shortenIdentifier(`${stem}_${count}`, this.target.features.maxIdentifierLength);
      if (this.takenNames.has(name.toLowerCase())) continue;
      this.nameCounts.set(stem, count);
      return name;
    }
  }

  /** Writes a common table expression's query by `write`, once, to stand in WITH before whatever mentions it. */
  cte(source: CteSource, write: () => void): void {
    if (this.ctes.has(source)) return;
    this.ctes.set(source, undefined);
    const before = this.pieces;
    const { wantedNames } = this;
    this.pieces = [];
    this.withScope(noScope, write);
    // They are for the query that mentions the expression, not for the one in it.
    this.wantedNames = wantedNames;
    this.ctes.set(source, this.pieces);
    this.finishedCtes.push(source);
    this.pieces = before;
  }

  /** Puts WITH and the expressions collected so far before the text. */
  prependCtes(): void {
    if (this.finishedCtes.length === 0) return;
    const recursive = this.finishedCtes.some((source) => source.recursive);
    const head: Piece[] = [recursive ? "WITH RECURSIVE " : "WITH "];
    this.finishedCtes.forEach((source, position) => {
      if (position > 0) head.push(",\n");
      head.push(...(this.ctes.get(source) ?? []));
    });
    head.push("\n");
    this.pieces = [...head, ...this.pieces];
    this.finishedCtes.length = 0;
  }

  /** Gives the finished text, its parameters in the order of their placeholders, and the tables. */
  finish(): { sql: string; parameters: readonly Parameter[]; tables: readonly string[] } {
    // Where placeholders are numbered, one parameter is one placeholder however often it is written: PostgreSQL
    // takes GROUP BY f($1) for the f($1) of the column list, but not for f($2).
    const isNumbered = this.target.placeholder(1) !== this.target.placeholder(2);
    const positions = new Map<Parameter, number>();
    const parameters: Parameter[] = [];
    let sql = "";
    for (const piece of this.pieces) {
      if (typeof piece === "string") {
        sql += piece;
        continue;
      }
      let position = isNumbered ? positions.get(piece) : undefined;
      if (position === undefined) {
        position = parameters.push(piece);
        positions.set(piece, position);
      }
      sql += this.target.placeholder(position);
    }
    return { sql, parameters, tables: [...this.tablesTouched] };
  }
}

function anonymousStem(source: AliasSource | SubquerySource | CteSource): string {
  return source.kind === "alias" ? source.of.name : "anon";
}
