/** Which sources an expression takes its columns from: what FROM has to offer. */
import type { EntityRef, ExpressionNode, Source } from "../sql/nodes.ts";

/** Adds the sources that expressions mention, in order; queries inside them speak for themselves. */
export function collectMentions(
  nodes: Iterable<ExpressionNode | EntityRef>,
  mentions: Set<Source> = new Set(),
): Set<Source> {
  for (const node of nodes) visit(node, mentions);
  return mentions;
}

function visit(node: ExpressionNode | EntityRef, mentions: Set<Source>): void {
  switch (node.kind) {
    case "column":
      mentions.add(node.source);
      return;
    case "entity":
      mentions.add(node.source);
      collectMentions(node.columns, mentions);
      return;
    case "parameter":
    case "keyword":
    case "exists":
    case "scalar":
    case "star":
      return;
    case "binary":
      visit(node.left, mentions);
      visit(node.right, mentions);
      return;
    case "logical":
      collectMentions(node.operands, mentions);
      return;
    case "in":
      visit(node.left, mentions);
      if ("length" in node.items) collectMentions(node.items, mentions);
      return;
    case "between":
      collectMentions([node.operand, node.low, node.high], mentions);
      return;
    case "function":
      collectMentions(node.arguments, mentions);
      if (node.filter !== undefined) visit(node.filter, mentions);
      return;
    case "window":
      visit(node.operand, mentions);
      collectMentions(node.partitionBy, mentions);
      collectMentions(node.orderBy, mentions);
      return;
    case "case":
      for (const { when, then } of node.whens) collectMentions([when, then], mentions);
      if (node.otherwise !== undefined) visit(node.otherwise, mentions);
      return;
    case "unary":
    case "cast":
    case "collate":
    case "label":
    case "order":
      visit(node.operand, mentions);
      return;
    case "tuple":
      collectMentions(node.items, mentions);
      return;
    case "template":
      for (const item of node.items) {
        // A source written into the text is in its FROM already.
        if (isExpression(item)) visit(item, mentions);
      }
      return;
  }
}

function isExpression(node: { readonly kind: string }): node is ExpressionNode {
  return !["table", "alias", "subquery", "cte", "select", "setOperation"].includes(node.kind);
}
