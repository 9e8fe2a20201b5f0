/**
 * The objects that came together in one result. Loading what one of them lacks loads it for all that lack it.
 */
import type { ObjectState } from "./object-state.ts";

/** One result's objects of one class. Who is detached, or comes in another result, leaves: it keeps nobody alive. */
export class Cohort {
  readonly #members: Set<ObjectState>;
  #portions: Map<number, number> | undefined = undefined;

  /** Takes over the set, which is not used otherwise any more. */
  constructor(members: Set<ObjectState> = new Set()) {
    this.#members = members;
    for (const state of members) this.#admit(state);
  }

  add(state: ObjectState): void {
    if (state.cohort === this) return;
    this.#members.add(state);
    this.#admit(state);
  }

  leave(state: ObjectState): void {
    this.#members.delete(state);
    state.cohort = undefined;
  }

  #admit(state: ObjectState): void {
    state.cohort?.leave(state);
    state.cohort = this;
  }

  /** In the order in which they came. */
  get members(): ReadonlySet<ObjectState> {
    return this.#members;
  }

  /** How many objects the next cautious load of a slot serves: 1, 2, 4 … */
  nextPortion(slot: number): number {
    this.#portions ??= new Map();
    const portion = this.#portions.get(slot) ?? 1;
    this.#portions.set(slot, portion * 2);
    return portion;
  }
}
