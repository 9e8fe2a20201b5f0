/**
 * Arrays that report what is done to them.
 *
 * A {@link RelatedArray} is a real array. Its mutating methods are overridden; index and length assignment, which no
 * method sees, are caught by write traps of a proxy around it. There is no read trap, so reading costs what a proxy
 * without traps costs. Entities themselves are never proxies.
 */
import { fail } from "../../foundation/errors.ts";
import { COLLECTION } from "../mapping/collection-class.ts";
import {
  type CollectionEvents,
  type Initiator,
  nameOfCollection,
  type TrackedCollection,
} from "./collection.ts";

/**
 * An array of related objects: a plain array in every respect, plus `remove(member)`. A class that extends it may be the
 * `collection` of a relationship.
 *
 * @example
 * class Posts extends RelatedArray<Post> {
 *   get titles() { return this.map(({ title }) => title); }
 * }
 */
export class RelatedArray<Item extends object = object> extends Array<Item> {
  static readonly [COLLECTION] = "array";

  // Results of map, filter, slice … are plain arrays.
  static override get [Symbol.species](): ArrayConstructor {
    return Array;
  }

  declare [BEHIND]: Behind | undefined;

  // Reads without a step through the proxy per member: `for … of` over 1,500 members takes a fifth of the time.
  override [Symbol.iterator](): ArrayIterator<Item> {
    return Array.prototype.values.call(targetOf(this)) as ArrayIterator<Item>;
  }

  /** Removes the first occurrence of a member. Errors: relationship/not-a-member. */
  remove(member: Item): void {
    const index = this.indexOf(member);
    if (index < 0) throw fail("relationship/not-a-member", { attribute: nameOf(this) });
    this.splice(index, 1);
  }

  override push(...members: Item[]): number {
    for (const member of members) insertMember(this, this.length, member);
    return this.length;
  }

  override unshift(...members: Item[]): number {
    members.forEach((member, index) => {
      insertMember(this, index, member);
    });
    return this.length;
  }

  override pop(): Item | undefined {
    return this.length === 0 ? undefined : (takeMember(this, this.length - 1) as Item);
  }

  override shift(): Item | undefined {
    return this.length === 0 ? undefined : (takeMember(this, 0) as Item);
  }

  override splice(start: number, ...rest: unknown[]): Item[] {
    const from =
      Math.trunc(start) < 0
        ? Math.max(this.length + start, 0)
        : Math.min(Math.trunc(start) || 0, this.length);
    const count = rest.length === 0 ? this.length - from : Math.trunc(Number(rest[0])) || 0;
    const removed: Item[] = [];
    for (let left = Math.min(count, this.length - from); left > 0; left--) {
      removed.push(deleteMember(this, from) as Item);
    }
    rest.slice(1).forEach((member, offset) => {
      insertMember(this, from + offset, member as object);
    });
    return removed;
  }

  override fill(member: Item, start?: number, end?: number): this {
    const target = targetOf(this);
    const range = Array.from(target.keys()).slice(start, end);
    for (const index of range) replaceMember(this, index, member);
    return this;
  }

  override copyWithin(target: number, start: number, end?: number): this {
    const copied = Array.from(this).copyWithin(target, start, end);
    copied.forEach((member, index) => {
      if (this[index] !== member) replaceMember(this, index, member);
    });
    return this;
  }

  // Order is no change of membership: nothing is reported.
  override sort(compare?: (left: Item, right: Item) => number): this {
    Array.prototype.sort.call(targetOf(this), compare);
    return this;
  }

  override reverse(): Item[] {
    Array.prototype.reverse.call(targetOf(this));
    return this;
  }
}

/** What is behind the proxy that the application holds. */
class Behind {
  readonly target: RelatedArray;
  events: CollectionEvents | undefined;

  constructor(target: RelatedArray, events: CollectionEvents | undefined) {
    this.target = target;
    this.events = events;
  }
}

/** Where an array keeps {@link Behind}: the proxy passes reads on, so it is found from either side. */
const BEHIND: unique symbol = Symbol("ormolu.behind");

function targetOf(array: RelatedArray): RelatedArray {
  return array[BEHIND]?.target ?? array;
}

function eventsOf(array: RelatedArray): CollectionEvents | undefined {
  return array[BEHIND]?.events;
}

function nameOf(array: RelatedArray): string {
  return nameOfCollection(eventsOf(array));
}

function insertMember(array: RelatedArray, index: number, member: object): void {
  const target = targetOf(array);
  const added = eventsOf(target)?.adding(member, undefined) ?? member;
  Array.prototype.splice.call(target, index, 0, added);
}

function deleteMember(array: RelatedArray, index: number): object {
  const target = targetOf(array);
  const member = target[index] as object;
  eventsOf(target)?.removing(member, undefined);
  Array.prototype.splice.call(target, index, 1);
  return member;
}

/** As `deleteMember`, but the member is gone when the removal is told: duplicates count as still there. */
function takeMember(array: RelatedArray, index: number): object {
  const target = targetOf(array);
  eventsOf(target)?.changing();
  const member = Array.prototype.splice.call(target, index, 1)[0] as object;
  eventsOf(target)?.removing(member, undefined);
  return member;
}

function replaceMember(array: RelatedArray, index: number, member: object): void {
  const target = targetOf(array);
  const old = target[index];
  if (old === member) return;
  if (old !== undefined) eventsOf(target)?.removing(old, undefined);
  Reflect.set(target, index, eventsOf(target)?.adding(member, undefined) ?? member);
}

function truncate(target: RelatedArray, length: number): void {
  if (length > target.length) {
    throw fail("relationship/holes", { attribute: nameOf(target), got: `length ${length}` });
  }
  while (target.length > length) deleteMember(target, target.length - 1);
}

const writeTraps: ProxyHandler<RelatedArray> = {
  set(target, key, value) {
    if (typeof key === "symbol") return Reflect.set(target, key, value);
    if (key === "length") {
      truncate(target, Number(value));
      return true;
    }
    const index = Number(key);
    if (!Number.isInteger(index) || index < 0) return Reflect.set(target, key, value);
    if (index > target.length) {
      throw fail("relationship/holes", {
        attribute: nameOf(target),
        got: `index ${index} of ${target.length}`,
      });
    }
    if (index === target.length) insertMember(target, index, value as object);
    else replaceMember(target, index, value as object);
    return true;
  },
  deleteProperty(target, key) {
    if (typeof key === "string" && Number.isInteger(Number(key))) {
      throw fail("relationship/holes", { attribute: nameOf(target), got: `delete of index ${key}` });
    }
    return Reflect.deleteProperty(target, key);
  },
};

const NO_MEMBERS: readonly object[] = Object.freeze([]);

/**
 * An array's collection. What the application holds, array and proxy, is made when it first asks for it: most collections
 * are only loaded, and one of a class of arrays takes 136 ns to make, an array 8 ns.
 */
export class ArrayCollection implements TrackedCollection {
  /** A {@link RelatedArray} once the application has asked for it, or where its class is the application's. */
  #items: object[];
  #events: CollectionEvents | undefined;
  #value: RelatedArray | undefined;

  /** `empty`: an array to hold the members. */
  constructor(empty: object[], members: readonly object[], events: CollectionEvents) {
    this.#items = empty;
    this.#events = events;
    this.#value = undefined;
    for (let index = 0; index < members.length; index++) this.#items[index] = members[index] as object;
  }

  get value(): RelatedArray {
    if (this.#value === undefined) {
      const target = asRelated(this.#items);
      this.#items = target;
      const behind = new Behind(target, this.#events);
      Object.defineProperty(target, BEHIND, { value: behind, enumerable: false });
      this.#value = new Proxy(target, writeTraps);
    }
    return this.#value;
  }

  members(): readonly object[] {
    const { length } = this.#items;
    if (length === 0) return NO_MEMBERS;
    // Not by slice(), which asks the class what to make: 389 ns for three members, against 12.
    const members = new Array<object>(length);
    for (let index = 0; index < length; index++) members[index] = this.#items[index] as object;
    return members;
  }

  count(member: object): number {
    let count = 0;
    for (const other of this.#items) if (other === member) count++;
    return count;
  }

  addQuietly(member: object): void {
    this.#items[this.#items.length] = member;
  }

  removeQuietly(member: object): void {
    const index = this.#items.indexOf(member);
    if (index >= 0) Array.prototype.splice.call(this.#items, index, 1);
  }

  add(member: object, initiator: Initiator): void {
    this.addQuietly(this.#events?.adding(member, initiator) ?? member);
  }

  remove(member: object, initiator: Initiator): void {
    if (!this.#items.includes(member)) return;
    this.#events?.removing(member, initiator);
    this.removeQuietly(member);
  }

  release(): void {
    this.#events = undefined;
    const behind = (this.#items as Partial<RelatedArray>)[BEHIND];
    if (behind !== undefined) behind.events = undefined;
  }
}

function asRelated(items: object[]): RelatedArray {
  if (items instanceof RelatedArray) return items;
  const target = new RelatedArray(items.length);
  for (let index = 0; index < items.length; index++) target[index] = items[index] as object;
  return target;
}
