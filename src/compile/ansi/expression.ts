/** Expressions in standard SQL: one function per kind of node. */
import { fail } from "../../foundation/errors.ts";
import type { ExpressionNode, QueryNode, Source } from "../../sql/nodes.ts";
import {
  binaryOperator,
  logicalOperators,
  type Operator,
  PRECEDENCE,
  unaryOperator,
} from "../../sql/operators.ts";
import type { NodeOfKind, NodeRenderers } from "../renderers.ts";
import type { Writer } from "../writer.ts";

type ExpressionRenderers = Pick<NodeRenderers, ExpressionNode["kind"]>;

/** The renderers of expression nodes. */
export const ansiExpressions: ExpressionRenderers = {
  column: renderColumn,
  parameter: (node, writer) => void writer.parameter(node),
  keyword: (node, writer) => void writer.text(node.word),
  binary: renderBinary,
  unary: renderUnary,
  logical: renderLogical,
  in: renderIn,
  between: renderBetween,
  function: renderFunction,
  window: renderWindow,
  case: renderCase,
  cast: (node, writer) =>
    void writer
      .text("CAST(")
      .node(node.operand)
      .text(` AS ${writer.target.typeName(node.type)})`),
  collate: (node, writer) =>
    void writer.operand(node.operand, PRECEDENCE.collate).text(" COLLATE ").identifier(node.collation),
  tuple: (node, writer) =>
    void writer.parenthesised(() => writer.list(node.items, (item) => writer.node(item))),
  exists: (node, writer) => renderSubquery("EXISTS ", node.query, writer),
  scalar: (node, writer) => renderSubquery("", node.query, writer),
  label: (node, writer) => void writer.node(node.operand),
  order: renderOrder,
  star: (_node, writer) => void writer.text("*"),
  template: renderTemplate,
};

/** Writes the name of a source where its columns are qualified. */
export function renderSourceName(source: Source, writer: Writer): void {
  if (source.kind === "table" && source.schema !== undefined) writer.identifier(source.schema).text(".");
  writer.identifier(writer.nameOf(source));
}

function renderColumn(node: NodeOfKind<"column">, writer: Writer): void {
  if (writer.columnStyle === "qualified") {
    renderSourceName(node.source, writer);
    writer.text(".");
  }
  writer.identifier(node.name);
}

function renderBinary(node: NodeOfKind<"binary">, writer: Writer): void {
  const special = writer.target.renderers.operators[node.operator];
  if (special === undefined) renderInfix(node.left, binaryOperator(node.operator), node.right, writer);
  else special(node, writer);
  if (node.escape !== undefined) writer.text(` ESCAPE '${node.escape.replaceAll("'", "''")}'`);
}

/** Writes `left operator right` with the parentheses that it needs. */
export function renderInfix(
  left: ExpressionNode,
  operator: Operator,
  right: ExpressionNode,
  writer: Writer,
): void {
  const { precedence } = operator;
  // Comparisons do not chain: PostgreSQL refuses a = b = c.
  writer.operand(left, operator.result === "boolean" ? precedence + 1 : precedence);
  writer.text(` ${operator.text} `);
  const isSame = right.kind === "binary" && binaryOperator(right.operator) === operator;
  writer.operand(right, operator.associative && isSame ? precedence : precedence + 1);
}

function renderUnary(node: NodeOfKind<"unary">, writer: Writer): void {
  const { text, precedence, position } = unaryOperator(node.operator);
  if (position === "postfix") {
    writer.operand(node.operand, precedence + 1).text(` ${text}`);
  } else if (/^\w/.test(text)) {
    writer.text(`${text} `).operand(node.operand, precedence);
  } else {
    writer.text(text).operand(node.operand, precedence + 1);
  }
}

function renderLogical(node: NodeOfKind<"logical">, writer: Writer): void {
  const { text, precedence } = logicalOperators[node.operator];
  if (node.operands.length === 0) writer.text(node.operator === "and" ? "1 = 1" : "1 = 0");
  else if (node.operands.length === 1) writer.node(node.operands[0]!);
  else writer.list(node.operands, (operand) => writer.operand(operand, precedence), ` ${text} `);
}

function renderIn(node: NodeOfKind<"in">, writer: Writer): void {
  const { left, items, negated } = node;
  if (isNodeList(items) && items.length === 0) {
    writer.text(negated ? "1 = 1" : "1 = 0");
    return;
  }
  writer.operand(left, PRECEDENCE.comparison + 1);
  const operator = negated ? " NOT IN " : " IN ";
  if (!isNodeList(items)) {
    renderSubquery(operator, items, writer);
    return;
  }
  const isRows = left.kind === "tuple" && !writer.target.features.rowValues;
  writer.text(operator).parenthesised(() => {
    if (isRows) writer.text("VALUES ");
    writer.list(items, (item) => writer.node(item));
  });
}

function isNodeList(items: readonly ExpressionNode[] | QueryNode): items is readonly ExpressionNode[] {
  return Array.isArray(items);
}

function renderBetween(node: NodeOfKind<"between">, writer: Writer): void {
  const inside = PRECEDENCE.comparison + 1;
  writer.operand(node.operand, inside).text(node.negated ? " NOT BETWEEN " : " BETWEEN ");
  writer.operand(node.low, inside).text(" AND ").operand(node.high, inside);
}

function renderFunction(node: NodeOfKind<"function">, writer: Writer): void {
  const special = writer.target.renderers.functions[node.name.toLowerCase()];
  if (special === undefined) renderCall(node, writer);
  else special(node, writer);
}

/** Writes `name(DISTINCT arguments) FILTER (WHERE …)`. */
export function renderCall(node: NodeOfKind<"function">, writer: Writer): void {
  writer.text(node.name).text(node.distinct ? "(DISTINCT " : "(");
  if (node.arguments.length === 0 && node.name.toLowerCase() === "count") writer.text("*");
  writer.list(node.arguments, (argument) => writer.node(argument)).text(")");
  if (node.filter !== undefined) writer.text(" FILTER (WHERE ").node(node.filter).text(")");
}

function renderWindow(node: NodeOfKind<"window">, writer: Writer): void {
  const { partitionBy, orderBy, frame } = node;
  const parts: (() => void)[] = [];
  if (partitionBy.length > 0) {
    parts.push(() => writer.text("PARTITION BY ").list(partitionBy, (each) => writer.node(each)));
  }
  if (orderBy.length > 0) {
    parts.push(() => writer.text("ORDER BY ").list(orderBy, (each) => writer.node(each)));
  }
  if (frame !== undefined) parts.push(() => writer.text(frame));
  writer.node(node.operand).text(" OVER ");
  writer.parenthesised(() => writer.list(parts, (write) => write(), " "));
}

function renderCase(node: NodeOfKind<"case">, writer: Writer): void {
  writer.text("CASE");
  for (const { when, result } of node.whens) writer.text(" WHEN ").node(when).text(" THEN ").node(result);
  if (node.otherwise !== undefined) writer.text(" ELSE ").node(node.otherwise);
  writer.text(" END");
}

function renderSubquery(before: string, query: QueryNode, writer: Writer): void {
  writer.text(before).parenthesised(() => writer.node(query));
}

function renderOrder(node: NodeOfKind<"order">, writer: Writer): void {
  const { operand, direction, nulls } = node;
  if (nulls !== undefined && !writer.target.features.nullsOrdering) {
    writer.operand(operand, PRECEDENCE.comparison + 1).text(` IS ${nulls === "first" ? "NOT " : ""}NULL, `);
  }
  renderOrderOperand(operand, writer);
  if (direction === "desc") writer.text(" DESC");
  if (nulls !== undefined && writer.target.features.nullsOrdering)
    writer.text(` NULLS ${nulls.toUpperCase()}`);
}

/** Writes an ORDER BY item: a label that the query has by its name, everything else in full. */
export function renderOrderOperand(node: ExpressionNode, writer: Writer): void {
  if (node.kind === "label" && writer.scope.labels.get(node.name) === node.operand)
    writer.identifier(node.name);
  else writer.node(node);
}

function renderTemplate(node: NodeOfKind<"template">, writer: Writer): void {
  node.strings.forEach((text, position) => {
    writer.text(text);
    const item = node.items[position];
    if (item === undefined) return;
    switch (item.kind) {
      case "select":
      case "setOperation":
        renderSubquery("", item, writer);
        return;
      case "table":
      case "alias":
      case "subquery":
      case "cte":
        writer.node(item);
        return;
      case "order":
        writer.node(item);
        return;
      default:
        writer.operand(item, PRECEDENCE.concat);
    }
  });
}

/** Refuses what the target cannot write. */
export function requireFeature(isThere: boolean, feature: string, writer: Writer): void {
  if (!isThere) throw fail("sql/unsupported", { dialect: writer.target.name, feature });
}
