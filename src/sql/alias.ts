/**
 * Other names for tables, and queries used as tables: whatever has a {@link Source} of its own and columns on `.c`.
 */
import { fail } from "../foundation/errors.ts";
import { unknownKeys } from "../foundation/unknown-keys.ts";
import { sourceName, toSource } from "./coerce.ts";
import type { SHAPE, Shaped } from "./entity.ts";
import { ColumnExpression } from "./expression.ts";
import { SOURCE, type Source } from "./nodes.ts";
import type { ValuedColumns } from "./row.ts";
import { aliasSource } from "./sources.ts";

/** The columns of a shape as expressions: the type of `.c`. */
export type ColumnsOf<Shape, Owner = unknown> = {
  readonly [Key in keyof ValuedColumns<Shape>]: ColumnExpression<
    Key & string,
    ValuedColumns<Shape>[Key],
    Owner
  >;
};

/** The columns of a query as expressions. */
export type NamedColumns<Names, Owner = unknown> = {
  readonly [Key in keyof Names]: ColumnExpression<Key & string, Names[Key], Owner>;
};

/** A source made by the expression language itself, with its columns on `.c`. */
export class NamedSource<out Columns> implements Shaped {
  declare readonly [SHAPE]: Columns;
  readonly [SOURCE]: Source;
  #columns: Columns | undefined;

  constructor(source: Source) {
    this[SOURCE] = source;
  }

  /** The source, as nodes know it. */
  get source(): Source {
    return this[SOURCE];
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
 * @example const parent = alias(nodes, "parent");   // nodes AS parent
 */
export function alias<Target extends Shaped, const Name extends string = "">(
  target: Target,
  name?: Name,
): Alias<ColumnsOf<Target[typeof SHAPE], Name>> {
  const source = toSource(target, "alias()");
  if (source.kind !== "table" && source.kind !== "alias") {
    throw fail("sql/not-a-source", { where: "alias()", got: target });
  }
  return new Alias(aliasSource(source.kind === "alias" ? source.of : source, name));
}

/** Makes the object behind `.c`: an expression per column, an error with the nearest name for every other key. */
function columnExpressions(source: Source): object {
  const keys = source.columnNodes.map(({ key }) => key);
  const unknown = (column: string) =>
    fail("sql/unknown-column", { source: sourceName(source), column, columns: keys });
  const columns = Object.create(unknownKeys(unknown)) as object;
  for (const column of source.columnNodes) {
    // Defined and not assigned: a key such as `__proto__` is one like others.
    Object.defineProperty(columns, column.key, { enumerable: true, value: new ColumnExpression(column) });
  }
  return Object.freeze(columns);
}
