/**
 * The objects that came together in one result. Loading a relationship of one loads it for all that lack it.
 */
import type { ObjectState } from "./object-state.ts";

/** One result's objects of one class. A state leaves it when it is detached, so that it keeps nothing alive. */
export class Cohort {
  readonly members: ObjectState[] = [];

  add(state: ObjectState): void {
    this.members.push(state);
    state.cohort = this;
  }
}
