/**
 * What else an operation on one object reaches: its related objects, as far as the cascade of each relationship says.
 * From memory alone; deleting, which loads, walks in `flush/reach-deletes.ts`.
 */
import type { CascadeName, RelationshipAttribute } from "../mapping/mapper.ts";
import type { TrackedCollection } from "./collection.ts";
import { type ObjectState, stateOf } from "./object-state.ts";

/** The related objects that are there now, from memory alone. */
export function presentMembers(state: ObjectState, relationship: RelationshipAttribute): ObjectState[] {
  const value = state.values[relationship.slot];
  if (value === undefined || value === null) return [];
  return statesOf(relationship.isCollection ? (value as TrackedCollection).members() : [value]);
}

/** New ones first, then those that stayed, then those it lost since the last flush. */
export function knownMembers(state: ObjectState, relationship: RelationshipAttribute): ObjectState[] {
  const present = presentMembers(state, relationship);
  const committed = state.committed?.get(relationship.slot);
  if (state.values[relationship.slot] === undefined || committed === undefined) return present;
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

function statesOf(members: readonly unknown[]): ObjectState[] {
  const states: ObjectState[] = [];
  for (const member of members) {
    const state = stateOf(member);
    if (state !== undefined) states.push(state);
  }
  return states;
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
  const reached: ObjectState[] = [];
  const visited = new Set<ObjectState>([start]);
  const stack = [neighbours(start, cascade, visited, halt)];
  while (stack.length > 0) {
    const next = (stack.at(-1) as Iterator<ObjectState>).next();
    if (next.done === true) {
      stack.pop();
      continue;
    }
    reached.push(next.value);
    stack.push(neighbours(next.value, cascade, visited, halt));
  }
  return reached;
}

/** The not yet visited members, one relationship at a time: all of one count as visited before any is descended into. */
function neighbours(
  state: ObjectState,
  cascade: MemoryCascade,
  visited: Set<ObjectState>,
  halt: ((state: ObjectState) => boolean) | undefined,
): Iterator<ObjectState> {
  return lazily(state.mapper.relationships, (relationship) => {
    if (!relationship.cascades.has(cascade)) return [];
    // Saving follows what was lost, too, so that its foreign key is written.
    const members =
      cascade === "save-update" ? knownMembers(state, relationship) : presentMembers(state, relationship);
    // A pending object has nothing to refresh; one that cannot exist alone is expired with its parent (expunged).
    const skipsPending = cascade === "refresh-expire" && !relationship.cascades.has("delete-orphan");
    return members.filter((member) => {
      if (visited.has(member) || halt?.(member) === true) return false;
      if (skipsPending && member.key === undefined) return false;
      visited.add(member);
      return true;
    });
  });
}

/** Asks for the members of a relationship only when those of the one before it, and what is behind them, are done. */
function lazily(
  relationships: readonly RelationshipAttribute[],
  membersOf: (relationship: RelationshipAttribute) => readonly ObjectState[],
): Iterator<ObjectState> {
  let nextRelationship = 0;
  let queue: ObjectState[] = [];
  return {
    next() {
      while (queue.length === 0 && nextRelationship < relationships.length) {
        queue = membersOf(relationships[nextRelationship++] as RelationshipAttribute).slice();
      }
      const value = queue.shift();
      return value === undefined ? { done: true, value } : { done: false, value };
    },
  };
}
