/**
 * The engine as applications use it, without promises: one line per method over the flows of `work.ts`.
 *
 * The twin with promises is `engine.ts`: same names, same meaning.
 */

import { fail } from "../foundation/errors.ts";
import { call, type Io } from "../io/ask.ts";
import { runSync } from "../io/run.ts";
import { type DdlPlan, type DdlRunner, RUN_DDL } from "../schema/metadata.ts";
import type { RowFrom, Statement } from "../sql/row.ts";
import { type CompiledStatement, compileStatement } from "./compile-statement.ts";
import { type Connection, connect, type ExecuteOptions } from "./connection.ts";
import type { Dialect, TransactionOptions } from "./dialect.ts";
import type { Driver, LiveConnection } from "./driver.ts";
import type { EngineCore } from "./engine-core.ts";
import type { EngineEvents, Listener, ListenOptions } from "./events.ts";
import { type Executable, isList, type Values } from "./expand.ts";
import { type EngineOptions, type EngineParts, planEngine } from "./options.ts";
import type { RowPortion, RowSource } from "./reading.ts";
import { runDdl } from "./run-ddl.ts";
import { SyncPool } from "./sync-pool.ts";
import { SyncResult } from "./sync-result.ts";
import { PortionedExecution, SyncStream } from "./sync-stream.ts";
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
 * Makes `createSyncEngine` for some drivers; the entries do this once.
 *
 * @example const createSyncEngine = syncEngineMaker([nodeSqlite]);
 */
export function syncEngineMaker(
  drivers: readonly Driver[],
): (url: string, options?: EngineOptions) => SyncEngine {
  return (url, options = {}) => new SyncEngine(planEngine(url, options, drivers, false));
}

/** A database, with a pool of connections to it. Made by `createSyncEngine`. */
export class SyncEngine implements Disposable, DdlRunner<void> {
  /** What flows use of the engine: for sessions and extensions. */
  readonly core: EngineCore;
  /** The URL, without its password. */
  readonly url: string;
  readonly #pool: SyncPool;
  #isDisposed = false;

  constructor(parts: EngineParts) {
    // Every answer of such a driver comes at once, an open connection too.
    if (!parts.driver.isSync) throw fail("engine/sync-unsupported", { scheme: parts.url.scheme });
    this.#pool = new SyncPool({ ...parts, open: () => parts.open() as LiveConnection });
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

  /** Takes a connection; it must be closed, best by `using`. Errors: pool/timeout, connection/…. */
  connect(): SyncEngineConnection {
    return new SyncEngineConnection(this.run(connect(this.core), "engine.connect()"));
  }

  /** Runs `body` in a transaction on a connection of its own: commits when it succeeds, undoes when it fails. */
  begin<Value>(body: (connection: SyncEngineConnection) => Value, options: TransactionOptions = {}): Value {
    using connection = this.connect();
    return connection.begin(body, options);
  }

  /** Executes one statement on a connection of its own and keeps what it did. */
  execute<Item>(statement: Statement<Item>, values?: Values): SyncResult<RowFrom<Item>>;
  execute(statement: Executable, values?: Values): SyncResult<unknown[]>;
  execute(statement: Executable, values?: Values): SyncResult<unknown[]> {
    const yieldPer = yieldPerOf(statement);
    if (yieldPer === undefined || isList(values)) {
      return new SyncResult(this.run(executeAlone(this.core, statement, values), "engine.execute()"));
    }
    return new SyncStream(
      new PortionedExecution(yieldPer, (count) => streamAlone(this, statement, values, count)),
    );
  }

  /** Runs a flow on this engine's database: for sessions and extensions. */
  run<Value>(io: Io<Value>, what = "an operation"): Value {
    if (this.#isDisposed) throw fail("engine/disposed", { what: `run ${what}` });
    return runSync(io, this.core.answer, { what });
  }

  /** Carries out DDL: what `metadata.createAll(engine)` calls. */
  [RUN_DDL](plan: DdlPlan): void {
    this.run(
      withConnection(this.core, (connection) => runDdl(connection, plan)),
      "DDL",
    );
  }

  /** Closes the pool; connections in use are closed when they are given back. Disposing twice is harmless. */
  dispose(): void {
    this.#isDisposed = true;
    this.#pool.close();
  }

  /** Disposes at the end of a `using`. */
  [Symbol.dispose](): void {
    this.dispose();
  }
}

/**
 * A connection of an engine. A transaction begins with the first statement and ends with `commit` or `rollback`.
 */
export class SyncEngineConnection implements Disposable, DdlRunner<void> {
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
  execute<Item>(statement: Statement<Item>, values?: Values): SyncResult<RowFrom<Item>>;
  execute(statement: Executable, values?: Values): SyncResult<unknown[]>;
  execute(statement: Executable, values?: Values): SyncResult<unknown[]> {
    const yieldPer = yieldPerOf(statement);
    if (yieldPer === undefined || isList(values)) {
      return new SyncResult(
        this.#run(executeInTransaction(this.core, statement, values), "connection.execute()"),
      );
    }
    return new SyncStream(
      new PortionedExecution(yieldPer, (count) => streamRows(this, statement, values, count)),
    );
  }

  /** Executes SQL text as it is, with parameters in its own placeholders. */
  executeRaw(sql: string, parameters?: readonly unknown[], options?: ExecuteOptions): RowSource {
    return this.#run(executeRawInTransaction(this.core, sql, parameters, options), "connection.executeRaw()");
  }

  /**
   * Without arguments or with options, begins a transaction. With a function, runs it in one (a savepoint, if one is
   * open), commits when it succeeds and undoes when it fails.
   */
  begin(options?: TransactionOptions): void;
  begin<Value>(body: (connection: SyncEngineConnection) => Value, options?: TransactionOptions): Value;
  begin<Value>(
    first?: TransactionOptions | ((connection: SyncEngineConnection) => Value),
    options: TransactionOptions = {},
  ): unknown {
    if (typeof first !== "function") return this.#run(this.core.begin(first), "connection.begin()");
    const body = () => call(() => first(this), "the function given to begin()");
    return this.#run(transaction(this.core, body, options), "connection.begin()");
  }

  /** Commits what is open, if anything is. */
  commit(): void {
    this.#run(commitIfOpen(this.core), "connection.commit()");
  }

  /** Undoes what is open, if anything is. */
  rollback(): void {
    this.#run(this.core.rollback(), "connection.rollback()");
  }

  /** Sets a savepoint and returns its name. */
  savepoint(name?: string): string {
    return this.#run(this.core.savepoint(name), "connection.savepoint()");
  }

  /** Undoes what happened since a savepoint. */
  rollbackTo(name: string): void {
    this.#run(this.core.rollbackTo(name), "connection.rollbackTo()");
  }

  /** Forgets a savepoint and keeps what happened since. */
  releaseSavepoint(name: string): void {
    this.#run(this.core.releaseSavepoint(name), "connection.releaseSavepoint()");
  }

  /** Runs a flow on this connection: for extensions. */
  run<Value>(io: Io<Value>, what = "an operation"): Value {
    return this.#run(io, what);
  }

  /** Carries out DDL: what `metadata.createAll(connection)` calls. */
  [RUN_DDL](plan: DdlPlan): void {
    this.#run(runDdl(this.core, plan), "DDL");
  }

  /** Undoes what is open and gives the connection back. Closing twice is harmless. */
  close(): void {
    this.#run(this.core.close(), "connection.close()");
  }

  /** Closes at the end of a `using`. */
  [Symbol.dispose](): void {
    this.close();
  }

  #run<Value>(io: Io<Value>, what: string): Value {
    return runSync(io, this.core.engine.answer, { lane: this.core, what });
  }
}

function* streamAlone(
  engine: SyncEngine,
  statement: Executable,
  values: Readonly<Record<string, unknown>> | undefined,
  count: number,
): Generator<RowPortion> {
  using connection = engine.connect();
  yield* streamRows(connection, statement, values, count);
  connection.commit();
}

/** Takes rows in portions; ends the statement also when the reader leaves early. */
function* streamRows(
  connection: SyncEngineConnection,
  statement: Executable,
  values: Readonly<Record<string, unknown>> | undefined,
  count: number,
): Generator<RowPortion> {
  if (!connection.inTransaction) connection.begin();
  const what = "reading a stream";
  const cursor = connection.run(connection.core.stream(statement, values), what);
  try {
    for (;;) {
      const rows = connection.run(cursor.fetch(count), what);
      if (rows.length > 0) yield* [{ rows, keys: keysOf(cursor.columns) }];
      // A portion that is not full is the last one: whoever ends the transaction beside it loses nothing.
      if (rows.length < count) return;
    }
  } finally {
    connection.run(cursor.close(), what);
  }
}
