/**
 * Sets of objects, as an application sees what a session holds.
 */
import type { ObjectState } from "../state/object-state.ts";

/** The objects of some states, without those of others. */
export function objectsOf(
  states: Iterable<ObjectState>,
  without?: ReadonlySet<ObjectState>,
): ReadonlySet<object> {
  const objects = new Set<object>();
  for (const state of states) if (without?.has(state) !== true) objects.add(state.object);
  return objects;
}
