/**
 * Makes the sources that the expression language has itself: aliases, subqueries, common table expressions; and names
 * the columns of the queries behind them.
 *
 * The columns of a source are made when they are first asked for, since they refer to the source in turn.
 */
import { firstSelect } from "./coerce.ts";
import type {
  AliasSource,
  ColumnNode,
  CteSource,
  ExpressionNode,
  QueryNode,
  Source,
  SubquerySource,
  TableSource,
} from "./nodes.ts";

/** How a common table expression is written. */
export interface CteOptions {
  /** Whether it will mention itself, by {@link Cte.unionAll}. */
  readonly recursive?: boolean;
  /** Whether the database computes it once and keeps it; by default it decides. */
  readonly materialized?: boolean;
}

/** Makes the source of an alias. */
export function aliasSource(of: TableSource, name?: string): AliasSource {
  let columns: readonly ColumnNode[] | undefined;
  const source: AliasSource = Object.freeze({
    kind: "alias",
    of,
    name,
    get columnNodes() {
      columns ??= Object.freeze(of.columnNodes.map((column) => columnOf(source, column)));
      return columns;
    },
  });
  return source;
}

/** Makes a column of a source after another; what a table knows of its columns besides stays with the table. */
function columnOf(
  source: Source,
  { name, key, type }: Pick<ColumnNode, "name" | "key" | "type">,
): ColumnNode {
  return Object.freeze({ kind: "column", source, name, key, type });
}

/** Makes the source of a query used as a table. */
export function subquerySource(query: QueryNode, name: string | undefined, lateral = false): SubquerySource {
  let columns: readonly ColumnNode[] | undefined;
  const source: SubquerySource = Object.freeze({
    kind: "subquery",
    query,
    name,
    lateral,
    get columnNodes() {
      columns ??= derivedColumns(query, source);
      return columns;
    },
  });
  return source;
}

/** Makes a source of the same rows under a name of its own. */
export function anotherOf(source: Source): Source {
  switch (source.kind) {
    case "table":
      return aliasSource(source);
    case "alias":
      return aliasSource(source.of);
    case "subquery":
      return subquerySource(source.query, undefined, source.lateral);
    default:
      return source;
  }
}

/** One column that a query gives to whoever uses it as a table. */
export interface OutputColumn {
  /** Its name in the database, unique within the query. */
  readonly name: string;
  /** Its key on `.c`, unique within the query. */
  readonly key: string;
  readonly expression: ExpressionNode;
}

/**
 * Names the columns of a query that is used as a table; the compiler writes `AS name` where an expression would
 * have another name by itself.
 *
 * A second column of the same name becomes `name_1`, a value without a name is called after its function or `anon`.
 */
export function outputColumns(query: QueryNode): readonly OutputColumn[] {
  const expressions = firstSelect(query).items.flatMap((item): readonly ExpressionNode[] =>
    item.kind === "entity" ? item.columns : [item],
  );
  const names = new Set<string>();
  const keys = new Set<string>();
  return expressions.map((expression) => {
    const { name, key } = naturalName(expression);
    return { name: unused(name, names), key: unused(key, keys), expression };
  });
}

/** Makes the columns of a source from the query behind it. */
export function derivedColumns(query: QueryNode, source: Source): readonly ColumnNode[] {
  const columns = outputColumns(query).map(({ name, key, expression }) =>
    columnOf(source, { name, key, type: expression.type }),
  );
  return Object.freeze(columns);
}

/** Gives the name and key that an expression has without a label. */
export function naturalName(node: ExpressionNode): { readonly name: string; readonly key: string } {
  switch (node.kind) {
    case "column":
      return { name: node.name, key: node.key };
    case "label":
      return { name: node.name, key: node.name };
    case "function":
      return { name: node.name, key: node.name };
    case "cast":
    case "collate":
    case "window":
      return naturalName(node.operand);
    default:
      return { name: "anon", key: "anon" };
  }
}

function unused(name: string, taken: Set<string>): string {
  let candidate = name;
  for (let count = 1; taken.has(candidate); count++) candidate = `${name}_${count}`;
  taken.add(candidate);
  return candidate;
}

/** Makes the source of a common table expression; `query` is called when it is first needed. */
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
