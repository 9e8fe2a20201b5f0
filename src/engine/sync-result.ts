/**
 * What a statement gives, without promises.
 *
 * Below: `reading.ts`. The twin with promises is `result.ts`: same names, same meaning.
 */
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
} from "./reading.ts";

/**
 * The rows of a statement, all read.
 *
 * Shape: `result[0]`, `result.length` and `for … of` work as on an array; `.all()` gives one.
 */
export class SyncResult<Row> implements Iterable<Row> {
  readonly [index: number]: Row;
  readonly #source: RowSource;
  readonly #reading: Reading;
  readonly #items: readonly Row[];
  #position = 0;

  constructor(source: RowSource, reading: Reading = readRows) {
    this.#source = source;
    this.#reading = reading;
    const items = readItems(source, reading) as Row[];
    this.#items = items;
    const indexed = this as unknown as Row[];
    for (let index = 0; index < items.length; index++) indexed[index] = items[index]!;
  }

  /** How many items the result gives. */
  get length(): number {
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
    return this.#items.slice(this.#position);
  }

  /** Gives the first row, or null. */
  first(): Row | null {
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
    return new SyncResult(this.#source, { ...this.#reading, as: { column: column as number | string } });
  }

  /**
   * Gives each row once: objects by identity, rows by their values, or by what `key` says. What follows keeps to that:
   * `.unique().scalars()` gives each value once, `.unique(key).scalars()` a value for each row that `key` told apart.
   *
   * Errors: result/unique-in-portions with `yieldPer`.
   */
  unique(key?: (row: Row) => unknown): SyncResult<Row> {
    return new SyncResult(this.#source, readOnce(this.#reading, key));
  }

  /** Reads each row as an object by the names of its columns. */
  mappings(): SyncResult<Mapping<Row>> {
    return new SyncResult(this.#source, { ...this.#reading, as: "mappings" });
  }

  /** Gives the rows in portions; without a size, in those that `yieldPer` says, or in one. */
  *partitions(size: number = Math.max(this.length, 1)): Generator<Row[]> {
    yield* portions(this.all(), size);
  }

  /** Gives the next rows; none at the end. */
  fetchMany(count: number): Row[] {
    const rows = this.#items.slice(this.#position, this.#position + count);
    this.#position += rows.length;
    return rows;
  }

  /** Iterates the rows. */
  [Symbol.iterator](): Iterator<Row> {
    return this.all().values();
  }
}
