/**
 * The select-in load: one statement per 500 keys, or, for siblings, as many as the database has parameters, which asks for
 * the rows that refer to any of them.
 *
 * One-to-many and many-to-one ask the target's table alone; a many-to-many joins the secondary table, and a join that
 * is more than equal columns joins the parents' own table. The sibling load is the same, with parents that are found
 * out when one of them is read.
 */
import { arrayOfOne } from "../../foundation/blank-array.ts";
import { blankSelect } from "../../sql/blank-select.ts";
import type { SelectNode } from "../../sql/nodes.ts";
import { aliasSource } from "../../sql/sources.ts";
import type { RelationshipAttribute } from "../mapping/mapper.ts";
import { type IdentityKey, identityKey, keyText } from "../state/identity-key.ts";
import type { ObjectState } from "../state/object-state.ts";
import { adaptTarget, columnIn, columnsOf } from "./adapt.ts";
import { inKeys, keyValues, type Link, linkOf, targetKeyValues } from "./link.ts";
import { type ChosenStrategy, hasCriteria } from "./option-tree.ts";
import { chunkSizeOf, type LoadRequest, type ParentsByKey } from "./strategy.ts";
import { criteriaOn, joinFrom, ordering, targetSide } from "./target.ts";

/** One chunk of keys. */
export interface SelectinRequest extends LoadRequest {
  readonly parentsByKey: ParentsByKey;
}

/** What a select-in load has to do. */
export interface SelectinWork {
  readonly requests: readonly SelectinRequest[];
  /** Parents for whom no statement is needed, with what they refer to. */
  readonly settled: readonly (readonly [parent: ObjectState, found: readonly object[]])[];
}

/** How keys are asked for. */
export interface SelectinSettings {
  /** How many parameters one statement may have, where the keys of a sibling load shall go in one statement. */
  readonly maxParameters?: number | undefined;
  /** Present: a many-to-one takes what this gives for a key, and asks only for the rest. */
  readonly lookUp?: ((key: IdentityKey) => ObjectState | undefined) | undefined;
}

/** Plans the statements that load a relationship for all these parents. */
export function planSelectin(
  relationship: RelationshipAttribute,
  chosen: ChosenStrategy,
  parents: readonly ObjectState[],
  settings: SelectinSettings,
): SelectinWork {
  const link = linkOf(relationship);
  const byLink =
    link !== undefined && relationship.omitJoin && parents.every((parent) => isKeyLoaded(parent, link))
      ? link
      : undefined;
  const settled: (readonly [ObjectState, readonly object[]])[] = [];
  const parentsByKey: ParentsByKey = new Map();
  const keys: (readonly unknown[])[] = [];
  const lookUp = relationship.usesGet && !hasCriteria(chosen) ? settings.lookUp : undefined;
  for (const parent of parents) {
    const values = byLink === undefined ? (parent.key?.values ?? []) : keyValues(parent, byLink.local);
    if (values.includes(null)) {
      settled.push([parent, []]);
      continue;
    }
    const found =
      byLink === undefined
        ? undefined
        : lookUp?.(identityKey(relationship.target, targetKeyValues(relationship, byLink, values)));
    if (found !== undefined && !found.expired) {
      settled.push([parent, [found.object]]);
      continue;
    }
    const text = keyText(values);
    const same = parentsByKey.get(text);
    if (same !== undefined) same.push(parent);
    else {
      parentsByKey.set(text, arrayOfOne(parent));
      keys.push(values);
    }
  }
  const requests: SelectinRequest[] = [];
  const chunkSize = chosen.rule?.chunkSize ?? chunkSizeOf(settings.maxParameters, keys[0]?.length ?? 1);
  for (let start = 0; start < keys.length; start += chunkSize) {
    const chunk = keys.slice(start, start + chunkSize);
    const request =
      byLink === undefined
        ? requestByParent(relationship, chosen, chunk)
        : requestByLink(relationship, chosen, byLink, chunk);
    requests.push({ ...request, parentsByKey: partOf(parentsByKey, chunk) });
  }
  return { requests, settled };
}

function isKeyLoaded(parent: ObjectState, link: Link): boolean {
  return link.local.every((attribute) => parent.values[attribute.slot] !== undefined);
}

function partOf(parentsByKey: ParentsByKey, keys: readonly (readonly unknown[])[]): ParentsByKey {
  if (keys.length === parentsByKey.size) return parentsByKey;
  const part: ParentsByKey = new Map();
  for (const key of keys) {
    const text = keyText(key);
    part.set(text, parentsByKey.get(text) ?? []);
  }
  return part;
}

function requestByLink(
  relationship: RelationshipAttribute,
  chosen: ChosenStrategy,
  link: Link,
  keys: readonly (readonly unknown[])[],
): LoadRequest {
  const { target, from, joins, sides } = targetSide(relationship, chosen);
  const columns = link.remote.map((column) =>
    relationship.secondary === undefined ? columnIn(target.source, column) : column,
  );
  const statement: SelectNode = {
    ...blankSelect([...columns, target]),
    from,
    joins,
    where: [
      inKeys(columns, keys),
      ...link.further.map((condition) => adaptTarget(condition, relationship, sides)),
      ...criteriaOn(relationship, chosen, sides),
    ],
    orderBy: ordering(relationship, sides),
  };
  return { statement, keyCount: columns.length };
}

/** For joins that are more than equal columns: the parents' table stands in the statement, under an alias. */
function requestByParent(
  relationship: RelationshipAttribute,
  chosen: ChosenStrategy,
  keys: readonly (readonly unknown[])[],
): LoadRequest {
  const own = aliasSource(relationship.mapper.table);
  const columns = relationship.mapper.primaryKey.map((attribute) => columnIn(own, attribute.column));
  const request = joinFrom(relationship, chosen, own, { local: columnsOf(own), key: columns });
  const where = [inKeys(columns, keys), ...request.statement.where];
  return { ...request, statement: { ...request.statement, where } };
}
