/** Queries in standard SQL: a function per clause, called in SQL's order. */
import { fail } from "../../foundation/errors.ts";
import type { ExpressionNode, QueryNode, SelectNode, SetOperationNode, Source } from "../../sql/nodes.ts";
import type { ClauseRenderers, NodeRenderers } from "../renderers.ts";
import type { Writer } from "../writer.ts";
import { renderOrderOperand, requireFeature } from "./expression.ts";
import { collectCte, planFrom, renderFrom } from "./from.ts";
import { flattenItems, renderItems } from "./items.ts";

/** The renderers of queries. */
export const ansiQueries: Pick<NodeRenderers, QueryNode["kind"] | "entity"> &
  Pick<ClauseRenderers, "limit" | "lock"> = {
  select: renderSelect,
  setOperation: renderSetOperation,
  entity: (entity, writer) => void writer.list(entity.columns, (column) => writer.node(column)),
  limit: renderLimit,
  lock: renderLock,
};

function renderSelect(select: SelectNode, writer: Writer): void {
  const names = takeWantedNames(writer);
  for (const source of select.ctes) collectCte(source, writer);
  const { scope } = writer;
  const from = planFrom(select, scope);
  const items = flattenItems(select.items);
  if (items.length === 0)
    throw fail("sql/empty", { what: "select()", expected: "at least one column or class" });
  const enclosing = new Set([...scope.own, ...scope.enclosing]);
  writer.withScope({ own: from.own, enclosing, labels: labelsOf(items) }, () => {
    renderSelectWord(select, writer);
    renderItems(items, names, writer);
    renderFrom(from, writer);
    renderWhere(select.where, writer);
    renderGroupBy(select.groupBy, writer);
    renderHaving(select.having, writer);
    renderOrderBy(select.orderBy, writer);
    writer.target.renderers.limit(select, writer);
    if (select.lock !== undefined) writer.target.renderers.lock(select.lock, writer);
  });
}

function takeWantedNames(writer: Writer): readonly string[] | undefined {
  const names = writer.wantedNames;
  writer.wantedNames = undefined;
  return names;
}

function labelsOf(items: readonly ExpressionNode[]): ReadonlyMap<string, ExpressionNode> {
  const labels = new Map<string, ExpressionNode>();
  for (const item of items) if (item.kind === "label") labels.set(item.name, item.operand);
  return labels;
}

function renderSelectWord(select: SelectNode, writer: Writer): void {
  writer.text("SELECT ");
  if (select.distinct === true) writer.text("DISTINCT ");
  if (typeof select.distinct === "object") {
    requireFeature(writer.target.features.distinctOn, "DISTINCT ON", writer);
    const { distinct } = select;
    writer
      .text("DISTINCT ON (")
      .list(distinct, (each) => writer.node(each))
      .text(") ");
  }
}

function renderWhere(where: readonly ExpressionNode[], writer: Writer): void {
  renderConditions("WHERE", where, writer);
}

/** Writes `word a AND b`; nothing when there is no condition. */
export function renderConditions(word: string, conditions: readonly ExpressionNode[], writer: Writer): void {
  const [first, ...others] = conditions;
  if (first === undefined) return;
  writer.text(`\n${word} `);
  if (others.length === 0) writer.node(first);
  else writer.node({ kind: "logical", operator: "and", operands: conditions, type: first.type });
}

function renderGroupBy(groupBy: readonly ExpressionNode[], writer: Writer): void {
  if (groupBy.length > 0) writer.text("\nGROUP BY ").list(groupBy, (each) => writer.node(each));
}

function renderHaving(having: readonly ExpressionNode[], writer: Writer): void {
  renderConditions("HAVING", having, writer);
}

function renderOrderBy(orderBy: readonly ExpressionNode[], writer: Writer): void {
  if (orderBy.length > 0)
    writer.text("\nORDER BY ").list(orderBy, (each) => renderOrderOperand(each, writer));
}

function renderLimit({ limit, offset }: SelectNode | SetOperationNode, writer: Writer): void {
  if (limit !== undefined) writer.text("\nLIMIT ").node(limit);
  if (offset !== undefined) writer.text(limit === undefined ? "\nOFFSET " : " OFFSET ").node(offset);
}

const lockWords = {
  update: "FOR UPDATE",
  noKeyUpdate: "FOR NO KEY UPDATE",
  share: "FOR SHARE",
  keyShare: "FOR KEY SHARE",
} as const;

function renderLock(lock: NonNullable<SelectNode["lock"]>, writer: Writer): void {
  if (!writer.target.features.forUpdate) return;
  writer.text(`\n${lockWords[lock.strength]}`);
  if (lock.of.length > 0)
    writer.text(" OF ").list(lock.of, (source) => writer.identifier(writer.nameOf(source)));
  if (lock.wait === "nowait") writer.text(" NOWAIT");
  if (lock.wait === "skipLocked") {
    requireFeature(writer.target.features.skipLocked, "SKIP LOCKED", writer);
    writer.text(" SKIP LOCKED");
  }
}

const setWords = { union: "UNION", unionAll: "UNION ALL", intersect: "INTERSECT", except: "EXCEPT" } as const;

function renderSetOperation(operation: SetOperationNode, writer: Writer): void {
  for (const source of operation.ctes) collectCte(source, writer);
  writer.list(
    operation.queries,
    (query) => renderMember(query, writer),
    `\n${setWords[operation.operator]}\n`,
  );
  if (operation.orderBy.length > 0) {
    writer.text("\nORDER BY ");
    // The rows of a union have columns but no table, and their labels are columns like others.
    writer.withColumnStyle("bare", () =>
      writer.list(operation.orderBy, (each) => renderUnionOrder(each, writer)),
    );
  }
  writer.target.renderers.limit(operation, writer);
}

function renderUnionOrder(node: ExpressionNode, writer: Writer): void {
  if (node.kind === "order") writer.node({ ...node, operand: unionColumn(node.operand) });
  else writer.node(unionColumn(node));
}

function unionColumn(node: ExpressionNode): ExpressionNode {
  if (node.kind !== "label") return node;
  return { kind: "column", name: node.name, key: node.name, type: node.type, source: noSource };
}

const noSource: Source = {
  kind: "subquery",
  query: {
    kind: "setOperation",
    operator: "union",
    queries: [],
    orderBy: [],
    limit: undefined,
    offset: undefined,
    ctes: [],
  },
  name: undefined,
  lateral: false,
  columnNodes: [],
};

/** Writes one query of a union; one with an order or limit of its own is set apart. */
function renderMember(query: QueryNode, writer: Writer): void {
  const isPlain =
    query.kind === "select" &&
    query.orderBy.length === 0 &&
    query.limit === undefined &&
    query.offset === undefined &&
    query.lock === undefined;
  if (isPlain) writer.node(query);
  else if (writer.target.features.compoundParentheses) writer.parenthesised(() => writer.node(query));
  else writer.text("SELECT * FROM ").parenthesised(() => writer.node(query));
}
