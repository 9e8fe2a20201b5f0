/**
 * Session → Work: which objects a flush is about, and everything that it must know of them.
 *
 * The only step of a flush that reads from the database: it loads what a rule needs and memory lacks. Objects bring in
 * others (orphans, cascaded deletes, rows whose key is blanked), so it goes round until nothing new turns up.
 */
import type { Io } from "../../io/ask.ts";
import type { Mapper, RelationshipAttribute } from "../mapping/mapper.ts";
import { setLoaded } from "../state/instrument.ts";
import { type ObjectState, stateOf } from "../state/object-state.ts";
import { isOrphan } from "../state/parents.ts";
import { peekReference } from "../state/relate.ts";
import { type Fresh, findHistory, findTogether, historyInMemory } from "./histories.ts";
import type { Lookup } from "./lookup.ts";
import { lackingOwners, lacksColumns, loadColumns, readRows } from "./needed-columns.ts";
import type { Part } from "./part.ts";
import { reachDeletes } from "./reach-deletes.ts";
import { ruleOf } from "./rules/index.ts";
import { keysChanged } from "./rules/rule.ts";
import { NOTHING, type StateHistory } from "./state-history.ts";
import { DELETED, hasRelationship, Work } from "./work.ts";

/** A relationship that some object of the flush has, and how far it has been looked at. */
interface Preparation {
  readonly relationship: RelationshipAttribute;
  /** The objects that were looked at, in portions. */
  readonly done: (readonly Part[])[];
  /** Those whose key is watched. */
  readonly watched: Set<ObjectState>;
  /** By mapper, how many of its objects were looked at or wait. */
  readonly seen: Map<Mapper, number>;
  /** Objects that are there for the order alone as yet. */
  waiting: Part[];
  /** Its actions are in the graph. */
  isOrdered: boolean;
  /** It watches for changed primary keys of its target, on behalf of objects that only refer. */
  readonly watchesKeys: boolean;
}

/** Gathers the work of a flush, which has to be released when it is over. */
export function* collect(lookup: Lookup): Io<Work> {
  const work = new Work(lookup.memory);
  let isCollected = false;
  try {
    yield* collectInto(lookup, work);
    isCollected = true;
    return work;
  } finally {
    if (!isCollected) work.release();
  }
}

function* collectInto(lookup: Lookup, work: Work): Io<void> {
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
}

/** What the application changed, added and deleted. Persistent orphans are deleted. */
function registerChanged(lookup: Lookup, work: Work): void {
  const { memory } = lookup;
  for (const state of memory.pending) {
    if (memory.deleting.size > 0 && memory.deleting.has(state)) continue;
    if (state.orphanedOutside && isOrphan(state)) lookup.leaveOut(state);
    else work.admit(state);
  }
  for (const state of memory.modified) {
    if (!memory.deleting.has(state)) work.register(state, isOrphan(state) ? DELETED : undefined);
  }
  for (const state of memory.deleting) work.register(state, DELETED);
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
  if (isKnown) return;
  preparations.push({
    relationship,
    watchesKeys,
    done: [],
    watched: new Set(),
    seen: new Map(),
    waiting: [],
    isOrdered: false,
  });
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
  const { relationship } = preparation;
  if (preparation.watchesKeys) return watchKeys(lookup, work, preparation);
  const fresh = takeFresh(work, preparation);
  if (fresh.deleted.length === 0 && fresh.saved.length === 0) return false;
  const committed = yield* findTogether(lookup, relationship, fresh);
  const looking = { lookup, work, relationship, committed };
  const deletesHaveWork = yield* lookAtAll(looking, fresh.deleted, true, false);
  const hasOwnWork = yield* lookAtAll(looking, fresh.saved, false, deletesHaveWork);
  const hasWork = hasOwnWork || (!relationship.selfReferential && hasStates(work, relationship.target));
  if (hasWork && !preparation.isOrdered) {
    preparation.isOrdered = true;
    orderActions(work, relationship);
  }
  return true;
}

/** The objects that have a relationship and were not looked at. */
function takeFresh(work: Work, preparation: Preparation): Fresh {
  const { relationship, seen, done } = preparation;
  const deleted: Part[] = [];
  const saved: Part[] = [];
  const { waiting } = preparation;
  preparation.waiting = [];
  const take = (part: Part) => {
    if (part.listOnly) {
      preparation.waiting.push(part);
      return;
    }
    (part.isDelete ? deleted : saved).push(part);
  };
  waiting.forEach(take);
  for (const [mapper, parts] of work.byMapper) {
    if (!hasRelationship(mapper, relationship)) continue;
    for (let index = seen.get(mapper) ?? 0; index < parts.length; index++) take(parts[index] as Part);
    seen.set(mapper, parts.length);
  }
  done.push(deleted, saved);
  return { deleted, saved };
}

/** What does not change while one relationship is looked at. */
interface Looking {
  readonly lookup: Lookup;
  readonly work: Work;
  readonly relationship: RelationshipAttribute;
  readonly committed: ReadonlyMap<ObjectState, readonly object[]>;
}

/** Finds out what changed on the relationship, and who takes part because of it. True: there is something to carry. */
function* lookAtAll(
  looking: Looking,
  parts: readonly Part[],
  isDelete: boolean,
  hadWork: boolean,
): Io<boolean> {
  const { lookup, work, relationship } = looking;
  const rule = ruleOf(relationship);
  const reaching: ObjectState[] = [];
  const gathering = { work, relationship, isDelete, reaching };
  let hasWork = hadWork;
  for (let index = 0; index < parts.length; index++) {
    const part = parts[index] as Part;
    const mayLoad = rule.needsLoad(relationship, part.state, isDelete);
    const history = knownHistory(part, relationship, mayLoad) ?? (yield* lookUp(looking, part, mayLoad));
    hasWork ||= hasAny(history);
    if (isDelete && !hasWork && relationship.direction === "manyToOne") {
      // The reference is not followed into the database, but the own row is read for what it says of it.
      if (part.state.expiredSlots !== undefined) yield* loadForeignKey(lookup, part.state, relationship);
      hasWork = findsInMemory(part.state, relationship);
    }
    rule.gather(gathering, part.state, history);
    if (reaching.length === 0) continue;
    for (const reached of yield* reachDeletes(lookup, reaching)) work.register(reached, DELETED);
    reaching.length = 0;
  }
  return hasWork;
}

function hasAny({ added, unchanged, deleted }: StateHistory): boolean {
  return added.length > 0 || unchanged.length > 0 || deleted.length > 0;
}

/** A relationship's changes where memory knows them, and the keys that they are about; most objects end here. */
function knownHistory(
  part: Part,
  relationship: RelationshipAttribute,
  mayLoad: boolean,
): StateHistory | undefined {
  const history = historyInMemory(part, relationship, mayLoad);
  if (history === undefined || history === NOTHING) return history;
  return lackingOwners(relationship, part.state, history).length > 0 ? undefined : history;
}

/** The same from the database. */
function* lookUp(looking: Looking, part: Part, mayLoad: boolean): Io<StateHistory> {
  const { lookup, relationship, committed } = looking;
  const history =
    historyInMemory(part, relationship, mayLoad) ??
    (yield* findHistory(lookup, { part, relationship, mayLoad, committed }));
  for (const { owner, columns } of lackingOwners(relationship, part.state, history)) {
    if (lacksColumns(owner, columns)) yield* loadColumns(lookup, owner, columns);
  }
  return history;
}

function* loadForeignKey(lookup: Lookup, state: ObjectState, relationship: RelationshipAttribute): Io<void> {
  const foreignKey = relationship.synchronizePairs.map(({ from, to }) => ({ from: to, to: from }));
  if (lacksColumns(state, foreignKey)) yield* loadColumns(lookup, state, foreignKey);
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

/** Objects whose primary key changed are carried to those that refer to them. */
function watchKeys(lookup: Lookup, work: Work, preparation: Preparation): boolean {
  const { relationship } = preparation;
  const fresh = work.statesOf(relationship.target, false).filter((state) => !preparation.watched.has(state));
  if (fresh.length === 0) return false;
  for (const state of fresh) preparation.watched.add(state);
  const switched = fresh.filter((state) => state.hasKey && keysChanged(state, relationship));
  if (switched.length === 0) return true;
  for (const referrer of lookup.memory.identityMap) {
    if (!hasRelationship(referrer.mapper, relationship)) continue;
    const related = stateOf(referrer.values[relationship.slot]);
    if (related === undefined || !switched.includes(related)) continue;
    work.register(referrer, { listOnly: relationship.passiveUpdates });
    work.keySwitches.push({ relationship, from: related, to: referrer });
  }
  return true;
}
