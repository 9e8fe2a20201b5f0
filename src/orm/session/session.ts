/**
 * The session of the asynchronous colour: one line per method over the flows. Its twin is `sync-session.ts`.
 */
import { Engine, EngineConnection } from "../../engine/engine.ts";
import type { Executable, Values } from "../../engine/expand.ts";
import { type RowPortion, readFirstColumn } from "../../engine/reading.ts";
import { Result, type ResultLoader } from "../../engine/result.ts";
import { type Caller, callerOf, fail } from "../../foundation/errors.ts";
import type { Io } from "../../io/ask.ts";
import { runAtOnce } from "../../io/run.ts";
import type { Table } from "../../schema/table.ts";
import type { LoadOption, NoPaths } from "../../sql/entity.ts";
import type {
  AnyLoadOption,
  PathedStatement,
  PathsAfter,
  RootsOf,
  RowFrom,
  RowOf,
  ScalarOf,
  SelectItem,
  Statement,
} from "../../sql/row.ts";
import { type SubjectOf, select } from "../../sql/select.ts";
import type { LoaderCriteria } from "../load/criteria.ts";
import type { InstanceOf, LoadedItem, LoadedOrPlain, MappedClass } from "../mapping/infer.ts";
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
  isAnswered,
  noAutoflush,
  prepare,
  presentObject,
  refresh,
  reset,
  rollback,
} from "./operations.ts";
import { Query } from "./query.ts";
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
import { connectionOf, type TransactionFrame } from "./transaction.ts";
import { objectsOf } from "./views.ts";

export type { SessionOptions } from "./session-core.ts";

/** What `get` gives: an object with what the options load. */
type Got<Class extends MappedClass, Options extends readonly AnyLoadOption[]> = LoadedOrPlain<
  InstanceOf<Class>,
  PathsAfter<unknown, NoPaths, Options>
>;

/**
 * A conversation with the database: it holds the objects that were loaded or added, knows what changed, and writes it in
 * one transaction. Statements are sent one after the other, however many are awaited at once.
 *
 * @example
 * await using session = new Session(engine);
 * session.add(new User({ username: "ann", email: "ann@example.com" }));
 * await session.commit();
 */
export class Session implements AsyncDisposable, AsyncIterable<object> {
  /** What flows know of the session: for extensions. */
  readonly core: SessionCore;
  readonly #engine: Engine | undefined;
  /** What the next flow waits for; nothing while no flow is under way. */
  #last: Promise<unknown> | undefined;
  /** Flows that were begun and have not ended. */
  #queued = 0;
  /** Lets those go on that came while a flow ran in the turn of its caller. */
  #wake: (() => void) | undefined;

  constructor(bind: Engine | EngineConnection, options: SessionOptions = {}) {
    if (!(bind instanceof Engine) && !(bind instanceof EngineConnection)) {
      throw fail("session/no-bind", {
        session: "Session",
        expected: "an Engine or a connection of one",
        got: bind,
      });
    }
    this.#engine = bind instanceof Engine ? bind : undefined;
    const target =
      bind instanceof Engine ? { engine: bind.core, shell: bind } : { connection: bind.core, shell: bind };
    this.core = new SessionCore(target, options, {
      session: this,
      isSync: false,
      engineClass: Engine,
      query: (statement) => new Query(this, statement) as unknown as MemberQuery,
      run: () => {
        throw fail("internal/impossible", { what: "a plain read that loads in an asynchronous session" });
      },
      runLater: (io, caller) => this.#queue(io, caller),
    });
  }

  // -------------------------------------------------------------- objects

  /** Adds an object, to be inserted by the next flush, with everything that its save-update cascade reaches. */
  add<Entity extends object>(object: Entity): Entity {
    saveWithCascade(this.core, stateOfArgument(object, "add()"));
    return object;
  }

  /** Adds several objects. */
  addAll<Entity extends object>(objects: Iterable<Entity>): Entity[] {
    return Array.from(objects, (object) => this.add(object));
  }

  /** Marks an object for deletion, with what its delete cascade reaches. */
  async delete(object: object): Promise<void> {
    await this.#queue(deleteObject(this.core, stateOfArgument(object, "delete()")));
  }

  /** Marks several objects for deletion; loads what their cascades need for all of them together. */
  async deleteAll(objects: Iterable<object>): Promise<void> {
    const states = Array.from(objects, (object) => stateOfArgument(object, "deleteAll()"));
    await this.#queue(deleteObjects(this.core, states));
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
  async refresh(object: object, names?: readonly string[], options: RefreshOptions = {}): Promise<void> {
    const state = stateOfArgument(object, "refresh()");
    await this.#queue(refresh(this.core, state, names, refreshLock(options)));
  }

  /** Copies an object's state onto the session's object of the same identity, and returns that. */
  async merge<Entity extends object>(object: Entity, options: MergeOptions = {}): Promise<Entity> {
    const settings = mergeSettings(options);
    const merged = await this.#queue(merge(this.core, stateOfArgument(object, "merge()"), settings));
    return merged.object as Entity;
  }

  /** Merges several objects. */
  async mergeAll<Entity extends object>(
    objects: Iterable<Entity>,
    options: MergeOptions = {},
  ): Promise<Entity[]> {
    const merged: Entity[] = [];
    for (const object of objects) merged.push(await this.merge(object, options));
    return merged;
  }

  // -------------------------------------------------------------- reading

  /** The object with this primary key (an array or an object for a composite one), or null. */
  async get<
    Class extends MappedClass,
    const Options extends readonly LoadOption<RootsOf<InstanceOf<Class>>, unknown, unknown>[] = [],
  >(entity: Class, key: unknown, options?: GetOptions<Options>): Promise<Got<Class, Options> | null> {
    const mapper = mapperOf(entity);
    const settings = getSettings(options);
    // What is there already need not wait in the queue, unless something is under way that may change it.
    if (this.#queued === 0 && isAnswered(this.core, settings)) {
      const present = presentObject(this.core, mapper, key);
      if (present !== undefined) return present.object as Got<Class, Options>;
    }
    const found = await this.#queue(get(this.core, mapper, key, settings));
    return (found?.object ?? null) as Got<Class, Options> | null;
  }

  /** The object with this primary key. Errors: result/no-row. */
  async getOne<
    Class extends MappedClass,
    const Options extends readonly LoadOption<RootsOf<InstanceOf<Class>>, unknown, unknown>[] = [],
  >(entity: Class, key: unknown, options?: GetOptions<Options>): Promise<Got<Class, Options>> {
    const found = await this.get(entity, key, options);
    if (found === null) throw fail("result/no-row", { what: `getOne(${mapperOf(entity).name})` });
    return found;
  }

  /** Executes a statement, after a flush; the rows are arrays with names. */
  execute<Item, Paths>(
    statement: PathedStatement<Item, Paths>,
    values?: Values,
    options?: ExecuteOptions,
  ): Result<RowFrom<LoadedItem<Item, Paths>>>;
  execute<Item>(statement: Statement<Item>, values?: Values, options?: ExecuteOptions): Result<RowFrom<Item>>;
  execute(statement: Executable, values?: Values, options?: ExecuteOptions): Result<unknown[]>;
  execute(statement: Executable, values?: Values, options?: ExecuteOptions): Result<unknown> {
    return new Result<unknown>(this.#loaderOf(statement, values, options, callerOf(this.execute)));
  }

  /** Executes a statement, after a flush, and gives the first item of each row: objects, for a class. */
  scalars<Item, Paths>(
    statement: PathedStatement<Item, Paths>,
    values?: Values,
    options?: ExecuteOptions,
  ): Result<ScalarOf<LoadedItem<Item, Paths>>>;
  scalars<Item>(
    statement: Statement<Item>,
    values?: Values,
    options?: ExecuteOptions,
  ): Result<ScalarOf<Item>>;
  scalars(statement: Executable, values?: Values, options?: ExecuteOptions): Result<unknown> {
    const loader = this.#loaderOf(statement, values, options, callerOf(this.scalars));
    return new Result<unknown>(loader, readFirstColumn);
  }

  #loaderOf(
    statement: Executable,
    values: Values | undefined,
    options: ExecuteOptions | undefined,
    caller: Caller,
  ): ResultLoader {
    const run = () => this.#queue(executeStatement(this.core, statement, values, options), caller);
    const yieldPer = yieldPerOf(statement, options);
    if (yieldPer === undefined) return { run };
    const stream = () => new StatementStream(this.core, statement, values, options ?? {});
    return { run, yieldPer, stream: (count) => this.#portionsOf(stream(), count, caller) };
  }

  /** Reads in portions; ends the statement also when the reader leaves early. */
  async *#portionsOf(stream: StatementStream, count: number, caller: Caller): AsyncGenerator<RowPortion> {
    try {
      for (;;) {
        const portion = await this.#queue(stream.next(count), caller);
        if (portion.rows.length === 0) return;
        yield* [portion];
      }
    } finally {
      await this.#queue(stream.close(), caller);
    }
  }

  /** The first item of the first row, or null. */
  async scalar<Item>(statement: Statement<Item>, values?: Values): Promise<ScalarOf<Item> | null> {
    return await this.scalars(statement, values).first();
  }

  /** Begins a query of a class or of columns, built by method calls. */
  query<Class extends MappedClass>(entity: Class): Query<InstanceOf<Class>, NoPaths, Class>;
  query<Items extends readonly SelectItem[]>(
    ...items: Items
  ): Query<RowOf<Items>, NoPaths, SubjectOf<Items[0]>>;
  query(...items: readonly SelectItem[]): Query<unknown> {
    return new Query(this, select(...items));
  }

  // -------------------------------------------------------------- writing

  /** Writes everything that changed, without ending the transaction. */
  async flush(): Promise<void> {
    await this.#queue(flush(this.core));
  }

  /** Flushes and commits the transaction, savepoints included. */
  async commit(): Promise<void> {
    await this.#queue(commit(this.core));
  }

  /** Rolls the transaction back, savepoints included, and undoes in memory what it did. */
  async rollback(): Promise<void> {
    await this.#queue(rollback(this.core));
  }

  /** Takes every object out and rolls back what is open. The session can be used again. */
  async close(): Promise<void> {
    await this.#queue(close(this.core));
  }

  /** Closes; the session can be used again, also where `close()` is final. */
  async reset(): Promise<void> {
    await this.#queue(reset(this.core));
  }

  /**
   * The first phase of a commit in two (option `twophase`): flushes, and lets every database promise to commit. Only
   * `commit()` and `rollback()` follow. Errors: transaction/no-two-phase.
   */
  async prepare(): Promise<void> {
    await this.#queue(prepare(this.core));
  }

  /** Closes, and drops the connection: for one of which nobody knows what state it is in. */
  async invalidate(): Promise<void> {
    await this.#queue(invalidate(this.core));
  }

  /** Begins a transaction; given a function, runs it within: commits when it succeeds, rolls back when it fails. */
  begin(): SessionTransaction;
  begin<Value>(body: (session: this) => Value | PromiseLike<Value>): Promise<Awaited<Value>>;
  begin<Value>(body?: (session: this) => Value): SessionTransaction | Promise<Awaited<Value>> {
    return body === undefined ? new SessionTransaction(this, begin(this.core)) : this.#beginWithin(body);
  }

  /** Sets a savepoint, after a flush; given a function, runs it within. */
  beginNested(): Promise<SessionTransaction>;
  beginNested<Value>(body: (session: this) => Value | PromiseLike<Value>): Promise<Awaited<Value>>;
  async beginNested<Value>(body?: (session: this) => Value): Promise<SessionTransaction | Awaited<Value>> {
    const frame = await this.#queue(beginNested(this.core));
    return body === undefined
      ? new SessionTransaction(this, frame)
      : await this.#within(frame, () => body(this));
  }

  /** Runs a function without flushing before its statements. */
  async noAutoflush<Value>(body: () => Value | PromiseLike<Value>): Promise<Awaited<Value>> {
    return (await this.#runAround(noAutoflush(this.core, body))) as Awaited<Value>;
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
   * await using session = new Session(engine);
   * const users = await session.budget({ statements: 2 }, () =>
   *   session.scalars(select(User).options(selectinload(User.c.posts))).all(),
   * );
   */
  budget(limits: Budget | null): void;
  budget<Value>(limits: Budget | null, body: () => Value | PromiseLike<Value>): Promise<Awaited<Value>>;
  budget(limits: Budget | null, body?: () => unknown): unknown {
    return body === undefined
      ? setBudget(this.core, limits)
      : this.#runAround(withinBudget(this.core, limits, body));
  }

  /** The connection of the transaction, which begins if none is open. */
  async connection(): Promise<EngineConnection> {
    return new EngineConnection(await this.#queue(connectionOf(this.core, this.core.autobegin())));
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
  bindMapper(entity: MappedClass, engine: Engine): void {
    this.core.bindTo(entity, engine);
  }

  /** Sends statements about a table to another engine from now on. Errors: session/option. */
  bindTable(table: Table, engine: Engine): void {
    this.core.bindTo(table, engine);
  }

  /** The engine, or the connection, that statements about a class or table go to; without one, about any other. */
  getBind(bound?: MappedClass | Table): Engine | EngineConnection {
    const table = bound === undefined ? undefined : tableOf(bound);
    return this.core.binds.ofTable(table).shell as Engine | EngineConnection;
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
  async history(object: object, name: string, options: HistoryOptions = {}): Promise<History> {
    return await this.#queue(
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

  /** Flushes before statements; see also {@link Session.noAutoflush}. */
  get autoflush(): boolean {
    return this.core.autoflush;
  }

  set autoflush(value: boolean) {
    this.core.autoflush = value;
  }

  /** Iterates the objects that the session holds. */
  async *[Symbol.asyncIterator](): AsyncGenerator<object> {
    yield* this.new;
    yield* this.identityMap;
  }

  /** Closes at the end of an `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Ends one of the session's transactions. */
  async end(frame: TransactionFrame, how: "commit" | "rollback"): Promise<void> {
    await this.#queue(how === "commit" ? commit(this.core, frame) : rollback(this.core, frame));
  }

  async #beginWithin<Value>(body: (session: this) => Value): Promise<Awaited<Value>> {
    return await this.#within(begin(this.core), () => body(this));
  }

  async #within<Value>(frame: TransactionFrame, body: () => Value): Promise<Awaited<Value>> {
    let goOn = (): void => {};
    const alone = async (): Promise<Awaited<Value>> => {
      try {
        return await body();
      } finally {
        // What the body sent and did not wait for belongs to its transaction; what others send waits until that has ended.
        while (this.#queued > 0) await this.#last;
        this.#last = new Promise<void>((resolve) => {
          goOn = () => {
            resolve();
            if (this.#queued === 0) this.#last = undefined;
          };
        });
      }
    };
    try {
      return await this.#run(inTransaction(this.core, frame, alone), this.core.readerOf(this.#within));
    } finally {
      goOn();
    }
  }

  /** Runs a flow after those that were begun before; with none before it, in the turn of its caller as far as it goes. */
  #queue<Value>(io: Io<Value>, caller?: Caller): Promise<Value> {
    const isFirst = this.#queued === 0 && this.#last === undefined;
    this.#queued++;
    if (!isFirst) return this.#runLater(io, caller ?? callerOf(this.#queue));
    let running: Value | Promise<Value>;
    try {
      running = this.#run(io, caller ?? this.core.readerOf(this.#queue));
    } catch (error) {
      this.#leave();
      return Promise.reject(error);
    }
    if (running instanceof Promise) {
      const left = running.then(this.#leave, this.#leave);
      this.#last ??= left;
      return running;
    }
    this.#leave();
    return Promise.resolve(running);
  }

  /** Runs a flow when those before it have ended. */
  #runLater<Value>(io: Io<Value>, caller: Caller): Promise<Value> {
    // The one before it may still run in the turn of its caller, and be no promise yet.
    this.#last ??= new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    const turn = this.#last.then(() => this.#run(io, caller));
    this.#last = turn.then(this.#leave, this.#leave);
    return turn;
  }

  /** What every flow ends with. */
  readonly #leave = (): void => {
    this.#queued--;
    if (this.#queued === 0) this.#last = undefined;
    this.#wake?.();
    this.#wake = undefined;
  };

  /** Runs a flow; the core knows meanwhile where it was called from. */
  #run<Value>(io: Io<Value>, caller: Caller | undefined): Value | Promise<Value> {
    const { core } = this;
    const outer = core.caller;
    const putBack = (): void => {
      core.caller = outer;
    };
    core.caller = caller;
    let running: Value | Promise<Value> | undefined;
    try {
      running = this.#begin(io, caller);
    } finally {
      if (!(running instanceof Promise)) putBack();
    }
    return running instanceof Promise ? running.finally(putBack) : running;
  }

  /** Runs a flow that sends nothing itself: the function that it calls may. */
  async #runAround<Value>(io: Io<Value>): Promise<Value> {
    return await this.#begin(io, undefined);
  }

  #begin<Value>(io: Io<Value>, caller: Caller | undefined): Value | Promise<Value> {
    const what = "a session's statements";
    return this.#engine === undefined
      ? runAtOnce(io, this.core.engine.answer, { what, caller })
      : this.#engine.runAtOnce(io, what, caller);
  }
}

/** A transaction or savepoint of a session, to be ended by hand. Left alone, `await using` rolls it back. */
export class SessionTransaction implements AsyncDisposable {
  readonly #session: Session;
  readonly #frame: TransactionFrame;

  constructor(session: Session, frame: TransactionFrame) {
    this.#session = session;
    this.#frame = frame;
  }

  /** Whether statements can be sent within it. */
  get isActive(): boolean {
    return this.#frame.state === "active";
  }

  /** Flushes and commits it; of a savepoint: keeps what was done since. */
  async commit(): Promise<void> {
    await this.#session.end(this.#frame, "commit");
  }

  /** Rolls it back, with the savepoints within it. */
  async rollback(): Promise<void> {
    await this.#session.end(this.#frame, "rollback");
  }

  /** Rolls it back unless it has ended. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#frame.state !== "closed") await this.rollback();
  }
}

/** Makes sessions of one engine with the same options. */
export interface SessionMaker {
  (options?: SessionOptions): Session;
  /** Runs a function with a new session in a transaction, and closes the session. */
  begin<Value>(body: (session: Session) => Value | PromiseLike<Value>): Promise<Awaited<Value>>;
}

/**
 * Makes a function that opens sessions of one engine.
 *
 * @example const openSession = sessionmaker(engine, { autoflush: false });
 */
export function sessionmaker(engine: Engine, options: SessionOptions = {}): SessionMaker {
  const open = (further: SessionOptions = {}) => new Session(engine, { ...options, ...further });
  return Object.assign(open, {
    async begin<Value>(body: (session: Session) => Value | PromiseLike<Value>): Promise<Awaited<Value>> {
      await using session = open();
      return await session.begin(body);
    },
  });
}
