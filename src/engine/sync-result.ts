/**
 * What a statement gives, without promises.
 *
 * Below: `reading.ts`. The twin with promises is `result.ts`: same names, same meaning.
 */
import { fail } from "../foundation/errors.ts";
import type { Mapping } from "../sql/row.ts";
import {
  type FirstOf,
  itemOrNull,
  onlyItem,
  portions,
  type Reading,
  type RowSource,
  readItems,
  readOnce,
  readRows,
  requireSize,
} from "./reading.ts";

/** What the readings of one statement share. */
interface Closing {
  isClosed: boolean;
  /** Absent: there is one. */
  readings?: SyncResult<unknown>[];
}

/**
 * A prototype on which positions are an error, as they would read as undefined otherwise, as if there were no rows:
 * whatever is asked by number and found nowhere else.
 */
export function withoutPositions(prototype: object, refuse: (what: string) => never): object {
  return new Proxy(Object.create(prototype) as object, {
    get: (target, key, result) =>
      typeof key === "string" && /^\d+$/.test(key) ? refuse(`[${key}]`) : Reflect.get(target, key, result),
  });
}

/**
 * The rows of a statement, all read.
 *
 * Shape: `result[0]`, `result.length` and `for … of` work as on an array; `.all()` gives one.
 */
export class SyncResult<Row> implements Iterable<Row>, Disposable {
  readonly [index: number]: Row;
  readonly #source: RowSource;
  readonly #reading: Reading;
  readonly #closing: Closing;
  readonly #items: readonly Row[];
  #position = 0;

  constructor(source: RowSource, reading: Reading = readRows, closing: Closing = { isClosed: false }) {
    this.#source = source;
    this.#reading = reading;
    this.#closing = closing;
    const items = readItems(source, reading) as Row[];
    this.#items = items;
    const indexed = this as unknown as Row[];
    for (let index = 0; index < items.length; index++) indexed[index] = items[index]!;
  }

  /** How many items the result gives. */
  get length(): number {
    this.#requireOpen("tell its length");
    return this.#items.length;
  }

  /** Rows returned, or rows changed by a statement that returns none. */
  get rowCount(): number {
    return this.#source.rowCount;
  }

  /** The key that the database made for the last row inserted, where the product tells it. */
  get lastInsertId(): bigint | number | undefined {
    return this.#source.lastInsertId;
  }

  /** The names of the columns. */
  keys(): readonly string[] {
    return this.#source.keys;
  }

  /** Gives all rows that `fetchMany` has not given. */
  all(): Row[] {
    this.#requireOpen("all()");
    return this.#items.slice(this.#position);
  }

  /** Gives the first row, or null. */
  first(): Row | null {
    this.#requireOpen("first()");
    return this.#items[this.#position] ?? null;
  }

  /** Gives the only row. Errors: result/no-row, result/multiple-rows. */
  one(): Row {
    return onlyItem(this.all(), "one()");
  }

  /** Gives the only row, or null when there is none. Errors: result/multiple-rows. */
  oneOrNone(): Row | null {
    return itemOrNull(this.all(), "oneOrNone()");
  }

  /** Gives the first value of the first row, or null. */
  scalar(): FirstOf<Row> | null {
    return this.scalars().first();
  }

  /** Gives the first value of the only row. Errors: result/no-row, result/multiple-rows. */
  scalarOne(): FirstOf<Row> {
    return onlyItem(this.scalars().all(), "scalarOne()");
  }

  /** Gives the first value of the only row, or null when there is none. Errors: result/multiple-rows. */
  scalarOneOrNone(): FirstOf<Row> | null {
    return itemOrNull(this.scalars().all(), "scalarOneOrNone()");
  }

  /** Reads one column of each row: the first, or the one at a position or with a name. */
  scalars(): SyncResult<FirstOf<Row>>;
  scalars<Key extends keyof Row>(column: Key): SyncResult<Row[Key]>;
  scalars(column: PropertyKey = 0): SyncResult<unknown> {
    return this.#as({ ...this.#reading, as: { column: column as number | string } });
  }

  /**
   * Gives each row once: objects by identity, rows by their values, or by what `key` says. What follows keeps to that:
   * `.unique().scalars()` gives each value once, `.unique(key).scalars()` a value for each row that `key` told apart.
   *
   * Errors: result/unique-in-portions with `yieldPer`.
   */
  unique(key?: (row: Row) => unknown): SyncResult<Row> {
    return this.#as(readOnce(this.#reading, key));
  }

  /** Reads each row as an object by the names of its columns. */
  mappings(): SyncResult<Mapping<Row>> {
    return this.#as({ ...this.#reading, as: "mappings" });
  }

  /** Gives the rows in portions; without a size, in those that `yieldPer` says, or in one. */
  *partitions(size: number = Math.max(this.#items.length, 1)): Generator<Row[]> {
    this.#requireOpen("partitions()");
    yield* portions(this.all(), size);
  }

  /** Gives the next rows; none at the end. Errors: result/wrong-size. */
  fetchMany(count: number): Row[] {
    requireSize(count);
    this.#requireOpen("fetchMany()");
    const rows = this.#items.slice(this.#position, this.#position + count);
    this.#position += rows.length;
    return rows;
  }

  /** Iterates the rows. */
  [Symbol.iterator](): Iterator<Row> {
    return this.all().values();
  }

  /** Whether {@link SyncResult.close} was called, here or on another reading of the same statement. */
  get closed(): boolean {
    return this.#closing.isClosed;
  }

  /**
   * Ends the statement and gives back what it holds: for a result in portions of which not all rows are wanted. Rows can
   * no longer be read. Closing twice is harmless.
   */
  close(): void {
    if (this.#closing.isClosed) return;
    this.#closing.isClosed = true;
    for (const reading of this.#closing.readings ?? [this]) reading.#forgetPositions();
  }

  /** Closes at the end of a `using`. */
  [Symbol.dispose](): void {
    this.close();
  }

  #as<Item>(reading: Reading): SyncResult<Item> {
    const result = new SyncResult<Item>(this.#source, reading, this.#closing);
    this.#closing.readings ??= [this];
    this.#closing.readings.push(result);
    return result;
  }

  #requireOpen(what: string): void {
    if (this.#closing.isClosed) refuseClosed(what);
  }

  #forgetPositions(): void {
    for (const position of this.#items.keys()) delete (this as unknown as Row[])[position];
    Object.setPrototypeOf(this, closed);
  }
}

function refuseClosed(what: string): never {
  throw fail("result/closed", { what });
}

const closed = withoutPositions(SyncResult.prototype, refuseClosed);
