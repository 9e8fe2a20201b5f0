/**
 * Change[] → Change[]: a row gives up a unique value before another takes it.
 *
 * The order of turns knows tables and foreign keys, not values: swapped values, a replaced one-to-one and the value of
 * a deleted row taken by a new one would all violate a constraint in between. A row that gives up a value is moved
 * ahead, with what has to precede it; where that goes round in a circle, its value is NULL for a moment.
 */
import type { Table } from "../../schema/table.ts";
import type { TableColumn } from "../../schema/table-column.ts";
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
  const ordered = sortRuns(changes, wants);
  let places = placesOf(ordered);
  for (const [taker, wanted] of wants) {
    for (const want of wanted) {
      if (want.isVacated || (places.get(want.giver) as number) < (places.get(taker) as number)) continue;
      if (!moveAhead(draft, ordered, want.giver, taker)) {
        const vacating = vacate(want);
        if (vacating !== undefined) ordered.splice(startOfRun(ordered, ordered.indexOf(taker)), 0, vacating);
      }
      places = placesOf(ordered);
    }
  }
  return ordered;
}

/** A unique value that a row takes, and the row that has to give it up before. */
interface Want {
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
      const want = { giver, key, isVacated: false };
      const known = wants.get(taker);
      if (known === undefined) wants.set(taker, [want]);
      else known.push(want);
    }
  }
  return wants;
}

function placesOf(ordered: readonly Change[]): Map<Change, number> {
  return new Map(ordered.map((change, index) => [change, index]));
}

// ---------------------------------------------------------------- updates of one table

/** Sorts the neighbouring updates of each table among themselves: what gives goes before what takes. */
function sortRuns(changes: readonly Change[], wants: Wants): Change[] {
  const ordered: Change[] = [];
  for (let start = 0, end = 0; start < changes.length; start = end) {
    const { kind, table } = changes[start] as Change;
    end = start + 1;
    while (end < changes.length && changes[end]?.kind === kind && changes[end]?.table === table) end++;
    const run = changes.slice(start, end);
    for (const change of canBeSorted(run) ? sortRun(run, wants) : run) ordered.push(change);
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
function sortRun(run: readonly Change[], wants: Wants): Change[] {
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
        const vacating = vacate(next);
        if (vacating !== undefined) vacated.push(vacating);
        next.isVacated = true;
      } else stack.push(next.giver);
    }
  }
  return [...vacated, ...sorted];
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

/** Moves a row ahead of the statement that `taker` is part of; false when it depends on `taker` itself. */
function moveAhead(draft: DraftResult, ordered: Change[], giver: Change, taker: Change): boolean {
  const at = ordered.indexOf(taker);
  const start = startOfRun(ordered, at);
  const moved = [giver];
  for (let index = ordered.indexOf(giver) - 1; index >= start; index--) {
    const change = ordered[index] as Change;
    if (!moved.some((later) => mustFollow(draft, later, change))) continue;
    if (change === taker) return false;
    moved.unshift(change);
  }
  const isMoved = new Set(moved);
  const rest = ordered.slice(start).filter((change) => !isMoved.has(change));
  ordered.splice(start, ordered.length - start, ...moved, ...rest);
  return true;
}

/** Rows of one kind stay neighbours, so that one statement still writes them. */
function startOfRun(ordered: readonly Change[], at: number): number {
  const { kind, table } = ordered[at] as Change;
  let start = at;
  while (start > 0 && ordered[start - 1]?.kind === kind && ordered[start - 1]?.table === table) start--;
  return start;
}

/** Whether `later` has to stay behind `earlier`: told by tables where rows would need a look into the database. */
function mustFollow(draft: DraftResult, later: Change, earlier: Change): boolean {
  if (later.state !== undefined && later.state === earlier.state) return true;
  for (const value of [...later.values, ...later.key]) {
    if (value instanceof KeyOf && value.state === earlier.state) return true;
  }
  if (later.kind === "delete" && earlier.kind !== "insert" && refers(earlier.table, later.table)) return true;
  if (later.kind !== "delete" && earlier.kind !== "delete" && setsReference(later, earlier.table))
    return true;
  return takesFrom(draft, later, earlier);
}

function refers(table: Table, target: Table): boolean {
  return table.foreignKeys.some((foreignKey) => foreignKey.target === target);
}

function setsReference(change: Change, target: Table): boolean {
  return change.table.foreignKeys.some(
    (foreignKey) => foreignKey.target === target && foreignKey.from.some((column) => writes(change, column)),
  );
}

/** Whether `later` takes a unique value that `earlier` gives up. */
function takesFrom(draft: DraftResult, later: Change, earlier: Change): boolean {
  if (later.kind === "delete" || earlier.kind === "insert" || later.table !== earlier.table) return false;
  const { state } = earlier;
  if (state === undefined) return false;
  return taken(draft, later).some(
    ({ key, text }) => textOf(key, (column) => draft.committed(state, column)) === text,
  );
}

/** Lets a row have NULL for a moment, in a column that it writes itself later; undefined where none may. */
function vacate({ giver, key }: Want): Change | undefined {
  const isWritten = (column: TableColumn) => giver.kind === "delete" || writes(giver, column);
  const column = key.find((each) => each.nullable && !each.primaryKey && isWritten(each));
  if (column === undefined) return undefined;
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
