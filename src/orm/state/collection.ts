/**
 * Collections that report what is done to them.
 *
 * A {@link TrackedArray} is a real array. Its mutating methods are overridden; index and length assignment, which no
 * method sees, are caught by write traps of a proxy around it. There is no read trap, so reading costs what a proxy
 * without traps costs. Entities themselves are never proxies.
 */
import { fail } from "../../foundation/errors.ts";
import type { RelationshipAttribute } from "../mapping/mapper.ts";

/** Which attribute operation an event comes from, so that the two ends of a relationship do not call each other for ever. */
export interface Initiator {
  readonly relationship: RelationshipAttribute;
  readonly operation: "append" | "remove" | "bulk";
}

/** Receives what happens to a collection. `relate.ts` implements it. */
export interface CollectionEvents {
  readonly relationship: RelationshipAttribute;
  /** A member is about to be added; returns the member to add (a validator may replace it) or throws. */
  adding(member: object, initiator: Initiator | undefined): object;
  /** A member is about to be removed. */
  removing(member: object, initiator: Initiator | undefined): void;
  /** The collection is about to change in a way that is told afterwards (`pop`). */
  changing(): void;
}

/** Changes to a collection that is not loaded; merged when it is. */
export class PendingChanges {
  readonly added: object[] = [];
  readonly removed: object[] = [];

  /** Queues an addition; it cancels a queued removal. */
  add(member: object): void {
    const index = this.removed.indexOf(member);
    if (index >= 0) this.removed.splice(index, 1);
    else this.added.push(member);
  }

  /** Queues a removal; it cancels a queued addition. */
  remove(member: object): void {
    const index = this.added.indexOf(member);
    if (index >= 0) this.added.splice(index, 1);
    else if (!this.removed.includes(member)) this.removed.push(member);
  }
}

/** A collection with its bag behaviour, whatever its kind. `value` is what the application holds. */
export interface TrackedCollection {
  readonly value: object;
  /** The members in order. */
  members(): readonly object[];
  /** How often the member occurs. */
  count(member: object): number;
  /** Adds or removes without telling anybody: loading and merging use it. */
  addQuietly(member: object): void;
  removeQuietly(member: object): void;
  /** Adds or removes and tells, on behalf of an operation on the other end. */
  add(member: object, initiator: Initiator): void;
  remove(member: object, initiator: Initiator): void;
  /** Ends reporting: another collection took its place. */
  release(): void;
}

const EVENTS: unique symbol = Symbol("ormolu.collectionEvents");

/** An array of related objects. Plain array in every respect, plus `remove(member)`. */
export class TrackedArray extends Array<object> {
  // Results of map, filter, slice … are plain arrays.
  static override get [Symbol.species](): ArrayConstructor {
    return Array;
  }

  declare [BEHIND]: Behind | undefined;

  /** Removes the first occurrence of a member. Errors: relationship/not-a-member. */
  remove(member: object): void {
    const index = this.indexOf(member);
    if (index < 0) throw fail("relationship/not-a-member", { attribute: nameOf(this) });
    this.splice(index, 1);
  }

  override push(...members: object[]): number {
    for (const member of members) insertMember(this, this.length, member);
    return this.length;
  }

  override unshift(...members: object[]): number {
    members.forEach((member, index) => {
      insertMember(this, index, member);
    });
    return this.length;
  }

  override pop(): object | undefined {
    return this.length === 0 ? undefined : takeMember(this, this.length - 1);
  }

  override shift(): object | undefined {
    return this.length === 0 ? undefined : takeMember(this, 0);
  }

  override splice(start: number, ...rest: unknown[]): object[] {
    const from =
      Math.trunc(start) < 0
        ? Math.max(this.length + start, 0)
        : Math.min(Math.trunc(start) || 0, this.length);
    const count = rest.length === 0 ? this.length - from : Math.trunc(Number(rest[0])) || 0;
    const removed: object[] = [];
    for (let left = Math.min(count, this.length - from); left > 0; left--) {
      removed.push(deleteMember(this, from));
    }
    rest.slice(1).forEach((member, offset) => {
      insertMember(this, from + offset, member as object);
    });
    return removed;
  }

  override fill(member: object, start?: number, end?: number): this {
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
  override sort(compare?: (left: object, right: object) => number): this {
    Array.prototype.sort.call(targetOf(this), compare);
    return this;
  }

  override reverse(): object[] {
    Array.prototype.reverse.call(targetOf(this));
    return this;
  }
}

/** What is behind the proxy that the application holds. */
interface Behind {
  readonly target: TrackedArray;
  events: CollectionEvents | undefined;
}

/** Where an array keeps {@link Behind}: the proxy passes reads on, so it is found from either side. */
const BEHIND: unique symbol = Symbol("ormolu.behind");

function targetOf(array: TrackedArray): TrackedArray {
  return array[BEHIND]?.target ?? array;
}

function eventsOf(array: TrackedArray): CollectionEvents | undefined {
  return array[BEHIND]?.events;
}

function nameOf(array: TrackedArray): string {
  const relationship = eventsOf(array)?.relationship;
  return relationship === undefined ? "the collection" : `${relationship.mapper.name}.${relationship.key}`;
}

function insertMember(array: TrackedArray, index: number, member: object): void {
  const target = targetOf(array);
  const added = eventsOf(target)?.adding(member, undefined) ?? member;
  Array.prototype.splice.call(target, index, 0, added);
}

function deleteMember(array: TrackedArray, index: number): object {
  const target = targetOf(array);
  const member = target[index] as object;
  eventsOf(target)?.removing(member, undefined);
  Array.prototype.splice.call(target, index, 1);
  return member;
}

/** As `deleteMember`, but the member is gone when the removal is told: duplicates count as still there. */
function takeMember(array: TrackedArray, index: number): object {
  const target = targetOf(array);
  eventsOf(target)?.changing();
  const member = Array.prototype.splice.call(target, index, 1)[0] as object;
  eventsOf(target)?.removing(member, undefined);
  return member;
}

function replaceMember(array: TrackedArray, index: number, member: object): void {
  const target = targetOf(array);
  const old = target[index];
  if (old === member) return;
  if (old !== undefined) eventsOf(target)?.removing(old, undefined);
  Reflect.set(target, index, eventsOf(target)?.adding(member, undefined) ?? member);
}

function truncate(target: TrackedArray, length: number): void {
  if (length > target.length) {
    throw fail("relationship/holes", { attribute: nameOf(target), got: `length ${length}` });
  }
  while (target.length > length) deleteMember(target, target.length - 1);
}

const writeTraps: ProxyHandler<TrackedArray> = {
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

/** Makes a tracked collection of the relationship's kind, holding `members` without telling. */
export function trackedCollection(members: readonly object[], events: CollectionEvents): TrackedCollection {
  const kind = events.relationship.collection;
  if (kind === "set") return trackedSet(members, events);
  return kind === "array" ? new ArrayCollection(members, events) : trackedMap(kind.keyedBy, members, events);
}

const NO_MEMBERS: readonly object[] = Object.freeze([]);

/** An array's collection. The proxy is made when the application first asks for it: most collections are only loaded. */
class ArrayCollection implements TrackedCollection {
  readonly #target = new TrackedArray();
  #events: CollectionEvents | undefined;
  #value: TrackedArray | undefined;

  constructor(members: readonly object[], events: CollectionEvents) {
    this.#events = events;
    for (let index = 0; index < members.length; index++) this.#target[index] = members[index] as object;
  }

  get value(): TrackedArray {
    if (this.#value === undefined) {
      const behind: Behind = { target: this.#target, events: this.#events };
      Object.defineProperty(this.#target, BEHIND, { value: behind, enumerable: false });
      this.#value = new Proxy(this.#target, writeTraps);
    }
    return this.#value;
  }

  members(): readonly object[] {
    return this.#target.length === 0 ? NO_MEMBERS : Array.prototype.slice.call(this.#target);
  }

  count(member: object): number {
    let count = 0;
    for (const other of this.#target) if (other === member) count++;
    return count;
  }

  addQuietly(member: object): void {
    this.#target[this.#target.length] = member;
  }

  removeQuietly(member: object): void {
    const index = this.#target.indexOf(member);
    if (index >= 0) Array.prototype.splice.call(this.#target, index, 1);
  }

  add(member: object, initiator: Initiator): void {
    this.addQuietly(this.#events?.adding(member, initiator) ?? member);
  }

  remove(member: object, initiator: Initiator): void {
    if (!this.#target.includes(member)) return;
    this.#events?.removing(member, initiator);
    this.removeQuietly(member);
  }

  release(): void {
    this.#events = undefined;
    const behind = this.#target[BEHIND];
    if (behind !== undefined) behind.events = undefined;
  }
}

/** A Set of related objects. */
export class TrackedSet extends Set<object> {
  declare [EVENTS]: CollectionEvents | undefined;

  override add(member: object): this {
    if (this.has(member)) return this;
    return super.add(this[EVENTS]?.adding(member, undefined) ?? member);
  }

  override delete(member: object): boolean {
    if (!this.has(member)) return false;
    this[EVENTS]?.removing(member, undefined);
    return super.delete(member);
  }

  override clear(): void {
    for (const member of Array.from(this)) this.delete(member);
  }

  /** Removes a member. Errors: relationship/not-a-member. */
  remove(member: object): void {
    if (this.delete(member)) return;
    const relationship = this[EVENTS]?.relationship;
    throw fail("relationship/not-a-member", {
      attribute:
        relationship === undefined ? "the collection" : `${relationship.mapper.name}.${relationship.key}`,
    });
  }
}

function trackedSet(members: readonly object[], events: CollectionEvents): TrackedCollection {
  const value = new TrackedSet();
  const addQuietly = (member: object) => {
    Set.prototype.add.call(value, member);
  };
  const removeQuietly = (member: object) => {
    Set.prototype.delete.call(value, member);
  };
  members.forEach(addQuietly);
  Object.defineProperty(value, EVENTS, { value: events, writable: true, enumerable: false });
  return {
    value,
    members: () => Array.from(value),
    count: (member) => (value.has(member) ? 1 : 0),
    addQuietly,
    removeQuietly,
    add(member, initiator) {
      if (!value.has(member)) addQuietly(value[EVENTS]?.adding(member, initiator) ?? member);
    },
    remove(member, initiator) {
      if (!value.has(member)) return;
      value[EVENTS]?.removing(member, initiator);
      removeQuietly(member);
    },
    release() {
      value[EVENTS] = undefined;
    },
  };
}

/** A Map of related objects, keyed by one of their attributes. */
export class TrackedMap extends Map<unknown, object> {
  declare [EVENTS]: CollectionEvents | undefined;

  override set(key: unknown, member: object): this {
    const old = this.get(key);
    if (old === member) return this;
    this.#requireOwnKey(key, member);
    if (old !== undefined) this.delete(key);
    return super.set(key, this[EVENTS]?.adding(member, undefined) ?? member);
  }

  override delete(key: unknown): boolean {
    const member = this.get(key);
    if (member === undefined) return false;
    this[EVENTS]?.removing(member, undefined);
    return super.delete(key);
  }

  override clear(): void {
    for (const key of Array.from(this.keys())) this.delete(key);
  }

  /** What is loaded again comes under its own key, so another one would not last. */
  #requireOwnKey(key: unknown, member: object): void {
    const relationship = this[EVENTS]?.relationship;
    if (typeof relationship?.collection !== "object" || typeof member !== "object" || member === null) return;
    const { keyedBy } = relationship.collection;
    const own: unknown = Reflect.get(member, keyedBy) ?? key;
    if (own === key) return;
    const attribute = `${relationship.mapper.name}.${relationship.key}`;
    throw fail("relationship/wrong-key", { attribute, keyedBy, key, own });
  }
}

function trackedMap(
  keyedBy: string,
  members: readonly object[],
  events: CollectionEvents,
): TrackedCollection {
  const value = new TrackedMap();
  const keyOf = (member: object): unknown => Reflect.get(member, keyedBy);
  const addQuietly = (member: object) => {
    Map.prototype.set.call(value, keyOf(member), member);
  };
  const removeQuietly = (member: object) => {
    // The key may have changed since the member was added, so it is found by identity.
    for (const [key, other] of value) if (other === member) Map.prototype.delete.call(value, key);
  };
  members.forEach(addQuietly);
  Object.defineProperty(value, EVENTS, { value: events, writable: true, enumerable: false });
  const holds = (member: object) => Array.from(value.values()).includes(member);
  return {
    value,
    members: () => Array.from(value.values()),
    count: (member) => (holds(member) ? 1 : 0),
    addQuietly,
    removeQuietly,
    add(member, initiator) {
      if (!holds(member)) addQuietly(value[EVENTS]?.adding(member, initiator) ?? member);
    },
    remove(member, initiator) {
      if (!holds(member)) return;
      value[EVENTS]?.removing(member, initiator);
      removeQuietly(member);
    },
    release() {
      value[EVENTS] = undefined;
    },
  };
}
