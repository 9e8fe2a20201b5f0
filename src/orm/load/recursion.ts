/**
 * Which objects of a class take part in loading its relationship to itself, level by level. Each object once, so that
 * rows which refer to each other in a circle end it. Pure.
 */
import { type ObjectState, stateOf } from "../state/object-state.ts";

/** What the levels of a relationship that is loaded to a depth know of each other. */
export class Recursion {
  /** What was made or overwritten by any level, and is not to be overwritten again. */
  readonly overwritten: WeakSet<object>;
  /** Whether another level comes behind the present one. */
  continues = false;
  readonly #met: Set<ObjectState>;
  readonly #followed = new Set<ObjectState>();
  readonly #found = new Set<ObjectState>();

  /** `met`: the roots, if they were loaded as what is found will be. */
  constructor(met: readonly ObjectState[], overwritten: readonly object[]) {
    this.#met = new Set(met);
    this.overwritten = new WeakSet(overwritten);
  }

  /** Begins the level that looks for what these objects refer to. */
  begin(parents: readonly ObjectState[], continues: boolean): void {
    for (const parent of parents) this.#followed.add(parent);
    this.#found.clear();
    this.continues = continues;
  }

  /** Whether a level before this one loaded an object, as this one would: no need to ask for it again. */
  hasMet(state: ObjectState): boolean {
    return this.#met.has(state);
  }

  /** Takes what the level finds. */
  note(objects: readonly object[] | undefined): void {
    for (const object of objects ?? []) {
      const state = stateOf(object);
      if (state !== undefined) this.#found.add(state);
    }
  }

  /** Ends the level; gives what it found and no level has followed. */
  end(): ObjectState[] {
    for (const state of this.#found) this.#met.add(state);
    return [...this.#found].filter((state) => !this.#followed.has(state));
  }
}
