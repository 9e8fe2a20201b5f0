/**
 * Puts a relationship's join condition onto the sources of a statement: aliases, or the tables themselves.
 */

import type { ColumnNode, ExpressionNode, Source } from "../../sql/nodes.ts";
import { rewrite } from "../../sql/rewrite.ts";
import type { RelationshipAttribute } from "./mapper.ts";

/** What stands in the statement for the own table, the target's, and the secondary one. */
export interface JoinSources {
  readonly own: Source;
  readonly target: Source;
  readonly secondary?: Source | undefined;
}

/** The conditions of a join; `secondary` leads from the secondary table to the target. */
export interface AdaptedJoin {
  readonly primary: ExpressionNode;
  readonly secondary: ExpressionNode | undefined;
}

/** Gives the column with the same key on another source of the same table. */
export function columnOn(source: Source, column: ColumnNode): ColumnNode {
  return source.columnNodes.find((each) => each.key === column.key) ?? column;
}

/** Gives the conditions of a relationship between the given sources. */
export function adaptJoin(attribute: RelationshipAttribute, sources: JoinSources): AdaptedJoin {
  const { mapper, secondary, remoteColumns } = attribute;
  const target = attribute.targetEntity.source;
  const place = (column: ColumnNode, isPrimary: boolean): ColumnNode => {
    if (secondary !== undefined && column.source === secondary)
      return columnOn(sources.secondary ?? secondary, column);
    if (secondary === undefined && remoteColumns.has(column)) return columnOn(sources.target, column);
    const isOwn = isPrimary ? column.source === mapper.table : column.source !== target;
    if (isOwn && column.source === mapper.table) return columnOn(sources.own, column);
    return column.source === target ? columnOn(sources.target, column) : column;
  };
  const adapt = (condition: ExpressionNode, isPrimary: boolean) =>
    rewrite(condition, (node) => (node.kind === "column" ? place(node, isPrimary) : undefined));
  return {
    primary: adapt(attribute.primaryJoin, true),
    secondary: attribute.secondaryJoin === undefined ? undefined : adapt(attribute.secondaryJoin, false),
  };
}
