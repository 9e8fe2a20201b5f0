/**
 * What a flush must know and memory lacks: found in the database, or, for a plan, only noted.
 */
import type { Io } from "../../io/ask.ts";
import { loadRelationship, loadTogether } from "../load/load-relationship.ts";
import { refresh } from "../load/refresh.ts";
import type { RelationshipAttribute } from "../mapping/mapper.ts";
import type { ObjectState } from "../state/object-state.ts";
import type { SessionMemory } from "../state/session-memory.ts";
import type { FlushSession } from "./flush-session.ts";
import { loadLazily } from "./load-lazily.ts";

/** A session as far as gathering the work of a flush needs it. */
export interface Lookup {
  readonly memory: SessionMemory;
  /** Finds what a relationship held at the last flush; undefined: nobody can tell. */
  committed(state: ObjectState, relationship: RelationshipAttribute): Io<unknown>;
  /** Finds the same of a collection for several objects, as far as one statement can serve them. */
  committedTogether(
    states: readonly ObjectState[],
    relationship: RelationshipAttribute,
  ): Io<ReadonlyMap<ObjectState, readonly object[]>>;
  /** Loads a relationship that is not loaded for several objects, as far as one statement can serve them. */
  loadTogether(states: readonly ObjectState[], relationship: RelationshipAttribute): Io<void>;
  /** Loads a relationship that is not loaded, for a cascade to go on. */
  load(state: ObjectState, relationship: RelationshipAttribute): Io<void>;
  /** Reads columns of rows again, by slot; `expired`: those that each object lacks. */
  read(states: readonly ObjectState[], slots: Iterable<number> | "expired"): Io<void>;
  /** Takes a pending object that may not be written out of the session. */
  leaveOut(state: ObjectState): void;
}

/** Looks up in the database. */
export function lookupIn(session: FlushSession): Lookup {
  return {
    memory: session.memory,
    committed: (state, relationship) =>
      loadRelationship(session, state, relationship, {
        siblings: "none",
        fromCommitted: true,
        mayRaise: false,
      }),
    *committedTogether(states, relationship) {
      const found = new Map<ObjectState, readonly object[]>();
      yield* loadTogether(session, states, relationship, (state, members) => {
        found.set(state, members ?? []);
      });
      return found;
    },
    loadTogether: (states, relationship) => loadTogether(session, states, relationship),
    load: (state, relationship) =>
      loadLazily(session, state, relationship, { siblings: "some", mayRaise: false }),
    read: (states, slots) => refresh(session, states, slots),
    leaveOut: (state) => session.leaveOut(state),
  };
}

/** Looks up nothing: what would have to be read is noted in `reads`, in words. */
export function lookupInMemory(memory: SessionMemory, reads: Set<string>): Lookup {
  const note = (what: string) => {
    reads.add(what);
  };
  return {
    memory,
    *committed(state, relationship) {
      note(`${relationship.mapper.name}.${relationship.key} of ${state}`);
    },
    *committedTogether() {
      return new Map();
    },
    *loadTogether() {},
    *load(state, relationship) {
      note(`${relationship.mapper.name}.${relationship.key} of ${state}`);
    },
    *read(states) {
      for (const state of states) note(`${state}`);
    },
    leaveOut() {},
  };
}
