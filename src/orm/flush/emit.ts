/**
 * Step → database: the one step of a flush that writes.
 */
import type { Compiled } from "../../compile/compile.ts";
import { compile } from "../../compile/compile.ts";
import type { Dialect } from "../../engine/dialect.ts";
import { fail } from "../../foundation/errors.ts";
import type { Io } from "../../io/ask.ts";
import type { TableColumn } from "../../schema/table-column.ts";
import type { BinaryNode, ExpressionNode, ParameterNode, StatementNode } from "../../sql/nodes.ts";
import { booleanType } from "../../types/boolean.ts";
import { isExpression } from "../state/changes.ts";
import type { ObjectState } from "../state/object-state.ts";
import type { Step } from "./batch.ts";
import { blame } from "./blame.ts";
import type { Change } from "./draft.ts";
import type { FlushSession } from "./flush-session.ts";
import { KeyOf } from "./keys.ts";

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
  for (const writing of writingsOf(step, session.dialect)) {
    try {
      if (step.kind === "insert") yield* emitTogether(session, writing, outcomes, during);
      else yield* emitOneByOne(session, writing, outcomes, during);
    } catch (error) {
      const sent = (value: unknown) => resolved(value, outcomes);
      throw blame(error, { ...writing, memory: session.memory, sent });
    }
  }
}

/** A statement, and the rows of a step that it writes. */
export interface Writing {
  readonly step: Step;
  readonly changes: readonly Change[];
  readonly compiled: Compiled;
}

/** The statements of a step: an INSERT writes all its rows at once, others are executed for each row. */
export function writingsOf(step: Step, dialect: Dialect): Writing[] {
  if (step.kind === "insert") {
    return chunks(step, dialect).map((changes) => ({
      step,
      changes,
      compiled: compiledInsert(step, changes, dialect),
    }));
  }
  return alike(step).map((changes) => ({
    step,
    changes,
    compiled: compiledWrite(step, changes[0] as Change, dialect),
  }));
}

function* emitTogether(
  session: FlushSession,
  writing: Writing,
  outcomes: Outcomes,
  during: string,
): Io<void> {
  const { compiled, changes, step } = writing;
  const values: Record<string, unknown> = {};
  changes.forEach((change, index) => {
    bindRow(values, change.values, `${index}_`, outcomes);
  });
  const result = yield* session.executeInsert(compiled, values, { during, rows: changes.length });
  noteReturned({ step, changes, rows: result.rows, outcomes });
}

function* emitOneByOne(
  session: FlushSession,
  writing: Writing,
  outcomes: Outcomes,
  during: string,
): Io<void> {
  const { compiled, changes, step } = writing;
  const sets = changes.map((change) => {
    const values: Record<string, unknown> = {};
    bindRow(values, change.values, "", outcomes);
    bindRow(values, change.key, "key_", outcomes);
    return values;
  });
  const results = yield* session.executeEach(compiled, sets, during);
  results.forEach((result, index) => {
    const change = changes[index] as Change;
    if (change.mustMatch && result.rowCount !== 1) throw stale(step, change, result.rowCount);
    if (step.fetches.length > 0 && result.rows[0] !== undefined) {
      noteRow(change, step.fetches, result.rows[0], outcomes);
    }
  });
}

/** Rows of one step that the same text writes: a key that is NULL makes another text. */
function alike(step: Step): Change[][] {
  const byText = new Map<string, Change[]>();
  for (const change of step.changes) {
    const nulls = Array.from(change.key).map(([, value]) => (value ?? null) === null);
    const text = nulls.join();
    const changes = byText.get(text) ?? [];
    changes.push(change);
    byText.set(text, changes);
  }
  return Array.from(byText.values());
}

function stale(step: Step, change: Change, matched: number): Error {
  const entity = change.state?.mapper.name ?? step.table.name;
  return fail("flush/stale", { action: change.kind, entity, expected: 1, matched });
}

function bindRow(
  into: Record<string, unknown>,
  row: ReadonlyMap<TableColumn, unknown>,
  prefix: string,
  outcomes: Outcomes,
): void {
  for (const [column, value] of row) {
    if (!isExpression(value)) into[prefix + column.name] = resolved(value, outcomes);
  }
}

function resolved(value: unknown, outcomes: Outcomes): unknown {
  if (!(value instanceof KeyOf)) return value;
  const key =
    outcomes.get(value.state)?.get(value.attribute.column) ?? value.state.values[value.attribute.slot];
  return key ?? null;
}

// ---------------------------------------------------------------- what comes back

function noteReturned(answer: {
  readonly step: Step;
  readonly changes: readonly Change[];
  readonly rows: unknown[][];
  readonly outcomes: Outcomes;
}): void {
  const { step, changes, rows, outcomes } = answer;
  if (step.fetches.length === 0) return;
  const ordered = changes.length > 1 ? inInsertOrder(step, rows) : rows;
  changes.forEach((change, index) => {
    const row = ordered[index];
    if (row !== undefined) noteRow(change, step.fetches, row, outcomes);
  });
}

/**
 * Rows of one INSERT need not come back in the order of its VALUES, but a database numbers them in that order: sorting
 * by the number restores it.
 */
function inInsertOrder(step: Step, rows: unknown[][]): unknown[][] {
  const number =
    step.table.autoincrementColumn === undefined ? -1 : step.fetches.indexOf(step.table.autoincrementColumn);
  if (number < 0) return rows;
  return rows.slice().sort((left, right) => compareNumbers(left[number], right[number]));
}

function compareNumbers(left: unknown, right: unknown): number {
  const one = left as number | bigint;
  const other = right as number | bigint;
  return one < other ? -1 : one > other ? 1 : 0;
}

function noteRow(
  change: Change,
  fetches: readonly TableColumn[],
  row: readonly unknown[],
  outcomes: Outcomes,
): void {
  if (change.state === undefined) return;
  const outcome = outcomes.get(change.state) ?? new Map<TableColumn, unknown>();
  fetches.forEach((column, index) => {
    outcome.set(column, row[index]);
  });
  outcomes.set(change.state, outcome);
}

// ---------------------------------------------------------------- statements

/** Rows per INSERT: as many as the database takes parameters for; one where its order could not be told. */
function chunks(step: Step, dialect: Dialect): Change[][] {
  const { changes, columns, fetches } = step;
  const isNumbered = fetches.every((column) => column === step.table.autoincrementColumn);
  const needsOrder = fetches.length > 0 && !(isNumbered && fetches.length === 1);
  if (columns.length === 0 || needsOrder) return changes.map((change) => [change]);
  const size = Math.max(1, Math.min(500, Math.floor(dialect.features.maxParameters / columns.length)));
  const result: Change[][] = [];
  for (let start = 0; start < changes.length; start += size) result.push(changes.slice(start, start + size));
  return result;
}

/** Statements are made once per shape and dialect, so that the connection finds them prepared. */
const compiledByDialect = new WeakMap<Dialect, Map<string, Compiled>>();
const tableIds = new WeakMap<object, number>();
let lastTableId = 0;

function remembered(dialect: Dialect, step: Step, detail: string, make: () => StatementNode): Compiled {
  let known = compiledByDialect.get(dialect);
  if (known === undefined) {
    known = new Map();
    compiledByDialect.set(dialect, known);
  }
  let id = tableIds.get(step.table);
  if (id === undefined) {
    id = ++lastTableId;
    tableIds.set(step.table, id);
  }
  const names = (columns: readonly TableColumn[]) => columns.map((column) => column.name).join();
  const shape = `${id} ${step.kind} ${names(step.columns)} ${names(step.keyColumns)} ${names(step.fetches)} ${detail}`;
  let compiled = known.get(shape);
  if (compiled === undefined) {
    compiled = compile(make(), dialect);
    known.set(shape, compiled);
  }
  return compiled;
}

function compiledInsert(step: Step, changes: readonly Change[], dialect: Dialect): Compiled {
  const make = (): StatementNode => ({
    kind: "insert",
    table: step.table,
    columns: step.columns,
    rows: changes.map((change, index) =>
      step.columns.map((column) => valueNode(change, column, `${index}_`)),
    ),
    query: undefined,
    conflict: undefined,
    returning: step.fetches,
    ctes: [],
  });
  return hasExpressions(changes[0] as Change)
    ? compile(make(), dialect)
    : remembered(dialect, step, `${changes.length}`, make);
}

function compiledWrite(step: Step, change: Change, dialect: Dialect): Compiled {
  const where = step.keyColumns.map((column) => equals(column, change.key.get(column) ?? null));
  const returning = dialect.features.returning === "all" ? step.fetches : [];
  const make = (): StatementNode =>
    step.kind === "delete"
      ? { kind: "delete", table: step.table, using: [], where, returning, ctes: [] }
      : {
          kind: "update",
          table: step.table,
          set: step.columns.map((column) => ({ column, value: valueNode(change, column, "") })),
          from: [],
          where,
          returning,
          ctes: [],
        };
  const nulls = step.keyColumns
    .filter((column) => (change.key.get(column) ?? null) === null)
    .map((column) => column.name);
  return hasExpressions(change) ? compile(make(), dialect) : remembered(dialect, step, nulls.join(), make);
}

function hasExpressions(change: Change): boolean {
  return Array.from(change.values.values()).some(isExpression);
}

function valueNode(change: Change, column: TableColumn, prefix: string): ExpressionNode {
  const value = change.values.get(column);
  return isExpression(value) ? (value.node as ExpressionNode) : parameter(column, prefix);
}

function parameter(column: TableColumn, prefix: string): ParameterNode {
  return { kind: "parameter", value: undefined, name: prefix + column.name, type: column.type };
}

function equals(column: TableColumn, value: unknown): ExpressionNode {
  if (value === null) return { kind: "unary", operator: "isNull", operand: column, type: booleanType() };
  const node: BinaryNode = {
    kind: "binary",
    operator: "eq",
    left: column,
    right: parameter(column, "key_"),
    type: booleanType(),
  };
  return node;
}
