/**
 * Lists of plain values in a statement, which a dialect may send as one parameter: the text is the same for lists of any
 * length then, so that it is prepared once.
 */
import type { ExpressionNode } from "../sql/nodes.ts";
import type { SqlType } from "../types/sql-type.ts";

/** The values of a list, and the type that they have in common. */
export interface ValueList {
  readonly values: unknown[];
  readonly type: SqlType;
}

/** Gives the values of a list that holds nothing but values of one type; undefined for any other. */
export function valueList(items: readonly (ExpressionNode | undefined)[]): ValueList | undefined {
  const [first] = items;
  if (first?.kind !== "parameter") return undefined;
  const values: unknown[] = [];
  for (const item of items) {
    if (item?.kind !== "parameter" || item.name !== undefined || item.type !== first.type) return undefined;
    values.push(item.value);
  }
  return { values, type: first.type };
}
