/**
 * Which objects of a result lack something: the siblings that one load serves.
 */
import type { ObjectState } from "../state/object-state.ts";

/**
 * Gives the objects that came with this one, are still in its session, and lack the attribute too; the object itself
 * first, whether it lacks the attribute or not.
 */
export function siblingsLacking(state: ObjectState, slot: number): ObjectState[] {
  const cohort = state.cohort;
  const lacking = [state];
  if (cohort === undefined) return lacking;
  for (const member of cohort.members) {
    if (member === state || member.cohort !== cohort) continue;
    if (member.owner !== state.owner || member.key === undefined || member.deleted) continue;
    if (member.mapper === state.mapper && member.values[slot] === undefined) lacking.push(member);
  }
  return lacking;
}
