/**
 * The lazy load of one object's relationship: what the identity map can answer, and the statement for the rest.
 */
import { blankSelect } from "../../sql/blank-select.ts";
import { walk } from "../../sql/children.ts";
import type { SelectNode } from "../../sql/nodes.ts";
import type { ColumnAttribute, RelationshipAttribute } from "../mapping/mapper.ts";
import { type IdentityKey, identityKey } from "../state/identity-key.ts";
import type { ObjectState } from "../state/object-state.ts";
import { adaptJoin } from "./adapt.ts";
import { bound, committedValues, keyValues, linkOf, targetKeyValues } from "./link.ts";
import type { ChosenStrategy } from "./option-tree.ts";
import { criteriaOn, ordering, targetSide } from "./target.ts";

const localByRelationship = new WeakMap<RelationshipAttribute, readonly ColumnAttribute[]>();

/** The own columns whose values a lazy load needs. */
export function localColumns(relationship: RelationshipAttribute): readonly ColumnAttribute[] {
  const known = localByRelationship.get(relationship);
  if (known !== undefined) return known;
  const { mapper, remoteColumns, localRemotePairs } = relationship;
  const columns = new Set(localRemotePairs.map((pair) => mapper.columnByNode.get(pair.from)));
  walk(relationship.primaryJoin, (node) => {
    if (node.kind === "column" && !remoteColumns.has(node)) columns.add(mapper.columnByNode.get(node));
  });
  const found = [...columns].filter((attribute) => attribute !== undefined);
  localByRelationship.set(relationship, found);
  return found;
}

/** The identity that a many-to-one refers to; null: to nothing. Only for relationships with `usesGet`. */
export function referredKey(
  state: ObjectState,
  relationship: RelationshipAttribute,
  fromCommitted: boolean,
): IdentityKey | null {
  const link = linkOf(relationship);
  if (link === undefined) return null;
  const values = fromCommitted ? committedValues(state, link.local) : keyValues(state, link.local);
  const ordered = targetKeyValues(relationship, link, values);
  if (ordered.some((value) => value === null || value === undefined)) return null;
  return identityKey(relationship.target, ordered);
}

/** The statement that loads a relationship of one object; undefined when its key is null, so that nothing can match. */
export function planLazy(
  state: ObjectState,
  relationship: RelationshipAttribute,
  chosen: ChosenStrategy,
  fromCommitted: boolean,
): SelectNode | undefined {
  const read = fromCommitted ? committedValues : keyValues;
  const link = linkOf(relationship);
  const isEmpty = (value: unknown): boolean => value === null || value === undefined;
  if (link !== undefined && read(state, link.local).some(isEmpty)) return undefined;
  const { target, from, joins, sides } = targetSide(relationship, chosen);
  const { primary } = adaptJoin(relationship, {
    ...sides,
    local: (column) => {
      const attribute = relationship.mapper.columnByNode.get(column);
      return attribute === undefined ? column : bound(read(state, [attribute])[0] ?? null, column);
    },
  });
  return {
    ...blankSelect([target]),
    from,
    joins,
    where: [primary, ...criteriaOn(relationship, chosen, sides)],
    orderBy: ordering(relationship, sides),
  };
}

/** The other ends of a relationship that lead back to the object it was loaded from, so need no eager load. */
export function waysBack(relationship: RelationshipAttribute): ReadonlySet<RelationshipAttribute> {
  return new Set(
    relationship.reverse.filter((reverse) => reverse.direction === "manyToOne" && reverse.usesGet),
  );
}
