/**
 * The transactions of a session: a stack of frames, the outermost a transaction of the database, the others savepoints.
 *
 * The database hears of a frame only when a statement is sent within it. A frame whose flush failed is over, but stays
 * on the stack until the application rolls back, so that nothing is written by code that did not notice.
 */
import { type Connection, connect } from "../../engine/connection.ts";
import { fail } from "../../foundation/errors.ts";
import type { Io } from "../../io/ask.ts";
import type { ObjectState } from "../state/object-state.ts";
import { TransactionMemory } from "../state/session-memory.ts";
import { detach, expireAll, expungeStates } from "./attach.ts";
import type { SessionCore } from "./session-core.ts";

/** A transaction or savepoint of a session. */
export interface TransactionFrame {
  readonly parent: TransactionFrame | undefined;
  /** A savepoint. */
  readonly isNested: boolean;
  readonly memory: TransactionMemory;
  state: "active" | "failed" | "closed";
  /** Why it failed. */
  failure: unknown;
  /** The database's side, once a statement was sent. */
  link: Link | undefined;
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
    link: undefined,
  };
  session.frame = frame;
  session.memory.transaction = frame.memory;
  return frame;
}

/** Errors: flush/failed-before, session/transaction-closed. */
export function requireActive(frame: TransactionFrame, what: string): void {
  if (frame.state === "failed") {
    throw fail("flush/failed-before", { reason: messageOf(frame.failure) }, { cause: frame.failure });
  }
  if (frame.state === "closed") throw fail("session/transaction-closed", { what });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error);
}

/** The connection of a frame; begins the transaction and the savepoints that lead to it. */
export function* connectionOf(session: SessionCore, frame: TransactionFrame): Io<Connection> {
  requireActive(frame, "execute a statement");
  if (frame.link !== undefined) return frame.link.connection;
  if (frame.parent !== undefined) {
    const connection = yield* connectionOf(session, frame.parent);
    const savepoint = yield* connection.savepoint();
    frame.link = { connection, savepoint, endsTransaction: true, ownsConnection: false };
    return connection;
  }
  frame.link =
    "engine" in session.bind
      ? yield* linkToEngine(session)
      : yield* linkToConnection(session, session.bind.connection);
  return frame.link.connection;
}

function* linkToEngine(session: SessionCore): Io<Link> {
  const connection = yield* connect(session.engine);
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

/** Commits a frame, after the frames within it. The session was flushed before. */
export function* commitFrame(session: SessionCore, frame: TransactionFrame): Io<void> {
  requireActive(frame, "commit");
  for (const inner of above(session, frame)) yield* commitFrame(session, inner);
  const { link } = frame;
  if (link?.endsTransaction) {
    if (link.savepoint === undefined) yield* link.connection.commit();
    else yield* link.connection.releaseSavepoint(link.savepoint);
  }
  if (frame.isNested) frame.memory.mergeIntoParent();
  else expireOnCommit(session, frame);
  yield* closeFrame(session, frame);
}

function expireOnCommit(session: SessionCore, frame: TransactionFrame): void {
  // Without expiry, deleted objects stay what they are, as in SQLAlchemy.
  if (!session.options.expireOnCommit) return;
  for (const state of session.identityMap) expireAll(session, state);
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
    if (frame.state === "active") yield* undo(frame);
  } finally {
    restore(session, frame);
    yield* closeFrame(session, frame);
  }
}

function* undo(frame: TransactionFrame): Io<void> {
  const { link } = frame;
  if (link === undefined) return;
  if (link.savepoint === undefined) yield* link.connection.rollback();
  else yield* link.connection.rollbackTo(link.savepoint);
}

/** Ends the transaction because of an error, but leaves the frame on the stack until it is rolled back. */
export function* failFrame(session: SessionCore, frame: TransactionFrame, failure: unknown): Io<void> {
  const { link } = frame;
  try {
    yield* undo(frame);
  } finally {
    restore(session, frame);
    frame.state = "failed";
    frame.failure = failure;
    // Nothing more is sent within it: others may have the connection.
    frame.link = undefined;
    if (link?.ownsConnection) yield* link.connection.close();
  }
}

/** Takes a frame off the stack. A transaction that is still open is rolled back with it. */
export function* closeFrame(session: SessionCore, frame: TransactionFrame): Io<void> {
  const { link } = frame;
  frame.state = "closed";
  session.frame = frame.parent;
  session.memory.transaction = frame.parent?.memory;
  frame.link = undefined;
  if (link?.ownsConnection) yield* link.connection.close();
}

/** Undoes in memory what a transaction or savepoint did: a savepoint touches only what changed within it. */
function restore(session: SessionCore, frame: TransactionFrame): void {
  const { memory } = session;
  const fresh = new Set<ObjectState>([...frame.memory.inserted, ...memory.pending]);
  expungeStates(session, fresh, true);
  for (const [state, { from }] of frame.memory.keySwitches) {
    if (state.key !== undefined) memory.identityMap.delete(state.key, state);
    if (fresh.has(state)) continue;
    state.key = from;
    memory.identityMap.set(from, state);
  }
  for (const state of [...frame.memory.deleted, ...memory.deleting]) {
    if (state.key === undefined || state.owner !== session) continue;
    state.deleted = false;
    memory.deleting.delete(state);
    memory.identityMap.set(state.key, state);
  }
  for (const state of fresh) state.deleted = false;
  memory.noticeMutations();
  for (const state of memory.identityMap) {
    if (!frame.isNested || state.modified || frame.memory.altered.has(state)) expireAll(session, state);
  }
}
