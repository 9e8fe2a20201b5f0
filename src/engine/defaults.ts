/**
 * Client-side defaults of statements that are written by hand; a session's flush gives its rows their own.
 *
 * Pure but for the default functions themselves, each called once per row. Below: nodes and table columns.
 */

import { fail } from "../foundation/errors.ts";
import type { ClientDefault, TableColumn } from "../schema/table-column.ts";
import { blankSelect } from "../sql/blank-select.ts";
import type {
  ColumnNode,
  ExpressionNode,
  InsertNode,
  QueryNode,
  SelectNode,
  UpdateNode,
} from "../sql/nodes.ts";
import { subquerySource } from "../sql/sources.ts";
import { problemOfStoring } from "../types/sql-type.ts";

/** Gives an INSERT the columns that it leaves out and that have a client-side default. */
export function withInsertDefaults(node: InsertNode): InsertNode {
  const missing = columnsLeftOut(node.columns, node.table.columnNodes, "default");
  if (missing.length === 0) return node;
  const columns = [...node.columns, ...missing.map(({ column }) => column)];
  if (node.query !== undefined) {
    // The rows come from a query that the database runs: each default is made once for all of them.
    const query = toSelect(node.query);
    const items = [...query.items, ...missing.map(toValueNode)];
    return { ...node, columns, query: { ...query, items } };
  }
  const rows = node.rows.length === 0 ? [[]] : node.rows;
  return { ...node, columns, rows: rows.map((row) => [...row, ...missing.map(toValueNode)]) };
}

/** Gives an UPDATE the columns that it leaves out and that have an `onUpdate`. */
export function withUpdateDefaults(node: UpdateNode): UpdateNode {
  const table = node.table.kind === "alias" ? node.table.of : node.table;
  const given = node.set.map(({ column }) => column);
  const missing = columnsLeftOut(given, table.columnNodes, "onUpdate");
  if (missing.length === 0 || given.length === 0) return node;
  return {
    ...node,
    set: [...node.set, ...missing.map((each) => ({ column: each.column, value: toValueNode(each) }))],
  };
}

/** A query as a SELECT, to which columns can be added: a UNION becomes the table that one is from. */
function toSelect(query: QueryNode): SelectNode {
  if (query.kind === "select") return query;
  const source = subquerySource(query, undefined);
  return { ...blankSelect(source.columnNodes), from: [source] };
}

interface MissingColumn {
  readonly column: ColumnNode;
  readonly source: ClientDefault;
}

function columnsLeftOut(
  given: readonly ColumnNode[],
  all: readonly ColumnNode[],
  which: "default" | "onUpdate",
): MissingColumn[] {
  const missing: MissingColumn[] = [];
  for (const column of all) {
    const source = (column as Partial<TableColumn>)[which];
    if (source !== undefined && !given.some(({ key }) => key === column.key))
      missing.push({ column, source });
  }
  return missing;
}

function toValueNode({ column, source }: MissingColumn): ExpressionNode {
  if (source.kind === "expression") return source.node;
  const value = source.kind === "call" ? source.make() : source.value;
  if (value instanceof Promise) {
    // Nobody waits for it: its failure, if it fails, is no one's either.
    value.catch(() => undefined);
    throw fail("sql/promise-default", { column: column.key });
  }
  const where = `the default of ${column.key}`;
  const problem = value === null ? undefined : problemOfStoring(column.type, value);
  if (problem !== undefined)
    throw fail("types/wrong-value", { problem: `${problem} (${where})`, got: value });
  return { kind: "parameter", value, name: undefined, type: column.type, where };
}
