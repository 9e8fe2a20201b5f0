/**
 * Values on their way from scenarios into the library and back, and the labels that objects have in outcomes.
 */

import type { AnyObject, Inspection } from "./library.ts";
import { named } from "./library.ts";
import type { ColumnTypeName, Json } from "./scenario.ts";

/** A follow-up of an earlier failure: a step names a handle that nothing was bound to. */
export class ScenarioError extends Error {
  override readonly name = "ScenarioError";
}

/** Turns JSON into what a column of this type holds. */
export function toColumnValue(value: Json, type: ColumnTypeName | undefined): unknown {
  if (type === "datetime" && typeof value === "string") return toDate(value);
  return value;
}

/** Reads an ISO time without a zone as UTC, as the library keeps it. */
export function toDate(text: string): Date {
  return new Date(/Z|[+-]\d\d:\d\d$/.test(text) ? text : `${text}Z`);
}

/** Turns a value that is no object into JSON: dates ISO without a zone, big integers as numbers. */
export function toJson(value: unknown): Json {
  if (value === undefined || value === null) return null;
  if (value instanceof Date)
    return value
      .toISOString()
      .replace(/(\.000)?Z$/, "")
      .replace(/(\.\d{3})$/, "$1000");
  if (typeof value === "bigint") return Number(value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString("hex");
  return value as Json;
}

/** Writes JSON with sorted keys: what bags are sorted by. */
export function sortedText(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(sortedText).join(", ")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const keys = Object.keys(value).sort();
  return `{${keys.map((key) => `${JSON.stringify(key)}: ${sortedText(value[key] as Json)}`).join(", ")}}`;
}

/** Makes a list whose order means nothing. */
export function toBag(items: Json[]): Json {
  const keyed = items.map((item) => ({ item, text: sortedText(item) }));
  keyed.sort((left, right) => (left.text < right.text ? -1 : left.text > right.text ? 1 : 0));
  return { bag: keyed.map(({ item }) => item) };
}

/** The objects of one scenario: handles, and the label of every object that was shown. */
export class Objects {
  readonly #byHandle = new Map<string, AnyObject | null>();
  readonly #handleOf = new Map<object, string>();
  /** Labels made up from class and key; they keep every object that was shown alive. */
  readonly #madeUp = new Map<object, string>();
  readonly #uses = new Map<string, number>();
  readonly #isEntity: (value: object) => boolean;

  constructor(isEntity: (value: object) => boolean) {
    this.#isEntity = isEntity;
  }

  /** Gives an object a handle; the first one is its label from then on. */
  bind(handle: string, object: unknown): void {
    if (typeof object !== "object" || object === null) {
      this.#byHandle.set(handle, null);
      return;
    }
    this.#byHandle.set(handle, object as AnyObject);
    if (!this.#handleOf.has(object)) this.#handleOf.set(object, handle);
  }

  /** Finds the object of a handle. Errors: {@link ScenarioError}. */
  get(handle: Json | undefined): AnyObject {
    const found = this.#byHandle.get(String(handle));
    if (!found) throw new ScenarioError(`nothing is bound to the handle ${String(handle)}`);
    return found;
  }

  /** Tells whether a value is a mapped object. */
  isEntity(value: unknown): value is AnyObject {
    return typeof value === "object" && value !== null && this.#isEntity(value);
  }

  label(object: AnyObject): string {
    const known = this.#handleOf.get(object) ?? this.#madeUp.get(object);
    if (known !== undefined) return known;
    const { identity } = named<(object: object) => Inspection>("inspect")(object);
    const key = identity === null ? "new" : identity.map((part) => String(toJson(part))).join(",");
    const text = `${object.constructor.name}:${key}`;
    const uses = (this.#uses.get(text) ?? 0) + 1;
    this.#uses.set(text, uses);
    const label = uses === 1 ? text : `${text}~${uses}`;
    this.#madeUp.set(object, label);
    return label;
  }

  /** Shows any value: objects by label, lists member by member. */
  show(value: unknown): Json {
    if (this.isEntity(value)) return { obj: this.label(value) };
    if (Array.isArray(value)) return Array.from(value, (item) => this.show(item));
    if (value instanceof Set) return Array.from(value, (item) => this.show(item));
    if (value instanceof Map) return Array.from(value.values(), (item) => this.show(item));
    return toJson(value);
  }
}
