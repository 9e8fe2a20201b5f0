/**
 * What a statement will give.
 *
 * Below: `reading.ts`. The twin without promises is `sync-result.ts`: same names, same meaning.
 */
import { fail } from "../foundation/errors.ts";
import type { Mapping } from "../sql/row.ts";
import {
  type FirstOf,
  itemOrNull,
  onlyItem,
  portions,
  type Reading,
  type RowPortion,
  type RowSource,
  readItems,
  readOnce,
  readRows,
  requireSize,
  SeenItems,
} from "./reading.ts";

/** Runs a statement: wholly, or row by row. */
export interface ResultLoader {
  run(): Promise<RowSource>;
  /** The rows are read in portions of this many, also where all are asked for; only with `stream`. */
  yieldPer?: number | undefined;
  /** Gives the rows in portions of about this many; absent: `for await` reads them all at once. */
  stream?: ((count: number) => AsyncGenerator<RowPortion>) | undefined;
}

/** The one run that all readings of a statement share. */
export class Execution {
  readonly #loader: ResultLoader;
  #running: Promise<RowSource> | undefined;
  #portions: AsyncGenerator<RowPortion> | undefined;
  #isClosed = false;

  constructor(loader: ResultLoader) {
    this.#loader = loader;
  }

  get canStream(): boolean {
    return this.#running === undefined && this.#loader.stream !== undefined;
  }

  get yieldPer(): number | undefined {
    return this.#loader.yieldPer;
  }

  load(what: string): Promise<RowSource> {
    if (this.yieldPer !== undefined) throw fail("result/streamed", { what });
    if (this.#portions !== undefined) throw fail("result/consumed", { what });
    if (this.#running === undefined) this.requireOpen(what);
    this.#running ??= this.#loader.run();
    return this.#running;
  }

  stream(count: number, what: string): AsyncGenerator<RowPortion> {
    if (this.#portions !== undefined) throw fail("result/consumed", { what });
    this.#portions = this.#loader.stream!(count);
    return this.#portions;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Errors: result/closed. */
  requireOpen(what: string): void {
    if (this.#isClosed) throw fail("result/closed", { what });
  }

  /** Ends the statement, where rows are left of it. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#portions?.return(undefined);
  }
}

/** Rows that `for await` takes from the database at a time, unless `partitions` says otherwise. */
const STREAM_ROWS = 500;

/**
 * The rows of a statement, which runs when it is first asked for them, and once.
 *
 * Shape: `await result` gives all rows; `for await` takes them from the database as it goes: always for an engine or a
 *        connection, with `yieldPer` for a session, whose objects came together otherwise.
 */
export class Result<Row> implements PromiseLike<Row[]>, AsyncIterable<Row>, AsyncDisposable {
  readonly #execution: Execution;
  readonly #reading: Reading;
  #items: Promise<Row[]> | undefined;
  #position = 0;
  /** What `fetchMany` takes from, where rows come in portions. */
  #rest: AsyncGenerator<Row> | undefined;

  constructor(loader: ResultLoader | Execution, reading: Reading = readRows) {
    this.#execution = loader instanceof Execution ? loader : new Execution(loader);
    this.#reading = reading;
  }

  /** Runs the statement and gives all rows: what `await result` calls. */
  // biome-ignore lint/suspicious/noThenProperty: a result is awaitable by design
  then<Fulfilled = Row[], Rejected = never>(
    onFulfilled?: ((rows: Row[]) => Fulfilled | PromiseLike<Fulfilled>) | null,
    onRejected?: ((reason: unknown) => Rejected | PromiseLike<Rejected>) | null,
  ): Promise<Fulfilled | Rejected> {
    return this.all().then(onFulfilled, onRejected);
  }

  /** Rows returned, or rows changed by a statement that returns none. */
  get rowCount(): Promise<number> {
    return this.#source("rowCount").then((source) => source.rowCount);
  }

  /** The key that the database made for the last row inserted, where the product tells it. */
  get lastInsertId(): Promise<bigint | number | undefined> {
    return this.#source("lastInsertId").then((source) => source.lastInsertId);
  }

  /** The names of the columns. */
  async keys(): Promise<readonly string[]> {
    return (await this.#source("keys()")).keys;
  }

  /** Gives all rows that `fetchMany` has not given. */
  async all(): Promise<Row[]> {
    return (await this.#read("all()")).slice(this.#position);
  }

  /** Gives the first row, or null. */
  async first(): Promise<Row | null> {
    if (this.#isPortioned && this.#items === undefined) {
      return await this.#firstOfRest();
    }
    return (await this.#read("first()"))[this.#position] ?? null;
  }

  /** Gives the only row. Errors: result/no-row, result/multiple-rows. */
  async one(): Promise<Row> {
    return onlyItem(await this.all(), "one()");
  }

  /** Gives the only row, or null when there is none. Errors: result/multiple-rows. */
  async oneOrNone(): Promise<Row | null> {
    return itemOrNull(await this.all(), "oneOrNone()");
  }

  /** Gives the first value of the first row, or null. */
  async scalar(): Promise<FirstOf<Row> | null> {
    return await this.scalars().first();
  }

  /** Gives the first value of the only row. Errors: result/no-row, result/multiple-rows. */
  async scalarOne(): Promise<FirstOf<Row>> {
    return onlyItem(await this.scalars().all(), "scalarOne()");
  }

  /** Gives the first value of the only row, or null when there is none. Errors: result/multiple-rows. */
  async scalarOneOrNone(): Promise<FirstOf<Row> | null> {
    return itemOrNull(await this.scalars().all(), "scalarOneOrNone()");
  }

  /** Reads one column of each row: the first, or the one at a position or with a name. */
  scalars(): Result<FirstOf<Row>>;
  scalars<Key extends keyof Row>(column: Key): Result<Row[Key]>;
  scalars(column: PropertyKey = 0): Result<unknown> {
    return this.#as<unknown>({ ...this.#reading, as: { column: column as number | string } });
  }

  /**
   * Gives each row once: objects by identity, rows by their values, or by what `key` says. What follows keeps to that:
   * `.unique().scalars()` gives each value once, `.unique(key).scalars()` a value for each row that `key` told apart.
   *
   * Errors: result/unique-in-portions with `yieldPer`.
   */
  unique(key?: (row: Row) => unknown): Result<Row> {
    if (this.#isPortioned) throw fail("result/unique-in-portions", {});
    return this.#as<Row>(readOnce(this.#reading, key));
  }

  /** Reads each row as an object by the names of its columns. */
  mappings(): Result<Mapping<Row>> {
    return this.#as<Mapping<Row>>({ ...this.#reading, as: "mappings" });
  }

  /** Gives the rows in portions, taken from the database as it goes; without a size, in those that `yieldPer` says. */
  async *partitions(size: number = this.#execution.yieldPer ?? STREAM_ROWS): AsyncGenerator<Row[]> {
    requireSize(size);
    this.#execution.requireOpen("partitions()");
    if (!this.#execution.canStream) {
      yield* portions(await this.all(), size);
      return;
    }
    const seen = new SeenItems();
    for await (const portion of this.#execution.stream(size, "partitions()")) {
      yield* [readItems(portion, this.#reading, seen) as Row[]];
      this.#execution.requireOpen("partitions()");
    }
  }

  /** Gives the next rows; none at the end. Errors: result/wrong-size. */
  async fetchMany(count: number): Promise<Row[]> {
    requireSize(count);
    if (this.#isPortioned && this.#items === undefined) return await this.#take(count);
    const items = await this.#read("fetchMany()");
    const rows = items.slice(this.#position, this.#position + count);
    this.#position += rows.length;
    return rows;
  }

  /** Iterates the rows, taken from the database as it goes. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Row> {
    for await (const portion of this.partitions()) {
      for (const row of portion) {
        yield* [row];
        this.#execution.requireOpen("give its next row");
      }
    }
  }

  /** Whether {@link Result.close} was called, here or on another reading of the same statement. */
  get closed(): boolean {
    return this.#execution.isClosed;
  }

  /**
   * Ends the statement and gives back what it holds: for a result in portions of which not all rows are wanted. A
   * statement that was asked for nothing is not run any more, and its rows can no longer be read.
   * Closing twice is harmless.
   */
  async close(): Promise<void> {
    await this.#execution.close();
  }

  /** Closes at the end of an `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #as<Item>(reading: Reading): Result<Item> {
    return new Result<Item>(this.#execution, reading);
  }

  async #source(what: string): Promise<RowSource> {
    return await this.#execution.load(what);
  }

  #read(what: string): Promise<Row[]> {
    this.#execution.requireOpen(what);
    this.#items ??= this.#isPortioned ? this.#collect() : this.#readAtOnce(what);
    return this.#items;
  }

  async #readAtOnce(what: string): Promise<Row[]> {
    return readItems(await this.#source(what), this.#reading) as Row[];
  }

  /** Whether the statement says to read its rows in portions. */
  get #isPortioned(): boolean {
    return this.#execution.yieldPer !== undefined;
  }

  async #collect(): Promise<Row[]> {
    const rows: Row[] = [];
    for await (const row of this.#remaining) rows.push(row);
    return rows;
  }

  /** What `fetchMany` has not given. */
  get #remaining(): AsyncGenerator<Row> {
    this.#rest ??= this[Symbol.asyncIterator]();
    return this.#rest;
  }

  /** Ends the statement after its next row. */
  async #firstOfRest(): Promise<Row | null> {
    this.#execution.requireOpen("first()");
    const rest = this.#remaining;
    this.#rest = undefined;
    for await (const row of rest) return row;
    return null;
  }

  /** Takes rows without ending the statement. */
  async #take(count: number): Promise<Row[]> {
    this.#execution.requireOpen("fetchMany()");
    const rows: Row[] = [];
    while (rows.length < count) {
      const next = await this.#remaining.next();
      if (next.done) break;
      rows.push(next.value);
    }
    return rows;
  }
}
