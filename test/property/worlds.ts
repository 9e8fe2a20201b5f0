/**
 * The schemas of the random programs: as plain plans, which the model reads, and as mapped classes built from them.
 *
 * Every class has the columns `tag` (the name of the object in the program, by which its row is recognised), `label`
 * and `size`, a list of one number, which programs change in place.
 */
import {
  declarativeBase,
  integer,
  json,
  manyToMany,
  manyToOne,
  oneToMany,
  oneToOne,
  string,
  table,
} from "../../src/entries/index.ts";
import type { MetaData } from "../../src/schema/metadata.ts";
import type { AnyBase, AnyClass, AnyColumn, AnyTable } from "../conformance/library.ts";

/** A class. */
export interface ClassPlan {
  readonly name: string;
  /** `label` is unique. */
  readonly isUnique?: boolean;
  /** It counts its updates. */
  readonly isVersioned?: boolean;
}

/** A relationship, seen from both ends. The row of `to` holds the foreign key, unless it is many-to-many. */
export interface LinkPlan {
  readonly name: string;
  readonly kind: "oneToMany" | "oneToOne" | "manyToMany";
  readonly from: string;
  readonly to: string;
  /** The attribute of `from`; without it the relationship goes one way. */
  readonly down?: string;
  /** The attribute of `to`. */
  readonly up?: string;
  /** The foreign key must have a value. */
  readonly isRequired?: boolean;
  /** The foreign key is part of the primary key. */
  readonly isKey?: boolean;
  /** The cascades of `down`. */
  readonly cascade?: "all" | "all, delete-orphan";
}

/** One schema. */
export interface WorldPlan {
  readonly name: string;
  readonly classes: readonly ClassPlan[];
  readonly links: readonly LinkPlan[];
}

/** The schemas. */
export const plans: readonly WorldPlan[] = [
  {
    name: "library",
    classes: [{ name: "Author", isUnique: true }, { name: "Book" }],
    links: [{ name: "writing", kind: "oneToMany", from: "Author", to: "Book", down: "books", up: "author" }],
  },
  {
    name: "orders",
    classes: [{ name: "Purchase" }, { name: "Item", isVersioned: true, isUnique: true }],
    links: [
      {
        ...{
          name: "content",
          kind: "oneToMany",
          from: "Purchase",
          to: "Item",
          down: "items",
          up: "purchase",
        },
        ...{ isRequired: true, cascade: "all, delete-orphan" },
      },
    ],
  },
  {
    name: "teams",
    classes: [{ name: "Team" }, { name: "Player", isVersioned: true }],
    links: [
      {
        ...{ name: "membership", kind: "oneToMany", from: "Team", to: "Player", down: "players", up: "team" },
        isRequired: true,
      },
    ],
  },
  {
    name: "accounts",
    classes: [{ name: "Account", isUnique: true }, { name: "Profile" }],
    links: [
      {
        ...{
          name: "owner",
          kind: "oneToOne",
          from: "Account",
          to: "Profile",
          down: "profile",
          up: "account",
        },
        ...{ isRequired: true, cascade: "all, delete-orphan" },
      },
    ],
  },
  {
    name: "seats",
    classes: [{ name: "Person" }, { name: "Seat", isVersioned: true }],
    links: [{ name: "seating", kind: "oneToOne", from: "Person", to: "Seat", down: "seat", up: "person" }],
  },
  {
    name: "blog",
    classes: [
      { name: "Post", isVersioned: true },
      { name: "Tag", isUnique: true },
    ],
    links: [{ name: "tagging", kind: "manyToMany", from: "Post", to: "Tag", down: "tags", up: "posts" }],
  },
  {
    name: "tree",
    classes: [{ name: "Leaf", isUnique: true }],
    links: [{ name: "growth", kind: "oneToMany", from: "Leaf", to: "Leaf", down: "children", up: "parent" }],
  },
  {
    name: "folders",
    classes: [{ name: "Folder" }],
    links: [
      {
        ...{
          name: "nesting",
          kind: "oneToMany",
          from: "Folder",
          to: "Folder",
          down: "folders",
          up: "parent",
        },
        cascade: "all, delete-orphan",
      },
    ],
  },
  {
    name: "school",
    classes: [{ name: "Student" }, { name: "Course" }, { name: "Enrollment" }],
    links: [
      {
        ...{ name: "student", kind: "oneToMany", from: "Student", to: "Enrollment" },
        ...{
          down: "enrollments",
          up: "student",
          isRequired: true,
          isKey: true,
          cascade: "all, delete-orphan",
        },
      },
      {
        ...{ name: "course", kind: "oneToMany", from: "Course", to: "Enrollment" },
        ...{ down: "enrollments", up: "course", isRequired: true, isKey: true, cascade: "all" },
      },
    ],
  },
  {
    name: "one way",
    classes: [{ name: "City" }, { name: "Street" }, { name: "Sign" }, { name: "Colour" }],
    links: [
      { name: "place", kind: "oneToMany", from: "City", to: "Street", up: "city" },
      { name: "posting", kind: "oneToMany", from: "Street", to: "Sign", down: "signs" },
      { name: "painting", kind: "manyToMany", from: "Sign", to: "Colour", down: "colours" },
    ],
  },
  {
    name: "company",
    classes: [
      { name: "Company" },
      { name: "Office" },
      { name: "Worker", isVersioned: true, isUnique: true },
      { name: "Project" },
    ],
    links: [
      {
        ...{ name: "offices", kind: "oneToMany", from: "Company", to: "Office" },
        ...{ down: "offices", up: "company", cascade: "all, delete-orphan" },
      },
      {
        ...{ name: "desks", kind: "oneToMany", from: "Office", to: "Worker" },
        ...{ down: "workers", up: "office", cascade: "all" },
      },
      { name: "work", kind: "manyToMany", from: "Worker", to: "Project", down: "projects", up: "workers" },
    ],
  },
];

/** A schema with its classes. */
export interface World {
  readonly plan: WorldPlan;
  readonly metadata: MetaData;
  classOf(name: string): AnyClass;
}

const worlds = new Map<WorldPlan, World>();

/** Builds the classes of a plan, once. */
export function worldOf(plan: WorldPlan): World {
  let world = worlds.get(plan);
  if (world === undefined) {
    world = build(plan);
    worlds.set(plan, world);
  }
  return world;
}

/** The name of the table of a class. */
export function tableOf(plan: ClassPlan): string {
  return `${plan.name.toLowerCase()}_rows`;
}

/** The attribute and column that holds the foreign key of a link. */
export function foreignKeyOf(link: LinkPlan): string {
  return `${link.name}Key`;
}

function build(plan: WorldPlan): World {
  const base = (declarativeBase as unknown as () => AnyBase)();
  const classes = new Map<string, AnyClass>();
  const classOf = (name: string) => classes.get(name) as AnyClass;
  for (const entity of plan.classes) classes.set(entity.name, buildClass(plan, entity, base, classOf));
  for (const link of plan.links) if (link.kind === "manyToMany") buildSecondary(link, base, classOf);
  return { plan, metadata: base.metadata as unknown as MetaData, classOf };
}

type ClassOf = (name: string) => AnyClass;

function buildClass(plan: WorldPlan, entity: ClassPlan, base: AnyBase, classOf: ClassOf): AnyClass {
  const own = plan.links.filter((link) => link.to === entity.name && link.kind !== "manyToMany");
  const label = string(50).nullable();
  const shape: Record<string, unknown> = {};
  if (!own.some(({ isKey }) => isKey)) shape["id"] = integer().primaryKey();
  shape["tag"] = string(50);
  shape["label"] = entity.isUnique ? label.unique() : label;
  shape["size"] = json<[number]>().nullable();
  if (entity.isVersioned) shape["version"] = integer().version();
  for (const link of own) lazily(shape, foreignKeyOf(link), () => foreignKey(link, classOf));
  for (const link of plan.links) {
    if (link.from === entity.name && link.down !== undefined)
      lazily(shape, link.down, () => downOf(link, classOf));
    if (link.to === entity.name && link.up !== undefined) lazily(shape, link.up, () => upOf(link, classOf));
  }
  const Entity = class extends base(tableOf(entity), shape) {};
  Object.defineProperty(Entity, "name", { value: entity.name });
  return Entity;
}

function lazily(shape: object, key: string, get: () => unknown): void {
  Object.defineProperty(shape, key, { enumerable: true, configurable: true, get });
}

function foreignKey(link: LinkPlan, classOf: ClassOf): unknown {
  const plain = integer() as unknown as AnyColumn;
  let column = plain.references(classOf(link.from).c["id"] as never, {});
  if (link.isKey) return column.primaryKey();
  if (link.kind === "oneToOne") column = column.unique();
  return link.isRequired ? column : column.nullable();
}

type Relate = (target: AnyClass, options: object) => unknown;

const secondaryOf = (link: LinkPlan) => `${link.name}_pairs`;

function downOf(link: LinkPlan, classOf: ClassOf): unknown {
  const options = {
    ...(link.up !== undefined && { backPopulates: link.up }),
    ...(link.cascade !== undefined && { cascade: link.cascade }),
    ...(link.kind === "manyToMany" && { secondary: secondaryOf(link) }),
  };
  return ({ oneToMany, oneToOne, manyToMany } as unknown as Record<LinkPlan["kind"], Relate>)[link.kind](
    classOf(link.to),
    options,
  );
}

function upOf(link: LinkPlan, classOf: ClassOf): unknown {
  const options = {
    ...(link.down !== undefined && { backPopulates: link.down }),
    ...(link.kind === "manyToMany" && { secondary: secondaryOf(link) }),
    ...(link.from === link.to && { remoteSide: () => classOf(link.from).c["id"] }),
  };
  const relate = { oneToMany: manyToOne, oneToOne, manyToMany } as unknown as Record<
    LinkPlan["kind"],
    Relate
  >;
  return relate[link.kind](classOf(link.from), options);
}

function buildSecondary(link: LinkPlan, base: AnyBase, classOf: ClassOf): void {
  const shape: Record<string, unknown> = {};
  const key = (target: string) =>
    (integer() as unknown as AnyColumn).references(classOf(target).c["id"] as never, {});
  lazily(shape, "leftKey", () => key(link.from).primaryKey());
  lazily(shape, "rightKey", () => key(link.to).primaryKey());
  (table as unknown as (name: string, metadata: object, shape: object) => AnyTable)(
    secondaryOf(link),
    base.metadata,
    shape,
  );
}

/** The name of the table of a many-to-many link. */
export { secondaryOf };
