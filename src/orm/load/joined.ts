/**
 * The joined load: adds a relationship's target to the statement that is being planned, by an outer join under an
 * alias that only this load knows. `containsEager` takes joins that are there already.
 *
 * Its objects are tied to their parents while the rows are read; see `hydrate.ts`.
 */
import { fail } from "../../foundation/errors.ts";
import type { JoinNode, Source } from "../../sql/nodes.ts";
import { anotherOf } from "../../sql/sources.ts";
import type { RelationshipAttribute } from "../mapping/mapper.ts";
import { ownAlias } from "../mapping/own-alias.ts";
import { adaptJoin, adaptTarget, allOf, type ColumnIn, columnsOf } from "./adapt.ts";
import { onSource } from "./expressions.ts";
import { type ChosenStrategy, childNode } from "./option-tree.ts";
import type { Draft, EntityRequest } from "./plan.ts";

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
  const column = isOwnJoin
    ? addJoins(draft, request, relationship, chosen, isInner)
    : columnsOfOwnJoin(draft, chosen.rule?.target?.source ?? relationship.targetEntity.source);
  return {
    ...request,
    mapper: relationship.target,
    column,
    node: childNode(request.node, relationship),
    trail: [...request.trail, relationship.target],
    isOuter: !isInner,
    isRoot: false,
    express: (expression, isOverTable) =>
      isOverTable ? onSource(expression, relationship.target, column) : expression,
  };
}

function columnsOfOwnJoin(draft: Draft, source: Source): ColumnIn {
  const column = columnsOf(source);
  return (wanted) => draft.given(column(wanted));
}

/** Errors: load/alias-taken. */
function refuseTaken(draft: Draft, alias: Source, { mapper, key }: RelationshipAttribute): void {
  if (!draft.sources.has(alias) && !draft.joins.some(({ target }) => target === alias)) return;
  throw fail("load/alias-taken", { attribute: `${mapper.name}.c.${key}` });
}

function addJoins(
  draft: Draft,
  request: EntityRequest,
  relationship: RelationshipAttribute,
  chosen: ChosenStrategy,
  isInner: boolean,
): ColumnIn {
  draft.addsJoins = true;
  const named = chosen.rule?.target?.source;
  if (named !== undefined) refuseTaken(draft, named, relationship);
  const target = named ?? ownAlias(relationship.targetEntity.source);
  const between = relationship.secondary === undefined ? undefined : anotherOf(relationship.secondary);
  const remote = columnsOf(target);
  const secondary = between === undefined ? undefined : columnsOf(between);
  const conditions = adaptJoin(relationship, { local: request.column, remote, secondary });
  const criteria = (chosen.rule?.criteria ?? []).map((criterion) =>
    adaptTarget(criterion, relationship, { remote, secondary }),
  );
  const type = isInner ? "inner" : "left";
  const join = (source: Source, on: JoinNode["on"]): JoinNode => ({ kind: "join", type, target: source, on });
  if (between !== undefined && conditions.secondary !== undefined) {
    draft.joins.push(join(between, conditions.primary));
    draft.joins.push(join(target, allOf([conditions.secondary, ...criteria])));
  } else {
    draft.joins.push(join(target, allOf([conditions.primary, ...criteria])));
  }
  for (const expression of relationship.orderBy) {
    draft.orderBy.push(adaptTarget(expression, relationship, { remote, secondary }));
  }
  return remote;
}
