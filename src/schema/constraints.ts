/**
 * Constraints: as a table's third argument says them (`…Extra`), and as the resolved table has them.
 */
import { toColumnExpression } from "../sql/coerce.ts";
import type { ExpressionNode, ForeignKeyLink } from "../sql/nodes.ts";
import type { Valued } from "../sql/row.ts";
import type { ReferenceAction, ReferenceOptions } from "./column.ts";
import type { IndexExtra } from "./index-definition.ts";
import type { Table } from "./table.ts";
import type { TableColumn } from "./table-column.ts";

/** The primary key of a table. */
export interface PrimaryKey {
  readonly kind: "primaryKey";
  readonly table: Table;
  readonly name: string;
  readonly columns: readonly TableColumn[];
}

/** Columns that together are different in every row. */
export interface Unique {
  readonly kind: "unique";
  readonly table: Table;
  readonly name: string;
  readonly columns: readonly TableColumn[];
}

/** Columns that name a row of another table (or of the same). */
export interface ForeignKey extends ForeignKeyLink {
  readonly kind: "foreignKey";
  readonly table: Table;
  readonly name: string;
  readonly from: readonly TableColumn[];
  readonly to: readonly TableColumn[];
  readonly target: Table;
  readonly onDelete: ReferenceAction | undefined;
  readonly onUpdate: ReferenceAction | undefined;
  readonly deferrable: ReferenceOptions["deferrable"];
}

/** A condition that every row meets. */
export interface Check {
  readonly kind: "check";
  readonly table: Table;
  readonly name: string;
  /** SQL text or an expression. */
  readonly condition: string | ExpressionNode;
}

/** What a table's columns are held to. */
export type Constraint = PrimaryKey | Unique | ForeignKey | Check;

/** A composite primary key, as it is said. */
export interface PrimaryKeyExtra {
  readonly kind: "primaryKey";
  readonly columns: readonly Valued<unknown>[];
}

/** A unique constraint, as it is said. */
export interface UniqueExtra {
  readonly kind: "unique";
  readonly name: string | undefined;
  readonly columns: readonly Valued<unknown>[];
}

/** What a foreign key of several columns refers to. */
export type ReferencedColumns = readonly (Valued<unknown> | string)[];

/** A foreign key, as it is said. */
export interface ForeignKeyExtra {
  readonly kind: "foreignKey";
  readonly columns: readonly Valued<unknown>[];
  readonly references: ReferencedColumns | (() => ReferencedColumns);
  readonly options: ReferenceOptions;
}

/** A check, as it is said. */
export interface CheckExtra {
  readonly kind: "check";
  readonly name: string | undefined;
  readonly condition: string | ExpressionNode;
}

/** What the third argument of `table()` may hold. */
export type TableExtra = PrimaryKeyExtra | UniqueExtra | ForeignKeyExtra | CheckExtra | IndexExtra;

/** Makes columns the primary key together. */
export function primaryKey(...columns: Valued<unknown>[]): PrimaryKeyExtra {
  return { kind: "primaryKey", columns };
}

/**
 * Lets no two rows have the same values in these columns.
 *
 * @example unique(c.firstName, c.lastName)
 * @example unique("uq_full_name", c.firstName, c.lastName)
 */
export function unique(...columns: Valued<unknown>[]): UniqueExtra;
export function unique(name: string, ...columns: Valued<unknown>[]): UniqueExtra;
export function unique(...first: (string | Valued<unknown>)[]): UniqueExtra {
  const name = typeof first[0] === "string" ? first[0] : undefined;
  const columns = first.filter((part): part is Valued<unknown> => typeof part !== "string");
  return { kind: "unique", name, columns };
}

/**
 * Makes columns refer to columns of another table; a function is asked late, when the other table exists.
 *
 * @example foreignKey([c.orderId, c.lineNumber], [lines.c.orderId, lines.c.number], { onDelete: "cascade" })
 */
export function foreignKey(
  columns: readonly Valued<unknown>[],
  references: ReferencedColumns | (() => ReferencedColumns),
  options: ReferenceOptions = {},
): ForeignKeyExtra {
  return { kind: "foreignKey", columns, references, options };
}

/**
 * Lets the database refuse rows for which the condition is false.
 *
 * @example check("positive_price", c.price.gt("0"))
 * @example check("price > 0")
 */
export function check(condition: string | Valued<unknown>): CheckExtra;
export function check(name: string, condition: string | Valued<unknown>): CheckExtra;
export function check(first: string | Valued<unknown>, second?: string | Valued<unknown>): CheckExtra {
  const condition = second ?? first;
  return {
    kind: "check",
    name: second === undefined ? undefined : (first as string),
    condition: typeof condition === "string" ? condition : toColumnExpression(condition, "check()"),
  };
}
