/**
 * Step → database: the one step of a flush that writes.
 */
import type { Compiled } from "../../compile/compile.ts";
import { ConflictError, fail } from "../../foundation/errors.ts";
import type { Io } from "../../io/ask.ts";
import type { TableColumn } from "../../schema/table-column.ts";
import { isExpression } from "../state/changes.ts";
import { keyText } from "../state/identity-key.ts";
import type { Step } from "./batch.ts";
import { blame } from "./blame.ts";
import { type Change, writtenValue } from "./change.ts";
import type { FlushSession } from "./flush-session.ts";
import { KeyOf } from "./keys.ts";
import { type Writing, writingsOf } from "./statements.ts";

/**
 * Writes one step's rows and notes what the database made: later statements take their keys from there.
 *
 * Errors: conflict/… naming the object; flush/stale when an expected row was not there.
 */
export function* emit(session: FlushSession, step: Step): Io<void> {
  const during = `emit ${step.kind} ${step.table.name}`;
  for (const writing of writingsOf(step, session.dialectOf(step.table))) {
    try {
      if (writing.form === "each") yield* emitOneByOne(session, writing, during);
      else if (writing.oneByOne !== undefined)
        yield* emitOrFindRefused(session, writing, writing.oneByOne, during);
      else yield* emitTogether(session, writing, during);
    } catch (error) {
      throw blame(error, { ...writing, memory: session.memory, sent: resolved });
    }
  }
}

/** Writes rows together; where one is still referred to, again one by one, so that the error is about that one. */
function* emitOrFindRefused(
  session: FlushSession,
  writing: Writing,
  oneByOne: Writing,
  during: string,
): Io<void> {
  try {
    yield* emitTogether(session, writing, during);
  } catch (error) {
    if (!(error instanceof ConflictError) || error.code !== "conflict/foreign-key") throw error;
    yield* emitOneByOne(session, oneByOne, during);
  }
}

function* emitTogether(session: FlushSession, writing: Writing, during: string): Io<void> {
  const { compiled, changes, step } = writing;
  const values = writing.form === "arrays" ? arraysOf(writing) : rowsOf(writing);
  const result = yield* session.executeTogether(compiled, values, {
    during,
    rows: changes.length,
    table: step.table,
  });
  if (step.kind === "insert") noteReturned(writing, result.rows);
  else if (changes[0]?.mustMatch && result.rowCount !== changes.length) {
    throw stale(step, changes, result.rowCount);
  }
}

function* emitOneByOne(session: FlushSession, writing: Writing, during: string): Io<void> {
  const { compiled, changes, step, returning } = writing;
  const sets = changes.map((change) => rowOf(compiled, change));
  const results = yield* session.executeEach(compiled, sets, {
    during,
    rows: sets.length,
    table: step.table,
  });
  results.forEach((result, index) => {
    const change = changes[index] as Change;
    if (change.mustMatch && result.rowCount !== 1) throw stale(step, [change], result.rowCount);
    if (returning.length > 0 && result.rows[0] !== undefined) {
      change.part?.noteOutcome(returning, result.rows[0]);
    }
  });
}

function stale(step: Step, changes: readonly Change[], matched: number): Error {
  const entity = changes[0]?.state?.mapper.name ?? step.table.name;
  return fail("flush/stale", { action: step.kind, entity, expected: changes.length, matched });
}

// ---------------------------------------------------------------- what goes out

/** The values of rows in the order of the placeholders: row by row, column by column. */
function rowsOf({ compiled, changes, step }: Writing): unknown[] {
  if (changes.length === 1) return rowOf(compiled, changes[0] as Change);
  const values = new Array<unknown>(changes.length * (step.columns.length + step.keyColumns.length));
  let place = 0;
  for (const change of changes) {
    for (let index = 0; index < change.values.length; index++)
      values[place++] = resolved(change.values[index]);
    for (let index = 0; index < change.key.length; index++) values[place++] = resolved(change.key[index]);
  }
  return values;
}

/** The values of one row: what is written, then the key; what an SQL expression brings along stands among them. */
function rowOf({ parameters }: Compiled, change: Change): unknown[] {
  const given: unknown[] = [];
  for (const value of change.values) if (!isExpression(value)) given.push(resolved(value));
  for (const value of change.key) {
    const part = resolved(value);
    // A key that is NULL is a part of the text.
    if (part !== null && part !== undefined) given.push(part);
  }
  if (given.length === parameters.length) return given;
  const next = given.values();
  return parameters.map(({ name, value }) => (name === undefined ? value : next.next().value));
}

function arraysOf({ step, changes }: Writing): unknown[][] {
  return [
    ...step.columns.map((_column, index) => changes.map(({ values }) => resolved(values[index]))),
    ...step.keyColumns.map((_column, index) => changes.map(({ key }) => resolved(key[index]))),
  ];
}

function resolved(value: unknown): unknown {
  if (!(value instanceof KeyOf)) return value;
  return value.made ?? value.state.values[value.attribute.slot] ?? null;
}

// ---------------------------------------------------------------- what comes back

function noteReturned(writing: Writing, rows: unknown[][]): void {
  const { changes, returning } = writing;
  if (returning.length === 0) return;
  const ordered = changes.length > 1 ? inInsertOrder(writing, rows) : rows;
  changes.forEach(({ part }, index) => {
    const row = ordered[index];
    if (row !== undefined) part?.noteOutcome(returning, row);
  });
}

/**
 * Rows of one INSERT need not come back in the order in which they were given. A database numbers them in that order,
 * so sorting by the number restores it; rows without a number are found by the key that they were given.
 */
function inInsertOrder({ step, changes, returning }: Writing, rows: unknown[][]): (unknown[] | undefined)[] {
  const { autoincrementColumn, primaryKey } = step.table;
  const number = autoincrementColumn === undefined ? -1 : returning.indexOf(autoincrementColumn);
  if (number >= 0) return rows.sort((left, right) => compareNumbers(left[number], right[number]));
  const textOf = (read: (column: TableColumn) => unknown) =>
    keyText(primaryKey.columns.map((column) => column.type.normalise?.(read(column)) ?? read(column)));
  const byKey = new Map(rows.map((row) => [textOf((column) => row[returning.indexOf(column)]), row]));
  return changes.map((change) => byKey.get(textOf((column) => resolved(writtenValue(change, column)))));
}

function compareNumbers(left: unknown, right: unknown): number {
  const one = left as number | bigint;
  const other = right as number | bigint;
  return one < other ? -1 : one > other ? 1 : 0;
}
