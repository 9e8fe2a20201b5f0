/**
 * Association proxies: an attribute that shows one attribute of the objects behind a relationship, and makes those
 * objects when something is added. It stands on the relationship alone and keeps nothing of its own.
 */
import { fail } from "../../foundation/errors.ts";
import type { ProxyAttribute } from "../mapping/mapper.ts";
import { standInOf } from "./pending.ts";

/** The relationship behind a proxy, as one object has it. */
export interface ProxySource {
  readonly isCollection: boolean;
  /** The relationship's value: a collection, an object, null, or something to await. */
  readonly value: unknown;
  /** Adds to the relationship, loaded or not. */
  add(member: object): void;
  /** Gives the relationship a new value. */
  replace(value: object | readonly object[] | null): void;
}

function isPending(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && typeof Reflect.get(value, "then") === "function";
}

function isLoadedCollection(value: unknown): value is Iterable<object> {
  return Array.isArray(value) || value instanceof Set || value instanceof Map;
}

function membersOf(collection: unknown): object[] {
  if (collection instanceof Map) return Array.from(collection.values());
  return Array.from(collection as Iterable<object>);
}

/**
 * The attribute's value: an array that writes through, or the one object's attribute. Where something on the way is
 * not loaded it is a promise-like of that.
 */
export function readProxy(proxy: ProxyAttribute, source: ProxySource): unknown {
  const value = source.value;
  if (value === null) return null;
  if (source.isCollection)
    return isLoadedCollection(value) ? readMembers(proxy, source, value) : later(proxy, source);
  return isPending(value) ? later(proxy, source) : Reflect.get(value as object, proxy.step);
}

function readMembers(proxy: ProxyAttribute, source: ProxySource, collection: Iterable<object>): unknown {
  const items = membersOf(collection).map((member) => Reflect.get(member, proxy.step) as unknown);
  // The first await loads the step for all siblings, so the loop costs one statement.
  return items.some((item) => !isLoadedCollection(item) && isPending(item))
    ? later(proxy, source)
    : new ProxiedArray(proxy, source, items);
}

/** A stand-in to await or to add to, while the objects in between are not loaded. */
function later(proxy: ProxyAttribute, source: ProxySource): PromiseLike<unknown> {
  const load = async (): Promise<unknown> => {
    const value = isLoadedCollection(source.value) ? source.value : await source.value;
    if (!source.isCollection) return value === null ? null : await Reflect.get(value as object, proxy.step);
    const items: unknown[] = [];
    for (const member of membersOf(value)) items.push(await Reflect.get(member, proxy.step));
    return new ProxiedArray(proxy, source, items);
  };
  const then: PromiseLike<unknown>["then"] = (resolved, rejected) => load().then(resolved, rejected);
  const push = (...items: unknown[]): number => {
    for (const item of items) source.add(proxy.create(item));
    return items.length;
  };
  const unloaded = { entity: proxy.mapper.name, attribute: proxy.key, path: pathOf(proxy) };
  return standInOf(unloaded, source.isCollection ? { then, push } : { then });
}

/** The relationships behind a proxy as an option names them: it takes no proxy. */
function pathOf({ mapper, via, step }: ProxyAttribute): string {
  const target = mapper.relationships.find(({ key }) => key === via)?.target;
  const path = `${mapper.name}.c.${via}`;
  if (target?.relationships.some(({ key }) => key === step) !== true) return path;
  return `${path}).selectinload(${target.name}.c.${step}`;
}

/** Assigns a proxy: one object in between for each value, made anew only for values that were not there. */
export function writeProxy(proxy: ProxyAttribute, value: unknown, source: ProxySource): void {
  if (!source.isCollection) {
    writeScalar(proxy, value, source);
    return;
  }
  if (!isLoadedCollection(value)) {
    throw fail("relationship/not-a-collection", {
      attribute: `${proxy.mapper.name}.${proxy.key}`,
      got: value,
    });
  }
  const present = isLoadedCollection(source.value) ? membersOf(source.value) : [];
  const members = Array.from(value as Iterable<unknown>, (item) => {
    const index = present.findIndex((member) => Reflect.get(member, proxy.step) === item);
    return index < 0 ? proxy.create(item) : (present.splice(index, 1)[0] as object);
  });
  source.replace(members);
}

function writeScalar(proxy: ProxyAttribute, value: unknown, source: ProxySource): void {
  const between = source.value;
  if (between === null) source.replace(value === null ? null : proxy.create(value));
  else Reflect.set(between as object, proxy.step, value);
}

/** The values behind a proxy. Adding makes an object in between; removing removes it from the relationship. */
export class ProxiedArray extends Array<unknown> {
  static override get [Symbol.species](): ArrayConstructor {
    return Array;
  }

  readonly #proxy: ProxyAttribute;
  readonly #source: ProxySource;

  constructor(proxy: ProxyAttribute, source: ProxySource, items: readonly unknown[]) {
    super();
    this.#proxy = proxy;
    this.#source = source;
    for (const item of items) super.push(item);
  }

  override push(...items: unknown[]): number {
    for (const item of items) {
      this.#source.add(this.#proxy.create(item));
      super.push(item);
    }
    return this.length;
  }

  /** Removes the first occurrence of a value. Errors: relationship/not-a-member. */
  remove(item: unknown): void {
    const index = this.indexOf(item);
    if (index < 0) {
      throw fail("relationship/not-a-member", { attribute: `${this.#proxy.mapper.name}.${this.#proxy.key}` });
    }
    this.splice(index, 1);
  }

  override splice(start: number, ...rest: unknown[]): unknown[] {
    const result = Array.from(this);
    const removed = result.splice(start, ...(rest as [number, ...unknown[]]));
    this.#become(result);
    return removed;
  }

  override pop(): unknown {
    return this.length === 0 ? undefined : this.splice(this.length - 1, 1)[0];
  }

  override shift(): unknown {
    return this.length === 0 ? undefined : this.splice(0, 1)[0];
  }

  override unshift(...items: unknown[]): number {
    this.splice(0, 0, ...items);
    return this.length;
  }

  #become(items: readonly unknown[]): void {
    writeProxy(this.#proxy, items, this.#source);
    super.splice(0, this.length);
    for (const item of items) super.push(item);
  }
}
