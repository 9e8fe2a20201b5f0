/**
 * `foreign()` and `remote()`: marks on columns of a join condition that say which side they are on.
 *
 * A mark is a copy of the column's node that is remembered here; `join-condition.ts` reads marks, everything else
 * sees a column like any other.
 */
import { toColumnExpression } from "../../sql/coerce.ts";
import { Expression } from "../../sql/expression.ts";
import type { ColumnNode, ExpressionNode } from "../../sql/nodes.ts";
import { rewrite } from "../../sql/rewrite.ts";
import type { Valued } from "../../sql/row.ts";

/** What is said about one occurrence of a column. */
export interface Mark {
  readonly column: ColumnNode;
  readonly foreign: boolean;
  readonly remote: boolean;
}

const marks = new WeakMap<ColumnNode, Mark>();

/** Gives what is said of an occurrence; an unmarked one is its own column. */
export function markOf(node: ColumnNode): Mark {
  return marks.get(node) ?? { column: node, foreign: false, remote: false };
}

/** Makes an occurrence with a mark. */
export function marked(mark: Mark): ColumnNode {
  const copy = Object.freeze({ ...mark.column });
  marks.set(copy, mark);
  return copy;
}

/**
 * Marks the columns of an expression as the foreign key, in a relationship's `primaryJoin` or `secondaryJoin`.
 *
 * @example oneToMany(Post, { primaryJoin: () => foreign(Post.c.authorName).eq(User.c.name) })
 */
export function foreign<Value>(expression: Valued<Value>): Expression<Value> {
  return withMark(expression, "foreign()", { foreign: true });
}

/**
 * Marks the columns of an expression as belonging to the other side, where a table refers to itself.
 *
 * @example oneToMany(Folder, { viewonly: true, primaryJoin: () => remote(foreign(Folder.c.path)).like(Folder.c.path.concat("/%")) })
 */
export function remote<Value>(expression: Valued<Value>): Expression<Value> {
  return withMark(expression, "remote()", { remote: true });
}

function withMark<Value>(
  expression: Valued<Value>,
  where: string,
  change: Partial<Pick<Mark, "foreign" | "remote">>,
): Expression<Value> {
  const node = toColumnExpression(expression, where);
  return new Expression<Value>(mapColumns(node, (column) => marked({ ...markOf(column), ...change })));
}

/** Replaces the columns of a condition, those inside of subqueries excepted. */
export function mapColumns(
  node: ExpressionNode,
  replace: (column: ColumnNode) => ColumnNode,
): ExpressionNode {
  return rewrite(node, (each) => {
    if (each.kind === "column") return replace(each);
    return each.kind === "select" || each.kind === "setOperation" ? each : undefined;
  });
}
