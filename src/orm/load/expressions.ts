/**
 * Which attributes of `queryExpression` a statement computes, and how. Pure.
 */
import { fail } from "../../foundation/errors.ts";
import type { ExpressionNode } from "../../sql/nodes.ts";
import type { ExpressionAttribute, Mapper } from "../mapping/mapper.ts";
import { type ColumnIn, isOf, replaceColumns } from "./adapt.ts";
import type { OptionNode } from "./option-tree.ts";
import type { ExpressionRule } from "./options.ts";

/** One attribute that a statement computes. */
export interface ComputedAttribute {
  readonly attribute: ExpressionAttribute;
  readonly expression: ExpressionNode;
  /** Written over the class's table, whatever stands for it in the statement. */
  readonly isOverTable: boolean;
}

/**
 * Finds what is computed for a class at a path: what options say, and defaults unless options name the columns to load.
 * `only`: these slots and no others.
 *
 * Errors: load/unknown-path for an attribute of another class.
 */
export function expressionsToLoad(
  mapper: Mapper,
  node: OptionNode,
  only: ReadonlySet<number> | undefined,
): readonly ComputedAttribute[] {
  const rules = expressionRules(mapper, node);
  const takesDefaults =
    only !== undefined ||
    !node.columns.some(({ kind, columns }) => kind === "loadOnly" || (kind === "defer" && columns === "*"));
  return mapper.expressions.flatMap((attribute): readonly ComputedAttribute[] => {
    if (only !== undefined && !only.has(attribute.slot)) return [];
    const rule = rules.findLast(({ key }) => key === attribute.key);
    if (rule !== undefined) {
      return [{ attribute, expression: rule.node, isOverTable: rule.owner.source === mapper.table }];
    }
    const { fallback } = attribute;
    if (fallback === undefined || !takesDefaults) return [];
    return [{ attribute, expression: fallback, isOverTable: true }];
  });
}

function expressionRules(mapper: Mapper, node: OptionNode): readonly ExpressionRule[] {
  const rules = node.columns.flatMap((rule) => rule.expression ?? []);
  const strange = rules.find(({ owner }) => (owner.mapper as Mapper) !== mapper);
  if (strange === undefined) return rules;
  throw fail("load/unknown-path", {
    option: "withExpression",
    entity: strange.owner.name,
    roots: [mapper.name],
  });
}

/** Whether anything computes an attribute for an object with these options. */
export function isComputed(attribute: ExpressionAttribute, node: OptionNode): boolean {
  return (
    attribute.fallback !== undefined ||
    node.columns.some(({ expression }) => expression?.key === attribute.key)
  );
}

/** Writes an expression over a class's table on what stands for the table. */
export function onSource(expression: ExpressionNode, mapper: Mapper, column: ColumnIn): ExpressionNode {
  return replaceColumns(expression, (each) => (isOf(each, mapper.table) ? column(each) : undefined));
}
