/**
 * What a session does, as flows: each method of both shells is one of these.
 */
import type { RowSource } from "../../engine/reading.ts";
import { toRowSource } from "../../engine/work.ts";
import { during, fail } from "../../foundation/errors.ts";
import type { Io } from "../../io/ask.ts";
import { call } from "../../io/ask.ts";
import type { LockClause, StatementNode } from "../../sql/nodes.ts";
import { forget, keepForNextFlush } from "../flush/accept.ts";
import { flush as writeChanges } from "../flush/flush.ts";
import { loadExpired, loadLazily } from "../flush/load-lazily.ts";
import { type Lookup, lookupIn } from "../flush/lookup.ts";
import { loadForDeletes, reachDeletes } from "../flush/reach-deletes.ts";
import { LoaderCriteria } from "../load/criteria.ts";
import { load } from "../load/load.ts";
import { loadByKey } from "../load/load-by-key.ts";
import { refresh as reread } from "../load/refresh.ts";
import type { Mapper, RelationshipAttribute } from "../mapping/mapper.ts";
import { identityKey } from "../state/identity-key.ts";
import { attributeNamed } from "../state/instrument.ts";
import { type ObjectState, untie } from "../state/object-state.ts";
import { expire, markDeleted, putIntoIdentityMap, requirePersistent } from "./attach.ts";
import type { SessionCore } from "./session-core.ts";
import {
  abandonFrame,
  beginFrame,
  commitFrame,
  dropFrame,
  failFrame,
  prepareFrame,
  requireActive,
  rollbackFrame,
  type TransactionFrame,
} from "./transaction.ts";

// ---------------------------------------------------------------- writing

/**
 * Writes everything that changed.
 *
 * Errors: flush/…, conflict/…; after a failure flush/failed-before until the session is rolled back, unless the option
 * `savepointFlush` is set.
 */
export function* flush(session: SessionCore): Io<void> {
  if (session.isFlushing) throw fail("flush/reentered", {});
  session.memory.noticeMutations();
  if (session.memory.isClean) return;
  const frame = session.autobegin();
  requireActive(frame, "flush");
  if (session.options.savepointFlush) yield* flushWithinSavepoint(session);
  else yield* flushWithin(session, frame);
}

function* flushWithin(session: SessionCore, frame: TransactionFrame): Io<void> {
  try {
    yield* flushOnce(session);
  } catch (error) {
    yield* failFrame(session, frame, error);
    throw error;
  }
}

/** The objects are untouched until a flush succeeds, so undoing its rows leaves the session as it was. */
function* flushWithinSavepoint(session: SessionCore): Io<void> {
  const frame = beginFrame(session, true);
  try {
    yield* flushOnce(session);
    yield* commitFrame(session, frame);
  } catch (error) {
    yield* abandonFrame(session, frame);
    throw error;
  }
}

function* flushOnce(session: SessionCore): Io<void> {
  session.isFlushing = true;
  try {
    yield* writeChanges(session);
  } catch (error) {
    keepForNextFlush(session.memory);
    throw during(error, "flush");
  } finally {
    session.isFlushing = false;
  }
}

/** Flushes before a statement, when the session does that. */
export function* autoflush(session: SessionCore): Io<void> {
  if (session.autoflush && session.flushHolds === 0 && !session.isFlushing) yield* flush(session);
}

/** Does something without the flushes before its statements. Counted, for flows that overlap end in any order. */
export function* holdingFlushes<Value>(session: SessionCore, steps: () => Io<Value>): Io<Value> {
  session.flushHolds++;
  try {
    return yield* steps();
  } finally {
    session.flushHolds--;
  }
}

/** Runs the application's function with autoflush off. */
export function* noAutoflush<Value>(session: SessionCore, body: () => Value): Io<Awaited<Value>> {
  return yield* holdingFlushes(session, function* () {
    return (yield* call(body, "the function given to noAutoflush()")) as Awaited<Value>;
  });
}

/** Marks an object for deletion, with what its delete cascade reaches; loads what it needs for that. */
export function* deleteObject(
  session: SessionCore,
  state: ObjectState,
  lookup = lookupIn(session),
): Io<void> {
  yield* deleteAll(session, [state], lookup);
}

function* deleteAll(session: SessionCore, states: readonly ObjectState[], lookup: Lookup): Io<void> {
  states.forEach(requireDeletable);
  const starts = states.filter((state) => !session.memory.deleting.has(state));
  for (const state of starts) putIntoIdentityMap(session, state);
  for (const reached of yield* reachDeletes(lookup, starts)) markDeleted(session, reached);
}

/** Errors: session/not-persistent, session/deleted. */
function requireDeletable(state: ObjectState): void {
  const { mapper, hasKey, deleted } = state;
  if (!hasKey) throw fail("session/not-persistent", { entity: mapper.name, what: "delete()" });
  if (deleted) throw fail("session/deleted", { entity: mapper.name, key: state.key?.values });
}

/** Marks objects for deletion, all or none; what their cascades need is loaded for all of them together. */
export function* deleteObjects(session: SessionCore, states: readonly ObjectState[]): Io<void> {
  states.forEach(requireDeletable);
  yield* autoflush(session);
  const attached = states.filter(({ owner }) => owner === session);
  const lookup = lookupIn(session);
  yield* loadForDeletes(lookup, attached);
  yield* deleteAll(session, states, lookup);
}

// ---------------------------------------------------------------- reading

/** How a statement is executed by a session. */
export interface ExecuteSettings {
  readonly options: readonly object[];
  readonly populateExisting?: boolean;
  /** False: without the criteria of the session. */
  readonly loaderCriteria?: boolean | undefined;
  /** For the named parameters of the statement. */
  readonly values?: Readonly<Record<string, unknown>>;
}

/** Flushes what the statement should see, then executes it and makes objects of its rows. */
export function* query(
  session: SessionCore,
  statement: StatementNode,
  settings: ExecuteSettings,
): Io<RowSource> {
  yield* autoflush(session);
  if (statement.kind === "template") {
    return toRowSource(yield* session.execute(statement, "execute", settings.values));
  }
  return yield* load(session, statement, settings);
}

/** How an object is got by its key. */
export interface GetSettings extends ExecuteSettings {
  readonly lock?: LockClause | undefined;
}

/** The object with a primary key: from the identity map without a statement, else from the database. */
export function* get(
  session: SessionCore,
  mapper: Mapper,
  key: unknown,
  settings: GetSettings,
): Io<ObjectState | undefined> {
  const keyValues = keyValuesOf(mapper, key);
  const present = isAnswered(session, settings)
    ? session.identityMap.get(identityKey(mapper, keyValues))
    : undefined;
  if (present !== undefined && (yield* isStillThere(session, present))) return present;
  yield* autoflush(session);
  return yield* loadByKey(session, mapper, keyValues, settings);
}

/**
 * Whether an object that the session holds is answer enough: nothing is to be read again, locked, or loaded besides. Where
 * a plain read loads, options do not matter for it, as in SQLAlchemy.
 */
export function isAnswered(session: SessionCore, settings: GetSettings): boolean {
  if (settings.populateExisting === true || settings.lock !== undefined) return false;
  return session.isSync || settings.options.every((option) => option instanceof LoaderCriteria);
}

/** The object of a key where the session holds it and knows it, so that nothing has to be asked. */
export function presentObject(session: SessionCore, mapper: Mapper, key: unknown): ObjectState | undefined {
  const present = session.identityMap.get(identityKey(mapper, keyValuesOf(mapper, key)));
  return present?.expired === false ? present : undefined;
}

/** Reads an expired object again; one whose row is gone leaves the session as deleted. */
function* isStillThere(session: SessionCore, state: ObjectState): Io<boolean> {
  if (!state.expired) return true;
  try {
    // Who asks for one by its key may want no other, so only as many as the next few such calls could ask for.
    yield* loadExpired(session, state, "some");
    return true;
  } catch (error) {
    if (!isGone(error)) throw error;
    forget(session.memory, state);
    return false;
  }
}

function isGone(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "load/object-gone";
}

/** Primary key values in mapper order. Errors: session/wrong-key. */
function keyValuesOf(mapper: Mapper, key: unknown): unknown[] {
  const names = mapper.primaryKey.map((attribute) => attribute.key);
  const wrong = () => fail("session/wrong-key", { entity: mapper.name, expected: names, got: key });
  const isNamed = typeof key === "object" && key !== null && Object.getPrototypeOf(key) === Object.prototype;
  const given = isNamed
    ? names.map((name) => Reflect.get(key, name) as unknown)
    : Array.isArray(key)
      ? key
      : [key];
  if (given.length !== names.length || given.includes(undefined)) throw wrong();
  if (isNamed && Object.keys(key).some((name) => !names.includes(name))) throw wrong();
  mapper.primaryKey.forEach(({ column }, index) => {
    if (given[index] !== null && column.type.check(given[index]) !== undefined) throw wrong();
  });
  return given.slice();
}

/** Reads an object again, losing its unsaved changes. Errors: load/object-gone. */
export function* refresh(
  session: SessionCore,
  state: ObjectState,
  names: readonly string[] | undefined,
  lock: LockClause | undefined,
): Io<void> {
  requirePersistent(session, state, "refresh()");
  const slots = names?.map((name) => attributeNamed(state.mapper, name).slot);
  expire(session, state, names);
  yield* autoflush(session);
  yield* reread(session, [state], slots ?? "all", { lock, isExplicit: names !== undefined });
}

/** Loads a relationship that is read. Errors: load/detached when the object has left the session meanwhile. */
export function* loadRelationshipOnAccess(
  session: SessionCore,
  state: ObjectState,
  relationship: RelationshipAttribute,
): Io<void> {
  if (state.owner !== session) {
    throw fail("load/detached", { entity: state.mapper.name, attribute: relationship.key });
  }
  yield* loadLazily(session, state, relationship, { siblings: "all", mayRaise: true });
}

// ---------------------------------------------------------------- transactions

/** Begins a transaction explicitly. Errors: session/begun, session/closed. */
export function begin(session: SessionCore): TransactionFrame {
  session.requireOpen("begin a transaction");
  if (session.frame !== undefined) throw fail("session/begun", {});
  return beginFrame(session, false);
}

/** Opens a savepoint, after a flush. */
export function* beginNested(session: SessionCore): Io<TransactionFrame> {
  requireActive(session.autobegin(), "begin a savepoint");
  yield* flush(session);
  return beginFrame(session, true);
}

/** Flushes and commits everything, savepoints included. */
export function* commit(session: SessionCore, frame?: TransactionFrame): Io<void> {
  const ending = frame ?? rootOf(session.autobegin());
  if (ending.state === "prepared") {
    yield* commitFrame(session, ending);
    return;
  }
  requireActive(session.frame ?? ending, "commit");
  requireActive(ending, "commit");
  yield* flushAll(session);
  yield* commitFrame(session, ending);
}

/** Flushes, and prepares the transaction for a commit in two phases. */
export function* prepare(session: SessionCore): Io<void> {
  const frame = rootOf(session.autobegin());
  requireActive(session.frame ?? frame, "prepare");
  yield* flushAll(session);
  yield* prepareFrame(session, frame);
}

/** Hooks may make new work while a flush runs; a hundred rounds of that are a mistake. */
function* flushAll(session: SessionCore): Io<void> {
  for (let round = 0; round < 100; round++) {
    session.memory.noticeMutations();
    if (session.memory.isClean) return;
    yield* flush(session);
  }
  throw fail("flush/endless", {});
}

/** Rolls one savepoint back, or everything, the innermost savepoint first. Without a transaction it does nothing. */
export function* rollback(session: SessionCore, frame?: TransactionFrame): Io<void> {
  if (frame !== undefined) {
    yield* rollbackFrame(session, frame);
    return;
  }
  while (session.frame !== undefined) yield* rollbackFrame(session, session.frame);
}

function rootOf(frame: TransactionFrame): TransactionFrame {
  let root = frame;
  while (root.parent !== undefined) root = root.parent;
  return root;
}

/** Takes every object out and rolls back what is open; for good, where the session's options say so. */
export function* close(session: SessionCore): Io<void> {
  if (!session.options.closeResetsOnly) session.isClosed = true;
  yield* reset(session);
}

/** Takes every object out and rolls back what is open. The session can be used again. */
export function* reset(session: SessionCore): Io<void> {
  expungeAll(session);
  while (session.frame !== undefined) yield* dropFrame(session, session.frame);
}

/** The same, and the connection is not used again: for one that is in an unknown state, as after a timeout. */
export function* invalidate(session: SessionCore): Io<void> {
  for (let { frame } = session; frame !== undefined; frame = frame.parent)
    for (const { connection } of frame.links.values()) connection.invalidate();
  yield* close(session);
}

/** Takes every object out. */
export function expungeAll(session: SessionCore): void {
  const { memory } = session;
  memory.identityMap.each(untie);
  for (const { object } of memory.pending) untie(object);
  memory.identityMap.clear();
  // Clearing a set makes a new table, also where it is empty, as these are at the end of most sessions.
  for (const states of [memory.pending, memory.deleting, memory.modified, memory.watched])
    if (states.size > 0) states.clear();
}

/** Runs the application's function in a transaction: commits when it succeeds, rolls back when it fails. */
export function* inTransaction<Value>(
  session: SessionCore,
  frame: TransactionFrame,
  body: () => Value,
): Io<Awaited<Value>> {
  let isDone = false;
  try {
    const value = (yield* call(body, "the function given to begin()")) as Awaited<Value>;
    // The function may have ended the transaction itself.
    if (frame.state !== "closed") yield* commit(session, frame);
    isDone = true;
    return value;
  } finally {
    if (!isDone && frame.state !== "closed") yield* rollbackFrame(session, frame);
  }
}
