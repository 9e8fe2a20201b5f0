/**
 * One-to-many and the far side of one-to-one: the related rows hold the foreign key.
 */
import type { RelationshipAttribute } from "../../mapping/mapper.ts";
import type { ObjectState } from "../../state/object-state.ts";
import { hasParent } from "../../state/parents.ts";
import type { ActionGraph } from "../actions.ts";
import type { Draft } from "../draft.ts";
import type { Work } from "../work.ts";
import {
  keysChanged,
  type OneByOne,
  present,
  type Registration,
  type Rule,
  type Subject,
  type Surroundings,
} from "./rule.ts";

function lostParent(child: ObjectState, relationship: RelationshipAttribute): boolean {
  return !hasParent(child, relationship);
}

function gatherDelete(relationship: RelationshipAttribute, { history }: Subject): Registration[] {
  const isDelete = relationship.cascades.has("delete-orphan");
  const lost = present(history.deleted).filter((child) => lostParent(child, relationship));
  const blanksKeys = !relationship.cascades.has("delete") && relationship.passiveDeletes !== "all";
  return [
    ...lost.map((state): Registration => ({ state, fate: { isDelete } })),
    ...(blanksKeys ? present(history.unchanged).map((state): Registration => ({ state, fate: {} })) : []),
  ];
}

function gatherSave(
  work: Work,
  relationship: RelationshipAttribute,
  { state, history }: Subject,
): Registration[] {
  const registrations: Registration[] = [];
  const added = present(history.added);
  for (const child of added) registrations.push({ state: child, fate: { cancelsDelete: true } });
  remember(work, relationship, added);
  for (const child of present(history.deleted)) {
    if (!relationship.cascades.has("delete-orphan")) {
      if (relationship.passiveDeletes !== "all") registrations.push({ state: child, fate: {} });
    } else if (lostParent(child, relationship)) {
      registrations.push({ state: child, fate: { isDelete: true }, reaches: true });
    }
  }
  if (keysChanged(state, relationship)) {
    for (const child of present(history.unchanged)) {
      registrations.push({ state: child, fate: { listOnly: relationship.passiveUpdates } });
    }
  }
  return registrations;
}

function remember(work: Work, relationship: RelationshipAttribute, children: readonly ObjectState[]): void {
  let added = work.addedChildren.get(relationship);
  if (added === undefined) {
    added = new Set();
    work.addedChildren.set(relationship, added);
  }
  for (const child of children) added.add(child);
}

function order(graph: ActionGraph, relationship: RelationshipAttribute, around: Surroundings): void {
  const { parentSaves, childSaves, parentDeletes, childDeletes, afterSave, beforeDelete } = around;
  if (relationship.postUpdate) {
    const preUpdates = graph.postUpdate(relationship.target, true);
    graph.add(
      [childSaves, afterSave],
      [parentSaves, afterSave],
      [afterSave, graph.postUpdate(relationship.target, false)],
      [beforeDelete, preUpdates],
      [preUpdates, parentDeletes],
      [preUpdates, childDeletes],
    );
    return;
  }
  graph.add(
    [parentSaves, afterSave],
    [afterSave, childSaves],
    [afterSave, childDeletes],
    [childSaves, parentDeletes],
    [childDeletes, parentDeletes],
    [beforeDelete, childSaves],
    [beforeDelete, childDeletes],
  );
}

function orderOne(graph: ActionGraph, relationship: RelationshipAttribute, one: OneByOne): void {
  const { saveParent, deleteParent, child, afterSave, beforeDelete } = one;
  if (relationship.postUpdate) {
    if (one.isDelete) {
      const preUpdates = graph.postUpdate(relationship.target, true);
      graph.add([beforeDelete, preUpdates], [preUpdates, deleteParent]);
      return;
    }
    graph.add([child, afterSave], [afterSave, graph.postUpdate(relationship.target, false)]);
    if (!one.isChildDeleted) graph.add([saveParent, afterSave]);
    return;
  }
  if (one.isDelete) graph.add([beforeDelete, child], [child, deleteParent]);
  else graph.add([saveParent, afterSave], [afterSave, child], [saveParent, child]);
}

function processDeletes(
  draft: Draft,
  relationship: RelationshipAttribute,
  states: readonly ObjectState[],
): void {
  if (!relationship.postUpdate && relationship.passiveDeletes === "all") return;
  const added = draft.work.addedChildren.get(relationship);
  for (const state of states) {
    const history = draft.work.history(state, relationship);
    const stays =
      relationship.postUpdate || !relationship.cascades.has("delete") ? present(history.unchanged) : [];
    const blanked = [
      ...present(history.deleted).filter((child) => lostParent(child, relationship)),
      ...stays.filter((child) => added?.has(child) !== true),
    ];
    for (const child of blanked) {
      blank(draft, relationship, child);
      if (relationship.postUpdate) draft.work.postUpdate(child, foreignKeys(relationship));
    }
  }
}

function processSaves(
  draft: Draft,
  relationship: RelationshipAttribute,
  states: readonly ObjectState[],
): void {
  const blanksKeys = !relationship.cascades.has("delete-orphan") && relationship.passiveDeletes !== "all";
  for (const state of states) {
    const history = draft.work.history(state, relationship);
    for (const child of present(history.added)) {
      assign(draft, relationship, state, child);
      if (relationship.postUpdate) draft.work.postUpdate(child, foreignKeys(relationship));
    }
    for (const child of present(history.deleted)) {
      if (blanksKeys && lostParent(child, relationship)) blank(draft, relationship, child);
    }
    if (!keysChanged(state, relationship)) continue;
    for (const child of present(history.unchanged)) assign(draft, relationship, state, child);
  }
}

function foreignKeys(relationship: RelationshipAttribute): unknown[] {
  return relationship.synchronizePairs.map((pair) => pair.to);
}

function assign(
  draft: Draft,
  relationship: RelationshipAttribute,
  parent: ObjectState,
  child: ObjectState,
): void {
  if (isLeftAlone(draft, relationship, child)) return;
  const isCascaded = relationship.passiveUpdates && keysChanged(parent, relationship);
  draft.copyKeys({ from: parent, to: child, pairs: relationship.synchronizePairs, isCascaded });
}

function blank(draft: Draft, relationship: RelationshipAttribute, child: ObjectState): void {
  if (!isLeftAlone(draft, relationship, child)) draft.clearKeys(child, relationship);
}

function isLeftAlone(draft: Draft, relationship: RelationshipAttribute, child: ObjectState): boolean {
  return !relationship.postUpdate && draft.work.isDeleted(child);
}

/** The rule of relationships whose other side holds the foreign key. */
export const oneToManyRule: Rule = {
  needsLoad(relationship, state, isDelete) {
    if (isDelete) return relationship.passiveDeletes === false;
    return !relationship.passiveUpdates && keysChanged(state, relationship);
  },
  gather: (work, relationship, subject) =>
    subject.isDelete ? gatherDelete(relationship, subject) : gatherSave(work, relationship, subject),
  order,
  orderOne,
  process(draft, relationship, states, isDelete) {
    if (isDelete) processDeletes(draft, relationship, states);
    else processSaves(draft, relationship, states);
  },
};
