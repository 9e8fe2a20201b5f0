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
  const steps: { step: Step; changes: Change[]; written: Set<ObjectState | undefined>; shape: string }[] = [];
  for (const change of changes) {
    const shape = shapeOf(change);
    const last = steps.at(-1);
    if (
      last !== undefined &&
      last.shape === shape &&
      last.step.table === change.table &&
      !needs(change, last.written)
    ) {
      last.changes.push(change);
      last.written.add(change.state);
      continue;
    }
    const members = [change];
    const step: Step = {
      kind: change.kind,
      table: change.table,
      columns: Array.from(change.values.keys()),
      keyColumns: Array.from(change.key.keys()),
      fetches: change.fetches,
      changes: members,
    };
    steps.push({ step, changes: members, written: new Set([change.state]), shape });
  }
  return steps.map(({ step }) => step);
}

/** Two changes with one shape differ in nothing but plain values. */
function shapeOf(change: Change): string {
  const names = (columns: Iterable<TableColumn>) => Array.from(columns, (column) => column.name).join();
  const expressions = Array.from(change.values)
    .filter(([, value]) => isExpression(value))
    .map(([column]) => column.name);
  // An SQL expression is part of the statement's text, so such a row stands alone.
  if (expressions.length > 0) serial++;
  const unique = expressions.length > 0 ? `${expressions.join()}#${serial}` : "";
  return [
    change.kind,
    names(change.values.keys()),
    names(change.key.keys()),
    names(change.fetches),
    unique,
  ].join("|");
}

let serial = 0;

function needs(change: Change, written: ReadonlySet<ObjectState | undefined>): boolean {
  if (change.kind !== "insert") return false;
  for (const value of change.values.values())
    if (value instanceof KeyOf && written.has(value.state)) return true;
  return false;
}
