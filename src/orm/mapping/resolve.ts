/**
 * Makes mappers of definitions, when one is first needed; every configuration error is raised here, together.
 *
 * The steps, over all classes that are in use and those that they lead to:
 * 1. read the fields of each class and find the classes that they mention;
 * 2. make the mappers with their columns;
 * 3. add the other sides that `backref` asks for;
 * 4. find the join of each relationship (`resolve-relationship.ts`);
 * 5. tie both directions together, and find the relationships that proxies go through (`link.ts`);
 * 6. when nothing was wrong, let the definitions have their mappers.
 */
import { type DbError, fail, isDbError } from "../../foundation/errors.ts";
import { ENTITY, type EntityRef } from "../../sql/nodes.ts";
import { Proxied } from "./association-proxy.ts";
import {
  type AnyRelationship,
  DEFINITION,
  type Definition,
  definitionOf,
  type Field,
  type TargetOf,
  targetOf,
} from "./definition.ts";
import { linkBothSides, makeProxy } from "./link.ts";
import type { Attribute, EntityClass, Mapper, RelationshipAttribute } from "./mapper.ts";
import { MapperRecord } from "./mapper-record.ts";
import { Relationship } from "./relationship.ts";
import { otherSide, resolveRelationship } from "./resolve-relationship.ts";

/** Tells a mapped class from anything else. */
export function isMapped(value: unknown): value is EntityClass {
  return typeof value === "function" && DEFINITION in value;
}

/**
 * Gives the mapper of a class, of an alias of it, or of an object.
 *
 * Errors: mapping/not-mapped, and every other `mapping/…` when the class, or one that it leads to, is used for the
 * first time.
 */
export function mapperOf(entity: object): Mapper {
  const definition = definitionBehind(entity);
  if (definition === undefined) throw fail("mapping/not-mapped", { got: entity, where: "mapperOf()" });
  return definition.mapper ?? resolve(definition);
}

function definitionBehind(entity: object): Definition | undefined {
  if (typeof entity === "function") return definitionOf(entity);
  const reference = (entity as { readonly [ENTITY]?: EntityRef })[ENTITY];
  if (reference !== undefined) return (reference.mapper as MapperRecord).definition;
  return definitionOf((entity as { readonly constructor?: unknown }).constructor);
}

/** Gives a relationship by name. Errors: mapping/unknown-attribute. */
export function relationshipOf(mapper: Mapper, key: string): RelationshipAttribute {
  const attribute = mapper.attributeByKey.get(key);
  if (attribute?.kind === "relationship") return attribute;
  const attributes = mapper.relationships.map((each) => each.key);
  throw fail("mapping/unknown-attribute", { entity: mapper.name, attribute: key, attributes });
}

/** Resolves all classes of a definition's base that are in use, so that what `backref` makes is known. */
export function resolveMappers(definition: Definition): void {
  if (definition.registry.definitions.some((each) => each.mapper === undefined)) resolve(definition);
}

function resolve(asked: Definition): Mapper {
  const resolution = new Resolution();
  for (const definition of [asked, ...asked.registry.definitions]) resolution.include(definition);
  resolution.run();
  return asked.mapper as Mapper;
}

/** One run over definitions that have no mapper yet. */
class Resolution {
  readonly #records = new Map<Definition, MapperRecord>();
  readonly #relationships: { record: MapperRecord; key: string; field: AnyRelationship }[] = [];
  readonly #errors: DbError[] = [];
  readonly #undo: (() => void)[] = [];
  readonly #publish: (() => void)[] = [];

  /** Reads a class and those that it mentions. */
  include(definition: Definition): void {
    if (definition.mapper !== undefined || this.#records.has(definition)) return;
    const record = new MapperRecord(definition);
    this.#records.set(definition, record);
    for (const key of definition.keys) {
      const field = this.#attempt(() => readField(definition, key));
      if (field instanceof Relationship) this.#includeTarget(record, key, field);
    }
  }

  run(): void {
    if (this.#errors.length === 0) {
      this.#attemptAll([...this.#records.values()], (record) => record.addColumns());
    }
    if (this.#errors.length === 0) {
      this.#attemptAll(this.#relationships.slice(), (each) => this.#addOtherSide(each));
      this.#attemptAll(this.#relationships, ({ record, key, field }) => {
        this.#add(
          record,
          resolveRelationship(record, key, field, (target) => this.#recordOf(target)),
        );
      });
    }
    if (this.#errors.length === 0) {
      this.#attemptAll(this.#relationships, ({ record, key }) => {
        this.#publish.push(
          linkBothSides(record.pending(key) as RelationshipAttribute, (of) => this.#lookup(of)),
        );
      });
      this.#attemptAll([...this.#records.values()], (record) => this.#addProxies(record));
    }
    if (this.#errors.length > 0) {
      for (const undo of this.#undo) undo();
      throw this.#errors.length === 1 ? this.#errors[0] : together(this.#errors);
    }
    for (const publish of this.#publish) publish();
    for (const [definition, record] of this.#records) {
      record.settle();
      definition.mapper = record;
    }
  }

  #includeTarget(record: MapperRecord, key: string, field: AnyRelationship): void {
    const target = targetOf(field.target)?.definition;
    if (target === undefined) {
      this.#attempt(() => {
        throw fail("mapping/unknown-target", { entity: record.name, relationship: key, got: field.target });
      });
      return;
    }
    this.#relationships.push({ record, key, field });
    this.include(target);
  }

  #addOtherSide({ record, key, field }: { record: MapperRecord; key: string; field: AnyRelationship }): void {
    const other = otherSide(record.definition, key, field);
    if (other === undefined) return;
    const target = this.#recordOf((targetOf(field.target) as TargetOf).definition);
    const { definition } = target;
    if (definition.keys.includes(other.key) || definition.backrefs.has(other.key)) {
      throw fail("mapping/duplicate-attribute", {
        entity: target.name,
        attribute: other.key,
        other: `by the class and by the backref of ${record.name}.${key}`,
      });
    }
    definition.backrefs.set(other.key, other.field);
    this.#undo.push(() => definition.backrefs.delete(other.key));
    this.#publish.push(() => definition.expose(other.key));
    this.#relationships.push({ record: target, key: other.key, field: other.field });
  }

  #add(record: MapperRecord, attribute: Attribute): void {
    if (record.definition.mapper === undefined) {
      record.add(attribute);
      return;
    }
    // A backref to a class that is resolved already: it gets the attribute when all is well.
    record.late.set(attribute.key, attribute);
    this.#undo.push(() => record.late.delete(attribute.key));
    this.#publish.push(() => {
      record.late.delete(attribute.key);
      record.add(attribute);
      record.settle();
    });
  }

  #addProxies(record: MapperRecord): void {
    for (const key of record.definition.keys) {
      const field = record.definition.field(key);
      if (field instanceof Proxied) record.add(makeProxy(record, key, field));
    }
  }

  #recordOf(definition: Definition): MapperRecord {
    return this.#records.get(definition) ?? (definition.mapper as MapperRecord);
  }

  #lookup(mapper: Mapper): (key: string) => Attribute | undefined {
    return (key) => (mapper as MapperRecord).pending(key);
  }

  #attemptAll<Item>(items: readonly Item[], attempt: (item: Item) => void): void {
    for (const item of items) this.#attempt(() => attempt(item));
  }

  #attempt<Value>(run: () => Value): Value | undefined {
    try {
      return run();
    } catch (error) {
      if (!isDbError(error)) throw error;
      this.#errors.push(error);
      return undefined;
    }
  }
}

function readField(definition: Definition, key: string): Field {
  try {
    return definition.field(key);
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error;
    // A class that is mentioned before its declaration was executed.
    throw fail(
      "mapping/too-early",
      { entity: definition.name, attribute: key, reason: error.message },
      { cause: error },
    );
  }
}

function together(errors: readonly DbError[]): DbError {
  return fail(
    "mapping/several",
    { messages: errors.map((error) => error.message.replaceAll(/\n\s*/g, "; ")) },
    { cause: new AggregateError(errors) },
  );
}
