/**
 * What changed on relationships, looked up where memory does not know it: for several objects at once, then one by one.
 */
import type { Io } from "../../io/ask.ts";
import type { RelationshipAttribute } from "../mapping/mapper.ts";
import { referenceHistory } from "../state/changes.ts";
import { setLoaded } from "../state/instrument.ts";
import { type ObjectState, UNKNOWN } from "../state/object-state.ts";
import { settleReplacedCollection } from "../state/relate.ts";
import type { Lookup } from "./lookup.ts";
import { ruleOf } from "./rules/index.ts";
import { keysChanged } from "./rules/rule.ts";
import { asStates, inMemory, type StateHistory, type Work } from "./work.ts";

/** An object that is new to a relationship. */
export interface Fresh {
  readonly state: ObjectState;
  readonly isDelete: boolean;
}

/** Looks up in one statement what the objects that are new to a relationship lack; gives what collections held before. */
export function* findTogether(
  lookup: Lookup,
  relationship: RelationshipAttribute,
  fresh: readonly Fresh[],
): Io<ReadonlyMap<ObjectState, readonly object[]>> {
  const { slot } = relationship;
  const rule = ruleOf(relationship);
  const ready = fresh.filter(({ state }) => canLoadNow(state, relationship));
  const lacking = ready.filter(
    ({ state, isDelete }) =>
      state.values[slot] === undefined && rule.needsLoad(relationship, state, isDelete),
  );
  if (lacking.length > 1) yield* lookup.loadTogether(statesOf(lacking), relationship);
  const replaced = ready.filter(({ state }) => state.committed?.[slot] === UNKNOWN);
  if (!relationship.isCollection || replaced.length < 2) return new Map();
  return yield* lookup.committedTogether(statesOf(replaced), relationship);
}

function statesOf(fresh: readonly Fresh[]): ObjectState[] {
  return fresh.map(({ state }) => state);
}

/** One object's relationship that a flush has to know about. */
export interface Wanted {
  readonly state: ObjectState;
  readonly relationship: RelationshipAttribute;
  readonly mayLoad: boolean;
  /** What was looked up for several objects at once. */
  readonly committed: ReadonlyMap<ObjectState, readonly object[]>;
}

/** A relationship's changes where memory knows all of them; looked up once per flush. */
export function historyInMemory(
  work: Work,
  { state, relationship, mayLoad }: Wanted,
): StateHistory | undefined {
  const known = work.knownHistory(state, relationship);
  if (known !== undefined && (known.isLoaded || !mayLoad)) return known.history;
  if (state.key !== undefined) {
    if (mayLoad && state.values[relationship.slot] === undefined) return undefined;
    if (isReplacedUnseen(state, relationship)) return undefined;
  }
  return work.rememberHistory(state, relationship, {
    history: inMemory(state, relationship),
    isLoaded: mayLoad && state.key !== undefined,
  });
}

/** Whether a relationship was given a new value before the old one was loaded. */
function isReplacedUnseen(state: ObjectState, relationship: RelationshipAttribute): boolean {
  return state.committed?.[relationship.slot] === UNKNOWN && !relationship.usesGet;
}

/** The same where it does not: what is lacking is loaded. */
export function* findHistory(lookup: Lookup, work: Work, wanted: Wanted): Io<StateHistory> {
  const { state, relationship, mayLoad } = wanted;
  if (mayLoad && state.values[relationship.slot] === undefined) {
    const loaded = yield* lookup.committed(state, relationship);
    if (loaded !== undefined) setLoaded(state, relationship, loaded as object | null);
  }
  if (isReplacedUnseen(state, relationship)) return yield* settleUnknown(lookup, work, wanted);
  const history = inMemory(state, relationship);
  return work.rememberHistory(state, relationship, { history, isLoaded: mayLoad });
}

/** Looks up the old value of a reference or collection that was replaced without being loaded. */
function* settleUnknown(lookup: Lookup, work: Work, wanted: Wanted): Io<StateHistory> {
  const { state, relationship, committed } = wanted;
  const original = committed.get(state) ?? (yield* lookup.committed(state, relationship));
  if (original === undefined) return inMemory(state, relationship);
  if (relationship.isCollection) {
    settleReplacedCollection(state, relationship, original as object[]);
    return work.rememberHistory(state, relationship, {
      history: inMemory(state, relationship),
      isLoaded: true,
    });
  }
  const history = asStates(referenceHistory(state, relationship, original as object | null));
  return work.rememberHistory(state, relationship, { history, isLoaded: true });
}

/** Whether what the database holds for a relationship is what its object would be given now: no key has changed. */
function canLoadNow(state: ObjectState, relationship: RelationshipAttribute): boolean {
  if (relationship.direction === "manyToOne" || state.key === undefined) return false;
  return !keysChanged(state, relationship);
}
