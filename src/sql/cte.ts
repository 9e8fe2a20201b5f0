/**
 * Common table expressions: `WITH name AS (…)`, recursive ones included.
 */
import { NamedSource } from "./alias.ts";
import { type CteSource, type QueryNode, type SetOperationNode, SOURCE } from "./nodes.ts";
import { replaceSource } from "./rewrite.ts";
import { cteSource, derivedColumns } from "./sources.ts";

/** A query with a name, which stands before the statement and can be used in it more than once. */
export class Cte<out Columns> extends NamedSource<Columns> {
  declare readonly [SOURCE]: CteSource;

  override get source(): CteSource {
    return this[SOURCE];
  }

  /**
   * Adds the part of a recursive query that mentions the query itself.
   *
   * @example
   * const tree = select(node.c.id).where(node.c.parentId.eq(null)).cte("tree", { recursive: true });
   * const all = tree.unionAll(select(node.c.id).join(tree, node.c.parentId.eq(tree.c.id)));
   */
  unionAll(...queries: readonly { readonly node: QueryNode }[]): Cte<Columns> {
    return this.#grown("unionAll", queries);
  }

  /** As {@link unionAll}, with each row once: for graphs that may have cycles. */
  union(...queries: readonly { readonly node: QueryNode }[]): Cte<Columns> {
    return this.#grown("union", queries);
  }

  #grown(
    operator: SetOperationNode["operator"],
    queries: readonly { readonly node: QueryNode }[],
  ): Cte<Columns> {
    const before = this.source;
    let node: QueryNode | undefined;
    const after: CteSource = cteSource(
      () => {
        node ??= Object.freeze({
          kind: "setOperation",
          operator,
          queries: [before.query, ...queries.map((query) => replaceSource(query.node, before, after))],
          orderBy: [],
          limit: undefined,
          offset: undefined,
          ctes: [],
        });
        return node;
      },
      before.name,
      {
        recursive: before.recursive,
        ...(before.materialized === undefined ? {} : { materialized: before.materialized }),
      },
      // The first part names the columns: asking the whole for them would ask the second part, which asks here.
      (source) => derivedColumns(before.query, source),
    );
    return new Cte(after);
  }
}
