/**
 * What a row does to an object that the session held before: fills in what it has not loaded, or overwrites it.
 */
import { type ObjectState, unexpireSlot } from "../state/object-state.ts";
import { isComputed } from "./expressions.ts";
import type { HydrateSettings } from "./hydrate.ts";
import { loadedAt, NO_OPTIONS, withLater } from "./option-tree.ts";
import type { EntityPlan } from "./plan.ts";

/** Brings a row to an object that was there before; tells whether the object is overwritten. */
export function fillPresent(
  state: ObjectState,
  plan: EntityPlan,
  row: readonly unknown[],
  settings: HydrateSettings,
): boolean {
  const { refreshOnly } = settings;
  if (refreshOnly?.states.has(state)) {
    if (refreshOnly.slots === "all") {
      overwriteAll(state, plan, row);
      return true;
    }
    readSlots(state, plan, row, refreshOnly.slots, refreshOnly.overwrites);
    return refreshOnly.overwrites;
  }
  if (settings.populateExisting && settings.overwrittenBefore?.has(state.object) !== true) {
    overwriteByQuery(state, plan, row);
    return true;
  }
  fillUnloaded(state, plan, row);
  return false;
}

function fillUnloaded(state: ObjectState, plan: EntityPlan, row: readonly unknown[]): void {
  const { slots, indexes } = plan;
  const values = state.values;
  let filled = false;
  for (let index = 0; index < slots.length; index += 1) {
    const slot = slots[index] as number;
    if (values[slot] !== undefined) continue;
    setColumn(state, plan, index, row[indexes[index] as number]);
    filled = true;
  }
  if (plan.later.size > 0) {
    const unloaded = [...plan.later.keys()].filter((slot) => values[slot] === undefined);
    if (unloaded.length > 0) state.loadedBy = withLater(state, plan.later, unloaded);
  }
  if (filled) state.expired = false;
  if (filled && state.expiredSlots !== undefined) forgetUncomputed(state);
}

/** What no query computes for an object is null, not waiting to be read again. */
function forgetUncomputed(state: ObjectState): void {
  const node = loadedAt(state.loadedBy)?.node ?? NO_OPTIONS;
  for (const attribute of state.mapper.expressions) {
    if (!isComputed(attribute, node)) unexpireSlot(state, attribute.slot);
  }
}

function setColumn(state: ObjectState, plan: EntityPlan, index: number, value: unknown): void {
  const slot = plan.slots[index] as number;
  state.values[slot] = value;
  if (state.committed !== undefined) state.committed[slot] = undefined;
  unexpireSlot(state, slot);
  state.deferredSlots?.delete(slot);
  state.undecodable?.delete(slot);
  state.snapshots?.delete(slot);
}

/** The row replaces all that the object holds; changes are lost and what the row does not have is unloaded. */
function overwriteAll(state: ObjectState, plan: EntityPlan, row: readonly unknown[]): void {
  state.values.fill(undefined);
  state.committed = undefined;
  state.committedNext = undefined;
  state.snapshots = undefined;
  state.expiredSlots = undefined;
  state.deferredSlots = undefined;
  state.undecodable = undefined;
  state.expired = false;
  state.pending = undefined;
  state.pendingNext = undefined;
  state.modified = false;
  // Options of the first load hold on.
  const loadedBy = withLater(state, plan.later, undefined);
  for (let index = 0; index < plan.slots.length; index += 1) {
    state.values[plan.slots[index] as number] = row[plan.indexes[index] as number];
  }
  if (plan.leftOut.length > 0) state.deferredSlots = new Set(plan.leftOut);
  state.loadedBy = loadedBy;
}

/** The same for an object that a query met, whose options count from now on. */
function overwriteByQuery(state: ObjectState, plan: EntityPlan, row: readonly unknown[]): void {
  const kept: [slot: number, value: unknown][] = [];
  for (const { kind, relationship } of plan.followUps) {
    // An immediate load reads what is not loaded, and nothing else.
    if (kind === "immediate") kept.push([relationship.slot, state.values[relationship.slot]]);
  }
  overwriteAll(state, plan, row);
  for (const [slot, value] of kept) state.values[slot] = value;
  if (plan.loadedBy !== undefined) state.loadedBy = plan.loadedBy;
}

function readSlots(
  state: ObjectState,
  plan: EntityPlan,
  row: readonly unknown[],
  slots: ReadonlySet<number>,
  overwrites: boolean,
): void {
  for (let index = 0; index < plan.slots.length; index += 1) {
    const slot = plan.slots[index] as number;
    if (slots.has(slot) && (overwrites || state.values[slot] === undefined))
      setColumn(state, plan, index, row[plan.indexes[index] as number]);
  }
  for (const slot of slots) {
    unexpireSlot(state, slot);
    // An unloaded relationship keeps the changes that wait for it.
    if (plan.mapper.attributes[slot]?.kind !== "relationship" || state.values[slot] === undefined) continue;
    if (!overwrites) continue;
    state.values[slot] = undefined;
    if (state.committed !== undefined) state.committed[slot] = undefined;
  }
  state.loadedBy = withLater(state, plan.later, slots);
  state.expired = false;
}
