/**
 * Common table expressions: `WITH name AS (…)`, recursive ones included.
 */
import { derivedColumns, NamedSource } from "./alias.ts";
import { replaceSource } from "./children.ts";
import { type ColumnNode, type CteSource, type QueryNode, type SetOperationNode, SOURCE } from "./nodes.ts";

/** How a common table expression is written. */
export interface CteOptions {
  /** Whether it will mention itself, by {@link Cte.unionAll}. */
  readonly recursive?: boolean;
  /** Whether the database computes it once and keeps it; by default it decides. */
  readonly materialized?: boolean;
}

/** A query with a name, which stands before the statement and can be used in it more than once. */
export class Cte<out Columns> extends NamedSource<Columns> {
  declare readonly [SOURCE]: CteSource;

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
    const before = this[SOURCE];
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
      { recursive: before.recursive, ...(before.materialized === undefined ? {} : { materialized: before.materialized }) },
      // The first part names the columns: asking the whole for them would ask the second part, which asks here.
      (source) => derivedColumns(before.query, source),
    );
    return new Cte(after);
  }
}

/** Makes the source of a common table expression. */
export function cteSource(
  query: () => QueryNode,
  name: string | undefined,
  options: CteOptions,
  columnsOf: (source: CteSource) => readonly ColumnNode[] = (source) => derivedColumns(source.query, source),
): CteSource {
  let columns: readonly ColumnNode[] | undefined;
  const source: CteSource = Object.freeze({
    kind: "cte",
    name,
    recursive: options.recursive ?? false,
    materialized: options.materialized,
    get query() {
      return query();
    },
    get columnNodes() {
      columns ??= columnsOf(source);
      return columns;
    },
  });
  return source;
}
