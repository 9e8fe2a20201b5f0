/**
 * What a relationship asks of a flush, by its direction. A rule never touches the database: it says what it has to
 * know, which objects take part because of it, what comes before what, and which keys are assigned.
 */
import type { RelationshipAttribute } from "../../mapping/mapper.ts";
import { columnHistory } from "../../state/changes.ts";
import type { ObjectState } from "../../state/object-state.ts";
import type { Action, ActionGraph } from "../actions.ts";
import type { Draft } from "../draft.ts";
import type { Fate, StateHistory, Work } from "../work.ts";

/** An object that takes part because of a relationship. `reaches`: so do the objects that its delete cascades to. */
export interface Registration {
  readonly state: ObjectState;
  readonly fate: Partial<Fate> & { readonly cancelsDelete?: boolean };
  readonly reaches?: boolean;
}

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
  /** Which objects take part because an object is saved, or deleted. */
  gather(work: Work, relationship: RelationshipAttribute, subject: Subject): Registration[];
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

/** One object that is saved or deleted, with the relationship's changes on it. */
export interface Subject {
  readonly state: ObjectState;
  readonly isDelete: boolean;
  readonly history: StateHistory;
}

/** The members that are objects. */
export function present(members: readonly (ObjectState | null)[]): ObjectState[] {
  return members.filter((member) => member !== null);
}

/** Whether the columns that the other side refers to changed on an object that has a row. */
export function keysChanged(state: ObjectState, relationship: RelationshipAttribute): boolean {
  return relationship.synchronizePairs.some(({ from }) => {
    const attribute = state.mapper.columnByNode.get(from);
    return attribute !== undefined && columnHistory(state, attribute).deleted.length > 0;
  });
}
