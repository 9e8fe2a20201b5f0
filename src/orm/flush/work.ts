/**
 * The work of one flush while it is gathered: which objects take part and how, what changed on their relationships,
 * and the actions that follow with the order between them.
 *
 * Above: `collect.ts` fills it, `order.ts` orders it, `draft.ts` reads it.
 */
import type { Mapper, RelationshipAttribute } from "../mapping/mapper.ts";
import { rootMapper } from "../state/identity-key.ts";
import type { ObjectState } from "../state/object-state.ts";
import type { SessionMemory } from "../state/session-memory.ts";
import { ActionGraph } from "./actions.ts";
import { Part } from "./part.ts";
import { inMemory, type StateHistory } from "./state-history.ts";

/** How an object comes to take part. */
export interface Fate {
  readonly isDelete?: boolean;
  /** It is there for the order alone and writes nothing. */
  readonly listOnly?: boolean;
  /** It is saved after all. */
  readonly cancelsDelete?: boolean;
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
  /** The objects that take part, in the order in which they turned up. */
  readonly parts: Part[] = [];
  readonly byMapper = new Map<Mapper, Part[]>();
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
  /** Some of the objects that take part have a row. */
  hasRows = false;
  /** Objects that take no part and are given a key nevertheless. */
  readonly outsiders: Part[] = [];

  constructor(memory: SessionMemory) {
    this.memory = memory;
  }

  /** Lets an object take part. False when the session does not hold it, so that it stays out. */
  register(state: ObjectState, fate: Fate = SAVED): boolean {
    const known = this.partOf(state);
    const { isDelete = false, listOnly = false } = fate;
    if (known !== undefined) {
      if (!listOnly && (isDelete || fate.cancelsDelete === true)) {
        known.isDelete = isDelete;
        known.listOnly = false;
      }
      return true;
    }
    if (!this.memory.holds(state)) return false;
    if (state.hasKey) this.hasRows = true;
    const part = this.admit(state);
    part.isDelete = isDelete;
    part.listOnly = listOnly;
    return true;
  }

  /** The same for an object that the session is known to hold and that takes no part yet. */
  admit(state: ObjectState): Part {
    const part = new Part(this, state);
    this.parts.push(part);
    const parts = this.byMapper.get(state.mapper);
    if (parts === undefined) this.byMapper.set(state.mapper, [part]);
    else parts.push(part);
    return part;
  }

  /** How an object takes part; undefined: it does not. */
  partOf(state: ObjectState): Part | undefined {
    const part = state.flushPart as Part | undefined;
    return part?.work === this && !part.isOutsider ? part : undefined;
  }

  /** The same where it does not matter whether it takes part. */
  noteOf(state: ObjectState): Part {
    const known = state.flushPart as Part | undefined;
    if (known?.work === this) return known;
    const part = new Part(this, state);
    part.isOutsider = true;
    this.outsiders.push(part);
    return part;
  }

  /** Lets go of the objects, once the flush is over. */
  release(): void {
    for (const part of this.parts) part.release();
    for (const part of this.outsiders) part.release();
  }

  isDeleted(state: ObjectState): boolean {
    return this.partOf(state)?.isDelete === true;
  }

  /** The states of a mapper's hierarchy that are to be saved, or deleted. */
  statesOf(mapper: Mapper, isDelete: boolean): ObjectState[] {
    const states: ObjectState[] = [];
    for (const [candidate, parts] of this.byMapper) {
      if (rootMapper(candidate) === mapper) putStates(states, parts, isDelete);
    }
    return states;
  }

  /** The states that have a relationship and are to be saved, or deleted. */
  parentsOf(relationship: RelationshipAttribute, isDelete: boolean): ObjectState[] {
    const states: ObjectState[] = [];
    for (const [mapper, parts] of this.byMapper) {
      if (hasRelationship(mapper, relationship)) putStates(states, parts, isDelete);
    }
    return states;
  }

  /** A relationship's changes as far as they were looked up, else from memory. */
  history(state: ObjectState, relationship: RelationshipAttribute): StateHistory {
    return this.partOf(state)?.histories?.[relationship.slot] ?? inMemory(state, relationship);
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

/** How objects come to take part, mostly. */
export const SAVED: Fate = Object.freeze({});
export const KEPT: Fate = Object.freeze({ cancelsDelete: true });
export const DELETED: Fate = Object.freeze({ isDelete: true });

function putStates(states: ObjectState[], parts: readonly Part[], isDelete: boolean): void {
  for (const part of parts) if (part.isDelete === isDelete && !part.listOnly) states.push(part.state);
}

/** Whether a class has the relationship, itself or by inheritance. */
export function hasRelationship(mapper: Mapper, relationship: RelationshipAttribute): boolean {
  return mapper.attributeByKey.get(relationship.key) === relationship;
}
