/**
 * Which objects of a result lack something: the siblings that one load serves.
 */
import type { ObjectState } from "../state/object-state.ts";

/**
 * Gives the objects that came with this one, are still in its session, and lack the attribute too, `most` at most: the
 * object itself, whether it lacks the attribute or not, those that came after it, those before.
 */
export function siblingsLacking(
  state: ObjectState,
  slot: number,
  most = Number.POSITIVE_INFINITY,
): ObjectState[] {
  const cohort = state.cohort;
  const lacking = [state];
  if (cohort === undefined || most === 1) return lacking;
  const { members } = cohort;
  const start = members.indexOf(state);
  for (let step = 1; step < members.length && lacking.length < most; step++) {
    const member = members[(start + step) % members.length] as ObjectState;
    if (member === state || member.cohort !== cohort) continue;
    if (member.owner !== state.owner || !member.hasKey || member.deleted) continue;
    if (member.mapper === state.mapper && member.values[slot] === undefined) lacking.push(member);
  }
  return lacking;
}
