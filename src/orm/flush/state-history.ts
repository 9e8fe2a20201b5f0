/**
 * A relationship's changes as a flush sees them: between states.
 */
import { arrayOfOne } from "../../foundation/blank-array.ts";
import type { RelationshipAttribute } from "../mapping/mapper.ts";
import { type History, relationshipHistory } from "../state/changes.ts";
import { type ObjectState, stateOf } from "../state/object-state.ts";

/** A relationship's changes, as states. `null` stands for an empty reference. */
export class StateHistory {
  readonly added: Members;
  readonly unchanged: Members;
  readonly deleted: Members;

  constructor(added: Members, unchanged: Members, deleted: Members) {
    this.added = added;
    this.unchanged = unchanged;
    this.deleted = deleted;
  }
}

type Members = readonly (ObjectState | null)[];

const NONE: Members = Object.freeze([]);

/** A relationship's changes from memory alone; queued changes of an unloaded collection included. */
export function inMemory(state: ObjectState, relationship: RelationshipAttribute): StateHistory {
  return isPlainReference(state, relationship)
    ? referenceInMemory(state, relationship)
    : asStates(relationshipHistory(state, relationship, true));
}

/** Whether a reference holds something and did not hold another object before, as most do. */
function isPlainReference({ values, committed }: ObjectState, relationship: RelationshipAttribute): boolean {
  const current = values[relationship.slot];
  const before = committed?.[relationship.slot];
  if (relationship.isCollection || current === undefined) return false;
  return before === null || typeof before !== "object" || before === current;
}

/** What {@link asStates} would give of its history, which is not made. */
function referenceInMemory(
  { values, committed }: ObjectState,
  { slot }: RelationshipAttribute,
): StateHistory {
  const before = committed?.[slot];
  const states = arrayOfOne(stateOf(values[slot]) ?? null);
  return before === undefined || before === values[slot]
    ? new StateHistory(NONE, states, NONE)
    : new StateHistory(states, NONE, NONE);
}

/** Turns a history of objects into one of states. */
export function asStates({ added, unchanged, deleted }: History<object | null>): StateHistory {
  if (added.length === 0 && unchanged.length === 0 && deleted.length === 0) return NOTHING;
  return new StateHistory(statesOf(added), statesOf(unchanged), statesOf(deleted));
}

/** No value and no change; shared. */
export const NOTHING: StateHistory = Object.freeze(new StateHistory(NONE, NONE, NONE));

function statesOf(members: readonly (object | null)[]): Members {
  if (members.length === 0) return NONE;
  if (members.length === 1) return arrayOfOne(stateOf(members[0]) ?? null);
  return members.map((member) => stateOf(member) ?? null);
}
