/**
 * What every statement that returns rows of its own can do ({@link Query}), and UNION, INTERSECT and EXCEPT of such
 * statements. `select.ts` above extends it.
 */
import { fail } from "../foundation/errors.ts";
import { booleanType } from "../types/boolean.ts";
import { integerType } from "../types/number.ts";
import type { VALUE } from "../types/sql-type.ts";
import { type NamedColumns, Subquery } from "./alias.ts";
import { scalarTypeOf, toColumnExpression, toExpression } from "./coerce.ts";
import { Cte } from "./cte.ts";
import type { LoadOption, NoPaths } from "./entity.ts";
import { Expression, type Labelled } from "./expression.ts";
import { type ExpressionNode, NODE, type QueryNode, type SetOperationNode, SOURCE } from "./nodes.ts";
import type {
  Alike,
  AnyLoadOption,
  ITEM,
  NamesOf,
  PathsAfter,
  QueryValue,
  RootsOf,
  Statement,
  Valued,
} from "./row.ts";
import { type CteOptions, cteSource, outputColumns, subquerySource } from "./sources.ts";
import { stringify } from "./stringifier.ts";

/** What `orderBy` and `groupBy` take: an expression, or the name of a label or column of the statement. */
export type OrderItem = Valued<unknown> | string;

/** What stands beside the node, for the ORM and the engine. */
export interface Beside {
  readonly loadOptions: readonly AnyLoadOption[];
  readonly execution: Readonly<Record<string, unknown>>;
}

const NOTHING_BESIDE: Beside = Object.freeze({ loadOptions: [], execution: {} });

/** A statement that returns rows of its own: a SELECT, or several joined by UNION and its kin. */
export class Query<out Item, Node extends QueryNode = QueryNode>
  implements Statement<Item>, Valued<QueryValue<Item>>
{
  declare readonly [ITEM]: Item;
  declare readonly [VALUE]: QueryValue<Item>;
  readonly node: Node;
  /** The loader options given so far. */
  readonly loadOptions: readonly AnyLoadOption[];
  /** The execution options given so far. */
  readonly execution: Readonly<Record<string, unknown>>;

  constructor(node: Node, { loadOptions, execution }: Beside = NOTHING_BESIDE) {
    this.node = node;
    this.loadOptions = loadOptions;
    this.execution = execution;
  }

  /** The node, for whoever asks by symbol. */
  get [NODE](): Node {
    return this.node;
  }

  /** Uses the query as a table: `(SELECT …) AS name`. Without a name the compiler numbers it. */
  subquery<const Name extends string = "">(name?: Name): Subquery<NamedColumns<NamesOf<Item>, Name>> {
    return new Subquery(subquerySource(this.node, name));
  }

  /** The same as {@link subquery}. */
  alias<const Name extends string = "">(name?: Name): Subquery<NamedColumns<NamesOf<Item>, Name>> {
    return this.subquery(name);
  }

  /** A subquery that may mention the tables that stand before it: `LATERAL (SELECT …)`. */
  lateral<const Name extends string = "">(name?: Name): Subquery<NamedColumns<NamesOf<Item>, Name>> {
    return new Subquery(subquerySource(this.node, name, true));
  }

  /** Uses the query as a common table expression: `WITH name AS (SELECT …)`. */
  cte<const Name extends string = "">(
    name?: Name,
    options: CteOptions = {},
  ): Cte<NamedColumns<NamesOf<Item>, Name>> {
    return new Cte(cteSource(() => this.node, name, options));
  }

  /** Uses the query as a value. Errors: sql/column-count unless it has one column. */
  asScalar(): Expression<QueryValue<Item> | null> {
    const query = this.node;
    return new Expression(
      Object.freeze({ kind: "scalar", query, type: scalarTypeOf(query, "a scalar subquery") }),
    );
  }

  /** Uses the query as a value with a name. */
  label<Name extends string>(name: Name): Labelled<Name, QueryValue<Item> | null> {
    return this.asScalar().label(name);
  }

  /** Whether the query has any row: `EXISTS (SELECT …)`. */
  exists(): Expression<boolean> {
    return new Expression(Object.freeze({ kind: "exists", query: this.node, type: booleanType() }));
  }

  /** Rows of this query and of the others, each once. Errors: sql/options-of-a-part; sql/column-count. */
  union(...others: readonly Query<Alike<Item>>[]): SetOperation<Item> {
    return combine("union", [this, ...others]);
  }

  /** Rows of this query and of the others. */
  unionAll(...others: readonly Query<Alike<Item>>[]): SetOperation<Item> {
    return combine("unionAll", [this, ...others]);
  }

  /** Rows that all queries have. */
  intersect(...others: readonly Query<Alike<Item>>[]): SetOperation<Item> {
    return combine("intersect", [this, ...others]);
  }

  /** Rows of this query that the others do not have. */
  except(...others: readonly Query<Alike<Item>>[]): SetOperation<Item> {
    return combine("except", [this, ...others]);
  }

  /** Shows the SQL in the generic dialect. */
  toString(): string {
    return stringify(this.node);
  }
}

/** Queries joined by UNION, UNION ALL, INTERSECT or EXCEPT, with an order over the whole; loads relationships along `Paths`. */
export class SetOperation<out Item, out Paths = NoPaths> extends Query<Item, SetOperationNode> {
  /** Known to the types only. */
  declare readonly paths: Paths;

  /** Orders the rows of the whole by expressions or names of the first query; null takes the order back. */
  orderBy(...items: readonly (OrderItem | null)[]): SetOperation<Item, Paths> {
    const orderBy = appended(this.node.orderBy, items, { query: this.node, where: "orderBy()" });
    return this.#with({ orderBy });
  }

  /** Keeps the first rows of the whole; null takes the limit back. */
  limit(count: number | Valued<number> | null): SetOperation<Item, Paths> {
    return this.#with({ limit: rowCount(count, "limit()") });
  }

  /** Leaves out the first rows of the whole. */
  offset(count: number | Valued<number> | null): SetOperation<Item, Paths> {
    return this.#with({ offset: rowCount(count, "offset()") });
  }

  /** Puts common table expressions before the statement. */
  with(...ctes: readonly Cte<unknown>[]): SetOperation<Item, Paths> {
    return this.#with({ ctes: [...this.node.ctes, ...ctes.map((cte) => cte[SOURCE])] });
  }

  /** Says how to load relationships and columns of the objects, whichever query finds them. */
  options<Options extends readonly LoadOption<RootsOf<Item>, unknown, unknown>[]>(
    ...options: Options
  ): SetOperation<Item, PathsAfter<Item, Paths, Options>> {
    const loadOptions = [...this.loadOptions, ...options];
    return new SetOperation(this.node, { loadOptions, execution: this.execution });
  }

  /** Gives the engine or session options for this statement; an application's own can be read from `execution`. */
  executionOptions(options: Readonly<Record<string, unknown>>): SetOperation<Item, Paths> {
    const execution = { ...this.execution, ...options };
    return new SetOperation(this.node, { loadOptions: this.loadOptions, execution });
  }

  #with(change: Partial<SetOperationNode>): SetOperation<Item, Paths> {
    return new SetOperation(Object.freeze({ ...this.node, ...change }), this);
  }
}

/** Makes the node of a set operation. Errors: sql/column-count when the queries differ in columns. */
function setOperationNode(
  operator: SetOperationNode["operator"],
  queries: readonly QueryNode[],
): SetOperationNode {
  const expected = outputColumns(queries[0]!).length;
  for (const query of queries) {
    const got = outputColumns(query).length;
    if (got !== expected) throw fail("sql/column-count", { what: `${operator}()`, expected, got });
  }
  return Object.freeze({
    kind: "setOperation",
    operator,
    queries: Object.freeze(queries),
    orderBy: [],
    limit: undefined,
    offset: undefined,
    ctes: [],
  });
}

function combine<Item>(
  operator: SetOperationNode["operator"],
  queries: readonly Query<unknown>[],
): SetOperation<Item> {
  for (const { loadOptions, execution } of queries) {
    if (loadOptions.length > 0) throw fail("sql/options-of-a-part", { operator, method: "options()" });
    if (Object.keys(execution).length > 0) {
      throw fail("sql/options-of-a-part", { operator, method: "executionOptions()" });
    }
  }
  return new SetOperation(
    setOperationNode(
      operator,
      queries.map((query) => query.node),
    ),
  );
}

/** Rows of all queries, each once. */
export function union<Item>(
  first: Query<Item>,
  ...others: readonly Query<Alike<NoInfer<Item>>>[]
): SetOperation<Item> {
  return first.union(...others);
}

/** Rows of all queries. */
export function unionAll<Item>(
  first: Query<Item>,
  ...others: readonly Query<Alike<NoInfer<Item>>>[]
): SetOperation<Item> {
  return first.unionAll(...others);
}

/** Rows that all queries have. */
export function intersect<Item>(
  first: Query<Item>,
  ...others: readonly Query<Alike<NoInfer<Item>>>[]
): SetOperation<Item> {
  return first.intersect(...others);
}

/** Rows of the first query that the others do not have. */
export function except<Item>(
  first: Query<Item>,
  ...others: readonly Query<Alike<NoInfer<Item>>>[]
): SetOperation<Item> {
  return first.except(...others);
}

// ---------------------------------------------------------------- shared with select.ts

/** Appends to an ORDER BY or GROUP BY; null begins anew. Names are looked up among the query's columns. */
export function appended(
  before: readonly ExpressionNode[],
  items: readonly (OrderItem | null)[],
  place: { readonly query: QueryNode; readonly where: string },
): readonly ExpressionNode[] {
  let nodes = [...before];
  for (const item of items) {
    if (item === null) nodes = [];
    else nodes.push(typeof item === "string" ? byName(item, place) : toColumnExpression(item, place.where));
  }
  return Object.freeze(nodes);
}

function byName(
  name: string,
  { query, where }: { readonly query: QueryNode; readonly where: string },
): ExpressionNode {
  const columns = outputColumns(query);
  const found =
    columns.find((column) => column.key === name) ?? columns.find((column) => column.name === name);
  if (found !== undefined) return found.expression;
  throw fail("sql/unknown-column", {
    source: `the statement of ${where}`,
    column: name,
    columns: columns.map((column) => column.key),
  });
}

/** Takes a LIMIT or OFFSET. Errors: sql/wrong-value for anything but a whole number from 0 up. */
export function rowCount(count: number | Valued<number> | null, where: string): ExpressionNode | undefined {
  if (count === null) return undefined;
  if (typeof count === "number" && !(Number.isInteger(count) && count >= 0)) {
    throw fail("sql/wrong-value", { where, problem: "expects a whole number from 0 up", got: count });
  }
  return toExpression(count, { where, type: integerType() });
}
