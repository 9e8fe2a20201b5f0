/**
 * The subquery load: the original statement, reduced to its keys, stands as a table in the next one.
 *
 * Unlike select-in it sends no keys, so it serves keys of any kind and number; the database computes the original
 * statement a second time.
 */
import { mentionedSources } from "../../sql/children.ts";
import type { SelectNode, Source } from "../../sql/nodes.ts";
import type { ColumnAttribute, RelationshipAttribute } from "../mapping/mapper.ts";
import type { ObjectState } from "../state/object-state.ts";
import { DerivedTable } from "./derived-table.ts";
import { keyValues, linkOf } from "./link.ts";
import type { EntityPlan } from "./plan.ts";
import type { FollowUp, LoadRequest } from "./strategy.ts";
import { joinFrom } from "./target.ts";

/** The one statement of a subquery load. */
export interface SubqueryRequest extends LoadRequest {
  /** Reads a parent's key, to find its rows. */
  readonly keyOf: (parent: ObjectState) => readonly unknown[];
}

/** Plans the statement that loads a relationship for all objects that `original` gave for `parent`. */
export function planSubquery(
  followUp: FollowUp,
  parent: EntityPlan,
  original: SelectNode,
  parents: readonly ObjectState[],
): SubqueryRequest {
  const { relationship, chosen } = followUp;
  const attributes = keyOf(relationship, parents);
  const isLimited = original.limit !== undefined || original.offset !== undefined;
  const inner = new DerivedTable({
    ...original,
    items: [],
    from: fromOf(original),
    // Without a limit the order means nothing, and repeated keys would repeat members.
    orderBy: isLimited ? original.orderBy : [],
    distinct: relationship.distinctTargetKey ?? (isLimited ? original.distinct : true),
    lock: undefined,
  });
  // A limit counts rows that are distinct in all that the statement selects, not in the keys alone.
  if (isLimited && original.distinct !== false) {
    for (const item of original.items) if (item.kind !== "entity") inner.column(item);
  }
  const key = attributes.map((attribute) => inner.column(parent.column(attribute.column)));
  const request = joinFrom(relationship, chosen, inner.source, {
    local: (column) => inner.column(parent.column(column)),
    key,
  });
  return { ...request, keyOf: (state) => keyValues(state, attributes) };
}

/** By what parents are told apart: the columns of the join, or their own key where one of them lacks these. */
function keyOf(
  relationship: RelationshipAttribute,
  parents: readonly ObjectState[],
): readonly ColumnAttribute[] {
  const local = linkOf(relationship)?.local;
  const isKnown =
    local !== undefined && !parents.some((parent) => keyValues(parent, local).includes(undefined));
  return isKnown ? local : relationship.mapper.primaryKey;
}

/** What a statement reads from, said in full: the sources that only its columns mention would go with them. */
function fromOf(original: SelectNode): readonly Source[] {
  const sources = new Set(original.from);
  const joined = new Set(original.joins.map((join) => join.target));
  for (const item of original.items) {
    for (const source of mentionedSources(item)) if (!joined.has(source)) sources.add(source);
  }
  return [...sources];
}
