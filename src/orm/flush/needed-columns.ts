/**
 * The columns that a flush has to know of rows: keys that others copy, and keys by which rows are found.
 */
import type { Io } from "../../io/ask.ts";
import type { ColumnAttribute, ColumnPair, RelationshipAttribute } from "../mapping/mapper.ts";
import { columnHistory } from "../state/changes.ts";
import { expireSlot, type ObjectState, unexpireSlot } from "../state/object-state.ts";
import { uniqueKeys } from "./free-values.ts";
import type { Lookup } from "./lookup.ts";
import type { Part } from "./part.ts";
import { keysChanged, present } from "./rules/rule.ts";
import type { StateHistory } from "./state-history.ts";
import type { Work } from "./work.ts";

/** A relationship, and the objects that it was prepared for. */
export interface Prepared {
  readonly relationship: RelationshipAttribute;
  readonly done: readonly (readonly Part[])[];
  readonly watchesKeys: boolean;
}

interface KeyOwner {
  readonly owner: ObjectState;
  readonly columns: readonly ColumnPair[];
}

const NO_OWNERS: readonly KeyOwner[] = [];

/** The objects that foreign keys are copied from and that do not know the column, with the pairs of columns. */
export function lackingOwners(
  relationship: RelationshipAttribute,
  state: ObjectState,
  { added, deleted }: StateHistory,
): readonly KeyOwner[] {
  const { direction, synchronizePairs, secondarySynchronizePairs } = relationship;
  // A key that is blanked need not be known; an association row is found by both.
  if (added.length === 0 && (deleted.length === 0 || direction !== "manyToMany")) return NO_OWNERS;
  if (direction === "manyToOne") return lackingOf(added, synchronizePairs);
  const own = lacksColumns(state, synchronizePairs)
    ? [{ owner: state, columns: synchronizePairs }]
    : NO_OWNERS;
  if (direction === "oneToMany") return own;
  const members = [added, deleted].flatMap((part) => lackingOf(part, secondarySynchronizePairs));
  return members.length === 0 ? own : [...own, ...members];
}

function lackingOf(
  members: readonly (ObjectState | null)[],
  columns: readonly ColumnPair[],
): readonly KeyOwner[] {
  let lacking = NO_OWNERS;
  for (const owner of members) {
    if (owner !== null && lacksColumns(owner, columns)) lacking = [...lacking, { owner, columns }];
  }
  return lacking;
}

/** Whether an object with a row does not know a column that others refer to. */
export function lacksColumns(state: ObjectState, pairs: readonly ColumnPair[]): boolean {
  if (!state.hasKey) return false;
  for (const { from } of pairs) {
    const attribute = state.mapper.columnByNode.get(from);
    if (attribute !== undefined && state.values[attribute.slot] === undefined) return true;
  }
  return false;
}

export function* loadColumns(lookup: Lookup, state: ObjectState, pairs: readonly ColumnPair[]): Io<void> {
  if (!lookup.memory.holds(state)) return;
  const columns = pairs.map(({ from }) => from);
  const missing = state.mapper.columns.filter(
    (attribute) => columns.includes(attribute.column) && state.values[attribute.slot] === undefined,
  );
  yield* lookup.read([state], slotsToRead(state, missing));
}

/** An expired row is read as a whole. */
function slotsToRead(state: ObjectState, missing: readonly ColumnAttribute[]): Iterable<number> {
  const { expiredSlots } = state;
  return expiredSlots === undefined || expiredSlots.size === 0
    ? missing.map(({ slot }) => slot)
    : new Set(expiredSlots);
}

/**
 * Reads the expired rows that will be written: a row is found by what was read of it. What was unknown before stays
 * counted as unknown, so that a value which was set is written even if the row turns out to hold it.
 */
export function* readRows(lookup: Lookup, work: Work, preparations: readonly Prepared[]): Io<void> {
  if (!work.hasRows) return;
  const candidates = new Set<ObjectState>();
  for (const { state, listOnly } of work.parts) if (!listOnly && isKeyExpired(state)) candidates.add(state);
  if (candidates.size === 0) return;
  const expired = Array.from(writtenStates(work, preparations)).filter((state) => candidates.has(state));
  for (const state of expired) {
    const unknown = state.mapper.columns.filter(({ slot }) => state.values[slot] === undefined);
    work.unknown.set(state, new Set(unknown.map(({ slot }) => slot)));
  }
  if (expired.length === 0) return;
  const hidden = new Map(expired.map((state) => [state, hideUniqueValues(state)]));
  try {
    yield* lookup.read(expired, "expired");
  } finally {
    for (const [state, values] of hidden) work.lookedUp.set(state, putBack(state, values));
  }
}

/** A value that was set on an unloaded attribute, and what was noted of the old one. */
interface HiddenValue {
  readonly slot: number;
  readonly value: unknown;
  readonly committed: unknown;
}

/** Lets unique values that were set be read from the row as well: which row gives up a value decides the order. */
function hideUniqueValues(state: ObjectState): readonly HiddenValue[] {
  const hidden: HiddenValue[] = [];
  for (const column of new Set(uniqueKeys(state.mapper.table).flat())) {
    const slot = state.mapper.columnByNode.get(column)?.slot;
    const committed = slot === undefined ? undefined : state.committed?.[slot];
    if (slot === undefined || typeof committed !== "symbol") continue;
    hidden.push({ slot, value: state.values[slot], committed });
    state.values[slot] = undefined;
    expireSlot(state, slot);
  }
  return hidden;
}

/** Gives what the row held, by slot. */
function putBack(state: ObjectState, hidden: readonly HiddenValue[]): Map<number, unknown> {
  const read = new Map<number, unknown>();
  for (const { slot, value, committed } of hidden) {
    if (state.values[slot] !== undefined) read.set(slot, state.values[slot]);
    state.values[slot] = value;
    state.committed ??= state.blank();
    state.committed[slot] = committed;
    unexpireSlot(state, slot);
  }
  return read;
}

function isKeyExpired(state: ObjectState): boolean {
  if (!state.hasKey || state.expiredSlots === undefined) return false;
  const { primaryKey, version } = state.mapper;
  const needed = version === undefined ? primaryKey : [...primaryKey, version];
  return needed.some(
    ({ slot }) => state.values[slot] === undefined && state.expiredSlots?.has(slot) === true,
  );
}

/** The objects whose row is deleted, has a changed column, or gets a foreign key. */
function writtenStates(work: Work, preparations: readonly Prepared[]): Set<ObjectState> {
  const written = new Set<ObjectState>();
  for (const { state, isDelete } of work.parts) {
    if (
      isDelete ||
      state.mapper.columns.some((attribute) => columnHistory(state, attribute).added.length > 0)
    ) {
      written.add(state);
    }
  }
  for (const { relationship, done, watchesKeys } of preparations) {
    if (watchesKeys || relationship.direction === "manyToMany") continue;
    for (const { state } of done.flat()) {
      const { added, unchanged, deleted } = work.history(state, relationship);
      if (relationship.direction === "oneToMany") {
        // A parent that goes, or whose key changed, is carried to the children that stayed.
        const isKeyLost = work.isDeleted(state) || keysChanged(state, relationship);
        for (const child of present([...added, ...deleted, ...(isKeyLost ? unchanged : [])]))
          written.add(child);
      } else if (added.length + deleted.length > 0) written.add(state);
    }
  }
  return written;
}
