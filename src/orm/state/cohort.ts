/**
 * The objects that came together in one result. Loading a relationship of one loads it for all that lack it.
 */
import type { ObjectState } from "./object-state.ts";

/** One result's objects of one class. A state leaves it when it is detached, so that it keeps nothing alive. */
export class Cohort {
  readonly members: ObjectState[];
  #portions: Map<number, number> | undefined = undefined;

  /** Takes the list as its own; whose cohort these objects have is set by the caller. */
  constructor(members: ObjectState[] = []) {
    this.members = members;
  }

  add(state: ObjectState): void {
    this.members.push(state);
    state.cohort = this;
  }

  /** How many objects the next cautious load of an attribute serves: 1, 2, 4 … */
  nextPortion(slot: number): number {
    this.#portions ??= new Map();
    const portion = this.#portions.get(slot) ?? 1;
    this.#portions.set(slot, portion * 2);
    return portion;
  }
}
