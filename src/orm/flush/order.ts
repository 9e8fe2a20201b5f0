/**
 * Work → Turn[]: which objects are written or processed together, in an order that the database accepts.
 *
 * Whole mappers are ordered first. Where mappers form a cycle (a tree, two tables that refer to each other) the actions
 * of that cycle are replaced by actions on single objects; only a cycle among objects is an error.
 */
import { fail } from "../../foundation/errors.ts";
import {
  type Edge,
  findCycle,
  nodesOnCycles,
  orderIntoGroups,
  reachableFrom,
} from "../../foundation/graph.ts";
import type { RelationshipAttribute } from "../mapping/mapper.ts";
import { knownMembers } from "../state/cascades.ts";
import { rootMapper } from "../state/identity-key.ts";
import type { ObjectState } from "../state/object-state.ts";
import { type Action, sortName } from "./actions.ts";
import { ruleOf } from "./rules/index.ts";
import { present } from "./rules/rule.ts";
import { hasRelationship, type Work } from "./work.ts";

/** One action with the objects that it is about. */
export interface Turn {
  readonly action: Action;
  readonly states: readonly ObjectState[];
}

/** The turns of a flush, and why they are not all of it. */
export interface Ordered {
  readonly turns: readonly Turn[];
  /** Objects depend on each other in a circle: only what can precede them is ordered. */
  readonly failure: Error | undefined;
}

/**
 * Orders the actions of a flush.
 *
 * Errors: flush/cycle, as `failure`, when objects depend on each other in a circle; facts: path.
 * Source: the two levels, mappers then rows, are those of SQLAlchemy's unit of work.
 */
export function order(work: Work): Ordered {
  const { graph } = work;
  const cyclic = nodesOnCycles(graph.actions, graph.edges);
  if (cyclic.size > 0) breakUp(work, cyclic);
  const actions = graph.actions.filter((action) => !cyclic.has(action) && !graph.disabled.has(action));
  actions.sort((left, right) =>
    sortName(left) < sortName(right) ? -1 : sortName(left) > sortName(right) ? 1 : 0,
  );
  const stuck = findCycle(actions, graph.edges);
  const blocked = stuck === undefined ? new Set<Action>() : behind(stuck, actions, graph.edges);
  const free = actions.filter((action) => !blocked.has(action));
  return {
    turns: orderIntoGroups(free, graph.edges).flatMap((group) => merge(work, group)),
    failure: stuck && fail("flush/cycle", { path: stuck.map(nameOf) }),
  };
}

/** Every action of a cycle and whatever has to come after one. */
function behind(
  stuck: readonly Action[],
  actions: readonly Action[],
  edges: readonly Edge<Action>[],
): Set<Action> {
  const after = new Map<Action, Action[]>();
  for (const [before, next] of edges) {
    const followers = after.get(before) ?? [];
    followers.push(next);
    after.set(before, followers);
  }
  return reachableFrom([...stuck, ...nodesOnCycles(actions, edges)], (action) => after.get(action) ?? []);
}

function nameOf(action: Action): string {
  if (action.kind === "process") return `${action.relationship.mapper.name}.${action.relationship.key}`;
  if (action.kind === "postUpdate") return `postUpdate ${action.mapper.name}`;
  const key = action.state?.key?.values.join(", ");
  return `${action.kind} ${action.state?.mapper.name ?? action.mapper.name}${key === undefined ? "" : ` ${key}`}`;
}

/** Actions of one group on single objects of one kind run as one. */
function merge(work: Work, group: readonly Action[]): Turn[] {
  const turns = new Map<Action, { action: Action; states: ObjectState[] }>();
  for (const action of group) {
    const state = action.kind === "postUpdate" ? undefined : action.state;
    if (state === undefined) {
      turns.set(action, { action, states: statesOf(work, action) });
      continue;
    }
    const whole = wholeOf(work, action);
    const turn = turns.get(whole);
    if (turn === undefined) turns.set(whole, { action, states: [state] });
    else turn.states.push(state);
  }
  return Array.from(turns.values());
}

/** The action on all objects that an action on a single one is a part of. */
function wholeOf({ graph }: Work, action: Action): Action {
  if (action.kind === "process") return graph.process(action.relationship, action.isDelete);
  if (action.kind === "postUpdate") return action;
  return action.kind === "save" ? graph.save(action.mapper) : graph.delete(action.mapper);
}

function statesOf(work: Work, action: Action): ObjectState[] {
  if (action.kind === "process") return work.parentsOf(action.relationship, action.isDelete);
  return action.kind === "postUpdate" ? [] : work.statesOf(action.mapper, action.kind === "delete");
}

// ---------------------------------------------------------------- cycles

/** Replaces the actions of cycles by actions on single objects. */
function breakUp(work: Work, cyclic: ReadonlySet<Action>): void {
  const { graph } = work;
  const finer = new Map<Action, Action[]>();
  const relationships = graph.actions.flatMap((action) =>
    action.kind === "process" ? [action.relationship] : [],
  );
  for (const action of cyclic) finer.set(action, breakUpAction(work, cyclic, action, new Set(relationships)));
  graph.edges = graph.edges.flatMap(([before, after]) => {
    if (graph.disabled.has(before) || graph.disabled.has(after)) return [];
    if (cyclic.has(before) && cyclic.has(after)) return [];
    if (cyclic.has(before)) return (finer.get(before) as Action[]).map((action) => [action, after] as const);
    if (cyclic.has(after)) return (finer.get(after) as Action[]).map((action) => [before, action] as const);
    return [[before, after] as const];
  });
}

function breakUpAction(
  work: Work,
  cyclic: ReadonlySet<Action>,
  action: Action,
  relationships: ReadonlySet<RelationshipAttribute>,
): Action[] {
  if (action.kind !== "save" && action.kind !== "delete") return [];
  const { graph } = work;
  const isDelete = action.kind === "delete";
  const states = work.statesOf(action.mapper, isDelete);
  const opposite = isDelete ? graph.save(action.mapper) : graph.delete(action.mapper);
  const finer = states.map((state) => {
    const single = isDelete ? graph.delete(action.mapper, state) : graph.save(action.mapper, state);
    graph.add(isDelete ? [opposite, single] : [single, opposite]);
    return single;
  });
  for (const relationship of relationships) {
    if (rootMapper(relationship.mapper) !== action.mapper) continue;
    orderSingles(work, cyclic, { relationship, isDelete, states });
  }
  return finer;
}

/** Orders single objects around one relationship that takes part in a cycle. */
function orderSingles(
  work: Work,
  cyclic: ReadonlySet<Action>,
  around: { relationship: RelationshipAttribute; isDelete: boolean; states: readonly ObjectState[] },
): void {
  const { relationship, isDelete, states } = around;
  const { graph } = work;
  const rule = ruleOf(relationship);
  const childSaves = graph.save(relationship.target);
  const childDeletes = graph.delete(relationship.target);
  const isChildCyclic = cyclic.has(childSaves);
  graph.disabled.add(graph.process(relationship, isDelete));
  for (const state of states) {
    if (!hasRelationship(state.mapper, relationship)) continue;
    const members = membersOf(work, state, relationship, isDelete);
    if (members.length === 0) continue;
    const process = graph.process(relationship, isDelete, state);
    const children: { child: Action | undefined; isChildDeleted: boolean }[] = isChildCyclic
      ? members.map((member) => singleAction(work, member))
      : [
          { child: childSaves, isChildDeleted: false },
          { child: childDeletes, isChildDeleted: true },
        ];
    for (const { child, isChildDeleted } of children) {
      rule.orderOne(graph, relationship, {
        isDelete,
        child,
        isChildDeleted,
        saveParent: isDelete ? undefined : graph.save(relationship.mapper, state),
        deleteParent: isDelete ? graph.delete(relationship.mapper, state) : undefined,
        afterSave: isDelete ? undefined : process,
        beforeDelete: isDelete ? process : undefined,
      });
    }
  }
}

/** Present and lost members; one `null` stands for an empty reference, which still has to be processed. */
function membersOf(
  work: Work,
  state: ObjectState,
  relationship: RelationshipAttribute,
  isDelete: boolean,
): readonly (ObjectState | null)[] {
  const known = knownMembers(state, relationship);
  if (relationship.isCollection) return known;
  const isLoaded = state.values[relationship.slot] !== undefined;
  if (!isLoaded) return isDelete ? present(work.history(state, relationship).unchanged) : [];
  const looked = present(work.history(state, relationship).deleted).filter(
    (member) => !known.includes(member),
  );
  const members = [...known, ...looked];
  return members.length === 0 ? [null] : members;
}

function singleAction(
  work: Work,
  member: ObjectState | null,
): { child: Action | undefined; isChildDeleted: boolean } {
  if (member === null || work.partOf(member) === undefined)
    return { child: undefined, isChildDeleted: false };
  const isChildDeleted = work.isDeleted(member);
  const { graph } = work;
  return {
    child: isChildDeleted ? graph.delete(member.mapper, member) : graph.save(member.mapper, member),
    isChildDeleted,
  };
}
