/**
 * THE READ FLOW: statement → plan → execute → hydrate → identity map, then what follows.
 *
 * 1. `plan.ts` turns the statement and its options into the SELECT to send, and says where each value stands in a row.
 * 2. The session executes it, in its transaction.
 * 3. `hydrate.ts` makes objects of the rows, or finds them in the identity map, and ties joined ones together.
 * 4. Each relationship that is loaded by a statement of its own (`selectin.ts`, `subquery.ts`, or one by one) makes
 *    further requests; each of these runs through the same four steps. That is why all of this is one file.
 *
 * Who wants one object enters at `load-by-key.ts`, a relationship that is read later at `load-relationship.ts`, what is
 * read again at `refresh.ts`, rows that come in portions at `stream.ts`; all lead here. Loading never flushes: `session/`
 * does so before it begins.
 */
import type { RawColumns } from "../../engine/decode.ts";
import type { RowSource } from "../../engine/reading.ts";
import type { Io } from "../../io/ask.ts";
import type { LockClause, QueryNode, SelectNode, WriteNode } from "../../sql/nodes.ts";
import type { Mapper, RelationshipAttribute } from "../mapping/mapper.ts";
import { needsLoad } from "../state/attributes.ts";
import { presentMembers } from "../state/cascades.ts";
import { Cohort } from "../state/cohort.ts";
import { type IdentityKey, keyText } from "../state/identity-key.ts";
import { callOnLoad } from "../state/instrument.ts";
import { type ObjectState, stateOf } from "../state/object-state.ts";
import { applyCriteria } from "./apply-criteria.ts";
import { criteriaOf } from "./criteria.ts";
import { type EntityObjects, type Hydrated, hydrate } from "./hydrate.ts";
import { localColumns, planLazy, referredKey, waysBack } from "./lazy.ts";
import type { LoadOptions, LoadSession, RelationshipLoad } from "./load-session.ts";
import { type ChosenStrategy, childNode, hasCriteria, isLater, NO_OPTIONS, saysOnly } from "./option-tree.ts";
import { type LoadPlan, oneLevelFurther, planLoad, targetOf } from "./plan.ts";
import { raiseIfForbidden, raiseIfSqlForbidden } from "./raise.ts";
import { Recursion } from "./recursion.ts";
import { objectGone, planReread, type RereadRequest, type RereadSlots } from "./reread.ts";
import {
  type FollowSettings,
  followUpSettings,
  type Give,
  loadSettings,
  type RunSettings,
  rereadSettings,
} from "./run-settings.ts";
import { planSelectin } from "./selectin.ts";
import { attach, type FollowUp, groupByKey } from "./strategy.ts";
import { planSubquery } from "./subquery.ts";

/**
 * Executes a statement and makes objects of its rows.
 *
 * Errors: load/unknown-path, load/foreign-step; whatever the database says.
 */
export function* load(
  session: LoadSession,
  statement: QueryNode | WriteNode,
  options: LoadOptions,
): Io<RowSource> {
  const { plan, settings } = prepareLoad(statement, options);
  const hydrated = yield* run(session, plan, settings);
  return new LoadedRows(plan, hydrated);
}

/** A load before it is executed. */
export interface PreparedLoad {
  readonly plan: LoadPlan;
  readonly settings: RunSettings;
}

/** Plans the load of a statement. Errors: load/unknown-path. */
export function prepareLoad(statement: QueryNode | WriteNode, options: LoadOptions): PreparedLoad {
  const settings = loadSettings(options);
  const plan = planLoad(statement, settings);
  return { plan, settings: { ...settings, during: options.during ?? labelOf(plan) } };
}

function labelOf(plan: LoadPlan): string {
  const names = plan.items.flatMap((item) => (item.kind === "entity" ? [item.entity.mapper.name] : []));
  return names.length === 0 ? "query" : `load ${names.join(", ")}`;
}

/**
 * What a load gives: objects where a class was selected, decoded values elsewhere. A class, because V8 would make a
 * literal that leads to what it loaded among the old objects: see `blank-array.ts`.
 */
export class LoadedRows implements RowSource {
  readonly keys: readonly string[];
  readonly rowCount: number;
  readonly #hydrated: Hydrated;

  constructor({ keys }: LoadPlan, hydrated: Hydrated) {
    this.keys = keys;
    this.rowCount = (hydrated.only ?? hydrated.rows).length;
    this.#hydrated = hydrated;
  }

  get rows(): unknown[][] {
    return this.#hydrated.rows;
  }

  get only(): readonly unknown[] | undefined {
    return this.#hydrated.only;
  }
}

// ---------------------------------------------------------------- one statement

/** Executes a plan and makes objects of its rows. */
export function* run(session: LoadSession, plan: LoadPlan, settings: RunSettings): Io<Hydrated> {
  const statement = statementToSend(session, plan, settings);
  const { rows, left } = yield* session.execute(statement, settings.during, settings.values, plan.late);
  return yield* makeObjects(session, plan, rows, settings, left);
}

/** Makes objects of rows that were read, and loads what follows. `left`: the columns that are still raw. */
export function* makeObjects(
  session: LoadSession,
  plan: LoadPlan,
  rows: readonly unknown[][],
  settings: RunSettings,
  left?: RawColumns,
): Io<Hydrated> {
  const hydrated = hydrate(rows, plan, session, settings, left);
  try {
    for (const objects of hydrated.entities) yield* follow(session, plan, objects, settings);
    for (const objects of hydrated.entities) yield* followPresent(session, plan, objects, settings);
  } finally {
    // The session has these objects, whatever becomes of their relationships.
    for (const {
      plan: { mapper },
      created,
    } of hydrated.entities) {
      for (const object of created) callOnLoad(mapper, object);
    }
  }
  return hydrated;
}

/** The statement to send. A write has its criteria already, and what is read again is known to be meant. */
export function statementToSend(
  session: LoadSession,
  plan: LoadPlan,
  settings: RunSettings,
): QueryNode | WriteNode {
  const { statement } = plan;
  if (statement.kind !== "select" && statement.kind !== "setOperation") return statement;
  const spared = settings.refreshOnly === undefined ? undefined : targetOf(plan).mapper.table;
  return applyCriteria(statement, criteriaOf(session, settings.criteria), spared);
}

function planAndRun(session: LoadSession, statement: SelectNode, settings: RunSettings): Io<Hydrated> {
  return run(session, planLoad(statement, settings), settings);
}

// ---------------------------------------------------------------- what follows a statement

/** Loads the relationships that come after the statement, for the objects of one class. */
function* follow(
  session: LoadSession,
  plan: LoadPlan,
  objects: EntityObjects,
  settings: RunSettings,
): Io<void> {
  const { followUps } = objects.plan;
  if (followUps.length === 0) return;
  const isReread = settings.refreshOnly !== undefined;
  const states = objects.objects.map((object) => stateOf(object) as ObjectState);
  for (const followUp of followUps) {
    const { relationship } = followUp;
    if (relationship === settings.followedElsewhere && objects.plan === targetOf(plan)) continue;
    const lacks = (state: ObjectState): boolean =>
      state.values[relationship.slot] === undefined || objects.overwritten.has(state.object);
    const parents = states.filter((state) =>
      isReread ? lacks(state) : settings.followsPresent || objects.overwritten.has(state.object),
    );
    if (parents.length === 0) continue;
    const during = `${settings.during} › ${followUp.kind} ${relationship.key}`;
    const next: FollowSettings = {
      ...settings,
      during,
      lacks,
      // What is read again takes what is there already, as reading the relationship would, and goes no further there.
      followsPresent: settings.followsPresent && !isReread,
      looksUp: isReread,
      leaveLazy: isReread ? waysBack(relationship) : undefined,
    };
    if (followUp.chosen.rule?.recursionDepth !== undefined) {
      yield* followLevels(session, followUp, parents, recursionOf(followUp, parents, objects), next);
    } else if (followUp.kind === "subquery" && plan.statement.kind === "select" && !isReread) {
      yield* followBySubquery(session, followUp, parents, objects, plan.statement, next);
    } else yield* followLevel(session, followUp, parents, next);
  }
}

/**
 * Follows the options of objects that were there before along what stands in them, which is not always what the database
 * says: a change may not be flushed, a collection may be older than the rows, or hold more than an option lets through.
 */
function* followPresent(
  session: LoadSession,
  plan: LoadPlan,
  { plan: own, objects, overwritten }: EntityObjects,
  settings: RunSettings,
): Io<void> {
  if (!settings.followsPresent || settings.refreshOnly !== undefined) return;
  if (overwritten.objects.length === objects.length) return;
  const present = objects.filter((object) => !overwritten.has(object));
  const states = present.map((object) => stateOf(object) as ObjectState);
  const next = { ...settings, node: own.node, trail: own.trail };
  const isElsewhere = settings.followedElsewhere !== undefined && own === targetOf(plan);
  yield* complete(session, states, isElsewhere ? next : { ...next, followedElsewhere: undefined });
}

/** Loads what options name for objects that lack it, then behind what stands there. */
function* complete(session: LoadSession, states: readonly ObjectState[], settings: RunSettings): Io<void> {
  const { node = NO_OPTIONS, trail = [] } = settings;
  for (const [relationship, rule] of node.rules) {
    if (rule.strategy === undefined || isLater(rule.strategy)) continue;
    if (relationship === settings.followedElsewhere) continue;
    const next: RunSettings = {
      ...settings,
      followedElsewhere: undefined,
      node: childNode(node, relationship),
      trail: [...trail, relationship.target],
      during: `${settings.during} › ${rule.strategy} ${relationship.key}`,
    };
    const lacking = states.filter((state) => state.values[relationship.slot] === undefined);
    if (rule.strategy === "noload") for (const state of lacking) attach(state, relationship, []);
    else if (lacking.length > 0) {
      const chosen: ChosenStrategy = { strategy: rule.strategy, rule, isExplicit: true };
      yield* loadForAll(session, lacking, relationship, { chosen, settings: next });
    }
    // Not what a recursive rule says further down, which would go round in a circle of objects.
    const behind = node.children.get(relationship);
    if (behind === undefined || behind.rules.size === 0) continue;
    yield* complete(session, standingIn(session, states, relationship), { ...next, node: behind });
  }
}

/** The objects with a row that stand in a relationship of these objects, each once. */
function standingIn(
  session: LoadSession,
  states: readonly ObjectState[],
  relationship: RelationshipAttribute,
): readonly ObjectState[] {
  const members = new Set(states.flatMap((state) => presentMembers(state, relationship)));
  return [...members].filter((member) => member.hasKey && member.owner === session);
}

/** Loads a relationship of a class to itself, level by level: in a loop, which no depth is too much for. */
function* followLevels(
  session: LoadSession,
  first: FollowUp,
  roots: readonly ObjectState[],
  recursion: Recursion,
  settings: FollowSettings,
): Io<void> {
  const { relationship } = first;
  const { overwritten } = recursion;
  const lacks = (state: ObjectState): boolean =>
    state.values[relationship.slot] === undefined || overwritten.has(state.object);
  let followUp: FollowUp | undefined = first;
  let parents = roots;
  while (followUp !== undefined && parents.length > 0) {
    const further = oneLevelFurther(followUp);
    recursion.begin(parents, further !== undefined);
    yield* followLevel(session, followUp, parents, { ...settings, lacks, recursion });
    parents = recursion.end().filter((state) => settings.followsPresent || overwritten.has(state.object));
    followUp = further;
  }
}

/** What the levels know as they begin: the roots were met, if what is found will be loaded as they were. */
function recursionOf(
  { relationship, node }: FollowUp,
  roots: readonly ObjectState[],
  objects: EntityObjects,
): Recursion {
  const at = objects.plan.loadedBy;
  const areRootsAlike = at !== undefined && saysOnly(at.node, relationship) && saysOnly(node, relationship);
  return new Recursion(areRootsAlike ? roots : [], objects.overwritten.objects);
}

function* followLevel(
  session: LoadSession,
  followUp: FollowUp,
  parents: readonly ObjectState[],
  settings: FollowSettings,
): Io<void> {
  if (followUp.kind !== "immediate") {
    yield* followBySelectin(session, followUp, parents, settings);
    return;
  }
  const { relationship } = followUp;
  yield* followOneByOne(session, followUp, parents, {
    ...settings,
    lacks: (state) => state.values[relationship.slot] === undefined,
    leaveLazy: waysBack(relationship),
  });
  // One by one, objects that were there before are found without a statement that would bring what stands behind them.
  // Where a plain read loads, it stays behind, as in SQLAlchemy; elsewhere the types say that it is loaded.
  if (session.isSync || !settings.followsPresent || settings.recursion !== undefined) return;
  const members = standingIn(session, parents, relationship);
  yield* complete(session, members, followUpSettings(followUp, settings, undefined));
}

function* followBySelectin(
  session: LoadSession,
  followUp: FollowUp,
  parents: readonly ObjectState[],
  settings: FollowSettings,
): Io<void> {
  const { relationship, chosen } = followUp;
  const { looksUp, recursion } = settings;
  const lookUp = (key: IdentityKey): ObjectState | undefined => {
    const present = session.identityMap.get(key);
    return looksUp || (present !== undefined && recursion?.hasMet(present)) ? present : undefined;
  };
  const work = planSelectin(relationship, chosen, parents, {
    lookUp: looksUp || recursion !== undefined ? lookUp : undefined,
    maxParameters: looksUp ? maxParametersFor(session, relationship.target) : undefined,
  });
  const give: Give = (parent, found) => {
    recursion?.note(found);
    if (!settings.lacks(parent)) return;
    if (settings.give === undefined) attach(parent, relationship, found);
    else settings.give(parent, found);
  };
  for (const [parent, found] of work.settled) give(parent, found);
  // The chunks of one load are siblings of each other.
  const cohort = new Cohort();
  const next = followUpSettings(followUp, settings, cohort);
  for (const request of work.requests) {
    const { rows } = yield* planAndRun(session, request.statement, next);
    const groups = groupByKey(rows, request.keyCount);
    for (const [key, waiting] of request.parentsByKey) {
      const found = groups.get(key);
      for (const parent of waiting) give(parent, found);
    }
  }
}

function* followBySubquery(
  session: LoadSession,
  followUp: FollowUp,
  parents: readonly ObjectState[],
  objects: EntityObjects,
  original: SelectNode,
  settings: FollowSettings,
): Io<void> {
  const request = planSubquery(followUp, objects.plan, original, parents);
  // The original statement, with its parameters, is a part of this one.
  const { values } = settings;
  const { rows } = yield* planAndRun(session, request.statement, {
    ...followUpSettings(followUp, settings, new Cohort()),
    values,
  });
  const groups = groupByKey(rows, request.keyCount);
  for (const parent of parents) {
    if (!settings.lacks(parent)) continue;
    const found = groups.get(keyText(request.keyOf(parent)));
    attach(parent, followUp.relationship, found && Array.from(new Set(found)));
  }
}

function* followOneByOne(
  session: LoadSession,
  followUp: FollowUp,
  parents: readonly ObjectState[],
  settings: FollowSettings,
): Io<void> {
  // Two immediate loads that lead to each other must not read each other's expired objects again and again.
  const how = {
    siblings: "none" as const,
    mayEmit: followUp.mayEmit,
    mayBeExpired: !followUp.mayEmit,
    mayRaise: false,
  };
  for (const parent of parents) {
    if (!settings.lacks(parent)) continue;
    const found = yield* findRelated(session, parent, followUp.relationship, how, {
      chosen: followUp.chosen,
      settings: {
        ...followUpSettings(followUp, settings, undefined),
        followsPresent: false,
        populateExisting: false,
      },
    });
    settings.recursion?.note(found);
    if (found !== undefined) attach(parent, followUp.relationship, found);
  }
}

// ---------------------------------------------------------------- one relationship, of one object or of many

/** How one object's relationship is looked for. */
export interface Search {
  readonly chosen: ChosenStrategy;
  /** Of the statement, should one be needed. */
  readonly settings: RunSettings;
}

/** Finds what a relationship of one object refers to; undefined when that would need SQL and may not. */
export function* findRelated(
  session: LoadSession,
  state: ObjectState,
  relationship: RelationshipAttribute,
  how: RelationshipLoad,
  { chosen, settings }: Search,
): Io<readonly object[] | undefined> {
  const mayEmit = how.mayEmit !== false;
  const mayRaise = how.mayRaise !== false;
  const usesGet = relationship.usesGet && !hasCriteria(chosen);
  if (!mayEmit && !usesGet) return undefined;
  if (mayRaise) raiseIfForbidden(relationship, chosen);
  if (localColumns(relationship).some((column) => needsLoad(state, column))) {
    if (!mayEmit) return undefined;
    if ((yield* readLocalColumns(session, [state], relationship)).length > 0) throw objectGone(state);
    // An eager mapping brings the relationship along with the columns.
    if (!how.fromCommitted && state.values[relationship.slot] !== undefined) return [];
  }
  if (usesGet) {
    const key = referredKey(state, relationship, how.fromCommitted === true);
    if (key === null) return [];
    const present = session.identityMap.get(key);
    if (present !== undefined) {
      if (!present.expired || how.mayBeExpired) return [present.object];
      if (!mayEmit) return undefined;
      const gone = yield* reread(session, [present], "expired", {});
      return gone.length === 0 ? [present.object] : [];
    }
  }
  if (!mayEmit) return undefined;
  if (mayRaise) raiseIfSqlForbidden(relationship, chosen);
  const statement = planLazy(state, relationship, chosen, how.fromCommitted === true);
  if (statement === undefined) return [];
  const { rows } = yield* planAndRun(session, statement, settings);
  // A joined load below may have repeated rows; an object is a member once.
  return Array.from(new Set(rows.map((row) => row[0] as object)));
}

/** Loads a relationship for all these objects; gives those whose rows are gone. */
export function* loadForAll(
  session: LoadSession,
  states: readonly ObjectState[],
  relationship: RelationshipAttribute,
  { chosen, settings, give }: Search & { readonly give?: Give | undefined },
): Io<ReadonlySet<ObjectState>> {
  const { slot } = relationship;
  const incomplete = states.filter((state) =>
    localColumns(relationship).some((column) => needsLoad(state, column)),
  );
  const gone = new Set(yield* readLocalColumns(session, incomplete, relationship));
  const followUp: FollowUp = {
    kind: "selectin",
    relationship,
    chosen,
    node: settings.node ?? NO_OPTIONS,
    trail: settings.trail ?? [],
    mayEmit: true,
  };
  const parents = states.filter((state) => !gone.has(state));
  const lacks = (parent: ObjectState): boolean => give !== undefined || parent.values[slot] === undefined;
  const next: FollowSettings = { ...settings, lacks, looksUp: true, give };
  if (chosen.rule?.recursionDepth === undefined) yield* followBySelectin(session, followUp, parents, next);
  else yield* followLevels(session, followUp, parents, new Recursion([], []), next);
  return gone;
}

/** Reads what a relationship's key needs of its own objects; gives those whose rows are gone. */
function* readLocalColumns(
  session: LoadSession,
  states: readonly ObjectState[],
  relationship: RelationshipAttribute,
): Io<readonly ObjectState[]> {
  if (states.length === 0) return [];
  const gone = yield* reread(session, states, "expired", {});
  const columns = localColumns(relationship);
  const slots = columns.map((attribute) => attribute.slot);
  const deferred = states.filter(
    (state) => !gone.includes(state) && columns.some((column) => needsLoad(state, column)),
  );
  if (deferred.length === 0) return gone;
  return [...gone, ...(yield* reread(session, deferred, slots, {}))];
}

// ---------------------------------------------------------------- rows that are read again

/** How rows are read again. */
export interface RereadOptions {
  readonly lock?: LockClause | undefined;
  /** The application named the slots: relationships among them are loaded whatever their strategy. */
  readonly isExplicit?: boolean | undefined;
}

/** Reads rows of present objects again; gives the objects whose rows are gone. */
export function* reread(
  session: LoadSession,
  states: readonly ObjectState[],
  slots: RereadSlots,
  options: RereadOptions,
): Io<readonly ObjectState[]> {
  const gone: ObjectState[] = [];
  const [first] = states;
  if (first === undefined) return gone;
  const settings = { maxParameters: maxParametersFor(session, first.mapper), lock: options.lock };
  for (const request of planReread(states, slots, settings)) {
    const found = yield* runReread(session, request, options);
    for (const state of request.states) if (!found.has(state)) gone.push(state);
  }
  return gone;
}

function* runReread(
  session: LoadSession,
  request: RereadRequest,
  options: RereadOptions,
): Io<ReadonlySet<ObjectState>> {
  const settings = rereadSettings(request, options.isExplicit === true);
  const { rows } = yield* planAndRun(session, request.statement, settings);
  const found = new Set<ObjectState>();
  for (const row of rows) {
    const state = stateOf(row[0]);
    if (state !== undefined) found.add(state);
  }
  return found;
}

function maxParametersFor(session: LoadSession, mapper: Mapper): number {
  return session.dialectOf(mapper.table).features.maxParameters;
}
