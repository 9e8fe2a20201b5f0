/**
 * A connection as flows use it: statements, transactions, savepoints.
 *
 * Below: the asks of `io/`, `compile/`, the dialect. Above: `transaction.ts`, the shells, the ORM's sessions.
 * What is executed passes `#send`, a cursor its parts: they guard against overlapping use, report to listeners and
 * translate errors.
 */
import type { Compiled, ResultColumn } from "../compile/compile.ts";
import { bindParameters, compile, encodeParameters } from "../compile/compile.ts";
import { requireOneStatement } from "../compile/one-statement.ts";
import { ConflictError, ConnectionError, DbError, during, fail, withFacts } from "../foundation/errors.ts";
import { sourceLine } from "../foundation/source-line.ts";
import { list } from "../foundation/words.ts";
import type { DriverConnection, Io, RawCursor, RawResult, Statement } from "../io/ask.ts";
import { acquire, close, execute, fetch, open, release } from "../io/ask.ts";
import { decodeRows, type RawColumns, resultColumns, wantsExactIntegers } from "./decode.ts";
import type { Dialect, TransactionOptions } from "./dialect.ts";
import type { LiveConnection } from "./driver.ts";
import type { EngineCore } from "./engine-core.ts";
import { verbOf } from "./events.ts";
import type { Executable, Values } from "./expand.ts";
import { expandStatement, isRead, resolve } from "./expand.ts";
import type { Meter, Sender } from "./sender.ts";

/** How one statement is executed. */
export interface ExecuteOptions {
  /** Which step sends the statement; errors and events carry it. */
  readonly label?: string | undefined;
  /** How many rows an INSERT writes, for listeners. */
  readonly parameterSets?: number | undefined;
  /** False for text that will not come again, such as a list of rows of one particular length. */
  readonly prepare?: boolean | undefined;
  /** Who sends it, where that is not the application itself. */
  readonly sender?: Sender | undefined;
  /** The columns, by index, whose values are left as the client gave them, for whoever reads the rows to decode. */
  readonly leave?: ReadonlySet<number> | undefined;
}

/** What a statement gave, decoded. */
export interface StatementResult {
  readonly rows: unknown[][];
  /** The columns that were left raw. */
  readonly left?: RawColumns | undefined;
  readonly columns: readonly ResultColumn[];
  /** Rows returned, or rows changed by a statement that returns none. */
  readonly rowCount: number;
  /** The key that the database made for the last row inserted, where the product tells it. */
  readonly lastInsertId?: bigint | number | undefined;
}

interface Sending {
  readonly sql: string;
  readonly parameters: readonly unknown[];
  /** The same values before encoding, for listeners. */
  readonly shown: () => readonly unknown[];
  readonly label: string | undefined;
  readonly prepare: boolean;
  readonly verb: string;
  readonly tables: readonly string[];
  readonly exactIntegers: boolean;
  readonly script: boolean;
  /** Locks no rows and changes nothing that a rollback would have to undo. */
  readonly onlyReads: boolean;
  readonly parameterSets?: number | undefined;
  readonly sender?: Sender | undefined;
  /** How many times it is executed, each with values of its own; absent: once. */
  readonly executions?: number | undefined;
}

/** How a statement of the connection's own is sent. */
interface SendingWay {
  readonly uninterruptible?: boolean;
  readonly unawaited?: boolean;
}

const UNINTERRUPTIBLE: SendingWay = { uninterruptible: true };
const UNAWAITED: SendingWay = { uninterruptible: true, unawaited: true };

const noTables: readonly string[] = [];
let lastConnectionId = 0;

/**
 * Takes a connection from the engine's pool; whoever takes it closes it.
 *
 * Errors: pool/timeout, pool/closed, connection/….
 */
export function* connect(engine: EngineCore): Io<Connection> {
  const live = yield* acquire(engine.pool);
  return new Connection(engine, live);
}

/** One connection of an engine, held until {@link Connection.close}. */
export class Connection {
  readonly engine: EngineCore;
  readonly dialect: Dialect;
  /** Tells connections of this process apart, in events. */
  readonly id: number;
  readonly #live: DriverConnection;
  #isClosed = false;
  #isBroken = false;
  /** What runs at the moment, for errors. */
  #running: string | undefined;
  #transaction: "none" | "open" | "autocommit" = "none";
  /** The open transaction sent nothing but queries that lock nothing, and none of them failed. */
  #hasOnlyRead = false;
  /** The name of the transaction between the phases of a commit. */
  #prepared: string | undefined = undefined;
  #savepointCount = 0;
  #savepoints: string[] = [];
  /** The open cursors, and within how many savepoints each was opened. */
  readonly #cursors = new Map<OpenCursor, number>();

  constructor(engine: EngineCore, live: DriverConnection) {
    this.engine = engine;
    this.dialect = engine.dialect;
    this.id = ++lastConnectionId;
    this.#live = live;
  }

  /** Whether a transaction was begun and neither committed nor rolled back. */
  get inTransaction(): boolean {
    return this.#transaction !== "none";
  }

  /** Whether the connection went back to the pool. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /**
   * Executes a statement. A list of values executes it for each; an INSERT takes many rows in one statement.
   * An INSERT or UPDATE gets the client-side defaults of its table's columns.
   *
   * Shape:  several statements (rows beyond the product's number of parameters) run in one transaction.
   * Errors: conflict/…, database/…, connection/…; io/busy while another statement runs on this connection;
   * sql/several-statements for a text that holds more than one.
   */
  *execute(statement: Executable, values?: Values, options: ExecuteOptions = {}): Io<StatementResult> {
    const steps = expandStatement(statement, values, this.dialect);
    if (steps.length === 0) return { rows: [], columns: [], rowCount: 0 };
    if (steps.length === 1) return yield* this.#executeOne(steps[0]!.statement, steps[0]!.values, options);
    const ownsTransaction = !this.inTransaction;
    if (ownsTransaction) yield* this.begin();
    try {
      const rows: unknown[][] = [];
      let rowCount = 0;
      let last: StatementResult = { rows, columns: [], rowCount: 0 };
      for (const step of steps) {
        last = yield* this.#executeOne(step.statement, step.values, options);
        for (const row of last.rows) rows.push(row);
        rowCount += last.rowCount;
      }
      if (ownsTransaction) yield* this.commit();
      return { ...last, rows, rowCount };
    } finally {
      if (ownsTransaction && this.inTransaction) yield* this.rollback();
    }
  }

  /**
   * Executes a compiled statement with values in the order of its placeholders, which are known to be right.
   *
   * Errors: as {@link Connection.execute}.
   */
  *executeInOrder(
    compiled: Compiled,
    values: readonly unknown[],
    options: ExecuteOptions = {},
  ): Io<StatementResult> {
    return yield* this.#sendCompiled(compiled, this.#sendingInOrder(compiled, values, options));
  }

  /**
   * Executes a compiled statement with each set of values, in turn; gives what each execution gave. Listeners hear of
   * it once. Values are in the order of the placeholders and known to be right.
   *
   * Errors: as {@link Connection.execute}; the executions before the one that failed stay.
   */
  *executeEach(
    compiled: Compiled,
    sets: readonly (readonly unknown[])[],
    options: ExecuteOptions = {},
  ): Io<StatementResult[]> {
    const sendings = sets.map((values) => this.#sendingInOrder(compiled, values, options));
    const [first] = sendings;
    if (first === undefined) return [];
    const { rows } = yield* this.#report(
      { ...first, parameterSets: sets.length, executions: sets.length },
      () => this.#sendEach(sendings),
    );
    return rows.map((result) => {
      const columns = resultColumns(compiled, result);
      decodeRows(result, columns, this.dialect);
      return { rows: result.rows, columns, rowCount: result.rowCount };
    });
  }

  *#sendEach(sendings: readonly Sending[]): Io<{ rows: RawResult[]; rowCount: number }> {
    const rows: RawResult[] = [];
    let rowCount = 0;
    for (const sending of sendings) {
      const result = yield* this.#executionOf(sending, rows.length);
      rows.push(result);
      rowCount += result.rowCount;
    }
    return { rows, rowCount };
  }

  /** Executes for one set of values of many. */
  *#executionOf(sending: Sending, execution: number): Io<RawResult> {
    try {
      return yield* execute(toStatement(sending, this.#live));
    } catch (caught) {
      const error = this.#translate(caught, sending);
      throw error instanceof ConflictError ? withFacts(error, { execution }) : error;
    }
  }

  /**
   * Sends SQL text as it is; values come back as the database's own types suggest.
   *
   * Errors: as {@link Connection.execute}; sql/several-statements.
   */
  *executeRaw(sql: string, parameters: readonly unknown[] = [], options: ExecuteOptions = {}): Io<RawResult> {
    requireOneStatement(sql);
    const encode = this.dialect.codecOfDatabaseType(undefined).encode;
    const encoded = encode ? parameters.map((value) => (value === null ? null : encode(value))) : parameters;
    const result = yield* this.#send({
      sql,
      parameters: encoded,
      shown: () => parameters,
      label: options.label,
      prepare: options.prepare ?? true,
      verb: verbOf(sql),
      tables: noTables,
      exactIntegers: true,
      script: false,
      onlyReads: false,
      sender: options.sender,
    });
    decodeRows(result, resultColumns(undefined, result), this.dialect);
    return result;
  }

  /** Sends a text of several statements, without parameters or results. */
  *executeScript(sql: string): Io<void> {
    yield* this.#send({ ...plain(sql), script: true });
  }

  /**
   * Executes a statement whose rows are fetched in portions. Outside a transaction, and for a statement that writes,
   * they are read at once: cursors live in transactions.
   *
   * Errors: as {@link Connection.execute}; result/stream-ended for rows that are fetched after the transaction, or after
   * going back to a savepoint from before the cursor.
   */
  *stream(
    statement: Executable,
    values?: Readonly<Record<string, unknown>>,
    options: ExecuteOptions = {},
  ): Io<StatementCursor> {
    if (!isRead(statement) || this.#transaction !== "open") {
      return new RowsInMemory(yield* this.execute(statement, values, options));
    }
    const compiled = this.#compiled(statement);
    const sending = this.#sendingOf(compiled, values, options);
    const raw = yield* this.#report(sending, () => open(toStatement(sending, this.#live)));
    const cursor = new OpenCursor(this, sending, raw, compiled);
    this.#cursors.set(cursor, this.#savepoints.length);
    return cursor;
  }

  /**
   * Begins a transaction.
   *
   * Errors: transaction/already-begun; engine/option when the product has no such isolation level.
   */
  *begin(options: TransactionOptions = {}): Io<void> {
    if (this.inTransaction) throw fail("transaction/already-begun", {});
    const isolationLevel = options.isolationLevel ?? this.engine.isolationLevel;
    if (isolationLevel !== undefined && isolationLevel !== "AUTOCOMMIT") {
      const known = this.dialect.isolationLevels;
      if (!known.includes(isolationLevel)) {
        throw fail("engine/option", {
          option: "isolationLevel",
          expected: list([...known, "AUTOCOMMIT"]),
          got: isolationLevel,
        });
      }
    }
    if (isolationLevel === "AUTOCOMMIT") {
      this.#transaction = "autocommit";
      return;
    }
    const mode = options.mode ?? this.engine.transactionMode;
    const statements = this.dialect.begin({ ...options, isolationLevel, mode });
    // A BEGIN that asks for nothing cannot be refused, so it travels with the first statement: one round trip less.
    if (statements.length === 1 && statements[0] === BEGIN.sql) yield* this.#send(BEGIN, UNAWAITED);
    else for (const sql of statements) yield* this.#send(plain(sql));
    this.#transaction = "open";
    this.#hasOnlyRead = true;
    this.#savepointCount = 0;
    this.#savepoints = [];
  }

  /**
   * Commits.
   *
   * Errors: transaction/none; transaction/rolled-back, when an earlier statement failed; conflict/… of deferred
   * constraints.
   */
  *commit(): Io<void> {
    if (this.#prepared !== undefined) {
      yield* this.#endPrepared("commit", this.#prepared);
      return;
    }
    if (!this.inTransaction) throw fail("transaction/none", { what: "commit" });
    if (this.#cursors.size > 0) yield* this.#endCursors();
    yield* this.#refuseFailed();
    if (this.#transaction === "open") yield* this.#send(COMMIT, UNINTERRUPTIBLE);
    this.#transaction = "none";
  }

  /**
   * The first phase of a commit in two: the database promises that it can commit, and keeps the promise when this process
   * ends. Only `commit` and `rollback` follow.
   *
   * Errors: transaction/none, transaction/failed; transaction/no-two-phase where the product cannot do it.
   */
  *prepare(): Io<void> {
    if (!this.inTransaction) throw fail("transaction/none", { what: "prepare" });
    const { twoPhase, name } = this.dialect;
    if (twoPhase === undefined) throw fail("transaction/no-two-phase", { dialect: name });
    if (this.#cursors.size > 0) yield* this.#endCursors();
    yield* this.#refuseFailed();
    const id = `ormolu_${crypto.randomUUID()}`;
    yield* this.#send(once(twoPhase.prepare(id)), UNINTERRUPTIBLE);
    this.#transaction = "none";
    this.#prepared = id;
  }

  /** Errors: transaction/in-doubt: nobody but the database knows what became of it, so it is not touched again. */
  *#endPrepared(how: "commit" | "rollback", id: string): Io<void> {
    const sql = this.dialect.twoPhase?.[how](id) ?? "";
    this.#prepared = undefined;
    try {
      yield* this.#send(once(sql), UNINTERRUPTIBLE);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw fail("transaction/in-doubt", { id, sql, reason }, { cause: error });
    }
  }

  /** A transaction in which a statement failed is not committed, and says so. Errors: transaction/rolled-back. */
  *#refuseFailed(): Io<void> {
    if (!(this.#live as LiveConnection).isTransactionFailed) return;
    yield* this.rollback();
    throw fail("transaction/rolled-back", {});
  }

  /** Rolls back; without a transaction it does nothing. */
  *rollback(): Io<void> {
    if (this.#prepared !== undefined) {
      yield* this.#endPrepared("rollback", this.#prepared);
      return;
    }
    yield* this.#endTransaction(UNINTERRUPTIBLE);
  }

  *#endTransaction(way: SendingWay): Io<void> {
    try {
      if (this.#cursors.size > 0) yield* this.#endCursors();
      if (this.#transaction === "open" && !this.#isBroken) yield* this.#send(ROLLBACK, way);
    } catch (error) {
      this.#noticeFailedRollback();
      throw error;
    }
    this.#transaction = "none";
  }

  /** What was not undone ends with the connection: whoever came next would find himself in this transaction. */
  #noticeFailedRollback(): void {
    // Not even sent, beside another statement: the transaction is open still.
    if (this.#running !== undefined) return;
    this.#transaction = "none";
    // The database may have ended it before: ON CONFLICT ROLLBACK, a full disk.
    if ((this.#live as LiveConnection).isInTransaction !== false) this.#isBroken = true;
  }

  /** Sets a savepoint in the transaction that is open, or in a new one, and returns its name. */
  *savepoint(given?: string): Io<string> {
    // Without BEGIN, SQLite would begin a transaction of which this connection knows nothing.
    if (!this.inTransaction) yield* this.begin();
    const name = given ?? `savepoint_${++this.#savepointCount}`;
    yield* this.#send(plain(`SAVEPOINT ${this.dialect.quote(name)}`));
    this.#savepoints.push(name);
    return name;
  }

  /** Undoes what happened since the savepoint, which stays. */
  *rollbackTo(name: string): Io<void> {
    yield* this.#endCursors(this.#savepoints.lastIndexOf(name) + 1);
    if (!this.#isBroken)
      yield* this.#send(plain(`ROLLBACK TO SAVEPOINT ${this.dialect.quote(name)}`), UNINTERRUPTIBLE);
    this.#dropSavepointsAfter(name, 1);
  }

  /** Forgets the savepoint and keeps what happened since. */
  *releaseSavepoint(name: string): Io<void> {
    if (!this.#isBroken)
      yield* this.#send(plain(`RELEASE SAVEPOINT ${this.dialect.quote(name)}`), UNINTERRUPTIBLE);
    this.#dropSavepointsAfter(name, 0);
    const { length } = this.#savepoints;
    for (const [cursor, depth] of this.#cursors) this.#cursors.set(cursor, Math.min(depth, length));
  }

  #dropSavepointsAfter(name: string, kept: number): void {
    const index = this.#savepoints.lastIndexOf(name);
    if (index >= 0) this.#savepoints.length = index + kept;
  }

  /** How many savepoints are set within the transaction. */
  get savepointDepth(): number {
    return this.#savepoints.length;
  }

  /** Nothing is sent any more, and closing closes the connection itself. */
  invalidate(): void {
    this.#isBroken = true;
  }

  /** Rolls back what is open and gives the connection back to the pool. Closing twice is harmless. */
  *close(): Io<void> {
    if (this.#isClosed) return;
    let isUnusable = true;
    try {
      // Where there is nothing to undo and nothing that others wait for, neither does who closes.
      if (this.#hasOnlyRead) yield* this.#endTransaction(UNAWAITED);
      else yield* this.rollback();
      isUnusable = this.#isBroken;
    } catch (error) {
      // The server went away: there is nothing left to roll back, and the pool replaces the connection.
      if (!(error instanceof ConnectionError)) throw error;
    } finally {
      this.#isClosed = true;
      yield* release(this.engine.pool, this.#live, isUnusable);
    }
  }

  /** Fetches the next rows of a cursor; `[]` is the end. Counted where its sender counts. */
  *fetchRaw(sending: Sending, cursor: RawCursor, count: number): Io<unknown[][]> {
    const rows = yield* this.#guarded(sending, () => fetch(cursor, count));
    sending.sender?.meter?.afterReading(sending, rows.length);
    return rows;
  }

  /** Closes a cursor. */
  *closeRaw(cursor: OpenCursor, sending: Sending, raw: RawCursor): Io<void> {
    this.#cursors.delete(cursor);
    if (!this.#isBroken && !this.#isClosed) yield* this.#guarded(sending, () => close(raw));
  }

  /**
   * Closes the cursors that were opened within that many savepoints or more, before what they read from ends. Closed
   * later, one would be gone in the database, and its failure that of the next transaction.
   */
  *#endCursors(depth = 0): Io<void> {
    // Beside another statement nothing ends: what comes next is refused.
    if (this.#running !== undefined) return;
    for (const [cursor, openedAt] of this.#cursors) {
      if (openedAt < depth) continue;
      try {
        yield* cursor.end();
      } catch (error) {
        // Otherwise it failed the transaction, which is undone or refuses to be committed.
        if (this.#isBroken) throw error;
      }
    }
  }

  #executeOne(
    statement: Executable,
    values: Record<string, unknown> | undefined,
    options: ExecuteOptions,
  ): Io<StatementResult> {
    const compiled = this.#compiled(statement);
    return this.#sendCompiled(compiled, this.#sendingOf(compiled, values, options), options.leave);
  }

  *#sendCompiled(compiled: Compiled, sending: Sending, leave?: ReadonlySet<number>): Io<StatementResult> {
    const raw = yield* this.#send(sending);
    const columns = resultColumns(compiled, raw);
    const left = decodeRows(raw, columns, this.dialect, leave);
    return { rows: raw.rows, left, columns, rowCount: raw.rowCount, lastInsertId: raw.lastInsertId };
  }

  #compiled(statement: Executable): Compiled {
    const resolved = resolve(statement);
    return "kind" in resolved ? compile(resolved, this.dialect) : resolved;
  }

  #sendingOf(
    compiled: Compiled,
    values: Record<string, unknown> | undefined,
    options: ExecuteOptions,
  ): Sending {
    const shown = () =>
      compiled.parameters.map(({ name, value }) => (name !== undefined && values ? values[name] : value));
    return this.#sending(compiled, bindParameters(compiled, values, this.dialect), shown, options);
  }

  #sendingInOrder(compiled: Compiled, values: readonly unknown[], options: ExecuteOptions): Sending {
    return this.#sending(compiled, encodeParameters(compiled, values, this.dialect), () => values, options);
  }

  #sending(
    compiled: Compiled,
    parameters: readonly unknown[],
    shown: () => readonly unknown[],
    options: ExecuteOptions,
  ): Sending {
    requireOneStatement(compiled.sql);
    const { maxParameters } = this.dialect.features;
    if (parameters.length > maxParameters) {
      throw fail("sql/too-many-parameters", { count: parameters.length, max: maxParameters });
    }
    return {
      sql: compiled.sql,
      parameters,
      shown,
      label: options.label,
      prepare: options.prepare ?? true,
      verb: compiled.verb,
      tables: compiled.tables,
      exactIntegers: wantsExactIntegers(compiled),
      script: false,
      onlyReads: compiled.onlyReads,
      parameterSets: options.parameterSets,
      sender: options.sender,
    };
  }

  // What only passes a flow on returns it and is no generator: each one more costs a twentieth of a short statement.
  #send(sending: Sending, way?: SendingWay): Io<RawResult> {
    return this.#report(sending, () => execute(toStatement(sending, this.#live, way)));
  }

  /** Runs one statement, counted where its sender counts. */
  #report<Answer extends object>(sending: Sending, ask: () => Io<Answer>): Io<Answer> {
    if (!sending.onlyReads) this.#hasOnlyRead = false;
    const meter = sending.sender?.meter;
    return meter === undefined ? this.#tell(sending, ask) : this.#measure(meter, sending, ask);
  }

  *#measure<Answer extends { readonly rowCount?: number }>(
    meter: Meter,
    sending: Sending,
    ask: () => Io<Answer>,
  ): Io<Answer> {
    meter.beforeSending(sending);
    const answer = yield* this.#tell(sending, ask);
    meter.afterReading(sending, answer.rowCount ?? 0);
    return answer;
  }

  /** Runs one statement, and tells the listeners if there are any. */
  #tell<Answer extends object>(sending: Sending, ask: () => Io<Answer>): Io<Answer> {
    return this.engine.events.isHeard ? this.#tellListeners(sending, ask) : this.#guarded(sending, ask);
  }

  *#tellListeners<Answer extends object>(sending: Sending, ask: () => Io<Answer>): Io<Answer> {
    const { events } = this.engine;
    const { sender } = sending;
    const source = events.wantsSource ? sourceLine(sender?.caller) : undefined;
    const startedAtMs = performance.now();
    let answer: { readonly rowCount?: number } | undefined;
    let error: unknown;
    try {
      const given = yield* this.#guarded(sending, ask);
      answer = given;
      return given;
    } catch (caught) {
      error = caught;
      throw caught;
    } finally {
      events.emit({
        sql: sending.sql,
        parameters: sending.shown(),
        label: sending.label,
        parameterSets: sending.parameterSets,
        executions: sending.executions ?? 1,
        durationMs: performance.now() - startedAtMs,
        rowCount: answer?.rowCount ?? 0,
        verb: sending.verb,
        tables: sending.tables,
        connectionId: this.id,
        error,
        session: sender?.session,
        source,
      });
    }
  }

  /** Runs one ask alone on this connection and translates what the client library throws. */
  *#guarded<Answer>(sending: Sending, ask: () => Io<Answer>): Io<Answer> {
    if (this.#isClosed) throw fail("connection/closed", { what: `send ${sending.verb}` });
    const what = sending.label ?? `a ${sending.verb} statement`;
    if (this.#running !== undefined) throw fail("io/busy", { what, running: this.#running });
    this.#running = what;
    try {
      return yield* ask();
    } catch (caught) {
      this.#hasOnlyRead = false;
      throw this.#translate(caught, sending);
    } finally {
      this.#running = undefined;
    }
  }

  #translate(caught: unknown, sending: Sending): unknown {
    const error =
      caught instanceof DbError
        ? caught
        : this.dialect.translateError(caught, {
            sql: sending.sql,
            parameters: sending.shown(),
            showParameters: this.engine.showParameters,
            address: this.engine.address,
          });
    if (error instanceof ConnectionError) this.#isBroken = true;
    return sending.label === undefined ? error : during(error, sending.label);
  }
}

/** The rows of a statement, fetched in portions. */
export interface StatementCursor {
  /** The columns of a row; complete once the first rows were fetched. */
  readonly columns: readonly ResultColumn[];
  /** Fetches up to `count` rows, decoded; fewer are the last ones. Errors: result/stream-ended. */
  fetch(count: number): Io<unknown[][]>;
  /** Ends the statement. Closing twice is harmless. */
  close(): Io<void>;
}

class OpenCursor implements StatementCursor {
  readonly #connection: Connection;
  readonly #sending: Sending;
  readonly #cursor: RawCursor;
  readonly #compiled: Compiled;
  #columns: readonly ResultColumn[] | undefined;
  #state: "open" | "closed" | "ended" = "open";

  constructor(connection: Connection, sending: Sending, cursor: RawCursor, compiled: Compiled) {
    this.#connection = connection;
    this.#sending = sending;
    this.#cursor = cursor;
    this.#compiled = compiled;
  }

  get columns(): readonly ResultColumn[] {
    if (this.#columns === undefined || this.#columns.length === 0) {
      this.#columns = resultColumns(this.#compiled, this.#cursor);
    }
    return this.#columns;
  }

  *fetch(count: number): Io<unknown[][]> {
    if (this.#state === "ended") throw fail("result/stream-ended", {});
    if (this.#state === "closed") return [];
    const rows = yield* this.#connection.fetchRaw(this.#sending, this.#cursor, count);
    const { columns, typeIds } = this.#cursor;
    decodeRows({ rows, columns, typeIds }, this.columns, this.#connection.dialect);
    return rows;
  }

  *close(): Io<void> {
    yield* this.#leave("closed");
  }

  /** Closes because the transaction ends: rows that were not fetched are lost, and who asks for them hears of it. */
  *end(): Io<void> {
    yield* this.#leave("ended");
  }

  *#leave(state: "closed" | "ended"): Io<void> {
    if (this.#state !== "open") return;
    this.#state = state;
    yield* this.#connection.closeRaw(this, this.#sending, this.#cursor);
  }
}

class RowsInMemory implements StatementCursor {
  readonly columns: readonly ResultColumn[];
  readonly #rows: unknown[][];
  #position = 0;

  constructor({ rows, columns }: StatementResult) {
    this.columns = columns;
    this.#rows = rows;
  }

  *fetch(count: number): Io<unknown[][]> {
    const rows = this.#rows.slice(this.#position, this.#position + count);
    this.#position += rows.length;
    return rows;
  }

  *close(): Io<void> {}
}

function toStatement(sending: Sending, connection: DriverConnection, way: SendingWay = {}): Statement {
  const { sql, parameters, label, prepare, script, exactIntegers } = sending;
  const { uninterruptible = false, unawaited = false } = way;
  return { connection, sql, parameters, label, prepare, script, exactIntegers, uninterruptible, unawaited };
}

function plain(sql: string): Sending {
  return {
    sql,
    parameters: [],
    shown: () => [],
    label: undefined,
    prepare: true,
    verb: verbOf(sql),
    tables: noTables,
    exactIntegers: false,
    script: false,
    onlyReads: false,
  };
}

/** A text that will not come again would only drive one that does out of the cache of prepared statements. */
function once(sql: string): Sending {
  return { ...plain(sql), prepare: false };
}

const BEGIN = plain("BEGIN");
const COMMIT = plain("COMMIT");
const ROLLBACK = plain("ROLLBACK");
