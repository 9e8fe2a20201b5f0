/**
 * Step → statements: how the rows of a step are written on a database, compiled.
 *
 * Statements are made once per shape and dialect, so that a connection finds them prepared.
 */
import { type Compiled, compile } from "../../compile/compile.ts";
import type { Dialect, ListWrites, RowWrites } from "../../engine/dialect.ts";
import type { Table } from "../../schema/table.ts";
import type { TableColumn } from "../../schema/table-column.ts";
import { type ExpressionNode, NODE, type ParameterNode, type StatementNode } from "../../sql/nodes.ts";
import { booleanType } from "../../types/boolean.ts";
import { isExpression } from "../state/changes.ts";
import { hasExpressions, type Step } from "./batch.ts";
import { type Change, writtenValue } from "./change.ts";
import { uniqueKeys } from "./free-values.ts";

/** A statement, and the rows of a step that it writes. */
export interface Writing {
  readonly step: Step;
  readonly changes: readonly Change[];
  readonly compiled: Compiled;
  /**
   * How its parameters hold the rows. `rows`: a parameter per row and column; `arrays`: an array per column;
   * `each`: the statement writes one row, and is executed for each.
   */
  readonly form: "rows" | "arrays" | "each";
  /** The columns that it returns. */
  readonly returning: readonly TableColumn[];
  /** The same rows one by one: the database does not say which of them it refused. */
  readonly oneByOne?: Writing;
}

/** Rows of one INSERT: more would only make the text longer. */
const ROWS_PER_INSERT = 500;
/** Rows of one statement whose parameters are arrays: its text stays the same, its parameters need memory. */
const ROWS_PER_ARRAY = 10_000;

/** Fewer rows of an UPDATE or DELETE are executed in turn: a text for each number of rows has to pay for itself. */
const ROWS_FOR_LIST = 10;
/** Rows of one UPDATE or DELETE with a list: 500 take as long in one statement as in two. */
const ROWS_PER_LIST = 1000;

/** Gives the statements of a step, in the order in which they are sent. */
export function writingsOf(step: Step, dialect: Dialect): Writing[] {
  const { rowWrites } = dialect;
  if (rowWrites !== undefined && canBeArrays(step, rowWrites)) {
    return chunks(step.changes, ROWS_PER_ARRAY).map((changes) =>
      writingByArrays(step, changes, dialect, rowWrites),
    );
  }
  if (step.kind === "insert") {
    return chunks(step.changes, rowsPerInsert(step, dialect)).map((changes) =>
      insertOf(step, changes, dialect),
    );
  }
  const { listWrites } = dialect;
  if (listWrites !== undefined && canBeList(step)) {
    const size = Math.min(ROWS_PER_LIST, Math.floor(dialect.features.maxParameters / widthOf(step)));
    return chunks(step.changes, size).map((changes) => writingByList(step, changes, dialect, listWrites));
  }
  return alike(step).map((changes) => writingOneByOne(step, changes, dialect));
}

function writingOneByOne(step: Step, changes: readonly Change[], dialect: Dialect): Writing {
  const returning = dialect.features.returning === "all" ? step.fetches : [];
  const compiled = compiledWrite(step, changes[0] as Change, returning, dialect);
  return { step, changes, compiled, form: "each", returning };
}

function chunks(changes: readonly Change[], size: number): (readonly Change[])[] {
  if (changes.length <= size) return [changes];
  const result: Change[][] = [];
  for (let start = 0; start < changes.length; start += size) result.push(changes.slice(start, start + size));
  return result;
}

// ---------------------------------------------------------------- arrays

/**
 * Whether one statement can write all rows of a step whatever their order. An UPDATE of a unique column cannot: the
 * order in which its rows were put would be lost.
 */
function canBeArrays(step: Step, { takes }: RowWrites): boolean {
  const { kind, changes, columns, keyColumns, fetches } = step;
  const [first] = changes;
  if (first === undefined || changes.length < 2 || hasExpressions(first)) return false;
  if (![...columns, ...keyColumns].every(({ type }) => takes(type))) return false;
  if (kind === "insert") return columns.length > 0 && canBeMatched(step);
  if (fetches.length > 0 || changes.some(({ key }) => hasNull(key))) return false;
  return kind === "delete" || !columns.some((column) => isUnique(step.table, column));
}

// ---------------------------------------------------------------- lists

/**
 * Whether one statement with a list can write all rows of a step. The database would not say which row it refused, so
 * an UPDATE has to be one that no constraint can refuse; the rows of a DELETE are tried again one by one.
 */
function canBeList(step: Step): boolean {
  const { kind, changes, columns, fetches, table } = step;
  const [first] = changes;
  if (first === undefined || changes.length < ROWS_FOR_LIST || fetches.length > 0) return false;
  if (changes.some(({ key }) => hasNull(key))) return false;
  if (kind === "delete") return true;
  // Values by key may name a row twice, and the last one counts.
  if (first.state === undefined || hasExpressions(first) || table.checks.length > 0) return false;
  return columns.every((column, index) => {
    const isFree = column.nullable || !changes.some(({ values }) => (values[index] ?? null) === null);
    return isFree && !isUnique(table, column) && !isReference(table, column);
  });
}

function isReference(table: Table, column: TableColumn): boolean {
  return table.foreignKeys.some(({ from }) => from.includes(column));
}

function widthOf({ columns, keyColumns }: Step): number {
  return columns.length + keyColumns.length;
}

function writingByList(
  step: Step,
  changes: readonly Change[],
  dialect: Dialect,
  writes: ListWrites,
): Writing {
  const { table, columns, keyColumns, kind } = step;
  const { length } = changes;
  if (length === 1) return writingOneByOne(step, changes, dialect);
  const compiled = remembered(dialect, step, `list ${length}`, [], () =>
    kind === "update"
      ? writes.update(table, columns, keyColumns, length)
      : writes.delete(table, keyColumns, length),
  );
  const oneByOne = kind === "delete" ? writingOneByOne(step, changes, dialect) : undefined;
  return { step, changes, compiled, form: "rows", returning: [], ...(oneByOne && { oneByOne }) };
}

function isUnique(table: Table, column: TableColumn): boolean {
  return column.primaryKey || uniqueKeys(table).some((key) => key.includes(column));
}

function hasNull(key: Change["key"]): boolean {
  return key.some((value) => (value ?? null) === null);
}

function writingByArrays(
  step: Step,
  changes: readonly Change[],
  dialect: Dialect,
  writes: RowWrites,
): Writing {
  const { table, columns, keyColumns } = step;
  const returning = step.kind === "insert" ? returnedBy(step, changes) : [];
  const compiled = remembered(dialect, step, "arrays", returning, () => {
    if (step.kind === "insert") return writes.insert(table, columns, returning);
    return step.kind === "update"
      ? writes.update(table, columns, keyColumns)
      : writes.delete(table, keyColumns);
  });
  return { step, changes, compiled, form: "arrays", returning };
}

// ---------------------------------------------------------------- INSERT

/** As many rows as the database takes parameters for; one where what comes back could not be told apart. */
function rowsPerInsert(step: Step, dialect: Dialect): number {
  const { columns } = step;
  if (columns.length === 0 || !canBeMatched(step)) return 1;
  return Math.max(1, Math.min(ROWS_PER_INSERT, Math.floor(dialect.features.maxParameters / columns.length)));
}

function insertOf(step: Step, changes: readonly Change[], dialect: Dialect): Writing {
  const { table, columns } = step;
  const returning = returnedBy(step, changes);
  const make = (): StatementNode => ({
    kind: "insert",
    table,
    columns,
    rows: changes.map((change, index) => columns.map((column) => valueNode(change, column, `${index}_`))),
    query: undefined,
    conflict: undefined,
    returning,
    ctes: [],
  });
  const compiled = hasExpressions(changes[0] as Change)
    ? compile(make(), dialect)
    : remembered(dialect, step, `${changes.length}`, returning, make);
  return { step, changes, compiled, form: "rows", returning };
}

/** Whether rows that come back in any order can be told apart: by the number that the database gave, or by their key. */
function canBeMatched(step: Step): boolean {
  const { table, columns, fetches } = step;
  if (fetches.length === 0) return true;
  const { autoincrementColumn, primaryKey } = table;
  if (autoincrementColumn !== undefined && fetches.includes(autoincrementColumn)) return true;
  return primaryKey.columns.length > 0 && primaryKey.columns.every((column) => columns.includes(column));
}

/** What an INSERT returns: what is wanted, and of several rows that have no number the key, to match them by. */
function returnedBy(step: Step, changes: readonly Change[]): readonly TableColumn[] {
  const { table, fetches } = step;
  const { autoincrementColumn, primaryKey } = table;
  if (fetches.length === 0 || changes.length === 1) return fetches;
  if (autoincrementColumn !== undefined && fetches.includes(autoincrementColumn)) return fetches;
  return [...fetches, ...primaryKey.columns.filter((column) => !fetches.includes(column))];
}

// ---------------------------------------------------------------- UPDATE and DELETE

/** Rows of one step that the same text writes: a key that is NULL makes another text. */
function alike(step: Step): (readonly Change[])[] {
  if (step.changes.length === 1) return [step.changes];
  const byText = new Map<string, Change[]>();
  for (const change of step.changes) {
    let text = "";
    for (const value of change.key) text += value === null || value === undefined ? "n" : "v";
    const changes = byText.get(text);
    if (changes === undefined) byText.set(text, [change]);
    else changes.push(change);
  }
  return Array.from(byText.values());
}

function compiledWrite(
  step: Step,
  change: Change,
  returning: readonly TableColumn[],
  dialect: Dialect,
): Compiled {
  const where = () => step.keyColumns.map((column, index) => equals(column, change.key[index] ?? null));
  const make = (): StatementNode =>
    step.kind === "delete"
      ? { kind: "delete", table: step.table, using: [], where: where(), returning, ctes: [] }
      : {
          kind: "update",
          table: step.table,
          set: step.columns.map((column) => ({ column, value: valueNode(change, column, "") })),
          from: [],
          where: where(),
          returning,
          ctes: [],
        };
  if (hasExpressions(change)) return compile(make(), dialect);
  const nulls = step.keyColumns.filter((_column, index) => (change.key[index] ?? null) === null);
  return remembered(dialect, step, nulls.map(({ name }) => name).join(), returning, make);
}

// ---------------------------------------------------------------- parts

const compiledByDialect = new WeakMap<Dialect, WeakMap<Table, Map<string, Compiled>>>();

function remembered(
  dialect: Dialect,
  step: Step,
  detail: string,
  returning: readonly TableColumn[],
  make: () => StatementNode,
): Compiled {
  let byTable = compiledByDialect.get(dialect);
  if (byTable === undefined) {
    byTable = new WeakMap();
    compiledByDialect.set(dialect, byTable);
  }
  let known = byTable.get(step.table);
  if (known === undefined) {
    known = new Map();
    byTable.set(step.table, known);
  }
  const shape = [step.kind, names(step.columns), names(step.keyColumns), names(returning), detail].join("|");
  let compiled = known.get(shape);
  if (compiled === undefined) {
    // Nobody but us knows what a statement returns that is a text.
    const columns =
      returning.length > 0 ? returning.map(({ name, key, type }) => ({ name, key, type })) : undefined;
    compiled = Object.freeze({ ...compile(make(), dialect), columns });
    known.set(shape, compiled);
  }
  return compiled;
}

function names(columns: readonly TableColumn[]): string {
  return columns.map(({ name }) => name).join();
}

function valueNode(change: Change, column: TableColumn, prefix: string): ExpressionNode {
  const value = writtenValue(change, column);
  return isExpression(value) ? value[NODE] : parameter(column, prefix);
}

function parameter(column: TableColumn, prefix: string): ParameterNode {
  const where = `${column.source.name}.${column.key}`;
  return { kind: "parameter", value: undefined, name: prefix + column.name, type: column.type, where };
}

function equals(column: TableColumn, value: unknown): ExpressionNode {
  if (value === null) return { kind: "unary", operator: "isNull", operand: column, type: booleanType() };
  return {
    kind: "binary",
    operator: "eq",
    left: column,
    right: parameter(column, "key_"),
    type: booleanType(),
  };
}
