/** INSERT, UPDATE and DELETE in standard SQL, with the extensions that PostgreSQL and SQLite share. */
import { fail } from "../../foundation/errors.ts";
import type {
  Assignment,
  ColumnNode,
  DeleteNode,
  ExpressionNode,
  InsertNode,
  Source,
  UpdateNode,
  WriteNode,
} from "../../sql/nodes.ts";
import type { ClauseRenderers, NodeRenderers } from "../renderers.ts";
import type { Scope, Writer } from "../writer.ts";
import { requireFeature } from "./expression.ts";
import { collectCte, sourcesOf } from "./from.ts";
import { flattenItems, renderItems } from "./items.ts";
import { renderConditions } from "./select.ts";

/** The renderers of statements that change rows. */
export const ansiWrites: Pick<NodeRenderers, WriteNode["kind"]> &
  Pick<ClauseRenderers, "onConflict" | "returning"> = {
  insert: renderInsert,
  update: renderUpdate,
  delete: renderDelete,
  onConflict: renderOnConflict,
  returning: renderReturning,
};

function renderInsert(insert: InsertNode, writer: Writer): void {
  for (const source of insert.ctes) collectCte(source, writer);
  writer.withScope(scopeOf([insert.table]), () => {
    writer.text("INSERT INTO ");
    writer.node(insert.table);
    renderInsertedRows(insert, writer);
    if (insert.conflict !== undefined) writer.target.renderers.onConflict(insert, writer);
    if (insert.returning.length > 0) writer.target.renderers.returning(insert, writer);
  });
}

function renderInsertedRows(insert: InsertNode, writer: Writer): void {
  if (insert.columns.length === 0 && insert.query === undefined) {
    requireFeature(writer.target.features.insertDefaultValues, "INSERT without values", writer);
    writer.text("\nDEFAULT VALUES");
    return;
  }
  if (insert.columns.length > 0) {
    writer
      .text(" ")
      .parenthesised(() => writer.list(insert.columns, (column) => writer.identifier(column.name)));
  }
  if (insert.query !== undefined) {
    const { query } = insert;
    writer.text("\n");
    writer.withScope(scopeOf([]), () => writer.node(query));
    return;
  }
  writer
    .text("\nVALUES ")
    .list(insert.rows, (row) =>
      writer.parenthesised(() =>
        writer.list(row, (value, position) => renderInserted(insert.columns[position]!, value, writer)),
      ),
    );
}

/** Writes a cell; where a row cannot say DEFAULT, the column's default itself. */
function renderInserted(column: ColumnNode, value: ExpressionNode, writer: Writer): void {
  const isDefault = value.kind === "keyword" && value.word === "DEFAULT";
  if (!isDefault || writer.target.features.defaultInValues) {
    writer.node(value);
    return;
  }
  const given =
    "serverDefault" in column ? (column.serverDefault as string | ExpressionNode | undefined) : undefined;
  if (given === undefined) writer.text("NULL");
  else if (typeof given === "string") writer.text(given);
  else writer.node(given);
}

function renderOnConflict({ conflict }: InsertNode, writer: Writer): void {
  if (conflict === undefined) return;
  writer.text("\nON CONFLICT");
  if (conflict.constraint !== undefined) {
    writer.text(" ON CONSTRAINT ").identifier(conflict.constraint);
  } else if (conflict.columns.length > 0) {
    writer
      .text(" ")
      .parenthesised(() => writer.list(conflict.columns, (column) => writer.identifier(column.name)));
  }
  if (conflict.set === undefined) {
    writer.text(" DO NOTHING");
    return;
  }
  writer.text(" DO UPDATE");
  renderAssignments(conflict.set, writer);
  if (conflict.where !== undefined) renderConditions("WHERE", [conflict.where], writer);
}

function renderAssignments(set: readonly Assignment[], writer: Writer): void {
  writer
    .text("\nSET ")
    .list(set, ({ column, value }) => writer.identifier(column.name).text(" = ").node(value));
}

function renderUpdate(update: UpdateNode, writer: Writer): void {
  if (update.set.length === 0) throw fail("sql/empty", { what: "update()", expected: "values to set" });
  for (const source of update.ctes) collectCte(source, writer);
  const from = othersOf(update.table, update.from, [
    ...update.set.map(({ value }) => value),
    ...update.where,
  ]);
  writer.withScope(scopeOf([update.table, ...from]), () => {
    writer.text("UPDATE ");
    writer.node(update.table);
    renderAssignments(update.set, writer);
    if (from.length > 0) writer.text("\nFROM ").list(from, (source) => writer.node(source));
    renderConditions("WHERE", update.where, writer);
    if (update.returning.length > 0) writer.target.renderers.returning(update, writer);
  });
}

function renderDelete(statement: DeleteNode, writer: Writer): void {
  for (const source of statement.ctes) collectCte(source, writer);
  const using = othersOf(statement.table, statement.using, statement.where);
  writer.withScope(scopeOf([statement.table, ...using]), () => {
    writer.text("DELETE FROM ");
    writer.node(statement.table);
    const list = (before: string) => writer.text(before).list(using, (source) => writer.node(source));
    if (using.length === 0) {
      renderConditions("WHERE", statement.where, writer);
    } else if (writer.target.features.deleteUsing) {
      list("\nUSING ");
      renderConditions("WHERE", statement.where, writer);
    } else {
      writer.text("\nWHERE EXISTS ").parenthesised(() => {
        list("SELECT 1\nFROM ");
        renderConditions("WHERE", statement.where, writer);
      });
    }
    if (statement.returning.length > 0) writer.target.renderers.returning(statement, writer);
  });
}

/** The sources beside the table that is changed: those said, then those that expressions mention. */
function othersOf(
  table: Source,
  said: readonly Source[],
  expressions: readonly ExpressionNode[],
): readonly Source[] {
  const others = new Set([...said, ...sourcesOf(expressions)]);
  others.delete(table);
  return [...others];
}

function renderReturning(statement: WriteNode, writer: Writer): void {
  const { returning } = writer.target.features;
  const isThere = returning === "all" || (returning === "insert" && statement.kind === "insert");
  requireFeature(isThere, `RETURNING in ${statement.kind.toUpperCase()}`, writer);
  const isAlone = writer.scope.own.size < 2;
  writer
    .text("\nRETURNING ")
    .withColumnStyle(isAlone ? "bare" : "qualified", () =>
      renderItems(flattenItems(statement.returning), undefined, writer),
    );
}

function scopeOf(sources: readonly Source[]): Scope {
  return { own: new Set(sources), enclosing: new Set(), labels: new Map() };
}
