/**
 * `insert(…)`: the immutable builder of INSERT statements.
 *
 * The node holds what the user gave. Defaults of the program and of the database are the engine's: it knows the table
 * behind a source.
 */
import { fail } from "../foundation/errors.ts";
import { type ColumnsOf, NamedSource } from "./alias.ts";
import { columnByKey, isQuery, nodeOf, toCriterion } from "./coerce.ts";
import type { Cte } from "./cte.ts";
import type { InstanceOf, MappedClass, SHAPE, Shaped } from "./entity.ts";
import { type ColumnNode, type ConflictClause, type InsertNode, type QueryNode, SOURCE } from "./nodes.ts";
import type { Assignments, Criterion, ITEM, RowOf, SelectItem, Statement, TableRow, Valued } from "./row.ts";
import { aliasSource, outputColumns } from "./sources.ts";
import { stringify } from "./stringifier.ts";
import { toAssignments, toInsertTarget, toReturning, type WriteTarget } from "./values.ts";

/** What a conflict is about: columns of a unique constraint by attribute name or as expressions. */
export type ConflictTarget<Key> = Key | Valued<unknown> | readonly (Key | Valued<unknown>)[];

/** What to do about a row that exists. */
export interface ConflictUpdate<Target extends Shaped> {
  /** The columns that must be unique. */
  readonly target?: ConflictTarget<keyof Target[typeof SHAPE] & string>;
  /** The constraint by its name in the database, instead of its columns. */
  readonly constraint?: string;
  /** The values to set; a function gets the row that could not be inserted. */
  readonly set: Assignments<Target> | ((excluded: ColumnsOf<Target[typeof SHAPE]>) => Assignments<Target>);
  /** Updates only rows for which this holds. */
  readonly where?: Criterion;
}

/** An INSERT that gives `Item`s: nothing (`never`) unless `returning` was called. */
export class Insert<Target extends Shaped, out Item = never> implements Statement<Item> {
  declare readonly [ITEM]: Item;
  readonly node: InsertNode;
  readonly #target: WriteTarget;

  constructor(node: InsertNode, target: WriteTarget) {
    this.node = node;
    this.#target = target;
  }

  /**
   * Gives the rows to insert, by attribute name; rows given before stay.
   *
   * Errors: sql/unknown-column with the nearest name; sql/undefined-value; sql/wrong-value; sql/uneven-rows when rows
   * have different keys.
   */
  values(rows: Assignments<Target> | readonly Assignments<Target>[]): Insert<Target, Item> {
    const list: readonly object[] = Array.isArray(rows) ? rows : [rows];
    if (list.length === 0)
      throw fail("sql/empty", { what: "insert().values()", expected: "at least one row" });
    const first = this.node.rows.length === 0 ? toAssignments(list[0]!, this.#target) : undefined;
    const columns = first?.map((assignment) => assignment.column) ?? this.node.columns;
    const added = list.map((row, index) => this.#row(row, columns, this.node.rows.length + index + 1));
    return this.#with({
      columns: Object.freeze(columns),
      rows: Object.freeze([...this.node.rows, ...added.map((row) => Object.freeze(row))]),
      query: undefined,
    });
  }

  /**
   * Inserts the rows of a query.
   *
   * Errors: sql/column-count when it has another number of columns than `keys`; sql/unknown-column with the nearest name;
   * sql/from-select.
   */
  fromSelect(
    keys: readonly (keyof Target[typeof SHAPE] & string)[],
    query: { readonly node: QueryNode },
  ): Insert<Target, Item> {
    const isList: boolean = Array.isArray(keys) && keys.every((key) => typeof key === "string");
    if (!isList) throw fail("sql/from-select", { expected: "first a list of the columns' keys", got: keys });
    const node = nodeOf(query);
    if (node === undefined || !isQuery(node)) {
      throw fail("sql/from-select", { expected: "a query behind the columns' keys", got: query });
    }
    const columns = keys.map((key) => columnByKey(this.#target.columns, key, this.#target.name));
    const got = outputColumns(node).length;
    if (got !== columns.length)
      throw fail("sql/column-count", { what: "fromSelect()", expected: columns.length, got });
    return this.#with({ columns: Object.freeze(columns), rows: [], query: node });
  }

  /** Leaves out rows that exist: ON CONFLICT DO NOTHING. */
  onConflictDoNothing(
    options: Pick<ConflictUpdate<Target>, "target" | "constraint"> = {},
  ): Insert<Target, Item> {
    return this.#with({ conflict: this.#conflict(options, { set: undefined, where: undefined }) });
  }

  /**
   * Updates rows that exist: ON CONFLICT DO UPDATE.
   *
   * @example insert(User).values(row).onConflictDoUpdate({ target: "email", set: (row) => ({ name: row.name }) })
   */
  onConflictDoUpdate(options: ConflictUpdate<Target>): Insert<Target, Item> {
    const set = typeof options.set === "function" ? options.set(this.#excluded()) : options.set;
    const where = options.where && toCriterion(options.where, "onConflictDoUpdate()");
    return this.#with({
      conflict: this.#conflict(options, { set: toAssignments(set, this.#target), where }),
    });
  }

  /** Gives back columns of the inserted rows: those named, or all. */
  returning(): Insert<Target, TableRow<Target>>;
  returning<Entity extends MappedClass>(entity: Entity): Insert<Target, InstanceOf<Entity>>;
  returning<Items extends readonly SelectItem[]>(...items: Items): Insert<Target, RowOf<Items>>;
  returning(...items: readonly unknown[]): Insert<Target, unknown> {
    return this.#with<unknown>({ returning: toReturning(items, this.#target) });
  }

  /** Puts common table expressions before the statement. */
  with(...ctes: readonly Cte<unknown>[]): Insert<Target, Item> {
    return this.#with({ ctes: [...this.node.ctes, ...ctes.map((cte) => cte[SOURCE])] });
  }

  /** Shows the SQL in the generic dialect. */
  toString(): string {
    return stringify(this.node);
  }

  #row(row: object, columns: readonly ColumnNode[], number: number) {
    const assignments = toAssignments(row, this.#target);
    const valueByColumn = new Map(assignments.map(({ column, value }) => [column, value]));
    const missing = columns.filter((column) => !valueByColumn.has(column));
    const extra = assignments.filter(({ column }) => !columns.includes(column));
    if (missing.length > 0 || extra.length > 0) {
      throw fail("sql/uneven-rows", {
        table: this.#target.name,
        row: number,
        missing: missing.map((column) => column.key),
        extra: extra.map(({ column }) => column.key),
      });
    }
    return columns.map((column) => valueByColumn.get(column)!);
  }

  #conflict(
    { target, constraint }: { readonly target?: unknown; readonly constraint?: string },
    change: Pick<ConflictClause, "set" | "where">,
  ): ConflictClause {
    const keys: readonly unknown[] = target === undefined ? [] : Array.isArray(target) ? target : [target];
    return Object.freeze({ columns: keys.map((key) => this.#conflictColumn(key)), constraint, ...change });
  }

  #conflictColumn(key: unknown): ColumnNode {
    const node = nodeOf(key);
    if (node?.kind === "column") return node;
    if (typeof key === "string") return columnByKey(this.#target.columns, key, this.#target.name);
    throw fail("sql/not-an-expression", { where: "onConflict target", got: key });
  }

  /** The row that could not be inserted, under the name that both databases give it. */
  #excluded(): ColumnsOf<Target[typeof SHAPE]> {
    return new NamedSource<ColumnsOf<Target[typeof SHAPE]>>(aliasSource(this.node.table, "excluded")).c;
  }

  #with<NewItem = Item>(change: Partial<InsertNode>): Insert<Target, NewItem> {
    return new Insert(Object.freeze({ ...this.node, ...change }), this.#target);
  }
}

/**
 * Makes an INSERT into a table or the table of a class; without `values` it inserts one row of defaults.
 *
 * @example insert(User).values({ name: "ann" })   // => INSERT INTO users (name) VALUES (?)
 */
export function insert<Target extends Shaped>(target: Target): Insert<Target> {
  const known = toInsertTarget(target);
  return new Insert(
    Object.freeze({
      kind: "insert",
      table: known.source,
      columns: [],
      rows: [],
      query: undefined,
      conflict: undefined,
      returning: [],
      ctes: [],
    }),
    known,
  );
}
