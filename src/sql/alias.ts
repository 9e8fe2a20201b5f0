/**
 * Other names for tables, and queries used as tables: whatever has a {@link Source} of its own and columns on `.c`.
 */
import type { ValuedColumns } from "./row.ts";
import { firstSelect, sourceName, toSource } from "./coerce.ts";
import { type Shaped, SHAPE } from "./entity.ts";
import { fail } from "../foundation/errors.ts";
import { ColumnExpression } from "./expression.ts";
import {
  type AliasSource,
  type ColumnNode,
  type ExpressionNode,
  type QueryNode,
  SOURCE,
  type Source,
  type SubquerySource,
  type TableSource,
} from "./nodes.ts";

/** The columns of a shape as expressions: the type of `.c`. */
export type ColumnsOf<Shape> = {
  readonly [Key in keyof ValuedColumns<Shape>]: ColumnExpression<Key & string, ValuedColumns<Shape>[Key]>;
};

/** The columns of a query as expressions. */
export type NamedColumns<Names> = {
  readonly [Key in keyof Names]: ColumnExpression<Key & string, Names[Key]>;
};

/** A source made by the expression language itself, with its columns on `.c`. */
export class NamedSource<out Columns> implements Shaped {
  declare readonly [SHAPE]: Columns;
  readonly [SOURCE]: Source;
  #columns: Columns | undefined;

  constructor(source: Source) {
    this[SOURCE] = source;
  }

  /** The columns by attribute name. */
  get c(): Columns {
    this.#columns ??= columnExpressions(this[SOURCE]) as Columns;
    return this.#columns;
  }

  /** The name, when one was given. */
  get name(): string | undefined {
    return this[SOURCE].name;
  }
}

/** A table under another name. */
export class Alias<out Columns> extends NamedSource<Columns> {}

/** A query used as a table. */
export class Subquery<out Columns> extends NamedSource<Columns> {}

/**
 * Gives a table another name, so that one statement can use it twice. Without a name the compiler numbers it.
 *
 * Errors: sql/not-a-source for anything but a table.
 *
 * @example const parent = alias(nodes, "parent")   // => nodes AS parent
 */
export function alias<Target extends Shaped>(
  target: Target,
  name?: string,
): Alias<ColumnsOf<Target[typeof SHAPE]>> {
  const source = toSource(target, "alias()");
  if (source.kind !== "table" && source.kind !== "alias") {
    throw fail("sql/not-a-source", { where: "alias()", got: target });
  }
  return new Alias(aliasSource(source.kind === "alias" ? source.of : source, name));
}

/** Makes the source of an alias. Its columns are made when they are first asked for. */
export function aliasSource(of: TableSource, name?: string): AliasSource {
  let columns: readonly ColumnNode[] | undefined;
  const source: AliasSource = Object.freeze({
    kind: "alias",
    of,
    name,
    get columnNodes() {
      columns ??= Object.freeze(of.columnNodes.map((column) => Object.freeze({ ...column, source })));
      return columns;
    },
  });
  return source;
}

/** Makes the source of a query used as a table. */
export function subquerySource(query: QueryNode, name: string | undefined, lateral = false): SubquerySource {
  let columns: readonly ColumnNode[] | undefined;
  const source: SubquerySource = Object.freeze({
    kind: "subquery",
    query,
    name,
    lateral,
    get columnNodes() {
      columns ??= derivedColumns(query, source);
      return columns;
    },
  });
  return source;
}

/** One column that a query gives to whoever uses it as a table. */
export interface OutputColumn {
  /** Its name in the database, unique within the query. */
  readonly name: string;
  /** Its key on `.c`, unique within the query. */
  readonly key: string;
  readonly expression: ExpressionNode;
}

/**
 * Names the columns of a query that is used as a table; the compiler writes `AS name` where an expression would
 * have another name by itself.
 *
 * A second column of the same name becomes `name_1`, a value without a name is called after its function or `anon`.
 */
export function outputColumns(query: QueryNode): readonly OutputColumn[] {
  const expressions = firstSelect(query).items.flatMap((item) =>
    item.kind === "entity" ? item.columns : [item],
  );
  const names = new Set<string>();
  const keys = new Set<string>();
  return expressions.map((expression) => {
    const { name, key } = naturalName(expression);
    return { name: unused(name, names), key: unused(key, keys), expression };
  });
}

/** Makes the columns of a source from the query behind it. */
export function derivedColumns(query: QueryNode, source: Source): readonly ColumnNode[] {
  const columns = outputColumns(query).map(({ name, key, expression }): ColumnNode =>
    Object.freeze({ kind: "column", source, name, key, type: expression.type }),
  );
  return Object.freeze(columns);
}

/** Gives the name and key that an expression has without a label. */
export function naturalName(node: ExpressionNode): { readonly name: string; readonly key: string } {
  switch (node.kind) {
    case "column":
      return { name: node.name, key: node.key };
    case "label":
      return { name: node.name, key: node.name };
    case "function":
      return { name: node.name, key: node.name };
    case "cast":
    case "collate":
    case "window":
      return naturalName(node.operand);
    default:
      return { name: "anon", key: "anon" };
  }
}

function unused(name: string, taken: Set<string>): string {
  let candidate = name;
  for (let count = 1; taken.has(candidate); count++) candidate = `${name}_${count}`;
  taken.add(candidate);
  return candidate;
}

/** Makes the object behind `.c`: an expression per column, an error with the nearest name for every other key. */
function columnExpressions(source: Source): object {
  const columns: Record<string, unknown> = Object.create(null);
  for (const column of source.columnNodes) columns[column.key] = new ColumnExpression(column);
  return new Proxy(Object.freeze(columns), {
    get(target, key) {
      if (typeof key === "symbol" || key in target) return target[key as string];
      throw fail("sql/unknown-column", {
        source: sourceName(source),
        column: key,
        columns: Object.keys(target),
      });
    },
  });
}
