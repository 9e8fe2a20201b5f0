/**
 * Change[] → Step[]: neighbouring rows that the same statement can write.
 */

import type { Table } from "../../schema/table.ts";
import type { TableColumn } from "../../schema/table-column.ts";
import { isExpression } from "../state/changes.ts";
import type { ObjectState } from "../state/object-state.ts";
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
  for (let start = 0, end = 0; start < changes.length; start = end) {
    end = endOfStep(changes, start);
    const { kind, table, columns, keyColumns, fetches } = changes[start] as Change;
    steps.push({ kind, table, columns, keyColumns, fetches, changes: changes.slice(start, end) });
  }
  return steps;
}

/** Where the rows end that one statement can write together with the row at `start`. */
function endOfStep(changes: readonly Change[], start: number): number {
  const first = changes[start] as Change;
  let end = start + 1;
  if (hasExpressions(first)) return end;
  // The objects of the step, where its rows may refer to each other.
  let written: Set<ObjectState | undefined> | undefined;
  for (; end < changes.length; end++) {
    const change = changes[end] as Change;
    if (!areAlike(first, change)) break;
    const parents = neededNeighbours(change);
    if (parents.length > 0) {
      written ??= new Set(changes.slice(start, end).map(({ state }) => state));
      if (parents.some((parent) => written?.has(parent))) break;
    }
    written?.add(change.state);
  }
  return end;
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

/** Objects of the same table whose key an inserted row needs. */
function neededNeighbours(change: Change): readonly ObjectState[] {
  let parents = NO_STATES;
  if (change.kind !== "insert") return parents;
  for (const value of change.values) {
    if (value instanceof KeyOf && value.state.mapper.table === change.table) {
      parents = [...parents, value.state];
    }
  }
  return parents;
}

const NO_STATES: readonly ObjectState[] = Object.freeze([]);
