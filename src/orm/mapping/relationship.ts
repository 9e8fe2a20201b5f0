/**
 * The four relationships as an application declares them. Nothing is checked or looked up here: `resolve.ts` reads
 * the definitions when the mappers are first needed.
 */
import type { InstanceOf, MappedClass, SHAPE } from "../../sql/entity.ts";
import type { Source } from "../../sql/nodes.ts";
import type { Criterion, Valued } from "../../sql/row.ts";
import type { CollectionClass } from "./collection-class.ts";
import type { CollectionKind, LoadStrategyName } from "./mapper.ts";

/** What the attribute holds: an array, one object, a Set, a Map, a collection that is never loaded, or one's own. */
export type RelationshipKind =
  | "many"
  | "one"
  | "set"
  | "map"
  | "writeOnly"
  | "dynamic"
  | OwnCollection<object>;

/** What an attribute holds whose collection is of the application's class. */
export interface OwnCollection<out Value extends object> {
  readonly value: Value;
}

/** The function that a relationship was declared with. */
export type DeclaredKind = "oneToMany" | "manyToOne" | "oneToOne" | "manyToMany";

/** A value, or a function that gives it once every class exists. */
export type Later<Value> = Value | (() => Value);

/** One column or expression, or several. */
export type OneOrMany<Item> = Item | readonly Item[];

/**
 * What is in the middle of a many-to-many: the table, its name, or a class that is mapped to it; where nothing is written,
 * also an alias, or a subquery that joins several tables.
 */
// Not `Table`: comparing two tables' columns would resolve both of them.
export type Secondary =
  | { readonly name: string; readonly columnNodes: unknown }
  | { readonly source: Source }
  | MappedClass
  | string;

/** What every relationship may be told; the words are SQLAlchemy's. */
export interface CommonOptions {
  /** Which operations on this object reach the related ones: `"all, delete-orphan"`; `""` for none. */
  readonly cascade?: string;
  /** The columns that count as the foreign key, where there are several or none. */
  readonly foreignKeys?: Later<OneOrMany<Valued<unknown>>>;
  /** The columns on the other side of the join, where a table refers to itself. */
  readonly remoteSide?: Later<OneOrMany<Valued<unknown>>>;
  /** The condition between this table and the other (or the secondary) one. */
  readonly primaryJoin?: Later<Criterion>;
  /** The condition between the secondary table and the other one. */
  readonly secondaryJoin?: Later<Criterion>;
  readonly secondary?: Later<Secondary>;
  /** The order of a collection when it is loaded. */
  readonly orderBy?: Later<OneOrMany<Valued<unknown>>>;
  /** How it is loaded when a statement says nothing. */
  readonly lazy?: LoadStrategyName;
  /** True: rows that are not loaded are left to ON DELETE; `"all"`: the loaded ones too. */
  readonly passiveDeletes?: boolean | "all";
  /** False: a changed primary key is written to the referring rows by the flush, not by ON UPDATE. */
  readonly passiveUpdates?: boolean;
  /** Writes the foreign key in a second UPDATE, for rows that refer to each other. */
  readonly postUpdate?: boolean;
  /** Only reads. */
  readonly viewonly?: boolean;
  /** An object has at most one parent by this relationship; checked. */
  readonly singleParent?: boolean;
  /** Loads the old value before it is replaced. */
  readonly activeHistory?: boolean;
  /** Joined loading may use an inner join: there always is a related row. */
  readonly innerJoin?: boolean;
  /** Relationships that may write the same columns on purpose. */
  readonly overlaps?: string;
  /** How many levels an eager load of a self-referential relationship follows. */
  readonly joinDepth?: number;
  /** False: select-in loads join the own table, also where the foreign key alone would do. */
  readonly omitJoin?: boolean;
  /** Whether a subquery load makes the keys of its subquery distinct. Default: unless the statement has a limit. */
  readonly distinctTargetKey?: boolean;
  /** A pending object loads what its foreign key refers to; else it has only what was assigned. */
  readonly loadOnPending?: boolean;
  /** False: the other direction is not kept in step in memory; it is right after the next load. */
  readonly syncBackref?: boolean;
  /** What the application wants to know of the relationship: found by `inspect(Class)`. */
  readonly info?: Readonly<Record<string, unknown>>;
  /** What it is for. */
  readonly doc?: string;
  /** Passes each added or assigned object through, or throws. */
  readonly validate?: (value: object, key: string) => object;
}

/** What the other side's attribute is told when `backref` makes it. */
export interface BackrefOptions extends CommonOptions {
  readonly collection?: CollectionKind;
}

/** A name for the other side's attribute, or the name with options: see {@link backref}. */
export type Backref = string | BackrefDefinition;

/** The options of a relationship to `Target`. */
export interface RelationshipOptions<Target extends MappedClass> extends CommonOptions {
  /** The attribute of the other class that is the other direction of this one. */
  readonly backPopulates?: keyof Target[typeof SHAPE];
  /**
   * Makes the other direction as an attribute of the other class. The compiler does not see it there: where that
   * matters, declare it in the class (`declare posts: LazyMany<Post>`) or use `backPopulates`.
   */
  readonly backref?: Backref;
}

/** The options of a relationship that holds an array. */
export interface ArrayOptions<Target extends MappedClass> extends RelationshipOptions<Target> {
  readonly lazy?: Exclude<LoadStrategyName, "writeOnly" | "dynamic">;
  readonly collection?: "array";
}

/** The options of a relationship that holds a Set. */
export interface SetOptions<Target extends MappedClass> extends RelationshipOptions<Target> {
  readonly collection: "set";
}

/** The options of a relationship that holds a Map, keyed by an attribute of its members, or by what a function makes of them. */
export interface MapOptions<Target extends MappedClass> extends RelationshipOptions<Target> {
  readonly collection: {
    readonly keyedBy: keyof Target[typeof SHAPE] | ((member: InstanceOf<Target>) => unknown);
  };
}

/** The options of a relationship that holds a class of the application: a {@link RelatedArray} or {@link RelatedSet}. */
export interface OwnCollectionOptions<Target extends MappedClass, Value extends object>
  extends RelationshipOptions<Target> {
  readonly collection: CollectionClass<Value>;
}

/** The options of a collection that is written to and never loaded: for very large ones. */
export interface WriteOnlyOptions<Target extends MappedClass> extends RelationshipOptions<Target> {
  readonly lazy: "writeOnly";
}

/** The options of a collection that reads as a query. */
export interface DynamicOptions<Target extends MappedClass> extends RelationshipOptions<Target> {
  readonly lazy: "dynamic";
}

type WithSecondary = { readonly secondary: Later<Secondary> };

/** Every option, as the definition keeps it. */
export interface DefinedOptions extends CommonOptions {
  readonly backPopulates?: string;
  readonly backref?: Backref;
  readonly collection?: CollectionKind;
}

/** A relationship as it is declared. `Kind` is what the attribute holds. */
export class Relationship<Kind extends RelationshipKind, Target> {
  /** Type level only: what the attribute holds. */
  declare readonly holds: Kind;
  readonly kind = "relationship";
  readonly declared: DeclaredKind;
  readonly target: Target;
  readonly options: DefinedOptions;

  constructor(declared: DeclaredKind, target: Target, options: DefinedOptions = {}) {
    this.declared = declared;
    this.target = target;
    this.options = options;
  }
}

/**
 * Declares a collection of objects whose rows refer to this one.
 *
 * @example get posts() { return oneToMany(Post, { backPopulates: "author", cascade: "all, delete-orphan" }); }
 */
export function oneToMany<Target extends MappedClass>(
  target: Target,
  options?: ArrayOptions<Target>,
): Relationship<"many", Target>;
export function oneToMany<Target extends MappedClass>(
  target: Target,
  options: SetOptions<Target>,
): Relationship<"set", Target>;
export function oneToMany<Target extends MappedClass>(
  target: Target,
  options: MapOptions<Target>,
): Relationship<"map", Target>;
export function oneToMany<Target extends MappedClass, Value extends object>(
  target: Target,
  options: OwnCollectionOptions<Target, Value>,
): Relationship<OwnCollection<Value>, Target>;
export function oneToMany<Target extends MappedClass>(
  target: Target,
  options: WriteOnlyOptions<Target>,
): Relationship<"writeOnly", Target>;
export function oneToMany<Target extends MappedClass>(
  target: Target,
  options: DynamicOptions<Target>,
): Relationship<"dynamic", Target>;
export function oneToMany(
  target: MappedClass,
  options?: object,
): Relationship<RelationshipKind, MappedClass> {
  return new Relationship("oneToMany", target, options);
}

/**
 * Declares the object whose key this row holds.
 *
 * @example get author() { return manyToOne(User, { backPopulates: "posts" }); }
 */
export function manyToOne<Target extends MappedClass>(
  target: Target,
  options?: RelationshipOptions<Target>,
): Relationship<"one", Target> {
  return new Relationship("manyToOne", target, options as DefinedOptions | undefined);
}

/**
 * Declares the one object on the other side, whichever of the two rows holds the key.
 *
 * @example get profile() { return oneToOne(Profile, { backPopulates: "user" }); }
 */
export function oneToOne<Target extends MappedClass>(
  target: Target,
  options?: RelationshipOptions<Target>,
): Relationship<"one", Target> {
  return new Relationship("oneToOne", target, options as DefinedOptions | undefined);
}

/**
 * Declares a collection of objects that a table in the middle pairs with this one.
 *
 * @example get tags() { return manyToMany(Tag, { secondary: postTags, backPopulates: "posts" }); }
 */
export function manyToMany<Target extends MappedClass>(
  target: Target,
  options: ArrayOptions<Target> & WithSecondary,
): Relationship<"many", Target>;
export function manyToMany<Target extends MappedClass>(
  target: Target,
  options: SetOptions<Target> & WithSecondary,
): Relationship<"set", Target>;
export function manyToMany<Target extends MappedClass>(
  target: Target,
  options: MapOptions<Target> & WithSecondary,
): Relationship<"map", Target>;
export function manyToMany<Target extends MappedClass, Value extends object>(
  target: Target,
  options: OwnCollectionOptions<Target, Value> & WithSecondary,
): Relationship<OwnCollection<Value>, Target>;
export function manyToMany<Target extends MappedClass>(
  target: Target,
  options: WriteOnlyOptions<Target> & WithSecondary,
): Relationship<"writeOnly", Target>;
export function manyToMany<Target extends MappedClass>(
  target: Target,
  options: DynamicOptions<Target> & WithSecondary,
): Relationship<"dynamic", Target>;
export function manyToMany(
  target: MappedClass,
  options?: object,
): Relationship<RelationshipKind, MappedClass> {
  return new Relationship("manyToMany", target, options);
}

/** The other side of a relationship, to be made by it. */
export class BackrefDefinition {
  readonly key: string;
  readonly options: BackrefOptions;

  constructor(key: string, options: BackrefOptions) {
    this.key = key;
    this.options = options;
  }
}

/**
 * Names the attribute that a relationship makes on the other class, with options of its own.
 *
 * @example manyToOne(User, { backref: backref("posts", { cascade: "all, delete-orphan" }) })
 */
export function backref(key: string, options: BackrefOptions = {}): BackrefDefinition {
  return new BackrefDefinition(key, options);
}
