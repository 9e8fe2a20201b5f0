/**
 * The options of an engine, checked, and the core that is made of them.
 *
 * Below: `url.ts`, `driver.ts`, the pools' interface. Above: the two shells.
 */
import { requireOneStatement } from "../compile/one-statement.ts";
import { DbError, fail } from "../foundation/errors.ts";
import { list } from "../foundation/words.ts";
import type { PoolPort } from "../io/ask.ts";
import { answer } from "./answer.ts";
import type { IsolationLevel } from "./dialect.ts";
import type { Driver, DriverOptions, LiveConnection, Soon } from "./driver.ts";
import type { EngineCore } from "./engine-core.ts";
import { EventHub, echoLine } from "./events.ts";
import { type DatabaseUrl, urlParser } from "./url.ts";

/** How an engine works. */
export interface EngineOptions {
  /** Shows each statement: `true` on the console, a function anywhere else. */
  readonly echo?: boolean | ((line: string) => void);
  /** Connections that are kept open. Default 5. */
  readonly poolSize?: number;
  /** Further connections under load, closed when given back. Default 10. */
  readonly maxOverflow?: number;
  /** How long to wait for a connection, or for another's lock on a file. Default 30 000. */
  readonly timeoutMs?: number;
  /** Connections older than this are replaced. Default: never. */
  readonly recycleMs?: number;
  /** How transactions begin unless they say otherwise. `AUTOCOMMIT`: no transactions. */
  readonly isolationLevel?: IsolationLevel;
  /**
   * SQLite: when a transaction takes its lock. Default `deferred`: at its first write, which fails if another transaction
   * wrote after its first read. `immediate`: before it reads, so that those that read and then write follow one another.
   */
  readonly transactionMode?: "deferred" | "immediate" | "exclusive";
  /** Whether statements are prepared on the server. Switch it off behind a pooler such as pgbouncer. Default true. */
  readonly preparedStatements?: boolean;
  /** How many prepared statements a connection keeps. Default 256. */
  readonly statementCacheSize?: number;
  /** Statements that each new connection runs before its first use: `["PRAGMA journal_mode = WAL"]`. */
  readonly connectStatements?: readonly string[];
  /** Whether errors may show parameter values. Default false: their types and lengths only. */
  readonly showParameters?: boolean;
  /** A driver of your own, instead of the one that the URL's scheme means. */
  readonly driver?: Driver;
  /** Handed to the client library as they are. */
  readonly clientOptions?: Readonly<Record<string, unknown>>;
}

type Check = readonly [expected: string, isRight: (value: unknown) => boolean];

const isCount = (value: unknown) => Number.isInteger(value) && (value as number) >= 0;
const count: Check = ["a whole number from 0", isCount];
const milliseconds: Check = ["a number of milliseconds", (value) => typeof value === "number" && value >= 0];
const truth: Check = ["true or false", (value) => typeof value === "boolean"];
const object: Check = ["an object", (value) => typeof value === "object" && value !== null];

const checks: Readonly<Record<keyof EngineOptions, Check>> = {
  echo: ["true, false or a function", (value) => typeof value === "boolean" || typeof value === "function"],
  poolSize: ["a whole number from 1", (value) => isCount(value) && value !== 0],
  maxOverflow: count,
  timeoutMs: milliseconds,
  recycleMs: milliseconds,
  isolationLevel: ["the name of an isolation level", (value) => typeof value === "string"],
  transactionMode: [
    "deferred, immediate or exclusive",
    (value) => value === "deferred" || value === "immediate" || value === "exclusive",
  ],
  preparedStatements: truth,
  statementCacheSize: count,
  connectStatements: ["a list of statements", Array.isArray],
  showParameters: truth,
  driver: object,
  clientOptions: object,
};

/** What a shell needs besides a pool. */
export interface EngineParts {
  readonly url: DatabaseUrl;
  readonly driver: Driver;
  /** How many connections at most; overflow aside. */
  readonly poolSize: number;
  readonly maxOverflow: number;
  /** The database has one connection, in memory. */
  readonly isShared: boolean;
  readonly timeoutMs: number;
  readonly recycleMs: number | undefined;
  /** Opens a connection, ready for use; what the client throws is translated. */
  readonly open: () => Soon<LiveConnection>;
  /** Makes the core once there is a pool. */
  readonly withPool: (pool: PoolPort) => EngineCore;
}

/**
 * Reads URL and options; `canWait` in an engine with promises.
 *
 * Errors: url/malformed, url/unknown-scheme, engine/option, engine/unknown-option; sql/several-statements.
 */
export function planEngine(
  urlText: string,
  options: EngineOptions,
  drivers: readonly Driver[],
  canWait: boolean,
): EngineParts {
  checkOptions(options);
  const url = urlParser(options.driver === undefined ? drivers : [options.driver])(urlText);
  const driver = options.driver ?? driverOf(url, drivers);
  checkIsolationLevel(options.isolationLevel, driver);
  const isShared = driver.hasOneConnection(url);
  const timeoutMs = options.timeoutMs ?? 30_000;
  const address = addressOf(url, driver);
  const driverOptions: DriverOptions = {
    preparedStatements: options.preparedStatements ?? true,
    statementCacheSize: options.statementCacheSize ?? 256,
    timeoutMs,
    canWait,
    clientOptions: options.clientOptions ?? {},
  };
  const statements = [...driver.dialect.connectStatements, ...(options.connectStatements ?? [])];
  for (const statement of statements) requireOneStatement(statement);
  const translate = (error: unknown) =>
    error instanceof DbError ? error : driver.dialect.translateError(error, { address });
  return {
    url,
    driver,
    poolSize: isShared ? 1 : (options.poolSize ?? 5),
    isShared,
    maxOverflow: isShared ? 0 : (options.maxOverflow ?? 10),
    timeoutMs,
    recycleMs: isShared ? undefined : options.recycleMs,
    open: () => openConnection({ connect: () => driver.connect(url, driverOptions), statements, translate }),
    withPool: (pool) => ({
      dialect: driver.dialect,
      pool,
      events: eventsOf(options.echo),
      isolationLevel: options.isolationLevel,
      transactionMode: options.transactionMode,
      showParameters: options.showParameters ?? false,
      address,
      answer,
    }),
  };
}

function checkOptions(options: EngineOptions): void {
  for (const [option, value] of Object.entries(options)) {
    const check = Object.hasOwn(checks, option) ? checks[option as keyof EngineOptions] : undefined;
    if (check === undefined) throw fail("engine/unknown-option", { option, options: Object.keys(checks) });
    const [expected, isRight] = check;
    if (value !== undefined && !isRight(value)) throw fail("engine/option", { option, expected, got: value });
  }
}

function checkIsolationLevel(level: IsolationLevel | undefined, { dialect }: Driver): void {
  if (level === undefined || level === "AUTOCOMMIT" || dialect.isolationLevels.includes(level)) return;
  const expected = list([...dialect.isolationLevels, "AUTOCOMMIT"]);
  throw fail("engine/option", { option: "isolationLevel", expected, got: level });
}

function driverOf(url: DatabaseUrl, drivers: readonly Driver[]): Driver {
  const driver = drivers.find((each) => each.schemes.includes(url.scheme));
  if (driver !== undefined) return driver;
  throw fail("url/unknown-scheme", { scheme: url.scheme, schemes: drivers.flatMap((each) => each.schemes) });
}

/** Host and port, or file. */
function addressOf(url: DatabaseUrl, { place }: Driver): string {
  if (place === "file") return url.database ?? "the database in memory";
  return `${url.host ?? url.query["host"] ?? "localhost"}:${url.port ?? place.defaultPort}`;
}

function eventsOf(echo: EngineOptions["echo"]): EventHub {
  const events = new EventHub();
  const write = echo === true ? (line: string) => console.log(line) : echo;
  if (write) events.on("statement", (event) => write(echoLine(event)));
  return events;
}

interface Opening {
  readonly connect: () => Soon<LiveConnection>;
  readonly statements: readonly string[];
  readonly translate: (error: unknown) => Error;
}

function openConnection(opening: Opening): Soon<LiveConnection> {
  let live: Soon<LiveConnection> | undefined;
  try {
    live = opening.connect();
    if (live instanceof Promise) return openWaiting(live, opening.statements, opening);
    for (const [index, sql] of opening.statements.entries()) {
      const answer = live.execute(setupAsk(live, sql));
      if (!(answer instanceof Promise)) continue;
      const opened = live;
      return openWaiting(
        answer.then(() => opened),
        opening.statements.slice(index + 1),
        opening,
        opened,
      );
    }
    return live;
  } catch (error) {
    if (live !== undefined && !(live instanceof Promise)) void live.close();
    throw opening.translate(error);
  }
}

/** Goes on where a promise stands in the way: `opened` is known while a statement is under way already. */
async function openWaiting(
  opening: Promise<LiveConnection>,
  statements: readonly string[],
  { translate }: Opening,
  opened?: LiveConnection,
): Promise<LiveConnection> {
  let live = opened;
  try {
    live = await opening;
    for (const sql of statements) await live.execute(setupAsk(live, sql));
    return live;
  } catch (error) {
    await live?.close();
    throw translate(error);
  }
}

function setupAsk(connection: LiveConnection, sql: string) {
  return { kind: "execute", connection, sql, parameters: [], prepare: false } as const;
}
