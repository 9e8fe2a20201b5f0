/**
 * Turns one call of `execute` into the statements that are sent: values become rows, rows are cut to what one statement
 * can hold, and columns that were left out get their client-side defaults.
 *
 * Pure. Below: `defaults.ts`. Above: `connection.ts`.
 */
import type { Compiled } from "../compile/compile.ts";
import { fail } from "../foundation/errors.ts";
import { toExpression } from "../sql/coerce.ts";
import type { ColumnNode, InsertNode, StatementNode, UpdateNode } from "../sql/nodes.ts";
import { withInsertDefaults, withUpdateDefaults } from "./defaults.ts";
import type { Dialect } from "./dialect.ts";

/** Anything that stands for a statement: a builder, a node, or a statement compiled before. */
export type Executable = StatementNode | Compiled | { readonly node: StatementNode };

/** Values for one execution, by name of parameter or attribute of a column; or a list of them, for many. */
export type Values = Readonly<Record<string, unknown>> | readonly Readonly<Record<string, unknown>>[];

/** One statement to send. */
export interface Step {
  readonly statement: StatementNode | Compiled;
  readonly values: Readonly<Record<string, unknown>> | undefined;
}

/** Tells what to send for a statement and the values it was given. */
export function expandStatement(statement: Executable, values: Values | undefined, dialect: Dialect): Step[] {
  const resolved = resolve(statement);
  if (!("kind" in resolved)) return eachValue(resolved, values);
  switch (resolved.kind) {
    case "insert":
      return expandInsert(resolved, values, dialect);
    case "update":
      return expandUpdate(resolved, values);
    default:
      return eachValue(resolved, values);
  }
}

/** Gives the node of a builder; nodes and compiled statements pass. Errors: sql/not-a-statement. */
export function resolve(statement: Executable): StatementNode | Compiled {
  if (typeof statement === "object" && statement !== null) {
    if ("node" in statement) return statement.node;
    if ("kind" in statement || "sql" in statement) return statement;
  }
  throw fail("sql/not-a-statement", { got: statement });
}

function eachValue(statement: StatementNode | Compiled, values: Values | undefined): Step[] {
  if (!isList(values)) return [{ statement, values }];
  return values.map((each) => ({ statement, values: each }));
}

function isList(values: Values | undefined): values is readonly Readonly<Record<string, unknown>>[] {
  return Array.isArray(values);
}

function expandInsert(node: InsertNode, values: Values | undefined, dialect: Dialect): Step[] {
  const hasRows = node.columns.length > 0 || node.query !== undefined;
  if (values === undefined || hasRows) {
    const pieces = cutRows(withInsertDefaults(node), dialect.features.maxParameters);
    return pieces.flatMap((piece) => eachValue(piece, values));
  }
  return groupByKeys(isList(values) ? values : [values])
    .map((group) => withInsertDefaults(insertOf(node, group)))
    .flatMap((insert) => cutRows(insert, dialect.features.maxParameters))
    .map((statement) => ({ statement, values: undefined }));
}

/** Neighbours that give the same columns share a statement; the order of the rows stays. */
function groupByKeys(
  rows: readonly Readonly<Record<string, unknown>>[],
): (readonly Readonly<Record<string, unknown>>[])[] {
  const groups: Readonly<Record<string, unknown>>[][] = [];
  let latest: string | undefined;
  for (const row of rows) {
    const keys = Object.keys(row).sort().join("\0");
    if (keys === latest) groups.at(-1)!.push(row);
    else groups.push([row]);
    latest = keys;
  }
  return groups;
}

function insertOf(node: InsertNode, rows: readonly Readonly<Record<string, unknown>>[]): InsertNode {
  const columns = Object.keys(rows[0]!).map((key) => columnOfKey(node, key));
  return {
    ...node,
    columns,
    rows: rows.map((row) => columns.map((column) => valueNode(node, column, row[column.key]))),
  };
}

function columnOfKey(node: InsertNode | UpdateNode, key: string): ColumnNode {
  const columns = node.table.columnNodes;
  const column = columns.find((each) => each.key === key);
  if (column !== undefined) return column;
  throw fail("sql/unknown-column", {
    source: node.table.name ?? "the table",
    column: key,
    columns: columns.map((each) => each.key),
  });
}

function valueNode(node: InsertNode | UpdateNode, column: ColumnNode, value: unknown) {
  return toExpression(value, { where: `${node.table.name}.${column.key}`, type: column.type });
}

/** Cuts an INSERT into several, so that none has more parameters than the database takes. */
function cutRows(node: InsertNode, maxParameters: number): InsertNode[] {
  const { rows, columns } = node;
  const rowsEach = Math.max(1, Math.floor(maxParameters / Math.max(1, columns.length)));
  if (rows.length <= rowsEach) return [node];
  const pieces: InsertNode[] = [];
  for (let start = 0; start < rows.length; start += rowsEach) {
    pieces.push({ ...node, rows: rows.slice(start, start + rowsEach) });
  }
  return pieces;
}

/** Values of an UPDATE without SET are its SET, but for those that name a parameter of its condition. */
function expandUpdate(node: UpdateNode, values: Values | undefined): Step[] {
  if (values === undefined || node.set.length > 0) return eachValue(withUpdateDefaults(node), values);
  const each = isList(values) ? values : [values];
  return each.map((given) => {
    const keys = new Set(node.table.columnNodes.map((column) => column.key));
    const set = Object.entries(given)
      .filter(([key]) => keys.has(key))
      .map(([key, value]) => {
        const column = columnOfKey(node, key);
        return { column, value: valueNode(node, column, value) };
      });
    return { statement: withUpdateDefaults({ ...node, set }), values: given };
  });
}
