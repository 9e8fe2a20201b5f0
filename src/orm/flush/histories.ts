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
import type { Part } from "./part.ts";
import { ruleOf } from "./rules/index.ts";
import { keysChanged } from "./rules/rule.ts";
import { asStates, inMemory, type StateHistory } from "./state-history.ts";

/** Objects that are new to a relationship. */
export interface Fresh {
  readonly deleted: readonly Part[];
  readonly saved: readonly Part[];
}

/** Looks up in one statement what the objects that are new to a relationship lack; gives what collections held before. */
export function* findTogether(
  lookup: Lookup,
  relationship: RelationshipAttribute,
  fresh: Fresh,
): Io<ReadonlyMap<ObjectState, readonly object[]>> {
  if (relationship.direction === "manyToOne") return NOTHING_FOUND;
  const lacking: ObjectState[] = [];
  const replaced: ObjectState[] = [];
  putUnknown(relationship, fresh.deleted, true, { lacking, replaced });
  putUnknown(relationship, fresh.saved, false, { lacking, replaced });
  if (lacking.length > 1) yield* lookup.loadTogether(lacking, relationship);
  if (!relationship.isCollection || replaced.length < 2) return NOTHING_FOUND;
  return yield* lookup.committedTogether(replaced, relationship);
}

const NOTHING_FOUND: ReadonlyMap<ObjectState, readonly object[]> = new Map();

/** Sorts out whose members are not known, and whose were replaced without being known. */
function putUnknown(
  relationship: RelationshipAttribute,
  parts: readonly Part[],
  isDelete: boolean,
  out: { lacking: ObjectState[]; replaced: ObjectState[] },
): void {
  const { slot } = relationship;
  const rule = ruleOf(relationship);
  for (const { state } of parts) {
    const isLacking = state.values[slot] === undefined;
    const isReplaced = state.committed?.[slot] === UNKNOWN;
    if (!(isLacking || isReplaced) || !canLoadNow(state, relationship)) continue;
    if (isLacking && rule.needsLoad(relationship, state, isDelete)) out.lacking.push(state);
    if (isReplaced) out.replaced.push(state);
  }
}

/** One object's relationship that a flush has to know about. */
export interface Wanted {
  readonly part: Part;
  readonly relationship: RelationshipAttribute;
  readonly mayLoad: boolean;
  /** What was looked up for several objects at once. */
  readonly committed: ReadonlyMap<ObjectState, readonly object[]>;
}

/** A relationship's changes where memory knows all of them; looked up once per flush. */
export function historyInMemory(
  part: Part,
  relationship: RelationshipAttribute,
  mayLoad: boolean,
): StateHistory | undefined {
  const { state } = part;
  const { slot } = relationship;
  const known = part.histories?.[slot];
  if (known !== undefined && (!mayLoad || part.loaded?.includes(slot) === true)) return known;
  if (state.hasKey) {
    if (mayLoad && state.values[slot] === undefined) return undefined;
    if (isReplacedUnseen(state, relationship)) return undefined;
  }
  const isLoaded = mayLoad && state.hasKey;
  return part.rememberHistory(slot, inMemory(state, relationship), isLoaded);
}

/** Whether a relationship was given a new value before the old one was loaded. */
function isReplacedUnseen(state: ObjectState, relationship: RelationshipAttribute): boolean {
  return state.committed?.[relationship.slot] === UNKNOWN && !relationship.usesGet;
}

/** The same where it does not: what is lacking is loaded. */
export function* findHistory(lookup: Lookup, wanted: Wanted): Io<StateHistory> {
  const { part, relationship, mayLoad } = wanted;
  const { state } = part;
  if (mayLoad && state.values[relationship.slot] === undefined) {
    const loaded = yield* lookup.committed(state, relationship);
    if (loaded !== undefined) setLoaded(state, relationship, loaded as object | null);
  }
  if (isReplacedUnseen(state, relationship)) return yield* settleUnknown(lookup, wanted);
  return part.rememberHistory(relationship.slot, inMemory(state, relationship), mayLoad);
}

/** Looks up the old value of a reference or collection that was replaced without being loaded. */
function* settleUnknown(lookup: Lookup, wanted: Wanted): Io<StateHistory> {
  const { part, relationship, committed } = wanted;
  const { state } = part;
  const original = committed.get(state) ?? (yield* lookup.committed(state, relationship));
  if (original === undefined) return inMemory(state, relationship);
  if (relationship.isCollection) {
    settleReplacedCollection(state, relationship, original as object[]);
    return part.rememberHistory(relationship.slot, inMemory(state, relationship), true);
  }
  const history = asStates(referenceHistory(state, relationship, original as object | null));
  return part.rememberHistory(relationship.slot, history, true);
}

/** Whether what the database holds for a relationship is what its object would be given now: no key has changed. */
function canLoadNow(state: ObjectState, relationship: RelationshipAttribute): boolean {
  if (relationship.direction === "manyToOne" || !state.hasKey) return false;
  return !keysChanged(state, relationship);
}
