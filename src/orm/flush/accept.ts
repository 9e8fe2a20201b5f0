/**
 * Outcomes → clean objects: what a successful flush means in memory.
 */
import { fail } from "../../foundation/errors.ts";
import type { ColumnAttribute } from "../mapping/mapper.ts";
import { isExpression } from "../state/changes.ts";
import { type IdentityKey, identityKey } from "../state/identity-map.ts";
import type { ObjectState } from "../state/object-state.ts";
import type { SessionMemory } from "../state/session-memory.ts";
import type { DraftResult } from "./draft.ts";
import type { Outcomes } from "./emit.ts";
import { KeyOf } from "./keys.ts";
import type { Work } from "./work.ts";

/** What a flush did. */
export interface Flushed {
  readonly work: Work;
  readonly draft: DraftResult;
  readonly outcomes: Outcomes;
}

/**
 * Gives objects the values that the flush and the database made, and makes them clean, persistent or deleted.
 *
 * Errors: flush/missing-key when an inserted row turns out to have no primary key.
 */
export function accept(memory: SessionMemory, flushed: Flushed): void {
  fillIn(flushed.draft, flushed.outcomes);
  const deleted: ObjectState[] = [];
  const saved: ObjectState[] = [];
  for (const [state, fate] of flushed.work.fates) (fate.isDelete ? deleted : saved).push(state);
  for (const state of deleted) forget(memory, state);
  for (const state of saved) keep(memory, state);
  for (const state of memory.modified) clean(memory, state);
  memory.modified.clear();
}

/** Puts the values that a flush assigned, and those that the database made, into the objects. */
export function fillIn(draft: DraftResult, outcomes: Outcomes): void {
  for (const [state, values] of draft.assigned) {
    for (const [slot, value] of values) {
      const known = value instanceof KeyOf ? outcomes.get(value.state)?.get(value.attribute.column) : value;
      if (known !== undefined) setQuietly(state, slot, known);
    }
  }
  for (const [state, outcome] of outcomes) {
    for (const [column, value] of outcome) {
      const attribute = state.mapper.columnByNode.get(column);
      if (attribute !== undefined) setQuietly(state, attribute.slot, value);
    }
  }
}

function setQuietly(state: ObjectState, slot: number, value: unknown): void {
  state.values[slot] = value;
  state.expiredSlots?.delete(slot);
  state.deferredSlots?.delete(slot);
}

/** Makes an object whose row was deleted a deleted one. */
export function forget(memory: SessionMemory, state: ObjectState): void {
  memory.transaction?.deleted.add(state);
  if (state.key !== undefined) memory.identityMap.delete(state.key, state);
  memory.deleting.delete(state);
  memory.modified.delete(state);
  memory.watched.delete(state);
  state.deleted = true;
}

function keep(memory: SessionMemory, state: ObjectState): void {
  const key = identityOf(state);
  if (state.key === undefined) state.key = key;
  else if (state.key.text !== key.text) switchKey(memory, state, key);
  memory.identityMap.set(key, state);
  state.orphanedOutside = false;
  for (const { slot } of state.mapper.neverLoaded) state.values[slot] = undefined;
  const isNew = memory.pending.delete(state);
  clean(memory, state);
  memory.modified.delete(state);
  if (isNew) memory.transaction?.inserted.add(state);
  else memory.transaction?.altered.add(state);
}

function switchKey(memory: SessionMemory, state: ObjectState, key: IdentityKey): void {
  const from = state.key as IdentityKey;
  memory.identityMap.delete(from, state);
  const switches = memory.transaction?.keySwitches;
  switches?.set(state, { from: switches.get(state)?.from ?? from, to: key });
  state.key = key;
}

function identityOf(state: ObjectState): IdentityKey {
  const { mapper } = state;
  const values = mapper.primaryKey.map((attribute, index) => keyPart(state, attribute, index));
  return identityKey(mapper, values);
}

function keyPart(state: ObjectState, attribute: ColumnAttribute, index: number): unknown {
  const value = state.values[attribute.slot] ?? state.key?.values[index] ?? null;
  if (value === null) {
    throw fail("flush/missing-key", {
      action: "keep",
      entity: state.mapper.name,
      column: attribute.column.name,
    });
  }
  return value;
}

/** Makes what an object holds the committed state. */
export function clean(memory: SessionMemory, state: ObjectState): void {
  // The application still has the values that it assigned, and may change them in place.
  for (const slot of state.committed?.keys() ?? []) rememberContent(memory, state, slot);
  state.committed = undefined;
  // What was queued for an unloaded collection is in the database now.
  state.pending = undefined;
  state.modified = false;
  for (const slot of state.snapshots?.keys() ?? []) rememberContent(memory, state, slot);
  forgetExpressions(state);
}

/** Copies a mutable value (JSON, a date), so that a change inside it is found. */
function rememberContent(memory: SessionMemory, state: ObjectState, slot: number): void {
  const attribute = state.mapper.attributes[slot];
  if (attribute?.kind !== "column") return;
  const { copy } = attribute.column.type;
  const value = state.values[slot];
  if (copy === undefined || value === undefined || value === null || isExpression(value)) {
    state.snapshots?.delete(slot);
    return;
  }
  state.snapshots ??= new Map();
  state.snapshots.set(slot, copy(value));
  memory.watched.add(state);
}

/** An SQL expression that was assigned is no value: it is read back when it is asked for. */
function forgetExpressions(state: ObjectState): void {
  state.mapper.columns.forEach(({ slot }) => {
    const value = state.values[slot];
    if (isExpression(value)) {
      state.values[slot] = undefined;
      state.expiredSlots ??= new Set();
      state.expiredSlots.add(slot);
    }
  });
}
