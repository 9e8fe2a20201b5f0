/**
 * Makes objects of rows: one pass over the rows per class of the plan, with nothing made per row but the objects.
 *
 * An object that the session holds already is the same object again; only what it has not loaded is filled in, unless
 * the load overwrites. Asks the database for nothing. Below: `plan.ts`. Above: `load.ts`.
 */
import type { Decode, RawColumns } from "../../engine/decode.ts";
import { arrayOfOne, blankArray } from "../../foundation/blank-array.ts";
import type { RelationshipAttribute } from "../mapping/mapper.ts";
import { Cohort } from "../state/cohort.ts";
import { IdentityKey, type KeyText, keyText, scalarText } from "../state/identity-key.ts";
import { createFresh, createLoaded, loadedClassOf, setLoaded } from "../state/instrument.ts";
import { Arrival, leaveOut, type ObjectState, stateOf } from "../state/object-state.ts";
import { fillPresent } from "./fill-present.ts";
import type { LoadSession } from "./load-session.ts";
import type { EntityPlan, JoinedPlan, LoadPlan, RefreshOnly } from "./plan.ts";

/** How rows become objects. */
export interface HydrateSettings {
  readonly populateExisting: boolean;
  readonly refreshOnly?: RefreshOnly | undefined;
  /** Joins the objects of the last entity to those of other chunks of the same request. */
  readonly cohort?: Cohort | undefined;
  /** With `populateExisting`: objects that earlier portions of the same rows made or overwrote. */
  readonly overwrittenBefore?: WeakSet<object> | undefined;
}

/** The objects of one class of a plan. */
export interface EntityObjects {
  readonly plan: EntityPlan;
  /** Each once, in order of appearance. */
  readonly objects: readonly object[];
  readonly created: readonly object[];
  /** Those whose loaded relationships are replaced: created now, or overwritten. */
  readonly overwritten: ObjectList;
}

/**
 * Objects, each once, in order of appearance. The set is made when somebody asks whether one is among them: in a result
 * of new objects nobody does, and three sets were a sixth of the time of hydrating.
 */
export class ObjectList {
  readonly objects: object[] = [];
  #set: Set<object> | undefined;

  /** Adds an object that is not among them. */
  push(object: object): void {
    this.objects.push(object);
    this.#set?.add(object);
  }

  has(object: object): boolean {
    this.#set ??= new Set(this.objects);
    return this.#set.has(object);
  }
}

/** What the rows of a statement became. */
export interface Hydrated {
  readonly rows: unknown[][];
  /** The items of rows that have one each. */
  readonly only?: readonly unknown[] | undefined;
  /** One for each class of the plan, joined ones behind their parents. */
  readonly entities: readonly EntityObjects[];
}

/** Rows of one object each; they are made when somebody asks for rows and not for the objects. */
class OneEach implements Hydrated {
  readonly only: readonly (object | null)[];
  readonly entities: readonly EntityObjects[];
  #rows: unknown[][] | undefined;

  constructor(only: readonly (object | null)[], entities: readonly EntityObjects[]) {
    this.only = only;
    this.entities = entities;
  }

  get rows(): unknown[][] {
    this.#rows ??= this.only.map(arrayOfOne);
    return this.#rows;
  }
}

/** Makes objects of the rows of a statement. */
export function hydrate(
  rows: readonly unknown[][],
  plan: LoadPlan,
  session: LoadSession,
  settings: HydrateSettings,
  left?: RawColumns,
): Hydrated {
  const entities: EntityObjects[] = [];
  const columns = plan.items.map((item) =>
    item.kind === "entity"
      ? hydrateEntity(rows, item.entity, session, settings, entities, left, settings.cohort)
      : item.index,
  );
  const [only] = columns;
  if (columns.length === 1 && typeof only === "object") {
    return new OneEach(plan.needsUnique ? Array.from(new Set(only)) : only, entities);
  }
  const output = itemRows(rows, columns);
  return { rows: plan.needsUnique ? uniqueRows(output) : output, entities };
}

/** Where an item comes from: an index in a row, or an object for each row. */
type ItemColumn = number | readonly (object | null)[];

function itemRows(rows: readonly (readonly unknown[])[], columns: readonly ItemColumn[]): unknown[][] {
  const output: unknown[][] = new Array(rows.length);
  const width = columns.length;
  for (let index = 0; index < rows.length; index += 1) {
    const row = rows[index] as readonly unknown[];
    const out = blankArray<unknown>(width);
    for (let item = 0; item < width; item += 1) {
      const column = columns[item] as ItemColumn;
      out[item] = typeof column === "number" ? row[column] : column[index];
    }
    output[index] = out;
  }
  return output;
}

/** Reads one class out of all rows; gives the object of each row, and adds to `entities`. */
function hydrateEntity(
  rows: readonly unknown[][],
  plan: EntityPlan,
  session: LoadSession,
  settings: HydrateSettings,
  entities: EntityObjects[],
  left: RawColumns | undefined,
  sharedCohort: Cohort | undefined,
): (object | null)[] {
  const { root, keyIndexes } = plan;
  const identities = session.identityMap.of(root);
  const byRow: (object | null)[] = new Array(rows.length).fill(null);
  const seen = new ObjectList();
  const created: object[] = [];
  const overwritten = new ObjectList();
  const singleKey = keyIndexes.length === 1 ? (keyIndexes[0] as number) : -1;
  const Loaded = loadedClassOf(plan.mapper);
  const late = left === undefined ? NO_RAW_SLOTS : rawSlots(plan, left);
  const { loadedBy, leftOut } = plan;
  const arrival = new Arrival(plan.mapper, session, { loadedBy, leftOut, late });
  const isWholeRow = fillsWholeRow(plan, rows[0]);

  for (let index = 0; index < rows.length; index += 1) {
    const row = rows[index] as unknown[];
    const text = singleKey >= 0 ? singleKeyText(row[singleKey]) : compositeKeyText(row, keyIndexes);
    if (text === undefined) continue;
    let object = identities.get(text);
    if (object === undefined) {
      const isOwnText =
        singleKey >= 0 && text === row[singleKey] && typeof text !== "bigint" && typeof text !== "boolean";
      const values = isWholeRow ? row : valuesOf(row, plan);
      if (isOwnText) object = createFresh(arrival, values, Loaded);
      else {
        const key = new IdentityKey(root, keyOf(row, keyIndexes), text);
        object = createLoaded(arrival, key, values, Loaded).object;
      }
      identities.set(text, object);
      seen.push(object);
      created.push(object);
      overwritten.push(object);
    } else if (!seen.has(object)) {
      seen.push(object);
      const state = stateOf(object) as ObjectState;
      const failures = decodeInPlace(row, late);
      if (fillPresent(state, plan, row, settings)) overwritten.push(object);
      for (const [slot, error] of failures)
        if (state.values[slot] === undefined) leaveOut(state, slot, error);
    }
    byRow[index] = object;
  }

  const { objects } = seen;
  for (const object of overwritten.objects) settings.overwrittenBefore?.add(object);
  gather(objects, arrival, sharedCohort, settings.refreshOnly);
  fillEmpties(objects, plan);
  entities.push({ plan, objects, created, overwritten });
  for (let position = 0; position < plan.joined.length; position += 1) {
    const joined = plan.joined[position] as JoinedPlan;
    const children = hydrateEntity(rows, joined.entity, session, settings, entities, left, undefined);
    if (joined.relationship.isCollection) tieCollections(byRow, children, joined.relationship, overwritten);
    else tieReferences(byRow, children, joined.relationship, overwritten);
  }
  return byRow;
}

const NO_FAILURES: readonly [slot: number, error: unknown][] = [];

/** Decodes what is raw of a row; what cannot be decoded is taken out, and given with the reason. */
function decodeInPlace(row: unknown[], late: readonly RawSlot[]): readonly [slot: number, error: unknown][] {
  let failures = NO_FAILURES;
  for (const { index, slot, decode } of late) {
    if (row[index] === null) continue;
    try {
      row[index] = decode(row[index]);
    } catch (error) {
      row[index] = undefined;
      failures = [...failures, [slot, error]];
    }
  }
  return failures;
}

/** A value of each row that is still raw, its slot, and what decodes it. */
interface RawSlot {
  readonly index: number;
  readonly slot: number;
  readonly decode: Decode;
}

const NO_RAW_SLOTS: readonly RawSlot[] = Object.freeze([]);

/** The late columns of a class that are raw in fact: a database may give what needs no decoding. */
function rawSlots(plan: EntityPlan, left: RawColumns): RawSlot[] {
  return plan.late.flatMap(({ index, slot }) => {
    const decode = left.get(index);
    return decode === undefined ? [] : [{ index, slot, decode }];
  });
}

/** The text of a key of one column; undefined when the row has no object here. */
function singleKeyText(value: unknown): KeyText | undefined {
  if (typeof value === "number" || typeof value === "string") return value;
  return value === null || value === undefined ? undefined : scalarText(value);
}

function compositeKeyText(row: readonly unknown[], indexes: readonly number[]): KeyText | undefined {
  const values = keyOf(row, indexes);
  for (let index = 0; index < values.length; index += 1) {
    if (values[index] === null || values[index] === undefined) return undefined;
  }
  return keyText(values);
}

function keyOf(row: readonly unknown[], indexes: readonly number[]): unknown[] {
  const values: unknown[] = new Array(indexes.length);
  for (let index = 0; index < indexes.length; index += 1) values[index] = row[indexes[index] as number];
  return values;
}

// ---------------------------------------------------------------- columns

/**
 * Whether a row is exactly the first slots of an object, so that it can be the object's values. An array that is made
 * longer takes thrice the room, so one whose relationships follow is made in full length at once.
 */
function fillsWholeRow(plan: EntityPlan, row: readonly unknown[] | undefined): boolean {
  const { slots, indexes } = plan;
  if (row?.length !== slots.length || plan.followUps.length > 0) return false;
  for (let index = 0; index < slots.length; index += 1) {
    if (slots[index] !== index || indexes[index] !== index) return false;
  }
  return true;
}

function valuesOf(row: readonly unknown[], { mapper, slots, indexes }: EntityPlan): unknown[] {
  const values = blankArray(mapper.attributes.length);
  for (let index = 0; index < slots.length; index += 1) {
    values[slots[index] as number] = row[indexes[index] as number];
  }
  return values;
}

// ---------------------------------------------------------------- relationships

function fillEmpties(objects: readonly object[], plan: EntityPlan): void {
  for (const relationship of plan.empties) {
    for (const object of objects) {
      const state = stateOf(object) as ObjectState;
      if (state.values[relationship.slot] !== undefined) continue;
      setLoaded(state, relationship, relationship.isCollection ? [] : null);
    }
  }
}

/** Gives each parent the objects that stand in its rows, each once. A loaded collection stays as it is. */
function tieCollections(
  parents: readonly (object | null)[],
  children: readonly (object | null)[],
  relationship: RelationshipAttribute,
  overwritten: ObjectList,
): void {
  const { slot } = relationship;
  const members = new Map<object, Set<object>>();
  for (let index = 0; index < parents.length; index += 1) {
    const parent = parents[index] as object | null;
    if (parent === null) continue;
    let found = members.get(parent);
    if (found === undefined) {
      if (stateOf(parent)?.values[slot] !== undefined && !overwritten.has(parent)) continue;
      found = new Set();
      members.set(parent, found);
    }
    const child = children[index] as object | null;
    if (child !== null) found.add(child);
  }
  for (const [parent, found] of members) {
    setLoaded(stateOf(parent) as ObjectState, relationship, Array.from(found));
  }
}

function tieReferences(
  parents: readonly (object | null)[],
  children: readonly (object | null)[],
  relationship: RelationshipAttribute,
  overwritten: ObjectList,
): void {
  const { slot } = relationship;
  const tied = new Set<object>();
  for (let index = 0; index < parents.length; index += 1) {
    const parent = parents[index] as object | null;
    if (parent === null || tied.has(parent)) continue;
    tied.add(parent);
    const state = stateOf(parent) as ObjectState;
    if (state.values[slot] !== undefined && !overwritten.has(parent)) continue;
    setLoaded(state, relationship, children[index] as object | null);
  }
}

// ---------------------------------------------------------------- cohort and rows

/**
 * Notes that these objects came together. One object alone, and what is only read again, stay with those that they came
 * with before.
 */
function gather(
  objects: readonly object[],
  arrival: Arrival,
  shared: Cohort | undefined,
  refreshOnly: RefreshOnly | undefined,
): void {
  const coming = refreshOnly === undefined ? objects : newcomers(objects, refreshOnly);
  if (shared !== undefined || coming.length > 1) (shared ?? new Cohort()).gather(coming, arrival);
}

function newcomers(objects: readonly object[], refreshOnly: RefreshOnly): readonly object[] {
  return objects.filter((object) => {
    const state = stateOf(object) as ObjectState;
    return state.cohort === undefined || !refreshOnly.states.has(state);
  });
}

/** Leaves out rows that repeat an earlier one, objects compared by identity. */
function uniqueRows(rows: unknown[][]): unknown[][] {
  const seen = new Set<string>();
  const numbers = new Map<object, number>();
  return rows.filter((row) => {
    const key = rowText(row, numbers);
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

function rowText(row: readonly unknown[], numbers: Map<object, number>): string {
  return row.map((value) => itemText(value, numbers)).join("\u0000");
}

function itemText(value: unknown, numbers: Map<object, number>): string {
  if (typeof value !== "object" || value === null) return `${typeof value}:${String(value)}`;
  if (stateOf(value) === undefined) return `value:${String(keyText([value]))}`;
  let number = numbers.get(value);
  if (number === undefined) {
    number = numbers.size;
    numbers.set(value, number);
  }
  return `object:${number}`;
}
