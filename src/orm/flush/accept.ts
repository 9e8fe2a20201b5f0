/**
 * Outcomes → clean objects: what a successful flush means in memory.
 */
import { fail } from "../../foundation/errors.ts";
import type { TableColumn } from "../../schema/table-column.ts";
import type { ColumnAttribute } from "../mapping/mapper.ts";
import { isExpression } from "../state/changes.ts";
import { PendingChanges } from "../state/collection.ts";
import { type IdentityKey, identityKey, rootMapper } from "../state/identity-key.ts";
import { expireSlot, type ObjectState, unexpireSlot } from "../state/object-state.ts";
import type { SessionMemory } from "../state/session-memory.ts";
import type { DraftResult } from "./draft.ts";
import { KeyOf } from "./keys.ts";
import type { Part } from "./part.ts";
import type { Work } from "./work.ts";

/**
 * Gives objects the values that the flush and the database made, and makes them clean, persistent or deleted.
 *
 * Errors: flush/missing-key when an inserted row turns out to have no primary key.
 */
export function accept(memory: SessionMemory, work: Work, draft: DraftResult): void {
  for (const part of work.outsiders) fillIn(part);
  // Who goes makes room in the identity map for who comes.
  for (const part of work.parts) if (part.isDelete) fillInAndForget(memory, part);
  const fresh: ObjectState[] = [];
  for (const part of work.parts) {
    if (part.isDelete) continue;
    fillIn(part);
    keep(memory, part.state, fresh);
  }
  if (fresh.length === memory.pending.size) memory.pending.clear();
  else for (const state of fresh) memory.pending.delete(state);
  for (const state of memory.modified) if (work.partOf(state) === undefined) clean(state);
  for (const [state, contents] of draft.contents) rememberContents(memory, state, contents);
  for (const state of memory.modified) if (!state.modified) memory.modified.delete(state);
}

/** Puts the values that a flush assigned, and those that the database made, into an object. */
function fillIn({ state, assigned, returned, outcome }: Part): void {
  if (assigned !== undefined) {
    for (let slot = 0; slot < assigned.length; slot++) {
      const value = assigned[slot];
      if (value === undefined) continue;
      const known = value instanceof KeyOf ? value.made : value;
      if (known !== undefined) setQuietly(state, slot, known);
    }
  }
  for (let index = 0; index < returned.length; index++) {
    const attribute = state.mapper.columnByNode.get(returned[index] as TableColumn);
    if (attribute !== undefined) setQuietly(state, attribute.slot, outcome[index]);
  }
}

function setQuietly(state: ObjectState, slot: number, value: unknown): void {
  if (state.hasNothingRare) {
    state.values[slot] = value;
    return;
  }
  if (state.committedNext !== undefined && state.committedNext[slot] !== undefined) {
    // The application has set it anew meanwhile.
    state.committedNext[slot] = value;
    return;
  }
  state.values[slot] = value;
  state.snapshots?.delete(slot);
  unexpireSlot(state, slot);
  state.deferredSlots?.delete(slot);
}

function fillInAndForget(memory: SessionMemory, part: Part): void {
  fillIn(part);
  forget(memory, part.state);
}

/** Makes an object whose row was deleted a deleted one. */
export function forget(memory: SessionMemory, state: ObjectState): void {
  memory.transaction?.deleted.add(state);
  memory.identityMap.remove(state);
  memory.deleting.delete(state);
  memory.modified.delete(state);
  memory.watched.delete(state);
  state.deleted = true;
}

/** Makes an object persistent and clean; one that was pending is put into `fresh`. */
function keep(memory: SessionMemory, state: ObjectState, fresh: ObjectState[]): void {
  if (state.owner === undefined) {
    keepOutside(state);
    return;
  }
  const isNew = !state.hasKey;
  if (isNew) identifyNew(memory, state);
  else if (isKeyTouched(state)) identify(memory, state);
  state.orphanedOutside = false;
  for (const { slot } of state.mapper.neverLoaded) state.values[slot] = undefined;
  clean(state);
  if (state.modified) memory.modified.add(state);
  else if (memory.modified.size > 0) memory.modified.delete(state);
  if (isNew) {
    fresh.push(state);
    memory.transaction?.inserted.push(state);
  } else memory.transaction?.altered.add(state);
}

/** Of an object that was taken out of the session while the flush was writing it, the row is known, and nothing else. */
function keepOutside(state: ObjectState): void {
  state.key = identityOf(state);
  clean(state);
}

/** Whether an object may have another key than before. */
function isKeyTouched({ mapper, values, key }: ObjectState): boolean {
  const { primaryKey } = mapper;
  for (let index = 0; index < primaryKey.length; index++) {
    const value = values[(primaryKey[index] as ColumnAttribute).slot];
    if (value !== undefined && value !== key?.values[index]) return true;
  }
  return false;
}

/** Puts an object that has got its row into the identity map. */
function identifyNew(memory: SessionMemory, state: ObjectState): void {
  const { mapper } = state;
  const [only] = mapper.primaryKey;
  const text = mapper.primaryKey.length === 1 && only !== undefined ? state.values[only.slot] : undefined;
  if (rootMapper(mapper).hasSpelledKey || (typeof text !== "number" && typeof text !== "string")) {
    identify(memory, state);
    return;
  }
  state.identify(text);
  memory.identityMap.put(state);
}

/** Puts an object into the identity map under the key that it has now. */
function identify(memory: SessionMemory, state: ObjectState): void {
  const key = identityOf(state);
  if (state.key === undefined) state.key = key;
  else if (state.key.text !== key.text) switchKey(memory, state, key);
  memory.identityMap.put(state);
}

function switchKey(memory: SessionMemory, state: ObjectState, key: IdentityKey): void {
  memory.identityMap.remove(state);
  memory.transaction?.noteKeyBefore(state, state.key as IdentityKey);
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

/** Makes what an object holds the committed state, but for what changed since the flush drew up its rows. */
export function clean(state: ObjectState): void {
  if (state.hasNothingRare) {
    state.committed = undefined;
    state.modified = false;
    forgetExpressions(state);
    return;
  }
  if (state.snapshots !== undefined) dropSnapshots(state, state.snapshots);
  state.committed = state.committedNext;
  state.committedNext = undefined;
  // What was queued for an unloaded collection is in the database now.
  state.pending = state.pendingNext;
  state.pendingNext = undefined;
  state.modified = state.committed !== undefined;
  forgetExpressions(state);
}

/** Values that can change in place and were written: what they were before does not count any more. */
function dropSnapshots({ committed }: ObjectState, snapshots: Map<number, unknown>): void {
  for (const slot of snapshots.keys()) if (committed?.[slot] !== undefined) snapshots.delete(slot);
}

/** After a flush that failed: what changed while it was writing waits with the rest. */
export function keepForNextFlush(memory: SessionMemory): void {
  for (const state of [...memory.modified, ...memory.pending]) {
    state.committedNext?.forEach((previous, slot) => {
      if (previous === undefined) return;
      state.committed ??= state.blank();
      if (state.committed[slot] === undefined) state.committed[slot] = previous;
    });
    for (const [slot, { added, removed }] of state.pendingNext ?? []) {
      state.pending ??= new Map();
      const waiting = state.pending.get(slot) ?? new PendingChanges();
      for (const member of added) waiting.add(member);
      for (const member of removed) waiting.remove(member);
      state.pending.set(slot, waiting);
    }
    state.committedNext = undefined;
    state.pendingNext = undefined;
  }
}

/** Keeps what was written of mutable values (JSON, dates): the application still has them, and may change them in place. */
function rememberContents(memory: SessionMemory, state: ObjectState, contents: Map<number, unknown>): void {
  const { snapshots } = state;
  if (snapshots === undefined) state.snapshots = contents;
  else for (const [slot, content] of contents) snapshots.set(slot, content);
  memory.watched.add(state);
}

/** An SQL expression that was assigned is no value: it is read back when it is asked for. */
function forgetExpressions(state: ObjectState): void {
  const { values } = state;
  for (const { slot } of state.mapper.columns) {
    if (!isExpression(values[slot]) || state.committed?.[slot] !== undefined) continue;
    values[slot] = undefined;
    expireSlot(state, slot);
  }
}
