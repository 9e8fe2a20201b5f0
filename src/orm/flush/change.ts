/**
 * One row to write, as data.
 */
import type { Table } from "../../schema/table.ts";
import type { TableColumn } from "../../schema/table-column.ts";
import type { RelationshipAttribute } from "../mapping/mapper.ts";
import type { ObjectState } from "../state/object-state.ts";
import type { Part } from "./part.ts";

/**
 * One row to write. Values may be {@link KeyOf} or SQL expressions. Neighbours that write the same columns share the list
 * of them, so that comparing two rows costs nothing.
 */
export interface Change {
  readonly kind: "insert" | "update" | "delete";
  readonly table: Table;
  /** The object whose row it is; undefined for rows of a secondary table. */
  readonly state: ObjectState | undefined;
  /** The same as it takes part in the flush. */
  readonly part: Part | undefined;
  /** What an INSERT or UPDATE writes, value by column. */
  readonly columns: readonly TableColumn[];
  readonly values: readonly unknown[];
  /** Which row an UPDATE or DELETE is about, value by column. */
  readonly keyColumns: readonly TableColumn[];
  readonly key: readonly unknown[];
  /** Columns whose value only the database knows afterwards. */
  readonly fetches: readonly TableColumn[];
  /** Whether it is an error when no row matches. */
  readonly mustMatch: boolean;
  /** What a row of a secondary table links. */
  readonly link?: Link | undefined;
}

/** Two objects, by a many-to-many relationship of the first one. */
export class Link {
  readonly relationship: RelationshipAttribute;
  readonly parent: ObjectState;
  readonly child: ObjectState;

  constructor(relationship: RelationshipAttribute, parent: ObjectState, child: ObjectState) {
    this.relationship = relationship;
    this.parent = parent;
    this.child = child;
  }
}

/** Whether a row's column is written. */
export function writes(change: Change, column: TableColumn): boolean {
  return change.columns.includes(column);
}

/** What is written to a column; undefined: nothing. */
export function writtenValue(change: Change, column: TableColumn): unknown {
  const index = change.columns.indexOf(column);
  return index < 0 ? undefined : change.values[index];
}

/**
 * Columns with their values, while a row is drawn up. One is used for all rows of a flush: its arrays keep their length,
 * since V8 gives the memory of an array back whose length becomes 0.
 */
export class Cells {
  readonly #columns: TableColumn[] = [];
  readonly #values: unknown[] = [];
  #count = 0;
  #lastColumns: readonly TableColumn[] = [];

  get size(): number {
    return this.#count;
  }

  /** Adds a column that is not there yet. */
  add(column: TableColumn, value: unknown): void {
    this.#columns[this.#count] = column;
    this.#values[this.#count++] = value;
  }

  /** Adds a column or replaces its value. */
  put(column: TableColumn, value: unknown): void {
    const index = this.#indexOf(column);
    if (index < 0) this.add(column, value);
    else this.#values[index] = value;
  }

  has(column: TableColumn): boolean {
    return this.#indexOf(column) >= 0;
  }

  get(column: TableColumn): unknown {
    const index = this.#indexOf(column);
    return index < 0 ? undefined : this.#values[index];
  }

  delete(column: TableColumn): void {
    const index = this.#indexOf(column);
    if (index < 0) return;
    this.#columns.splice(index, 1);
    this.#values.splice(index, 1);
    this.#count--;
  }

  /** Empties it for the next row. */
  clear(): this {
    this.#count = 0;
    return this;
  }

  /** The columns; the same list as before if they are the same. */
  columns(): readonly TableColumn[] {
    const last = this.#lastColumns;
    let isSame = last.length === this.#count;
    for (let index = 0; isSame && index < last.length; index++) isSame = last[index] === this.#columns[index];
    if (!isSame) this.#lastColumns = this.#columns.slice(0, this.#count);
    return this.#lastColumns;
  }

  /** The values in the order of the columns, as an array of their own. */
  values(): readonly unknown[] {
    return this.#values.slice(0, this.#count);
  }

  #indexOf(column: TableColumn): number {
    for (let index = 0; index < this.#count; index++) if (this.#columns[index] === column) return index;
    return -1;
  }
}

/** Whether two lists name the same columns in the same order. */
export function areEqual(one: readonly TableColumn[], other: readonly TableColumn[]): boolean {
  if (one === other) return true;
  if (one.length !== other.length) return false;
  for (let index = 0; index < one.length; index++) if (one[index] !== other[index]) return false;
  return true;
}
