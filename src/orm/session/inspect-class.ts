/**
 * What the library knows about a mapped class: for tools, and for what an application keeps in `info`.
 */
import type { Attribute, Mapper, RelationshipAttribute } from "../mapping/mapper.ts";

/** What is known about one relationship of a class. */
export interface RelationshipInspection {
  readonly name: string;
  readonly direction: "oneToMany" | "manyToOne" | "manyToMany";
  readonly target: string;
  readonly isCollection: boolean;
  /** The table in the middle of a many-to-many. */
  readonly secondary: string | null;
  /** The attributes that are its other direction. */
  readonly reverse: readonly string[];
  readonly cascade: readonly string[];
  readonly lazy: string;
  readonly info: Readonly<Record<string, unknown>>;
  readonly doc: string | null;
}

/** What is known about a mapped class. */
export interface ClassInspection {
  readonly name: string;
  readonly table: string;
  /** The names of all attributes, in declared order. */
  readonly attributes: readonly string[];
  /** The names of those that are columns. */
  readonly columns: readonly string[];
  readonly primaryKey: readonly string[];
  readonly relationships: readonly RelationshipInspection[];
}

/** Describes a class. */
export function inspectClass(mapper: Mapper): ClassInspection {
  return {
    name: mapper.name,
    table: mapper.table.name,
    attributes: keysOf(mapper.attributes),
    columns: keysOf(mapper.columns),
    primaryKey: keysOf(mapper.primaryKey),
    relationships: mapper.relationships.map(inspectRelationship),
  };
}

function keysOf(attributes: readonly Attribute[]): readonly string[] {
  return attributes.map(({ key }) => key);
}

function inspectRelationship(relationship: RelationshipAttribute): RelationshipInspection {
  const { key, direction, target, isCollection, secondary, reverse, cascades, lazy, info, doc } =
    relationship;
  return {
    name: key,
    direction,
    target: target.name,
    isCollection,
    secondary: secondary?.name ?? null,
    reverse: reverse.map((other) => `${other.mapper.name}.${other.key}`),
    cascade: [...cascades],
    lazy,
    info,
    doc: doc ?? null,
  };
}
