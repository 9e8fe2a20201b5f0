/**
 * Change[] → Change[]: a row gives up a unique value before another takes it.
 *
 * The order of turns knows tables and foreign keys, not values: swapped values, a replaced one-to-one and the value of
 * a deleted row taken by a new one would all violate a constraint in between. A row that gives up a value is moved
 * ahead, with what has to precede it; where that goes round in a circle, its value is NULL for a moment.
 */
import type { Table } from "../../schema/table.ts";
import type { TableColumn } from "../../schema/table-column.ts";
import type { ObjectState } from "../state/object-state.ts";
import { type Change, writes, writtenValue } from "./change.ts";
import type { DraftResult } from "./draft.ts";
import { KeyOf, textOf } from "./keys.ts";

/** The columns of one unique constraint or unique index. */
type UniqueKey = readonly TableColumn[];

/**
 * Reorders the rows of a flush for the unique constraints of their tables.
 *
 * The order is left alone where no row takes what a later one gives up, or takes what may not be NULL in a circle; the
 * database judges those.
 */
export function freeValues(draft: DraftResult): readonly Change[] {
  const { changes } = draft;
  if (!changes.some(({ kind, table }) => kind !== "delete" && uniqueKeys(table).length > 0)) return changes;
  const givers = findGivers(draft);
  const wants = givers.size === 0 ? NO_WANTS : findWants(draft, givers);
  if (wants.size === 0) return changes;
  const vacancies = new Vacancies(draft);
  const order = new Order(sortRuns(changes, wants, vacancies));
  moveGivers(draft, order, wants);
  return vacateLate(order, wants, vacancies);
}

/** A unique value that a row takes, and the row that has to give it up before. */
interface Want {
  readonly taker: Change;
  readonly giver: Change;
  readonly key: UniqueKey;
  /** The giver's value is made NULL beforehand. */
  isVacated: boolean;
}

type Wants = ReadonlyMap<Change, readonly Want[]>;

const NO_WANTS: Wants = new Map();

function findWants(draft: DraftResult, givers: ReadonlyMap<UniqueKey, Map<unknown, Change>>): Wants {
  const wants = new Map<Change, Want[]>();
  for (const taker of draft.changes) {
    if (taker.kind === "delete") continue;
    for (const { key, text } of taken(draft, taker)) {
      const giver = givers.get(key)?.get(text);
      if (giver === undefined || giver === taker) continue;
      const want = { taker, giver, key, isVacated: false };
      const known = wants.get(taker);
      if (known === undefined) wants.set(taker, [want]);
      else known.push(want);
    }
  }
  return wants;
}

// ---------------------------------------------------------------- updates of one table

/** Sorts the neighbouring updates of each table among themselves: what gives goes before what takes. */
function sortRuns(changes: readonly Change[], wants: Wants, vacancies: Vacancies): Change[] {
  const ordered: Change[] = [];
  for (let start = 0, end = 0; start < changes.length; start = end) {
    end = endOfRun(changes, start);
    const run = changes.slice(start, end);
    for (const change of canBeSorted(run) ? sortRun(run, wants, vacancies) : run) ordered.push(change);
  }
  return ordered;
}

/** Rows that depend on each other by nothing but unique values. */
function canBeSorted(run: readonly Change[]): boolean {
  if (run.length < 2 || run[0]?.kind !== "update") return false;
  if (run.some((change) => setsReference(change, change.table))) return false;
  return new Set(run.map(({ state }) => state)).size === run.length;
}

/** Depth first along the wants; a want that leads back to an open row is a circle, and its giver's value is vacated. */
function sortRun(run: readonly Change[], wants: Wants, vacancies: Vacancies): Change[] {
  const own = new Set(run);
  const vacated: Change[] = [];
  const sorted = new Set<Change>();
  const open = new Set<Change>();
  for (const first of run) {
    const stack = sorted.has(first) ? [] : [first];
    for (let taker = stack.at(-1); taker !== undefined; taker = stack.at(-1)) {
      open.add(taker);
      const next = (wants.get(taker) ?? []).find(
        ({ giver, isVacated }) => !isVacated && own.has(giver) && !sorted.has(giver),
      );
      if (next === undefined) {
        sorted.add(taker);
        stack.pop();
      } else if (open.has(next.giver)) {
        vacated.push(...vacancies.vacate(next));
        next.isVacated = true;
      } else stack.push(next.giver);
    }
  }
  return [...vacated, ...sorted];
}

/** Rows of one kind stay neighbours, so that one statement still writes them. */
function endOfRun(changes: readonly Change[], start: number): number {
  const { kind, table } = changes[start] as Change;
  let end = start + 1;
  while (end < changes.length && changes[end]?.kind === kind && changes[end]?.table === table) end++;
  return end;
}

// ---------------------------------------------------------------- values

/** By unique key and value, the change after which a row no longer has it. */
function findGivers(draft: DraftResult): Map<UniqueKey, Map<unknown, Change>> {
  const givers = new Map<UniqueKey, Map<unknown, Change>>();
  for (const change of draft.changes) {
    if (change.kind === "insert" || change.state === undefined) continue;
    for (const key of uniqueKeys(change.table)) {
      if (change.kind === "update" && !key.some((column) => writes(change, column))) continue;
      const { state } = change;
      const text = textOf(key, (column) => draft.committed(state, column));
      if (text === undefined) continue;
      const byText = givers.get(key) ?? new Map<unknown, Change>();
      givers.set(key, byText.set(text, change));
    }
  }
  return givers;
}

/** The unique values that a row has once it is written. */
function taken(draft: DraftResult, change: Change): { key: UniqueKey; text: unknown }[] {
  return uniqueKeys(change.table).flatMap((key) => {
    if (change.kind === "update" && !key.some((column) => writes(change, column))) return [];
    const text = textOf(key, (column) => {
      if (writes(change, column)) return writtenValue(change, column);
      return change.state === undefined ? undefined : draft.committed(change.state, column);
    });
    return text === undefined ? [] : [{ key, text }];
  });
}

const keysOfTables = new WeakMap<Table, readonly UniqueKey[]>();

/** Made once, so that a key is one object. A partial index counts as a whole one: moving a row ahead does no harm. */
export function uniqueKeys(table: Table): readonly UniqueKey[] {
  let keys = keysOfTables.get(table);
  if (keys === undefined) {
    const ofIndexes = table.indexes.flatMap(({ unique, expressions }) => {
      const columns = table.columns.filter((column) => (expressions as readonly unknown[]).includes(column));
      return unique && columns.length === expressions.length ? [columns] : [];
    });
    keys = [...table.uniques.map(({ columns }) => columns), ...ofIndexes];
    keysOfTables.set(table, keys);
  }
  return keys;
}

// ---------------------------------------------------------------- order

/** The rows of a flush in the order in which they are written. */
class Order {
  readonly rows: Change[];
  readonly #places = new Map<Change, number>();

  constructor(rows: Change[]) {
    this.rows = rows;
    this.#notePlaces(0);
  }

  placeOf(change: Change): number {
    return this.#places.get(change) as number;
  }

  /** What a run takes before it is given up. */
  lateWants(start: number, end: number, wants: Wants): Want[] {
    const late: Want[] = [];
    for (let place = start; place < end; place++) {
      for (const want of wants.get(this.rows[place] as Change) ?? [])
        if (!want.isVacated && this.placeOf(want.giver) > place) late.push(want);
    }
    return late;
  }

  /** Puts rows ahead of those that begin at `start`; both keep their order. */
  moveTo(start: number, moved: ReadonlySet<Change>): void {
    const rest = this.rows.splice(start);
    for (const change of rest) if (moved.has(change)) this.rows.push(change);
    for (const change of rest) if (!moved.has(change)) this.rows.push(change);
    this.#notePlaces(start);
  }

  #notePlaces(start: number): void {
    for (let place = start; place < this.rows.length; place++)
      this.#places.set(this.rows[place] as Change, place);
  }
}

/**
 * Moves what gives ahead of the run that takes: everything that the run wants at once, since each move costs a walk
 * along the rows. What depends on its taker stays.
 */
function moveGivers(draft: DraftResult, order: Order, wants: Wants): void {
  const stuck = new Set<Want>();
  for (let start = 0; start < order.rows.length; ) {
    const end = endOfRun(order.rows, start);
    const late = order.lateWants(start, end, wants).filter((want) => !stuck.has(want));
    for (const want of late) if (new Needs(draft).add(want.giver).has(want.taker)) stuck.add(want);
    const wanted = late.filter((want) => !stuck.has(want));
    // What was moved begins at `start` then, and may want something itself.
    if (moveTogether(draft, order, start, wanted)) continue;
    const movable = wanted.find((want) => {
      const isMoved = moveTogether(draft, order, start, [want]);
      if (!isMoved) stuck.add(want);
      return isMoved;
    });
    if (movable === undefined) start = end;
  }
}

/** Moves the givers of those wants that do not hold each other up; false when there are none. */
function moveTogether(draft: DraftResult, order: Order, start: number, wants: readonly Want[]): boolean {
  for (let wanted = wants; wanted.length > 0; ) {
    const moved = withNeeded(draft, order, start, wanted);
    const free = wanted.filter(({ taker }) => !moved.has(taker));
    if (free.length === wanted.length) {
      order.moveTo(start, moved);
      return true;
    }
    wanted = free;
  }
  return false;
}

/** The givers, and what is written from `start` on and has to precede them. */
function withNeeded(draft: DraftResult, order: Order, start: number, wanted: readonly Want[]): Set<Change> {
  const moved = new Set(wanted.map(({ giver }) => giver));
  const needs = new Needs(draft);
  const last = wanted.reduce((place, { giver }) => Math.max(place, order.placeOf(giver)), start);
  for (let place = last; place >= start; place--) {
    const change = order.rows[place] as Change;
    if (!moved.has(change) && !needs.has(change)) continue;
    moved.add(change);
    needs.add(change);
  }
  return moved;
}

/** What has to precede some rows: told by tables where rows would need a look into the database. */
class Needs {
  readonly #draft: DraftResult;
  readonly #states = new Set<ObjectState>();
  readonly #deletedFrom = new Set<Table>();
  readonly #referredTables = new Set<Table>();
  readonly #referredColumns = new Set<TableColumn>();
  readonly #taken = new Map<UniqueKey, Set<unknown>>();

  constructor(draft: DraftResult) {
    this.#draft = draft;
  }

  add(later: Change): this {
    if (later.state !== undefined) this.#states.add(later.state);
    for (const values of [later.values, later.key])
      for (const value of values) if (value instanceof KeyOf) this.#states.add(value.state);
    if (later.kind === "delete") {
      this.#deletedFrom.add(later.table);
      return this;
    }
    for (const { target, from, to } of later.table.foreignKeys) {
      if (from.every((column) => (writtenValue(later, column) ?? null) === null)) continue;
      this.#referredTables.add(target);
      for (const column of to) this.#referredColumns.add(column);
    }
    for (const { key, text } of taken(this.#draft, later)) {
      const texts = this.#taken.get(key) ?? new Set();
      this.#taken.set(key, texts.add(text));
    }
    return this;
  }

  has(earlier: Change): boolean {
    if (earlier.state !== undefined && this.#states.has(earlier.state)) return true;
    if (earlier.kind === "insert") return this.#referredTables.has(earlier.table);
    return (
      earlier.columns.some((column) => this.#referredColumns.has(column)) ||
      earlier.table.foreignKeys.some(({ target }) => this.#deletedFrom.has(target)) ||
      this.#takesFrom(earlier)
    );
  }

  /** Whether a unique value is taken that `earlier` gives up. */
  #takesFrom({ state, table }: Change): boolean {
    if (state === undefined || this.#taken.size === 0) return false;
    return uniqueKeys(table).some((key) => {
      const texts = this.#taken.get(key);
      return texts?.has(textOf(key, (column) => this.#draft.committed(state, column)));
    });
  }
}

function setsReference(change: Change, target: Table): boolean {
  return change.table.foreignKeys.some(
    (foreignKey) => foreignKey.target === target && foreignKey.from.some((column) => writes(change, column)),
  );
}

// ---------------------------------------------------------------- NULL for a moment

/** Gives the rows with what frees the values that no order frees, ahead of the run that takes them. */
function vacateLate(order: Order, wants: Wants, vacancies: Vacancies): Change[] {
  const { rows } = order;
  const written: Change[] = [];
  for (let start = 0, end = 0; start < rows.length; start = end) {
    end = endOfRun(rows, start);
    for (const want of order.lateWants(start, end, wants)) written.push(...vacancies.vacate(want));
    for (let place = start; place < end; place++) written.push(vacancies.final(rows[place] as Change));
  }
  return written;
}

/** Rows that have NULL for a moment. */
class Vacancies {
  readonly #changes: readonly Change[];
  readonly #committed: DraftResult["committed"];
  /** What gives with the values that it has to write back, by what was drawn up of it. */
  readonly #restoring = new Map<Change, Change>();
  #writtenTwice: ReadonlySet<ObjectState> | undefined;

  constructor(draft: DraftResult) {
    this.#changes = draft.changes;
    this.#committed = (state, column) => draft.committed(state, column);
  }

  /** A row as it is to be written. */
  final(change: Change): Change {
    return this.#restoring.get(change) ?? change;
  }

  /** Lets a row have NULL for a moment, in a column that it writes itself later; nothing where none may. */
  vacate({ giver, key }: Want): Change[] {
    const mayBeNull = key.filter(({ nullable, primaryKey }) => nullable && !primaryKey);
    const written = mayBeNull.find((column) => giver.kind === "delete" || writes(giver, column));
    const column = written ?? mayBeNull.find((each) => this.#restore(giver, each));
    return column === undefined ? [] : [vacating(giver, column)];
  }

  /** Lets a row write what it has in a column; false where it is not known what that is by then. */
  #restore(giver: Change, column: TableColumn): boolean {
    const { state } = giver;
    this.#writtenTwice ??= statesWrittenTwice(this.#changes);
    if (state === undefined || this.#writtenTwice.has(state)) return false;
    const value = this.#committed(state, column);
    if (value === undefined) return false;
    const { columns, values } = this.final(giver);
    if (!columns.includes(column)) {
      this.#restoring.set(giver, { ...giver, columns: [...columns, column], values: [...values, value] });
    }
    return true;
  }
}

/** Another row of the same object may write the column, too. */
function statesWrittenTwice(changes: readonly Change[]): Set<ObjectState> {
  const written = new Set<ObjectState>();
  const twice = new Set<ObjectState>();
  for (const { state } of changes) {
    if (state === undefined) continue;
    if (written.has(state)) twice.add(state);
    written.add(state);
  }
  return twice;
}

function vacating(giver: Change, column: TableColumn): Change {
  return {
    kind: "update",
    table: giver.table,
    state: giver.state,
    part: giver.part,
    columns: [column],
    values: [null],
    keyColumns: giver.keyColumns.filter(({ primaryKey }) => primaryKey),
    key: giver.key.filter((_value, index) => giver.keyColumns[index]?.primaryKey === true),
    fetches: [],
    mustMatch: true,
  };
}
