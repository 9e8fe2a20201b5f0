/**
 * What the compiler knows of models: from the shape that an application writes to the type of its objects, of the
 * class-level attributes, of the constructor's argument, and of what loading makes of them. Type level only.
 *
 * Three rules keep cyclic models inferable, and cheap:
 * 1. Relationships and foreign keys are getters in the shape, so their types are resolved when they are asked for.
 * 2. What names attributes of another class uses indexed access (`Target[typeof SHAPE]`), never a conditional type
 *    over the class.
 * 3. No constraint says what a class's constructor returns, and no mapped type filters its keys by their values:
 *    both would resolve every getter at once.
 */
import type { Column } from "../../schema/column.ts";
import type { Table } from "../../schema/table.ts";
import type { Delete } from "../../sql/delete.ts";
import type { InstanceOf, MappedClass, NoPaths, SHAPE } from "../../sql/entity.ts";
import type { ColumnExpression } from "../../sql/expression.ts";
import type { Insert } from "../../sql/insert.ts";
import type { ENTITY, EntityRef, SOURCE } from "../../sql/nodes.ts";
import type {
  AnyRow,
  Criterion,
  FilterBy,
  OWNER,
  OwnerOf,
  PathsFrom,
  QueryValues,
  Replaced,
} from "../../sql/row.ts";
import type { Select } from "../../sql/select.ts";
import type { OrderItem } from "../../sql/set-operation.ts";
import type { Update } from "../../sql/update.ts";
import type { Plain } from "../../types/number.ts";
import type { Proxied } from "./association-proxy.ts";
import type { ProxyExpression } from "./proxy-expression.ts";
import type { QueryExpression, QueryExpressionAttribute } from "./query-expression.ts";
import type { OwnCollection, Relationship } from "./relationship.ts";
import type { RelationshipExpression } from "./relationship-expression.ts";

export type { InstanceOf, MappedClass } from "../../sql/entity.ts";

// ---------------------------------------------------------------- attributes of an object

/**
 * A collection that is loaded: an array that keeps the other end of its relationship in step. `Added` is what it takes
 * besides what it gives: objects of which nothing more is loaded.
 *
 * @example
 * const draft = new Post({ title: "Draft" });
 * user.posts.push(draft);
 * user.posts.remove?.(draft);
 */
export interface Collection<Item, Added = Item> extends Array<Item> {
  push(...members: (Item | Added)[]): number;
  unshift(...members: (Item | Added)[]): number;
  splice(start: number, deleteCount?: number): Item[];
  splice(start: number, deleteCount: number, ...members: (Item | Added)[]): Item[];
  includes(member: Item | Added, from?: number): boolean;
  indexOf(member: Item | Added, from?: number): number;
  /**
   * Takes a member out. Every collection has it; the type says "perhaps", because a plain array, which has not, may be
   * assigned to the attribute, and a mapped type cannot let an attribute take more than it gives.
   */
  remove?(member: Item | Added): void;
}

/** The same for a collection that is a Set. */
export interface SetCollection<Item, Added = Item> extends Set<Item> {
  add(member: Item | Added): this;
  has(member: Item | Added): boolean;
  delete(member: Item | Added): boolean;
}

/** The same for a collection that is a Map. */
export interface MapCollection<Item, Added = Item> extends Map<unknown, Item> {
  set(key: unknown, member: Item | Added): this;
}

/**
 * A collection that may not be loaded. It can be changed at once; to read it, await it.
 *
 * @example (await user.posts).length
 */
export interface Pending<Item> extends PromiseLike<Collection<Item, Item>> {
  push(...items: Item[]): number;
  remove(item: Item): void;
}

/** The same for a collection that is a Set. */
export interface PendingSet<Item> extends PromiseLike<Set<Item>> {
  add(item: Item): unknown;
  delete(item: Item): boolean;
}

/** The same for a collection that is a Map. */
export interface PendingMap<Item> extends PromiseLike<Map<unknown, Item>> {
  set(key: unknown, item: Item): unknown;
  remove(item: Item): void;
}

/** The same for a collection of the application's class. */
export interface PendingCollection<Value, Item> extends PromiseLike<Value> {
  add(item: Item): void;
  remove(item: Item): void;
}

/**
 * A collection that is never loaded (`lazy: "writeOnly"`): it takes members, and makes the statements that read them, as
 * in `session.scalars(account.entries.select().limit(10))`.
 */
export interface WriteOnlyCollection<Item> {
  /** Adds members; the next flush writes them. */
  add(...members: Item[]): void;
  /** Adds members; the next flush writes them. */
  addAll(members: Iterable<Item>): void;
  /** Takes a member out; the next flush writes it. */
  remove(member: Item): void;
  /** Selects the members, in the order of the relationship. Errors: session/not-persistent, load/detached. */
  select(): Select<Item, NoPaths, Item, never>;
  /** Inserts rows that belong to the object. Errors: relationship/no-insert for a many-to-many. */
  insert(...rows: Partial<ValuesOf<Item>>[]): Insert<ClassOf<Item>>;
  /** Updates the members' rows. */
  update(): Update<ClassOf<Item>>;
  /** Deletes the members' rows. */
  delete(): Delete<ClassOf<Item>>;
}

/** What statements on a collection take: its members' class, as far as the compiler knows it from the members. */
type ClassOf<Item> = MappedClass & { readonly [SHAPE]: ShapeOf<Item> };

/** The columns of an object by name. */
type ValuesOf<Item> = InitialValues<ShapeOf<Item>>;

/** The questions that a dynamic collection passes on to `session.query`; `Answer` is what each gives. */
export interface MembersQuery<Item, IsSync extends boolean> {
  filter(...criteria: readonly Criterion[]): MembersQuery<Item, IsSync>;
  filterBy(values: FilterBy<Item>): MembersQuery<Item, IsSync>;
  orderBy(...items: readonly OrderItem[]): MembersQuery<Item, IsSync>;
  /** All members that are left. */
  all(): Answer<Item[], IsSync>;
  /** The first member, or null. */
  first(): Answer<Item | null, IsSync>;
  /** How many there are. */
  count(): Answer<number, IsSync>;
}

type Answer<Value, IsSync extends boolean> = IsSync extends true ? Value : Promise<Value>;

/** A collection that reads as a query (`lazy: "dynamic"`). */
export interface DynamicCollection<Item, IsSync extends boolean = false>
  extends WriteOnlyCollection<Item>,
    MembersQuery<Item, IsSync> {
  /** `session.query(…)` on the members. */
  query(): MembersQuery<Item, IsSync>;
  [Symbol.asyncIterator](): AsyncIterator<Item>;
}

// Written out, for the compiler takes `Collection<Item>` for another type than the one that Pending gives.
/** A collection, loaded or not: `await` gives it either way. */
export type LazyMany<Item> = Collection<Item, Item> | Pending<Item>;
/** A Set, loaded or not. */
export type LazySet<Item> = Set<Item> | PendingSet<Item>;
/** A Map, loaded or not. */
export type LazyMap<Item> = Map<unknown, Item> | PendingMap<Item>;
/** A collection of the application's class, loaded or not. */
export type LazyCollection<Value, Item> = Value | PendingCollection<Value, Item>;
/** A related object, loaded or not: `await` gives it either way. */
export type LazyOne<Item> = Item | null | PromiseLike<Item | null>;

/** What an association proxy shows of each object behind it. */
export type ProxiedItem<Field> =
  Field extends Column<infer Value, any>
    ? Plain<Value>
    : Field extends Relationship<"one", infer Target>
      ? InstanceOf<Target>
      : Field extends Relationship<any, infer Target>
        ? InstanceOf<Target>[]
        : never;

/** One of what an association proxy shows in all. */
type ProxiedMember<Field> =
  Field extends Relationship<any, infer Target>
    ? InstanceOf<Target>
    : Field extends Column<infer Value, any>
      ? Plain<Value>
      : Field extends Proxied<infer Step, any>
        ? ProxiedMember<Step>
        : never;

/** The relationship that a proxy goes through, as its own class declares it. */
type ViaField<Shape, Via> = Shape[Via & keyof Shape];

type ProxyValue<Field, ViaRelationship> =
  ViaRelationship extends Relationship<"one", any>
    ? LazyOne<ProxiedItem<Field>>
    : LazyMany<ProxiedItem<Field>>;

/** The type of one attribute of an object. */
export type FieldValue<Field, Shape> =
  Field extends Column<infer Value, any>
    ? Plain<Value>
    : Field extends Relationship<"many", infer Target>
      ? LazyMany<InstanceOf<Target>>
      : Field extends Relationship<"one", infer Target>
        ? LazyOne<InstanceOf<Target>>
        : Field extends Relationship<"set", infer Target>
          ? LazySet<InstanceOf<Target>>
          : Field extends Relationship<"map", infer Target>
            ? LazyMap<InstanceOf<Target>>
            : Field extends Relationship<"writeOnly", infer Target>
              ? WriteOnlyCollection<InstanceOf<Target>>
              : Field extends Relationship<"dynamic", infer Target>
                ? DynamicCollection<InstanceOf<Target>>
                : Field extends Relationship<OwnCollection<infer Value>, infer Target>
                  ? LazyCollection<Value, InstanceOf<Target>>
                  : Field extends Proxied<infer Step, infer Via>
                    ? ProxyValue<Step, ViaField<Shape, Via>>
                    : Field extends QueryExpression<infer Value>
                      ? Value
                      : never;

/** An object of the class with this shape. */
export type Instance<Shape, Name = unknown> = Fields<Shape, ComputedKey<Shape, keyof Shape>> & {
  readonly [SHAPE]?: Shape;
  readonly [OWNER]?: Name;
};

/** The attributes of an object, of which a few are only read. */
type Fields<Shape, Computed extends keyof Shape> = [Computed] extends [never]
  ? { -readonly [Key in keyof Shape]: FieldValue<Shape[Key], Shape> }
  : Settable<Shape, Exclude<keyof Shape, Computed>> & ReadOnly<Shape, Computed>;

type Settable<Shape, Keys extends keyof Shape> = {
  -readonly [Key in Keys]: FieldValue<Shape[Key], Shape>;
};
type ReadOnly<Shape, Keys extends keyof Shape> = { readonly [Key in Keys]: FieldValue<Shape[Key], Shape> };

/**
 * The query expressions among these keys, as far as they are no getters: those must not be resolved here (rule 3), so
 * that one with a default is refused at run time only. A shape's getters are told by being readonly.
 */
type ComputedKey<Shape, Key extends keyof Shape> = Key extends unknown
  ? Exactly<Marked<Shape, Key>> extends Exactly<Record<Key, 0>>
    ? Shape[Key] extends QueryExpression<unknown>
      ? Key
      : never
    : never
  : never;

/** A key with the modifiers that the shape gives it, and nothing of its type. */
type Marked<Shape, Keys extends keyof Shape> = { [Key in Keys]: 0 };

/** Extends another one only where both types are identical, modifiers included. */
interface Exactly<Type> {
  readonly probe: <Probe extends Type>(probe: Probe) => Probe;
}

// ---------------------------------------------------------------- the constructor's argument

type InitialProxy<Field, ViaRelationship> =
  ViaRelationship extends Relationship<"one", any>
    ? ProxiedItem<Field> | null
    : readonly ProxiedItem<Field>[];

/** What the constructor takes for one attribute. */
export type InitialValue<Field, Shape> =
  Field extends Column<infer Value, any>
    ? Plain<Value>
    : Field extends Relationship<"many", infer Target>
      ? readonly InstanceOf<Target>[]
      : Field extends Relationship<"one", infer Target>
        ? InstanceOf<Target> | null
        : Field extends Relationship<"set", infer Target>
          ? Iterable<InstanceOf<Target>>
          : Field extends Relationship<"map", infer Target>
            ? ReadonlyMap<unknown, InstanceOf<Target>> | readonly InstanceOf<Target>[]
            : Field extends Relationship<"writeOnly" | "dynamic", infer Target>
              ? readonly InstanceOf<Target>[]
              : Field extends Relationship<OwnCollection<object>, infer Target>
                ? Iterable<InstanceOf<Target>>
                : Field extends Proxied<infer Step, infer Via>
                  ? InitialProxy<Step, ViaField<Shape, Via>>
                  : never;

/** The constructor's argument. Which columns a row must have is the database's to say, at flush. */
export type InitialValues<Shape> = { [Key in keyof Shape]?: InitialValue<Shape[Key], Shape> };

// ---------------------------------------------------------------- the class

/**
 * The class-level attributes, `User.c`: columns, relationships, proxies, query expressions. `Name` is that of the table,
 * or of an alias of it.
 */
export type Attributes<Shape, Name = unknown, Table = Name> = {
  readonly [Key in keyof Shape]: Shape[Key] extends Column<infer Value, any>
    ? ColumnExpression<Key & string, Value, Name, Table>
    : Shape[Key] extends Relationship<any, infer Target>
      ? RelationshipExpression<Shape, Key & string, InstanceOf<Target>>
      : Shape[Key] extends Proxied<infer Step, any>
        ? ProxyExpression<ProxiedMember<Step>>
        : Shape[Key] extends QueryExpression<infer Value>
          ? QueryExpressionAttribute<Value, Table>
          : never;
};

/** The static side of a mapped class, and what `new` gives. `Name` is the table's. */
export interface Mapped<Shape, Name = unknown> {
  readonly [SHAPE]: Shape;
  /** Type level only: the name of the table, to tell its columns from others. */
  readonly [OWNER]: Name;
  /** The class-level attributes, for statements. */
  readonly c: Attributes<Shape, Name>;
  readonly [SOURCE]: Table;
  readonly [ENTITY]: EntityRef;
  new (values?: InitialValues<Shape>): Instance<Shape, Name>;
}

/** A mapped class under another name in a statement. */
export interface Aliased<Class extends MappedClass & { readonly c: unknown }, Name = ""> {
  readonly [SHAPE]: Class[typeof SHAPE];
  /** Type level only: the name of the alias. */
  readonly [OWNER]: Name;
  readonly c: Attributes<Class[typeof SHAPE], Name, OwnerOf<InstanceOf<Class>>>;
  readonly [ENTITY]: EntityRef;
  /** Type level only: an alias makes no objects, it stands for those of its class. */
  new (...args: never): InstanceOf<Class>;
}

// ---------------------------------------------------------------- load state

/** The shape of an object's class. */
export type ShapeOf<Entity> = Entity extends { readonly [SHAPE]?: infer Shape } ? NonNullable<Shape> : never;

type LoadedField<Field, Below> =
  Field extends Relationship<"many", infer Target>
    ? Collection<LoadedOrPlain<InstanceOf<Target>, Below>, InstanceOf<Target>>
    : Field extends Relationship<"one", infer Target>
      ? LoadedOrPlain<InstanceOf<Target>, Below> | null
      : Field extends Relationship<"set", infer Target>
        ? SetCollection<LoadedOrPlain<InstanceOf<Target>, Below>, InstanceOf<Target>>
        : Field extends Relationship<"map", infer Target>
          ? MapCollection<LoadedOrPlain<InstanceOf<Target>, Below>, InstanceOf<Target>>
          : Field extends Relationship<OwnCollection<infer Value>, any>
            ? Value
            : never;

/** A proxy is loaded where the relationship that it goes through is, and, if it shows a relationship, that one behind it. */
type LoadedProxy<Field, Shape, Paths, Plain> =
  Field extends Proxied<infer Shown, infer Via, infer Step>
    ? Via extends keyof Paths
      ? Shown extends Column<any, any>
        ? LoadedProxyOf<ProxiedItem<Shown>, ViaField<Shape, Via>>
        : Shown extends Relationship<"one", infer Target>
          ? Step extends keyof Paths[Via]
            ? LoadedProxyOf<
                LoadedOrPlain<InstanceOf<Target>, Paths[Via][Step]>,
                ViaField<Shape, Via>,
                InstanceOf<Target>
              >
            : Plain
          : Plain
      : Plain
    : Plain;

type LoadedProxyOf<Item, ViaRelationship, Added = Item> =
  ViaRelationship extends Relationship<"one", any> ? Item | null : Collection<Item, Added>;

/**
 * An object whose relationships in `Paths` are loaded, and so are read without waiting, with the association proxies
 * that go along them.
 *
 * @example Loaded<User, { posts: { tags: {} } }>
 */
export type Loaded<Entity, Paths> = {
  [Key in keyof Entity]: Key extends keyof ShapeOf<Entity>
    ? Key extends keyof Paths
      ? LoadedField<ShapeOf<Entity>[Key], Paths[Key]>
      : LoadedProxy<ShapeOf<Entity>[Key], ShapeOf<Entity>, Paths, Entity[Key]>
    : Entity[Key];
};

/** {@link Loaded}, or the plain type where nothing was asked to be loaded. */
export type LoadedOrPlain<Entity, Paths> = keyof Paths extends never ? Entity : Loaded<Entity, Paths>;

/** What a statement's item is once its options are followed: the object, or each object of the row, with what is loaded. */
export type LoadedItem<Item, Paths> = keyof Paths extends never
  ? Item
  : Item extends AnyRow
    ? Replaced<Item, LoadedValues<QueryValues<Item>, Paths>>
    : Item extends null
      ? null
      : Loaded<Item, Paths>;

type LoadedValues<Values extends readonly unknown[], Paths> = {
  [Index in keyof Values]: LoadedValue<Plain<Values[Index]>, Paths>;
};

type LoadedValue<Value, Paths> = Value extends { readonly [SHAPE]?: infer Shape }
  ? unknown extends Shape
    ? Value
    : LoadedOrPlain<Value, PathsFrom<NonNullable<Shape>, Paths>>
  : Value;

type LiveProxy<Field, ViaRelationship> =
  ViaRelationship extends Relationship<"one", any>
    ? LiveStep<Field> | null
    : Collection<LiveStep<Field>, ProxiedItem<Field>>;

type LiveStep<Field> =
  Field extends Relationship<"one", infer Target> ? Live<InstanceOf<Target>> : ProxiedItem<Field>;

/** A collection of a synchronous session's object. Its members are live; what is added need not be. */
export type LiveMany<Item> = Collection<Live<Item>, Item>;

type LiveField<Field, Shape, Plain> =
  Field extends Column<any, any>
    ? Plain
    : Field extends Relationship<"many", infer Target>
      ? LiveMany<InstanceOf<Target>>
      : Field extends Relationship<"one", infer Target>
        ? Live<InstanceOf<Target>> | null
        : Field extends Relationship<"set", infer Target>
          ? SetCollection<Live<InstanceOf<Target>>, InstanceOf<Target>>
          : Field extends Relationship<"map", infer Target>
            ? MapCollection<Live<InstanceOf<Target>>, InstanceOf<Target>>
            : Field extends Relationship<"dynamic", infer Target>
              ? DynamicCollection<Live<InstanceOf<Target>>, true> & Iterable<Live<InstanceOf<Target>>>
              : Field extends Relationship<OwnCollection<infer Value>, any>
                ? Value
                : Field extends Proxied<infer Step, infer Via>
                  ? LiveProxy<Step, ViaField<Shape, Via>>
                  : Plain;

/** An object of a synchronous session: every relationship is read at once, and loads when it is read. */
export type Live<Entity> =
  ShapeOf<Entity> extends infer Shape
    ? {
        [Key in keyof Entity]: Key extends keyof Shape
          ? LiveField<Shape[Key], Shape, Entity[Key]>
          : Entity[Key];
      }
    : never;

/** An item of a synchronous result: objects read their relationships at once, values are as they are. */
export type LiveItem<Item> = Item extends { readonly [SHAPE]?: unknown }
  ? unknown extends Item
    ? Item
    : Live<Item>
  : Item;

/** A row of a synchronous result. */
export type LiveRow<Row> = Row extends AnyRow
  ? Replaced<Row, LiveValues<QueryValues<Row>>>
  : Row extends readonly [infer Only]
    ? [LiveItem<Only>]
    : Row;

type LiveValues<Values extends readonly unknown[]> = {
  [Index in keyof Values]: LiveItem<Plain<Values[Index]>>;
};
