/**
 * Turns → Change[]: the rows to write, drawn up without touching an object or the database.
 *
 * Keys that processing assigns are kept in the draft beside the objects, so that a flush that fails leaves them as they
 * were. A key that the database will make is a {@link KeyOf}.
 */

import { fail } from "../../foundation/errors.ts";
import type { Table } from "../../schema/table.ts";
import type { ClientDefault, TableColumn } from "../../schema/table-column.ts";
import type { ColumnNode } from "../../sql/nodes.ts";
import { problemOfStoring } from "../../types/sql-type.ts";
import type { ColumnAttribute, ColumnPair, RelationshipAttribute } from "../mapping/mapper.ts";
import { columnHistory, committedValue, isColumnChanged, isExpression } from "../state/changes.ts";
import { identityKey } from "../state/identity-key.ts";
import type { ObjectState } from "../state/object-state.ts";
import { Cells, type Change, Link } from "./change.ts";
import { KeyOf, NotYet, VersionOf } from "./keys.ts";
import type { Turn } from "./order.ts";
import type { Part } from "./part.ts";
import { ruleOf } from "./rules/index.ts";
import type { PostUpdate, Work } from "./work.ts";

/** What a flush drew up: the rows, and what objects will hold once they are written. */
export interface DraftResult {
  readonly changes: readonly Change[];
  /** By object and slot, what is written of values that can change in place, as copies. */
  readonly contents: ReadonlyMap<ObjectState, Map<number, unknown>>;
  /** Objects whose row is taken over by a new object of the same key: old → new. */
  readonly rowSwitches: ReadonlyMap<ObjectState, ObjectState>;
  /** What a row holds before the flush as far as memory knows; undefined: unknown. */
  committed(state: ObjectState, column: TableColumn): unknown;
}

/** What stands in the rows for what the objects do not hold. */
export interface Fillers {
  readonly makeDefault: (rule: ClientDefault) => unknown;
  /** For the version of a row that was not read. */
  readonly unreadVersion: (state: ObjectState, version: ColumnAttribute) => unknown;
}

/** Draws up the rows of a flush, turn by turn. A plan gives its own fillers, as making a default may have effects. */
export function draft(work: Work, turns: readonly Turn[], fillers = FLUSH_FILLERS): DraftResult {
  const drawing = new Draft(work, fillers);
  for (const { relationship, from, to } of work.keySwitches) {
    drawing.copyKeys({
      from,
      to,
      pairs: relationship.synchronizePairs,
      isCascaded: relationship.passiveUpdates,
    });
  }
  for (const { action, states } of turns) {
    if (action.kind === "process") {
      ruleOf(action.relationship).process(drawing, action.relationship, states, action.isDelete);
    } else if (action.kind === "postUpdate") {
      drawing.postUpdates(work.postUpdates.get(action.mapper), action.isDelete);
    } else if (action.kind === "save") drawing.saves(states);
    else drawing.deletes(states);
  }
  return drawing;
}

/** The drawing board of one flush. */
export class Draft implements DraftResult {
  readonly work: Work;
  readonly changes: Change[] = [];
  readonly contents = new Map<ObjectState, Map<number, unknown>>();
  readonly rowSwitches = new Map<ObjectState, ObjectState>();
  readonly #fillers: Fillers;
  /** The row that is being drawn up: what it writes, its key, what it fetches. */
  readonly #cells = new Cells();
  readonly #key = new Cells();
  readonly #fetches = new Cells();
  /** Primary keys that ON UPDATE CASCADE changes: the row is found by the new value. */
  readonly #cascadedKeys = new Map<ObjectState, Set<TableColumn>>();
  /** Association rows that one side has already written for both, per pair of relationships. */
  readonly #linked = new Map<RelationshipAttribute, Map<ObjectState, Set<ObjectState>>>();

  constructor(work: Work, fillers: Fillers) {
    this.work = work;
    this.#fillers = fillers;
  }

  /**
   * Makes what a default says. Errors: sql/promise-default, sql/wrong-value when a function gave something else than the
   * column takes.
   */
  made(column: TableColumn, rule: ClientDefault): unknown {
    const made = this.#fillers.makeDefault(rule);
    if (made instanceof Promise) {
      // Nobody waits for it: its failure, if it fails, is no one's either.
      made.catch(() => undefined);
      throw fail("sql/promise-default", { column: column.key });
    }
    // One object may be the default of many rows, and each row's can change in place.
    const isShared = rule.kind === "value" && made !== null && column.type.copy !== undefined;
    const value = isShared ? column.type.copy?.(made) : made;
    if (value === null || value instanceof NotYet || isExpression(value)) return value;
    const problem = problemOfStoring(column.type, value);
    if (problem === undefined) return value;
    const where = `the default of ${column.source.name}.${column.name}`;
    throw fail("sql/wrong-value", { where, problem, got: value });
  }

  /** What an attribute will hold. */
  value(state: ObjectState, attribute: ColumnAttribute): unknown {
    const drawn = this.#assigned(state, attribute);
    return drawn === undefined ? state.values[attribute.slot] : drawn;
  }

  /** What the flush itself assigns. */
  #assigned(state: ObjectState, attribute: ColumnAttribute): unknown {
    return state.flushPart === undefined ? undefined : this.work.noteOf(state).assigned?.[attribute.slot];
  }

  assign(state: ObjectState, attribute: ColumnAttribute, value: unknown): void {
    const part = this.work.noteOf(state);
    part.assigned ??= state.blank();
    part.assigned[attribute.slot] = value;
  }

  // -------------------------------------------------------------- keys

  /** Copies referred-to columns into foreign keys. */
  copyKeys(copy: {
    readonly from: ObjectState;
    readonly to: ObjectState;
    readonly pairs: readonly ColumnPair[];
    readonly isCascaded: boolean;
  }): void {
    for (const pair of copy.pairs) {
      const target = attributeOf(copy.to, pair.to);
      this.assign(copy.to, target, this.keyValue(copy.from, pair.from));
      if (copy.isCascaded && target.column.primaryKey) this.#noteCascaded(copy.to, target.column);
    }
  }

  #noteCascaded(state: ObjectState, column: TableColumn): void {
    const columns = this.#cascadedKeys.get(state) ?? new Set();
    columns.add(column);
    this.#cascadedKeys.set(state, columns);
  }

  /** Blanks the foreign keys of a row. Errors: flush/nulled-primary-key when one is part of its primary key. */
  clearKeys(state: ObjectState, relationship: RelationshipAttribute): void {
    for (const { to } of relationship.synchronizePairs) {
      const attribute = attributeOf(state, to);
      const value = this.value(state, attribute) ?? null;
      if (attribute.column.primaryKey && value !== null) {
        throw fail("flush/nulled-primary-key", {
          relationship: `${relationship.mapper.name}.${relationship.key}`,
          entity: state.mapper.name,
          column: attribute.column.name,
        });
      }
      this.assign(state, attribute, null);
    }
  }

  /** The value of a referred-to column, or the promise of one. */
  keyValue(state: ObjectState, column: ColumnNode): unknown {
    const attribute = attributeOf(state, column);
    const value = this.value(state, attribute);
    if (value !== undefined && value !== null && !isExpression(value)) return value;
    const part = !state.hasKey ? this.work.partOf(state) : undefined;
    if (part !== undefined) return promiseOf(part, attribute);
    const keyIndex = state.mapper.primaryKey.indexOf(attribute);
    return keyIndex >= 0 && value === undefined ? (state.key?.values[keyIndex] ?? null) : (value ?? null);
  }

  // -------------------------------------------------------------- rows of objects

  /** Draws up updates, then inserts, of one mapper's objects. */
  saves(states: readonly ObjectState[]): void {
    if (!this.work.hasRows) {
      for (const state of inWritingOrder(states)) this.#insert(state);
      return;
    }
    const inserts: ObjectState[] = [];
    const updates: { state: ObjectState; replaced: ObjectState | undefined }[] = [];
    for (const state of inWritingOrder(states)) {
      const replaced = !state.hasKey ? this.#replacedBy(state) : undefined;
      if (!state.hasKey && replaced === undefined) inserts.push(state);
      else updates.push({ state, replaced });
    }
    for (const { state, replaced } of updates) this.#update(state, replaced);
    for (const state of inserts) this.#insert(state);
  }

  /** The object to be deleted whose key a new object has: one UPDATE does for both. */
  #replacedBy(state: ObjectState): ObjectState | undefined {
    const { primaryKey } = state.mapper;
    // Mostly the database will make it.
    if (primaryKey[0] !== undefined && isOpen(this.value(state, primaryKey[0]))) return undefined;
    const values = primaryKey.map((attribute) => this.value(state, attribute));
    if (values.some(isOpen)) return undefined;
    const existing = this.work.memory.identityMap.get(identityKey(state.mapper, values));
    const part = existing && this.work.partOf(existing);
    if (existing === undefined || part?.isDelete !== true) return undefined;
    part.listOnly = true;
    this.rowSwitches.set(existing, state);
    return existing;
  }

  #insert(state: ObjectState): void {
    const { mapper } = state;
    const part = this.work.noteOf(state);
    const cells = this.#cells.clear();
    const fetches = this.#fetches.clear();
    for (const attribute of mapper.columns) {
      const { column } = attribute;
      const { slot } = attribute;
      const drawn = part.assigned?.[slot];
      const given =
        attribute === mapper.version ? 1 : ((drawn === undefined ? state.values[slot] : drawn) ?? null);
      if (given !== null) {
        cells.add(column, this.#stored(state, attribute, given));
        if (attribute === mapper.version) this.assign(state, attribute, given);
        if (isExpression(given)) fetches.add(column, undefined);
      } else if (column.default !== undefined) {
        this.#applyDefault(state, attribute, column.default);
      } else if (column.serverDefault !== undefined || column === mapper.table.autoincrementColumn) {
        fetches.add(column, undefined);
      } else {
        // Where NULL is not allowed, the database says so.
        cells.add(column, null);
      }
    }
    const row = new Row("insert", mapper.table, part);
    row.columns = cells.columns();
    row.values = cells.values();
    row.fetches = fetches.columns();
    this.changes.push(row);
  }

  /** Puts the row that was drawn up into the draft. */
  #pushRow(kind: "update" | "delete", state: ObjectState, mustMatch: boolean): void {
    const row = new Row(kind, state.mapper.table, this.work.noteOf(state));
    if (kind === "update") {
      row.columns = this.#cells.columns();
      row.values = this.#cells.values();
    }
    row.keyColumns = this.#key.columns();
    row.key = this.#key.values();
    row.mustMatch = mustMatch;
    this.changes.push(row);
  }

  /**
   * What is written of a value: of one that can change in place a copy, since the application still has it.
   *
   * Errors: mapping/wrong-value when it holds by now what it could not when it was assigned.
   */
  #stored(state: ObjectState, attribute: ColumnAttribute, value: unknown): unknown {
    const { type } = attribute.column;
    if (type.copy === undefined || value === null || value instanceof NotYet || isExpression(value))
      return value;
    const problem = problemOfStoring(type, value);
    if (problem !== undefined) {
      throw fail("mapping/wrong-value", { entity: state.mapper.name, attribute: attribute.key, problem });
    }
    const content = type.copy(value);
    const contents = this.contents.get(state) ?? new Map<number, unknown>();
    this.contents.set(state, contents.set(attribute.slot, content));
    return content;
  }

  #applyDefault(state: ObjectState, attribute: ColumnAttribute, rule: ClientDefault): void {
    const value = this.made(attribute.column, rule);
    this.#cells.add(attribute.column, value);
    if (isExpression(value)) this.#fetches.add(attribute.column, undefined);
    else this.assign(state, attribute, value);
  }

  #update(state: ObjectState, replaced: ObjectState | undefined): void {
    const cells = this.#cells.clear();
    for (const attribute of state.mapper.columns) {
      if (!this.#isChanged(state, attribute)) continue;
      const value = this.value(state, attribute);
      cells.add(attribute.column, this.#stored(state, attribute, value));
    }
    const key = this.#drawKey(state, replaced);
    for (const { column } of state.mapper.primaryKey) {
      if (cells.has(column) && cells.get(column) === key.get(column)) cells.delete(column);
    }
    if (cells.size === 0) return;
    this.#touch(state, replaced);
    this.#pushRow("update", state, true);
  }

  /** What every UPDATE of an object does besides: `onUpdate` values and the version. */
  #touch(state: ObjectState, replaced: ObjectState | undefined): void {
    for (const attribute of state.mapper.columns) {
      const { column } = attribute;
      if (column.onUpdate === undefined || this.#cells.has(column)) continue;
      const value = this.made(column, column.onUpdate);
      this.#cells.add(column, value);
      this.assign(state, attribute, value);
    }
    this.#raiseVersion(state, replaced);
  }

  #raiseVersion(state: ObjectState, replaced: ObjectState | undefined): void {
    const { version } = state.mapper;
    // A row that this flush inserted has its first version still.
    if (version === undefined || (!state.hasKey && replaced === undefined)) return;
    const drawn = this.#assigned(state, version);
    const current = drawn ?? this.#version(replaced ?? state, version);
    this.#key.put(version.column, current);
    if (this.#cells.has(version.column) && drawn === undefined) return;
    const next = current instanceof VersionOf ? current.next : Number(current) + 1;
    this.#cells.put(version.column, next);
    this.assign(state, version, next);
  }

  #version(state: ObjectState, version: ColumnAttribute): unknown {
    const known = this.#committed(state, version);
    return known === undefined ? this.#fillers.unreadVersion(state, version) : known;
  }

  #isChanged(state: ObjectState, attribute: ColumnAttribute): boolean {
    const drawn = this.#assigned(state, attribute);
    if (drawn === undefined) return isColumnChanged(state, attribute);
    const isUnknown = this.work.unknown.get(state)?.has(attribute.slot) === true;
    const before = isUnknown ? undefined : this.#committed(state, attribute);
    if (before === undefined || before === null || drawn === null) return drawn !== before;
    return drawn instanceof NotYet || isExpression(drawn) || !attribute.column.type.equal(drawn, before);
  }

  /** What a row holds before the flush. */
  committed(state: ObjectState, column: TableColumn): unknown {
    const attribute = attributeOf(state, column);
    return this.work.lookedUp.get(state)?.get(attribute.slot) ?? this.#committed(state, attribute);
  }

  #committed(state: ObjectState, attribute: ColumnAttribute): unknown {
    const known = committedValue(state, attribute);
    if (known !== undefined) return known;
    const keyIndex = state.mapper.primaryKey.indexOf(attribute);
    return keyIndex < 0 ? undefined : state.key?.values[keyIndex];
  }

  /** Draws up the key by which a row is found. */
  #drawKey(state: ObjectState, replaced: ObjectState | undefined): Cells {
    const key = this.#key.clear();
    const cascaded = this.#cascadedKeys.get(state);
    for (const attribute of state.mapper.primaryKey) {
      const value =
        cascaded?.has(attribute.column) === true
          ? this.value(state, attribute)
          : this.#committed(replaced ?? state, attribute);
      if (value === undefined || value === null) {
        throw fail("flush/missing-key", {
          action: "find the row of",
          entity: state.mapper.name,
          column: attribute.column.name,
        });
      }
      key.add(attribute.column, value);
    }
    return key;
  }

  /** Draws up the deletes of one mapper's objects. */
  deletes(states: readonly ObjectState[]): void {
    for (const state of inWritingOrder(states)) {
      if (this.rowSwitches.has(state) || !state.hasKey) continue;
      const { mapper } = state;
      const key = this.#drawKey(state, undefined);
      if (mapper.version !== undefined) {
        const drawn = this.#assigned(state, mapper.version);
        key.put(mapper.version.column, drawn ?? this.#version(state, mapper.version));
      }
      this.#pushRow("delete", state, mapper.version !== undefined);
    }
  }

  /** Draws up the UPDATEs of foreign keys that `postUpdate` keeps apart. */
  postUpdates(wanted: PostUpdate | undefined, isDelete: boolean): void {
    if (wanted === undefined) return;
    const states = Array.from(wanted.states).filter((state) => this.work.isDeleted(state) === isDelete);
    for (const state of inWritingOrder(states)) {
      const cells = this.#cells.clear();
      for (const attribute of state.mapper.columns) {
        if (!wanted.columns.has(attribute.column) || !this.#isChanged(state, attribute)) continue;
        cells.add(attribute.column, this.value(state, attribute));
      }
      if (cells.size === 0) continue;
      this.#drawPostUpdateKey(state);
      this.#touch(state, undefined);
      this.#pushRow("update", state, true);
    }
  }

  /** The row may have been inserted by this very flush. */
  #drawPostUpdateKey(state: ObjectState): void {
    if (state.hasKey) {
      this.#drawKey(state, undefined);
      return;
    }
    const key = this.#key.clear();
    for (const { column } of state.mapper.primaryKey) key.add(column, this.keyValue(state, column));
  }

  // -------------------------------------------------------------- rows of secondary tables

  /** Collects the association rows of one turn; `finish` puts them into the draft: deletes, updates, inserts. */
  links(relationship: RelationshipAttribute): Links {
    return new Links(this, relationship, this.#linkedBy(relationship));
  }

  /** What the two directions of a many-to-many share, so that each row is written once. */
  #linkedBy(relationship: RelationshipAttribute): Map<ObjectState, Set<ObjectState>> {
    const sides = [relationship, ...relationship.reverse];
    const known = sides.map((side) => this.#linked.get(side)).find((linked) => linked !== undefined);
    const linked = known ?? new Map<ObjectState, Set<ObjectState>>();
    for (const side of sides) this.#linked.set(side, linked);
    return linked;
  }
}

/** The association rows of one relationship in one turn. */
class Links {
  readonly #draft: Draft;
  readonly #relationship: RelationshipAttribute;
  readonly #linked: Map<ObjectState, Set<ObjectState>>;
  readonly #own: Link[] = [];
  readonly #deletes: Change[] = [];
  readonly #updates: Change[] = [];
  readonly #inserts: Change[] = [];
  /** The row that is being drawn up. */
  readonly #cells = new Cells();
  readonly #key = new Cells();

  constructor(board: Draft, relationship: RelationshipAttribute, linked: Map<ObjectState, Set<ObjectState>>) {
    this.#draft = board;
    this.#relationship = relationship;
    this.#linked = linked;
  }

  add(parent: ObjectState, child: ObjectState): void {
    const link = this.#due(parent, child);
    if (link === undefined) return;
    const row = this.#put(this.#cells.clear(), parent, child);
    for (const column of this.#table.columns) {
      if (column.default === undefined || row.has(column)) continue;
      row.add(column, this.#draft.made(column, column.default));
    }
    this.#inserts.push(this.#change("insert", row, this.#key.clear(), link));
  }

  remove(parent: ObjectState, child: ObjectState): void {
    const link = this.#due(parent, child);
    if (link === undefined) return;
    const key = this.#put(this.#key.clear(), parent, child);
    this.#deletes.push(this.#change("delete", this.#cells.clear(), key, link));
  }

  /** Carries a changed primary key into the association row. */
  rekey(parent: ObjectState, child: ObjectState): void {
    if (!this.#draft.work.memory.holds(child)) return;
    const key = this.#putCommitted(this.#key.clear(), parent, child);
    const row = this.#put(this.#cells.clear(), parent, child);
    this.#updates.push(this.#change("update", row, key, new Link(this.#relationship, parent, child)));
  }

  finish(): void {
    // One direction alone writes all its rows itself.
    if (this.#relationship.reverse.length > 0) this.#noteOwn();
    const { changes } = this.#draft;
    for (const rows of [this.#deletes, this.#updates, this.#inserts])
      for (const row of rows) changes.push(row);
  }

  #noteOwn(): void {
    for (const { parent, child } of this.#own) {
      let linked = this.#linked.get(child);
      if (linked === undefined) {
        linked = new Set();
        this.#linked.set(child, linked);
      }
      linked.add(parent);
    }
  }

  #change(kind: Change["kind"], values: Cells, key: Cells, link: Link): Change {
    const row = new Row(kind, this.#table, undefined);
    row.columns = values.columns();
    row.values = values.values();
    row.keyColumns = key.columns();
    row.key = key.values();
    row.mustMatch = kind !== "insert";
    row.link = link;
    return row;
  }

  get #table(): Table {
    return this.#relationship.secondary as Table;
  }

  /** Undefined when the other direction wrote the row, or when the other object is outside the session. */
  #due(parent: ObjectState, child: ObjectState): Link | undefined {
    const isWritten = this.#linked.get(parent)?.has(child) === true;
    const link = new Link(this.#relationship, parent, child);
    this.#own.push(link);
    return !isWritten && this.#draft.work.memory.holds(child) ? link : undefined;
  }

  #put(row: Cells, parent: ObjectState, child: ObjectState): Cells {
    for (const { from, to } of this.#relationship.synchronizePairs) {
      row.put(to as TableColumn, this.#draft.keyValue(parent, from));
    }
    for (const { from, to } of this.#relationship.secondarySynchronizePairs) {
      row.put(to as TableColumn, this.#draft.keyValue(child, from));
    }
    return row;
  }

  #putCommitted(key: Cells, parent: ObjectState, child: ObjectState): Cells {
    const put = (state: ObjectState, pairs: readonly ColumnPair[]) => {
      for (const { from, to } of pairs) {
        const { deleted, unchanged } = columnHistory(state, attributeOf(state, from));
        key.put(to as TableColumn, deleted.length > 0 ? deleted[0] : unchanged[0]);
      }
    };
    put(parent, this.#relationship.synchronizePairs);
    put(child, this.#relationship.secondarySynchronizePairs);
    return key;
  }
}

const NO_COLUMNS: readonly TableColumn[] = Object.freeze([]);
const NO_VALUES: readonly unknown[] = Object.freeze([]);

/** A row while it is drawn up. */
class Row implements Change {
  readonly kind: Change["kind"];
  readonly table: Table;
  readonly state: ObjectState | undefined;
  readonly part: Part | undefined;
  columns = NO_COLUMNS;
  values = NO_VALUES;
  keyColumns = NO_COLUMNS;
  key = NO_VALUES;
  fetches = NO_COLUMNS;
  mustMatch = false;
  link: Link | undefined = undefined;

  constructor(kind: Change["kind"], table: Table, part: Part | undefined) {
    this.kind = kind;
    this.table = table;
    this.state = part?.state;
    this.part = part;
  }
}

export function defaultValue(rule: ClientDefault): unknown {
  if (rule.kind === "expression") return { node: rule.node };
  return rule.kind === "value" ? rule.value : rule.make();
}

const FLUSH_FILLERS: Fillers = Object.freeze({ makeDefault: defaultValue, unreadVersion: () => undefined });

function attributeOf(state: ObjectState, column: ColumnNode): ColumnAttribute {
  const attribute = state.mapper.columnByNode.get(column);
  if (attribute === undefined) {
    throw fail("internal/impossible", { what: `${state.mapper.name} has no column ${column.name}` });
  }
  return attribute;
}

/** One promise serves all that refer to an object by the same column, as nearly all do. */
function promiseOf(part: Part, attribute: ColumnAttribute): KeyOf {
  if (part.promised?.attribute !== attribute) part.promised = new KeyOf(part, attribute);
  return part.promised;
}

/** Whether a key is not known before the row is written. */
function isOpen(value: unknown): boolean {
  return value === undefined || value === null || value instanceof NotYet;
}

/** New objects in the order in which they became pending, then those with a row by their primary key. */
function inWritingOrder(states: readonly ObjectState[]): ObjectState[] {
  const fresh: ObjectState[] = [];
  const known: ObjectState[] = [];
  let isInOrder = true;
  for (let index = 0, last = 0; index < states.length; index++) {
    const state = states[index] as ObjectState;
    if (state.hasKey) known.push(state);
    else {
      fresh.push(state);
      isInOrder &&= state.insertOrder >= last;
      last = state.insertOrder;
    }
  }
  if (!isInOrder) fresh.sort((left, right) => left.insertOrder - right.insertOrder);
  known.sort(byKey);
  if (known.length === 0) return fresh;
  return fresh.length === 0 ? known : [...fresh, ...known];
}

function byKey(left: ObjectState, right: ObjectState): number {
  const { keyText } = left;
  if (typeof keyText === "number" && typeof right.keyText === "number") return keyText - right.keyText;
  const leftValues = left.key?.values ?? [];
  const rightValues = right.key?.values ?? [];
  for (let index = 0; index < leftValues.length; index++) {
    const one = leftValues[index] as string | number;
    const other = rightValues[index] as string | number;
    if (one < other) return -1;
    if (one > other) return 1;
  }
  return 0;
}
