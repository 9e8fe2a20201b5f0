/**
 * The objects that came together in one result. Loading what one of them lacks loads it for all that lack it.
 */
import { type Arrival, arrivalOf, type ObjectState, stateOf } from "./object-state.ts";

/** One result's objects of one class. Who is detached, or comes in another result, leaves: it keeps nobody alive. */
export class Cohort {
  #members: object[] = [];
  /** Of them, those that have left. */
  #gone = 0;
  #portions: Map<number, number> | undefined = undefined;

  /** Adds objects that came together; those of them that are fresh are of this arrival. */
  gather(objects: readonly object[], arrival: Arrival): void {
    for (let index = 0; index < objects.length; index += 1) {
      const object = objects[index] as object;
      if (arrivalOf(object) === undefined) this.#add(stateOf(object) as ObjectState);
      else this.#members.push(object);
    }
    arrival.cohort = this;
  }

  #add(state: ObjectState): void {
    if (state.cohort === this) return;
    if (this.#gone > 0) this.#forgetGone();
    state.cohort?.leave(state);
    state.cohort = this;
    this.#members.push(state.object);
  }

  leave(state: ObjectState): void {
    state.cohort = undefined;
    this.#gone += 1;
    // Now and then, so that leaving one by one takes a time that grows with the number only.
    if (this.#gone * 2 > this.#members.length) this.#forgetGone();
  }

  #forgetGone(): void {
    this.#members = this.#members.filter((object) => (arrivalOf(object) ?? stateOf(object))?.cohort === this);
    this.#gone = 0;
  }

  /** In the order in which they came; some may have left, and have another cohort or none. */
  get members(): readonly object[] {
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
