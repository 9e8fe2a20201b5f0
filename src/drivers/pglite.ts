/**
 * PostgreSQL inside this process by the package `@electric-sql/pglite`.
 *
 * One database has one connection. As with `pg`, values travel as text and rows come as arrays.
 */
import type { PGlite, Results } from "@electric-sql/pglite";
import { closeCursor, declareCursor, fetchCursor } from "../dialects/postgres/cursor.ts";
import { postgres } from "../dialects/postgres/index.ts";
import type { Driver, LiveConnection } from "../engine/driver.ts";
import type { Execute, Open, RawCursor, RawResult, Statement } from "../io/ask.ts";
import { loadPackage } from "./load-package.ts";

/** The driver for `pglite://`. */
export const pglite: Driver = {
  name: "@electric-sql/pglite",
  schemes: ["pglite"],
  dialect: postgres,
  place: "file",
  isSync: false,
  hasOneConnection: () => true,
  async connect(url, options) {
    const { PGlite } = await loadPackage(() => import("@electric-sql/pglite"), {
      scheme: url.scheme,
      packageName: "@electric-sql/pglite",
    });
    const database = await PGlite.create({
      ...(url.database === undefined ? {} : { dataDir: url.database }),
      ...options.clientOptions,
    });
    return new PgliteConnection(database);
  },
};

/** Leaves a value as the text that it is. */
const asText = (text: string) => text;

/** PGlite looks serializers up one by one: this has one for every type's number. */
const textSerializers = new Proxy<Record<number, typeof asText>>({}, { get: () => asText });

/** What makes a transaction go on that failed, back from a savepoint. */
const isRollback = /^\s*ROLLBACK\b/i;

interface OpenCursor extends RawCursor {
  readonly name: string;
  columns: readonly string[];
  typeIds: readonly number[] | undefined;
}

class PgliteConnection implements LiveConnection {
  readonly #database: PGlite;
  /** PGlite copies parsers over its own ones: each of those has to be named. */
  readonly #textParsers: Readonly<Record<string, typeof asText>>;
  #cursorCount = 0;
  #isTransactionFailed = false;

  constructor(database: PGlite) {
    this.#database = database;
    this.#textParsers = Object.fromEntries(Object.keys(database.parsers).map((typeId) => [typeId, asText]));
  }

  get isOpen(): boolean {
    return !this.#database.closed;
  }

  get isInTransaction(): boolean {
    return this.isOpen && this.#database.isInTransaction();
  }

  get isTransactionFailed(): boolean {
    return this.#isTransactionFailed;
  }

  async execute(ask: Execute): Promise<RawResult> {
    if (!ask.script) return await this.#query(ask);
    await this.#noting(ask.sql, () => this.#database.exec(ask.sql));
    return { rows: [], columns: [], rowCount: 0 };
  }

  async open(ask: Open): Promise<OpenCursor> {
    const name = `ormolu_cursor_${++this.#cursorCount}`;
    await this.#query({ ...ask, sql: declareCursor(name, ask.sql) });
    return { name, columns: [], typeIds: undefined };
  }

  async fetch(cursor: RawCursor, count: number): Promise<unknown[][]> {
    const open = cursor as OpenCursor;
    const result = await this.#query({ sql: fetchCursor(open.name, count), parameters: [] });
    open.columns = result.columns;
    open.typeIds = result.typeIds;
    return result.rows;
  }

  async closeCursor(cursor: RawCursor): Promise<void> {
    // A transaction that is over or failed has closed its cursors.
    if (!this.isInTransaction || this.#isTransactionFailed) return;
    const sql = closeCursor((cursor as OpenCursor).name);
    await this.#noting(sql, () => this.#database.exec(sql));
  }

  async close(): Promise<void> {
    if (!this.#database.closed) await this.#database.close();
  }

  async #query(ask: Pick<Statement, "sql" | "parameters">): Promise<RawResult> {
    const { rows, fields, affectedRows } = await this.#noting(
      ask.sql,
      (): Promise<Results<unknown[]>> =>
        this.#database.query(ask.sql, ask.parameters as unknown[], {
          rowMode: "array",
          parsers: this.#textParsers,
          serializers: textSerializers,
        }),
    );
    return {
      rows,
      columns: fields.map((field) => field.name),
      // Of a SELECT, PGlite counts no affected rows.
      rowCount: fields.length > 0 ? rows.length : (affectedRows ?? 0),
      typeIds: fields.map((field) => field.dataTypeID),
    };
  }

  /** Sends a statement and notes what became of the transaction: PGlite does not tell whether it failed. */
  async #noting<Answer>(sql: string, send: () => Promise<Answer>): Promise<Answer> {
    try {
      const answer = await send();
      if (!this.isInTransaction || isRollback.test(sql)) this.#isTransactionFailed = false;
      return answer;
    } catch (error) {
      this.#isTransactionFailed = this.isInTransaction;
      throw error;
    }
  }
}
