/**
 * Works out a join: along a relationship, on a given condition, or along the foreign key between the target and what
 * stands in FROM already.
 */
import { fail } from "../foundation/errors.ts";
import { booleanType } from "../types/boolean.ts";
import { mentionedSources } from "./children.ts";
import { describe, nodeOf, refuseUnknownOptions, sourceName, toCriterion, toSource } from "./coerce.ts";
import { joinCriteria } from "./expression.ts";
import type { JoinPath } from "./join-path.ts";
import {
  type ColumnNode,
  type ExpressionNode,
  type ForeignKeyLink,
  JOIN_PATH,
  type JoinNode,
  type SelectNode,
  type Source,
  type TableSource,
} from "./nodes.ts";
import type { binaryOperators } from "./operators.ts";
import type { Criterion } from "./row.ts";

/** The condition of a join. */
export type JoinOn = Criterion;

/** A join in full. */
export interface JoinOptions {
  /** The condition; absent: along the relationship or foreign key. */
  readonly on?: Criterion;
  /** Keeps rows of the left side that have no match. */
  readonly outer?: boolean;
  /** Keeps rows of either side that have no match. */
  readonly full?: boolean;
  /** Pairs every row with every row. */
  readonly cross?: boolean;
}

const JOIN_OPTIONS: readonly string[] = ["on", "outer", "full", "cross"] satisfies (keyof JoinOptions)[];

/** What the user asked for. */
export interface JoinRequest {
  readonly target: unknown;
  readonly on: JoinOn | JoinOptions | undefined;
  readonly outer: boolean;
}

/** The changed clauses of the SELECT, and what `filterBy` speaks of from now on. */
export interface JoinedClauses {
  readonly node: Pick<SelectNode, "from" | "joins">;
  readonly filterTarget: object;
}

/**
 * Adds a join to a SELECT.
 *
 * Errors: sql/not-a-source; sql/no-foreign-key, sql/ambiguous-join without a condition; sql/empty when nothing stands
 * left of it.
 */
export function joined(select: SelectNode, request: JoinRequest): JoinedClauses {
  const options = optionsOf(request);
  const path = pathOf(request.target);
  const type = options.cross ? "cross" : options.full ? "full" : "inner";
  if (path !== undefined) {
    return alongPath(
      select,
      path,
      type === "inner" && (options.outer ?? path.isOuter) ? "left" : type,
      options,
    );
  }
  const target = toSource(request.target, "join()");
  const step = { target, on: options.cross ? undefined : conditionOf(select, target, options) };
  return {
    node: withSteps(select, [step], type === "inner" && options.outer ? "left" : type),
    filterTarget: request.target as object,
  };
}

function optionsOf({ on, outer }: JoinRequest): JoinOptions {
  const outerOption = outer ? { outer } : {};
  if (on === undefined) return outerOption;
  if (nodeOf(on) !== undefined) return { on: on as Criterion, ...outerOption };
  if (typeof on !== "object" || on === null) throw fail("sql/not-a-condition", { where: "join()", got: on });
  refuseUnknownOptions("join()", on, JOIN_OPTIONS);
  return { ...(on as JoinOptions), ...outerOption };
}

function pathOf(target: unknown): JoinPath | undefined {
  const isObject = (typeof target === "object" && target !== null) || typeof target === "function";
  return isObject && JOIN_PATH in target ? (target[JOIN_PATH] as JoinPath) : undefined;
}

function alongPath(
  select: SelectNode,
  path: JoinPath,
  type: JoinNode["type"],
  options: JoinOptions,
): JoinedClauses {
  const last = path.steps.length - 1;
  // A condition given beside a relationship narrows it.
  const steps = path.steps.map((step, index) =>
    index === last && options.on !== undefined
      ? { ...step, on: joinCriteria("and", [step.on, toCriterion(options.on, "join()")]) }
      : step,
  );
  return { node: withSteps(select, steps, type), filterTarget: path.entity ?? path.steps[last]!.target };
}

interface Step {
  readonly target: Source;
  readonly on: ExpressionNode | undefined;
}

function withSteps(
  select: SelectNode,
  steps: readonly Step[],
  type: JoinNode["type"],
): Pick<SelectNode, "from" | "joins"> {
  const first = steps[0]!;
  const joins = steps.map((step): JoinNode => Object.freeze({ kind: "join", type, ...step }));
  return {
    from: Object.freeze(fromFor(select, first, new Set(steps.map((step) => step.target)))),
    joins: Object.freeze([...select.joins, ...joins]),
  };
}

/** Makes sure that FROM ends in what the joins hang on. */
function fromFor(select: SelectNode, step: Step, targets: ReadonlySet<Source>): readonly Source[] {
  if (select.joins.length > 0) return select.from;
  const mentioned = step.on === undefined ? [] : mentionedSources(step.on);
  const isLeft = (source: Source) => !targets.has(source);
  const present = select.from.length > 0 ? select.from : itemSources(select).filter(isLeft);
  const left =
    present.findLast((source) => mentioned.includes(source)) ?? present[0] ?? mentioned.find(isLeft);
  if (left === undefined) throw fail("sql/empty", { what: "join()", expected: "something on its left side" });
  return [...select.from.filter((source) => source !== left), left];
}

function itemSources(select: SelectNode): readonly Source[] {
  const sources = select.items.flatMap((item) =>
    item.kind === "entity" ? [item.source] : mentionedSources(item),
  );
  return [...new Set(sources)];
}

function conditionOf(select: SelectNode, target: Source, options: JoinOptions): ExpressionNode {
  if (options.on !== undefined) return toCriterion(options.on, "join()");
  const candidates = [
    ...select.joins.map((join) => join.target).reverse(),
    ...select.from.toReversed(),
    ...(select.from.length === 0 ? itemSources(select) : []),
  ].filter((source) => source !== target);
  if (candidates.length === 0) {
    throw fail("sql/empty", { what: "join()", expected: "something on its left side" });
  }
  for (const left of candidates) {
    const links = linksBetween(left, target);
    if (links.length === 1) return conditionAlong(links[0]!);
    if (links.length > 1) {
      throw fail("sql/ambiguous-join", {
        left: sourceName(left),
        right: sourceName(target),
        candidates: links.map(describeLink),
      });
    }
  }
  const left = candidates.map(sourceName).join(", ");
  throw fail("sql/no-foreign-key", { left, right: sourceName(target) });
}

/** A foreign key between two sources of a statement. */
type Link = ForeignKeyLink;

/** Finds the foreign keys between two sources, in both directions. */
export function linksBetween(left: Source, right: Source): readonly Link[] {
  return [...linksFrom(left, right), ...linksFrom(right, left)];
}

function linksFrom(child: Source, parent: Source): readonly Link[] {
  const childTable = tableOf(child);
  const parentTable = tableOf(parent);
  if (childTable === undefined || parentTable === undefined) return [];
  return childTable.foreignKeyLinks
    .filter((link) => link.to[0]!.source === parentTable)
    .map((link) => ({ from: columnsOn(child, link.from), to: columnsOn(parent, link.to) }));
}

function tableOf(source: Source): TableSource | undefined {
  if (source.kind === "table") return source;
  return source.kind === "alias" ? source.of : undefined;
}

function columnsOn(source: Source, columns: readonly ColumnNode[]): readonly ColumnNode[] {
  if (source.kind === "table") return columns;
  return columns.map((column) => source.columnNodes.find((candidate) => candidate.name === column.name)!);
}

function conditionAlong(link: Link): ExpressionNode {
  const pairs = link.from.map(
    (from, index): ExpressionNode =>
      Object.freeze({
        kind: "binary",
        operator: EQUAL,
        left: from,
        right: link.to[index]!,
        type: booleanType(),
      }),
  );
  return joinCriteria("and", pairs);
}

const EQUAL = "eq" satisfies keyof typeof binaryOperators;

function describeLink(link: Link): string {
  return `${link.from.map(describe).join(", ")} → ${link.to.map(describe).join(", ")}`;
}
