/**
 * How a result turns raw rows into what it gives: rows, one column, or objects by name; all of them, or each once.
 *
 * Pure. Below: `row.ts`. Above: `result.ts` and `sync-result.ts`, which differ in promises only.
 */
import { fail } from "../foundation/errors.ts";
import { rowMaker } from "./row.ts";

/** What a statement gave, decoded. */
export interface RowSource {
  readonly rows: readonly (readonly unknown[])[];
  /** The items of rows that have one each, where they are there without the rows. */
  readonly only?: readonly unknown[] | undefined;
  /** Names of the columns. The same array for equal statements makes rows cheaper. */
  readonly keys: readonly string[];
  /** Rows returned, or rows changed by a statement that returns none. */
  readonly rowCount: number;
  readonly lastInsertId?: bigint | number | undefined;
}

/** What is made of each row. */
type ItemShape = "rows" | "mappings" | { readonly column: number | string };

/** Which items are given once. */
interface Unique {
  /** What items are told apart by; undefined: by themselves. */
  readonly key: ((item: unknown) => unknown) | undefined;
  /** The items that `key` was written for. */
  readonly of: ItemShape;
}

/** Some of the rows of a statement. */
export type RowPortion = Pick<RowSource, "rows" | "only" | "keys">;

/** How to read rows. */
export interface Reading {
  readonly as: ItemShape;
  /** Undefined: repeated items stay. */
  readonly unique: Unique | undefined;
}

/** The way of reading that `execute` begins with. */
export const readRows: Reading = Object.freeze({ as: "rows", unique: undefined });

/** The way of reading that `scalars` begins with. */
export const readFirstColumn: Reading = Object.freeze({
  as: Object.freeze({ column: 0 }),
  unique: undefined,
});

/** Turns raw rows into items. `seen` carries what was given before, when rows come in portions. */
export function readItems(source: RowPortion, reading: Reading, seen = new SeenItems()): readonly unknown[] {
  const { as, unique } = reading;
  const items = convert(source, as);
  if (unique === undefined) return items;
  const { key = defaultKey(as), of } = unique;
  const judged = unique.key === undefined || of === as ? items : convert(source, of);
  return items.filter((_item, index) => seen.isNew(key(judged[index])));
}

/** The same rows, each once: as the items are by now, or by what `key` says of them. */
export function readOnce(reading: Reading, key: ((item: never) => unknown) | undefined): Reading {
  return { ...reading, unique: { key: key as ((item: unknown) => unknown) | undefined, of: reading.as } };
}

function convert(source: RowPortion, as: ItemShape): readonly unknown[] {
  if (source.only !== undefined && typeof as === "object" && as.column === 0) return source.only;
  const { rows, keys } = source;
  if (as === "rows") return rows.map(rowMaker(keys));
  if (as === "mappings") {
    return rows.map((row) => Object.fromEntries(keys.map((key, index) => [key, row[index]])));
  }
  const index = typeof as.column === "number" ? as.column : columnNamed(as.column, keys);
  return rows.map((row) => row[index]);
}

function columnNamed(name: string, keys: readonly string[]): number {
  const index = keys.indexOf(name);
  if (index < 0) throw fail("result/unknown-column", { column: name, columns: keys });
  return index;
}

/** Items that were given already: objects by identity, rows and mappings by their values. */
export class SeenItems {
  readonly #values = new Set<unknown>();
  /** Rows by their first value, then by their second, and so on. */
  readonly #tuples: TupleNode = new Map();

  /** Notes an item and tells whether it is the first of its sort. */
  isNew(item: unknown): boolean {
    if (Array.isArray(item)) return this.#isNewTuple(item);
    const key = keyOf(item);
    if (this.#values.has(key)) return false;
    this.#values.add(key);
    return true;
  }

  #isNewTuple(values: readonly unknown[]): boolean {
    let node = this.#tuples;
    let isNew = false;
    // The length leads, so that no row is the beginning of another.
    for (const value of [values.length, ...values]) {
      const key = keyOf(value);
      let next = node.get(key);
      if (next === undefined) {
        isNew = true;
        next = new Map();
        node.set(key, next);
      }
      node = next;
    }
    return isNew;
  }
}

interface TupleNode extends Map<unknown, TupleNode> {}

/** Values that are new objects in every row are the same when their content is. */
function keyOf(value: unknown): unknown {
  if (value instanceof Date) return `date ${value.getTime()}`;
  if (value instanceof Uint8Array) return `bytes ${value}`;
  return value;
}

/** Gives the only item. Errors: result/no-row, result/multiple-rows. */
export function onlyItem<Item>(items: readonly Item[], what: string): Item {
  if (items.length === 0) throw fail("result/no-row", { what });
  return itemOrNull(items, what) as Item;
}

/** Gives the only item, or null when there is none. Errors: result/multiple-rows. */
export function itemOrNull<Item>(items: readonly Item[], what: string): Item | null {
  if (items.length > 1) throw fail("result/multiple-rows", { what });
  return items.length === 0 ? null : items[0]!;
}

/** Cuts items into portions. */
export function portions<Item>(items: readonly Item[], size: number): Item[][] {
  requireSize(size);
  const cut: Item[][] = [];
  for (let start = 0; start < items.length; start += size) cut.push(items.slice(start, start + size));
  return cut;
}

/** Errors: result/wrong-size for a portion of less than one row. */
export function requireSize(size: number): void {
  if (!Number.isInteger(size) || size < 1) throw fail("result/wrong-size", { got: size });
}

/** Two mappings are the same when their values are. */
function defaultKey(as: ItemShape): (item: unknown) => unknown {
  return as === "mappings" ? (item) => Object.values(item as object) : (item) => item;
}

/** The first value of a row. */
export type FirstOf<Row> = Row extends readonly [infer First, ...unknown[]] ? First : unknown;
