/**
 * Change[] → Step[]: neighbouring rows that the same statement can write.
 */

import type { Table } from "../../schema/table.ts";
import type { TableColumn } from "../../schema/table-column.ts";
import { isExpression } from "../state/changes.ts";
import type { ObjectState } from "../state/object-state.ts";
import type { Change } from "./draft.ts";
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
  let written = new Set<ObjectState | undefined>();
  for (const change of changes) {
    const [first] = members;
    if (first !== undefined && areAlike(first, change) && !needs(change, written)) {
      members.push(change);
      written.add(change.state);
      continue;
    }
    members = [change];
    written = new Set([change.state]);
    steps.push({
      kind: change.kind,
      table: change.table,
      columns: Array.from(change.values.keys()),
      keyColumns: Array.from(change.key.keys()),
      fetches: change.fetches,
      changes: members,
    });
  }
  return steps;
}

/** Two changes are alike when they differ in nothing but plain values: an SQL expression is part of the text. */
function areAlike(one: Change, other: Change): boolean {
  if (one.kind !== other.kind || one.table !== other.table) return false;
  if (one.values.size !== other.values.size || one.key.size !== other.key.size) return false;
  if (one.fetches.length !== other.fetches.length) return false;
  for (let index = 0; index < one.fetches.length; index++) {
    if (one.fetches[index] !== other.fetches[index]) return false;
  }
  const columns = other.values.entries();
  for (const [column, value] of one.values) {
    const [otherColumn, otherValue] = columns.next().value as [TableColumn, unknown];
    if (column !== otherColumn || isExpression(value) || isExpression(otherValue)) return false;
  }
  const keys = other.key.keys();
  for (const column of one.key.keys()) if (column !== keys.next().value) return false;
  return true;
}

function needs(change: Change, written: ReadonlySet<ObjectState | undefined>): boolean {
  if (change.kind !== "insert") return false;
  for (const value of change.values.values())
    if (value instanceof KeyOf && written.has(value.state)) return true;
  return false;
}
