/**
 * Sets that report what is done to them.
 */
import { fail } from "../../foundation/errors.ts";
import { COLLECTION } from "../mapping/collection-class.ts";
import { type CollectionEvents, EVENTS, nameOfCollection, type TrackedCollection } from "./collection.ts";

/** A Set of related objects. A class that extends it may be the `collection` of a relationship. */
export class RelatedSet<Item extends object = object> extends Set<Item> {
  static readonly [COLLECTION] = "set";
  declare [EVENTS]: CollectionEvents | undefined;

  override add(member: Item): this {
    if (this.has(member)) return this;
    return super.add((this[EVENTS]?.adding(member, undefined) as Item | undefined) ?? member);
  }

  override delete(member: Item): boolean {
    if (!this.has(member)) return false;
    this[EVENTS]?.removing(member, undefined);
    return super.delete(member);
  }

  override clear(): void {
    for (const member of Array.from(this)) this.delete(member);
  }

  /** Removes a member. Errors: relationship/not-a-member. */
  remove(member: Item): void {
    if (this.delete(member)) return;
    throw fail("relationship/not-a-member", { attribute: nameOfCollection(this[EVENTS]) });
  }
}

/** Makes a collection of an empty Set. */
export function trackedSet(
  value: RelatedSet,
  members: readonly object[],
  events: CollectionEvents,
): TrackedCollection {
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
