/**
 * What a declarative base does: `Base("users", { … })` makes a table and a class to extend.
 *
 * Nothing of the shape is read here but its keys, so that classes may mention each other whatever their order.
 * The public `declarativeBase` is a floor above; it brings the {@link Instrumentation}.
 */
import { fail } from "../../foundation/errors.ts";
import { unknownKeys } from "../../foundation/unknown-keys.ts";
import { Column } from "../../schema/column.ts";
import type { TableExtra } from "../../schema/constraints.ts";
import { MetaData } from "../../schema/metadata.ts";
import type { Naming } from "../../schema/naming.ts";
import type { TableColumns } from "../../schema/table.ts";
import { ENTITY, type EntityRef, SOURCE, type Source } from "../../sql/nodes.ts";
import { DEFINITION, Definition, type Instrumentation, Registry } from "./definition.ts";
import type { Mapped } from "./infer.ts";
import { linkAttribute } from "./link-attribute.ts";
import type { EntityClass, LaterStrategyName, Mapper } from "./mapper.ts";
import { mapperOf, resolveMappers } from "./resolve.ts";

export type { Instrumentation, Registry } from "./definition.ts";

/** Options of a declarative base. */
export interface BaseOptions {
  /** The set that the tables join; default: a new one. */
  readonly metadata?: MetaData;
  /** How columns and constraints are named when nobody names them; for a new set of tables. */
  readonly naming?: Partial<Naming>;
  /** The schema of the tables, for a new set of tables. */
  readonly schema?: string;
  /**
   * How what an object lacks is read: for all objects of its result ("siblings", the default), or for it alone ("select").
   * It holds for columns, and for relationships that name no strategy.
   */
  readonly lazy?: LaterStrategyName;
}

/**
 * Makes the class to extend for one table.
 *
 * Constraints and indexes over several columns are the third argument; where the class mentions itself, which the
 * compiler then cannot follow, they are a getter of the shape: `get indexes() { return [index("ix", Node.c.name)]; }`.
 *
 * @example class User extends Base("users", { id: integer().primaryKey(), name: string(50) }) {}
 */
export interface DeclarativeBase {
  <Shape extends object, const Name extends string>(
    tableName: Name,
    shape: Shape,
    extras?: (columns: TableColumns<Shape>) => readonly TableExtra[],
  ): Mapped<Shape, Name>;
  /** The tables of all classes. */
  readonly metadata: MetaData;
  readonly registry: Registry;
}

/** Makes a declarative base whose objects are set up by `instrumentation`. */
export function defineBase(options: BaseOptions, instrumentation: Instrumentation): DeclarativeBase {
  const { metadata = new MetaData(options), lazy = "siblings", ...rest } = options;
  const place = { entity: "declarativeBase", attribute: "options" };
  for (const option of Object.keys(rest)) {
    if (option !== "naming" && option !== "schema") {
      const known = ["metadata", "naming", "schema", "lazy"];
      throw fail("mapping/unknown-option", { ...place, option, options: known });
    }
  }
  if (lazy !== "siblings" && lazy !== "select") {
    const expected = '"siblings" or "select"';
    throw fail("mapping/option", { ...place, option: "lazy", expected, got: lazy });
  }
  const registry = new Registry(metadata, lazy);
  const base = <Shape extends object, const Name extends string>(
    tableName: Name,
    shape: Shape,
    extras?: (columns: TableColumns<Shape>) => readonly TableExtra[],
  ): Mapped<Shape, Name> => {
    if (typeof tableName !== "string" || tableName === "") {
      throw fail("mapping/no-table-name", { got: tableName });
    }
    const definition = new Definition({
      tableName,
      shape: shape as Readonly<Record<string, unknown>>,
      extras,
      registry,
      instrumentation,
    });
    return generateClass(definition) as unknown as Mapped<Shape, Name>;
  };
  return Object.assign(base, { metadata, registry });
}

function generateClass(definition: Definition): EntityClass {
  const { instrumentation, table } = definition;
  const generated = class {
    constructor(values?: Record<string, unknown>) {
      if (!definition.isMet) definition.meet(new.target);
      instrumentation.construct(this, values);
    }
  };
  Object.defineProperties(generated, {
    c: {
      get(this: EntityClass): object {
        definition.meet(this);
        return definition.attributes;
      },
    },
    [SOURCE]: {
      get(this: EntityClass): Source {
        definition.meet(this);
        return table;
      },
    },
    [ENTITY]: {
      get(this: EntityClass): EntityRef {
        definition.meet(this);
        return definition.entity;
      },
    },
    [DEFINITION]: { value: definition },
  });
  Object.defineProperty(generated, "name", { value: table.name });
  instrumentation.describeObjects(generated.prototype);
  for (const key of definition.keys) instrumentation.defineAccessor(generated.prototype, key);
  definition.generatedClass = generated;
  definition.entity = entityOf(definition);
  const attributes = classAttributes(definition);
  definition.attributes = attributes;
  definition.expose = (key) => {
    instrumentation.defineAccessor(generated.prototype, key);
    defineClassAttribute(definition, attributes, key);
  };
  return generated;
}

/** The class as an item of statements; its columns and mapper are found when a statement is compiled or run. */
function entityOf(definition: Definition): EntityRef {
  return Object.freeze({
    kind: "entity",
    source: definition.table,
    get columns() {
      return definition.table.columns;
    },
    get name() {
      return definition.name;
    },
    get mapper(): Mapper {
      return mapperOf(definition.entityClass);
    },
  });
}

/** Makes `User.c`: one lazy property per key, and an error with the nearest name for every other. */
function classAttributes(definition: Definition): object {
  const unknown = (key: string) => {
    return fail("mapping/unknown-attribute", {
      entity: definition.name,
      attribute: key,
      attributes: [...definition.keys, ...definition.backrefs.keys()],
    });
  };
  // What a backref of another class makes is known once the classes are resolved.
  const find = (key: string): unknown => {
    resolveMappers(definition);
    return definition.backrefs.has(key) ? Reflect.get(attributes, key) : undefined;
  };
  const attributes = Object.create(unknownKeys(unknown, find)) as object;
  for (const key of definition.keys) defineClassAttribute(definition, attributes, key);
  return attributes;
}

function defineClassAttribute(definition: Definition, attributes: object, key: string): void {
  Object.defineProperty(attributes, key, {
    enumerable: true,
    configurable: true,
    get: () => {
      const value = classAttribute(definition, key);
      Object.defineProperty(attributes, key, { enumerable: true, value });
      return value;
    },
  });
}

function classAttribute(definition: Definition, key: string): unknown {
  const field = definition.field(key);
  if (field instanceof Column) return (definition.table.c as Record<string, unknown>)[key];
  return linkAttribute(definition, definition.entity, key);
}
