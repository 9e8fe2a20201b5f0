/**
 * The engine as applications use it, with promises: one line per method over the flows of `work.ts`.
 *
 * The twin without promises is `sync-engine.ts`: same names, same meaning.
 */

import { type Caller, callerOf, fail } from "../foundation/errors.ts";
import { call, type Io } from "../io/ask.ts";
import { runAsync, runAtOnce } from "../io/run.ts";
import { type DdlPlan, type DdlRunner, RUN_DDL } from "../schema/metadata.ts";
import type { RowFrom, Statement } from "../sql/row.ts";
import { type CompiledStatement, compileStatement } from "./compile-statement.ts";
import { type Connection, connect, type ExecuteOptions } from "./connection.ts";
import type { Dialect, TransactionOptions } from "./dialect.ts";
import type { Driver } from "./driver.ts";
import type { EngineCore } from "./engine-core.ts";
import type { EngineEvents, Listener, ListenOptions } from "./events.ts";
import { type Executable, isRead, type Values } from "./expand.ts";
import { type EngineOptions, type EngineParts, planEngine } from "./options.ts";
import { WaitingPool } from "./pool.ts";
import type { RowPortion, RowSource } from "./reading.ts";
import { Result } from "./result.ts";
import { runDdl } from "./run-ddl.ts";
import { transaction } from "./transaction.ts";
import {
  commitIfOpen,
  executeAlone,
  executeInTransaction,
  executeRawInTransaction,
  keysOf,
  withConnection,
  yieldPerOf,
} from "./work.ts";

/**
 * Makes `createEngine` for some drivers; the entries do this once.
 *
 * @example const createEngine = engineMaker([nodeSqlite, pg]);
 */
export function engineMaker(drivers: readonly Driver[]): (url: string, options?: EngineOptions) => Engine {
  return (url, options = {}) => new Engine(planEngine(url, options, drivers, true));
}

/** A database, with a pool of connections to it. Made by `createEngine`. */
export class Engine implements AsyncDisposable, DdlRunner<Promise<void>> {
  /** What flows use of the engine: for sessions and extensions. */
  readonly core: EngineCore;
  /** The URL, without its password. */
  readonly url: string;
  readonly #pool: WaitingPool;
  #isDisposed = false;

  constructor(parts: EngineParts) {
    this.#pool = new WaitingPool(parts);
    this.core = parts.withPool(this.#pool);
    this.url = parts.url.display;
  }

  /** The database product. */
  get dialect(): Dialect {
    return this.core.dialect;
  }

  /** Connections that are open, and those of them that nobody uses. */
  get poolStatus(): { readonly size: number; readonly idle: number } {
    return { size: this.#pool.size, idle: this.#pool.idleCount };
  }

  /** Shows what executing the statement would send, without sending it. Errors: sql/missing-parameter. */
  compile(statement: Executable, values?: Readonly<Record<string, unknown>>): CompiledStatement {
    return compileStatement(statement, values, this.core.dialect);
  }

  /** Calls `listener` for each statement; returns what stops it. */
  on<Name extends keyof EngineEvents>(
    name: Name,
    listener: Listener<EngineEvents[Name]>,
    options?: ListenOptions,
  ): () => void {
    return this.core.events.on(name, listener, options);
  }

  /** Takes a connection; it must be closed, best by `await using`. Errors: pool/timeout, connection/…. */
  async connect(): Promise<EngineConnection> {
    return new EngineConnection(await this.run(connect(this.core), "engine.connect()"));
  }

  /** Runs `body` in a transaction on a connection of its own: commits when it succeeds, undoes when it fails. */
  async begin<Value>(
    body: (connection: EngineConnection) => Value | PromiseLike<Value>,
    options: TransactionOptions = {},
  ): Promise<Awaited<Value>> {
    await using connection = await this.connect();
    return await connection.begin(body, options);
  }

  /** Executes one statement on a connection of its own and keeps what it did. */
  execute<Item>(statement: Statement<Item>, values?: Values): Result<RowFrom<Item>>;
  execute(statement: Executable, values?: Values): Result<unknown[]>;
  execute(statement: Executable, values?: Values): Result<unknown[]> {
    const { core } = this;
    const caller = callerOf(this.execute);
    const options = withSender(core, caller);
    return new Result({
      run: () => this.run(executeAlone(core, statement, values, options), "engine.execute()", caller),
      yieldPer: Array.isArray(values) ? undefined : yieldPerOf(statement),
      stream: streamOf(statement, values, (given, count) =>
        streamAlone(this, statement, given, { count, options }),
      ),
    });
  }

  /** Runs a flow on this engine's database: for extensions. */
  run<Value>(io: Io<Value>, what = "an operation", caller?: Caller): Promise<Value> {
    return this.#isDisposed
      ? Promise.reject(fail("engine/disposed", { what: `run ${what}` }))
      : runAsync(io, this.core.answer, { what, caller });
  }

  /** The same, in the turn of the caller as far as it goes: for sessions. */
  runAtOnce<Value>(io: Io<Value>, what: string, caller: Caller | undefined): Value | Promise<Value> {
    if (this.#isDisposed) throw fail("engine/disposed", { what: `run ${what}` });
    return runAtOnce(io, this.core.answer, { what, caller });
  }

  /** Carries out DDL: what `metadata.createAll(engine)` calls. */
  [RUN_DDL](plan: DdlPlan): Promise<void> {
    return this.run(
      withConnection(this.core, (connection) => runDdl(connection, plan)),
      "DDL",
    );
  }

  /** Closes the pool; connections in use are closed when they are given back. Disposing twice is harmless. */
  async dispose(): Promise<void> {
    this.#isDisposed = true;
    await this.#pool.close();
  }

  /** Disposes at the end of an `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }
}

/**
 * A connection of an engine. A transaction begins with the first statement and ends with `commit` or `rollback`.
 */
export class EngineConnection implements AsyncDisposable, DdlRunner<Promise<void>> {
  /** The connection as flows use it: for sessions and extensions. */
  readonly core: Connection;

  constructor(connection: Connection) {
    this.core = connection;
  }

  /** The database product. */
  get dialect(): Dialect {
    return this.core.dialect;
  }

  /** Whether a transaction is open. */
  get inTransaction(): boolean {
    return this.core.inTransaction;
  }

  /** Executes a statement, once for each of a list of values. */
  execute<Item>(statement: Statement<Item>, values?: Values): Result<RowFrom<Item>>;
  execute(statement: Executable, values?: Values): Result<unknown[]>;
  execute(statement: Executable, values?: Values): Result<unknown[]> {
    const caller = callerOf(this.execute);
    const options = withSender(this.core.engine, caller);
    return new Result({
      run: () =>
        this.#run(
          executeInTransaction(this.core, statement, values, options),
          "connection.execute()",
          caller,
        ),
      yieldPer: Array.isArray(values) ? undefined : yieldPerOf(statement),
      stream: streamOf(statement, values, (given, count) =>
        streamRows(this, statement, given, { count, options }),
      ),
    });
  }

  /** Executes SQL text as it is, with parameters in its own placeholders. */
  executeRaw(sql: string, parameters?: readonly unknown[], options?: ExecuteOptions): Promise<RowSource> {
    return this.#run(executeRawInTransaction(this.core, sql, parameters, options), "connection.executeRaw()");
  }

  /**
   * Without arguments or with options, begins a transaction. With a function, runs it in one (a savepoint, if one is
   * open), commits when it succeeds and undoes when it fails.
   */
  begin(options?: TransactionOptions): Promise<void>;
  begin<Value>(
    body: (connection: EngineConnection) => Value | PromiseLike<Value>,
    options?: TransactionOptions,
  ): Promise<Awaited<Value>>;
  begin<Value>(
    first?: TransactionOptions | ((connection: EngineConnection) => Value | PromiseLike<Value>),
    options: TransactionOptions = {},
  ): Promise<unknown> {
    if (typeof first !== "function") return this.#run(this.core.begin(first), "connection.begin()");
    const body = () => call(() => first(this), "the function given to begin()");
    return this.#run(transaction(this.core, body, options), "connection.begin()");
  }

  /** Commits what is open, if anything is. */
  commit(): Promise<void> {
    return this.#run(commitIfOpen(this.core), "connection.commit()");
  }

  /** Undoes what is open, if anything is. */
  rollback(): Promise<void> {
    return this.#run(this.core.rollback(), "connection.rollback()");
  }

  /** Sets a savepoint and returns its name. */
  savepoint(name?: string): Promise<string> {
    return this.#run(this.core.savepoint(name), "connection.savepoint()");
  }

  /** Undoes what happened since a savepoint. */
  rollbackTo(name: string): Promise<void> {
    return this.#run(this.core.rollbackTo(name), "connection.rollbackTo()");
  }

  /** Forgets a savepoint and keeps what happened since. */
  releaseSavepoint(name: string): Promise<void> {
    return this.#run(this.core.releaseSavepoint(name), "connection.releaseSavepoint()");
  }

  /** Runs a flow on this connection: for extensions. */
  run<Value>(io: Io<Value>, what = "an operation"): Promise<Value> {
    return this.#run(io, what);
  }

  /** Carries out DDL: what `metadata.createAll(connection)` calls. */
  [RUN_DDL](plan: DdlPlan): Promise<void> {
    return this.#run(runDdl(this.core, plan), "DDL");
  }

  /** Undoes what is open and gives the connection back. Closing twice is harmless. */
  close(): Promise<void> {
    return this.#run(this.core.close(), "connection.close()");
  }

  /** Closes at the end of an `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #run<Value>(io: Io<Value>, what: string, caller?: Caller): Promise<Value> {
    return runAsync(io, this.core.engine.answer, { lane: this.core, what, caller });
  }
}

/** A result is awaited in a turn of its own, whose stack has no line of the application: whoever listens may want it. */
function withSender(engine: EngineCore, caller: Caller): ExecuteOptions | undefined {
  return engine.events.wantsSource ? { sender: { caller } } : undefined;
}

type OneSet = Readonly<Record<string, unknown>> | undefined;
type Portions = AsyncGenerator<RowPortion>;

/** How rows are taken. */
interface StreamSettings {
  readonly count: number;
  readonly options: ExecuteOptions | undefined;
}

/** What gives the rows in portions, if the statement only reads: a write has to happen, whoever leaves early. */
function streamOf(
  statement: Executable,
  values: Values | undefined,
  start: (values: OneSet, count: number) => Portions,
): ((count: number) => Portions) | undefined {
  if (Array.isArray(values) || !isRead(statement)) return undefined;
  return (count) => start(values as OneSet, count);
}

/** Takes rows in portions on a connection of its own; a reader who leaves early leaves nothing to undo. */
async function* streamAlone(
  engine: Engine,
  statement: Executable,
  values: OneSet,
  settings: StreamSettings,
): Portions {
  await using connection = await engine.connect();
  yield* streamRows(connection, statement, values, settings);
  await connection.commit();
}

/** Takes rows in portions; ends the statement also when the reader leaves early. */
async function* streamRows(
  connection: EngineConnection,
  statement: Executable,
  values: OneSet,
  { count, options }: StreamSettings,
): Portions {
  if (!connection.inTransaction) await connection.begin();
  const what = "reading a stream";
  const cursor = await connection.run(connection.core.stream(statement, values, options), what);
  try {
    for (;;) {
      const rows = await connection.run(cursor.fetch(count), what);
      if (rows.length > 0) yield* [{ rows, keys: keysOf(cursor.columns) }];
      // A portion that is not full is the last one: whoever ends the transaction beside it loses nothing.
      if (rows.length < count) return;
    }
  } finally {
    await connection.run(cursor.close(), what);
  }
}
