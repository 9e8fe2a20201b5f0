/**
 * Step → database: the one step of a flush that writes.
 */
import type { Compiled } from "../../compile/compile.ts";
import { fail } from "../../foundation/errors.ts";
import type { Io } from "../../io/ask.ts";
import type { TableColumn } from "../../schema/table-column.ts";
import { isExpression } from "../state/changes.ts";
import { keyText } from "../state/identity-map.ts";
import type { ObjectState } from "../state/object-state.ts";
import type { Step } from "./batch.ts";
import { blame } from "./blame.ts";
import type { Change } from "./draft.ts";
import type { FlushSession } from "./flush-session.ts";
import { KeyOf } from "./keys.ts";
import { type Writing, writingsOf } from "./statements.ts";

/** What the database answered for one row: the values that only it knew. */
export type Outcome = ReadonlyMap<TableColumn, unknown>;

/** Answers by object; later statements take their keys from here. */
export type Outcomes = Map<ObjectState, Map<TableColumn, unknown>>;

/**
 * Writes one step's rows and notes what the database made.
 *
 * Errors: conflict/… naming the object; flush/stale when an expected row was not there.
 */
export function* emit(session: FlushSession, step: Step, outcomes: Outcomes): Io<void> {
  const during = `emit ${step.kind} ${step.table.name}`;
  for (const writing of writingsOf(step, session.dialectOf(step.table))) {
    try {
      if (writing.form === "each") yield* emitOneByOne(session, writing, outcomes, during);
      else yield* emitTogether(session, writing, outcomes, during);
    } catch (error) {
      const sent = (value: unknown) => resolved(value, outcomes);
      throw blame(error, { ...writing, memory: session.memory, sent });
    }
  }
}

function* emitTogether(
  session: FlushSession,
  writing: Writing,
  outcomes: Outcomes,
  during: string,
): Io<void> {
  const { compiled, changes, step } = writing;
  const values = writing.form === "arrays" ? arraysOf(writing, outcomes) : rowsOf(writing, outcomes);
  const result = yield* session.executeTogether(compiled, values, {
    during,
    rows: changes.length,
    table: step.table,
  });
  if (step.kind === "insert") noteReturned(writing, result.rows, outcomes);
  else if (changes[0]?.mustMatch && result.rowCount !== changes.length) {
    throw stale(step, changes, result.rowCount);
  }
}

function* emitOneByOne(
  session: FlushSession,
  writing: Writing,
  outcomes: Outcomes,
  during: string,
): Io<void> {
  const { compiled, changes, step, returning } = writing;
  const sets = changes.map((change) => rowOf(compiled, change, outcomes));
  const results = yield* session.executeEach(compiled, sets, {
    during,
    rows: sets.length,
    table: step.table,
  });
  results.forEach((result, index) => {
    const change = changes[index] as Change;
    if (change.mustMatch && result.rowCount !== 1) throw stale(step, [change], result.rowCount);
    if (returning.length > 0 && result.rows[0] !== undefined) {
      noteRow(change, returning, result.rows[0], outcomes);
    }
  });
}

function stale(step: Step, changes: readonly Change[], matched: number): Error {
  const entity = changes[0]?.state?.mapper.name ?? step.table.name;
  return fail("flush/stale", { action: step.kind, entity, expected: changes.length, matched });
}

// ---------------------------------------------------------------- what goes out

/** The values of rows in the order of the placeholders: row by row, column by column. */
function rowsOf({ compiled, changes }: Writing, outcomes: Outcomes): unknown[] {
  if (changes.length === 1) return rowOf(compiled, changes[0] as Change, outcomes);
  const values: unknown[] = [];
  for (const change of changes) {
    for (const value of change.values.values()) values.push(resolved(value, outcomes));
  }
  return values;
}

/** The values of one row: what is written, then the key; what an SQL expression brings along stands among them. */
function rowOf({ parameters }: Compiled, change: Change, outcomes: Outcomes): unknown[] {
  const given: unknown[] = [];
  for (const value of change.values.values()) if (!isExpression(value)) given.push(resolved(value, outcomes));
  for (const value of change.key.values()) {
    const part = resolved(value, outcomes);
    // A key that is NULL is a part of the text.
    if (part !== null && part !== undefined) given.push(part);
  }
  if (given.length === parameters.length) return given;
  const next = given.values();
  return parameters.map(({ name, value }) => (name === undefined ? value : next.next().value));
}

function arraysOf({ step, changes }: Writing, outcomes: Outcomes): unknown[][] {
  return [
    ...step.columns.map((column) => changes.map(({ values }) => resolved(values.get(column), outcomes))),
    ...step.keyColumns.map((column) => changes.map(({ key }) => resolved(key.get(column), outcomes))),
  ];
}

function resolved(value: unknown, outcomes: Outcomes): unknown {
  if (!(value instanceof KeyOf)) return value;
  const key =
    outcomes.get(value.state)?.get(value.attribute.column) ?? value.state.values[value.attribute.slot];
  return key ?? null;
}

// ---------------------------------------------------------------- what comes back

function noteReturned(writing: Writing, rows: unknown[][], outcomes: Outcomes): void {
  const { changes, returning } = writing;
  if (returning.length === 0) return;
  const ordered = changes.length > 1 ? inInsertOrder(writing, rows, outcomes) : rows;
  changes.forEach((change, index) => {
    const row = ordered[index];
    if (row !== undefined) noteRow(change, returning, row, outcomes);
  });
}

/**
 * Rows of one INSERT need not come back in the order in which they were given. A database numbers them in that order,
 * so sorting by the number restores it; rows without a number are found by the key that they were given.
 */
function inInsertOrder(
  { step, changes, returning }: Writing,
  rows: unknown[][],
  outcomes: Outcomes,
): (unknown[] | undefined)[] {
  const { autoincrementColumn, primaryKey } = step.table;
  const number = autoincrementColumn === undefined ? -1 : returning.indexOf(autoincrementColumn);
  if (number >= 0) return rows.sort((left, right) => compareNumbers(left[number], right[number]));
  const textOf = (read: (column: TableColumn) => unknown) =>
    keyText(primaryKey.columns.map((column) => column.type.normalise?.(read(column)) ?? read(column)));
  const byKey = new Map(rows.map((row) => [textOf((column) => row[returning.indexOf(column)]), row]));
  return changes.map(({ values }) => byKey.get(textOf((column) => resolved(values.get(column), outcomes))));
}

function compareNumbers(left: unknown, right: unknown): number {
  const one = left as number | bigint;
  const other = right as number | bigint;
  return one < other ? -1 : one > other ? 1 : 0;
}

function noteRow(
  change: Change,
  columns: readonly TableColumn[],
  row: readonly unknown[],
  outcomes: Outcomes,
): void {
  if (change.state === undefined) return;
  const outcome = outcomes.get(change.state) ?? new Map<TableColumn, unknown>();
  columns.forEach((column, index) => {
    outcome.set(column, row[index]);
  });
  outcomes.set(change.state, outcome);
}
