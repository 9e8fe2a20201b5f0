/**
 * Makes the attribute of one declared relationship: checks its options, finds its join, reads its cascades.
 */
import { fail } from "../../foundation/errors.ts";
import { Table } from "../../schema/table.ts";
import { NamedSource } from "../../sql/alias.ts";
import { mentionedSources } from "../../sql/children.ts";
import { toCriterion } from "../../sql/coerce.ts";
import { type ColumnNode, type ExpressionNode, NODE, SOURCE, type Source } from "../../sql/nodes.ts";
import { parseCascade } from "./cascade.ts";
import {
  type AnyRelationship,
  type Definition,
  definitionOf,
  type TargetOf,
  targetOf,
} from "./definition.ts";
import { findJoin, isLookupByKey, type JoinFound, reversed } from "./join-condition.ts";
import { rememberOptions } from "./link.ts";
import type { CascadeName, CollectionKind, RelationshipAttribute } from "./mapper.ts";
import type { MapperRecord } from "./mapper-record.ts";
import { markOf } from "./marks.ts";
import { checkOptions } from "./options.ts";
import {
  BackrefDefinition,
  type DeclaredKind,
  type DefinedOptions,
  type Later,
  Relationship,
  type Secondary,
} from "./relationship.ts";

/** How relationships load when nobody says anything: on first read, for all objects of the same result. */

/** What a relationship is, for the functions below. */
interface Place {
  readonly entity: string;
  readonly relationship: string;
}

/** Makes the attribute of a relationship. Errors: every `mapping/…` that is about one relationship. */
export function resolveRelationship(
  record: MapperRecord,
  key: string,
  field: AnyRelationship,
  recordOf: (definition: Definition) => MapperRecord,
): RelationshipAttribute {
  const place: Place = { entity: record.name, relationship: key };
  const { options, declared } = field;
  checkOptions(record.name, key, options);
  const { definition, entity: targetEntity, isAlias } = targetOf(field.target) as TargetOf;
  const target = recordOf(definition);
  const secondary = secondaryOf(record, place, field);
  const viewonly = options.viewonly ?? false;
  if (isAlias) demandReadOnly(place, options);
  const join = findJoin({
    ...place,
    targetName: target.name,
    declared,
    own: record.table,
    target: targetEntity.source,
    secondary,
    primaryJoin: condition(options.primaryJoin, place, "primaryJoin"),
    secondaryJoin: condition(options.secondaryJoin, place, "secondaryJoin"),
    foreignKeys: columnsOf(options.foreignKeys, place, "foreignKeys"),
    remoteSide: columnsOf(options.remoteSide, place, "remoteSide"),
    viewonly,
  });
  const cascades = parseCascade(options.cascade, { ...place, viewonly });
  demandCascades(place, cascades, options, join);
  const isCollection = declared === "oneToMany" || declared === "manyToMany";
  const attribute: RelationshipAttribute = {
    kind: "relationship",
    key,
    slot: record.slotOf(key),
    mapper: record,
    target,
    targetEntity,
    ...join,
    isCollection,
    collection: collectionOf(place, options, isCollection, target),
    secondary,
    usesGet:
      !isCollection &&
      !isAlias &&
      isLookupByKey(
        join,
        target.primaryKey.map((each) => each.column),
      ),
    cascades,
    reverse: [],
    inStep: [],
    orderBy: orderOf(options, place, [targetEntity.source, secondary]),
    lazy: options.lazy ?? record.lazy,
    passiveDeletes: options.passiveDeletes ?? false,
    passiveUpdates: options.passiveUpdates ?? true,
    postUpdate: options.postUpdate ?? false,
    viewonly,
    singleParent: options.singleParent ?? false,
    activeHistory: options.activeHistory ?? false,
    innerJoin: options.innerJoin ?? false,
    selfReferential: target === record,
    joinDepth: options.joinDepth,
    omitJoin: options.omitJoin ?? true,
    distinctTargetKey: options.distinctTargetKey,
    loadOnPending: options.loadOnPending ?? false,
    info: options.info ?? {},
    doc: options.doc,
    validate: options.validate,
  };
  rememberOptions(attribute, { ...options, ...backPopulatesOf(options) });
  return attribute;
}

/** An alias may stand for fewer rows, or other ones: what is written by it would not be what is read. */
function demandReadOnly(place: Place, { viewonly, primaryJoin }: DefinedOptions): void {
  const demand = (option: string, expected: string, got: unknown) =>
    fail("mapping/option", { entity: place.entity, attribute: place.relationship, option, expected, got });
  if (viewonly !== true) throw demand("viewonly", "true with an alias or a subquery", viewonly);
  if (primaryJoin === undefined)
    throw demand("primaryJoin", "a condition, with an alias or a subquery", undefined);
}

/** A relationship with a backref points back to what the backref makes. */
function backPopulatesOf({ backref, backPopulates }: DefinedOptions): { backPopulates?: string } {
  if (backPopulates !== undefined) return { backPopulates };
  if (backref === undefined) return {};
  return { backPopulates: backref instanceof BackrefDefinition ? backref.key : backref };
}

const OPPOSITE: { readonly [Kind in DeclaredKind]: DeclaredKind } = {
  oneToMany: "manyToOne",
  manyToOne: "oneToMany",
  oneToOne: "oneToOne",
  manyToMany: "manyToMany",
};

/** Makes the other side that `backref` asks for; undefined when it does not. Errors: mapping/option. */
export function otherSide(
  owner: Definition,
  key: string,
  field: AnyRelationship,
): { readonly key: string; readonly field: AnyRelationship } | undefined {
  const { backref, backPopulates } = field.options;
  if (backref === undefined || backPopulates !== undefined) return undefined;
  if (typeof backref !== "string" && !(backref instanceof BackrefDefinition)) {
    const expected = "a name, or backref(name, options)";
    throw fail("mapping/option", {
      entity: owner.name,
      attribute: key,
      option: "backref",
      expected,
      got: backref,
    });
  }
  const other = typeof backref === "string" ? new BackrefDefinition(backref, {}) : backref;
  const place: Place = { entity: owner.name, relationship: key };
  const options: DefinedOptions = {
    ...inherited(field.options, place),
    ...other.options,
    backPopulates: key,
  };
  return { key: other.key, field: new Relationship(OPPOSITE[field.declared], owner.entityClass, options) };
}

/** What the other side takes over when it is not told otherwise: the join turned round, and how it is written. */
function inherited(options: DefinedOptions, place: Place): DefinedOptions {
  const { secondary, primaryJoin, secondaryJoin, foreignKeys, viewonly, postUpdate, passiveUpdates } =
    options;
  const turned =
    secondary !== undefined
      ? { primaryJoin: secondaryJoin, secondaryJoin: primaryJoin, secondary }
      : { primaryJoin: turnedRound(condition(primaryJoin, place, "primaryJoin")) };
  const kept = { ...turned, foreignKeys, viewonly, postUpdate, passiveUpdates };
  return Object.fromEntries(Object.entries(kept).filter(([, value]) => value !== undefined));
}

function turnedRound(node: ExpressionNode | undefined): object | undefined {
  return node === undefined ? undefined : { [NODE]: reversed(node) };
}

function now<Value>(later: Later<Value>): Value {
  // A mapped class is a function too, but no way to get one.
  return typeof later === "function" && !(SOURCE in later) ? (later as () => Value)() : (later as Value);
}

function secondaryOf(record: MapperRecord, place: Place, field: AnyRelationship): Source | undefined {
  const { secondary, secondaryJoin } = field.options;
  const given: Secondary | undefined = secondary === undefined ? undefined : now(secondary);
  if (given === undefined) {
    if (field.declared === "manyToMany" || secondaryJoin !== undefined) {
      throw fail("mapping/secondary-missing", { ...place, declared: field.declared });
    }
    return undefined;
  }
  if (given instanceof Table) return given as Table;
  const { metadata } = record.definition.registry;
  if (typeof given === "string") {
    const table = metadata.tables.get(given) ?? metadata.tables.get(`${metadata.schema}.${given}`);
    if (table !== undefined) return table;
    throw fail("mapping/unknown-secondary", { ...place, table: given, tables: [...metadata.tables.keys()] });
  }
  const definition = definitionOf(given);
  if (definition !== undefined) return definition.table;
  if (given instanceof NamedSource) {
    demandReadOnly(place, field.options);
    return given.source;
  }
  const expected = "a table, its name or a mapped class; with viewonly also an alias or a subquery";
  throw fail("mapping/option", {
    entity: place.entity,
    attribute: place.relationship,
    option: "secondary",
    expected,
    got: given,
  });
}

function condition(option: unknown, place: Place, name: string): ExpressionNode | undefined {
  if (option === undefined) return undefined;
  return toCriterion(now(option), `${place.entity}.${place.relationship} ${name}`);
}

function nodesOf(option: unknown, place: Place, name: string): ExpressionNode[] {
  if (option === undefined) return [];
  return [now(option)].flat().map((item) => {
    const isObject = typeof item === "object" && item !== null;
    if (isObject && NODE in item) return item[NODE] as ExpressionNode;
    const expected = name === "orderBy" ? "columns or other expressions" : "columns";
    throw fail("mapping/option", {
      entity: place.entity,
      attribute: place.relationship,
      option: name,
      expected,
      got: item,
    });
  });
}

function columnsOf(option: unknown, place: Place, name: string): ColumnNode[] {
  return nodesOf(option, place, name).map((node) => {
    if (node.kind === "column") return markOf(node).column;
    throw fail("mapping/option", {
      entity: place.entity,
      attribute: place.relationship,
      option: name,
      expected: "columns",
      got: `an expression of kind ${node.kind}`,
    });
  });
}

function orderOf(options: DefinedOptions, place: Place, tables: readonly unknown[]): ExpressionNode[] {
  const nodes = nodesOf(options.orderBy, place, "orderBy");
  for (const node of nodes) {
    const foreign = mentionedSources(node).find((source) => !tables.includes(source));
    if (foreign !== undefined) {
      throw fail("mapping/wrong-order-by", { ...place, got: foreign.name ?? foreign.kind });
    }
  }
  return nodes;
}

function collectionOf(
  place: Place,
  options: DefinedOptions,
  isCollection: boolean,
  target: MapperRecord,
): CollectionKind {
  const { collection = "array" } = options;
  const wrong = (expected: string) =>
    fail("mapping/option", {
      entity: place.entity,
      attribute: place.relationship,
      option: "collection",
      expected,
      got: collection,
    });
  if (options.collection !== undefined && !isCollection)
    throw wrong("a relationship that holds several objects");
  if (typeof collection === "object" && typeof collection.keyedBy === "string") {
    if (target.pending(collection.keyedBy)?.kind !== "column") {
      throw wrong(`keyedBy to name a column of ${target.name}`);
    }
  }
  return collection;
}

function demandCascades(
  place: Place,
  cascades: ReadonlySet<CascadeName>,
  options: DefinedOptions,
  join: JoinFound,
): void {
  const { direction } = join;
  if (cascades.has("delete-orphan") && options.singleParent !== true && direction !== "oneToMany") {
    const kind = direction === "manyToOne" ? "many-to-one" : "many-to-many";
    throw fail("mapping/cascade-orphan", { ...place, kind });
  }
  if (options.passiveDeletes === "all" && (cascades.has("delete") || cascades.has("delete-orphan"))) {
    throw fail("mapping/option", {
      entity: place.entity,
      attribute: place.relationship,
      option: "passiveDeletes",
      expected: '"all" without the cascades delete and delete-orphan',
      got: options.cascade,
    });
  }
}
