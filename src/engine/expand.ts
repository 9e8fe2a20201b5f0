/**
 * Turns one call of `execute` into the statements that are sent: values become rows, rows are cut to what one statement
 * can hold, and columns that were left out get their client-side defaults.
 *
 * Pure. Below: `defaults.ts`. Above: `connection.ts`.
 */
import { type Compiled, verbOfNode } from "../compile/compile.ts";
import { fail } from "../foundation/errors.ts";
import { walk } from "../sql/children.ts";
import { toExpression } from "../sql/coerce.ts";
import type { ColumnNode, DeleteNode, InsertNode, StatementNode, UpdateNode } from "../sql/nodes.ts";
import { rewrite } from "../sql/rewrite.ts";
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

/** Whether a statement only reads, so that nothing is lost when its rows are not all taken. */
export function isRead(statement: Executable): boolean {
  // Anything else is refused when it is executed.
  if (typeof statement !== "object" || statement === null) return false;
  const resolved = "node" in statement ? statement.node : statement;
  return ("kind" in resolved ? verbOfNode(resolved) : resolved.verb) === "SELECT";
}

function eachValue(statement: StatementNode | Compiled, values: Values | undefined): Step[] {
  if (!isList(values)) return [{ statement, values }];
  return values.map((each) => ({ statement, values: each }));
}

/** Whether there are several sets of values. */
export function isList(values: Values | undefined): values is readonly Readonly<Record<string, unknown>>[] {
  return Array.isArray(values);
}

function expandInsert(node: InsertNode, values: Values | undefined, dialect: Dialect): Step[] {
  const { maxParameters } = dialect.features;
  // Defaults are made once for each row, so once for each set of values.
  const expand = (insert: InsertNode, given?: Readonly<Record<string, unknown>>) =>
    cutRows(withInsertDefaults(insert), maxParameters).map((statement) => ({ statement, values: given }));
  if (values === undefined) return expand(node);
  if (!hasRows(node)) return insertsOf(node, listOf(values)).flatMap((insert) => expand(insert));
  return listOf(values).flatMap((given) => expand(node, given));
}

function hasRows(node: InsertNode): boolean {
  return node.columns.length > 0 || node.query !== undefined;
}

/** Values as a list of them. */
export function listOf(values: Values): readonly Readonly<Record<string, unknown>>[] {
  return isList(values) ? values : [values];
}

/**
 * The statements that a write becomes with values: they are its rows, or its SET where it has none, or they fill its
 * named parameters. Errors: sql/unknown-column.
 */
export function writesOf<Node extends InsertNode | UpdateNode | DeleteNode>(
  node: Node,
  values: Values,
): readonly (InsertNode | UpdateNode | DeleteNode)[] {
  if (node.kind === "insert" && !hasRows(node)) return insertsOf(node, listOf(values));
  return listOf(values).map((given) => {
    const write = node.kind === "update" && node.set.length === 0 ? withSet(node, given) : node;
    return rewrite<InsertNode | UpdateNode | DeleteNode>(write, (part) => {
      if (part.kind !== "parameter" || part.name === undefined || !Object.hasOwn(given, part.name))
        return undefined;
      return toExpression(given[part.name], { where: `the parameter ${part.name}`, type: part.type });
    });
  });
}

function insertsOf(node: InsertNode, rows: readonly Readonly<Record<string, unknown>>[]): InsertNode[] {
  return groupByKeys(rows).map((group) => insertOf(node, group));
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

/** The column that an attribute's name means. Errors: sql/unknown-column. */
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
  const where = `${node.table.name}.${column.key}`;
  return toExpression(value, { where, type: column.type, isStored: true });
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

function expandUpdate(node: UpdateNode, values: Values | undefined): Step[] {
  if (values === undefined) return [{ statement: withUpdateDefaults(node), values }];
  return listOf(values).map((given) => {
    const update = node.set.length > 0 ? node : withSet(node, given);
    return { statement: withUpdateDefaults(update), values: given };
  });
}

/** Values of an UPDATE without SET are its SET, but for those that name a parameter of its condition. */
function withSet(node: UpdateNode, given: Readonly<Record<string, unknown>>): UpdateNode {
  const parameters = new Set<string | undefined>();
  walk(node, (part) => {
    if (part.kind === "parameter") parameters.add(part.name);
  });
  const set = Object.keys(given)
    .filter((key) => !parameters.has(key))
    .map((key) => {
      const column = columnOfKey(node, key);
      return { column, value: valueNode(node, column, given[key]) };
    });
  if (set.length === 0) throw fail("sql/empty", { what: "update()", expected: "values to set" });
  return { ...node, set };
}
