/**
 * Session → Work: which objects a flush is about, and everything that it must know of them.
 *
 * The only step of a flush that reads from the database: it loads what a rule needs and memory lacks. Objects bring in
 * others (orphans, cascaded deletes, rows whose key is blanked), so it goes round until nothing new turns up.
 */
import type { Io } from "../../io/ask.ts";
import type { ColumnAttribute, ColumnPair, Mapper, RelationshipAttribute } from "../mapping/mapper.ts";
import { columnHistory, referenceHistory } from "../state/changes.ts";
import { setLoaded } from "../state/instrument.ts";
import { type ObjectState, stateOf, UNKNOWN } from "../state/object-state.ts";
import { isOrphan } from "../state/parents.ts";
import { peekReference, settleReplacedCollection } from "../state/relate.ts";
import type { Lookup } from "./lookup.ts";
import { reachDeletes } from "./reach-deletes.ts";
import { ruleOf } from "./rules/index.ts";
import { keysChanged, present } from "./rules/rule.ts";
import { asStates, hasAttribute, inMemory, type StateHistory, Work } from "./work.ts";

/** A relationship that some object of the flush has, and how far it has been looked at. */
interface Preparation {
  readonly relationship: RelationshipAttribute;
  readonly done: Set<ObjectState>;
  /** Its actions are in the graph. */
  isOrdered: boolean;
  /** It watches for changed primary keys of its target, on behalf of objects that only refer. */
  readonly watchesKeys: boolean;
}

/** An object that is new to a relationship. */
interface Fresh {
  readonly state: ObjectState;
  readonly isDelete: boolean;
}

/** Gathers the work of a flush. */
export function* collect(lookup: Lookup): Io<Work> {
  lookup.memory.noticeMutations();
  const work = new Work(lookup.memory);
  registerChanged(lookup, work);
  const preparations: Preparation[] = [];
  const seen = new Set<Mapper>();
  for (let isMoving = true; isMoving; ) {
    isMoving = false;
    prepareMappers(work, seen, preparations);
    for (const preparation of preparations.slice()) {
      if (yield* prepare(lookup, work, preparation)) isMoving = true;
      prepareMappers(work, seen, preparations);
    }
  }
  yield* readRows(lookup, work, preparations);
  return work;
}

/** What the application changed, added and deleted. Persistent orphans are deleted. */
function registerChanged(lookup: Lookup, work: Work): void {
  const { memory } = lookup;
  for (const state of [...memory.pending, ...memory.modified]) {
    if (memory.deleting.has(state)) continue;
    const isLost = isOrphan(state);
    if (isLost && state.key === undefined && state.orphanedOutside) lookup.leaveOut(state);
    else work.register(state, { isDelete: isLost && state.key !== undefined });
  }
  for (const state of memory.deleting) work.register(state, { isDelete: true });
}

/** Prepares the relationships of mappers that turned up. */
function prepareMappers(work: Work, seen: Set<Mapper>, preparations: Preparation[]): void {
  for (const mapper of work.byMapper.keys()) {
    if (seen.has(mapper)) continue;
    seen.add(mapper);
    work.graph.add([work.graph.save(mapper), work.graph.delete(mapper)]);
    for (const relationship of keyWatchers(mapper)) addPreparation(preparations, relationship, true);
    for (const relationship of mapper.relationships) {
      if (!relationship.viewonly) addPreparation(preparations, relationship, false);
    }
  }
}

function addPreparation(
  preparations: Preparation[],
  relationship: RelationshipAttribute,
  watchesKeys: boolean,
): void {
  const isKnown = preparations.some(
    (known) => known.relationship === relationship && known.watchesKeys === watchesKeys,
  );
  if (!isKnown) preparations.push({ relationship, watchesKeys, done: new Set(), isOrdered: false });
}

/** Many-to-one relationships to a class without a collection on that side that would carry changed keys on. */
function keyWatchers(mapper: Mapper): RelationshipAttribute[] {
  return mapper.referrers.filter((relationship) => {
    if (relationship.direction !== "manyToOne" || relationship.viewonly) return false;
    if (relationship.reverse.length === 0) return true;
    return !relationship.passiveUpdates && relationship.reverse.every((reverse) => reverse.passiveUpdates);
  });
}

/** Looks at the objects that are new to a relationship. False: there were none. */
function* prepare(lookup: Lookup, work: Work, preparation: Preparation): Io<boolean> {
  const { relationship, done } = preparation;
  if (preparation.watchesKeys) return watchKeys(lookup, work, preparation);
  const fresh: Fresh[] = [];
  for (const isDelete of [true, false]) {
    for (const state of work.parentsOf(relationship, isDelete)) {
      if (!done.has(state)) fresh.push({ state, isDelete });
    }
  }
  if (fresh.length === 0) return false;
  let hasWork = false;
  const rule = ruleOf(relationship);
  const committed = yield* findTogether(lookup, relationship, fresh);
  for (const { state, isDelete } of fresh) {
    done.add(state);
    const mayLoad = rule.needsLoad(relationship, state, isDelete);
    const wanted = { state, relationship, mayLoad, committed };
    const history = historyInMemory(work, wanted) ?? (yield* findHistory(lookup, work, wanted));
    hasWork ||= history.added.length + history.unchanged.length + history.deleted.length > 0;
    if (isDelete && !hasWork && relationship.direction === "manyToOne") {
      // The reference is not followed into the database, but the own row is read for what it says of it.
      const foreignKey = relationship.synchronizePairs.map(({ from, to }) => ({ from: to, to: from }));
      if (state.expiredSlots !== undefined && lacksColumns(state, foreignKey)) {
        yield* loadColumns(lookup, state, foreignKey);
      }
      hasWork = findsInMemory(state, relationship);
    }
    for (const { owner, columns } of keyOwners(relationship, state, history)) {
      if (lacksColumns(owner, columns)) yield* loadColumns(lookup, owner, columns);
    }
    for (const { state: other, fate, reaches } of rule.gather(work, relationship, {
      state,
      isDelete,
      history,
    })) {
      if (work.register(other, fate) && reaches === true) yield* registerReached(lookup, work, other);
    }
  }
  hasWork ||= !relationship.selfReferential && hasStates(work, relationship.target);
  if (hasWork && !preparation.isOrdered) {
    preparation.isOrdered = true;
    orderActions(work, relationship);
  }
  return true;
}

/** Whether what the database holds for a relationship is what its object would be given now: no key has changed. */
function canLoadNow(state: ObjectState, relationship: RelationshipAttribute): boolean {
  if (relationship.direction === "manyToOne" || state.key === undefined) return false;
  return !keysChanged(state, relationship);
}

/** Whether an unloaded reference is in the identity map (or empty); it counts as loaded then. */
function findsInMemory(state: ObjectState, relationship: RelationshipAttribute): boolean {
  const found = peekReference(state, relationship);
  if (typeof found !== "object") return false;
  if (state.values[relationship.slot] === undefined) setLoaded(state, relationship, found);
  return true;
}

function hasStates(work: Work, mapper: Mapper): boolean {
  return work.byMapper.has(mapper);
}

function orderActions(work: Work, relationship: RelationshipAttribute): void {
  const { graph } = work;
  ruleOf(relationship).order(graph, relationship, {
    afterSave: graph.process(relationship, false),
    beforeDelete: graph.process(relationship, true),
    parentSaves: graph.save(relationship.mapper),
    childSaves: graph.save(relationship.target),
    parentDeletes: graph.delete(relationship.mapper),
    childDeletes: graph.delete(relationship.target),
  });
}

function* registerReached(lookup: Lookup, work: Work, state: ObjectState): Io<void> {
  for (const reached of yield* reachDeletes(lookup, state)) work.register(reached, { isDelete: true });
}

/** Looks up in one statement what the objects that are new to a relationship lack; gives what collections held before. */
function* findTogether(
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
  const replaced = ready.filter(({ state }) => state.committed?.get(slot) === UNKNOWN);
  if (!relationship.isCollection || replaced.length < 2) return new Map();
  return yield* lookup.committedTogether(statesOf(replaced), relationship);
}

function statesOf(fresh: readonly Fresh[]): ObjectState[] {
  return fresh.map(({ state }) => state);
}

interface Wanted {
  readonly state: ObjectState;
  readonly relationship: RelationshipAttribute;
  readonly mayLoad: boolean;
  /** What was looked up for several objects at once. */
  readonly committed: ReadonlyMap<ObjectState, readonly object[]>;
}

/** A relationship's changes where memory knows all of them; looked up once per flush. */
function historyInMemory(work: Work, { state, relationship, mayLoad }: Wanted): StateHistory | undefined {
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
  return state.committed?.get(relationship.slot) === UNKNOWN && !relationship.usesGet;
}

/** The same where it does not: what is lacking is loaded. */
function* findHistory(lookup: Lookup, work: Work, wanted: Wanted): Io<StateHistory> {
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

interface KeyOwner {
  readonly owner: ObjectState;
  readonly columns: readonly ColumnPair[];
}

const NO_OWNERS: readonly KeyOwner[] = [];

/** The columns that foreign keys are copied from, with the objects that have them. */
function keyOwners(
  relationship: RelationshipAttribute,
  state: ObjectState,
  { added, deleted }: StateHistory,
): readonly KeyOwner[] {
  const { direction, synchronizePairs, secondarySynchronizePairs } = relationship;
  // A key that is blanked need not be known; an association row is found by both.
  const members = direction === "manyToMany" ? [...added, ...deleted] : added;
  if (members.length === 0) return NO_OWNERS;
  if (direction === "manyToOne") {
    return present(members).map((owner) => ({ owner, columns: synchronizePairs }));
  }
  const own = { owner: state, columns: synchronizePairs };
  if (direction === "oneToMany") return [own];
  return [own, ...present(members).map((owner) => ({ owner, columns: secondarySynchronizePairs }))];
}

/** Whether an object with a row does not know a column that others refer to. */
function lacksColumns(state: ObjectState, pairs: readonly ColumnPair[]): boolean {
  if (state.key === undefined) return false;
  return pairs.some(({ from }) => {
    const attribute = state.mapper.columnByNode.get(from);
    return attribute !== undefined && state.values[attribute.slot] === undefined;
  });
}

function* loadColumns(lookup: Lookup, state: ObjectState, pairs: readonly ColumnPair[]): Io<void> {
  if (!lookup.memory.holds(state)) return;
  const columns = pairs.map(({ from }) => from);
  const missing = state.mapper.columns.filter(
    (attribute) => columns.includes(attribute.column) && state.values[attribute.slot] === undefined,
  );
  yield* lookup.read([state], slotsToRead(state, missing));
}

/** An expired row is read as a whole. */
function slotsToRead(state: ObjectState, missing: readonly ColumnAttribute[]): Iterable<number> {
  const { expiredSlots } = state;
  return expiredSlots === undefined || expiredSlots.size === 0
    ? missing.map(({ slot }) => slot)
    : new Set(expiredSlots);
}

/**
 * Reads the expired rows that will be written: a row is found by what was read of it. What was unknown before stays
 * counted as unknown, so that a value which was set is written even if the row turns out to hold it.
 */
function* readRows(lookup: Lookup, work: Work, preparations: readonly Preparation[]): Io<void> {
  const candidates = new Set<ObjectState>();
  for (const [state, { listOnly }] of work.fates) if (!listOnly && isKeyExpired(state)) candidates.add(state);
  if (candidates.size === 0) return;
  const expired = Array.from(writtenStates(work, preparations)).filter((state) => candidates.has(state));
  for (const state of expired) {
    const unknown = state.mapper.columns.filter(({ slot }) => state.values[slot] === undefined);
    work.unknown.set(state, new Set(unknown.map(({ slot }) => slot)));
  }
  if (expired.length > 0) yield* lookup.read(expired, "expired");
}

function isKeyExpired(state: ObjectState): boolean {
  if (state.key === undefined || state.expiredSlots === undefined) return false;
  const { primaryKey, version } = state.mapper;
  const needed = version === undefined ? primaryKey : [...primaryKey, version];
  return needed.some(
    ({ slot }) => state.values[slot] === undefined && state.expiredSlots?.has(slot) === true,
  );
}

/** The objects whose row is deleted, has a changed column, or gets a foreign key. */
function writtenStates(work: Work, preparations: readonly Preparation[]): Set<ObjectState> {
  const written = new Set<ObjectState>();
  for (const [state, { isDelete }] of work.fates) {
    if (
      isDelete ||
      state.mapper.columns.some((attribute) => columnHistory(state, attribute).added.length > 0)
    ) {
      written.add(state);
    }
  }
  for (const { relationship, done, watchesKeys } of preparations) {
    if (watchesKeys || relationship.direction === "manyToMany") continue;
    for (const state of done) {
      const { added, unchanged, deleted } = work.history(state, relationship);
      if (relationship.direction === "oneToMany") {
        // A parent that goes, or whose key changed, is carried to the children that stayed.
        const isKeyLost = work.isDeleted(state) || keysChanged(state, relationship);
        for (const child of present([...added, ...deleted, ...(isKeyLost ? unchanged : [])]))
          written.add(child);
      } else if (added.length + deleted.length > 0) written.add(state);
    }
  }
  return written;
}

/** Objects whose primary key changed are carried to those that refer to them. */
function watchKeys(lookup: Lookup, work: Work, preparation: Preparation): boolean {
  const { relationship, done } = preparation;
  const fresh = work.statesOf(relationship.target, false).filter((state) => !done.has(state));
  if (fresh.length === 0) return false;
  for (const state of fresh) done.add(state);
  const switched = fresh.filter((state) => state.key !== undefined && keysChanged(state, relationship));
  if (switched.length === 0) return true;
  for (const referrer of lookup.memory.identityMap) {
    if (!hasAttribute(referrer, relationship)) continue;
    const related = stateOf(referrer.values[relationship.slot]);
    if (related === undefined || !switched.includes(related)) continue;
    work.register(referrer, { listOnly: relationship.passiveUpdates });
    work.keySwitches.push({ relationship, from: related, to: referrer });
  }
  return true;
}
