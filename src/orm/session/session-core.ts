/**
 * One session, without a colour: what it remembers, its transactions, and the doors through which attributes, loading
 * and flushing reach the database. `session.ts` and `sync-session.ts` are shells of one line per method around it.
 */
import type { Compiled } from "../../compile/compile.ts";
import type { Connection, StatementResult } from "../../engine/connection.ts";
import type { Dialect } from "../../engine/dialect.ts";
import type { EngineCore } from "../../engine/engine-core.ts";
import type { Executable, Values } from "../../engine/expand.ts";
import { fail } from "../../foundation/errors.ts";
import type { Io } from "../../io/ask.ts";
import type { StatementNode } from "../../sql/nodes.ts";
import type { Select } from "../../sql/select.ts";
import type { FlushSession, RowsWritten } from "../flush/flush-session.ts";
import type { ColumnAttribute, RelationshipAttribute } from "../mapping/mapper.ts";
import { reach } from "../state/cascades.ts";
import type { IdentityMap } from "../state/identity-map.ts";
import type { ObjectState } from "../state/object-state.ts";
import type { MemberQuery, MemberStatements } from "../state/owner.ts";
import { SessionMemory } from "../state/session-memory.ts";
import { attach, expungeStates, saveWithCascade } from "./attach.ts";
import { memberStatements } from "./member-statements.ts";
import { autoflush, loadColumnOnAccess, loadRelationshipOnAccess } from "./operations.ts";
import { beginFrame, connectionOf, type TransactionFrame } from "./transaction.ts";

/** How a session behaves. */
export interface SessionOptions {
  /** Flushes before each statement, so that it sees what changed. Default true. */
  readonly autoflush?: boolean;
  /** Forgets loaded values when a transaction ends. Default: true in a `SyncSession`, false in a `Session`. */
  readonly expireOnCommit?: boolean;
  /**
   * What a session does with the transaction of a connection that it was given: takes part and leaves its end to the
   * owner ("rollback_only"), ends it ("control_fully"), stays within a savepoint ("create_savepoint"), or the last if
   * the connection is in a savepoint and the first otherwise ("conditional_savepoint", the default).
   */
  readonly joinTransactionMode?:
    | "conditional_savepoint"
    | "rollback_only"
    | "control_fully"
    | "create_savepoint";
  /**
   * Begins a transaction when one is needed. Default true; without it, `begin()` has to be called, and what would need a
   * transaction before that fails with session/not-begun.
   */
  readonly autobegin?: boolean;
  /** A flush that fails leaves the session as it was before: it runs within a savepoint. Default false. */
  readonly savepointFlush?: boolean;
}

/** Where a session's statements go: an engine, or a connection that someone else began. */
export type Bind = { readonly engine: EngineCore } | { readonly connection: Connection };

/** The session as the application holds it, and how attribute access runs a flow in its colour. */
export interface AttributeAccess {
  readonly session: object;
  readonly isSync: boolean;
  /** Makes `session.query(…)` of a statement. */
  query(statement: Select<unknown>): MemberQuery;
  run<Value>(io: Io<Value>): Value;
  runLater<Value>(io: Io<Value>): Promise<Value>;
}

/** The session behind both shells. */
export class SessionCore implements FlushSession {
  readonly memory = new SessionMemory();
  readonly bind: Bind;
  readonly engine: EngineCore;
  readonly options: Required<SessionOptions>;
  readonly access: AttributeAccess;
  /** The innermost transaction or savepoint. */
  frame: TransactionFrame | undefined = undefined;
  autoflush: boolean;
  isFlushing = false;

  constructor(bind: Bind, options: SessionOptions, access: AttributeAccess) {
    this.bind = bind;
    this.engine = "engine" in bind ? bind.engine : bind.connection.engine;
    this.access = access;
    this.options = {
      autoflush: options.autoflush ?? true,
      expireOnCommit: options.expireOnCommit ?? access.isSync,
      joinTransactionMode: options.joinTransactionMode ?? "conditional_savepoint",
      autobegin: options.autobegin ?? true,
      savepointFlush: options.savepointFlush ?? false,
    };
    this.autoflush = this.options.autoflush;
  }

  get isSync(): boolean {
    return this.access.isSync;
  }

  get identityMap(): IdentityMap {
    return this.memory.identityMap;
  }

  get dialect(): Dialect {
    return this.engine.dialect;
  }

  // -------------------------------------------------------------- statements

  *execute(
    statement: StatementNode,
    during: string,
    values?: Readonly<Record<string, unknown>>,
  ): Io<StatementResult> {
    return yield* this.executeAny(statement, values, during);
  }

  *executeTogether(compiled: Compiled, values: readonly unknown[], step: RowsWritten): Io<StatementResult> {
    const connection = yield* connectionOf(this, this.autobegin());
    const options = { label: this.#label(step.during), parameterSets: step.rows };
    return yield* connection.executeInOrder(compiled, values, options);
  }

  *executeEach(
    compiled: Compiled,
    sets: readonly (readonly unknown[])[],
    during: string,
  ): Io<StatementResult[]> {
    const connection = yield* connectionOf(this, this.autobegin());
    return yield* connection.executeEach(compiled, sets, { label: this.#label(during) });
  }

  #label(during: string): string {
    return this.isFlushing ? `flush › ${during}` : during;
  }

  /** Executes in the session's transaction, which begins with the first statement. */
  *executeAny(statement: Executable, values: Values | undefined, label: string): Io<StatementResult> {
    const connection = yield* connectionOf(this, this.autobegin());
    return yield* connection.execute(statement, values, { label: this.#label(label) });
  }

  *flushIfAuto(): Io<void> {
    yield* autoflush(this);
  }

  /** The open transaction, or a new one. The database hears of it with the first statement. Errors: session/not-begun. */
  autobegin(): TransactionFrame {
    if (this.frame === undefined) {
      if (!this.options.autobegin) throw fail("session/not-begun", {});
      this.frame = beginFrame(this, false);
    }
    return this.frame;
  }

  // -------------------------------------------------------------- what states ask of their owner

  loadColumn(state: ObjectState, attribute: ColumnAttribute): unknown {
    this.access.run(loadColumnOnAccess(this, state, attribute));
    return state.values[attribute.slot] ?? null;
  }

  loadRelationship(state: ObjectState, relationship: RelationshipAttribute): void {
    this.access.run(loadRelationshipOnAccess(this, state, relationship));
  }

  loadRelationshipLater(state: ObjectState, relationship: RelationshipAttribute): Promise<void> {
    return this.access.runLater(loadRelationshipOnAccess(this, state, relationship));
  }

  memberStatements(state: ObjectState, relationship: RelationshipAttribute): MemberStatements {
    return memberStatements(this, state, relationship);
  }

  noteModified(state: ObjectState): void {
    if (state.key === undefined) return;
    this.memory.modified.add(state);
    this.autobegin();
  }

  noteWatched(state: ObjectState): void {
    this.memory.watched.add(state);
  }

  register(state: ObjectState): void {
    state.owner = this;
    if (state.key !== undefined) this.identityMap.set(state.key, state);
  }

  cascadeSave(state: ObjectState): void {
    saveWithCascade(this, state);
  }

  holds(state: ObjectState): boolean {
    return this.memory.holds(state);
  }

  isPending(state: ObjectState): boolean {
    return this.memory.pending.has(state);
  }

  expunge(state: ObjectState): void {
    expungeStates(this, [state, ...reach(state, "expunge")]);
  }

  leaveOut(state: ObjectState): void {
    expungeStates(this, [state]);
  }

  /** Makes an object pending. */
  makePending(state: ObjectState): void {
    attach(this, state);
    this.memory.pending.add(state);
    // As SQLAlchemy counts: an object that was taken out and added again comes after those that stayed.
    state.insertOrder = this.memory.pending.size;
  }
}
