/**
 * The work of one flush while it is gathered: which objects take part and how, what changed on their relationships,
 * and the actions that follow with the order between them.
 *
 * Above: `collect.ts` fills it, `order.ts` orders it, `draft.ts` reads it.
 */
import type { Mapper, RelationshipAttribute } from "../mapping/mapper.ts";
import { type History, relationshipHistory } from "../state/changes.ts";
import { rootMapper } from "../state/identity-map.ts";
import { type ObjectState, stateOf } from "../state/object-state.ts";
import type { SessionMemory } from "../state/session-memory.ts";
import { ActionGraph } from "./actions.ts";

/** How an object takes part. `listOnly`: it is there for the order alone and writes nothing. */
export interface Fate {
  readonly isDelete: boolean;
  readonly listOnly: boolean;
}

/** A relationship's changes, as states. `null` stands for an empty reference. */
export interface StateHistory {
  readonly added: readonly (ObjectState | null)[];
  readonly unchanged: readonly (ObjectState | null)[];
  readonly deleted: readonly (ObjectState | null)[];
}

interface KnownHistory {
  readonly history: StateHistory;
  /** What was not in memory has been loaded. */
  readonly isLoaded: boolean;
}

/** Objects whose foreign key a later UPDATE writes, and the columns. */
export interface PostUpdate {
  readonly states: Set<ObjectState>;
  readonly columns: Set<unknown>;
}

/** A changed key that is copied to an object which refers to it. */
export interface KeySwitchCopy {
  readonly relationship: RelationshipAttribute;
  readonly from: ObjectState;
  readonly to: ObjectState;
}

/** The work of one flush. */
export class Work {
  readonly memory: SessionMemory;
  readonly fates = new Map<ObjectState, Fate>();
  readonly byMapper = new Map<Mapper, Set<ObjectState>>();
  readonly graph = new ActionGraph();
  /** Relationships in whose collections an object was newly found. */
  readonly addedChildren = new Map<RelationshipAttribute, Set<ObjectState>>();
  /** Slots of columns whose value in the row was not known when the flush began. */
  readonly unknown = new Map<ObjectState, ReadonlySet<number>>();
  /** Old values of changed unique columns that only the row knew. */
  readonly lookedUp = new Map<ObjectState, ReadonlyMap<number, unknown>>();
  /** Referring objects whose foreign key follows a changed primary key. */
  readonly keySwitches: KeySwitchCopy[] = [];
  readonly postUpdates = new Map<Mapper, PostUpdate>();
  readonly #histories = new Map<RelationshipAttribute, Map<ObjectState, KnownHistory>>();

  constructor(memory: SessionMemory) {
    this.memory = memory;
  }

  /** Lets an object take part. False when the session does not hold it, so that it stays out. */
  register(state: ObjectState, fate: Partial<Fate> & { readonly cancelsDelete?: boolean } = {}): boolean {
    if (!this.memory.holds(state)) return false;
    const { isDelete = false, listOnly = false, cancelsDelete = false } = fate;
    if (!this.fates.has(state)) {
      let states = this.byMapper.get(state.mapper);
      if (states === undefined) {
        states = new Set();
        this.byMapper.set(state.mapper, states);
      }
      states.add(state);
      this.fates.set(state, { isDelete, listOnly });
    } else if (!listOnly && (isDelete || cancelsDelete)) {
      this.fates.set(state, { isDelete, listOnly: false });
    }
    return true;
  }

  isDeleted(state: ObjectState): boolean {
    return this.fates.get(state)?.isDelete === true;
  }

  /** The states of a mapper's hierarchy that are to be saved, or deleted. */
  statesOf(mapper: Mapper, isDelete: boolean): ObjectState[] {
    const states: ObjectState[] = [];
    for (const [candidate, members] of this.byMapper) {
      if (rootMapper(candidate) !== mapper) continue;
      for (const state of members) {
        const fate = this.fates.get(state) as Fate;
        if (fate.isDelete === isDelete && !fate.listOnly) states.push(state);
      }
    }
    return states;
  }

  /** The states that have a relationship and are to be saved, or deleted. */
  parentsOf(relationship: RelationshipAttribute, isDelete: boolean): ObjectState[] {
    return this.statesOf(rootMapper(relationship.mapper), isDelete).filter((state) =>
      hasAttribute(state, relationship),
    );
  }

  /** A relationship's changes as far as they were looked up, else from memory. */
  history(state: ObjectState, relationship: RelationshipAttribute): StateHistory {
    return this.knownHistory(state, relationship)?.history ?? inMemory(state, relationship);
  }

  knownHistory(state: ObjectState, relationship: RelationshipAttribute): KnownHistory | undefined {
    return this.#histories.get(relationship)?.get(state);
  }

  rememberHistory(
    state: ObjectState,
    relationship: RelationshipAttribute,
    known: KnownHistory,
  ): StateHistory {
    let histories = this.#histories.get(relationship);
    if (histories === undefined) {
      histories = new Map();
      this.#histories.set(relationship, histories);
    }
    histories.set(state, known);
    return known.history;
  }

  /** Asks for a later UPDATE of foreign key columns. */
  postUpdate(state: ObjectState, columns: Iterable<unknown>): void {
    const mapper = rootMapper(state.mapper);
    let entry = this.postUpdates.get(mapper);
    if (entry === undefined) {
      entry = { states: new Set(), columns: new Set() };
      this.postUpdates.set(mapper, entry);
    }
    entry.states.add(state);
    for (const column of columns) entry.columns.add(column);
  }
}

/** Whether an object's class has the relationship, itself or by inheritance. */
export function hasAttribute(state: ObjectState, relationship: RelationshipAttribute): boolean {
  return state.mapper.attributeByKey.get(relationship.key) === relationship;
}

/** A relationship's changes from memory alone; queued changes of an unloaded collection included. */
export function inMemory(state: ObjectState, relationship: RelationshipAttribute): StateHistory {
  return asStates(relationshipHistory(state, relationship, true));
}

/** Turns a history of objects into one of states. */
export function asStates({ added, unchanged, deleted }: History<object | null>): StateHistory {
  if (added.length === 0 && unchanged.length === 0 && deleted.length === 0) return NOTHING;
  return { added: statesOf(added), unchanged: statesOf(unchanged), deleted: statesOf(deleted) };
}

const NONE: readonly (ObjectState | null)[] = Object.freeze([]);
const NOTHING: StateHistory = Object.freeze({ added: NONE, unchanged: NONE, deleted: NONE });

function statesOf(members: readonly (object | null)[]): readonly (ObjectState | null)[] {
  return members.length === 0 ? NONE : members.map((member) => stateOf(member) ?? null);
}
