/**
 * What the strategies share: a relationship that is loaded after its statement, and the requests that do it. Types and
 * small pure functions; each strategy has a file of its own.
 */
import { arrayOfOne } from "../../foundation/blank-array.ts";
import type { SelectNode } from "../../sql/nodes.ts";
import type { Mapper, RelationshipAttribute } from "../mapping/mapper.ts";
import { type KeyText, keyText, scalarText } from "../state/identity-key.ts";
import { setLoaded } from "../state/instrument.ts";
import type { ObjectState } from "../state/object-state.ts";
import type { ChosenStrategy, OptionNode } from "./option-tree.ts";

/** How many keys a select-in load asks for at once; the number is SQLAlchemy's. */
const CHUNK_SIZE = 500;

/** Parameters that are left to what a statement has besides keys: criteria, an ordering. */
const SPARE_PARAMETERS = 100;

/** How many keys of a width one statement asks for; `maxParameters`: as many as it can have. */
export function chunkSizeOf(maxParameters: number | undefined, keyWidth: number): number {
  if (maxParameters === undefined) return CHUNK_SIZE;
  return Math.max(CHUNK_SIZE, Math.floor((maxParameters - SPARE_PARAMETERS) / keyWidth));
}

/** A relationship that is loaded by statements of its own, once its parents are there. */
export interface FollowUp {
  readonly kind: "selectin" | "subquery" | "immediate";
  readonly relationship: RelationshipAttribute;
  readonly chosen: ChosenStrategy;
  /** What options hold for the loaded objects. */
  readonly node: OptionNode;
  /** The classes of the path, the target's last. */
  readonly trail: readonly Mapper[];
  /** False where a mapping's eager load would go in circles: only the identity map is asked. */
  readonly mayEmit: boolean;
}

/** One statement of a follow-up: key columns, then the target. */
export interface LoadRequest {
  readonly statement: SelectNode;
  /** How many items stand before the target. */
  readonly keyCount: number;
}

/** Parents by the text of their key. */
export type ParentsByKey = Map<KeyText, ObjectState[]>;

/** Groups the objects of a request's rows by their key; rows are `[…key, object]`. */
export function groupByKey(rows: readonly (readonly unknown[])[], keyCount: number): Map<KeyText, object[]> {
  const groups = new Map<KeyText, object[]>();
  for (const row of rows) {
    const object = row[keyCount];
    if (object === null) continue;
    const key = keyCount === 1 ? scalarText(row[0]) : keyText(row.slice(0, keyCount));
    const group = groups.get(key);
    if (group === undefined) groups.set(key, arrayOfOne(object as object));
    else group.push(object as object);
  }
  return groups;
}

/** Gives a parent what was found for it: a collection, one object, or nothing. */
export function attach(
  parent: ObjectState,
  relationship: RelationshipAttribute,
  found: readonly object[] | undefined,
): void {
  setLoaded(parent, relationship, relationship.isCollection ? (found ?? []) : (found?.[0] ?? null));
}
