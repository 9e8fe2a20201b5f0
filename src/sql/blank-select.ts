/** A SELECT that asks for nothing yet, for statements that are written node by node. */
import type { EntityRef, ExpressionNode, SelectNode } from "./nodes.ts";

/** Makes an empty SELECT to spread over. */
export function blankSelect(items: readonly (ExpressionNode | EntityRef)[]): SelectNode {
  return {
    kind: "select",
    items,
    from: [],
    joins: [],
    where: [],
    groupBy: [],
    having: [],
    orderBy: [],
    limit: undefined,
    offset: undefined,
    distinct: false,
    ctes: [],
    lock: undefined,
    correlate: undefined,
  };
}
