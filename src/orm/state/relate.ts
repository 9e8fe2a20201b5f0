/**
 * Changes to relationships, and what follows from each at once: validation, the save-update cascade, the other end.
 *
 * The order within one change is: check, cascade, other end, then this end's own record. No change ever loads
 * anything, with one exception that the application asks for: `activeHistory` in the synchronous colour.
 */
import { fail } from "../../foundation/errors.ts";
import type { RelationshipAttribute } from "../mapping/mapper.ts";
import { isNeverLoaded } from "../mapping/mapper-record.ts";
import {
  type CollectionEvents,
  type Initiator,
  PendingChanges,
  type TrackedCollection,
} from "./collection.ts";
import { identityKey } from "./identity-key.ts";
import { trackedCollection } from "./make-collection.ts";
import { NO_VALUE, type ObjectState, stateOf, UNKNOWN } from "./object-state.ts";
import { hasParent, isOrphan, releaseChild, takeChild } from "./parents.ts";

/** Records that an attribute changes, with what it held before. Only the first change since a flush keeps it. */
export function noteChange(state: ObjectState, slot: number, previous: unknown): void {
  record(state, changesOf(state), slot, previous);
}

function record(state: ObjectState, committed: unknown[], slot: number, previous: unknown): void {
  if (committed[slot] === undefined) committed[slot] = previous;
  if (state.modified) return;
  state.modified = true;
  state.owner?.noteModified(state);
}

/** What is noted of changes: those that come during a flush are not its own, but for what it finds out itself. */
function changesOf(state: ObjectState): unknown[] {
  return state.owner?.isFlushing === true && !isSettling ? changesNext(state) : changesNow(state);
}

function changesNow(state: ObjectState): unknown[] {
  state.committed ??= state.blank();
  return state.committed;
}

function changesNext(state: ObjectState): unknown[] {
  state.committedNext ??= state.blank();
  return state.committedNext;
}

/** Set while {@link settleReplacedCollection} runs, which nothing interrupts. */
let isSettling = false;

function noteCollectionChange(state: ObjectState, relationship: RelationshipAttribute): void {
  const collection = state.values[relationship.slot] as TrackedCollection | undefined;
  const isRecorded = changesOf(state)[relationship.slot] !== undefined;
  noteChange(state, relationship.slot, isRecorded ? undefined : (collection?.members() ?? NO_VALUE));
}

// ---------------------------------------------------------------- references

/**
 * What a reference holds as far as memory knows: an object, null, NO_VALUE (there was none) or UNKNOWN (only the
 * database knows). A many-to-one looks in the identity map by its committed foreign key.
 */
export function peekReference(state: ObjectState, relationship: RelationshipAttribute): unknown {
  const current = state.values[relationship.slot];
  if (current !== undefined) return current;
  const committed = state.committed?.[relationship.slot];
  if ((committed !== undefined && committed !== NO_VALUE) || !state.hasKey) return NO_VALUE;
  if (state.owner === undefined || !relationship.usesGet) return UNKNOWN;
  const keyValues = committedForeignKey(state, relationship);
  if (keyValues.includes(undefined)) return UNKNOWN;
  if (keyValues.includes(null)) return null;
  const found = state.owner.identityMap.get(identityKey(relationship.target, keyValues));
  return found === undefined || found.expired || found.deleted ? UNKNOWN : found.object;
}

/** The target's primary key as the own foreign key columns give it; undefined where a column is not loaded. */
function committedForeignKey(state: ObjectState, relationship: RelationshipAttribute): unknown[] {
  return relationship.target.primaryKey.map((attribute) => {
    const pair = relationship.localRemotePairs.find((candidate) => candidate.to === attribute.column);
    const own = pair && state.mapper.columnByNode.get(pair.from);
    if (own === undefined) return undefined;
    const committed = state.committed?.[own.slot];
    return committed === undefined || typeof committed === "symbol" ? state.values[own.slot] : committed;
  });
}

/** How a change of a reference was asked for. */
interface ReferenceChange {
  readonly initiator?: Initiator | undefined;
  /** Change only if the reference holds this object now. */
  readonly onlyIf?: object;
}

/**
 * Sets a reference and keeps the other end in step.
 *
 * Errors: mapping/wrong-class, relationship/single-parent, whatever a validator throws.
 */
export function setReference(
  state: ObjectState,
  relationship: RelationshipAttribute,
  value: object | null,
  change: ReferenceChange = {},
): void {
  if (relationship.activeHistory && state.values[relationship.slot] === undefined && canLoad(state)) {
    state.owner?.loadRelationship(state, relationship);
  }
  const old = peekReference(state, relationship);
  if (change.onlyIf !== undefined && old !== UNKNOWN && old !== change.onlyIf) return;
  const checked = value === null ? null : checkMember(relationship, value);
  const oldState = stateOf(old);
  if (oldState !== undefined && old !== checked) releaseChild(oldState, relationship, state);
  const initiator = change.initiator ?? { relationship, operation: "append" };
  if (checked !== old) {
    if (checked !== null) refuseSecondParent(relationship, checked, initiator);
    cascadeReference(state, relationship, { old: oldState, value: checked, initiator });
    setOtherEnds(state, relationship, { old: oldState, value: checked, initiator });
  }
  noteChange(state, relationship.slot, old);
  const checkedState = stateOf(checked);
  if (checkedState !== undefined) takeChild(checkedState, relationship, state);
  state.values[relationship.slot] = checked;
}

function canLoad(state: ObjectState): boolean {
  return state.hasKey && state.owner?.isSync === true;
}

interface Replacement {
  readonly old: ObjectState | undefined;
  readonly value: object | null;
  readonly initiator: Initiator;
}

function cascadeReference(
  state: ObjectState,
  relationship: RelationshipAttribute,
  change: Replacement,
): void {
  const owner = state.owner;
  if (owner === undefined) return;
  const valueState = stateOf(change.value);
  if (valueState !== undefined) cascadeSave(state, relationship, valueState, change.initiator);
  if (change.old === undefined || !relationship.cascades.has("delete-orphan")) return;
  if (owner.isPending(change.old) && isOrphan(change.old, relationship.target)) owner.expunge(change.old);
}

function setOtherEnds(state: ObjectState, relationship: RelationshipAttribute, change: Replacement): void {
  const { initiator } = change;
  for (const reverse of relationship.inStep) {
    if (change.old !== undefined && !isFrom(initiator, reverse, reverse.isCollection ? "remove" : "append")) {
      detachFrom(change.old, reverse, state.object, { relationship, operation: "append" });
    }
    const valueState = stateOf(change.value);
    if (
      valueState !== undefined &&
      !isFrom(initiator, reverse, "append") &&
      !isFrom(initiator, reverse, "bulk")
    ) {
      attachTo(valueState, reverse, state.object, initiator);
    }
  }
}

function isFrom(
  initiator: Initiator,
  relationship: RelationshipAttribute,
  operation: Initiator["operation"],
): boolean {
  return initiator.relationship === relationship && initiator.operation === operation;
}

// ---------------------------------------------------------------- either shape, on behalf of the other end

function attachTo(
  state: ObjectState,
  relationship: RelationshipAttribute,
  member: object,
  initiator: Initiator,
): void {
  if (!relationship.isCollection) {
    setReference(state, relationship, member, { initiator });
    return;
  }
  const collection = collectionForChange(state, relationship);
  if (collection !== undefined) {
    collection.add(member, initiator);
    return;
  }
  const added = adding(state, relationship, member, initiator);
  pendingOf(state, relationship).add(added);
}

function detachFrom(
  state: ObjectState,
  relationship: RelationshipAttribute,
  member: object,
  initiator: Initiator,
): void {
  if (!relationship.isCollection) {
    setReference(state, relationship, null, { initiator, onlyIf: member });
    return;
  }
  const collection = collectionForChange(state, relationship);
  if (collection !== undefined) {
    collection.remove(member, initiator);
    return;
  }
  removing(state, relationship, member, initiator);
  pendingOf(state, relationship).remove(member);
}

function queuesOf(state: ObjectState): Map<number, PendingChanges> {
  if (state.owner?.isFlushing === true && !isSettling) {
    state.pendingNext ??= new Map();
    return state.pendingNext;
  }
  state.pending ??= new Map();
  return state.pending;
}

function pendingOf(state: ObjectState, relationship: RelationshipAttribute): PendingChanges {
  const bySlot = queuesOf(state);
  let pending = bySlot.get(relationship.slot);
  if (pending === undefined) {
    pending = new PendingChanges();
    bySlot.set(relationship.slot, pending);
  }
  return pending;
}

// ---------------------------------------------------------------- collections

/** The collection to change; undefined when the object has a row whose members are not loaded. */
function collectionForChange(
  state: ObjectState,
  relationship: RelationshipAttribute,
): TrackedCollection | undefined {
  const loaded = state.values[relationship.slot] as TrackedCollection | undefined;
  if (loaded !== undefined || state.hasKey) return loaded;
  return emptyCollection(state, relationship);
}

/** The collection of an object that has none yet: handed out at once, counted as a value from its first change. */
export function emptyCollection(state: ObjectState, relationship: RelationshipAttribute): TrackedCollection {
  state.empties ??= new Map();
  let collection = state.empties.get(relationship.slot);
  if (collection === undefined) {
    collection = trackedCollection([], new CollectionOwner(state, relationship));
    state.empties.set(relationship.slot, collection);
  }
  return collection;
}

/** Adds to a collection that may not be loaded: queued then. */
export function addMember(state: ObjectState, relationship: RelationshipAttribute, member: object): void {
  attachTo(state, relationship, member, { relationship, operation: "append" });
}

/**
 * Removes from a collection that may not be loaded: queued then.
 *
 * Errors: relationship/not-a-member where the member's own key says so.
 */
export function removeMember(state: ObjectState, relationship: RelationshipAttribute, member: object): void {
  if (belongsElsewhere(state, relationship, member)) {
    throw fail("relationship/not-a-member", { attribute: `${relationship.mapper.name}.${relationship.key}` });
  }
  detachFrom(state, relationship, member, { relationship, operation: "remove" });
}

/** Whether the foreign key of a member is known to name another object, and nothing in memory says otherwise. */
function belongsElsewhere(
  state: ObjectState,
  { direction, slot, synchronizePairs }: RelationshipAttribute,
  member: object,
): boolean {
  const memberState = stateOf(member);
  if (direction !== "oneToMany" || memberState?.hasKey !== true || state.values[slot] !== undefined)
    return false;
  if (state.pending?.get(slot)?.added.includes(member)) return false;
  return synchronizePairs.some(({ from, to }) => {
    const own = state.mapper.columnByNode.get(from);
    const theirs = memberState.mapper.columnByNode.get(to);
    const value = own && state.values[own.slot];
    const reference = theirs && memberState.values[theirs.slot];
    if (own === undefined || value === undefined || reference === undefined) return false;
    return reference === null || !own.column.type.equal(reference, value);
  });
}

/** The events of one object's collection. */
class CollectionOwner implements CollectionEvents {
  readonly #state: ObjectState;
  readonly relationship: RelationshipAttribute;

  constructor(state: ObjectState, relationship: RelationshipAttribute) {
    this.#state = state;
    this.relationship = relationship;
  }

  adding(member: object, initiator: Initiator | undefined): object {
    adoptEmpty(this.#state, this.relationship);
    return adding(this.#state, this.relationship, member, initiator);
  }

  removing(member: object, initiator: Initiator | undefined): void {
    removing(this.#state, this.relationship, member, initiator);
  }

  changing(): void {
    noteCollectionChange(this.#state, this.relationship);
  }
}

function adoptEmpty(state: ObjectState, relationship: RelationshipAttribute): void {
  const empty = state.empties?.get(relationship.slot);
  if (empty === undefined) return;
  state.empties?.delete(relationship.slot);
  state.values[relationship.slot] ??= empty;
}

function adding(
  state: ObjectState,
  relationship: RelationshipAttribute,
  member: object,
  initiator: Initiator = { relationship, operation: "append" },
): object {
  const checked = checkMember(relationship, member);
  const memberState = stateOf(checked) as ObjectState;
  refuseSecondParent(relationship, checked, initiator);
  cascadeSave(state, relationship, memberState, initiator);
  for (const reverse of relationship.inStep) {
    if (isFrom(initiator, reverse, "append") || isFrom(initiator, reverse, "bulk")) continue;
    attachTo(memberState, reverse, state.object, initiator);
  }
  noteCollectionChange(state, relationship);
  takeChild(memberState, relationship, state);
  return checked;
}

function removing(
  state: ObjectState,
  relationship: RelationshipAttribute,
  member: object,
  initiator: Initiator = { relationship, operation: "remove" },
): void {
  const memberState = stateOf(member) as ObjectState;
  const collection = state.values[relationship.slot] as TrackedCollection | undefined;
  // As in the middle of a swap: the member stands in another place as well, and so has not lost its parent.
  const staysAsDuplicate = (collection?.count(member) ?? 0) > 1;
  if (!staysAsDuplicate) {
    releaseChild(memberState, relationship, state);
    dropOrphan(state, relationship, memberState);
  }
  for (const reverse of relationship.inStep) {
    const isOwnEcho = reverse.isCollection
      ? isFrom(initiator, reverse, "remove") || isFrom(initiator, reverse, "bulk")
      : isFrom(initiator, reverse, "remove") || isFrom(initiator, reverse, "append");
    if (isOwnEcho || (!reverse.isCollection && staysAsDuplicate)) continue;
    detachFrom(memberState, reverse, state.object, initiator);
  }
  noteCollectionChange(state, relationship);
}

/** A member that may not live without this parent leaves the session if it was pending. */
function dropOrphan(state: ObjectState, relationship: RelationshipAttribute, member: ObjectState): void {
  if (!relationship.cascades.has("delete-orphan") || !isOrphan(member, relationship.target)) return;
  if (state.owner?.isPending(member)) state.owner.expunge(member);
  else member.orphanedOutside = true;
}

/**
 * Replaces a collection. Members that stay are not told of; of the others each is added or removed.
 *
 * Errors: relationship/not-a-collection, mapping/wrong-class.
 */
export function setCollection(state: ObjectState, relationship: RelationshipAttribute, value: unknown): void {
  if (isNeverLoaded(relationship) && state.hasKey) {
    throw fail("relationship/never-loaded", {
      attribute: `${relationship.mapper.name}.${relationship.key}`,
      what: "replaced",
    });
  }
  const members = membersOf(relationship, value).map((member) => checkMember(relationship, member));
  const old = collectionToReplace(state, relationship);
  if (old !== undefined && old.value === value) return;
  const oldMembers = old?.members() ?? NO_MEMBERS;
  noteChange(state, relationship.slot, old === undefined && state.hasKey ? UNKNOWN : oldMembers);
  state.empties?.delete(relationship.slot);
  const collection = trackedCollection([], new CollectionOwner(state, relationship));
  state.values[relationship.slot] = collection;
  const initiator: Initiator = { relationship, operation: "bulk" };
  if (oldMembers.length === 0) for (const member of members) collection.add(member, initiator);
  else replaceMembers(state, collection, { oldMembers, members, initiator });
  old?.release();
}

/** Members that stay are not told of; of the others each is added or removed. */
function replaceMembers(
  state: ObjectState,
  collection: TrackedCollection,
  change: { oldMembers: readonly object[]; members: readonly object[]; initiator: Initiator },
): void {
  const { oldMembers, members, initiator } = change;
  const before = new Set(oldMembers);
  for (const member of members) {
    if (before.has(member)) collection.addQuietly(member);
    else collection.add(member, initiator);
  }
  const after = new Set(members);
  for (const member of before) {
    if (!after.has(member)) removing(state, initiator.relationship, member, initiator);
  }
}

const NO_MEMBERS: readonly object[] = Object.freeze([]);

/** The present members, loaded where that can be done at once. Undefined: only the database knows them. */
function collectionToReplace(
  state: ObjectState,
  relationship: RelationshipAttribute,
): TrackedCollection | undefined {
  if (!state.hasKey) {
    return (
      (state.values[relationship.slot] as TrackedCollection | undefined) ??
      state.empties?.get(relationship.slot)
    );
  }
  if (state.values[relationship.slot] === undefined && canLoad(state)) {
    state.owner?.loadRelationship(state, relationship);
  }
  return state.values[relationship.slot] as TrackedCollection | undefined;
}

function membersOf(relationship: RelationshipAttribute, value: unknown): object[] {
  const attribute = `${relationship.mapper.name}.${relationship.key}`;
  if (value instanceof Map) return Array.from(value.values());
  if (Array.isArray(value) || value instanceof Set) return Array.from(value);
  throw fail("relationship/not-a-collection", { attribute, got: value });
}

// ---------------------------------------------------------------- loading

/** Makes what was loaded the committed value of a collection, with the queued changes merged into it. */
export function setLoadedCollection(
  state: ObjectState,
  relationship: RelationshipAttribute,
  members: readonly object[],
): void {
  const collection = trackedCollection(members, new CollectionOwner(state, relationship));
  state.values[relationship.slot] = collection;
  if (state.committed !== undefined) state.committed[relationship.slot] = undefined;
  const { pending, pendingNext } = state;
  if (pending?.has(relationship.slot))
    applyQueued(state, collection, pending, changesNow(state), relationship.slot);
  if (pendingNext?.has(relationship.slot))
    applyQueued(state, collection, pendingNext, changesNext(state), relationship.slot);
}

/** Merges the changes that were queued for a collection, and notes them as changes of it. */
function applyQueued(
  state: ObjectState,
  collection: TrackedCollection,
  queues: Map<number, PendingChanges>,
  changes: unknown[],
  slot: number,
): void {
  const { added, removed } = queues.get(slot) as PendingChanges;
  queues.delete(slot);
  const members = collection.members();
  record(state, changes, slot, members);
  const present = new Set(members);
  for (const member of added) if (!present.has(member)) collection.addQuietly(member);
  for (const member of removed) collection.removeQuietly(member);
}

/** Makes what was loaded the committed value of a reference. */
export function setLoadedReference(
  state: ObjectState,
  relationship: RelationshipAttribute,
  value: object | null,
): void {
  state.values[relationship.slot] = value;
  if (state.committed !== undefined) state.committed[relationship.slot] = undefined;
}

/** Tells the members that a replaced, unloaded collection turned out to have had that they are out. */
export function settleReplacedCollection(
  state: ObjectState,
  relationship: RelationshipAttribute,
  original: readonly object[],
): void {
  if (state.committed !== undefined) state.committed[relationship.slot] = Array.from(original);
  const current = new Set((state.values[relationship.slot] as TrackedCollection).members());
  const initiator: Initiator = { relationship, operation: "bulk" };
  isSettling = true;
  try {
    for (const member of original) if (!current.has(member)) removing(state, relationship, member, initiator);
  } finally {
    isSettling = false;
  }
}

// ---------------------------------------------------------------- checks and the cascade

function cascadeSave(
  state: ObjectState,
  relationship: RelationshipAttribute,
  member: ObjectState,
  initiator: Initiator,
): void {
  const owner = state.owner;
  // A change on the other end does not pull its object in: `child.parent = attached` leaves the child outside.
  const isOwnChange = initiator.relationship.key === relationship.key;
  if (owner === undefined || !isOwnChange || owner.holds(member)) return;
  if (relationship.cascades.has("save-update")) owner.cascadeSave(member);
}

function refuseSecondParent(relationship: RelationshipAttribute, member: object, initiator: Initiator): void {
  if (!relationship.singleParent || initiator.relationship.key !== relationship.key) return;
  const memberState = stateOf(member) as ObjectState;
  if (hasParent(memberState, relationship)) {
    throw fail("relationship/single-parent", {
      attribute: `${relationship.mapper.name}.${relationship.key}`,
      member: memberState.mapper.name,
    });
  }
}

function checkMember(relationship: RelationshipAttribute, member: unknown): object {
  const memberState = stateOf(member);
  let mapper = memberState?.mapper;
  while (mapper !== undefined && mapper !== relationship.target) mapper = mapper.inherits;
  if (memberState === undefined || mapper === undefined) {
    throw fail("mapping/wrong-class", {
      where: `${relationship.mapper.name}.${relationship.key}`,
      expected: relationship.target.name,
      got: member,
    });
  }
  return relationship.validate?.(member as object, relationship.key) ?? (member as object);
}
