/**
 * What a delete reaches: related objects along `delete` cascades, loaded where memory does not know them.
 */
import type { Io } from "../../io/ask.ts";
import type { Mapper, RelationshipAttribute } from "../mapping/mapper.ts";
import { presentMembers } from "../state/cascades.ts";
import type { ObjectState } from "../state/object-state.ts";
import type { Lookup } from "./lookup.ts";

/**
 * Some objects, each followed by those that deleting it deletes with it, depth first, each once.
 *
 * Shape:  loads each unloaded relationship with a `delete` cascade, unless `passiveDeletes` leaves it to the database.
 */
export function* reachDeletes(lookup: Lookup, starts: readonly ObjectState[]): Io<readonly ObjectState[]> {
  if (starts.every(({ mapper }) => deleteCascades(mapper).length === 0)) return starts;
  const reached: ObjectState[] = [];
  const visited = new Set(starts);
  // Each level of the walk is a queue of objects below one relationship.
  const stack: Level[] = [new Level(undefined, starts)];
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    const next = top.queue[top.next++];
    if (next !== undefined) {
      reached.push(next);
      if (deleteCascades(next.mapper).length > 0) stack.push(new Level(next, NO_STATES));
      continue;
    }
    const relationship = top.relationships[top.relationship++];
    if (relationship === undefined) {
      stack.pop();
      continue;
    }
    const state = top.state as ObjectState;
    if (isUnknown(state, relationship) && state.owner !== undefined && relationship.passiveDeletes === false)
      yield* lookup.load(state, relationship);
    const members = presentMembers(state, relationship);
    if (members.length === 0) continue;
    const queue: ObjectState[] = [];
    for (const member of members) {
      if (visited.has(member)) continue;
      visited.add(member);
      queue.push(member);
    }
    top.queue = queue;
    top.next = 0;
  }
  return reached;
}

class Level {
  /** Undefined above the objects where the walk begins. */
  readonly state: ObjectState | undefined;
  readonly relationships: readonly RelationshipAttribute[];
  relationship = 0;
  queue: readonly ObjectState[];
  next = 0;

  constructor(state: ObjectState | undefined, queue: readonly ObjectState[]) {
    this.state = state;
    this.relationships = state === undefined ? [] : deleteCascades(state.mapper);
    this.queue = queue;
  }
}

const NO_STATES: readonly ObjectState[] = Object.freeze([]);

const cascadesByMapper = new WeakMap<Mapper, readonly RelationshipAttribute[]>();

/** The relationships along which deletes go on. */
function deleteCascades(mapper: Mapper): readonly RelationshipAttribute[] {
  let relationships = cascadesByMapper.get(mapper);
  if (relationships === undefined) {
    relationships = mapper.relationships.filter(({ cascades }) => cascades.has("delete"));
    cascadesByMapper.set(mapper, relationships);
  }
  return relationships;
}

/**
 * Loads what {@link reachDeletes} will need of several objects, level by level, each relationship in one statement as
 * far as its strategy allows.
 */
export function* loadForDeletes(lookup: Lookup, starts: readonly ObjectState[]): Io<void> {
  const visited = new Set(starts);
  for (let level: readonly ObjectState[] = starts; level.length > 1; ) {
    const next: ObjectState[] = [];
    for (const [relationship, states] of parentsByCascade(level)) {
      if (relationship.passiveDeletes === false) {
        const lacking = states.filter((state) => isUnknown(state, relationship));
        if (lacking.length > 1) yield* lookup.loadTogether(lacking, relationship);
      }
      putMembers(next, visited, states, relationship);
    }
    level = next;
  }
}

/** The objects of a level by the relationships along which their deletes go on. */
function parentsByCascade(level: readonly ObjectState[]): Map<RelationshipAttribute, ObjectState[]> {
  const byRelationship = new Map<RelationshipAttribute, ObjectState[]>();
  for (const state of level) {
    for (const relationship of deleteCascades(state.mapper)) {
      if (relationship.lazy === "writeOnly") continue;
      const states = byRelationship.get(relationship);
      if (states === undefined) byRelationship.set(relationship, [state]);
      else states.push(state);
    }
  }
  return byRelationship;
}

/** Puts the members that are not visited yet into the next level. */
function putMembers(
  next: ObjectState[],
  visited: Set<ObjectState>,
  states: readonly ObjectState[],
  relationship: RelationshipAttribute,
): void {
  for (const state of states) {
    for (const member of presentMembers(state, relationship)) {
      if (!visited.has(member)) next.push(member);
      visited.add(member);
    }
  }
}

function isUnknown(state: ObjectState, relationship: RelationshipAttribute): boolean {
  return state.values[relationship.slot] === undefined && state.hasKey;
}
