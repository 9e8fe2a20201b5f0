/**
 * The rows that a statement returns. Type level only.
 *
 * `Select<Item>` knows one type, and there are two sorts of it:
 * - `select(User)`: Item is the object itself, `User`;
 * - everything else, a single column included: Item is a {@link Row}, a tuple that also has names. A Row is told
 *   from an object by the key {@link NAMES}, which no object has.
 *
 * From that follow, for any Item:
 * - `session.scalars(statement)` gives {@link ScalarOf}: the object itself, or the first value of the row
 *   (`select(User.c.name)` → `string`);
 * - `session.execute(statement)` gives {@link RowFrom}: the row itself, or `[User]` for an object.
 *
 * An entity beside columns (`select(User, func.count())`) is a value of the tuple, and has no name.
 */
import type { UnionToIntersection } from "../foundation/type-level.ts";
import type { Given, Numeric, Plain } from "../types/number.ts";
import type { VALUE } from "../types/sql-type.ts";
import type { InstanceOf, LoadOption, MappedClass, NoPaths, SHAPE } from "./entity.ts";
import type { ExpressionNode, NODE, QueryNode, StatementNode } from "./nodes.ts";

/** Carries the names of a {@link Row}; no value has it. */
declare const NAMES: unique symbol;
/** Carries the plain tuple of a {@link Row}; no value has it. */
declare const VALUES: unique symbol;
/** Carries what a {@link Row} was selected from; no value has it. */
declare const ITEMS: unique symbol;
/** Carries the item of a {@link Statement}; no value has it. */
declare const ITEM: unique symbol;
/** Carries the name of a label or column; no value has it. */
declare const NAME: unique symbol;

/** Carries the name of the table, alias or subquery that something belongs to; no value has it. */
declare const OWNER: unique symbol;

/** Carries the name of the table of a column, whatever alias the column is read from. */
declare const TABLE: unique symbol;

export type { ITEM, NAME, OWNER, TABLE };

/** Whatever has a value of this type in SQL: an expression, or a query of one column. */
export interface Valued<out Value> {
  readonly [VALUE]: Value;
  readonly [NODE]: ExpressionNode | QueryNode;
}

/** What may stand beside a value: another value, an expression, or null. */
export type Operand<Value> = Value | null | Valued<Value | null>;

/** What every number of the database compares with. */
type NumberValue = number | bigint | Numeric | null;

/** What an exact decimal compares and computes with: numbers, and strings that spell one. */
type NumericOperand = string | number | bigint | Valued<string | number | bigint | null>;

// Conditions about `Value` stand left of `extends`: the compiler can tell then that expressions are covariant.
type Takes<Value> = (value: Value) => void;

/** What an expression is ordered by: what has its type, and for a number every number of the database. */
export type Comparable<Value> =
  Takes<Value> extends Takes<number> | Takes<bigint>
    ? NonNullable<Value> | Valued<Value | NumberValue>
    : [Value] extends [Numeric | null]
      ? NumericOperand
      : NonNullable<Value> | Valued<Value | null>;

/** The same where NULL may be compared, too. */
export type Equatable<Value> = Value | null | Comparable<Value>;

/** What an expression computes with. An integer takes no plain string, as that would be a text. */
export type Computable<Value> =
  Takes<Value> extends Takes<number> | Takes<bigint>
    ? NonNullable<Value> | Valued<Value | Numeric | null>
    : [Value] extends [Numeric | null]
      ? NumericOperand
      : NonNullable<Value> | Valued<Value | null>;

/** What `Value` and `Other` compute: an exact decimal where one of them is, NULL where one of them may be. */
export type Computed<Value, Other> = Other extends { readonly [VALUE]: infer Right }
  ? ([Extract<Right, Numeric>] extends [never] ? Value : Exact<Value>) | Extract<Right, null>
  : Value;

type Exact<Value> = Value extends number | bigint ? Numeric : Value;

/** A condition of WHERE, HAVING or ON. */
export type Criterion = Valued<boolean | null>;

/** A tuple whose values can be read by name as well. */
export type Row<Values extends readonly unknown[], Names, Parts = RowParts<Values, Names, unknown>> = Values &
  Names &
  Parts;

/** What a row was made of, as statements know it, for the types that take it apart again. */
export interface RowParts<out Values, out Names, out Items> {
  readonly [VALUES]: Values;
  readonly [NAMES]: Names;
  /** What was selected: the items themselves, or the one source whose columns they are. */
  readonly [ITEMS]: Items;
}

/** What may stand in `select(…)`. */
export type SelectItem = Valued<unknown> | MappedClass;

/** The value of one item of `select(…)`. */
export type ItemValue<Item> = Item extends { readonly [VALUE]: infer Value } ? Value : InstanceOf<Item>;

type ItemName<Item> = Item extends { readonly [NAME]: infer Name extends string } ? Name : never;

/** The row with these values and names of a statement. */
type RowWith<Values extends readonly unknown[], Names, Items> = Row<
  PlainTuple<Values>,
  PlainNames<Names>,
  RowParts<Values, Names, Items>
>;

type PlainTuple<Values extends readonly unknown[]> = { [Index in keyof Values]: Plain<Values[Index]> };
type PlainNames<Names> = { [Name in keyof Names]: Plain<Names[Name]> };

type Values<Items extends readonly unknown[]> = { -readonly [Index in keyof Items]: ItemValue<Items[Index]> };
type Names<Items extends readonly unknown[]> = {
  [Item in Items[number] as ItemName<Item>]: ItemValue<Item>;
};

/** The name of the table, alias or subquery that a class, object or column belongs to; unknown for what is computed. */
export type OwnerOf<Item> = Item extends { readonly [OWNER]?: infer Owner } ? NonNullable<Owner> : unknown;

/** The row of `select(…items)`. */
export type RowOf<Items extends readonly unknown[]> = RowWith<Values<Items>, Names<Items>, Items>;

/** The row of `addColumns(…items)` after `Item`. */
export type AddedRow<Item, Items extends readonly unknown[]> = RowWith<
  [...TupleOf<Item>, ...Values<Items>],
  RowNames<Item> & Names<Items>,
  [...TupleItems<Item>, ...Items]
>;

type TupleOf<Item> = Item extends { readonly [VALUES]: infer Values extends readonly unknown[] }
  ? Values
  : [Item];

type TupleItems<Item> = Item extends { readonly [ITEMS]: infer Items extends readonly unknown[] }
  ? Items
  : [Item];

type RowNames<Item> = Item extends { readonly [NAMES]: infer Names } ? Names : unknown;

/** The value of a column of a shape. A relationship has none. */
type FieldOf<Field> = Field extends { readonly [VALUE]: infer Value } ? Value : never;

/**
 * The values of a shape's columns by attribute name. Relationships are kept as `never`: to filter them out would
 * resolve every getter of the shape at once.
 */
export type ValuedColumns<Shape> = { -readonly [Key in keyof Shape]: FieldOf<Shape[Key]> };

/** The row of all columns of a table, alias or subquery. Their order is known at run time only. */
export type TableRow<Target extends { readonly [SHAPE]: unknown }> = RowWith<
  unknown[],
  ValuedColumns<Target[typeof SHAPE]>,
  Target
>;

/** What `values({ … })` and `set({ … })` accept for a target. */
export type Assignments<Target extends { readonly [SHAPE]: unknown }> = AssignmentsOf<Target[typeof SHAPE]>;

type AssignmentsOf<Shape> = { readonly [Key in keyof Shape]?: Assigned<FieldOf<Shape[Key]>> };

type Assigned<Value> = [Value] extends [never] ? never : Given<Value> | Valued<Value | null>;

/** What a statement of one column is as a value in another statement. */
export type QueryValue<Item> = Item extends { readonly [VALUES]: infer Values }
  ? Values extends readonly [infer First, ...any[]]
    ? First
    : unknown
  : Item;

/** What `filterBy` takes where the compiler does not know what it speaks of. null asks IS NULL. */
export type FilterValues = Readonly<Record<string, NonNullable<unknown> | null>>;

/** What `filterBy({ … })` takes for a class, table, alias or object: values of its columns, objects of its relationships. */
export type FilterBy<Subject> = FilterOf<Subject extends { readonly [SHAPE]?: infer Shape } ? Shape : never>;

type FilterOf<Shape> = [Shape] extends [never]
  ? FilterValues
  : { readonly [Key in keyof Shape]?: FilterValue<Shape[Key]> };

type FilterValue<Field> = Field extends { readonly [VALUE]: infer Value }
  ? Equatable<Value>
  : Field extends { readonly kind: "relationship"; readonly target: infer Target }
    ? InstanceOf<Target> | null
    : Field extends { readonly kind: "proxy" }
      ? NonNullable<unknown> | null
      : never;

/** What one row of a statement gives `scalars()`. */
export type ScalarOf<Item> = Item extends { readonly [VALUES]: unknown }
  ? Item extends { readonly 0: infer First }
    ? First
    : unknown
  : Item;

/** What one row of a statement gives `execute()`. */
export type RowFrom<Item> = Item extends { readonly [NAMES]: unknown } ? Item : [Item];

/** The names of a statement's columns with their values, as a subquery has them. */
export type NamesOf<Item> = Item extends { readonly [NAMES]: infer Names } ? Names : EntityNames<Item>;

/** The values of an item by the names of its columns. */
export type MappingOf<Item> = PlainNames<NamesOf<Item>>;

/**
 * A row by names, as `mappings()` gives it. An object stands under the name of its class, which the compiler does not know:
 * every name that is none of a column may be one.
 */
export type Mapping<Row> = Row extends readonly unknown[]
  ? Row extends AnyRow
    ? [EntityOf<Row[number]>] extends [never]
      ? MappingOf<Row>
      : MappingOf<Row> & { readonly [entity: string]: EntityOf<Row[number]> | Extract<Row[number], null> }
    : { readonly [name: string]: Row[number] }
  : MappingOf<Row>;

type EntityOf<Value> = Value extends { readonly [SHAPE]?: infer Shape }
  ? unknown extends Shape
    ? never
    : Value
  : never;

type EntityNames<Item> = Item extends { readonly [SHAPE]?: infer Shape }
  ? ValuedColumns<NonNullable<Shape>>
  : never;

/** A statement that gives rows of `Item`; `never` when it gives none. */
export interface Statement<out Item> {
  readonly [ITEM]: Item;
  readonly node: StatementNode;
}

/** A statement that says which relationships of its objects it loads. */
export interface PathedStatement<out Item, out Paths> extends Statement<Item> {
  readonly paths: Paths;
}

// ---------------------------------------------------------------- outer joins

/** What a join target is called in a statement: the name of its table, alias or subquery; `string` where it is not known. */
type TargetOwner<Target> = Known<
  Target extends { readonly [OWNER]?: unknown }
    ? OwnerOf<Target>
    : Target extends { readonly targetType: infer Related }
      ? OwnerOf<Related>
      : Target extends { readonly c: infer Columns }
        ? OwnerOf<Columns[keyof Columns]>
        : unknown
>;

type Known<Owner> = Owner extends string ? Owner : string;

/**
 * The tables of which a join to `Target` may find no row, where `On` may say that it is an outer one: the joined one
 * after a left join, every one (`string`) after a full one.
 */
export type GoneAfter<Target, On, IsOuter> = On extends { readonly full: true }
  ? string
  : On extends { readonly outer: true }
    ? TargetOwner<Target>
    : IsOuter extends true
      ? TargetOwner<Target>
      : never;

/**
 * What a statement gives where the tables in `Gone` may have no row: their objects and columns may be null. What is
 * computed of them (`Post.c.title.concat("!")`, `func.lower(Post.c.title)`) keeps its type. Where a statement's type is
 * written without its joins, as in `Select<User>`, what is added to it may be of any table without a row.
 */
export type WithMissing<Item, Gone> = [Gone] extends [never]
  ? Item
  : Item extends RowParts<infer Values extends readonly unknown[], infer Names, infer Items>
    ? RowWith<
        { [Index in keyof Values]: Missing<Values[Index], ItemOwner<Items, Index>, Gone> },
        { [Name in keyof Names]: Missing<Names[Name], NameOwner<Items, Name>, Gone> },
        Items
      >
    : Missing<Item, OwnerOf<Item>, Gone>;

type ItemOwner<Items, Index> = Items extends readonly unknown[]
  ? OwnerOf<Items[Index & keyof Items]>
  : unknown;

type NameOwner<Items, Name> = Items extends readonly unknown[]
  ? OwnerOf<Extract<Items[number], { readonly [NAME]: Name }>>
  : TargetOwner<Items>;

type Missing<Value, Owner, Gone> = Takes<Gone> extends Takes<Owner> ? Value | null : Value;

// ---------------------------------------------------------------- what is loaded

/** The owner of an option that names columns of this table. */
export interface ColumnsOf<out Table> {
  readonly [OWNER]: Table;
  /** Columns of two tables are neither those of the one nor those of the other. */
  readonly tables: readonly Table[];
}

/** A loader option, of whatever class. */
export type AnyLoadOption = LoadOption<any, unknown, unknown>;

/** What options load behind one relationship, and whose relationship it is: a row may hold objects of several classes. */
export interface OwnedPath<out Owner, out Below> {
  readonly of: Owner;
  readonly below: Below;
}

/**
 * The paths of a statement once these options follow those that it has: the last one that names a relationship decides
 * whether it is loaded. Where their order is not known, a relationship that any of them leaves unloaded is.
 */
export type PathsAfter<Item, Paths, Options extends readonly AnyLoadOption[]> = [
  Options[number]["unloads"],
] extends [never]
  ? Paths & PathsOf<Item, Options>
  : Options extends readonly [
        infer First extends AnyLoadOption,
        ...infer Others extends readonly AnyLoadOption[],
      ]
    ? PathsAfter<Item, Without<Paths, First["unloads"]> & PathsOf<Item, [First]>, Others>
    : Without<Paths & PathsOf<Item, Options>, Options[number]["unloads"]>;

/**
 * What options add to the paths of a statement: for a row, each path says of which class it is. Nothing, where nobody
 * knows how many there are.
 */
type PathsOf<Item, Options extends readonly AnyLoadOption[]> =
  IsOneNumber<Options["length"]> extends true
    ? Item extends { readonly [NAMES]: unknown }
      ? UnionToIntersection<OwnedPaths<Options[number]>>
      : UnionToIntersection<Options[number]["paths"]>
    : unknown;

/** Whether a length is one number: not any, and not one of several. */
type IsOneNumber<Length extends number, Each = Length> = number extends Length
  ? false
  : Each extends number
    ? [Length] extends [Each]
      ? true
      : false
    : never;

/** Paths without what a union of other paths ends at; without any, where those are not known. */
type Without<Paths, Unloads> = unknown extends Unloads ? NoPaths : Cut<Paths, UnionToIntersection<Unloads>>;

/** A relationship that an option leaves unloaded is null among what it unloads. */
type Cut<Paths, Unloads> = {
  [Key in keyof Paths as Key extends keyof Unloads
    ? Unloads[Key] extends null
      ? never
      : Key
    : Key]: Key extends keyof Unloads
    ? Paths[Key] extends OwnedPath<infer Owner, infer Below>
      ? OwnedPath<Owner, Without<Below, Unloads[Key]>>
      : Without<Paths[Key], Unloads[Key]>
    : Paths[Key];
};

type OwnedPaths<Option> =
  Option extends LoadOption<infer Owner, infer Paths, unknown>
    ? { [Key in keyof Paths]: OwnedPath<Owner, Paths[Key]> }
    : never;

/** The paths that begin at a class. */
export type PathsFrom<Shape, Paths> = {
  [Key in keyof Paths as Paths[Key] extends OwnedPath<Shape, unknown>
    ? Key
    : never]: Paths[Key] extends OwnedPath<unknown, infer Below> ? Below : never;
};

/** A row with other values in place of its own, and its names. */
export type Replaced<Item, Values extends readonly unknown[]> = Row<Values, MappingOf<Item>, PartsOf<Item>>;

type PartsOf<Item> =
  Item extends RowParts<infer Values, infer Names, infer Items> ? RowParts<Values, Names, Items> : never;

/** The values of a row. */
export type QueryValues<Item> = Item extends { readonly [VALUES]: infer Values extends readonly unknown[] }
  ? Values
  : never;

/** A row with these values and names, whatever they belong to: what the other queries of a UNION give. */
export type Alike<Item> =
  Item extends RowParts<infer Values extends readonly unknown[], infer Names, infer _Items>
    ? RowWith<Values, Names, unknown>
    : Item;

/** Tells a row from an object. */
export interface AnyRow {
  readonly [NAMES]: unknown;
}

/** At what the options of a statement may begin: its classes, and columns of theirs; unknown where no class is known. */
export type RootsOf<Item> = [RootOf<ValueOfItem<Item>>] extends [never] ? unknown : RootOf<ValueOfItem<Item>>;

type ValueOfItem<Item> = Item extends { readonly [VALUES]: infer Values extends readonly unknown[] }
  ? Values[number]
  : Item;

type RootOf<Value> = Value extends { readonly [SHAPE]?: infer Shape }
  ? NonNullable<Shape> | ColumnsOf<OwnerOf<Value>>
  : never;
