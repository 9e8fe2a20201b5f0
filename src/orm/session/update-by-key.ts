/**
 * `session.execute(update(User), [{ id: 1, name: "a" }, …])`: each set of values is written to the row of its primary key.
 */

import type { RowSource } from "../../engine/reading.ts";
import { fail } from "../../foundation/errors.ts";
import type { Io } from "../../io/ask.ts";
import type { Table } from "../../schema/table.ts";
import type { TableColumn } from "../../schema/table-column.ts";
import { toExpression } from "../../sql/coerce.ts";
import type { ExpressionNode, UpdateNode } from "../../sql/nodes.ts";
import { problemOfStoring } from "../../types/sql-type.ts";
import { batch } from "../flush/batch.ts";
import { Cells, type Change, writes, writtenValue } from "../flush/change.ts";
import { defaultValue } from "../flush/draft.ts";
import { emit } from "../flush/emit.ts";
import { equalTo } from "../load/link.ts";
import { isExpression } from "../state/changes.ts";
import { identityKey } from "../state/identity-key.ts";
import { putValues } from "./bulk.ts";
import { NOT_LOADED } from "./evaluate.ts";
import type { SessionCore } from "./session-core.ts";

type Row = Readonly<Record<string, unknown>>;

/** Whether an UPDATE with a list of values means one row each, found by its key. */
export function isUpdateByKey(node: UpdateNode): node is UpdateNode & { readonly table: Table } {
  return node.table.kind === "table" && node.set.length === 0 && node.where.length === 0;
}

/**
 * Writes rows by their keys, and puts the values into the session's objects.
 *
 * Errors: bulk/missing-key, sql/unknown-column, sql/wrong-value; flush/stale when a row is not there; conflict/….
 */
export function* updateByKey(
  session: SessionCore,
  node: UpdateNode & { readonly table: Table },
  rows: readonly Row[],
  isSynchronized: boolean,
): Io<RowSource> {
  const changes = rows
    .map((row, index) => changeOf(node.table, row, index + 1))
    .filter(({ columns }) => columns.length > 0);
  for (const step of batch(changes)) yield* emit(session, step);
  if (isSynchronized) synchronize(session, node.table, changes);
  return { rows: [], keys: [], rowCount: changes.length };
}

/** The same as one UPDATE per row, where conditions beside the key hold. Errors: as {@link updateByKey}. */
export function updatesByKey(
  node: UpdateNode & { readonly table: Table },
  rows: readonly Row[],
): readonly UpdateNode[] {
  const changes = rows.map((row, index) => changeOf(node.table, row, index + 1));
  return changes
    .filter(({ columns }) => columns.length > 0)
    .map(({ columns, values, keyColumns, key }) => ({
      ...node,
      set: columns.map((column, index) => ({ column, value: valueNode(column, values[index]) })),
      where: [
        equalTo(
          keyColumns,
          keyColumns.map((column, index) => valueNode(column, key[index])),
        ),
      ],
    }));
}

function valueNode({ key, type }: TableColumn, value: unknown): ExpressionNode {
  return toExpression(value, { where: `the value of ${key}`, type });
}

function changeOf(table: Table, row: Row, number: number): Change {
  refuseUnknown(table, row);
  const cells = new Cells();
  const key = new Cells();
  for (const column of table.columns) {
    const given = row[column.key];
    if (column.primaryKey) {
      if (given === undefined || given === null) {
        throw fail("bulk/missing-key", { table: table.name, column: column.key, row: number });
      }
      key.add(column, checked(table, column, given));
    } else if (given !== undefined) cells.add(column, checked(table, column, given));
  }
  for (const column of cells.size > 0 ? table.columns : []) {
    if (column.onUpdate !== undefined && !cells.has(column)) cells.add(column, defaultValue(column.onUpdate));
  }
  return {
    kind: "update",
    table,
    state: undefined,
    part: undefined,
    columns: cells.columns(),
    values: cells.values(),
    keyColumns: key.columns(),
    key: key.values(),
    fetches: [],
    mustMatch: true,
  };
}

function refuseUnknown(table: Table, row: Row): void {
  const columns = table.columns.map(({ key }) => key);
  const column = Object.keys(row).find((name) => !columns.includes(name));
  if (column !== undefined) throw fail("sql/unknown-column", { source: table.name, column, columns });
}

function checked(table: Table, column: TableColumn, value: unknown): unknown {
  if (value === null || isExpression(value)) return value;
  const problem = problemOfStoring(column.type, value);
  if (problem === undefined) return value;
  throw fail("sql/wrong-value", { where: `${table.name}.${column.key}`, problem, got: value });
}

function synchronize(session: SessionCore, table: Table, changes: readonly Change[]): void {
  for (const mapper of session.identityMap.mappers()) {
    if (mapper.table !== table) continue;
    for (const change of changes) {
      const { key, keyColumns } = change;
      const values = mapper.primaryKey.map(({ column }) => key[keyColumns.indexOf(column)]);
      const state = session.identityMap.get(identityKey(mapper, values));
      if (state === undefined) continue;
      putValues(
        state,
        new Map(
          mapper.columns
            .filter(({ column }) => writes(change, column))
            .map((attribute) => {
              const value = writtenValue(change, attribute.column);
              return [attribute, isExpression(value) ? NOT_LOADED : value];
            }),
        ),
      );
      session.memory.transaction?.altered.add(state);
    }
  }
}
