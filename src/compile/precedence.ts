/** How tightly each kind of node holds together, so that parentheses appear where they are needed and nowhere else. */
import type { ExpressionNode } from "../sql/nodes.ts";
import { binaryOperator, logicalOperators, PRECEDENCE, unaryOperator } from "../sql/operators.ts";

/** Gives the precedence of a node as it stands in the text; higher binds tighter. */
export function precedenceOfNode(node: ExpressionNode): number {
  switch (node.kind) {
    case "binary":
      return binaryOperator(node.operator).precedence;
    case "unary":
      return unaryOperator(node.operator).precedence;
    case "logical":
      // One operand is written without its operator.
      return node.operands.length === 1
        ? precedenceOfNode(node.operands[0]!)
        : logicalOperators[node.operator].precedence;
    case "in":
    case "between":
      return PRECEDENCE.comparison;
    case "collate":
      return PRECEDENCE.collate;
    case "order":
      return PRECEDENCE.order;
    case "label":
      return precedenceOfNode(node.operand);
    case "template":
      // Nobody knows what the text holds, unless it is a name or a call.
      return /^[\w.]*(\([\w., ]*\))?$/.test(node.strings.join("x")) ? PRECEDENCE.atom : PRECEDENCE.or;
    default:
      return PRECEDENCE.atom;
  }
}
