/**
 * Which objects of a result lack something: the siblings that one load serves.
 */
import type { ObjectState } from "../state/object-state.ts";

/**
 * Gives the objects that came with this one, are still in its session, and lack the same, `most` at most: the object
 * itself, whether it lacks it or not, those that came after it, those before.
 */
export function siblingsLacking(
  state: ObjectState,
  lacks: (sibling: ObjectState) => boolean,
  most = Number.POSITIVE_INFINITY,
): ObjectState[] {
  const lacking = [state];
  if (state.cohort === undefined || most === 1) return lacking;
  for (const sibling of state.cohort.othersFrom(state)) {
    if (lacking.length >= most) break;
    if (isLoadable(sibling, state) && lacks(sibling)) lacking.push(sibling);
  }
  return lacking;
}

/** Whether the sibling can be loaded by a statement for the object: not what was dropped, deleted, or of another class. */
function isLoadable({ owner, key, deleted, mapper }: ObjectState, state: ObjectState): boolean {
  return owner === state.owner && key !== undefined && !deleted && mapper === state.mapper;
}
