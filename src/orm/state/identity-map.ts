/**
 * (mapper, primary key) → object, for one session.
 */
import type { Mapper } from "../mapping/mapper.ts";
import { type IdentityKey, type KeyText, rootMapper } from "./identity-key.ts";
import { type ObjectState, stateOf } from "./object-state.ts";

/**
 * The objects of one session by identity. Holds them strongly until they are removed; it holds the objects, not their
 * states, because an object that is only read has none.
 */
export class IdentityMap implements Iterable<ObjectState> {
  readonly #byMapper = new Map<Mapper, Map<KeyText, object>>();

  /** The objects of one hierarchy, for loops that look up many keys; made when absent. */
  of(root: Mapper): Map<KeyText, object> {
    let objects = this.#byMapper.get(root);
    if (objects === undefined) {
      objects = new Map();
      this.#byMapper.set(root, objects);
    }
    return objects;
  }

  /** The hierarchies of which there are objects. */
  mappers(): Iterable<Mapper> {
    return this.#byMapper.keys();
  }

  /** The object with an identity. */
  get(key: IdentityKey): ObjectState | undefined {
    return stateOf(this.#byMapper.get(key.mapper)?.get(key.text));
  }

  // What follows goes by the text of an object's own identity, which need not be made for that.

  /** Whether the object is the one held under its identity. */
  holds(state: ObjectState): boolean {
    return state.hasKey && this.#objectFor(state) === state.object;
  }

  /** The object that is held under the identity of another, or that itself. */
  heldFor(state: ObjectState): ObjectState | undefined {
    return stateOf(this.#objectFor(state));
  }

  #objectFor(state: ObjectState): object | undefined {
    return this.#byMapper.get(rootMapper(state.mapper))?.get(state.keyText as KeyText);
  }

  /** Holds the object from now on, in place of the one before. */
  put(state: ObjectState): void {
    this.of(rootMapper(state.mapper)).set(state.keyText as KeyText, state.object);
  }

  /** Removes the object if it is held. */
  remove(state: ObjectState): void {
    if (this.holds(state)) this.of(rootMapper(state.mapper)).delete(state.keyText as KeyText);
  }

  clear(): void {
    this.#byMapper.clear();
  }

  get size(): number {
    let size = 0;
    for (const objects of this.#byMapper.values()) size += objects.size;
    return size;
  }

  /** Calls a function with each: a third of the time that an iteration takes, which makes two objects per step. */
  each(visit: (object: object) => void): void {
    for (const objects of this.#byMapper.values()) objects.forEach(visit);
  }

  *[Symbol.iterator](): Iterator<ObjectState> {
    for (const objects of this.#byMapper.values()) {
      for (const object of objects.values()) yield* [stateOf(object) as ObjectState];
    }
  }
}
