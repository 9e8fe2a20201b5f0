/**
 * The objects that came together in one result. Loading what one of them lacks loads it for all that lack it.
 */
import type { ObjectState } from "./object-state.ts";

/** One result's objects of one class. Who is detached, or comes in another result, leaves: it keeps nobody alive. */
export class Cohort {
  #members: ObjectState[] = [];
  /** Of them, those that have left. */
  #gone = 0;
  #portions: Map<number, number> | undefined = undefined;

  constructor(members: readonly ObjectState[] = []) {
    for (let index = 0; index < members.length; index += 1) this.add(members[index] as ObjectState);
  }

  add(state: ObjectState): void {
    if (state.cohort === this) return;
    if (this.#gone > 0) this.#forgetGone();
    state.cohort?.leave(state);
    state.cohort = this;
    this.#members.push(state);
  }

  leave(state: ObjectState): void {
    state.cohort = undefined;
    this.#gone += 1;
    // Now and then, so that leaving one by one takes a time that grows with the number only.
    if (this.#gone * 2 > this.#members.length) this.#forgetGone();
  }

  #forgetGone(): void {
    this.#members = this.#members.filter(({ cohort }) => cohort === this);
    this.#gone = 0;
  }

  /** In the order in which they came; some may have left, and have another cohort or none. */
  get members(): readonly ObjectState[] {
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
