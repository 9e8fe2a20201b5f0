/**
 * SQLite by `node:sqlite`, which comes with Node.js.
 *
 * Rows are read as arrays. Integers come as numbers; where the ask says that they may be too large for that, they are
 * read as `bigint` and those that fit are turned into numbers, so that a value never depends on its neighbours.
 */
import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";
import { sqlite } from "../dialects/sqlite/index.ts";
import type { Driver, DriverOptions, LiveConnection } from "../engine/driver.ts";
import type { DatabaseUrl } from "../engine/url.ts";
import { fail } from "../foundation/errors.ts";
import type { Execute, Open, RawCursor, RawResult, Statement } from "../io/ask.ts";
import { shrinkIntegers } from "./integers.ts";
import { StatementCache } from "./statement-cache.ts";

/** The driver for `sqlite://`. */
export const nodeSqlite: Driver = {
  name: "node:sqlite",
  schemes: ["sqlite", "sqlite+node"],
  dialect: sqlite,
  isSync: true,
  hasOneConnection: (url) => url.database === undefined,
  connect: (url, options) => new NodeSqliteConnection(openDatabase(url, options), options),
};

function openDatabase(url: DatabaseUrl, options: DriverOptions): DatabaseSync {
  // Loaded here and not by import: programs that use another database load nothing, and Node.js 22 warns on loading.
  const module = process.getBuiltinModule("node:sqlite");
  if (module === undefined) {
    throw fail("connection/driver-unsuited", {
      driver: "node:sqlite",
      reason: `this Node.js (${process.version}) has no such module, which came with 22.13`,
    });
  }
  // Without arrays, columns of one name would overwrite each other. They came with Node.js 22.16 and 24.0.
  if (!("setReturnArrays" in module.StatementSync.prototype)) {
    throw fail("connection/driver-unsuited", {
      driver: "node:sqlite",
      reason: `that of this Node.js (${process.version}) cannot return rows as arrays, which came with 22.16; take a later Node.js, or sqlite+better-sqlite3://`,
    });
  }
  return new module.DatabaseSync(url.database ?? ":memory:", {
    timeout: options.timeoutMs,
    readOnly: url.query["mode"] === "ro",
    ...options.clientOptions,
  });
}

interface Prepared {
  readonly statement: StatementSync;
  readonly columns: readonly string[];
  readsBigInts: boolean;
}

interface OpenCursor extends RawCursor {
  readonly rows: Iterator<unknown[]>;
  readonly exactIntegers: boolean;
}

class NodeSqliteConnection implements LiveConnection {
  readonly #database: DatabaseSync;
  readonly #statements: StatementCache<Prepared>;

  constructor(database: DatabaseSync, options: DriverOptions) {
    this.#database = database;
    this.#statements = new StatementCache(options.preparedStatements ? options.statementCacheSize : 0);
  }

  get isOpen(): boolean {
    return this.#database.isOpen;
  }

  execute(ask: Execute): RawResult {
    if (ask.script) {
      this.#database.exec(ask.sql);
      return { rows: [], columns: [], rowCount: 0 };
    }
    const { statement, columns } = this.#prepare(ask);
    const parameters = ask.parameters as SQLInputValue[];
    if (columns.length === 0) {
      const { changes, lastInsertRowid } = statement.run(...parameters);
      return { rows: [], columns, rowCount: Number(changes), lastInsertId: lastInsertRowid };
    }
    const rows = statement.all(...parameters) as unknown as unknown[][];
    if (ask.exactIntegers) shrinkIntegers(rows);
    return { rows, columns, rowCount: rows.length };
  }

  open(ask: Open): OpenCursor {
    // Not from the cache: executing the same text while the cursor is open would restart it.
    const { statement, columns } = this.#newStatement(ask);
    const rows = statement.iterate(...(ask.parameters as SQLInputValue[])) as unknown as Iterator<unknown[]>;
    return { columns, rows, exactIntegers: ask.exactIntegers ?? false };
  }

  fetch(cursor: RawCursor, count: number): unknown[][] {
    const { rows: iterator, exactIntegers } = cursor as OpenCursor;
    const rows: unknown[][] = [];
    while (rows.length < count) {
      const next = iterator.next();
      if (next.done) break;
      rows.push(next.value);
    }
    if (exactIntegers) shrinkIntegers(rows);
    return rows;
  }

  closeCursor(cursor: RawCursor): void {
    (cursor as OpenCursor).rows.return?.();
  }

  close(): void {
    this.#statements.clear();
    if (this.#database.isOpen) this.#database.close();
  }

  #prepare(ask: Statement): Prepared {
    const known = this.#statements.get(ask.sql);
    const prepared = known ?? this.#newStatement(ask);
    if (known === undefined && ask.prepare !== false) this.#statements.set(ask.sql, prepared);
    const readsBigInts = ask.exactIntegers ?? false;
    if (prepared.readsBigInts !== readsBigInts) {
      prepared.statement.setReadBigInts(readsBigInts);
      prepared.readsBigInts = readsBigInts;
    }
    return prepared;
  }

  #newStatement(ask: Statement): Prepared {
    const statement = this.#database.prepare(ask.sql);
    statement.setReturnArrays(true);
    const readsBigInts = ask.exactIntegers ?? false;
    statement.setReadBigInts(readsBigInts);
    return { statement, columns: statement.columns().map(({ name }) => name), readsBigInts };
  }
}
