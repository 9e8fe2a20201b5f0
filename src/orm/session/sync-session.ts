/**
 * The session of the synchronous colour: one line per method over the flows. Its twin is `session.ts`.
 */
import type { Executable, Values } from "../../engine/expand.ts";
import { type Reading, type RowPortion, readFirstColumn, readRows } from "../../engine/reading.ts";
import { SyncEngine, SyncEngineConnection } from "../../engine/sync-engine.ts";
import { SyncResult } from "../../engine/sync-result.ts";
import { PortionedExecution, SyncStream } from "../../engine/sync-stream.ts";
import { fail } from "../../foundation/errors.ts";
import type { Io } from "../../io/ask.ts";
import { runSync } from "../../io/run.ts";
import type { Table } from "../../schema/table.ts";
import type { LoadOption } from "../../sql/entity.ts";
import type { RootsOf, RowFrom, RowOf, ScalarOf, SelectItem, Statement } from "../../sql/row.ts";
import { type SubjectOf, select } from "../../sql/select.ts";
import type { LoaderCriteria } from "../load/criteria.ts";
import type { InstanceOf, Live, LiveItem, LiveRow, MappedClass } from "../mapping/infer.ts";
import { mapperOf } from "../mapping/resolve.ts";
import { reach } from "../state/cascades.ts";
import type { History } from "../state/changes.ts";
import type { MemberQuery } from "../state/owner.ts";
import {
  enableRelationshipLoading,
  expire,
  expungeStates,
  requireHeld,
  saveWithCascade,
  stateOfArgument,
} from "./attach.ts";
import { tableOf } from "./binds.ts";
import { type Budget, setBudget, withinBudget } from "./budget.ts";
import { historyAfterLoad } from "./history.ts";
import { hasNetChanges } from "./inspect.ts";
import { merge } from "./merge.ts";
import {
  begin,
  beginNested,
  close,
  commit,
  deleteObject,
  deleteObjects,
  expungeAll,
  flush,
  get,
  inTransaction,
  invalidate,
  noAutoflush,
  prepare,
  refresh,
  reset,
  rollback,
} from "./operations.ts";
import { SessionCore, type SessionOptions } from "./session-core.ts";
import {
  type ExecuteOptions,
  executeStatement,
  type GetOptions,
  getSettings,
  type HistoryOptions,
  historyLoads,
  type MergeOptions,
  mergeSettings,
  type RefreshOptions,
  refreshLock,
  yieldPerOf,
} from "./statements.ts";
import { StatementStream } from "./stream.ts";
import { SyncQuery } from "./sync-query.ts";
import { connectionOf, type TransactionFrame } from "./transaction.ts";
import { objectsOf } from "./views.ts";

/**
 * A conversation with the database: it holds the objects that were loaded or added, knows what changed, and writes it in
 * one transaction. Relationships load when they are read.
 *
 * @example
 * using session = new SyncSession(engine);
 * session.add(new User({ username: "ann", email: "ann@example.com" }));
 * session.commit();
 */
export class SyncSession implements Disposable, Iterable<object> {
  /** What flows know of the session: for extensions. */
  readonly core: SessionCore;
  readonly #engine: SyncEngine | undefined;

  constructor(bind: SyncEngine | SyncEngineConnection, options: SessionOptions = {}) {
    if (!(bind instanceof SyncEngine) && !(bind instanceof SyncEngineConnection)) {
      throw fail("session/no-bind", {
        session: "SyncSession",
        expected: "a SyncEngine or a connection of one",
        got: bind,
      });
    }
    this.#engine = bind instanceof SyncEngine ? bind : undefined;
    const target =
      bind instanceof SyncEngine
        ? { engine: bind.core, shell: bind }
        : { connection: bind.core, shell: bind };
    this.core = new SessionCore(target, options, {
      session: this,
      isSync: true,
      engineClass: SyncEngine,
      query: (statement) => new SyncQuery(this, statement) as unknown as MemberQuery,
      run: (io) => this.#run(io),
      runLater: () => {
        throw fail("internal/impossible", { what: "an awaited read in a synchronous session" });
      },
    });
  }

  // -------------------------------------------------------------- objects

  /** Adds an object, to be inserted by the next flush, with everything that its save-update cascade reaches. */
  add<Entity extends object>(object: Entity): Live<Entity> {
    saveWithCascade(this.core, stateOfArgument(object, "add()"));
    return object as Live<Entity>;
  }

  /** Adds several objects. */
  addAll<Entity extends object>(objects: Iterable<Entity>): Live<Entity>[] {
    return Array.from(objects, (object) => this.add(object));
  }

  /** Marks an object for deletion, with what its delete cascade reaches. */
  delete(object: object): void {
    this.#run(deleteObject(this.core, stateOfArgument(object, "delete()")));
  }

  /** Marks several objects for deletion; loads what their cascades need for all of them together. */
  deleteAll(objects: Iterable<object>): void {
    const states = Array.from(objects, (object) => stateOfArgument(object, "deleteAll()"));
    this.#run(deleteObjects(this.core, states));
  }

  /**
   * Lets an object that has no row, and shall get none, load what its foreign keys refer to. Its session is this one
   * from then on, but it is not added. See also the option `loadOnPending` of relationships.
   */
  enableRelationshipLoading(object: object): void {
    enableRelationshipLoading(this.core, stateOfArgument(object, "enableRelationshipLoading()"));
  }

  /** Takes an object out of the session, with what its expunge cascade reaches. */
  expunge(object: object): void {
    const state = requireHeld(this.core, stateOfArgument(object, "expunge()"), "expunge()");
    expungeStates(this.core, [state, ...reach(state, "expunge")]);
  }

  /** Takes every object out of the session. */
  expungeAll(): void {
    expungeAll(this.core);
  }

  /** Forgets what an object holds, or some attributes of it: they are read again when they are asked for. */
  expire(object: object, names?: readonly string[]): void {
    expire(this.core, stateOfArgument(object, "expire()"), names);
  }

  /** Forgets what all objects hold. */
  expireAll(): void {
    for (const object of objectsOf(this.core.identityMap)) this.expire(object);
  }

  /** Reads an object again, or some attributes of it, losing their unsaved changes. Errors: load/object-gone. */
  refresh(object: object, names?: readonly string[], options: RefreshOptions = {}): void {
    const state = stateOfArgument(object, "refresh()");
    this.#run(refresh(this.core, state, names, refreshLock(options)));
  }

  /** Copies an object's state onto the session's object of the same identity, and returns that. */
  merge<Entity extends object>(object: Entity, options: MergeOptions = {}): Live<Entity> {
    const settings = mergeSettings(options);
    const merged = this.#run(merge(this.core, stateOfArgument(object, "merge()"), settings));
    return merged.object as Live<Entity>;
  }

  /** Merges several objects. */
  mergeAll<Entity extends object>(objects: Iterable<Entity>, options: MergeOptions = {}): Live<Entity>[] {
    return Array.from(objects, (object) => this.merge(object, options));
  }

  // -------------------------------------------------------------- reading

  /** The object with this primary key (an array or an object for a composite one), or null. */
  get<Class extends MappedClass>(
    entity: Class,
    key: unknown,
    options?: GetOptions<readonly LoadOption<RootsOf<InstanceOf<Class>>, unknown, unknown>[]>,
  ): Live<InstanceOf<Class>> | null {
    const settings = getSettings(options);
    const found = this.#run(get(this.core, mapperOf(entity), key, settings));
    return (found?.object ?? null) as Live<InstanceOf<Class>> | null;
  }

  /** The object with this primary key. Errors: result/no-row. */
  getOne<Class extends MappedClass>(
    entity: Class,
    key: unknown,
    options?: GetOptions<readonly LoadOption<RootsOf<InstanceOf<Class>>, unknown, unknown>[]>,
  ): Live<InstanceOf<Class>> {
    const found = this.get(entity, key, options);
    if (found === null) throw fail("result/no-row", { what: `getOne(${mapperOf(entity).name})` });
    return found as Live<InstanceOf<Class>>;
  }

  /** Executes a statement, after a flush; the rows are arrays with names. */
  execute<Item>(
    statement: Statement<Item>,
    values?: Values,
    options?: ExecuteOptions,
  ): SyncResult<LiveRow<RowFrom<Item>>>;
  execute(statement: Executable, values?: Values, options?: ExecuteOptions): SyncResult<unknown[]>;
  execute(statement: Executable, values?: Values, options?: ExecuteOptions): SyncResult<unknown[]> {
    return this.#resultOf(statement, values, options, readRows);
  }

  /** Executes a statement, after a flush, and gives the first item of each row: objects, for a class. */
  scalars<Item>(
    statement: Statement<Item>,
    values?: Values,
    options?: ExecuteOptions,
  ): SyncResult<LiveItem<ScalarOf<Item>>>;
  scalars(statement: Executable, values?: Values, options?: ExecuteOptions): unknown {
    return this.#resultOf(statement, values, options, readFirstColumn);
  }

  #resultOf<Row>(
    statement: Executable,
    values: Values | undefined,
    options: ExecuteOptions | undefined,
    reading: Reading,
  ): SyncResult<Row> {
    const yieldPer = yieldPerOf(statement, options);
    if (yieldPer === undefined) {
      return new SyncResult(this.#run(executeStatement(this.core, statement, values, options)), reading);
    }
    const stream = () => new StatementStream(this.core, statement, values, options ?? {});
    return new SyncStream(
      new PortionedExecution(yieldPer, (count) => this.#portionsOf(stream(), count)),
      reading,
    );
  }

  /** Reads in portions; ends the statement also when the reader leaves early. */
  *#portionsOf(stream: StatementStream, count: number): Generator<RowPortion> {
    try {
      for (;;) {
        const portion = this.#run(stream.next(count));
        if (portion.rows.length === 0) return;
        yield* [portion];
      }
    } finally {
      this.#run(stream.close());
    }
  }

  /** The first item of the first row, or null. */
  scalar<Item>(statement: Statement<Item>, values?: Values): LiveItem<ScalarOf<Item>> | null {
    return this.scalars(statement, values).first();
  }

  /** Begins a query of a class or of columns, built by method calls. */
  query<Class extends MappedClass>(entity: Class): SyncQuery<InstanceOf<Class>, Class>;
  query<Items extends readonly SelectItem[]>(...items: Items): SyncQuery<RowOf<Items>, SubjectOf<Items[0]>>;
  query(...items: readonly SelectItem[]): unknown {
    return new SyncQuery(this, select(...items));
  }

  // -------------------------------------------------------------- writing

  /** Writes everything that changed, without ending the transaction. */
  flush(): void {
    this.#run(flush(this.core));
  }

  /** Flushes and commits the transaction, savepoints included. */
  commit(): void {
    this.#run(commit(this.core));
  }

  /** Rolls the transaction back, savepoints included, and undoes in memory what it did. */
  rollback(): void {
    this.#run(rollback(this.core));
  }

  /** Takes every object out and rolls back what is open. The session can be used again. */
  close(): void {
    this.#run(close(this.core));
  }

  /** Closes; the session can be used again, also where `close()` is final. */
  reset(): void {
    this.#run(reset(this.core));
  }

  /**
   * The first phase of a commit in two (option `twophase`): flushes, and lets every database promise to commit. Only
   * `commit()` and `rollback()` follow. Errors: transaction/no-two-phase.
   */
  prepare(): void {
    this.#run(prepare(this.core));
  }

  /** Closes, and drops the connection: for one of which nobody knows what state it is in. */
  invalidate(): void {
    this.#run(invalidate(this.core));
  }

  /** Begins a transaction; given a function, runs it within: commits when it succeeds, rolls back when it fails. */
  begin(): SyncSessionTransaction;
  begin<Value>(body: (session: this) => Value): Value;
  begin<Value>(body?: (session: this) => Value): unknown {
    const frame = begin(this.core);
    return body === undefined
      ? new SyncSessionTransaction(this, frame)
      : this.#within(frame, () => body(this));
  }

  /** Sets a savepoint, after a flush; given a function, runs it within. */
  beginNested(): SyncSessionTransaction;
  beginNested<Value>(body: (session: this) => Value): Value;
  beginNested<Value>(body?: (session: this) => Value): unknown {
    const frame = this.#run(beginNested(this.core));
    return body === undefined
      ? new SyncSessionTransaction(this, frame)
      : this.#within(frame, () => body(this));
  }

  /** Runs a function without flushing before its statements. */
  noAutoflush<Value>(body: () => Value): Value {
    return this.#run(noAutoflush(this.core, body)) as Value;
  }

  /**
   * Limits what the session may send from now on: statements, rows that come from the database, or both; null lifts the
   * limit. Given a function, it holds for that alone, and the former limit is back afterwards, with what it had counted.
   * Beginning and ending transactions never counts, nor does what is sent by the session's connection().
   *
   * Errors: budget/statements instead of sending one more; budget/rows; budget/limits, budget/limit and
   * budget/unknown-limit for what is no budget.
   *
   * @example
   * using session = new SyncSession(engine);
   * const users = session.budget({ statements: 2 }, () =>
   *   session.scalars(select(User).options(selectinload(User.c.posts))).all(),
   * );
   */
  budget(limits: Budget | null): void;
  budget<Value>(limits: Budget | null, body: () => Value): Value;
  budget(limits: Budget | null, body?: () => unknown): unknown {
    return body === undefined
      ? setBudget(this.core, limits)
      : this.#run(withinBudget(this.core, limits, body));
  }

  /** The connection of the transaction, which begins if none is open. */
  connection(): SyncEngineConnection {
    return new SyncEngineConnection(this.#run(connectionOf(this.core, this.core.autobegin())));
  }

  /**
   * Adds conditions on classes that hold for every statement from now on, and for what is loaded from objects later.
   * Objects that the session holds stay, and `get` gives them. Errors: load/not-criteria.
   *
   * @example session.addLoaderCriteria(withLoaderCriteria(Post, (post) => post.c.title.ne("")));
   */
  addLoaderCriteria(...criteria: readonly LoaderCriteria[]): void {
    this.core.addLoaderCriteria(criteria);
  }

  // -------------------------------------------------------------- several databases

  /** Sends statements about a class to another engine from now on. Errors: session/option. */
  bindMapper(entity: MappedClass, engine: SyncEngine): void {
    this.core.bindTo(entity, engine);
  }

  /** Sends statements about a table to another engine from now on. Errors: session/option. */
  bindTable(table: Table, engine: SyncEngine): void {
    this.core.bindTo(table, engine);
  }

  /** The engine, or the connection, that statements about a class or table go to; without one, about any other. */
  getBind(bound?: MappedClass | Table): SyncEngine | SyncEngineConnection {
    const table = bound === undefined ? undefined : tableOf(bound);
    return this.core.binds.ofTable(table).shell as SyncEngine | SyncEngineConnection;
  }

  // -------------------------------------------------------------- what it holds

  /** Objects to be inserted. */
  get new(): ReadonlySet<object> {
    return objectsOf(this.core.memory.pending);
  }

  /** Objects with a row on which an attribute was set or a collection changed. */
  get dirty(): ReadonlySet<object> {
    this.core.memory.noticeMutations();
    return objectsOf(this.core.memory.modified, this.core.memory.deleting);
  }

  /** Objects to be deleted. */
  get deleted(): ReadonlySet<object> {
    return objectsOf(this.core.memory.deleting);
  }

  /** The objects with a row. */
  get identityMap(): ReadonlySet<object> {
    return objectsOf(this.core.identityMap);
  }

  /** Whether the session holds the object. */
  has(object: object): boolean {
    return this.core.memory.holds(stateOfArgument(object, "has()"));
  }

  /** Whether an object differs from what it was at the last flush. */
  isModified(object: object): boolean {
    this.core.memory.noticeMutations();
    return hasNetChanges(stateOfArgument(object, "isModified()"));
  }

  /** What changed on an attribute since the last flush; looks up what was never loaded. `load: false`: only an old value. */
  history(object: object, name: string, options: HistoryOptions = {}): History {
    return this.#run(
      historyAfterLoad(this.core, stateOfArgument(object, "history()"), name, historyLoads(options)),
    );
  }

  /** Whether a transaction is open. */
  inTransaction(): boolean {
    return this.core.frame !== undefined;
  }

  /** Whether a savepoint is open. */
  inNestedTransaction(): boolean {
    return this.core.frame?.isNested === true;
  }

  /** False after a flush failed, until the session is rolled back. */
  get isActive(): boolean {
    return this.core.frame === undefined || this.core.frame.state === "active";
  }

  /** Flushes before statements; see also {@link SyncSession.noAutoflush}. */
  get autoflush(): boolean {
    return this.core.autoflush;
  }

  set autoflush(value: boolean) {
    this.core.autoflush = value;
  }

  /** Iterates the objects that the session holds. */
  *[Symbol.iterator](): Generator<object> {
    yield* this.new;
    yield* this.identityMap;
  }

  /** Closes at the end of an `using`. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** Ends one of the session's transactions. */
  end(frame: TransactionFrame, how: "commit" | "rollback"): void {
    this.#run(how === "commit" ? commit(this.core, frame) : rollback(this.core, frame));
  }

  #within<Value>(frame: TransactionFrame, body: () => Value): Value {
    return this.#run(inTransaction(this.core, frame, body)) as Value;
  }

  #run<Value>(io: Io<Value>): Value {
    return this.#engine === undefined
      ? runSync(io, this.core.engine.answer, { what: "a session's statements" })
      : this.#engine.run(io, "a session's statements");
  }
}

/** A transaction or savepoint of a session, to be ended by hand. Left alone, `using` rolls it back. */
export class SyncSessionTransaction implements Disposable {
  readonly #session: SyncSession;
  readonly #frame: TransactionFrame;

  constructor(session: SyncSession, frame: TransactionFrame) {
    this.#session = session;
    this.#frame = frame;
  }

  /** Whether statements can be sent within it. */
  get isActive(): boolean {
    return this.#frame.state === "active";
  }

  /** Flushes and commits it; of a savepoint: keeps what was done since. */
  commit(): void {
    this.#session.end(this.#frame, "commit");
  }

  /** Rolls it back, with the savepoints within it. */
  rollback(): void {
    this.#session.end(this.#frame, "rollback");
  }

  /** Rolls it back unless it has ended. */
  [Symbol.dispose](): void {
    if (this.#frame.state !== "closed") this.rollback();
  }
}

/** Makes sessions of one engine with the same options. */
export interface SyncSessionMaker {
  (options?: SessionOptions): SyncSession;
  /** Runs a function with a new session in a transaction, and closes the session. */
  begin<Value>(body: (session: SyncSession) => Value): Value;
}

/**
 * Makes a function that opens sessions of one engine.
 *
 * @example const openSession = syncSessionmaker(engine, { autoflush: false });
 */
export function syncSessionmaker(engine: SyncEngine, options: SessionOptions = {}): SyncSessionMaker {
  const open = (further: SessionOptions = {}) => new SyncSession(engine, { ...options, ...further });
  return Object.assign(open, {
    begin<Value>(body: (session: SyncSession) => Value): Value {
      using session = open();
      return session.begin(body);
    },
  });
}
