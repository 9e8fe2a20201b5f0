/**
 * What INSERT, UPDATE and DELETE have in common: their target, the values that a user gives by attribute name, and
 * RETURNING.
 */
import { fail } from "../foundation/errors.ts";
import { columnByKey, describe, entityOf, sourceName, toExpression, toItems, toSource } from "./coerce.ts";
import type { AliasSource, Assignment, ColumnNode, EntityRef, ExpressionNode, TableSource } from "./nodes.ts";

/** The table that a statement writes, as the user knows it. */
export interface WriteTarget {
  readonly source: TableSource | AliasSource;
  readonly columns: readonly ColumnNode[];
  /** What the user calls it (`User`). */
  readonly name: string;
}

/** Takes the target of a write. Errors: sql/not-a-source for anything but a table or mapped class. */
export function toWriteTarget(value: unknown, where: string): WriteTarget {
  const source = toSource(value, where);
  if (source.kind !== "table" && source.kind !== "alias")
    throw fail("sql/not-a-source", { where, got: value });
  const entity = entityOf(value);
  return {
    source,
    columns: entity?.columns ?? source.columnNodes,
    name: entity?.name ?? sourceName(source),
  };
}

/** Takes the table of an INSERT: an alias cannot be inserted into. */
export function toInsertTarget(value: unknown): WriteTarget & { readonly source: TableSource } {
  const target = toWriteTarget(value, "insert()");
  if (target.source.kind !== "table") throw fail("sql/not-a-source", { where: "insert()", got: value });
  return { ...target, source: target.source };
}

/** Makes one assignment per value. Errors: sql/unknown-column, sql/undefined-value, sql/wrong-value. */
export function toAssignments(values: object, target: WriteTarget): readonly Assignment[] {
  return Object.entries(values).map(([key, value]): Assignment => {
    const column = columnByKey(target.columns, key, target.name);
    return Object.freeze({ column, value: toValue(value, column) });
  });
}

/** Makes the node of a value for a column. */
export function toValue(value: unknown, column: ColumnNode): ExpressionNode {
  return toExpression(value, { where: describe(column), type: column.type, isStored: true });
}

/** Takes what RETURNING lists; nothing means all columns. */
export function toReturning(
  items: readonly unknown[],
  target: WriteTarget,
): readonly (ExpressionNode | EntityRef)[] {
  if (items.length === 0) return target.columns;
  return Object.freeze(items.flatMap((item) => toItems(item, "returning()")));
}
