/**
 * One mapped class as it was declared, before anything is looked up: its table, its fields, and the class itself
 * once somebody has used it.
 *
 * `declarative.ts` makes definitions, `resolve.ts` makes mappers of them.
 */
import { fail } from "../../foundation/errors.ts";
import { Column } from "../../schema/column.ts";
import type { TableExtra } from "../../schema/constraints.ts";
import type { MetaData } from "../../schema/metadata.ts";
import { Table } from "../../schema/table.ts";
import { ENTITY, type EntityRef } from "../../sql/nodes.ts";
import { Proxied } from "./association-proxy.ts";
import type { EntityClass, LaterStrategyName, Mapper } from "./mapper.ts";
import { QueryExpression } from "./query-expression.ts";
import { Relationship, type RelationshipKind } from "./relationship.ts";

/** Where a mapped class keeps its {@link Definition}. */
export const DEFINITION: unique symbol = Symbol("ormolu.definition");

/** A relationship as declared, its target not yet looked at. */
export type AnyRelationship = Relationship<RelationshipKind, unknown>;

/** Constraints and indexes that stand in the shape: for classes that mention themselves. */
export type FieldExtras = readonly TableExtra[];

/** What a shape may hold. */
export type Field =
  | Column<unknown, boolean>
  | AnyRelationship
  | Proxied<unknown, string>
  | QueryExpression<unknown>
  | FieldExtras;

/** Makes and watches the objects of mapped classes; the floor above implements it. */
export interface Instrumentation {
  /** Sets up a new object; the generated constructor calls it. */
  construct(object: object, values: Record<string, unknown> | undefined): void;
  /** Puts the accessor of an attribute on a prototype. */
  defineAccessor(prototype: object, key: string): void;
  /** Says how objects look as JSON and in logs. */
  describeObjects(prototype: object): void;
}

/** The mapped classes of one declarative base that have been used, in the order of their first use. */
export class Registry {
  readonly metadata: MetaData;
  readonly definitions: Definition[] = [];
  /** How what objects of its classes lack is read. */
  readonly lazy: LaterStrategyName;

  constructor(metadata: MetaData, lazy: LaterStrategyName) {
    this.metadata = metadata;
    this.lazy = lazy;
  }
}

/** What a definition is made of. */
export interface DefinitionParts {
  readonly tableName: string;
  readonly shape: Readonly<Record<string, unknown>>;
  readonly extras: ((columns: never) => readonly TableExtra[]) | undefined;
  readonly registry: Registry;
  readonly instrumentation: Instrumentation;
}

/** One mapped class as it was declared. */
export class Definition {
  readonly registry: Registry;
  readonly instrumentation: Instrumentation;
  readonly table: Table;
  /** The keys of the shape in order; known without running its getters. */
  readonly keys: readonly string[];
  /** The class that `Base(…)` returned. */
  generatedClass!: EntityClass;
  /** What the class is in a statement. */
  entity!: EntityRef;
  /** The class-level attributes. */
  attributes!: object;
  /** Gives the class what a `backref` made: the accessor of its objects, and the class-level attribute. */
  expose!: (key: string) => void;
  /** The mapper, once it is resolved. */
  mapper: Mapper | undefined;
  /** Relationships that others made here by `backref`. */
  readonly backrefs = new Map<string, AnyRelationship>();
  readonly #shape: Readonly<Record<string, unknown>>;
  readonly #fields = new Map<string, Field>();
  #entityClass: EntityClass | undefined;

  constructor({ tableName, shape, extras, registry, instrumentation }: DefinitionParts) {
    this.registry = registry;
    this.instrumentation = instrumentation;
    this.#shape = shape;
    this.keys = Object.keys(shape);
    const columns: Record<string, unknown> = {};
    for (const key of this.keys) {
      // The table sees the same field object, so that a getter of the shape runs once.
      Object.defineProperty(columns, key, { enumerable: true, get: () => this.#read(key) });
    }
    this.table = new Table<Record<string, unknown>>(tableName, registry.metadata, columns, {
      extras: (c) => [
        ...((extras as ((columns: object) => readonly TableExtra[]) | undefined)?.(c) ?? []),
        ...this.#extras(),
      ],
      ignores: (entry) => isLink(entry) || entry instanceof QueryExpression || isExtras(entry),
    }) as Table;
  }

  /** Runs the getter of one key, unless it has run, and of no other. */
  field(key: string): Field {
    const field = this.#read(key);
    if (field instanceof Column || isLink(field) || field instanceof QueryExpression) return field;
    if (isExtras(field)) return field;
    throw fail("schema/not-a-column", { table: this.table.name, key, got: field });
  }

  #read(key: string): unknown {
    const known = this.#fields.get(key) ?? this.backrefs.get(key);
    if (known !== undefined) return known;
    const field = this.#shape[key];
    if (field !== undefined) this.#fields.set(key, field as Field);
    return field;
  }

  #extras(): readonly TableExtra[] {
    return this.keys.flatMap((key) => {
      const entry = this.#read(key);
      return isExtras(entry) ? entry : [];
    });
  }

  /** The keys of attributes, in order; this runs all getters. */
  attributeKeys(): readonly string[] {
    return this.keys.filter((key) => !isExtras(this.field(key)));
  }

  /** The class that the application wrote, or the generated one while nobody has used it. */
  get entityClass(): EntityClass {
    return this.#entityClass ?? this.generatedClass;
  }

  /** The class's name; before its first use, that of the table. */
  get name(): string {
    return this.#entityClass?.name || this.table.name;
  }

  get isMet(): boolean {
    return this.#entityClass !== undefined;
  }

  /**
   * Learns which class the application made of the generated one: the direct subclass of it among the ancestors of
   * `used`. Errors: mapping/two-classes.
   */
  meet(used: EntityClass): void {
    if (used === this.#entityClass) return;
    let entityClass = used;
    while (entityClass !== this.generatedClass) {
      const parent = Object.getPrototypeOf(entityClass) as EntityClass;
      if (parent === this.generatedClass) break;
      entityClass = parent;
    }
    if (entityClass === this.#entityClass) return;
    if (this.#entityClass !== undefined && entityClass !== this.generatedClass) {
      throw fail("mapping/two-classes", {
        table: this.table.name,
        entity: this.#entityClass.name,
        other: entityClass.name,
      });
    }
    if (this.#entityClass !== undefined) return;
    this.#entityClass = entityClass;
    this.registry.definitions.push(this);
  }
}

function isLink(entry: unknown): entry is AnyRelationship | Proxied<unknown, string> {
  return entry instanceof Relationship || entry instanceof Proxied;
}

function isExtras(entry: unknown): entry is FieldExtras {
  return Array.isArray(entry);
}

/** What a relationship was declared to lead to. */
export interface TargetOf {
  readonly definition: Definition;
  readonly entity: EntityRef;
  /** An alias of the class, or the class over a subquery. */
  readonly isAlias: boolean;
}

/** Gives the class, and how it is read, that a relationship leads to; undefined when it is no mapped class. */
export function targetOf(target: unknown): TargetOf | undefined {
  const definition = definitionOf(target);
  if (definition !== undefined) return { definition, entity: definition.entity, isAlias: false };
  if (typeof target !== "object" || target === null) return undefined;
  const alias = target as { readonly [DEFINITION]?: Definition; readonly [ENTITY]?: EntityRef };
  const entity = alias[ENTITY];
  if (alias[DEFINITION] === undefined || entity === undefined) return undefined;
  return { definition: alias[DEFINITION], entity, isAlias: true };
}

/** Gives the definition of a mapped class, meeting the class; undefined for anything else. */
export function definitionOf(entity: unknown): Definition | undefined {
  if (typeof entity !== "function") return undefined;
  const definition = (entity as { [DEFINITION]?: Definition })[DEFINITION];
  definition?.meet(entity as unknown as EntityClass);
  return definition;
}
