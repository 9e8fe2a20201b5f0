/**
 * What SQLite writes differently from standard SQL.
 */
import { isNotNull, renderServerDefault } from "../../compile/ansi/ddl.ts";
import { ansiRenderers } from "../../compile/ansi/target.ts";
import { ansiTypeName } from "../../compile/ansi/type-names.ts";
import type { Renderers } from "../../compile/renderers.ts";
import type { Writer } from "../../compile/writer.ts";
import type { TableColumn } from "../../schema/table-column.ts";
import type { InsertNode, SelectNode, SetOperationNode } from "../../sql/nodes.ts";
import type { SqlType } from "../../types/sql-type.ts";
import {
  renderArithmetic,
  renderInsert,
  renderRound,
  renderSum,
  renderUpdate,
  renderWindow,
} from "./numeric.ts";

/** The renderers of SQLite. */
export const sqliteRenderers: Renderers = Object.freeze({
  ...ansiRenderers,
  binary: renderArithmetic,
  window: renderWindow,
  insert: renderInsert,
  update: renderUpdate,
  limit: renderLimit,
  onConflict: renderOnConflict,
  deferForeignKeys: (_node: unknown, writer: Writer) => void writer.text("PRAGMA defer_foreign_keys = ON"),
  columnDefinition: renderColumnDefinition,
  functions: Object.freeze({
    ...ansiRenderers.functions,
    sum: renderSum,
    round: renderRound,
    now: (_node: unknown, writer: Writer) => void writer.text("CURRENT_TIMESTAMP"),
  }),
});

/** SQLite has no OFFSET without LIMIT. */
function renderLimit(query: SelectNode | SetOperationNode, writer: Writer): void {
  if (query.limit === undefined && query.offset !== undefined) writer.text("\nLIMIT -1");
  const { limit, offset } = query;
  if (limit !== undefined) writer.text("\nLIMIT ").node(limit);
  if (offset !== undefined) writer.text(" OFFSET ").node(offset);
}

/** After `SELECT … FROM t`, SQLite would read ON as the condition of a join unless a WHERE stands between. */
function renderOnConflict(insert: InsertNode, writer: Writer): void {
  const { query } = insert;
  if (query?.kind === "select") {
    const endsInFrom =
      query.where.length === 0 &&
      query.groupBy.length === 0 &&
      query.having.length === 0 &&
      query.orderBy.length === 0 &&
      query.limit === undefined &&
      query.offset === undefined;
    if (endsInFrom) writer.text("\nWHERE TRUE");
  }
  ansiRenderers.onConflict(insert, writer);
}

/** A key that SQLite numbers must be called INTEGER, whatever its size, and needs no further word. */
function renderColumnDefinition(column: TableColumn, writer: Writer): void {
  const isNumbered = column.source.autoincrementColumn === column;
  writer.identifier(column.name).text(` ${isNumbered ? "INTEGER" : sqliteTypeName(column.type)}`);
  renderServerDefault(column, writer);
  if (isNotNull(column)) writer.text(" NOT NULL");
}

/** Writes a type by a name whose affinity keeps values as the codec writes them. */
export function sqliteTypeName(type: SqlType): string {
  switch (type.name) {
    case "float":
      return "FLOAT";
    case "dateTime":
      return "DATETIME";
    case "uuid":
      return "CHAR(36)";
    case "array":
      return "JSON";
    default:
      return ansiTypeName(type);
  }
}
