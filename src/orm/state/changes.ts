/**
 * What changed on an attribute since the last flush or load: {@link History}. Pure; nothing is loaded here.
 */
import { type ExpressionNode, NODE } from "../../sql/nodes.ts";
import type { ColumnAttribute, RelationshipAttribute } from "../mapping/mapper.ts";
import type { TrackedCollection } from "./collection.ts";
import { NO_VALUE, type ObjectState, UNKNOWN } from "./object-state.ts";

/** An attribute's changes. For a scalar each list has at most one entry. */
export interface History<Value = unknown> {
  readonly added: readonly Value[];
  readonly unchanged: readonly Value[];
  readonly deleted: readonly Value[];
}

/** No value and no change. */
export const BLANK: History<never> = { added: [], unchanged: [], deleted: [] };

const NONE: readonly never[] = Object.freeze([]);

/** Whether a history tells of a change. */
export function hasChanges(history: History): boolean {
  return history.added.length > 0 || history.deleted.length > 0;
}

/** The history of a column. An old value that was never known is left out of `deleted`. */
export function columnHistory(state: ObjectState, attribute: ColumnAttribute): History {
  const current = state.values[attribute.slot];
  const committed = state.committed?.[attribute.slot];
  if (committed === undefined) {
    if (current === undefined) return BLANK;
    return isMutated(state, attribute)
      ? { added: [current], unchanged: NONE, deleted: [state.snapshots?.get(attribute.slot)] }
      : { added: NONE, unchanged: [current], deleted: NONE };
  }
  if (current !== undefined && isSame(attribute, current, committed)) {
    return { added: NONE, unchanged: [current], deleted: NONE };
  }
  const isKnown = committed !== NO_VALUE && committed !== UNKNOWN;
  return {
    added: current === undefined ? NONE : [current],
    unchanged: NONE,
    deleted: isKnown ? [committed] : NONE,
  };
}

/** Whether a value that was not replaced was changed in place. */
export function isMutated(state: ObjectState, { slot, column }: ColumnAttribute): boolean {
  const before = state.snapshots?.get(slot);
  const current = state.values[slot];
  if (before === undefined || current === null || current === undefined) return false;
  return !column.type.equal(before, current);
}

/** Whether a column has a new value, as its history would tell. */
export function isColumnChanged(state: ObjectState, attribute: ColumnAttribute): boolean {
  // Mostly an attribute was not touched.
  if (state.committed?.[attribute.slot] === undefined && state.snapshots === undefined) return false;
  return columnHistory(state, attribute).added.length > 0;
}

/** What a column held before, as its history would tell; undefined: unknown. */
export function committedValue(state: ObjectState, attribute: ColumnAttribute): unknown {
  if (state.committed?.[attribute.slot] === undefined && state.snapshots === undefined) {
    return state.values[attribute.slot];
  }
  const { deleted, unchanged } = columnHistory(state, attribute);
  return deleted.length > 0 ? deleted[0] : unchanged[0];
}

function isSame(attribute: ColumnAttribute, current: unknown, committed: unknown): boolean {
  if (current === committed) return true;
  if (current === null || committed === null || typeof committed === "symbol") return false;
  if (isExpression(current) || isExpression(committed)) return false;
  return attribute.column.type.equal(current, committed);
}

/** An SQL expression assigned to a column attribute: computed by the database when it is flushed. */
export function isExpression(value: unknown): value is { readonly [NODE]: ExpressionNode } {
  return typeof value === "object" && value !== null && NODE in value;
}

/**
 * The history of a reference (many-to-one, one-to-one). `original` replaces an old value that was unknown, once a
 * flush has looked it up.
 */
export function referenceHistory(
  state: ObjectState,
  attribute: RelationshipAttribute,
  original: unknown = state.committed?.[attribute.slot],
): History<object | null> {
  const current = state.values[attribute.slot] as object | null | undefined;
  if (original === undefined) {
    return current === undefined ? BLANK : { added: NONE, unchanged: [current], deleted: NONE };
  }
  if (current === original) return { added: NONE, unchanged: [current as object | null], deleted: NONE };
  const isKnown = original !== NO_VALUE && original !== UNKNOWN && original !== null;
  return {
    added: current === undefined ? NONE : [current],
    unchanged: NONE,
    deleted: isKnown ? [original as object] : NONE,
  };
}

/** The history of a collection. Of one that is not loaded, the queued changes are told when `withPending`. */
function collectionHistory(
  state: ObjectState,
  attribute: RelationshipAttribute,
  withPending: boolean,
): History<object> {
  const collection = state.values[attribute.slot] as TrackedCollection | undefined;
  if (collection === undefined) {
    const pending = withPending ? state.pending?.get(attribute.slot) : undefined;
    return pending === undefined
      ? BLANK
      : { added: pending.added.slice(), unchanged: NONE, deleted: pending.removed.slice() };
  }
  const current = collection.members();
  const committed = state.committed?.[attribute.slot];
  if (committed === undefined) return { added: NONE, unchanged: current, deleted: NONE };
  if (!Array.isArray(committed) || committed.length === 0) {
    return { added: current, unchanged: NONE, deleted: NONE };
  }
  const before = new Set<object>(committed as object[]);
  const after = new Set<object>(current);
  return {
    added: current.filter((member) => !before.has(member)),
    unchanged: current.filter((member) => before.has(member)),
    deleted: (committed as object[]).filter((member) => !after.has(member)),
  };
}

/** The history of a relationship of either shape, from memory alone. */
export function relationshipHistory(
  state: ObjectState,
  attribute: RelationshipAttribute,
  withPending = false,
): History<object | null> {
  return attribute.isCollection
    ? collectionHistory(state, attribute, withPending)
    : referenceHistory(state, attribute);
}
