/**
 * What the strategies share: a relationship that is loaded after its statement, the requests that do it, and which
 * columns of a class a statement reads. Types and small pure functions; each strategy has a file of its own.
 */
import { arrayOfOne } from "../../foundation/blank-array.ts";
import { fail } from "../../foundation/errors.ts";
import type { SelectNode, Source } from "../../sql/nodes.ts";
import type { ColumnAttribute, Mapper, RelationshipAttribute } from "../mapping/mapper.ts";
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

/**
 * Chooses which columns of a class a statement reads; the primary key always. Errors: load/unknown-path where options
 * name columns of another class.
 */
export function columnsToLoad(mapper: Mapper, node: OptionNode): readonly ColumnAttribute[] {
  if (node.columns.length === 0) {
    return mapper.columns.filter((attribute) => attribute.deferred === false || isKey(mapper, attribute));
  }
  refuseStrange(mapper, node);
  return mapper.columns.filter((attribute) => isKey(mapper, attribute) || isWanted(attribute, node));
}

function refuseStrange(mapper: Mapper, node: OptionNode): void {
  for (const { kind, columns } of node.columns) {
    if (columns === "*") continue;
    const strange = columns.find(({ source }) => isOtherTable(source, mapper));
    if (strange === undefined) continue;
    const entity = "name" in strange.source ? (strange.source.name ?? strange.key) : strange.key;
    throw fail("load/unknown-path", { option: kind, entity, roots: [mapper.name] });
  }
}

function isOtherTable(source: Source, mapper: Mapper): boolean {
  const table = source.kind === "alias" ? source.of : source;
  return table.kind === "table" && table !== mapper.table;
}

/** The columns that options leave out and forbid to read; undefined: none. */
export function forbiddenColumns(mapper: Mapper, node: OptionNode): ReadonlySet<number> | undefined {
  const raising = node.columns.filter(({ raises }) => raises === true);
  if (raising.length === 0) return undefined;
  const leftOut = mapper.columns.filter(
    (attribute) => !isKey(mapper, attribute) && !isWanted(attribute, node),
  );
  const isForbidden = (attribute: ColumnAttribute) =>
    raising.some(({ kind, columns }) => kind === "loadOnly" || names(columns, attribute));
  // What is computed by default is left out with the columns, by rules that leave out all but some.
  const isSweeping = raising.some(({ kind, columns }) => kind === "loadOnly" || columns === "*");
  const computed = isSweeping ? mapper.expressions : [];
  return new Set([...leftOut.filter(isForbidden), ...computed].map(({ slot }) => slot));
}

/** Whether a flush finds the row by a column, version included: it is always loaded. */
export function isKey({ primaryKey, version }: Mapper, attribute: ColumnAttribute): boolean {
  return attribute === version || primaryKey.includes(attribute);
}

function isWanted(attribute: ColumnAttribute, node: OptionNode): boolean {
  const only = node.columns.filter((rule) => rule.kind === "loadOnly");
  let wanted =
    only.length === 0 ? attribute.deferred === false : only.some((rule) => names(rule.columns, attribute));
  for (const rule of node.columns) {
    if (rule.kind === "defer" && names(rule.columns, attribute)) wanted = false;
    if (rule.kind === "undefer" && names(rule.columns, attribute)) wanted = true;
    if (rule.kind === "undeferGroup" && attribute.deferred === rule.group) wanted = true;
  }
  return wanted;
}

function names(columns: OptionNode["columns"][number]["columns"], attribute: ColumnAttribute): boolean {
  return columns === "*" || columns.some((column) => column.key === attribute.column.key);
}
