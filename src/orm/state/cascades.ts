/**
 * What else an operation on one object reaches: its related objects, as far as the cascade of each relationship says.
 * From memory alone; deleting, which loads, walks in `flush/reach-deletes.ts`.
 */
import type { CascadeName, RelationshipAttribute } from "../mapping/mapper.ts";
import type { TrackedCollection } from "./collection.ts";
import { type ObjectState, stateOf } from "./object-state.ts";

/** The related objects that are there now, from memory alone. */
export function presentMembers(
  state: ObjectState,
  relationship: RelationshipAttribute,
): readonly ObjectState[] {
  const value = state.values[relationship.slot];
  if (value === undefined || value === null) return NO_STATES;
  if (!relationship.isCollection) {
    const state = stateOf(value);
    return state === undefined ? NO_STATES : [state];
  }
  const members = (value as TrackedCollection).members();
  return statesOf(members);
}

/** New ones first, then those that stayed, then those it lost since the last flush. */
export function knownMembers(
  state: ObjectState,
  relationship: RelationshipAttribute,
): readonly ObjectState[] {
  const present = presentMembers(state, relationship);
  const committed = state.committed?.[relationship.slot];
  if (state.values[relationship.slot] === undefined || committed === undefined) return present;
  if (Array.isArray(committed) ? committed.length === 0 : typeof committed === "symbol") return present;
  const before = statesOf(Array.isArray(committed) ? committed : [committed]);
  if (!relationship.isCollection) return [...present, ...before.filter((member) => member !== present[0])];
  const wasThere = new Set(before);
  const isThere = new Set(present);
  return [
    ...present.filter((member) => !wasThere.has(member)),
    ...present.filter((member) => wasThere.has(member)),
    ...before.filter((member) => !isThere.has(member)),
  ];
}

const NO_STATES: readonly ObjectState[] = Object.freeze([]);

function statesOf(members: readonly unknown[]): readonly ObjectState[] {
  if (members.length === 0) return NO_STATES;
  const states = members.map(stateOf);
  return (
    states.includes(undefined) ? states.filter((state) => state !== undefined) : states
  ) as ObjectState[];
}

/** A cascade that needs no database. */
export type MemoryCascade = Exclude<CascadeName, "delete" | "delete-orphan">;

/**
 * The objects that a cascade reaches from `start`, depth first, relationships in declared order, each object once and
 * `start` itself left out. `halt` stops at an object (and what is behind it).
 */
export function reach(
  start: ObjectState,
  cascade: MemoryCascade,
  halt?: (state: ObjectState) => boolean,
): ObjectState[] {
  const walk: Walk = { cascade, halt, reached: [], visited: undefined, nextRelationship: 0 };
  // What is open: an object, the relationship that comes next, and the members of the last one that are left.
  const stack: Step[] = [];
  descend(walk, start, start, stack);
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    if (top.nextMember >= top.members.length) {
      top.members = nextMembers(walk, start, top.state, top.nextRelationship);
      top.nextRelationship = walk.nextRelationship;
      top.nextMember = 0;
    }
    const next = top.members[top.nextMember++];
    if (next === undefined) {
      stack.pop();
      continue;
    }
    walk.reached.push(next);
    descend(walk, start, next, stack);
  }
  return walk.reached;
}

/** Opens an object. Most lead nowhere: what they refer to was visited. */
function descend(walk: Walk, start: ObjectState, state: ObjectState, stack: Step[]): void {
  const members = nextMembers(walk, start, state, 0);
  if (members.length === 0) return;
  stack.push({ state, nextRelationship: walk.nextRelationship, members, nextMember: 0 });
}

interface Walk {
  readonly cascade: MemoryCascade;
  readonly halt: ((state: ObjectState) => boolean) | undefined;
  readonly reached: ObjectState[];
  /** Made with the first object that is reached. */
  visited: Set<ObjectState> | undefined;
  /** Where {@link nextMembers} goes on. */
  nextRelationship: number;
}

interface Step {
  readonly state: ObjectState;
  nextRelationship: number;
  members: readonly ObjectState[];
  nextMember: number;
}

/** The members of the next relationship that has any: asked for only when those before it are done. */
function nextMembers(
  walk: Walk,
  start: ObjectState,
  state: ObjectState,
  from: number,
): readonly ObjectState[] {
  const { relationships } = state.mapper;
  for (let index = from; index < relationships.length; index++) {
    const relationship = relationships[index] as RelationshipAttribute;
    const value = state.values[relationship.slot];
    if (value === undefined || !relationship.cascades.has(walk.cascade)) continue;
    // Most references lead back to where the walk came from.
    if (!relationship.isCollection && isDone(walk, start, state, relationship, value)) continue;
    const members = notYetVisited(walk, start, state, relationship);
    if (members.length === 0) continue;
    walk.nextRelationship = index + 1;
    return members;
  }
  walk.nextRelationship = relationships.length;
  return NO_STATES;
}

/** Whether a reference holds what was visited, and held nothing else before. */
function isDone(
  walk: Walk,
  start: ObjectState,
  { committed }: ObjectState,
  { slot }: RelationshipAttribute,
  value: unknown,
): boolean {
  const before = committed?.[slot];
  if (typeof before === "object" && before !== null) return false;
  const held = stateOf(value);
  return held === undefined || held === start || walk.visited?.has(held) === true;
}

/** The not yet visited members of one relationship: all of them count as visited before any is descended into. */
function notYetVisited(
  walk: Walk,
  start: ObjectState,
  state: ObjectState,
  relationship: RelationshipAttribute,
): readonly ObjectState[] {
  const { cascade } = walk;
  // Saving follows what was lost, too, so that its foreign key is written.
  const members =
    cascade === "save-update" ? knownMembers(state, relationship) : presentMembers(state, relationship);
  // Mostly there is one, or all are new.
  if (members.length === 1) {
    return visit(walk, start, members[0] as ObjectState, relationship) ? members : NO_STATES;
  }
  return members.length === 0 ? NO_STATES : visitAll(walk, start, members, relationship);
}

// A function of its own: one that makes a closure makes it in every call.
function visitAll(
  walk: Walk,
  start: ObjectState,
  members: readonly ObjectState[],
  relationship: RelationshipAttribute,
): readonly ObjectState[] {
  return members.filter((member) => visit(walk, start, member, relationship));
}

/** Counts a member as visited. False: it was, or the walk stops before it. */
function visit(
  walk: Walk,
  start: ObjectState,
  member: ObjectState,
  relationship: RelationshipAttribute,
): boolean {
  if (member === start || walk.visited?.has(member) === true || walk.halt?.(member) === true) return false;
  // A pending object has nothing to refresh; one that cannot exist alone is expired with its parent (expunged).
  const skipsPending = walk.cascade === "refresh-expire" && !relationship.cascades.has("delete-orphan");
  if (skipsPending && !member.hasKey) return false;
  walk.visited ??= new Set();
  walk.visited.add(member);
  return true;
}
