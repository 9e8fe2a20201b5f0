/**
 * The target of a relationship in a statement of its own, as the select-in, the subquery and the lazy load begin with it.
 */
import { blankSelect } from "../../sql/blank-select.ts";
import type { EntityRef, ExpressionNode, JoinNode, SelectNode, Source } from "../../sql/nodes.ts";
import type { RelationshipAttribute } from "../mapping/mapper.ts";
import { adaptJoin, adaptTarget, columnsOf, type JoinSides } from "./adapt.ts";
import type { ChosenStrategy } from "./option-tree.ts";
import type { LoadRequest } from "./strategy.ts";

/** What a statement begins with that joins a relationship's target to a source of its parents. */
export interface JoinStart {
  readonly local: JoinSides["local"];
  /** The columns that tell the parents. */
  readonly key: readonly ExpressionNode[];
}

/** Joins the target of a relationship to its parents, which `source` gives. */
export function joinFrom(
  relationship: RelationshipAttribute,
  chosen: ChosenStrategy,
  source: Source,
  start: JoinStart,
): LoadRequest {
  const target = targetEntity(relationship, chosen);
  const sides = { remote: columnsOf(target.source) };
  const conditions = adaptJoin(relationship, { local: start.local, ...sides });
  const { secondary } = relationship;
  const joins =
    secondary === undefined || conditions.secondary === undefined
      ? [innerJoin(target.source, conditions.primary)]
      : [innerJoin(secondary, conditions.primary), innerJoin(target.source, conditions.secondary)];
  const statement: SelectNode = {
    ...blankSelect([...start.key, target]),
    from: [source],
    joins,
    where: criteriaOn(relationship, chosen, sides),
    orderBy: ordering(relationship, sides),
  };
  return { statement, keyCount: start.key.length };
}

/** The far side of a relationship as a statement of its own begins with it. */
export interface TargetSide {
  readonly target: EntityRef;
  readonly from: readonly Source[];
  readonly joins: readonly JoinNode[];
  readonly sides: Omit<JoinSides, "local">;
}

/** Puts the target, and before it the secondary table, into FROM. */
export function targetSide(relationship: RelationshipAttribute, chosen: ChosenStrategy): TargetSide {
  const target = targetEntity(relationship, chosen);
  const sides = { remote: columnsOf(target.source) };
  const { secondary } = relationship;
  if (secondary === undefined) return { target, from: [target.source], joins: [], sides };
  const conditions = adaptJoin(relationship, { local: (column) => column, ...sides });
  const on = conditions.secondary ?? conditions.primary;
  return { target, from: [secondary], joins: [innerJoin(target.source, on)], sides };
}

/** The class, or the alias of it, that an option wants to load. */
function targetEntity(relationship: RelationshipAttribute, chosen: ChosenStrategy): EntityRef {
  return chosen.rule?.target ?? relationship.targetEntity;
}

/** What an option demands of a relationship's target, over the sources of a statement. */
export function criteriaOn(
  relationship: RelationshipAttribute,
  { rule }: ChosenStrategy,
  sides: Omit<JoinSides, "local">,
): readonly ExpressionNode[] {
  return (rule?.criteria ?? []).map((criterion) => adaptTarget(criterion, relationship, sides));
}

/** The ordering of a relationship over the sources of a statement. */
export function ordering(
  relationship: RelationshipAttribute,
  sides: Omit<JoinSides, "local">,
): readonly ExpressionNode[] {
  return relationship.orderBy.map((expression) => adaptTarget(expression, relationship, sides));
}

function innerJoin(target: Source, on: ExpressionNode): JoinNode {
  return { kind: "join", type: "inner", target, on };
}
