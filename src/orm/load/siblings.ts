/**
 * Which objects of a result lack something: the siblings that one load serves.
 */
import { type ObjectState, stateOf } from "../state/object-state.ts";

/**
 * Gives the objects that came with this one, are still in its session, and lack the same, `most` at most: the object
 * itself, whether it lacks it or not, those that came after it, those before.
 */
export function siblingsLacking(
  state: ObjectState,
  lacks: (sibling: ObjectState) => boolean,
  most = Number.POSITIVE_INFINITY,
): ObjectState[] {
  const { cohort } = state;
  if (cohort === undefined || most === 1) return [state];
  const before: ObjectState[] = [];
  const after: ObjectState[] = [];
  let side = before;
  for (const object of cohort.members) {
    const sibling = stateOf(object) as ObjectState;
    if (sibling === state) side = after;
    else if (sibling.cohort === cohort && isLoadable(sibling, state) && lacks(sibling)) side.push(sibling);
    if (after.length + 1 >= most) break;
  }
  return [state, ...after, ...before].slice(0, most);
}

/** Whether the sibling can be loaded by a statement for the object: not what was dropped, deleted, or of another class. */
function isLoadable({ owner, hasKey, deleted, mapper }: ObjectState, state: ObjectState): boolean {
  return owner === state.owner && hasKey && !deleted && mapper === state.mapper;
}
