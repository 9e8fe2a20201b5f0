/**
 * What a statement gives in portions, without promises: the result of a statement with `yieldPer`.
 *
 * Below: `reading.ts`. With promises, `result.ts` does both.
 */
import { fail } from "../foundation/errors.ts";
import type { Mapping } from "../sql/row.ts";
import {
  type FirstOf,
  portions,
  type Reading,
  type RowPortion,
  readItems,
  readRows,
  requireSize,
} from "./reading.ts";
import { SyncResult } from "./sync-result.ts";

/** Reads the rows of a statement in portions, once. */
export class PortionedExecution {
  readonly yieldPer: number;
  readonly #stream: (count: number) => Iterable<RowPortion>;
  #isStreamed = false;

  /** Errors: result/wrong-size. */
  constructor(yieldPer: number, stream: (count: number) => Iterable<RowPortion>) {
    requireSize(yieldPer);
    this.yieldPer = yieldPer;
    this.#stream = stream;
  }

  stream(count: number, what: string): Iterable<RowPortion> {
    if (this.#isStreamed) throw fail("result/consumed", { what });
    this.#isStreamed = true;
    return this.#stream(count);
  }
}

/**
 * The rows of a statement, read in portions while they are iterated.
 *
 * Errors: result/streamed for what only a whole result can tell; result/unique-in-portions.
 */
export class SyncStream<Row> extends SyncResult<Row> {
  // A position would read as undefined, as if there were no rows: whatever is asked by number and found nowhere else.
  static {
    const unread = new Proxy(Object.create(SyncResult.prototype) as object, {
      get: (target, key, stream) =>
        typeof key === "string" && /^\d+$/.test(key) ? untold(`[${key}]`) : Reflect.get(target, key, stream),
    });
    Object.setPrototypeOf(SyncStream.prototype, unread);
  }

  readonly #execution: PortionedExecution;
  readonly #reading: Reading;
  #rest: Generator<Row> | undefined;
  #items: Row[] | undefined;

  constructor(execution: PortionedExecution, reading: Reading = readRows) {
    super({ rows: [], keys: [], rowCount: 0 });
    this.#execution = execution;
    this.#reading = reading;
  }

  override get length(): number {
    return untold("length");
  }

  override get rowCount(): number {
    return untold("rowCount");
  }

  override get lastInsertId(): undefined {
    return untold("lastInsertId");
  }

  override keys(): readonly string[] {
    return untold("keys()");
  }

  override all(): Row[] {
    this.#items ??= [...this.#remaining];
    return this.#items.slice();
  }

  override first(): Row | null {
    if (this.#items !== undefined) return this.#items[0] ?? null;
    const rest = this.#remaining;
    this.#rest = undefined;
    for (const row of rest) return row;
    return null;
  }

  override scalars(): SyncStream<FirstOf<Row>>;
  override scalars<Key extends keyof Row>(column: Key): SyncStream<Row[Key]>;
  override scalars(column: PropertyKey = 0): SyncStream<unknown> {
    return new SyncStream(this.#execution, { as: { column: column as number | string }, unique: undefined });
  }

  override unique(): never {
    throw fail("result/unique-in-portions", {});
  }

  override mappings(): SyncStream<Mapping<Row>> {
    return new SyncStream(this.#execution, { as: "mappings", unique: undefined });
  }

  override *partitions(size: number = this.#execution.yieldPer): Generator<Row[]> {
    requireSize(size);
    if (this.#items !== undefined) {
      yield* portions(this.#items, size);
      return;
    }
    for (const portion of this.#execution.stream(size, "partitions()")) {
      yield* [readItems(portion, this.#reading) as Row[]];
    }
  }

  override fetchMany(count: number): Row[] {
    const rows: Row[] = [];
    while (rows.length < count) {
      const next = this.#remaining.next();
      if (next.done) break;
      rows.push(next.value);
    }
    return rows;
  }

  override *[Symbol.iterator](): Generator<Row> {
    for (const portion of this.partitions()) yield* portion;
  }

  /** What `fetchMany` has not given. */
  get #remaining(): Generator<Row> {
    this.#rest ??= this[Symbol.iterator]();
    return this.#rest;
  }
}

function untold(what: string): never {
  throw fail("result/streamed", { what });
}
