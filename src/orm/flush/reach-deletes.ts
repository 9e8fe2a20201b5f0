/**
 * What a delete reaches: related objects along `delete` cascades, loaded where memory does not know them.
 */
import type { Io } from "../../io/ask.ts";
import type { RelationshipAttribute } from "../mapping/mapper.ts";
import { presentMembers } from "../state/cascades.ts";
import type { ObjectState } from "../state/object-state.ts";
import type { Lookup } from "./lookup.ts";

/**
 * The objects that deleting `start` deletes with it, depth first, each once, `start` left out.
 *
 * Shape:  loads each unloaded relationship with a `delete` cascade, unless `passiveDeletes` leaves it to the database.
 */
export function* reachDeletes(lookup: Lookup, start: ObjectState): Io<ObjectState[]> {
  const reached: ObjectState[] = [];
  const visited = new Set<ObjectState>([start]);
  // Each level of the walk is a queue of objects below one relationship.
  const stack: { state: ObjectState; relationship: number; queue: ObjectState[] }[] = [
    { state: start, relationship: 0, queue: [] },
  ];
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    const next = top.queue.shift();
    if (next !== undefined) {
      reached.push(next);
      stack.push({ state: next, relationship: 0, queue: [] });
      continue;
    }
    const relationship = top.state.mapper.relationships[top.relationship++];
    if (relationship === undefined) {
      stack.pop();
      continue;
    }
    if (!relationship.cascades.has("delete")) continue;
    const members = yield* membersToDelete(lookup, top.state, relationship);
    top.queue = members.filter((member) => !visited.has(member));
    for (const member of top.queue) visited.add(member);
  }
  return reached;
}

/**
 * Loads what {@link reachDeletes} will need of several objects, level by level, each relationship in one statement as
 * far as its strategy allows.
 */
export function* loadForDeletes(lookup: Lookup, starts: readonly ObjectState[]): Io<void> {
  const visited = new Set(starts);
  for (let level: readonly ObjectState[] = starts; level.length > 1; ) {
    const byRelationship = new Map<RelationshipAttribute, ObjectState[]>();
    for (const state of level) {
      for (const relationship of state.mapper.relationships) {
        if (!relationship.cascades.has("delete") || relationship.lazy === "writeOnly") continue;
        const states = byRelationship.get(relationship);
        if (states === undefined) byRelationship.set(relationship, [state]);
        else states.push(state);
      }
    }
    const next: ObjectState[] = [];
    for (const [relationship, states] of byRelationship) {
      if (relationship.passiveDeletes === false) {
        const lacking = states.filter((state) => isUnknown(state, relationship));
        if (lacking.length > 1) yield* lookup.loadTogether(lacking, relationship);
      }
      for (const member of states.flatMap((state) => presentMembers(state, relationship))) {
        if (!visited.has(member)) next.push(member);
        visited.add(member);
      }
    }
    level = next;
  }
}

function isUnknown(state: ObjectState, relationship: RelationshipAttribute): boolean {
  return state.values[relationship.slot] === undefined && state.key !== undefined;
}

function* membersToDelete(
  lookup: Lookup,
  state: ObjectState,
  relationship: RelationshipAttribute,
): Io<ObjectState[]> {
  if (isUnknown(state, relationship) && state.owner !== undefined && relationship.passiveDeletes === false) {
    yield* lookup.load(state, relationship);
  }
  return presentMembers(state, relationship);
}
