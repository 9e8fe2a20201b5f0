/**
 * What a relationship asks of a flush, by its direction. A rule never touches the database: it says what it has to
 * know, which objects take part because of it, what comes before what, and which keys are assigned.
 */
import type { RelationshipAttribute } from "../../mapping/mapper.ts";
import { columnHistory } from "../../state/changes.ts";
import type { ObjectState } from "../../state/object-state.ts";
import type { Action, ActionGraph } from "../actions.ts";
import type { Draft } from "../draft.ts";
import type { StateHistory } from "../state-history.ts";
import { DELETED, type Work } from "../work.ts";

/** The actions around one relationship. For one object (in a cycle) some of them are about that object alone. */
export interface Surroundings {
  readonly parentSaves: Action | undefined;
  readonly childSaves: Action | undefined;
  readonly parentDeletes: Action | undefined;
  readonly childDeletes: Action | undefined;
  readonly afterSave: Action | undefined;
  readonly beforeDelete: Action | undefined;
}

/** The actions around one object and one of its related objects, where mappers form a cycle. */
export interface OneByOne {
  readonly isDelete: boolean;
  readonly saveParent: Action | undefined;
  readonly deleteParent: Action | undefined;
  /** What happens to the related object; undefined when it takes no part. */
  readonly child: Action | undefined;
  readonly isChildDeleted: boolean;
  readonly afterSave: Action | undefined;
  readonly beforeDelete: Action | undefined;
}

/** A direction's rule. */
export interface Rule {
  /** Whether the relationship's members must be loaded before an object is saved, or deleted. */
  needsLoad(relationship: RelationshipAttribute, state: ObjectState, isDelete: boolean): boolean;
  /**
   * Registers the objects that take part because of the changes on an object. Those whose delete cascades further are put
   * into `reaching`.
   */
  gather(gathering: Gathering, state: ObjectState, history: StateHistory): void;
  /** The order between whole mappers. */
  order(graph: ActionGraph, relationship: RelationshipAttribute, around: Surroundings): void;
  /** The order between single objects. */
  orderOne(graph: ActionGraph, relationship: RelationshipAttribute, one: OneByOne): void;
  /** Assigns the keys that the changes of these objects ask for. */
  process(
    draft: Draft,
    relationship: RelationshipAttribute,
    states: readonly ObjectState[],
    isDelete: boolean,
  ): void;
}

/** What is looked at: the objects that have a relationship and are saved, or deleted. */
export interface Gathering {
  readonly work: Work;
  readonly relationship: RelationshipAttribute;
  readonly isDelete: boolean;
  /** Objects whose delete cascades further. */
  readonly reaching: ObjectState[];
}

const NO_STATES: readonly ObjectState[] = Object.freeze([]);

/** The members that are objects. */
export function present(members: readonly (ObjectState | null)[]): readonly ObjectState[] {
  if (members.length === 0) return NO_STATES;
  return members.includes(null) ? members.filter((member) => member !== null) : (members as ObjectState[]);
}

/** Registers objects to be deleted with what their own cascades reach. */
export function gatherDeleted({ work, reaching }: Gathering, members: readonly (ObjectState | null)[]): void {
  for (const state of members) if (state !== null && work.register(state, DELETED)) reaching.push(state);
}

/** Whether the columns that the other side refers to changed on an object that has a row. */
export function keysChanged(state: ObjectState, relationship: RelationshipAttribute): boolean {
  // Most objects have not changed at all.
  if (state.committed === undefined && state.snapshots === undefined) return false;
  for (const { from } of relationship.synchronizePairs) {
    const attribute = state.mapper.columnByNode.get(from);
    if (attribute !== undefined && columnHistory(state, attribute).deleted.length > 0) return true;
  }
  return false;
}
