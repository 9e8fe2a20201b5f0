/**
 * Maps and sets keyed by tuples of scalars, compared by content: composite keys, dates and bytes included.
 */
import { fail } from "./errors.ts";
import { shorten } from "./words.ts";

/** One part of a key: string, number, bigint, boolean, null, undefined, Date or bytes. */
export type KeyTuple = readonly unknown[];

/**
 * Gives the value that stands for a tuple in a `Map` or `Set`: equal for tuples of equal content, and for no others.
 *
 * `1`, `1n` and `"1"` are three different keys. A lone number, bigint, boolean or string stands for itself.
 *
 * Errors: internal/impossible for a part that is no scalar.
 */
export function tupleKey(tuple: KeyTuple): unknown {
  if (tuple.length === 1) {
    const only = tuple[0];
    if (typeof only === "number" || typeof only === "bigint" || typeof only === "boolean") return only;
    // A string that begins like an encoded tuple must not be taken for one.
    if (typeof only === "string" && !only.startsWith(ENCODED)) return only;
  }
  let key = ENCODED;
  for (const part of tuple) key += encodePart(part);
  return key;
}

const ENCODED = "\u0000";

function encodePart(part: unknown): string {
  switch (typeof part) {
    case "string":
      // With its length in front no content can imitate the next part.
      return `s${part.length}:${part}`;
    case "number":
      return `n${part};`;
    case "bigint":
      return `i${part};`;
    case "boolean":
      return part ? "t" : "f";
    case "undefined":
      return "u";
    default:
      if (part === null) return "z";
      if (part instanceof Date) return `d${part.getTime()};`;
      if (part instanceof Uint8Array) return `x${part.length}:${part.join()};`;
      throw fail("internal/impossible", { what: `a key has the part ${shorten(part)}` });
  }
}

/** A `Map` whose keys are tuples, compared by content; iterates in insertion order. */
export class TupleMap<Value> implements Iterable<readonly [KeyTuple, Value]> {
  readonly #entries = new Map<unknown, [KeyTuple, Value]>();

  constructor(entries: Iterable<readonly [KeyTuple, Value]> = []) {
    for (const [key, value] of entries) this.set(key, value);
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: KeyTuple): Value | undefined {
    return this.#entries.get(tupleKey(key))?.[1];
  }

  has(key: KeyTuple): boolean {
    return this.#entries.has(tupleKey(key));
  }

  set(key: KeyTuple, value: Value): this {
    const encoded = tupleKey(key);
    const entry = this.#entries.get(encoded);
    if (entry === undefined) this.#entries.set(encoded, [key, value]);
    else entry[1] = value;
    return this;
  }

  delete(key: KeyTuple): boolean {
    return this.#entries.delete(tupleKey(key));
  }

  clear(): void {
    this.#entries.clear();
  }

  keys(): KeyTuple[] {
    return Array.from(this.#entries.values(), ([key]) => key);
  }

  values(): Value[] {
    return Array.from(this.#entries.values(), ([, value]) => value);
  }

  [Symbol.iterator](): IterableIterator<readonly [KeyTuple, Value]> {
    return this.#entries.values();
  }
}

/** A `Set` of tuples, compared by content; iterates in insertion order. */
export class TupleSet implements Iterable<KeyTuple> {
  readonly #tuples = new Map<unknown, KeyTuple>();

  constructor(tuples: Iterable<KeyTuple> = []) {
    for (const tuple of tuples) this.add(tuple);
  }

  get size(): number {
    return this.#tuples.size;
  }

  has(tuple: KeyTuple): boolean {
    return this.#tuples.has(tupleKey(tuple));
  }

  add(tuple: KeyTuple): this {
    const encoded = tupleKey(tuple);
    if (!this.#tuples.has(encoded)) this.#tuples.set(encoded, tuple);
    return this;
  }

  delete(tuple: KeyTuple): boolean {
    return this.#tuples.delete(tupleKey(tuple));
  }

  clear(): void {
    this.#tuples.clear();
  }

  [Symbol.iterator](): IterableIterator<KeyTuple> {
    return this.#tuples.values();
  }
}
