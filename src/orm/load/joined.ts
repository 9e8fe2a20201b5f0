/**
 * The joined load: adds a relationship's target to the statement that is being planned, by an outer join under an
 * alias that only this load knows. `containsEager` takes joins that are there already.
 *
 * Its objects are tied to their parents while the rows are read; see `hydrate.ts`.
 */
import { fail } from "../../foundation/errors.ts";
import { mentionedSources } from "../../sql/children.ts";
import { sourceName } from "../../sql/coerce.ts";
import { joinCriteria } from "../../sql/expression.ts";
import type { JoinNode, SelectNode, Source } from "../../sql/nodes.ts";
import { anotherOf } from "../../sql/sources.ts";
import type { RelationshipAttribute } from "../mapping/mapper.ts";
import { ownAlias } from "../mapping/own-alias.ts";
import { adaptJoin, type ColumnIn, columnsOf } from "./adapt.ts";
import { onSource } from "./expressions.ts";
import { type ChosenStrategy, childNode } from "./option-tree.ts";
import type { Draft, EntityRequest } from "./plan.ts";
import { criteriaOn, ordering } from "./target.ts";

/** Adds what a joined relationship needs to the statement, and says how its target is to be planned. */
export function joinTarget(
  draft: Draft,
  request: EntityRequest,
  relationship: RelationshipAttribute,
  chosen: ChosenStrategy,
): EntityRequest {
  if (relationship.isCollection) draft.multipliesRows = true;
  const isOwnJoin = chosen.strategy !== "containsEager";
  const isInner = isOwnJoin && !request.isOuter && (chosen.rule?.innerJoin ?? relationship.innerJoin);
  const named = chosen.rule?.target?.source;
  const { targetEntity } = relationship;
  const source = named ?? (isOwnJoin ? ownAlias(targetEntity.source) : targetEntity.source);
  if (isOwnJoin) {
    if (named !== undefined) refuseTaken(draft, named, relationship);
    addJoins(draft, request, relationship, chosen, { source, isInner });
  } else refuseUnjoined(draft, request, relationship, source);
  const own = columnsOf(source);
  const column: ColumnIn = isOwnJoin ? own : (wanted) => draft.given(own(wanted));
  return {
    ...request,
    mapper: relationship.target,
    source,
    column,
    node: childNode(request.node, relationship),
    trail: [...request.trail, relationship.target],
    isOuter: !isInner,
    isRoot: false,
    express: (expression, isOverTable) =>
      isOverTable ? onSource(expression, relationship.target, column) : expression,
  };
}

/** Errors: load/alias-taken. */
function refuseTaken(draft: Draft, alias: Source, relationship: RelationshipAttribute): void {
  const isTaken =
    (draft.select !== undefined && sourcesBeside(draft.select).has(alias)) ||
    draft.joins.some(({ target }) => target === alias);
  if (isTaken) throw fail("load/alias-taken", { attribute: pathOf(relationship) });
}

/** What a statement selects, says or joins; what its conditions mention besides may be what a load is to join. */
function sourcesBeside({ items, from, joins }: SelectNode): ReadonlySet<Source> {
  const entities = items.flatMap((item) => (item.kind === "entity" ? [item.source] : []));
  return new Set([...entities, ...from, ...joins.map(({ target }) => target)]);
}

/** Errors: load/not-joined where the statement has not the target's rows, or has them for something else. */
function refuseUnjoined(
  draft: Draft,
  request: EntityRequest,
  relationship: RelationshipAttribute,
  target: Source,
): void {
  const sources = draft.select === undefined ? new Set<Source>() : sourcesIn(draft.select);
  const isItself = target === request.source;
  const isOfLoader = request.trailStart > 0 || !sources.has(request.source);
  if (sources.has(target) && !isItself && !isOfLoader) return;
  const { table } = relationship.target;
  const isAliasOfTarget = (source: Source): boolean => source.kind === "alias" && source.of === table;
  const joined = [...sources].find((source) => isAliasOfTarget(source) && source !== request.source);
  throw fail("load/not-joined", {
    attribute: pathOf(relationship),
    target: describeSource(target),
    sources: [...sources].map(describeSource),
    isItself,
    behind: isOfLoader ? request.mapper.name : undefined,
    alias: joined && (joined.name ?? "alias"),
    isAlias: target.kind !== "table",
  });
}

/** What a statement reads from. An order alone joins nothing. */
function sourcesIn({ items, from, joins, where, groupBy, having }: SelectNode): ReadonlySet<Source> {
  const mentioned = [...items, ...where, ...groupBy, ...having].flatMap(mentionedSources);
  return new Set([...from, ...mentioned, ...joins.map(({ target }) => target)]);
}

function describeSource(source: Source): string {
  if (source.kind !== "alias") return sourceName(source);
  return source.name === undefined ? `an alias of ${source.of.name}` : `${source.of.name} AS ${source.name}`;
}

function pathOf({ mapper, key }: RelationshipAttribute): string {
  return `${mapper.name}.c.${key}`;
}

interface OwnJoin {
  readonly source: Source;
  readonly isInner: boolean;
}

function addJoins(
  draft: Draft,
  request: EntityRequest,
  relationship: RelationshipAttribute,
  chosen: ChosenStrategy,
  { source: target, isInner }: OwnJoin,
): void {
  draft.addsJoins = true;
  const between = relationship.secondary === undefined ? undefined : anotherOf(relationship.secondary);
  const remote = columnsOf(target);
  const secondary = between === undefined ? undefined : columnsOf(between);
  const conditions = adaptJoin(relationship, { local: request.column, remote, secondary });
  const criteria = criteriaOn(relationship, chosen, { remote, secondary });
  const type = isInner ? "inner" : "left";
  const join = (source: Source, on: JoinNode["on"]): JoinNode => ({ kind: "join", type, target: source, on });
  if (between !== undefined && conditions.secondary !== undefined) {
    draft.joins.push(join(between, conditions.primary));
    draft.joins.push(join(target, joinCriteria("and", [conditions.secondary, ...criteria])));
  } else {
    draft.joins.push(join(target, joinCriteria("and", [conditions.primary, ...criteria])));
  }
  draft.orderBy.push(...ordering(relationship, { remote, secondary }));
}
