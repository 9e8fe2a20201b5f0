/**
 * One session's memory: which objects it holds, and what a rollback has to put back.
 */
import { isMutated } from "./changes.ts";
import type { IdentityKey } from "./identity-key.ts";
import { IdentityMap } from "./identity-map.ts";
import type { ObjectState } from "./object-state.ts";
import { noteChange } from "./relate.ts";

/** What happened to objects within one transaction or savepoint, so that its rollback can be felt in memory. */
export class TransactionMemory {
  readonly parent: TransactionMemory | undefined;
  /** Objects inserted within it. */
  readonly inserted: ObjectState[] = [];
  /** Objects deleted within it. */
  readonly deleted = new Set<ObjectState>();
  /** Objects that were flushed within it and existed before. */
  readonly altered = new Set<ObjectState>();
  /** The keys of objects whose primary key changed within it, as they were before. */
  readonly keysBefore = new Map<ObjectState, IdentityKey>();

  constructor(parent: TransactionMemory | undefined) {
    this.parent = parent;
  }

  /** Hands over to the parent what stays undone only if the parent is rolled back. */
  mergeIntoParent(): void {
    const parent = this.parent;
    if (parent === undefined) return;
    for (const state of this.inserted) parent.inserted.push(state);
    for (const state of this.altered) parent.altered.add(state);
    for (const state of this.deleted) parent.deleted.add(state);
    for (const [state, key] of this.keysBefore) parent.noteKeyBefore(state, key);
  }

  /** Remembers the first one of each object. */
  noteKeyBefore(state: ObjectState, key: IdentityKey): void {
    if (!this.keysBefore.has(state)) this.keysBefore.set(state, key);
  }
}

/** What a session remembers. */
export class SessionMemory {
  readonly identityMap = new IdentityMap();
  /** Objects to insert, in the order in which they became pending. */
  readonly pending = new Set<ObjectState>();
  /** Objects to delete. */
  readonly deleting = new Set<ObjectState>();
  /** Objects with a row and an attribute event since the last flush. */
  readonly modified = new Set<ObjectState>();
  /** Objects of which a mutable value was handed out: it may change without an event. */
  readonly watched = new Set<ObjectState>();
  transaction: TransactionMemory | undefined = undefined;

  /** Whether an object is pending or in the identity map. */
  holds(state: ObjectState): boolean {
    return this.pending.has(state) || this.identityMap.holds(state);
  }

  /** Whether there is nothing to flush. */
  get isClean(): boolean {
    return this.pending.size + this.deleting.size + this.modified.size === 0;
  }

  /** Finds changes inside values (JSON, dates, arrays) by comparing them with what they were. */
  noticeMutations(): void {
    // Reading a row again makes its object clean.
    for (const state of this.modified) if (!state.modified) this.modified.delete(state);
    for (const state of this.watched) {
      for (const [slot, before] of mutations(state)) noteChange(state, slot, before);
    }
  }
}

type Mutation = readonly [slot: number, before: unknown];

const NO_MUTATIONS: readonly Mutation[] = Object.freeze([]);

/** The slots of values that were changed in place since they were loaded or flushed, with what they were. */
export function mutations(state: ObjectState): readonly Mutation[] {
  let found = NO_MUTATIONS;
  state.snapshots?.forEach((before, slot) => {
    const attribute = state.mapper.attributes[slot];
    if (attribute?.kind !== "column" || state.committed?.[slot] !== undefined) return;
    if (isMutated(state, attribute)) found = [...found, [slot, before]];
  });
  return found;
}
