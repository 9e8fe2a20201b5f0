/**
 * What a flush knows of one object. It hangs on the object's state while the flush lasts, since it is looked at dozens of
 * times: Maps by state took a third of the time of a flush.
 */
import { arrayOfOne } from "../../foundation/blank-array.ts";
import type { TableColumn } from "../../schema/table-column.ts";
import type { ObjectState } from "../state/object-state.ts";
import type { KeyOf } from "./keys.ts";
import { NOTHING, type StateHistory } from "./state-history.ts";
import type { Work } from "./work.ts";

const NO_COLUMNS: readonly TableColumn[] = Object.freeze([]);
const NO_VALUES: readonly unknown[] = Object.freeze([]);

/** How one object takes part in a flush. */
export class Part {
  readonly work: Work;
  readonly state: ObjectState;
  isDelete = false;
  /** It is there for the order alone and writes nothing. */
  listOnly = false;
  /** It takes no part, and is only given a key. */
  isOutsider = false;
  /** By slot of a relationship: its changes, once somebody asked for them. */
  histories: (StateHistory | undefined)[] | undefined = undefined;
  /** Slots of relationships whose changes are known from the database, too. */
  loaded: number[] | undefined = undefined;
  /** By slot of a column: the value that the flush itself assigns; undefined: none. */
  assigned: unknown[] | undefined = undefined;
  /** The promise of a key of it that others wait for: one serves all of them. */
  promised: KeyOf | undefined = undefined;
  /** Columns whose values the database made, and those values. */
  returned: readonly TableColumn[] = NO_COLUMNS;
  outcome: readonly unknown[] = NO_VALUES;
  /** Of a plan that is made while a flush runs: the part in that flush. */
  private readonly outer: object | undefined;

  constructor(work: Work, state: ObjectState) {
    this.work = work;
    this.state = state;
    this.outer = state.flushPart;
    state.flushPart = this;
  }

  /** Lets the state go, and what was noted of it: an old part would keep that alive until the next full collection. */
  release(): void {
    this.histories = undefined;
    this.loaded = undefined;
    this.assigned = undefined;
    this.promised = undefined;
    this.outcome = NO_VALUES;
    if (this.state.flushPart === this) this.state.flushPart = this.outer;
  }

  /** Notes the changes of a relationship. `isLoaded`: what was not in memory has been loaded. */
  rememberHistory(slot: number, history: StateHistory, isLoaded: boolean): StateHistory {
    // Found anew as fast as remembered.
    if (history === NOTHING && !isLoaded && this.histories?.[slot] === undefined) return history;
    this.histories ??= this.state.blank() as (StateHistory | undefined)[];
    this.histories[slot] = history;
    if (isLoaded) {
      if (this.loaded === undefined) this.loaded = arrayOfOne(slot);
      else if (!this.loaded.includes(slot)) this.loaded.push(slot);
    }
    return history;
  }

  /** Notes what the database made. */
  noteOutcome(columns: readonly TableColumn[], values: readonly unknown[]): void {
    this.returned = this.returned.length === 0 ? columns : [...this.returned, ...columns];
    this.outcome = this.outcome.length === 0 ? values : [...this.outcome, ...values];
  }

  /** What the database made of a column, if it was asked; the last answer counts. */
  made(column: TableColumn): unknown {
    const { returned } = this;
    let index = returned.length - 1;
    while (index >= 0 && returned[index] !== column) index--;
    return index < 0 ? undefined : this.outcome[index];
  }
}
