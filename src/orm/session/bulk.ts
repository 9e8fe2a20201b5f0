/**
 * INSERT, UPDATE and DELETE of many rows at once, and what they mean for the objects of the session.
 *
 * The objects that a statement reaches are found by computing its condition in memory, or by asking the database for
 * the keys of the rows that it wrote. Then an UPDATE's values are put into them, and a DELETE takes them out.
 */
import type { RowSource } from "../../engine/reading.ts";
import { toRowSource } from "../../engine/work.ts";
import { fail, isDbError } from "../../foundation/errors.ts";
import type { Io } from "../../io/ask.ts";
import type { TableColumn } from "../../schema/table-column.ts";
import { blankSelect } from "../../sql/blank-select.ts";
import type { DeleteNode, ExpressionNode, InsertNode, SelectNode, UpdateNode } from "../../sql/nodes.ts";
import { forget } from "../flush/accept.ts";
import { load } from "../load/load.ts";
import type { ColumnAttribute } from "../mapping/mapper.ts";
import { needsLoad } from "../state/attributes.ts";
import { keyText } from "../state/identity-key.ts";
import type { ObjectState } from "../state/object-state.ts";
import { expireAll, expireSome } from "./attach.ts";
import { type Evaluator, evaluator, NOT_LOADED } from "./evaluate.ts";
import type { ExecuteSettings } from "./operations.ts";
import type { SessionCore } from "./session-core.ts";

/** How an UPDATE or DELETE of a class reaches the objects of the session. */
export type SynchronizeSession = "auto" | "evaluate" | "fetch" | "none";

type ChangeNode = UpdateNode | DeleteNode;

/**
 * Executes a write of a class or table.
 *
 * Errors: bulk/cannot-evaluate with "evaluate", when memory cannot compute the condition; conflict/…
 */
export function* executeBulk(
  session: SessionCore,
  node: InsertNode | ChangeNode,
  synchronize: SynchronizeSession,
  settings: ExecuteSettings,
): Io<RowSource> {
  if (node.kind === "insert" || synchronize === "none") return yield* writeRows(session, node, settings);
  const objects = objectsOfTable(session, node);
  if (objects.length === 0) return yield* writeRows(session, node, settings);
  const condition = synchronize === "fetch" ? undefined : conditionOf(node, synchronize === "evaluate");
  if (condition === undefined) return yield* writeAndFetch(session, node, settings, objects);
  const reached = evaluate(objects, condition);
  const result = yield* writeRows(session, node, settings);
  synchronizeObjects(session, node, reached);
  return result;
}

function* writeRows(
  session: SessionCore,
  node: InsertNode | ChangeNode,
  settings: ExecuteSettings,
): Io<RowSource> {
  if (node.returning.some((item) => item.kind === "entity")) {
    return yield* load(session, node, { ...settings, populateExisting: true });
  }
  return toRowSource(yield* session.execute(node, `execute ${node.kind}`));
}

function objectsOfTable(session: SessionCore, node: ChangeNode): ObjectState[] {
  const table = node.table.kind === "alias" ? node.table.of : node.table;
  return Array.from(session.identityMap).filter((state) => state.mapper.table === table);
}

// ---------------------------------------------------------------- by computing the condition

/** The condition as memory computes it; undefined when it cannot and need not. */
function conditionOf(node: ChangeNode, isRequired: boolean): Evaluator | undefined {
  const { table } = node;
  const others = node.kind === "update" ? node.from : node.using;
  try {
    if (table.kind === "alias") throw fail("bulk/cannot-evaluate", { what: "an alias" });
    if (others.length > 0) throw fail("bulk/cannot-evaluate", { what: "further tables" });
    const conditions = node.where.map((condition) => evaluator(condition, table));
    return (state) => {
      let result: unknown = true;
      for (const condition of conditions) {
        const value = condition(state);
        if (value === NOT_LOADED) result = NOT_LOADED;
        else if (value !== true) return false;
      }
      return result;
    };
  } catch (error) {
    if (isRequired || !isDbError(error, "bulk/cannot-evaluate")) throw error;
    return undefined;
  }
}

/** Objects that a statement reaches. `isUnsure`: it hangs on what is not loaded. */
interface Reached {
  readonly state: ObjectState;
  readonly isUnsure: boolean;
}

function evaluate(objects: readonly ObjectState[], condition: Evaluator): Reached[] {
  const reached: Reached[] = [];
  for (const state of objects) {
    if (state.expired) continue;
    const value = condition(state);
    if (value === true || value === NOT_LOADED) reached.push({ state, isUnsure: value === NOT_LOADED });
  }
  return reached;
}

// ---------------------------------------------------------------- by asking for the keys

function* writeAndFetch(
  session: SessionCore,
  node: ChangeNode,
  settings: ExecuteSettings,
  objects: readonly ObjectState[],
): Io<RowSource> {
  const key = (objects[0] as ObjectState).mapper.primaryKey.map(({ column }) => column);
  if (
    session.dialectOf((objects[0] as ObjectState).mapper.table).features.returning === "all" &&
    node.returning.length === 0
  ) {
    const { rows } = yield* session.execute({ ...node, returning: key }, `execute ${node.kind}`);
    synchronizeObjects(session, node, reachedBy(objects, rows));
    return { rows: [], keys: [], rowCount: rows.length };
  }
  const { rows } = yield* session.execute(selectKeys(node, key), `keys for ${node.kind}`);
  const result = yield* writeRows(session, node, settings);
  synchronizeObjects(session, node, reachedBy(objects, rows));
  return result;
}

function reachedBy(objects: readonly ObjectState[], keys: readonly unknown[][]): Reached[] {
  const texts = new Set(keys.map((values) => keyText(values)));
  return objects
    .filter((state) => state.key !== undefined && texts.has(state.key.text))
    .map((state) => ({ state, isUnsure: false }));
}

function selectKeys(node: ChangeNode, key: readonly TableColumn[]): SelectNode {
  return {
    ...blankSelect(key),
    from: [node.table, ...(node.kind === "update" ? node.from : node.using)],
    where: node.where,
    ctes: node.ctes,
  };
}

// ---------------------------------------------------------------- what it means for the objects

function synchronizeObjects(session: SessionCore, node: ChangeNode, reached: readonly Reached[]): void {
  const states = reached.map(({ state }) => state);
  if (node.kind === "delete") {
    for (const { state, isUnsure } of reached) {
      if (isUnsure) expireAll(session, state);
      else forget(session.memory, state);
    }
    return;
  }
  // All values are computed before any is put in: they may hang on each other.
  const updates = states.map((state) => ({ state, values: newValues(node, state) }));
  for (const { state, values } of updates) {
    putValues(state, values);
    session.memory.transaction?.altered.add(state);
  }
}

/** By attribute: the value, or NOT_LOADED where it has to be read again. */
function newValues(node: UpdateNode, state: ObjectState): Map<ColumnAttribute, unknown> {
  const values = new Map<ColumnAttribute, unknown>();
  for (const attribute of state.mapper.columns) {
    const { column } = attribute;
    const assignment = node.set.find((candidate) => candidate.column.name === column.name);
    if (assignment !== undefined) values.set(attribute, computed(assignment.value, node, state));
    else if (column.onUpdate !== undefined) values.set(attribute, NOT_LOADED);
  }
  return values;
}

function computed(value: ExpressionNode, node: UpdateNode, state: ObjectState): unknown {
  if (node.table.kind === "alias") return NOT_LOADED;
  try {
    return evaluator(value, node.table)(state);
  } catch (error) {
    if (!isDbError(error, "bulk/cannot-evaluate")) throw error;
    return NOT_LOADED;
  }
}

/** Puts values into an object that its row has now; NOT_LOADED is read again. */
export function putValues(state: ObjectState, values: ReadonlyMap<ColumnAttribute, unknown>): void {
  for (const [attribute, value] of values) {
    const { slot } = attribute;
    if (state.values[slot] === undefined && needsLoad(state, attribute)) continue;
    // A change that waits for a flush would be written over the new value: what is true is read again.
    if (value === NOT_LOADED || state.committed?.[slot] !== undefined) expireSome(state, [attribute]);
    else state.values[slot] = value;
    state.snapshots?.delete(slot);
  }
}
