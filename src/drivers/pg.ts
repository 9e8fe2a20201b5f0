/**
 * PostgreSQL by the package `pg`.
 *
 * Values travel as text in both directions and rows come as arrays: none of pg's conversions take part. A text that
 * comes a second time is prepared by name on the server, until it is forgotten. What nobody waits for (BEGIN, and the
 * ROLLBACK of what only read) is sent and travels with what comes next.
 */
import type { Writable } from "node:stream";
import type { Client, ClientConfig, QueryArrayConfig } from "pg";
import {
  closeCursor,
  declareCursor,
  fetchCursor,
  forgetInTransaction,
  forgetStatement,
} from "../dialects/postgres/cursor.ts";
import { postgres } from "../dialects/postgres/index.ts";
import type { Driver, DriverOptions, LiveConnection } from "../engine/driver.ts";
import type { DatabaseUrl } from "../engine/url.ts";
import type { Execute, Open, RawCursor, RawResult, Statement } from "../io/ask.ts";
import { loadPackage } from "./load-package.ts";
import { StatementCache } from "./statement-cache.ts";

/** What begins and ends transactions has nothing to plan, and goes in one message instead of three. */
const isControl = /^(?:BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE)\b/;

/** The driver for `postgresql://`. */
export const pg: Driver = {
  name: "pg",
  schemes: ["postgresql", "postgres", "postgresql+pg"],
  dialect: postgres,
  place: { defaultPort: 5432 },
  isSync: false,
  hasOneConnection: () => false,
  async connect(url, options) {
    const loaded = await loadPackage(() => import("pg"), { scheme: url.scheme, packageName: "pg" });
    const client = new loaded.default.Client(configOf(url, options));
    const connection = new PgConnection(client, options);
    await client.connect();
    return connection;
  },
};

function configOf(url: DatabaseUrl, options: DriverOptions): ClientConfig {
  return {
    connectionString: standardUrl(url),
    connectionTimeoutMillis: options.timeoutMs,
    keepAlive: true,
    // Statements are written without waiting for the answer to the one before: see #unawaited. Not yet in @types/pg.
    ...{ pipeline: true },
    ...options.clientOptions,
  };
}

/** Writes the URL again with the scheme that pg knows; pg itself reads sslmode, host=/socket and the like. */
function standardUrl(url: DatabaseUrl): string {
  const user = url.username === undefined ? "" : encodeURIComponent(url.username);
  const password = url.password === undefined ? "" : `:${encodeURIComponent(url.password)}`;
  const host = url.host?.includes(":") ? `[${url.host}]` : (url.host ?? "");
  const port = url.port === undefined ? "" : `:${url.port}`;
  const query = new URLSearchParams(url.query).toString();
  const login = user === "" && password === "" ? "" : `${user}${password}@`;
  const database = url.database === undefined ? "" : encodeURIComponent(url.database);
  return `postgresql://${login}${host}${port}/${database}${query === "" ? "" : `?${query}`}`;
}

/** Leaves every value as the text that the server sent. */
const asText = { getTypeParser: () => (text: unknown) => text } as NonNullable<QueryArrayConfig["types"]>;

const nothing = (): RawResult => ({ rows: [], columns: [], rowCount: 0 });

interface Remembered {
  /** The name on the server; undefined until the text comes a second time. */
  name: string | undefined;
}

interface OpenCursor extends RawCursor {
  readonly name: string;
  columns: readonly string[];
  typeIds: readonly number[] | undefined;
}

class PgConnection implements LiveConnection {
  readonly #client: Client;
  readonly #statements: StatementCache<Remembered>;
  readonly #forgotten: string[] = [];
  readonly #preparesByName: boolean;
  #nameCount = 0;
  #isOpen = true;
  /** The outcome of what was sent without waiting. */
  #unawaited: Promise<unknown> | undefined;

  constructor(client: Client, options: DriverOptions) {
    this.#client = client;
    this.#preparesByName = options.preparedStatements;
    this.#statements = new StatementCache(options.statementCacheSize, ({ name }) => {
      if (name !== undefined) this.#forgotten.push(name);
    });
    // Without a listener an idle connection's end would end the process.
    client.on("error", () => {
      this.#isOpen = false;
    });
    client.on("end", () => {
      this.#isOpen = false;
    });
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  get isTransactionFailed(): boolean {
    return this.#client.getTransactionStatus() === "E";
  }

  /** Lets the process end while nobody uses the connection. */
  setIdle(isIdle: boolean): void {
    // @types/pg leaves these two out; pg's own pool calls them.
    const client = this.#client as Client & { ref(): void; unref(): void };
    if (isIdle) client.unref();
    else client.ref();
  }

  execute(ask: Execute): RawResult | Promise<RawResult> {
    const earlier = this.#unawaited;
    if (ask.unawaited) this.#writeTogether();
    const outcome = this.#send(ask);
    if (ask.unawaited) {
      this.#unawaited = this.#afterEarlier(earlier, outcome);
      // Whoever comes next hears of a failure; until then it is nobody's. The pool replaces the connection.
      this.#unawaited.catch(() => {
        this.#isOpen = false;
      });
      return nothing();
    }
    if (earlier === undefined) return outcome;
    this.#unawaited = undefined;
    return this.#afterEarlier(earlier, outcome);
  }

  /**
   * What is sent until the end of this turn is written at once: with ROLLBACK, BEGIN and a query in three writes, the
   * system calls are half of the client's time.
   */
  #writeTogether(): void {
    // @types/pg leaves the connection out; ways to query of other packages are given it, so it is there to stay.
    const { stream } = (this.#client as Client & { readonly connection: { readonly stream: Writable } })
      .connection;
    stream.cork();
    process.nextTick(() => stream.uncork());
  }

  /** Waits for what was sent before as well. Its failure is the one to tell: it is the cause, or as bad. */
  async #afterEarlier(
    earlier: Promise<unknown> | undefined,
    outcome: Promise<RawResult>,
  ): Promise<RawResult> {
    const [before, now] = await Promise.allSettled([earlier, outcome]);
    if (before.status === "rejected") throw before.reason;
    if (now.status === "rejected") throw now.reason;
    return now.value;
  }

  async #send(ask: Execute): Promise<RawResult> {
    // What controls transactions has no values either, and a lone text is what pg takes with the least work.
    if (ask.script || isControl.test(ask.sql)) {
      await this.#settled(() => this.#client.query(ask.sql));
      return nothing();
    }
    const name = this.#nameFor(ask);
    if (this.#forgotten.length > 0) await this.#deallocate();
    try {
      return await this.#query(ask, name);
    } catch (error) {
      if (name === undefined || !isStale(error)) throw error;
      if (isGone(error, name)) this.#forgetAll();
      else this.#statements.delete(ask.sql);
      // In a transaction the failure has undone everything, and a second attempt would only fail for that.
      if (this.isTransactionFailed) throw error;
      return await this.#query(ask, undefined);
    }
  }

  async open(ask: Open): Promise<OpenCursor> {
    const name = `ormolu_cursor_${++this.#nameCount}`;
    await this.execute({ ...ask, kind: "execute", sql: declareCursor(name, ask.sql), prepare: false });
    return { name, columns: [], typeIds: undefined };
  }

  async fetch(cursor: RawCursor, count: number): Promise<unknown[][]> {
    const open = cursor as OpenCursor;
    const result = await this.#query({ sql: fetchCursor(open.name, count), parameters: [] }, undefined);
    open.columns = result.columns;
    open.typeIds = result.typeIds;
    return result.rows;
  }

  async closeCursor(cursor: RawCursor): Promise<void> {
    // A transaction that is over or failed has closed its cursors.
    if (this.#client.getTransactionStatus() !== "T") return;
    await this.#settled(() => this.#client.query(closeCursor((cursor as OpenCursor).name)));
  }

  async close(): Promise<void> {
    this.#isOpen = false;
    // An idle connection does not keep the process alive, but whoever waits for its end does.
    this.setIdle(false);
    await this.#unawaited?.catch(() => undefined);
    await this.#client.end().catch(() => undefined);
  }

  async #query(ask: Pick<Statement, "sql" | "parameters">, name: string | undefined): Promise<RawResult> {
    const { rows, fields, rowCount } = await this.#settled(() =>
      this.#client.query<unknown[]>({
        text: ask.sql,
        values: ask.parameters as unknown[],
        rowMode: "array",
        types: asText,
        ...(name === undefined ? {} : { name }),
      }),
    );
    return {
      rows,
      columns: fields.map((field) => field.name),
      rowCount: rowCount ?? rows.length,
      typeIds: fields.map((field) => field.dataTypeID),
    };
  }

  /**
   * Sends a query and, if it fails, waits until the server says what became of the transaction. pg rejects on the
   * error, which comes before that: a COMMIT sent in between would be answered by a silent ROLLBACK.
   */
  async #settled<Answer>(send: () => Promise<Answer>): Promise<Answer> {
    try {
      return await send();
    } catch (error) {
      if (this.#client.getTransactionStatus() === "T") await this.#client.query("").catch(() => undefined);
      throw error;
    }
  }

  #nameFor(ask: Statement): string | undefined {
    if (!this.#preparesByName || ask.prepare === false) return undefined;
    const remembered = this.#statements.get(ask.sql);
    if (remembered === undefined) {
      this.#statements.set(ask.sql, { name: undefined });
      return undefined;
    }
    remembered.name ??= `ormolu_${++this.#nameCount}`;
    return remembered.name;
  }

  /** Ends what was forgotten on the server, too. That this fails is not the failure of the statement that comes next. */
  async #deallocate(): Promise<void> {
    // A BEGIN that nobody waits for tells only then whether there is a transaction to spare.
    await this.#unawaited?.catch(() => undefined);
    while (this.#isOpen && !this.isTransactionFailed) {
      const name = this.#forgotten.shift();
      if (name === undefined) return;
      const isInTransaction = this.#client.getTransactionStatus() === "T";
      const { sql, undo } = isInTransaction ? forgetInTransaction(name) : forgetStatement(name);
      try {
        await this.#settled(() => this.#client.query(sql));
      } catch {
        if (undo !== undefined && this.isTransactionFailed) await this.#client.query(undo);
      }
    }
  }

  /** Whoever ended one statement on the server, by DISCARD ALL, ended all of them. */
  #forgetAll(): void {
    this.#statements.clear();
    this.#forgotten.length = 0;
  }
}

/** Whether the server's plan of a named statement is of no use any more: its result changed, or it is not there. */
function isStale(error: unknown): boolean {
  const { code, message } = error as { code?: unknown; message?: unknown };
  return code === "26000" || (code === "0A000" && /cached plan/.test(String(message)));
}

/** Whether the statement of this name is not there any more; a function may miss one of its own. */
function isGone(error: unknown, name: string): boolean {
  const { code, message } = error as { code?: unknown; message?: unknown };
  return code === "26000" && String(message).includes(`"${name}"`);
}
