/**
 * Collections that report what is done to them: what they have in common, whatever the application holds.
 * `tracked-array.ts`, `tracked-set.ts` and `tracked-map.ts` are the kinds.
 */
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

/** A collection in an error message. */
export function nameOfCollection(events: CollectionEvents | undefined): string {
  const relationship = events?.relationship;
  return relationship === undefined ? "the collection" : `${relationship.mapper.name}.${relationship.key}`;
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

/** Where a tracked Set or Map keeps what it reports to. */
export const EVENTS: unique symbol = Symbol("ormolu.collectionEvents");
