/**
 * The only door to the outside: what a flow may ask for, as plain data, and a typed maker for each.
 *
 * A function that touches the database is a `function*` that returns `Io<T>`. Write `yield*` where you would write
 * `await`, and `function*` where you would write `async`; `run.ts` carries each ask to a driver and its answer back,
 * with or without promises. This is the only file with a bare `yield`.
 */

/** Work that touches the database and ends in a value. A function without it in its return type is pure. */
export type Io<T> = Generator<Ask, T, unknown>;

/** A driver's connection; only the driver that made it looks inside. */
export type DriverConnection = object;

/** Where connections come from and go back to, as the runner's answers see it. */
export interface PoolPort {
  acquire(signal?: AbortSignal): DriverConnection | PromiseLike<DriverConnection>;
  /** `broken`: the connection must not be used again. */
  release(connection: DriverConnection, broken: boolean): void | PromiseLike<void>;
}

/** What a statement gave: rows as arrays, values as the client library left them. */
export interface RawResult {
  readonly rows: unknown[][];
  readonly columns: readonly string[];
  /** Rows returned, or rows touched by a write without RETURNING. */
  readonly rowCount: number;
  readonly lastInsertId?: bigint | number | undefined;
  /** The server's number for each column's type, where the client library tells it. */
  readonly typeIds?: readonly number[] | undefined;
}

/** An open stream of rows; a driver extends it by what it needs to go on. */
export interface RawCursor {
  readonly columns: readonly string[];
  /** As in {@link RawResult}. */
  readonly typeIds?: readonly number[] | undefined;
}

/** Asks for a connection. Answer: {@link DriverConnection}. */
export interface Acquire {
  readonly kind: "acquire";
  readonly pool: PoolPort;
}

/** What {@link Execute} and {@link Open} say alike. */
export interface Statement {
  readonly connection: DriverConnection;
  readonly sql: string;
  /** In placeholder order, already encoded. */
  readonly parameters: readonly unknown[];
  /** Where in which flow this is, for errors and logs (`emit insert user`). */
  readonly label?: string | undefined;
  /** Whether the driver may keep the prepared statement. */
  readonly prepare?: boolean | undefined;
  /** Several statements in one text, no parameters, no rows. */
  readonly script?: boolean | undefined;
  /** Whether a column may hold integers beyond 2^53; these come as `bigint`, smaller ones still as `number`. */
  readonly exactIntegers?: boolean | undefined;
  /** An abort waits for this one: COMMIT, ROLLBACK and whatever else must not stop halfway. */
  readonly uninterruptible?: boolean | undefined;
  /**
   * Nobody waits for the outcome, which says nothing unless it is a failure: a driver whose client can send statements
   * one behind the other answers at once, and tells of a failure with the next statement.
   */
  readonly unawaited?: boolean | undefined;
}

/** Asks to run a statement. Answer: {@link RawResult}. */
export interface Execute extends Statement {
  readonly kind: "execute";
}

/** Asks to run a statement and keep its rows for {@link Fetch}. Answer: {@link RawCursor}. */
export interface Open extends Statement {
  readonly kind: "open";
}

/** Asks for the next rows of a stream. Answer: `unknown[][]`; an empty one is the end. */
export interface Fetch {
  readonly kind: "fetch";
  readonly cursor: RawCursor;
  readonly count: number;
}

/** Asks to end a stream. Answer: nothing. */
export interface Close {
  readonly kind: "close";
  readonly cursor: RawCursor;
}

/** Gives a connection back. Answer: nothing. */
export interface Release {
  readonly kind: "release";
  readonly pool: PoolPort;
  readonly connection: DriverConnection;
  readonly broken?: boolean | undefined;
}

/** Asks to run a function of the user's, which may be async. Answer: what it returns, awaited. */
export interface Call {
  readonly kind: "call";
  readonly run: () => unknown;
  /** What the function is (`the default of users.createdAt`), for the error when a sync run gets a promise. */
  readonly what: string;
}

/** Asks to run several flows, which may overlap in an async run. Answer: their values in the given order. */
export interface All {
  readonly kind: "all";
  readonly ios: readonly Io<unknown>[];
}

/** What a driver answers; the runner itself does {@link Call} and {@link All}. */
export type DriverAsk = Acquire | Execute | Open | Fetch | Close | Release;

/** Everything a flow can ask for. */
export type Ask = DriverAsk | Call | All;

/** Asks the pool for a connection. */
export function* acquire(pool: PoolPort): Io<DriverConnection> {
  return (yield { kind: "acquire", pool }) as DriverConnection;
}

/** Runs a statement. */
export function* execute(statement: Statement): Io<RawResult> {
  const { connection, sql, parameters, label, prepare, script, exactIntegers } = statement;
  const { uninterruptible, unawaited } = statement;
  // Spelled out: spreading the statement takes a twentieth of a short one's time.
  return (yield {
    kind: "execute",
    connection,
    sql,
    parameters,
    label,
    prepare,
    script,
    exactIntegers,
    uninterruptible,
    unawaited,
  }) as RawResult;
}

/** Runs a statement whose rows are taken with {@link fetch}; {@link close} must follow. */
export function* open(statement: Statement): Io<RawCursor> {
  return (yield { kind: "open", ...statement }) as RawCursor;
}

/** Takes the next rows of a stream, at most `count`; none means the end. */
export function* fetch(cursor: RawCursor, count: number): Io<unknown[][]> {
  return (yield { kind: "fetch", cursor, count }) as unknown[][];
}

/** Ends a stream. */
export function* close(cursor: RawCursor): Io<void> {
  yield { kind: "close", cursor };
}

/** Gives a connection back to its pool; a broken one is thrown away. */
export function* release(pool: PoolPort, connection: DriverConnection, broken = false): Io<void> {
  yield { kind: "release", pool, connection, broken };
}

/**
 * Runs a function of the user's, which may return a promise.
 *
 * Errors: io/promise-in-sync, naming `what`, when it does so in a sync run.
 */
export function* call<Result>(run: () => Result, what: string): Io<Awaited<Result>> {
  return (yield { kind: "call", run, what }) as Awaited<Result>;
}

/** Runs flows that do not depend on each other: overlapping in an async run, in order in a sync one. */
export function* all<Results extends readonly unknown[] | []>(
  ios: {
    readonly [Index in keyof Results]: Io<Results[Index]>;
  },
): Io<{ -readonly [Index in keyof Results]: Results[Index] }> {
  return (yield { kind: "all", ios: ios as readonly Io<unknown>[] }) as {
    -readonly [Index in keyof Results]: Results[Index];
  };
}
