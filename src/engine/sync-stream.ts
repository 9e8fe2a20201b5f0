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
import { SyncResult, withoutPositions } from "./sync-result.ts";

/** Reads the rows of a statement in portions, once. */
export class PortionedExecution {
  readonly yieldPer: number;
  readonly #stream: (count: number) => Generator<RowPortion>;
  #portions: Generator<RowPortion> | undefined;
  #isClosed = false;

  /** Errors: result/wrong-size. */
  constructor(yieldPer: number, stream: (count: number) => Generator<RowPortion>) {
    requireSize(yieldPer);
    this.yieldPer = yieldPer;
    this.#stream = stream;
  }

  stream(count: number, what: string): Generator<RowPortion> {
    if (this.#portions !== undefined) throw fail("result/consumed", { what });
    this.#portions = this.#stream(count);
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
  close(): void {
    this.#isClosed = true;
    this.#portions?.return(undefined);
  }
}

/**
 * The rows of a statement, read in portions while they are iterated.
 *
 * Errors: result/streamed for what only a whole result can tell; result/unique-in-portions.
 */
export class SyncStream<Row> extends SyncResult<Row> {
  static {
    Object.setPrototypeOf(SyncStream.prototype, withoutPositions(SyncResult.prototype, untold));
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
    this.#execution.requireOpen("all()");
    this.#items ??= [...this.#remaining];
    return this.#items.slice();
  }

  override first(): Row | null {
    this.#execution.requireOpen("first()");
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
    this.#execution.requireOpen("partitions()");
    if (this.#items !== undefined) {
      yield* portions(this.#items, size);
      return;
    }
    for (const portion of this.#execution.stream(size, "partitions()")) {
      yield* [readItems(portion, this.#reading) as Row[]];
      this.#execution.requireOpen("partitions()");
    }
  }

  override fetchMany(count: number): Row[] {
    requireSize(count);
    this.#execution.requireOpen("fetchMany()");
    const rows: Row[] = [];
    while (rows.length < count) {
      const next = this.#remaining.next();
      if (next.done) break;
      rows.push(next.value);
    }
    return rows;
  }

  override *[Symbol.iterator](): Generator<Row> {
    for (const portion of this.partitions()) {
      for (const row of portion) {
        yield* [row];
        this.#execution.requireOpen("give its next row");
      }
    }
  }

  override get closed(): boolean {
    return this.#execution.isClosed;
  }

  override close(): void {
    this.#execution.close();
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
