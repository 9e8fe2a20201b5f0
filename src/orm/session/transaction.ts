/**
 * The transactions of a session: a stack of frames, the outermost a transaction of the database, the others savepoints.
 *
 * The database hears of a frame only when a statement is sent within it. A frame whose flush failed is over, but stays
 * on the stack until the application rolls back, so that nothing is written by code that did not notice.
 */
import { type Connection, connect } from "../../engine/connection.ts";
import type { EngineCore } from "../../engine/engine-core.ts";
import { fail } from "../../foundation/errors.ts";
import type { Io } from "../../io/ask.ts";
import { type ObjectState, stateOf } from "../state/object-state.ts";
import { TransactionMemory } from "../state/session-memory.ts";
import { detach, expireAll, expireUnchanged, expungeStates } from "./attach.ts";
import type { Bind } from "./binds.ts";
import type { SessionCore } from "./session-core.ts";

/** A transaction or savepoint of a session. */
export interface TransactionFrame {
  readonly parent: TransactionFrame | undefined;
  /** A savepoint. */
  readonly isNested: boolean;
  readonly memory: TransactionMemory;
  state: "active" | "prepared" | "failed" | "closed";
  /** Why it failed. */
  failure: unknown;
  /** The databases' side, for each that was sent a statement. */
  readonly links: Map<Bind, Link>;
  /** Results that are being read in portions. */
  readonly streams: Set<OpenStream>;
}

/** A result that is being read in portions: its cursor lives in a transaction. */
export interface OpenStream {
  /** Closes the cursor because the transaction ends. */
  cutOff(): Io<void>;
}

/** What a frame has on its connection. */
interface Link {
  readonly connection: Connection;
  /** Undefined: the transaction itself. */
  readonly savepoint: string | undefined;
  /** Ends with the frame; false: somebody else's transaction, which is at most rolled back. */
  readonly endsTransaction: boolean;
  /** The session took the connection from the pool and gives it back. */
  readonly ownsConnection: boolean;
}

/** Opens a frame on top of the stack. */
export function beginFrame(session: SessionCore, isNested: boolean): TransactionFrame {
  const parent = session.frame;
  const frame: TransactionFrame = {
    parent,
    isNested,
    memory: new TransactionMemory(parent?.memory),
    state: "active",
    failure: undefined,
    links: new Map(),
    streams: new Set(),
  };
  session.frame = frame;
  session.memory.transaction = frame.memory;
  return frame;
}

/** Errors: flush/failed-before, session/prepared, session/transaction-closed. */
export function requireActive(frame: TransactionFrame, what: string): void {
  if (frame.state === "active") return;
  if (frame.state === "prepared") throw fail("session/prepared", { what });
  if (frame.state === "failed") {
    throw fail("flush/failed-before", { reason: messageOf(frame.failure) }, { cause: frame.failure });
  }
  throw fail("session/transaction-closed", { what });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error);
}

/** A frame's connection to a database; begins the transaction and the savepoints that lead to it. */
export function* connectionOf(
  session: SessionCore,
  frame: TransactionFrame,
  bind: Bind = session.binds.main,
): Io<Connection> {
  requireActive(frame, "execute a statement");
  const known = frame.links.get(bind);
  if (known !== undefined) return known.connection;
  const link =
    frame.parent === undefined
      ? yield* linkTo(session, bind)
      : yield* linkBySavepoint(yield* connectionOf(session, frame.parent, bind));
  frame.links.set(bind, link);
  return link.connection;
}

function linkTo(session: SessionCore, bind: Bind): Io<Link> {
  return "engine" in bind ? linkToEngine(bind.engine) : linkToConnection(session, bind.connection);
}

function* linkBySavepoint(connection: Connection): Io<Link> {
  const savepoint = yield* connection.savepoint();
  return { connection, savepoint, endsTransaction: true, ownsConnection: false };
}

function* linkToEngine(engine: EngineCore): Io<Link> {
  const connection = yield* connect(engine);
  let isBegun = false;
  try {
    yield* connection.begin();
    isBegun = true;
  } finally {
    if (!isBegun) yield* connection.close();
  }
  return { connection, savepoint: undefined, endsTransaction: true, ownsConnection: true };
}

function* linkToConnection(session: SessionCore, connection: Connection): Io<Link> {
  const link = { connection, savepoint: undefined, ownsConnection: false };
  if (!connection.inTransaction) {
    yield* connection.begin();
    return { ...link, endsTransaction: true };
  }
  const { joinTransactionMode } = session.options;
  const wantsSavepoint =
    joinTransactionMode === "create_savepoint" ||
    (joinTransactionMode === "conditional_savepoint" && connection.savepointDepth > 0);
  if (wantsSavepoint) return { ...link, savepoint: yield* connection.savepoint(), endsTransaction: true };
  return { ...link, endsTransaction: joinTransactionMode === "control_fully" };
}

// ---------------------------------------------------------------- the ends

/** Frames from the top of the stack down to (and without) `until`. */
function above(session: SessionCore, until: TransactionFrame): TransactionFrame[] {
  const frames: TransactionFrame[] = [];
  for (let frame = session.frame; frame !== until; frame = frame.parent) {
    if (frame === undefined) throw fail("session/transaction-closed", { what: "end" });
    frames.push(frame);
  }
  return frames;
}

/**
 * Prepares the transaction for a commit in two phases: each database promises that it can commit. The session was
 * flushed before. Where one of them cannot, all are rolled back.
 */
export function* prepareFrame(session: SessionCore, frame: TransactionFrame): Io<void> {
  requireActive(frame, "prepare");
  for (const inner of above(session, frame)) yield* commitFrame(session, inner);
  yield* cutOffStreams(frame);
  try {
    for (const link of frame.links.values()) {
      if (link.endsTransaction && link.savepoint === undefined) yield* link.connection.prepare();
    }
    frame.state = "prepared";
  } finally {
    if (frame.state === "active") yield* rollbackFrame(session, frame);
  }
}

/** Commits a frame, after the frames within it. The session was flushed before. */
export function* commitFrame(session: SessionCore, frame: TransactionFrame): Io<void> {
  if (frame.state !== "prepared") requireActive(frame, "commit");
  for (const inner of above(session, frame)) yield* commitFrame(session, inner);
  yield* cutOffStreams(frame);
  if (session.options.twophase && !frame.isNested && frame.state === "active") {
    yield* prepareFrame(session, frame);
  }
  // Where all have promised to commit, one that fails does not keep the others from it.
  if (frame.state === "prepared") {
    try {
      yield* eachOf(frame.links.values(), commitLink);
    } finally {
      yield* endCommitted(session, frame);
    }
    return;
  }
  try {
    for (const link of frame.links.values()) yield* commitLink(link);
  } catch (error) {
    // Some databases end a transaction that they refuse to commit: nothing more may be sent as if it were open.
    yield* failFrame(session, frame, error);
    throw error;
  }
  yield* endCommitted(session, frame);
}

function* commitLink({ connection, savepoint, endsTransaction }: Link): Io<void> {
  if (!endsTransaction) return;
  if (savepoint === undefined) yield* connection.commit();
  else yield* connection.releaseSavepoint(savepoint);
}

function* endCommitted(session: SessionCore, frame: TransactionFrame): Io<void> {
  if (frame.isNested) frame.memory.mergeIntoParent();
  else expireOnCommit(session, frame);
  yield* closeFrame(session, frame);
}

function expireOnCommit(session: SessionCore, frame: TransactionFrame): void {
  // Without expiry, deleted objects stay what they are, as in SQLAlchemy.
  if (!session.options.expireOnCommit) return;
  session.memory.noticeMutations();
  session.identityMap.each((object) => {
    const state = stateOf(object) as ObjectState;
    // What was changed while COMMIT was on its way belongs to the next transaction.
    if (state.modified) expireUnchanged(state);
    else expireAll(session, state);
  });
  for (const state of frame.memory.deleted) detach(session, state);
}

/** Rolls a frame back, with the frames within it, and puts the objects back to where they were. */
export function* rollbackFrame(session: SessionCore, frame: TransactionFrame): Io<void> {
  if (frame.state === "closed") throw fail("session/transaction-closed", { what: "roll back" });
  for (const inner of above(session, frame)) {
    inner.memory.mergeIntoParent();
    yield* closeFrame(session, inner);
  }
  try {
    if (frame.state !== "failed") yield* undo(frame);
  } finally {
    restore(session, frame);
    yield* closeFrame(session, frame);
  }
}

function* undo(frame: TransactionFrame): Io<void> {
  try {
    yield* cutOffStreams(frame);
  } finally {
    yield* eachOf(frame.links.values(), rollBack);
  }
}

/** Undoes what the database did within a savepoint of which the objects know nothing yet, and takes it off the stack. */
export function* abandonFrame(session: SessionCore, frame: TransactionFrame): Io<void> {
  try {
    yield* undo(frame);
  } finally {
    yield* closeFrame(session, frame);
  }
}

/** Closes what is being read in portions: a cursor does not outlive its transaction. */
function* cutOffStreams(frame: TransactionFrame): Io<void> {
  yield* eachOf(frame.streams, (stream) => stream.cutOff());
}

function rollBack({ connection, savepoint }: Link): Io<void> {
  return savepoint === undefined ? connection.rollback() : connection.rollbackTo(savepoint);
}

/** Does a thing with every item, also when it fails for one of them, which is told afterwards. */
function* eachOf<Item>(items: Iterable<Item>, action: (item: Item) => Io<void>): Io<void> {
  const failures: unknown[] = [];
  for (const item of items) {
    try {
      yield* action(item);
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}

/** Gives back the connections that a frame took. */
function letGo(frame: TransactionFrame): Io<void> {
  const owned = Array.from(frame.links.values()).filter(({ ownsConnection }) => ownsConnection);
  frame.links.clear();
  const [only] = owned;
  return owned.length === 1 && only !== undefined
    ? only.connection.close()
    : eachOf(owned, ({ connection }) => connection.close());
}

/** Ends the transaction because of an error, but leaves the frame on the stack until it is rolled back. */
export function* failFrame(session: SessionCore, frame: TransactionFrame, failure: unknown): Io<void> {
  try {
    yield* undo(frame);
  } finally {
    restore(session, frame);
    frame.state = "failed";
    frame.failure = failure;
    // Nothing more is sent within it: others may have the connection.
    yield* letGo(frame);
  }
}

/** Takes a frame off the stack, and rolls back what it still has open. */
export function* dropFrame(session: SessionCore, frame: TransactionFrame): Io<void> {
  const open: Link[] = [];
  for (const [bind, link] of frame.links) {
    if (link.endsTransaction && !isGivenBack(frame, bind)) open.push(link);
  }
  try {
    if (frame.streams.size > 0) yield* cutOffStreams(frame);
    if (open.length > 0) yield* eachOf(open, rollBack);
  } finally {
    yield* closeFrame(session, frame);
  }
}

/** Whether the connection goes back to its pool with the transaction, which ends all that is open on it. */
function isGivenBack(frame: TransactionFrame, bind: Bind): boolean {
  let root = frame;
  while (root.parent !== undefined) root = root.parent;
  return root.links.get(bind)?.ownsConnection === true;
}

/** Takes a frame off the stack. Connections of its own are given back, which ends what is open on them. */
function* closeFrame(session: SessionCore, frame: TransactionFrame): Io<void> {
  frame.state = "closed";
  session.frame = frame.parent;
  session.memory.transaction = frame.parent?.memory;
  try {
    if (frame.streams.size > 0) yield* cutOffStreams(frame);
  } finally {
    yield* letGo(frame);
  }
}

/** Undoes in memory what a transaction or savepoint did: a savepoint touches only what changed within it. */
function restore(session: SessionCore, frame: TransactionFrame): void {
  const { memory } = session;
  const fresh = new Set<ObjectState>([...frame.memory.inserted, ...memory.pending]);
  expungeStates(session, fresh, true);
  for (const [state, key] of frame.memory.keysBefore) {
    memory.identityMap.remove(state);
    if (fresh.has(state)) continue;
    state.key = key;
    memory.identityMap.put(state);
  }
  for (const state of [...frame.memory.deleted, ...memory.deleting]) {
    if (state.key === undefined || state.owner !== session) continue;
    state.deleted = false;
    memory.deleting.delete(state);
    memory.identityMap.put(state);
    if (state.snapshots !== undefined) memory.watched.add(state);
  }
  for (const state of fresh) state.deleted = false;
  memory.noticeMutations();
  for (const state of memory.identityMap) {
    if (!frame.isNested || state.modified || frame.memory.altered.has(state)) expireAll(session, state);
  }
}
