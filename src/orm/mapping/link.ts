/**
 * Ties resolved relationships together: both directions of one, what watches for orphans, and what proxies go through.
 */
import { fail } from "../../foundation/errors.ts";
import type { Proxied } from "./association-proxy.ts";
import { definitionOf } from "./definition.ts";
import type { Attribute, Mapper, ProxyAttribute, RelationshipAttribute } from "./mapper.ts";
import type { MapperRecord } from "./mapper-record.ts";
import type { DefinedOptions } from "./relationship.ts";

/** What a relationship said of its other direction; kept beside the attribute while mappers are made. */
const optionsOf = new WeakMap<RelationshipAttribute, DefinedOptions>();

/** Remembers the options that a relationship was declared with. */
export function rememberOptions(attribute: RelationshipAttribute, options: DefinedOptions): void {
  optionsOf.set(attribute, options);
}

/** Finds attributes of a mapper that may not be complete yet. */
export type Lookup = (mapper: Mapper) => (key: string) => Attribute | undefined;

/**
 * Checks that a relationship and the one it names as its other direction agree; the returned function ties them
 * together, once everything is known to be right.
 *
 * Errors: mapping/unknown-back-populates, mapping/back-populates-mismatch, mapping/same-direction.
 */
export function linkBothSides(attribute: RelationshipAttribute, lookup: Lookup): () => void {
  const { target, mapper } = attribute;
  const watch = () => {
    (target.referrers as RelationshipAttribute[]).push(attribute);
    if (!attribute.cascades.has("delete-orphan")) return;
    (target.orphanWatchers as RelationshipAttribute[]).push(attribute);
  };
  const name = optionsOf.get(attribute)?.backPopulates;
  if (name === undefined) return watch;
  const other = lookup(target)(name);
  const place = { entity: mapper.name, relationship: attribute.key };
  if (other?.kind !== "relationship") {
    const names = target.attributes.filter((each) => each?.kind === "relationship").map((each) => each.key);
    throw fail("mapping/unknown-back-populates", { ...place, target: target.name, name, names });
  }
  const expected = `backPopulates: "${attribute.key}" to ${mapper.name}`;
  const otherName = `${target.name}.${name}`;
  if (other.target !== mapper) {
    throw fail("mapping/back-populates-mismatch", {
      ...place,
      other: otherName,
      expected,
      got: `a relationship to ${other.target.name}`,
    });
  }
  const otherBack = optionsOf.get(other)?.backPopulates;
  if (otherBack !== attribute.key) {
    const got = otherBack === undefined ? "no backPopulates" : `backPopulates: "${otherBack}"`;
    throw fail("mapping/back-populates-mismatch", { ...place, other: otherName, expected, got });
  }
  if (other.direction === attribute.direction && attribute.direction !== "manyToMany") {
    throw fail("mapping/same-direction", { ...place, other: otherName, direction: attribute.direction });
  }
  return () => {
    watch();
    // What only reads keeps no other side in step.
    if (attribute.viewonly || other.viewonly) return;
    (attribute.reverse as RelationshipAttribute[]).push(other);
    if (optionsOf.get(attribute)?.syncBackref !== false)
      (attribute.inStep as RelationshipAttribute[]).push(other);
  };
}

/** Makes the attribute of a proxy. Errors: mapping/unknown-attribute, mapping/wrong-proxy. */
export function makeProxy(
  record: MapperRecord,
  key: string,
  field: Proxied<unknown, string>,
): ProxyAttribute {
  const via = record.pending(field.via);
  const entity = record.name;
  if (via?.kind !== "relationship") {
    if (via !== undefined) {
      const expected = "the name of a relationship";
      throw fail("mapping/option", { entity, attribute: key, option: "via", expected, got: field.via });
    }
    const attributes = record.attributes
      .filter((each) => each?.kind === "relationship")
      .map((each) => each.key);
    throw fail("mapping/unknown-attribute", { entity, attribute: field.via, attributes });
  }
  const through = via.target as MapperRecord;
  if (definitionOf(field.through) !== through.definition) {
    throw fail("mapping/wrong-proxy", {
      entity,
      attribute: key,
      via: field.via,
      target: through.name,
      got: field.through,
    });
  }
  const { definition } = through;
  if (!definition.keys.includes(field.step) && !definition.backrefs.has(field.step)) {
    const attributes = [...definition.keys, ...definition.backrefs.keys()];
    throw fail("mapping/unknown-attribute", { entity: through.name, attribute: field.step, attributes });
  }
  const Through = through.entityClass as unknown as new (values: Record<string, unknown>) => object;
  return {
    kind: "proxy",
    key,
    slot: record.slotOf(key),
    mapper: record,
    via: field.via,
    step: field.step,
    create: field.create ?? ((value) => new Through({ [field.step]: value })),
  };
}
