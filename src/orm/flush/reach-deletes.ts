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

function* membersToDelete(
  lookup: Lookup,
  state: ObjectState,
  relationship: RelationshipAttribute,
): Io<ObjectState[]> {
  const isUnknown = state.values[relationship.slot] === undefined && state.key !== undefined;
  if (isUnknown && state.owner !== undefined && relationship.passiveDeletes === false) {
    yield* lookup.load(state, relationship);
  }
  return presentMembers(state, relationship);
}
