/**
 * SQLite by the package `better-sqlite3`.
 */
import { createRequire } from "node:module";
import type BetterSqlite3 from "better-sqlite3";
import { sqlite } from "../dialects/sqlite/index.ts";
import type { Driver, DriverOptions } from "../engine/driver.ts";
import type { DatabaseUrl } from "../engine/url.ts";
import type { Execute, Open, RawCursor, RawResult, Statement } from "../io/ask.ts";
import { shrinkIntegers } from "./integers.ts";
import { loadPackageSync } from "./load-package.ts";
import { type SqliteClient, shareFile } from "./shared-file.ts";
import { StatementCache } from "./statement-cache.ts";

/** The driver for `sqlite+better-sqlite3://`. */
export const betterSqlite3: Driver = {
  name: "better-sqlite3",
  schemes: ["sqlite+better-sqlite3"],
  dialect: sqlite,
  place: "file",
  isSync: true,
  hasOneConnection: (url) => url.database === undefined,
  connect: (url, options) =>
    shareFile(new BetterSqlite3Connection(openDatabase(url, options), options), url, options),
};

function openDatabase(url: DatabaseUrl, options: DriverOptions): BetterSqlite3.Database {
  const require = createRequire(import.meta.url);
  // By require, because a sync engine cannot wait for an import.
  const Database = loadPackageSync(() => require("better-sqlite3") as typeof BetterSqlite3, {
    scheme: url.scheme,
    packageName: "better-sqlite3",
  });
  return new Database(url.database ?? ":memory:", {
    // SQLite would wait by stopping the thread: shared-file.ts waits instead.
    timeout: 0,
    readonly: url.query["mode"] === "ro",
    ...options.clientOptions,
  });
}

interface Prepared {
  readonly statement: BetterSqlite3.Statement;
  readonly columns: readonly string[];
  /** Columns whose declared type lets them hold bytes: those of no type are computed, or were declared without. */
  readonly mayBeBytes: readonly number[];
  readsBigInts: boolean;
}

interface OpenCursor extends RawCursor {
  readonly rows: unknown[][];
  position: number;
}

class BetterSqlite3Connection implements SqliteClient {
  readonly #database: BetterSqlite3.Database;
  readonly #statements: StatementCache<Prepared>;

  constructor(database: BetterSqlite3.Database, options: DriverOptions) {
    this.#database = database;
    this.#statements = new StatementCache(options.preparedStatements ? options.statementCacheSize : 0);
  }

  get isOpen(): boolean {
    return this.#database.open;
  }

  get isInTransaction(): boolean {
    return this.#database.inTransaction;
  }

  execute(ask: Execute): RawResult {
    if (ask.script) {
      this.#database.exec(ask.sql);
      return { rows: [], columns: [], rowCount: 0 };
    }
    const { statement, columns, mayBeBytes } = this.#prepare(ask);
    if (!statement.reader) {
      const { changes, lastInsertRowid } = statement.run(...ask.parameters);
      return { rows: [], columns, rowCount: changes, lastInsertId: lastInsertRowid };
    }
    const rows = statement.all(...ask.parameters) as unknown[][];
    for (const index of mayBeBytes) bytesAsArrays(rows, index);
    if (ask.exactIntegers) shrinkIntegers(rows);
    return { rows, columns, rowCount: rows.length };
  }

  /** The rows are read at once: while better-sqlite3 iterates, its connection takes no other statement. */
  open(ask: Open): OpenCursor {
    const { rows, columns } = this.execute({ ...ask, kind: "execute" });
    return { columns, rows, position: 0 };
  }

  fetch(cursor: RawCursor, count: number): unknown[][] {
    const open = cursor as OpenCursor;
    const rows = open.rows.slice(open.position, open.position + count);
    // A row is what its object is stored in: whoever holds it keeps the object, and all that it leads to, alive.
    open.rows.fill([], open.position, open.position + count);
    open.position += count;
    return rows;
  }

  closeCursor(cursor: RawCursor): void {
    (cursor as OpenCursor).rows.length = 0;
  }

  close(): void {
    this.#statements.clear();
    if (this.#database.open) this.#database.close();
  }

  #prepare(ask: Statement): Prepared {
    const readsBigInts = ask.exactIntegers ?? false;
    let prepared = this.#statements.get(ask.sql);
    if (prepared === undefined) {
      const statement = this.#database.prepare(ask.sql);
      const described = statement.reader ? statement.raw().columns() : [];
      const columns = described.map(({ name }) => name);
      const mayBeBytes = described.flatMap(({ type }, index) =>
        type === null || /blob/i.test(type) ? [index] : [],
      );
      prepared = { statement, columns, mayBeBytes, readsBigInts: false };
      if (ask.prepare !== false) this.#statements.set(ask.sql, prepared);
    }
    if (prepared.readsBigInts !== readsBigInts) {
      prepared.statement.safeIntegers(readsBigInts);
      prepared.readsBigInts = readsBigInts;
    }
    return prepared;
  }
}

/** Turns the Buffers of a column into what `node:sqlite` gives: arrays of bytes that own their memory. */
function bytesAsArrays(rows: unknown[][], index: number): void {
  for (const row of rows) {
    const value = row[index];
    if (Buffer.isBuffer(value)) row[index] = new Uint8Array(value);
  }
}
