/**
 * Many-to-one and the near side of one-to-one: the own row holds the foreign key.
 */
import type { RelationshipAttribute } from "../../mapping/mapper.ts";
import type { ObjectState } from "../../state/object-state.ts";
import { hasParent } from "../../state/parents.ts";
import type { ActionGraph } from "../actions.ts";
import type { Draft } from "../draft.ts";
import type { StateHistory } from "../state-history.ts";
import {
  type Gathering,
  gatherDeleted,
  type OneByOne,
  present,
  type Rule,
  type Surroundings,
} from "./rule.ts";

function gather(gathering: Gathering, _state: ObjectState, history: StateHistory): void {
  const { relationship, isDelete } = gathering;
  const deletesOrphans = relationship.cascades.has("delete-orphan");
  if (isDelete) {
    if (!deletesOrphans && !relationship.cascades.has("delete")) return;
    gatherDeleted(gathering, history.added);
    gatherDeleted(gathering, history.unchanged);
    if (deletesOrphans) gatherDeleted(gathering, history.deleted);
  } else if (deletesOrphans) {
    const orphans = present(history.deleted).filter((child) => !hasParent(child, relationship));
    gatherDeleted(gathering, orphans);
  }
}

function order(graph: ActionGraph, relationship: RelationshipAttribute, around: Surroundings): void {
  const { parentSaves, childSaves, parentDeletes, childDeletes, afterSave, beforeDelete } = around;
  if (relationship.postUpdate) {
    const preUpdates = graph.postUpdate(relationship.mapper, true);
    graph.add(
      [childSaves, afterSave],
      [parentSaves, afterSave],
      [afterSave, graph.postUpdate(relationship.mapper, false)],
      [afterSave, preUpdates],
      [beforeDelete, preUpdates],
      [preUpdates, childDeletes],
      [preUpdates, parentDeletes],
    );
    return;
  }
  graph.add(
    [childSaves, afterSave],
    [afterSave, parentSaves],
    [parentSaves, childDeletes],
    [parentDeletes, childDeletes],
  );
}

function orderOne(graph: ActionGraph, relationship: RelationshipAttribute, one: OneByOne): void {
  const { saveParent, deleteParent, child, afterSave, beforeDelete } = one;
  if (relationship.postUpdate) {
    if (one.isDelete) {
      const preUpdates = graph.postUpdate(relationship.mapper, true);
      graph.add([beforeDelete, preUpdates], [preUpdates, deleteParent], [preUpdates, child]);
      return;
    }
    const updates = graph.postUpdate(relationship.mapper, false);
    graph.add([afterSave, updates]);
    if (one.isChildDeleted) graph.add([updates, child]);
    else graph.add([saveParent, afterSave], [child, afterSave]);
    return;
  }
  if (!one.isDelete) {
    graph.add([afterSave, saveParent]);
    if (!one.isChildDeleted) graph.add([child, afterSave]);
  } else if (one.isChildDeleted) {
    graph.add([deleteParent, child]);
  }
}

function processDeletes(
  draft: Draft,
  relationship: RelationshipAttribute,
  states: readonly ObjectState[],
): void {
  const leavesKeys = relationship.cascades.has("delete-orphan") || relationship.passiveDeletes === "all";
  if (!relationship.postUpdate || leavesKeys) return;
  for (const state of states) {
    draft.clearKeys(state, relationship);
    const { added, unchanged, deleted } = draft.work.history(state, relationship);
    if (present([...added, ...unchanged, ...deleted]).length > 0) {
      draft.work.postUpdate(state, foreignKeys(relationship));
    }
  }
}

function processSaves(
  draft: Draft,
  relationship: RelationshipAttribute,
  states: readonly ObjectState[],
): void {
  for (const state of states) {
    const { added, unchanged, deleted } = draft.work.history(state, relationship);
    if (relationship.postUpdate || !draft.work.isDeleted(state)) {
      for (const child of added) refer(draft, relationship, state, child);
      if (added.length === 0 && deleted.length > 0) draft.clearKeys(state, relationship);
    }
    if (relationship.postUpdate && added.length + unchanged.length + deleted.length > 0) {
      draft.work.postUpdate(state, foreignKeys(relationship));
    }
  }
}

function refer(
  draft: Draft,
  relationship: RelationshipAttribute,
  state: ObjectState,
  child: ObjectState | null,
): void {
  if (child === null) draft.clearKeys(state, relationship);
  // An object outside the session has no row to refer to: the key stays as it is.
  else if (draft.work.memory.holds(child)) {
    draft.copyKeys({ from: child, to: state, pairs: relationship.synchronizePairs, isCascaded: false });
  }
}

function foreignKeys(relationship: RelationshipAttribute): unknown[] {
  return relationship.synchronizePairs.map((pair) => pair.to);
}

/** The rule of relationships whose own row holds the foreign key. */
export const manyToOneRule: Rule = {
  needsLoad(relationship, _state, isDelete) {
    if (relationship.passiveDeletes !== false) return false;
    if (!isDelete) return relationship.cascades.has("delete-orphan");
    return (
      relationship.cascades.has("delete") ||
      relationship.cascades.has("delete-orphan") ||
      relationship.postUpdate
    );
  },
  gather,
  order,
  orderOne,
  process(draft, relationship, states, isDelete) {
    if (isDelete) processDeletes(draft, relationship, states);
    else processSaves(draft, relationship, states);
  },
};
