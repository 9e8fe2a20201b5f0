/**
 * One session, without a colour: what it remembers, its transactions, and the doors through which attributes, loading
 * and flushing reach the database. `session.ts` and `sync-session.ts` are shells of one line per method around it.
 */
import type { Compiled } from "../../compile/compile.ts";
import type { Connection, StatementCursor, StatementResult } from "../../engine/connection.ts";
import type { Dialect } from "../../engine/dialect.ts";
import type { EngineCore } from "../../engine/engine-core.ts";
import { type Executable, resolve, type Values } from "../../engine/expand.ts";
import type { Meter, Sender } from "../../engine/sender.ts";
import { type Caller, callerOf, fail } from "../../foundation/errors.ts";
import { list } from "../../foundation/words.ts";
import type { Io } from "../../io/ask.ts";
import type { StatementNode, TableSource } from "../../sql/nodes.ts";
import type { Select } from "../../sql/select.ts";
import type { FlushSession, RowsWritten } from "../flush/flush-session.ts";
import { loadColumn } from "../flush/load-lazily.ts";
import { asCriteria, type LoaderCriteria } from "../load/criteria.ts";
import type { ColumnAttribute, ExpressionAttribute, RelationshipAttribute } from "../mapping/mapper.ts";
import { reach } from "../state/cascades.ts";
import type { IdentityMap } from "../state/identity-map.ts";
import type { ObjectState } from "../state/object-state.ts";
import type { MemberQuery, MemberStatements } from "../state/owner.ts";
import { SessionMemory } from "../state/session-memory.ts";
import { attach, expungeStates, saveWithCascade } from "./attach.ts";
import { type Bind, Binds, type Bound, engineOf, type Shell } from "./binds.ts";
import type { SynchronizeSession } from "./bulk.ts";
import { memberStatements } from "./member-statements.ts";
import { autoflush, loadRelationshipOnAccess } from "./operations.ts";
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
  /** Commits in two phases, so that several databases commit together or not at all. Default false. */
  readonly twophase?: boolean;
  /** Classes and tables whose statements go to other databases. See also `bindMapper()` and `bindTable()`. */
  readonly binds?: Iterable<readonly [bound: Bound, engine: Shell<EngineCore>]>;
  /** False: `close()` is final. Default true: a closed session can be used again. */
  readonly closeResetsOnly?: boolean;
  /**
   * Conditions on classes, made by `withLoaderCriteria`, that hold for every statement of the session: soft delete,
   * tenants. `loaderCriteria: false` leaves them out for one statement.
   */
  readonly loaderCriteria?: readonly LoaderCriteria[];
  /** What holds for every statement of the session that does not say otherwise. */
  readonly executionOptions?: ExecutionDefaults;
}

/** Options of statements that a session may give once for all of them. */
export interface ExecutionDefaults {
  readonly populateExisting?: boolean;
  readonly synchronizeSession?: SynchronizeSession;
}

/** The session as the application holds it, and how attribute access runs a flow in its colour. */
export interface AttributeAccess {
  readonly session: object;
  readonly isSync: boolean;
  /** The engines of its colour. */
  readonly engineClass: abstract new (
    ...args: never
  ) => Shell<EngineCore>;
  /** Makes `session.query(…)` of a statement. */
  query(statement: Select<unknown>): MemberQuery;
  run<Value>(io: Io<Value>): Value;
  runLater<Value>(io: Io<Value>, caller?: Caller): Promise<Value>;
}

const isBoolean = (value: unknown) => typeof value === "boolean";
const isObject = (value: unknown) => typeof value === "object" && value !== null;

const isIterable = (value: unknown) => isObject(value) && Symbol.iterator in (value as object);

const JOIN_MODES: readonly unknown[] = [
  "conditional_savepoint",
  "rollback_only",
  "control_fully",
  "create_savepoint",
];

const CHECKS: {
  readonly [Name in keyof SessionOptions]-?: readonly [
    expected: string,
    isRight: (value: unknown) => boolean,
  ];
} = {
  autoflush: ["true or false", isBoolean],
  expireOnCommit: ["true or false", isBoolean],
  joinTransactionMode: [list(JOIN_MODES.map(String)), (value) => JOIN_MODES.includes(value)],
  autobegin: ["true or false", isBoolean],
  savepointFlush: ["true or false", isBoolean],
  twophase: ["true or false", isBoolean],
  binds: ["a list of pairs of a class or table and an engine", isIterable],
  closeResetsOnly: ["true or false", isBoolean],
  loaderCriteria: ["a list of withLoaderCriteria(…)", Array.isArray],
  executionOptions: ["an object", isObject],
};

const EXECUTION_DEFAULTS: readonly string[] = [
  "populateExisting",
  "synchronizeSession",
] satisfies (keyof ExecutionDefaults)[];

/** Errors: session/unknown-option with the nearest name. */
export function refuseUnknown(what: string, given: object, options: readonly string[]): void {
  for (const option in given) {
    if (!options.includes(option)) throw fail("session/unknown-option", { what, option, options });
  }
}

/** Errors: session/unknown-option with the nearest name, session/option. */
function checkOptions(options: SessionOptions): void {
  for (const [option, value] of Object.entries(options)) {
    if (value === undefined) continue;
    const check = Object.hasOwn(CHECKS, option) ? CHECKS[option as keyof SessionOptions] : undefined;
    if (check === undefined) {
      throw fail("session/unknown-option", { what: "a session", option, options: Object.keys(CHECKS) });
    }
    if (!check[1](value)) throw fail("session/option", { option, expected: check[0], got: value });
  }
  refuseUnknown("executionOptions of a session", options.executionOptions ?? {}, EXECUTION_DEFAULTS);
}

/** The session behind both shells. */
export class SessionCore implements FlushSession, Sender {
  readonly memory = new SessionMemory();
  readonly binds: Binds;
  readonly engine: EngineCore;
  readonly options: Required<Omit<SessionOptions, "binds" | "loaderCriteria">>;
  readonly access: AttributeAccess;
  #loaderCriteria: readonly LoaderCriteria[] = [];
  /** The innermost transaction or savepoint. */
  frame: TransactionFrame | undefined = undefined;
  autoflush: boolean;
  /** How many calls hold back the flush before a statement. */
  flushHolds = 0;
  isFlushing = false;
  /** Closed for good. */
  isClosed = false;
  /** What counts its statements: the last one, for flows that overlap end in any order. */
  readonly meters: { meter: Meter | undefined }[] = [{ meter: undefined }];
  /** Where the application called what runs now: in the asynchronous colour, whose stack does not tell. */
  caller: Caller | undefined = undefined;

  constructor(bind: Bind, options: SessionOptions, access: AttributeAccess) {
    checkOptions(options);
    this.binds = new Binds(bind);
    this.engine = engineOf(bind);
    this.access = access;
    for (const pair of options.binds ?? []) {
      if (!Array.isArray(pair as unknown))
        throw fail("session/option", { option: "binds", expected: CHECKS.binds[0], got: pair });
      this.bindTo(...pair);
    }
    this.options = {
      autoflush: options.autoflush ?? true,
      expireOnCommit: options.expireOnCommit ?? access.isSync,
      joinTransactionMode: options.joinTransactionMode ?? "conditional_savepoint",
      autobegin: options.autobegin ?? true,
      savepointFlush: options.savepointFlush ?? false,
      twophase: options.twophase ?? false,
      closeResetsOnly: options.closeResetsOnly ?? true,
      executionOptions: options.executionOptions ?? {},
    };
    this.autoflush = this.options.autoflush;
    this.addLoaderCriteria(options.loaderCriteria ?? []);
  }

  get meter(): Meter | undefined {
    return this.meters.at(-1)?.meter;
  }

  /** Conditions on classes that hold for all statements. */
  get loaderCriteria(): readonly LoaderCriteria[] {
    return this.#loaderCriteria;
  }

  /** Errors: load/not-criteria. */
  addLoaderCriteria(criteria: readonly LoaderCriteria[]): void {
    this.#loaderCriteria = [...this.#loaderCriteria, ...asCriteria(criteria)];
  }

  get session(): object {
    return this.access.session;
  }

  get isSync(): boolean {
    return this.access.isSync;
  }

  get identityMap(): IdentityMap {
    return this.memory.identityMap;
  }

  dialectOf(table: TableSource): Dialect {
    return engineOf(this.binds.ofTable(table)).dialect;
  }

  /** Sends statements about a class or table to another engine from now on. Errors: session/option. */
  bindTo(bound: Bound, engine: Shell<EngineCore>): void {
    const { engineClass } = this.access;
    if (!(engine instanceof engineClass)) {
      throw fail("session/option", { option: "binds", expected: `a ${engineClass.name}`, got: engine });
    }
    this.binds.add(bound, engine);
  }

  // -------------------------------------------------------------- statements

  execute(
    statement: StatementNode,
    during: string,
    values?: Readonly<Record<string, unknown>>,
    leave?: ReadonlySet<number>,
  ): Io<StatementResult> {
    return this.executeAny(statement, values, during, leave);
  }

  *executeTogether(compiled: Compiled, values: readonly unknown[], step: RowsWritten): Io<StatementResult> {
    const connection = yield* connectionOf(this, this.autobegin(), this.binds.ofTable(step.table));
    const options = { label: this.#label(step.during), parameterSets: step.rows, sender: this };
    return yield* connection.executeInOrder(compiled, values, options);
  }

  *executeEach(
    compiled: Compiled,
    sets: readonly (readonly unknown[])[],
    step: RowsWritten,
  ): Io<StatementResult[]> {
    const connection = yield* connectionOf(this, this.autobegin(), this.binds.ofTable(step.table));
    return yield* connection.executeEach(compiled, sets, { label: this.#label(step.during), sender: this });
  }

  #label(during: string): string {
    return this.isFlushing ? `flush › ${during}` : during;
  }

  /** Executes in the session's transaction, which begins with the first statement. */
  *executeAny(
    statement: Executable,
    values: Values | undefined,
    label: string,
    leave?: ReadonlySet<number>,
  ): Io<StatementResult> {
    const connection = yield* this.#connectionFor(statement);
    return yield* connection.execute(statement, values, { label: this.#label(label), sender: this, leave });
  }

  *open(
    statement: Executable,
    during: string,
    values?: Readonly<Record<string, unknown>>,
  ): Io<StatementCursor> {
    const connection = yield* this.#connectionFor(statement);
    return yield* connection.stream(statement, values, { label: this.#label(during), sender: this });
  }

  *#connectionFor(statement: Executable): Io<Connection> {
    const node = resolve(statement);
    const bind = "kind" in node ? this.binds.ofStatement(node) : undefined;
    return yield* connectionOf(this, this.autobegin(), bind);
  }

  *flushIfAuto(): Io<void> {
    yield* autoflush(this);
  }

  /** The open transaction, or a new one. The database hears of it with the first statement. Errors: session/not-begun, session/closed. */
  autobegin(): TransactionFrame {
    if (this.frame === undefined) {
      this.requireOpen("begin a transaction");
      if (!this.options.autobegin) throw fail("session/not-begun", {});
      this.frame = beginFrame(this, false);
    }
    return this.frame;
  }

  /** Errors: session/closed. */
  requireOpen(what: string): void {
    if (this.isClosed) throw fail("session/closed", { what });
  }

  // -------------------------------------------------------------- what states ask of their owner

  loadColumn(state: ObjectState, attribute: ColumnAttribute | ExpressionAttribute): unknown {
    this.#refuseDeleted(state, attribute);
    this.access.run(loadColumn(this, state, attribute));
    return state.values[attribute.slot] ?? null;
  }

  loadRelationship(state: ObjectState, relationship: RelationshipAttribute): void {
    this.#refuseDeleted(state, relationship);
    this.access.run(loadRelationshipOnAccess(this, state, relationship));
  }

  loadRelationshipLater(
    state: ObjectState,
    relationship: RelationshipAttribute,
    reader: Caller | undefined,
  ): Promise<void> {
    this.#refuseDeleted(state, relationship);
    return this.access.runLater(loadRelationshipOnAccess(this, state, relationship), reader);
  }

  /**
   * What was deleted stays with its session, as in SQLAlchemy, but reading it after the transaction shall not begin
   * another one. Errors: load/detached.
   */
  #refuseDeleted({ deleted, mapper }: ObjectState, { key }: { readonly key: string }): void {
    if (deleted && this.frame === undefined)
      throw fail("load/detached", { entity: mapper.name, attribute: key });
  }

  /** A read that is awaited begins in a turn of its own, whose stack has no line of the application. */
  readerOf(below: (...given: never[]) => unknown): Caller | undefined {
    return this.meter !== undefined || this.engine.events.wantsSource ? callerOf(below) : undefined;
  }

  memberStatements(state: ObjectState, relationship: RelationshipAttribute): MemberStatements {
    return memberStatements(this, state, relationship);
  }

  noteModified(state: ObjectState): void {
    if (!state.hasKey || state.deleted) return;
    this.memory.modified.add(state);
    this.autobegin();
  }

  noteWatched(state: ObjectState): void {
    this.memory.watched.add(state);
  }

  register(state: ObjectState): void {
    state.owner = this;
    if (state.hasKey) this.identityMap.put(state);
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
