/**
 * The write flow without its last two steps: what a flush would send, as data, and no database.
 */
import type { Dialect } from "../../engine/dialect.ts";
import { shorten } from "../../foundation/words.ts";
import type { TableColumn } from "../../schema/table-column.ts";
import type { TableSource } from "../../sql/nodes.ts";
import type { ColumnAttribute } from "../mapping/mapper.ts";
import type { ObjectState } from "../state/object-state.ts";
import { batch } from "./batch.ts";
import type { Change } from "./change.ts";
import { draft, type Fillers } from "./draft.ts";
import { freeValues } from "./free-values.ts";
import { DefaultOf, VersionOf } from "./keys.ts";
import { order } from "./order.ts";
import { type Writing, writingsOf } from "./statements.ts";
import type { Work } from "./work.ts";

/** One row that a flush would write. */
export interface PlannedRow {
  /** The object whose row it is; undefined for a row of a secondary table. */
  readonly object: object | undefined;
  /** By column: what an INSERT or UPDATE writes. What is not known yet shows itself as text. */
  readonly values: Readonly<Record<string, unknown>>;
  /** By column: which row an UPDATE or DELETE is about. */
  readonly key: Readonly<Record<string, unknown>>;
}

/** One statement that a flush would send; an UPDATE or DELETE of few rows is executed for each. */
export interface PlannedStatement {
  readonly kind: "insert" | "update" | "delete";
  readonly table: string;
  readonly sql: string;
  readonly rows: readonly PlannedRow[];
}

/** What a flush would do. `String(plan)` is for reading. */
export interface FlushPlan {
  /** In the order in which they would be sent. */
  readonly statements: readonly PlannedStatement[];
  /** What the flush would first read from the database, in words; what it finds there may add statements. */
  readonly reads: readonly string[];
  toString(): string;
}

/** Plans a flush. Errors: those that the flush would fail with before it writes. */
export function explain(
  work: Work,
  reads: readonly string[],
  dialectOf: (table: TableSource) => Dialect,
): FlushPlan {
  const { turns, failure } = order(work);
  if (failure !== undefined) throw failure;
  const changes = freeValues(draft(work, turns, PLAN_FILLERS));
  const writings = batch(changes).flatMap((step) => writingsOf(step, dialectOf(step.table)));
  const plan = { statements: writings.map(plannedStatement), reads };
  return { ...plan, toString: () => [...readLines(reads), ...writings.flatMap(lines)].join("\n") };
}

const PLAN_FILLERS: Fillers = Object.freeze({
  makeDefault: () => new DefaultOf(),
  unreadVersion: (state: ObjectState, version: ColumnAttribute) => new VersionOf(state, version),
});

function plannedStatement({ step, changes, compiled }: Writing): PlannedStatement {
  const rows = changes.map(({ state, columns, values, keyColumns, key }) => ({
    object: state?.object,
    values: byName(columns, values),
    key: byName(keyColumns, key),
  }));
  return { kind: step.kind, table: step.table.name, sql: compiled.sql, rows };
}

function byName(columns: readonly TableColumn[], values: readonly unknown[]): Record<string, unknown> {
  return Object.fromEntries(columns.map(({ name }, index) => [name, values[index]]));
}

function readLines(reads: readonly string[]): string[] {
  return reads.length === 0 ? [] : ["first reads", ...reads.map((read) => `  ${read}`)];
}

function lines({ compiled, changes }: Writing): string[] {
  return [compiled.sql.replaceAll("\n", " "), ...changes.map((change) => `  ${lineOf(change)}`)];
}

function lineOf({ state, table, ...change }: Change): string {
  const isDelete = change.columns.length === 0;
  const columns = isDelete ? change.keyColumns : change.columns;
  const values = isDelete ? change.key : change.values;
  const pairs = columns.map((column, index) => {
    const value = values[index];
    return `${column.name} = ${typeof value === "object" && value !== null ? String(value) : shorten(value)}`;
  });
  return `${state ?? `a row of ${table.name}`}: ${pairs.join(", ")}`;
}
