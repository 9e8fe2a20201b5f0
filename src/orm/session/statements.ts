/**
 * From what an application passes to a session's methods to what the flows take, and from loads to results.
 */

import type { Executable, Values } from "../../engine/expand.ts";
import { listOf, resolve, writesOf } from "../../engine/expand.ts";
import type { RowSource } from "../../engine/reading.ts";
import { yieldPerOf as statementYieldPer, toRowSource } from "../../engine/work.ts";
import { fail } from "../../foundation/errors.ts";
import { list } from "../../foundation/words.ts";
import type { Io } from "../../io/ask.ts";
import type { Table } from "../../schema/table.ts";
import type { DeleteNode, InsertNode, LockClause, StatementNode, UpdateNode } from "../../sql/nodes.ts";
import type { AnyLoadOption } from "../../sql/row.ts";
import { Query } from "../../sql/set-operation.ts";
import { applyCriteria } from "../load/apply-criteria.ts";
import { criteriaOf, splitOptions } from "../load/criteria.ts";
import { executeBulk, type SynchronizeSession } from "./bulk.ts";
import { autoflush, type ExecuteSettings, type GetSettings, holdingFlushes, query } from "./operations.ts";
import { refuseUnknown, type SessionCore } from "./session-core.ts";
import { isUpdateByKey, updateByKey, updatesByKey } from "./update-by-key.ts";

/** How one statement is executed. */
export interface ExecuteOptions {
  /** Overwrites objects that the session holds already, losing their unsaved changes. */
  readonly populateExisting?: boolean;
  /** False: does not flush before this statement. */
  readonly autoflush?: boolean;
  /** Reads the rows of a query in portions of so many, by a cursor: see {@link Select.yieldPer}. */
  readonly yieldPer?: number;
  /** How an UPDATE or DELETE of a class reaches the objects of the session. Default "auto". */
  readonly synchronizeSession?: SynchronizeSession;
  /** Loader options, before those of the statement: for an UPDATE or DELETE, which has none of its own. */
  readonly options?: readonly AnyLoadOption[];
  /** False: leaves out the criteria of the session, for this statement and the loads from its objects. */
  readonly loaderCriteria?: boolean;
}

/** How rows are locked when an object is got or refreshed. */
export interface LockOptions {
  readonly nowait?: boolean;
  readonly skipLocked?: boolean;
  readonly read?: boolean;
  readonly keyShare?: boolean;
}

/** How `get` looks an object up. */
export interface GetOptions<Options extends readonly AnyLoadOption[] = readonly AnyLoadOption[]> {
  /** What is loaded with the object, also where the session holds it already. */
  readonly options?: Options;
  readonly populateExisting?: boolean;
  readonly withForUpdate?: boolean | LockOptions;
  /** False: leaves out the criteria of the session. */
  readonly loaderCriteria?: boolean;
}

/** How `merge` works. */
export interface MergeOptions {
  /** False: reads nothing; what is merged counts as what the database holds. */
  readonly load?: boolean;
  readonly options?: readonly AnyLoadOption[];
}

/** How `refresh` reads an object again. */
export interface RefreshOptions {
  readonly withForUpdate?: boolean | LockOptions;
}

/** How `history` finds an attribute's history. */
export interface HistoryOptions {
  /** False: reads nothing, and tells only of what is loaded. */
  readonly load?: boolean;
}

const EXECUTE_OPTIONS: readonly string[] = [
  "populateExisting",
  "autoflush",
  "yieldPer",
  "synchronizeSession",
  "options",
  "loaderCriteria",
] satisfies (keyof ExecuteOptions)[];

const GET_OPTIONS: readonly string[] = [
  "options",
  "populateExisting",
  "withForUpdate",
  "loaderCriteria",
] satisfies (keyof GetOptions)[];

const LOCK_OPTIONS: readonly string[] = [
  "nowait",
  "skipLocked",
  "read",
  "keyShare",
] satisfies (keyof LockOptions)[];

const PLAIN_GET: GetSettings = Object.freeze({ options: [] });

/** What `get` was told. Errors: session/unknown-option. */
export function getSettings(options: GetOptions | undefined): GetSettings {
  if (options === undefined) return PLAIN_GET;
  refuseUnknown("get()", options, GET_OPTIONS);
  return {
    options: options.options ?? [],
    populateExisting: options.populateExisting ?? false,
    loaderCriteria: options.loaderCriteria,
    lock: lockOf(options.withForUpdate),
  };
}

/** What `merge` was told. Errors: session/unknown-option. */
export function mergeSettings(options: MergeOptions): Required<MergeOptions> {
  refuseUnknown("merge()", options, ["load", "options"]);
  return { load: options.load ?? true, options: options.options ?? [] };
}

/** The lock that `refresh` was told of. Errors: session/unknown-option. */
export function refreshLock(options: RefreshOptions): LockClause | undefined {
  refuseUnknown("refresh()", options, ["withForUpdate"]);
  return lockOf(options.withForUpdate);
}

/** Whether `history` may read. Errors: session/unknown-option. */
export function historyLoads(options: HistoryOptions): boolean {
  refuseUnknown("history()", options, ["load"]);
  return options.load ?? true;
}

/** The lock of `withForUpdate: true` and its finer forms. */
function lockOf(option: boolean | LockOptions | undefined): LockClause | undefined {
  if (option === undefined || option === false) return undefined;
  if (option !== true) refuseUnknown("withForUpdate", option, LOCK_OPTIONS);
  const {
    read = false,
    keyShare = false,
    nowait = false,
    skipLocked = false,
  } = option === true ? {} : option;
  const exclusive = keyShare ? "noKeyUpdate" : "update";
  return {
    strength: read ? (keyShare ? "keyShare" : "share") : exclusive,
    of: [],
    wait: skipLocked ? "skipLocked" : nowait ? "nowait" : "wait",
  };
}

/** Executes a statement of an application and gives its rows. */
export function* executeStatement(
  session: SessionCore,
  statement: Executable,
  values: Values | undefined,
  options: ExecuteOptions = {},
): Io<RowSource> {
  checkExecution(options);
  const steps = () => executeAsItIs(session, statement, values, options);
  return yield* flushesBefore(statement, options) ? steps() : holdingFlushes(session, steps);
}

/** Errors: session/unknown-option. */
export function checkExecution(options: ExecuteOptions): void {
  refuseUnknown("execute() or scalars()", options, EXECUTE_OPTIONS);
}

function* executeAsItIs(
  session: SessionCore,
  statement: Executable,
  values: Values | undefined,
  options: ExecuteOptions,
): Io<RowSource> {
  const node = nodeOf(statement);
  if (node === undefined) return yield* executeCompiled(session, statement, values);
  const settings = settingsOf(session, statement, options);
  if (node.kind === "insert" || node.kind === "update" || node.kind === "delete") {
    yield* autoflush(session);
    return yield* executeWrite(session, node, values, {
      ...settings,
      synchronize: synchronizing(session, options),
    });
  }
  if (values === undefined) return yield* query(session, node, settings);
  const sources: RowSource[] = [];
  for (const given of listOf(values)) {
    sources.push(yield* query(session, node, { ...settings, values: given }));
  }
  return joined(sources);
}

/** Whether the statement may be preceded by a flush. */
export function flushesBefore(statement: Executable, options: ExecuteOptions): boolean {
  return (options.autoflush ?? executionOption(statement, "autoflush") ?? true) !== false;
}

/** How many rows make a portion of the statement's result; undefined: it is read as a whole. */
export function yieldPerOf(statement: Executable, options: ExecuteOptions = {}): number | undefined {
  return options.yieldPer ?? statementYieldPer(statement);
}

type WriteSettings = ExecuteSettings & { readonly synchronize: SynchronizeSession };

function* executeWrite(
  session: SessionCore,
  node: InsertNode | UpdateNode | DeleteNode,
  values: Values | undefined,
  settings: WriteSettings,
): Io<RowSource> {
  const criteria = criteriaOf(session, splitOptions(settings.options, settings.loaderCriteria).criteria);
  const restricted = (write: InsertNode | UpdateNode | DeleteNode) => applyCriteria(write, criteria);
  if (values === undefined)
    return yield* executeBulk(session, restricted(node), settings.synchronize, settings);
  const { synchronize } = settings;
  const isByKey = node.kind === "update" && Array.isArray(values) && isUpdateByKey(node);
  if (isByKey && node.returning.length === 0 && restricted(node) === node) {
    return yield* updateByKey(session, node, listOf(values), synchronize !== "none");
  }
  const sources: RowSource[] = [];
  for (const write of isByKey ? updatesByKey(node, listOf(values)) : writesOf(node, values)) {
    if (write.kind === "update" && (node as UpdateNode).set.length === 0) refuseNewKey(write);
    sources.push(yield* executeBulk(session, restricted(write), synchronize, settings));
  }
  return joined(sources);
}

/** What is given as a value is mostly meant to find the row. Errors: bulk/key-in-values. */
function refuseNewKey({ table, set }: UpdateNode): void {
  if (table.kind !== "table") return;
  const columns = (table as Table).columns.filter(({ primaryKey }) => primaryKey);
  const column = columns.find((each) => set.some((assignment) => assignment.column === each));
  if (column !== undefined) throw fail("bulk/key-in-values", { table: table.name, column: column.key });
}

/** The rows of executions with several sets of values, one after the other. */
function joined(sources: readonly RowSource[]): RowSource {
  const [first, ...others] = sources;
  if (first === undefined) return { rows: [], keys: [], rowCount: 0 };
  if (others.length === 0) return first;
  const rowCount = sources.reduce((sum, source) => sum + source.rowCount, 0);
  const { keys, lastInsertId } = first;
  return { keys, lastInsertId, rows: sources.flatMap(({ rows }) => rows), rowCount };
}

const SYNCHRONIZE: readonly SynchronizeSession[] = ["auto", "evaluate", "fetch", "none"];

/** Errors: session/option. */
function synchronizing(session: SessionCore, options: ExecuteOptions): SynchronizeSession {
  const chosen = options.synchronizeSession ?? session.options.executionOptions.synchronizeSession ?? "auto";
  if (SYNCHRONIZE.includes(chosen)) return chosen;
  throw fail("session/option", { option: "synchronizeSession", expected: list(SYNCHRONIZE), got: chosen });
}

/** What the statement, its execution and the session say of how it is loaded. */
export function settingsOf(
  session: SessionCore,
  statement: Executable,
  options: ExecuteOptions,
): ExecuteSettings {
  const populateExisting =
    options.populateExisting ??
    (executionOption(statement, "populateExisting") as boolean | undefined) ??
    session.options.executionOptions.populateExisting ??
    false;
  const own = statement instanceof Query ? statement.loadOptions : [];
  return {
    // The types know those of the statement alone, so these have the last word.
    options: options.options === undefined ? own : [...options.options, ...own],
    populateExisting,
    loaderCriteria: booleanOption(
      "loaderCriteria",
      options.loaderCriteria ?? executionOption(statement, "loaderCriteria"),
    ),
  };
}

/** Errors: session/option. */
function booleanOption(option: string, value: unknown): boolean | undefined {
  if (value === undefined || typeof value === "boolean") return value;
  throw fail("session/option", { option, expected: "true or false", got: value });
}

function executionOption(statement: Executable, name: string): unknown {
  return statement instanceof Query ? statement.execution[name] : undefined;
}

/** The node of a statement; undefined for one that was compiled before. */
export function nodeOf(statement: Executable): StatementNode | undefined {
  const resolved = resolve(statement);
  return "kind" in resolved ? resolved : undefined;
}

/** Executes a statement that was compiled before: nobody knows which classes its rows are of. */
function* executeCompiled(
  session: SessionCore,
  statement: Executable,
  values: Values | undefined,
): Io<RowSource> {
  yield* autoflush(session);
  return toRowSource(yield* session.executeAny(statement, values, "execute"));
}
