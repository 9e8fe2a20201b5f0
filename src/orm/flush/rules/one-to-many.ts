/**
 * One-to-many and the far side of one-to-one: the related rows hold the foreign key.
 */
import type { RelationshipAttribute } from "../../mapping/mapper.ts";
import type { ObjectState } from "../../state/object-state.ts";
import { hasParent } from "../../state/parents.ts";
import type { ActionGraph } from "../actions.ts";
import type { Draft } from "../draft.ts";
import type { StateHistory } from "../state-history.ts";
import { DELETED, KEPT, SAVED } from "../work.ts";
import {
  type Gathering,
  gatherDeleted,
  keysChanged,
  type OneByOne,
  present,
  type Rule,
  type Surroundings,
} from "./rule.ts";

function lostParent(child: ObjectState, relationship: RelationshipAttribute): boolean {
  return !hasParent(child, relationship);
}

function gatherDelete({ work, relationship }: Gathering, history: StateHistory): void {
  const fate = relationship.cascades.has("delete-orphan") ? DELETED : SAVED;
  for (const child of history.deleted) {
    if (child !== null && lostParent(child, relationship)) work.register(child, fate);
  }
  if (relationship.cascades.has("delete") || relationship.passiveDeletes === "all") return;
  for (const child of history.unchanged) if (child !== null) work.register(child, SAVED);
}

function gatherSave(gathering: Gathering, state: ObjectState, history: StateHistory): void {
  const { work, relationship } = gathering;
  if (history.added.length > 0) gatherAdded(gathering, present(history.added));
  if (history.deleted.length > 0) gatherLost(gathering, history.deleted);
  if (history.unchanged.length === 0 || !keysChanged(state, relationship)) return;
  const fate = { listOnly: relationship.passiveUpdates };
  for (const child of present(history.unchanged)) work.register(child, fate);
}

function gatherLost(gathering: Gathering, members: readonly (ObjectState | null)[]): void {
  const { work, relationship } = gathering;
  if (relationship.cascades.has("delete-orphan")) {
    const orphans = present(members).filter((child) => lostParent(child, relationship));
    gatherDeleted(gathering, orphans);
  } else if (relationship.passiveDeletes !== "all") {
    for (const child of present(members)) work.register(child, SAVED);
  }
}

function gatherAdded({ work, relationship }: Gathering, children: readonly ObjectState[]): void {
  for (const child of children) work.register(child, KEPT);
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
    if (stays.length === 0 && history.deleted.length === 0) continue;
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
    if (history.unchanged.length === 0 || !keysChanged(state, relationship)) continue;
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
  gather(gathering, state, history) {
    if (gathering.isDelete) gatherDelete(gathering, history);
    else gatherSave(gathering, state, history);
  },
  order,
  orderOne,
  process(draft, relationship, states, isDelete) {
    if (isDelete) processDeletes(draft, relationship, states);
    else processSaves(draft, relationship, states);
  },
};
