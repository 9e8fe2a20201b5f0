/**
 * FROM: which sources a SELECT has of its own, and how each is written.
 *
 * A query says some sources outright, joins others, and mentions the rest in its expressions; those are added. A
 * source that an enclosing query has already belongs to that one, as long as the query keeps one of its own.
 */
import { fail } from "../../foundation/errors.ts";
import { mentionedSources } from "../../sql/children.ts";
import { sourceName } from "../../sql/coerce.ts";
import type {
  CteSource,
  ExpressionNode,
  JoinNode,
  SelectNode,
  Source,
  SubquerySource,
} from "../../sql/nodes.ts";
import type { NodeRenderers } from "../renderers.ts";
import type { Scope, Writer } from "../writer.ts";
import { renderSourceName, requireFeature } from "./expression.ts";
import { flattenItems } from "./items.ts";

/** The FROM of a query: a chain of joins first, then sources side by side. */
export interface FromPlan {
  readonly chain: { readonly left: Source; readonly joins: readonly JoinNode[] } | undefined;
  readonly beside: readonly Source[];
  /** All of them. */
  readonly own: ReadonlySet<Source>;
}

/**
 * Decides the FROM of a query that stands in a scope.
 *
 * Errors: sql/fully-correlated when an enclosing query has every source; sql/empty for a join with nothing left of it.
 */
export function planFrom(select: SelectNode, scope: Scope): FromPlan {
  const targets = new Set(select.joins.map((join) => join.target));
  const mentioned = sourcesOf([
    ...flattenItems(select.items),
    ...select.where,
    ...select.groupBy,
    ...select.having,
    ...select.orderBy,
  ]);
  const sources = [...new Set([...select.from, ...mentioned])].filter((source) => !targets.has(source));
  const left = select.joins.length > 0 ? leftOfJoins(select, sources) : undefined;
  const beside = correlated(
    sources.filter((source) => source !== left),
    { select, scope, hasChain: left !== undefined },
  );
  return {
    chain: left && { left, joins: select.joins },
    beside,
    own: new Set([...(left === undefined ? [] : [left, ...targets]), ...beside]),
  };
}

/** Gives the sources that expressions mention, in order; queries inside them speak for themselves. */
export function sourcesOf(expressions: readonly ExpressionNode[]): ReadonlySet<Source> {
  return new Set(expressions.flatMap(mentionedSources));
}

/** Finds what the joins hang on: what was said last, or what the first condition speaks of. */
function leftOfJoins({ from, joins }: SelectNode, sources: readonly Source[]): Source {
  const said = from.at(-1);
  if (said !== undefined) return said;
  const [first] = joins;
  const inCondition = sourcesOf(first?.on === undefined ? [] : [first.on]);
  const left = sources.find((source) => inCondition.has(source)) ?? sources[0];
  if (left === undefined) throw fail("sql/empty", { what: "a join", expected: "a table to join to" });
  return left;
}

interface CorrelationRequest {
  readonly select: SelectNode;
  readonly scope: Scope;
  readonly hasChain: boolean;
}

/** Takes out the sources that belong to the queries around. */
function correlated(
  sources: readonly Source[],
  { select, scope, hasChain }: CorrelationRequest,
): readonly Source[] {
  if (select.correlate !== undefined) {
    const outer = new Set(select.correlate);
    const isOuter = (source: Source) => scope.own.has(source) || scope.enclosing.has(source);
    return sources.filter((source) => !(outer.has(source) && isOuter(source)));
  }
  if (sources.length < (hasChain ? 1 : 2)) return sources;
  const near = sources.filter((source) => !scope.own.has(source));
  if (near.length === 0 && !hasChain) {
    throw fail("sql/fully-correlated", { sources: sources.map(sourceName) });
  }
  const far = near.filter((source) => !scope.enclosing.has(source));
  return far.length === 0 && !hasChain ? near : far;
}

/** Writes `FROM …`; nothing when there is no source. */
export function renderFrom({ chain, beside }: FromPlan, writer: Writer): void {
  if (chain === undefined && beside.length === 0) return;
  writer.text("\nFROM ");
  if (chain !== undefined) {
    writer.node(chain.left);
    for (const join of chain.joins) writer.node(join);
    if (beside.length > 0) writer.text(", ");
  }
  writer.list(beside, (source) => writer.node(source));
}

/** The renderers of sources, as FROM has them, and of joins. */
export const ansiSources: Pick<NodeRenderers, Source["kind"] | "join"> = {
  table: (source, writer) => {
    writer.touch(source.schema === undefined ? source.name : `${source.schema}.${source.name}`);
    renderSourceName(source, writer);
  },
  alias: (source, writer) => {
    writer.node(source.of).text(" AS ").identifier(writer.nameOf(source));
  },
  subquery: (source, writer) => {
    if (source.lateral) {
      requireFeature(writer.target.features.lateral, "LATERAL subqueries", writer);
      writer.text("LATERAL ");
    }
    // Beside others in FROM a query sees none of them, unless it is lateral; what is around all of them it sees.
    const { scope } = writer;
    const seen: Scope = source.lateral
      ? scope
      : { own: new Set(), enclosing: scope.enclosing, labels: new Map() };
    writer.parenthesised(() => writer.withScope(seen, () => renderNamedQuery(source, writer)));
    writer.text(" AS ").identifier(writer.nameOf(source));
  },
  cte: (source, writer) => {
    collectCte(source, writer);
    writer.identifier(writer.nameOf(source));
  },
  join: (join, writer) => {
    if (join.type === "full") requireFeature(writer.target.features.fullJoin, "FULL OUTER JOIN", writer);
    writer.text(`\n${joinWords[join.type]} `);
    writer.node(join.target);
    if (join.on !== undefined) writer.text(" ON ").node(join.on);
  },
};

const joinWords = {
  inner: "JOIN",
  left: "LEFT OUTER JOIN",
  full: "FULL OUTER JOIN",
  cross: "CROSS JOIN",
} as const;

/** Makes sure that a common table expression stands in WITH. */
export function collectCte(source: CteSource, writer: Writer): void {
  writer.cte(source, () => {
    const { materialized, recursive, columnNodes } = source;
    writer.identifier(writer.nameOf(source));
    if (recursive) {
      writer
        .text(" ")
        .parenthesised(() => writer.list(columnNodes, (column) => writer.identifier(column.name)));
    }
    const hint = materialized === undefined ? "" : materialized ? "MATERIALIZED " : "NOT MATERIALIZED ";
    writer.text(` AS ${hint}`).parenthesised(() => renderNamedQuery(source, writer));
  });
}

/** Writes a query whose columns have to be called as the source around it says. */
function renderNamedQuery(source: SubquerySource | CteSource, writer: Writer): void {
  writer.wantedNames = source.columnNodes.map((column) => column.name);
  writer.node(source.query);
}
