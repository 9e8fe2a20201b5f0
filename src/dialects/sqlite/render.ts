/**
 * What SQLite writes differently from standard SQL.
 */
import { isNotNull, renderServerDefault } from "../../compile/ansi/ddl.ts";
import { ansiRenderers } from "../../compile/ansi/target.ts";
import { ansiTypeName } from "../../compile/ansi/type-names.ts";
import type { Renderers } from "../../compile/renderers.ts";
import { valueList } from "../../compile/value-list.ts";
import type { Writer } from "../../compile/writer.ts";
import type { TableColumn } from "../../schema/table-column.ts";
import type { ExpressionNode, InNode, InsertNode, SelectNode, SetOperationNode } from "../../sql/nodes.ts";
import { PRECEDENCE } from "../../sql/operators.ts";
import type { SqlType } from "../../types/sql-type.ts";
import { textType } from "../../types/text.ts";
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
  in: renderIn,
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

/** Lists up to this length are written out, to be read. */
const LONGEST_WRITTEN_LIST = 16;

/**
 * Writes a long list of integers as one text of JSON: `x IN (SELECT value FROM json_each(?))`. It is found as fast, but a
 * list of 3,000 takes half a millisecond to prepare, and each length would be prepared by itself.
 *
 * Source: https://www.sqlite.org/json1.html#jeach
 */
function renderIn(node: InNode, writer: Writer): void {
  const integers = writer.literals ? undefined : integersOf(node.items);
  if (integers === undefined) {
    ansiRenderers.in(node, writer);
    return;
  }
  writer.operand(node.left, PRECEDENCE.comparison + 1).text(node.negated ? " NOT IN (" : " IN (");
  writer.text("SELECT value FROM json_each(");
  writer.parameter({ name: undefined, value: `[${integers.join()}]`, type: textType() }).text("))");
}

function integersOf(items: InNode["items"]): unknown[] | undefined {
  if (!Array.isArray(items) || items.length <= LONGEST_WRITTEN_LIST) return undefined;
  const list = valueList(items as readonly ExpressionNode[]);
  return list?.values.every((value) => Number.isSafeInteger(value) || typeof value === "bigint") &&
    INTEGER_TYPES.has(list.type.name)
    ? list.values
    : undefined;
}

const INTEGER_TYPES: ReadonlySet<string> = new Set(["integer", "smallInt", "bigInt"]);

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
