/**
 * Many-to-many: rows of a secondary table hold both keys.
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
  keysChanged,
  type OneByOne,
  present,
  type Rule,
  type Surroundings,
} from "./rule.ts";

function gather(gathering: Gathering, _state: ObjectState, history: StateHistory): void {
  const { relationship, isDelete } = gathering;
  if (isDelete || !relationship.cascades.has("delete-orphan")) return;
  const orphans = present(history.deleted).filter((child) => !hasParent(child, relationship));
  gatherDeleted(gathering, orphans);
}

function order(graph: ActionGraph, _relationship: RelationshipAttribute, around: Surroundings): void {
  const { parentSaves, childSaves, parentDeletes, childDeletes, afterSave, beforeDelete } = around;
  graph.add(
    [parentSaves, afterSave],
    [childSaves, afterSave],
    [afterSave, childDeletes],
    // An object that is deleted and one saved under its key: association rows go first.
    [beforeDelete, parentSaves],
    [beforeDelete, parentDeletes],
    [beforeDelete, childDeletes],
    [beforeDelete, childSaves],
  );
}

function orderOne(graph: ActionGraph, _relationship: RelationshipAttribute, one: OneByOne): void {
  const { saveParent, deleteParent, child, afterSave, beforeDelete } = one;
  if (one.isDelete) graph.add([beforeDelete, child], [beforeDelete, deleteParent]);
  else if (one.isChildDeleted) graph.add([saveParent, afterSave], [afterSave, child]);
  else graph.add([saveParent, afterSave], [child, afterSave]);
}

function processDeletes(
  draft: Draft,
  relationship: RelationshipAttribute,
  states: readonly ObjectState[],
): void {
  const links = draft.links(relationship);
  for (const state of states) {
    const { unchanged, deleted } = draft.work.history(state, relationship);
    for (const child of present([...unchanged, ...deleted])) links.remove(state, child);
  }
  links.finish();
}

function processSaves(
  draft: Draft,
  relationship: RelationshipAttribute,
  states: readonly ObjectState[],
): void {
  const links = draft.links(relationship);
  for (const state of states) {
    const { added, unchanged, deleted } = draft.work.history(state, relationship);
    for (const child of present(added)) links.add(state, child);
    for (const child of present(deleted)) links.remove(state, child);
    if (relationship.passiveUpdates || !keysChanged(state, relationship)) continue;
    for (const child of present(unchanged)) links.rekey(state, child);
  }
  links.finish();
}

/** The rule of relationships over a secondary table. */
export const manyToManyRule: Rule = {
  needsLoad(relationship, state, isDelete) {
    if (isDelete) return relationship.passiveDeletes === false;
    return !relationship.passiveUpdates && keysChanged(state, relationship);
  },
  gather,
  order,
  orderOne,
  process(draft, relationship, states, isDelete) {
    if (isDelete) processDeletes(draft, relationship, states);
    else processSaves(draft, relationship, states);
  },
};
