/**
 * Maps that report what is done to them.
 */
import { fail } from "../../foundation/errors.ts";
import type { MemberKey } from "../mapping/mapper.ts";
import { type CollectionEvents, EVENTS, nameOfCollection, type TrackedCollection } from "./collection.ts";

/** A Map of related objects, keyed by one of their attributes, or by what a function makes of them. */
export class RelatedMap extends Map<unknown, object> {
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
    const collection = this[EVENTS]?.relationship.collection;
    if (typeof collection !== "object" || typeof member !== "object" || member === null) return;
    const { keyedBy } = collection;
    const own: unknown = keyReader(keyedBy)(member) ?? key;
    if (own === key) return;
    const attribute = nameOfCollection(this[EVENTS]);
    const what = typeof keyedBy === "string" ? keyedBy : "key";
    throw fail("relationship/wrong-key", { attribute, keyedBy: what, key, own });
  }
}

/** Reads the key of a member. */
function keyReader(keyedBy: MemberKey): (member: object) => unknown {
  if (typeof keyedBy === "string") return (member) => Reflect.get(member, keyedBy);
  return keyedBy as (member: object) => unknown;
}

/** Makes a Map of members. */
export function trackedMap(
  keyedBy: MemberKey,
  members: readonly object[],
  events: CollectionEvents,
): TrackedCollection {
  const value = new RelatedMap();
  const keyOf = keyReader(keyedBy);
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
