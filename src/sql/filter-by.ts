/**
 * `filterBy({ key: value })`: equality of attributes by name.
 */
import { fail } from "../foundation/errors.ts";
import { columnByKey, entityOf, sourceName, sourceOf } from "./coerce.ts";
import { Expression } from "./expression.ts";
import type { EntityRef, ExpressionNode, Source } from "./nodes.ts";

/** What the names belong to: a class or table as the user gave it, or a node. */
export type FilterTarget = object;

/** Makes one condition per value. Errors: sql/unknown-column, sql/undefined-value, sql/empty without a target. */
export function filterCriteria(target: object | undefined, values: object): readonly ExpressionNode[] {
  const found = target === undefined ? undefined : describeTarget(target);
  if (found === undefined)
    throw fail("sql/empty", { what: "filterBy()", expected: "a table or class to filter" });
  return Object.entries(values).map(([key, value]) => found(key).eq(value).node);
}

type Attribute = { eq(value: unknown): { readonly node: ExpressionNode } };

/** Gives the lookup of a target's attributes: relationships too where the target is a class. */
function describeTarget(target: object): ((key: string) => Attribute) | undefined {
  const entity =
    entityOf(target) ?? ((target as EntityRef).kind === "entity" ? (target as EntityRef) : undefined);
  const source = entity?.source ?? sourceOf(target) ?? nodeSource(target);
  if (source === undefined) return undefined;
  const columns = entity?.columns ?? source.columnNodes;
  const attributes = "c" in target ? (target.c as Readonly<Record<string, unknown>>) : {};
  return (key) => {
    if (!columns.some((column) => column.key === key) && Object.hasOwn(attributes, key)) {
      return attributes[key] as Attribute;
    }
    return new Expression(columnByKey(columns, key, entity?.name ?? sourceName(source)));
  };
}

function nodeSource(target: object): Source | undefined {
  const node = target as ExpressionNode | Source;
  switch (node.kind) {
    case "table":
    case "alias":
    case "subquery":
    case "cte":
      return node;
    case "column":
      return node.source;
    case "label":
      return nodeSource(node.operand);
    default:
      return undefined;
  }
}
