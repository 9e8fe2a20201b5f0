/**
 * Puts the join of a relationship between other sources than its tables: aliases, subqueries, bound values.
 *
 * A relationship's conditions are written over the own table, the target's table and the secondary one. In a
 * self-referential one the same table stands on both sides; `remoteColumns` tells which side a column means.
 */
import { fail } from "../../foundation/errors.ts";
import type { ColumnNode, ExpressionNode, Source } from "../../sql/nodes.ts";
import { rewrite } from "../../sql/rewrite.ts";
import type { RelationshipAttribute } from "../mapping/mapper.ts";

/** Gives what stands for a column of a table in a statement. */
export type ColumnIn = (column: ColumnNode) => ExpressionNode;

/** Where the three parties of a relationship are read from. */
export interface JoinSides {
  /** The object that has the relationship. */
  readonly local: ColumnIn;
  /** The object that it refers to. */
  readonly remote: ColumnIn;
  /** The row in between, of a many-to-many. */
  readonly secondary?: ColumnIn | undefined;
}

/** The conditions of a relationship between given sources. */
export interface JoinConditions {
  /** Own side to target, or to the secondary table. */
  readonly primary: ExpressionNode;
  /** Secondary table to target. */
  readonly secondary: ExpressionNode | undefined;
}

/** Finds a table's column in a source that has all of them: the table, an alias, a subquery. */
export function columnIn(source: Source, column: ColumnNode): ColumnNode {
  if (column.source === source) return column;
  const columns = source.columnNodes;
  const found =
    columns.find((candidate) => candidate.name === column.name) ??
    columns.find((candidate) => candidate.key === column.key);
  if (found !== undefined) return found;
  throw fail("load/column-not-in-source", { column: column.key, source: source.kind });
}

/** Makes a {@link ColumnIn} of a source. */
export function columnsOf(source: Source): ColumnIn {
  return (column) => columnIn(source, column);
}

/** Replaces the columns of an expression, subqueries included. */
export function replaceColumns(
  expression: ExpressionNode,
  replace: (column: ColumnNode) => ExpressionNode | undefined,
): ExpressionNode {
  const standIn = (source: Source): Source => {
    const [column] = source.columnNodes;
    const replaced = column && replace(column);
    return replaced?.kind === "column" ? replaced.source : source;
  };
  return rewrite(
    expression,
    (node) => (node.kind === "column" ? replace(node) : undefined),
    // A subquery says which sources are the statement's around it: there they are others now.
    (node) =>
      node.kind === "select" && node.correlate !== undefined
        ? { ...node, correlate: node.correlate.map(standIn) }
        : node,
  );
}

/** Writes the join of a relationship over other sources. */
export function adaptJoin(relationship: RelationshipAttribute, sides: JoinSides): JoinConditions {
  const table = relationship.secondary;
  const secondary = sides.secondary ?? ((column: ColumnNode) => column);
  const side = (column: ColumnNode, isRemote: boolean): ExpressionNode | undefined => {
    if (table !== undefined && isOf(column, table)) return secondary(column);
    if (isRemote) return isOf(column, relationship.targetEntity.source) ? sides.remote(column) : undefined;
    return isOf(column, relationship.mapper.table) ? sides.local(column) : undefined;
  };
  const primary = replaceColumns(relationship.primaryJoin, (column) =>
    side(column, table === undefined && isRemoteColumn(relationship, column)),
  );
  if (relationship.secondaryJoin === undefined) return { primary, secondary: undefined };
  return { primary, secondary: replaceColumns(relationship.secondaryJoin, (column) => side(column, true)) };
}

/** Writes conditions or an ordering over a relationship's target (and secondary table) over other sources. */
export function adaptTarget(
  expression: ExpressionNode,
  relationship: RelationshipAttribute,
  sides: Omit<JoinSides, "local">,
): ExpressionNode {
  const { secondary: table, targetEntity } = relationship;
  return replaceColumns(expression, (column) => {
    if (isOf(column, targetEntity.source)) return sides.remote(column);
    return table !== undefined && isOf(column, table) ? sides.secondary?.(column) : undefined;
  });
}

/** Whether a column of the primary join stands for the target's (or the secondary table's) row. */
export function isRemoteColumn(relationship: RelationshipAttribute, column: ColumnNode): boolean {
  if (relationship.remoteColumns.has(column)) return true;
  if (relationship.secondary !== undefined) return isOf(column, relationship.secondary);
  return isOf(column, relationship.targetEntity.source) && !isOf(column, relationship.mapper.table);
}

/** Whether a column belongs to a source; one that was annotated by `remote()` keeps its source. */
export function isOf(column: ColumnNode, source: Source): boolean {
  return column.source === source;
}
