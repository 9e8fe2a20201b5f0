/**
 * Change[] → Step[]: neighbouring rows that the same statement can write.
 */

import type { Table } from "../../schema/table.ts";
import type { TableColumn } from "../../schema/table-column.ts";
import { isExpression } from "../state/changes.ts";
import { areEqual, type Change } from "./change.ts";
import { KeyOf } from "./keys.ts";

/** Rows that one statement writes (an INSERT) or that one prepared statement writes in turn. */
export interface Step {
  readonly kind: Change["kind"];
  readonly table: Table;
  readonly columns: readonly TableColumn[];
  readonly keyColumns: readonly TableColumn[];
  readonly fetches: readonly TableColumn[];
  readonly changes: readonly Change[];
}

/**
 * Groups neighbours of equal shape. Order is kept; a row that needs the key of a row in the same step begins a new one.
 *
 * @example batch(changes).map((step) => step.changes.length)   // => [2, 1]
 */
export function batch(changes: readonly Change[]): Step[] {
  const steps: Step[] = [];
  let members: Change[] = [];
  let isPlain = false;
  for (const change of changes) {
    const [first] = members;
    if (first !== undefined && isPlain && areAlike(first, change) && !needs(change, members)) {
      members.push(change);
      continue;
    }
    members = [change];
    isPlain = !hasExpressions(change);
    const { kind, table, columns, keyColumns, fetches } = change;
    steps.push({ kind, table, columns, keyColumns, fetches, changes: members });
  }
  return steps;
}

/** Two changes are alike when they differ in nothing but plain values: an SQL expression is part of the text. */
function areAlike(one: Change, other: Change): boolean {
  return (
    one.kind === other.kind &&
    one.table === other.table &&
    areEqual(one.columns, other.columns) &&
    areEqual(one.keyColumns, other.keyColumns) &&
    areEqual(one.fetches, other.fetches) &&
    !hasExpressions(other)
  );
}

/** Whether what a row writes is computed by the database. */
export function hasExpressions({ values }: Change): boolean {
  for (const value of values) if (isExpression(value)) return true;
  return false;
}

/** Whether a row needs the key of another one that the same statement would insert: of a row of the same table, then. */
function needs(change: Change, members: readonly Change[]): boolean {
  if (change.kind !== "insert") return false;
  for (const value of change.values) {
    if (!(value instanceof KeyOf) || value.state.mapper.table !== change.table) continue;
    if (members.some(({ state }) => state === value.state)) return true;
  }
  return false;
}
