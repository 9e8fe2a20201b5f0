/**
 * Reading and writing attributes of mapped objects: what the accessors on every mapped class do.
 */
import { fail } from "../../foundation/errors.ts";
import { problemOfStoring } from "../../types/sql-type.ts";
import type {
  Attribute,
  ColumnAttribute,
  ExpressionAttribute,
  ProxyAttribute,
  RelationshipAttribute,
} from "../mapping/mapper.ts";
import { isNeverLoaded } from "../mapping/mapper-record.ts";
import { isExpression } from "./changes.ts";
import type { TrackedCollection } from "./collection.ts";
import { DynamicMembers, WriteOnlyMembers } from "./members.ts";
import { canLookUp, NO_VALUE, type ObjectState, unexpireSlot } from "./object-state.ts";
import { pendingRelationship } from "./pending.ts";
import { type ProxySource, readProxy, writeProxy } from "./proxy.ts";
import {
  addMember,
  emptyCollection,
  noteChange,
  removeMember,
  setCollection,
  setReference,
} from "./relate.ts";

/** Reads an attribute as the application sees it. */
export function readAttribute(state: ObjectState, attribute: Attribute): unknown {
  if (attribute.kind === "column") return readColumn(state, attribute);
  if (attribute.kind === "expression") return readComputed(state, attribute);
  return attribute.kind === "relationship"
    ? readRelationship(state, attribute)
    : readProxied(state, attribute);
}

/** Writes an attribute as the application does. */
export function writeAttribute(state: ObjectState, attribute: Attribute, value: unknown): void {
  if (value === undefined) throw fail("mapping/undefined-value", placeOf(attribute));
  if (attribute.kind === "expression") throw fail("mapping/query-expression-set", placeOf(attribute));
  if (attribute.kind === "column") writeColumn(state, attribute, value);
  else if (attribute.kind === "proxy") writeProxied(state, attribute, value);
  else if (attribute.isCollection) setCollection(state, attribute, value);
  else setReference(state, attribute, value as object | null);
}

function placeOf(attribute: Attribute): { entity: string; attribute: string } {
  return { entity: attribute.mapper.name, attribute: attribute.key };
}

// ---------------------------------------------------------------- columns

/** Whether a column has to be fetched before it can be read. */
export function needsLoad(state: ObjectState, attribute: ColumnAttribute | ExpressionAttribute): boolean {
  return (
    state.values[attribute.slot] === undefined &&
    state.hasKey &&
    (state.expiredSlots?.has(attribute.slot) === true || state.deferredSlots?.has(attribute.slot) === true)
  );
}

function readColumn(state: ObjectState, attribute: ColumnAttribute): unknown {
  const value = state.values[attribute.slot];
  if (value !== undefined) {
    if (attribute.column.type.copy !== undefined) watch(state, attribute, value);
    return value;
  }
  // A change that has no value any more, or a column that nobody ever set: both read as NULL.
  if (!needsLoad(state, attribute)) return null;
  // A primary key is known from the identity, so an expired object still tells it where reading cannot load.
  const keyIndex = state.owner?.isSync === false ? state.mapper.primaryKey.indexOf(attribute) : -1;
  if (keyIndex >= 0) return state.key?.values[keyIndex];
  const loaded = loadOnRead(state, attribute);
  if (attribute.column.type.copy !== undefined) watch(state, attribute, loaded);
  return loaded;
}

/**
 * Errors: types/undecodable, load/detached, load/column-forbidden; load/column-needs-refresh in the asynchronous colour.
 */
function loadOnRead(state: ObjectState, attribute: ColumnAttribute | ExpressionAttribute): unknown {
  const { owner } = state;
  if (state.expiredSlots?.has(attribute.slot) !== true) refuseUndecodable(state, attribute);
  if (owner === undefined) throw fail("load/detached", placeOf(attribute));
  refuseForbidden(state, attribute);
  if (!owner.isSync) throw fail("load/column-needs-refresh", placeOf(attribute));
  const loaded = owner.loadColumn(state, attribute);
  refuseUndecodable(state, attribute);
  return loaded;
}

/** Errors: types/undecodable where the last row's value was no such value. */
function refuseUndecodable({ values, undecodable }: ObjectState, { slot }: { readonly slot: number }): void {
  if (values[slot] === undefined && undecodable?.has(slot)) throw undecodable.get(slot);
}

/** Errors: load/column-forbidden where an option says so, as long as the column is left out. */
function refuseForbidden(state: ObjectState, attribute: ColumnAttribute | ExpressionAttribute): void {
  const { slot } = attribute;
  if (state.deferredSlots?.has(slot) !== true || state.loadedBy?.forbidden?.has(slot) !== true) return;
  throw fail("load/column-forbidden", placeOf(attribute));
}

/** Remembers a mutable value before the application can change it in place. */
function watch(state: ObjectState, attribute: ColumnAttribute, value: unknown): void {
  if (value === null || state.snapshots?.has(attribute.slot) === true) return;
  if (!state.hasKey || state.committed?.[attribute.slot] !== undefined || isExpression(value)) return;
  state.snapshots ??= new Map();
  state.snapshots.set(attribute.slot, attribute.column.type.copy?.(value));
  state.owner?.noteWatched(state);
}

function writeColumn(state: ObjectState, attribute: ColumnAttribute, value: unknown): void {
  const checked = checkValue(attribute, value);
  if (keepsHistory(attribute) && needsLoad(state, attribute) && state.owner?.isSync) {
    state.owner.loadColumn(state, attribute);
  }
  const old = state.values[attribute.slot];
  // A mutable value may have been changed in place: what it was when it was loaded is the old value.
  const before = state.snapshots?.get(attribute.slot) ?? old;
  noteChange(state, attribute.slot, before === undefined ? NO_VALUE : before);
  state.values[attribute.slot] = checked;
  unexpireSlot(state, attribute.slot);
  state.deferredSlots?.delete(attribute.slot);
}

/** A row is found by the old values of these columns. */
function keepsHistory(attribute: ColumnAttribute): boolean {
  return attribute.activeHistory || attribute.column.primaryKey || attribute.column.version;
}

function checkValue(attribute: ColumnAttribute, value: unknown): unknown {
  const given = attribute.validate === undefined ? value : attribute.validate(value, attribute.key);
  if (given === null || isExpression(given)) return given;
  const wrong = problemOfStoring(attribute.column.type, given);
  if (wrong !== undefined) throw fail("mapping/wrong-value", { ...placeOf(attribute), problem: wrong });
  return given;
}

// ---------------------------------------------------------------- what a query computes

function readComputed(state: ObjectState, attribute: ExpressionAttribute): unknown {
  const value = state.values[attribute.slot];
  if (value !== undefined) return value;
  return needsLoad(state, attribute) ? loadOnRead(state, attribute) : null;
}

// ---------------------------------------------------------------- relationships

function readRelationship(state: ObjectState, relationship: RelationshipAttribute): unknown {
  if (isNeverLoaded(relationship)) return membersOf(state, relationship);
  const value = state.values[relationship.slot];
  if (value !== undefined) return relationship.isCollection ? (value as TrackedCollection).value : value;
  if (!canLookUp(state, relationship))
    return relationship.isCollection ? emptyCollection(state, relationship).value : null;
  const owner = state.owner;
  if (owner === undefined) throw fail("load/detached", placeOf(relationship));
  if (owner.isSync) {
    owner.loadRelationship(state, relationship);
    return loadedValue(state, relationship);
  }
  const reader = owner.readerOf(readRelationship);
  const load = () =>
    owner.loadRelationshipLater(state, relationship, reader).then(() => loadedValue(state, relationship));
  return pendingRelationship(state, relationship, {
    load,
    add: (member) => addMember(state, relationship, member),
    remove: (member) => removeMember(state, relationship, member),
  });
}

function membersOf(state: ObjectState, relationship: RelationshipAttribute): WriteOnlyMembers {
  const Members = relationship.lazy === "dynamic" ? DynamicMembers : WriteOnlyMembers;
  return new Members(state, relationship, () => {
    if (state.owner === undefined) throw fail("load/detached", placeOf(relationship));
    return state.owner.memberStatements(state, relationship);
  });
}

/** A relationship's value as the application holds it, once loaded (`noload`: empty). */
function loadedValue(state: ObjectState, relationship: RelationshipAttribute): unknown {
  const value = state.values[relationship.slot];
  if (!relationship.isCollection) return value ?? null;
  return ((value as TrackedCollection | undefined) ?? emptyCollection(state, relationship)).value;
}

// ---------------------------------------------------------------- association proxies

function readProxied(state: ObjectState, proxy: ProxyAttribute): unknown {
  return readProxy(proxy, sourceOf(state, proxy));
}

function writeProxied(state: ObjectState, proxy: ProxyAttribute, value: unknown): void {
  writeProxy(proxy, value, sourceOf(state, proxy));
}

function sourceOf(state: ObjectState, proxy: ProxyAttribute): ProxySource {
  const via = state.mapper.attributeByKey.get(proxy.via) as RelationshipAttribute;
  return {
    isCollection: via.isCollection,
    get value() {
      return readAttribute(state, via);
    },
    add: (member) => addMember(state, via, member),
    replace: (value) => writeAttribute(state, via, value),
  };
}
