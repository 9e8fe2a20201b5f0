/**
 * SQLite by `node:sqlite`, which comes with Node.js.
 *
 * Rows are read as arrays. Integers come as numbers; where the ask says that they may be too large for that, they are
 * read as `bigint` and those that fit are turned into numbers, so that a value never depends on its neighbours.
 */
import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";
import { sqlite } from "../dialects/sqlite/index.ts";
import type { Driver, DriverOptions } from "../engine/driver.ts";
import type { DatabaseUrl } from "../engine/url.ts";
import { fail } from "../foundation/errors.ts";
import type { Execute, Open, RawCursor, RawResult, Statement } from "../io/ask.ts";
import { shrinkIntegers } from "./integers.ts";
import { allAsArrays, prepareForObjects } from "./object-rows.ts";
import { type SqliteClient, shareFile } from "./shared-file.ts";
import { StatementCache } from "./statement-cache.ts";

/** The driver for `sqlite://`. */
export const nodeSqlite: Driver = {
  name: "node:sqlite",
  schemes: ["sqlite", "sqlite+node"],
  dialect: sqlite,
  place: "file",
  isSync: true,
  hasOneConnection: (url) => url.database === undefined,
  connect: (url, options) =>
    shareFile(new NodeSqliteConnection(openDatabase(url, options), options), url, options),
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
  return new module.DatabaseSync(url.database ?? ":memory:", {
    // SQLite would wait by stopping the thread: shared-file.ts waits instead.
    timeout: 0,
    readOnly: url.query["mode"] === "ro",
    ...options.clientOptions,
  });
}

interface Prepared {
  readonly statement: StatementSync;
  readonly returnsRows: boolean;
  /** Unknown where rows come as objects: then each answer tells. */
  readonly columns: readonly string[] | undefined;
  readsBigInts: boolean;
}

interface OpenCursor extends RawCursor {
  readonly rows: Iterator<unknown[]>;
  /** The row that was read already. */
  first: unknown[] | undefined;
  readonly exactIntegers: boolean;
}

class NodeSqliteConnection implements SqliteClient {
  readonly #database: DatabaseSync;
  readonly #statements: StatementCache<Prepared>;
  #isClosed = false;

  constructor(database: DatabaseSync, options: DriverOptions) {
    this.#database = database;
    this.#statements = new StatementCache(options.preparedStatements ? options.statementCacheSize : 0);
  }

  get isOpen(): boolean {
    // Node.js tells it since 22.15.
    return this.#database.isOpen ?? !this.#isClosed;
  }

  get isInTransaction(): boolean | undefined {
    // Node.js tells it since 22.16 and 24.0.
    return this.isOpen && this.#database.isTransaction;
  }

  execute(ask: Execute): RawResult {
    if (ask.script) {
      this.#database.exec(ask.sql);
      return { rows: [], columns: [], rowCount: 0 };
    }
    const prepared = this.#prepare(ask);
    const parameters = ask.parameters as SQLInputValue[];
    if (!prepared.returnsRows) {
      const { changes, lastInsertRowid } = prepared.statement.run(...parameters);
      return { rows: [], columns: [], rowCount: Number(changes), lastInsertId: lastInsertRowid };
    }
    const { rows, columns } = allOf(prepared, parameters);
    if (ask.exactIntegers) shrinkIntegers(rows);
    return { rows, columns, rowCount: rows.length };
  }

  open(ask: Open): OpenCursor {
    // Not from the cache: executing the same text while the cursor is open would restart it.
    const prepared = this.#newStatement(ask);
    const parameters = ask.parameters as SQLInputValue[];
    const exactIntegers = ask.exactIntegers ?? false;
    if (prepared.columns === undefined) {
      const { rows, columns } = allAsArrays(prepared, parameters);
      return { columns, rows: takenFrom(rows), first: undefined, exactIntegers };
    }
    const rows = prepared.statement.iterate(...parameters) as unknown as Iterator<unknown[]>;
    // Only now does SQLite look whether the file is locked.
    const { value: first } = rows.next() as IteratorResult<unknown[], undefined>;
    return { columns: prepared.columns, rows, first: first ?? undefined, exactIntegers };
  }

  fetch(cursor: RawCursor, count: number): unknown[][] {
    const open = cursor as OpenCursor;
    const { rows: iterator, first, exactIntegers } = open;
    const rows: unknown[][] = first === undefined ? [] : [first];
    open.first = undefined;
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
    if (this.isOpen) this.#database.close();
    this.#isClosed = true;
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
    const readsBigInts = ask.exactIntegers ?? false;
    const statement = this.#database.prepare(ask.sql);
    // Node.js has it since 22.16 and 24.0.
    if (!("setReturnArrays" in statement)) {
      const prepared = prepareForObjects(this.#database, ask.sql);
      prepared.statement.setReadBigInts(readsBigInts);
      return { ...prepared, columns: undefined, readsBigInts };
    }
    statement.setReturnArrays(true);
    statement.setReadBigInts(readsBigInts);
    const columns = statement.columns().map(({ name }) => name);
    return { statement, columns, returnsRows: columns.length > 0, readsBigInts };
  }
}

function allOf(prepared: Prepared, parameters: SQLInputValue[]): Pick<RawResult, "rows" | "columns"> {
  const { statement, columns } = prepared;
  if (columns === undefined) return allAsArrays(prepared, parameters);
  return { rows: statement.all(...parameters) as unknown as unknown[][], columns };
}

/** Gives rows one by one and keeps none: a row is what its object is stored in. */
function* takenFrom(rows: unknown[][]): Generator<unknown[]> {
  rows.reverse();
  for (let row = rows.pop(); row !== undefined; row = rows.pop()) yield row;
}
