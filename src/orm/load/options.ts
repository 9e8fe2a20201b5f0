/**
 * Loader options as data: which relationships and columns a statement loads, and how.
 *
 * An option is a path from a class of the statement (`User → posts → tags`) with a strategy for each step, and rules
 * about columns at its end. Options know nothing of mappers until `option-tree.ts` merges them for one statement;
 * making one therefore never configures a class. Above: `plan.ts`.
 */

import { fail } from "../../foundation/errors.ts";
import type { UnionToIntersection } from "../../foundation/type-level.ts";
import { shorten } from "../../foundation/words.ts";
import { describe, nodeOf, toColumnExpression, toCriterion } from "../../sql/coerce.ts";
import type { NoPaths, SHAPE } from "../../sql/entity.ts";
import type { ColumnNode, EntityRef, ExpressionNode } from "../../sql/nodes.ts";
import { ENTITY, NODE } from "../../sql/nodes.ts";
import type { ColumnsOf, Criterion, OwnerOf, PathsAfter, RootsOf, TABLE, Valued } from "../../sql/row.ts";
import { ProxyExpression } from "../mapping/proxy-expression.ts";
import { asQueryExpression, type QueryExpressionAttribute } from "../mapping/query-expression.ts";
import { RelationshipExpression } from "../mapping/relationship-expression.ts";

/** How one relationship is loaded, as an option says it. */
export type OptionStrategy =
  | "siblings"
  | "select"
  | "selectin"
  | "joined"
  | "subquery"
  | "immediate"
  | "raise"
  | "raiseOnSql"
  | "noload"
  | "containsEager";

/** One step of an option's path. */
export interface OptionStep {
  /** The relationship, or all of the class that have no rule of their own. */
  readonly attribute: RelationshipExpression<unknown, string, unknown> | "*";
  /** Undefined: as the mapping says. */
  readonly strategy: OptionStrategy | undefined;
  /** Further conditions on the loaded rows. */
  readonly criteria: readonly ExpressionNode[];
  /** joinedload: INNER JOIN instead of LEFT OUTER JOIN; undefined: as the mapping says. */
  readonly innerJoin: boolean | undefined;
  /** Self-referential: how many levels further the same rule holds; -1: to the end. */
  readonly recursionDepth: number | undefined;
  /** selectinload: how many keys one statement asks for. */
  readonly chunkSize: number | undefined;
  /** containsEager: the alias under which the statement joins the target. */
  readonly alias: object | undefined;
}

/** What an option says about columns of the class at the end of its path. */
export interface ColumnRule {
  readonly kind: "loadOnly" | "defer" | "undefer" | "undeferGroup" | "withExpression";
  readonly columns: readonly ColumnNode[] | "*";
  readonly group?: string | undefined;
  /** Reading what the rule leaves out is an error. */
  readonly raises?: boolean | undefined;
  readonly expression?: ExpressionRule | undefined;
}

/** What an attribute of `queryExpression` holds. */
export interface ExpressionRule {
  /** The class, or the alias of it, that the option names. */
  readonly owner: EntityRef;
  readonly key: string;
  readonly node: ExpressionNode;
}

/** A path with the strategy of each step, and perhaps a rule about columns at its end. */
export interface OptionRule {
  readonly steps: readonly OptionStep[];
  readonly columns: ColumnRule | undefined;
}

/** A relationship attribute of a class, with the types that options need. */
export type RelationshipOf<Owner, Key extends string, Target> = RelationshipExpression<Owner, Key, Target>;

/** Adds one more step to the deepest end of the paths. */
export type Deepen<Paths, Key extends string> = keyof Paths extends never
  ? { [Step in Key]: NoPaths }
  : { [Step in keyof Paths]: Deepen<Paths[Step], Key> };

/** Puts other paths at the deepest end of the paths. */
export type DeepenBy<Paths, More> = keyof Paths extends never
  ? More
  : { [Step in keyof Paths]: DeepenBy<Paths[Step], More> };

/** The paths of a step that loads, after a path that reaches so far. */
type Next<Paths, Key extends string, Reached> =
  Reaches<Key, Reached> extends true ? Deepen<Paths, Key> : Paths;

/** How far a path reaches with a step that loads. */
type Reaches<Key extends string, Reached = true> = string extends Key
  ? false
  : Reached extends boolean
    ? Reached
    : Deepen<Reached, Key>;

/** How far a path reaches with a step that may load or not. */
type Passes<Paths, Key extends string, Reached> = Reached extends false
  ? false
  : Deepen<StepsOf<Paths, Reached>, Key>;

/** The steps of a path that reaches so far. */
type StepsOf<Paths, Reached> = Reached extends true ? Paths : Reached;

/** What a step that does not load leaves unloaded, at the end of a path: see {@link PathsAfter}. */
type Unloading<Paths, Key extends string, Reached, Before> = string extends Key
  ? Before
  : UnloadingBehind<Paths, Reached, { [Step in Key]: null }, Before>;

type UnloadingBehind<Paths, Reached, Unloads, Before> = [Unloads] extends [never]
  ? Before
  : Reached extends false
    ? Before
    : Before | DeepenBy<StepsOf<Paths, Reached>, UnionToIntersection<Unloads>>;

/** The shape whose relationships may follow on a path that leads to `End`. */
type ShapeAt<End> = [End] extends [{ readonly [SHAPE]?: infer Shape }] ? NonNullable<Shape> : unknown;

/** A column of a table, read by whatever alias. */
type ColumnAt<Table> = Valued<unknown> & { readonly [TABLE]: Table };

/** An option about columns of a table; of no table, or one that the compiler does not know: of whatever class. */
type ColumnOption<Table> = [Table] extends [never]
  ? LoadOption<never, NoPaths>
  : unknown extends Table
    ? LoadOption<never, NoPaths>
    : LoadOption<ColumnsOf<Table>, NoPaths, true, ColumnsOf<Table>>;

/** Options of a joined load. */
export interface JoinedloadOptions {
  readonly innerJoin?: boolean;
}

/** Options of a load that follows the statement. */
export interface RecursiveOptions {
  /** Self-referential relationships: how many levels further to go; -1: to the end. */
  readonly recursionDepth?: number;
}

/** Options of a select-in load. */
export interface SelectinloadOptions extends RecursiveOptions {
  /** How many keys one statement asks for; default 500. */
  readonly chunkSize?: number;
}

/** Options of what leaves columns out. */
export interface DeferOptions {
  /** Reading a column that is left out is an error, instead of a statement. */
  readonly raiseload?: boolean;
}

/** Columns, and perhaps options behind them. */
type ColumnsAnd<Item, Options> = readonly Item[] | readonly [...Item[], Options];

/** Options of a raising load. */
export interface RaiseloadOptions {
  /** Only SQL raises: what the session holds already may be read. */
  readonly sqlOnly?: boolean;
}

/** Options of `containsEager`. */
export interface ContainsEagerOptions<Target = unknown> {
  /** The alias of the target that the statement joins; without it, the target's own table. */
  readonly alias?: new (
    ...args: never
  ) => Target;
}

interface StepSettings {
  readonly innerJoin?: boolean | undefined;
  readonly recursionDepth?: number | undefined;
  readonly chunkSize?: number | undefined;
  readonly alias?: object | undefined;
}

/** What is called to load in each way, and the options that it takes. */
const LOADERS: { readonly [Strategy in OptionStrategy]?: readonly [name: string, ...options: string[]] } = {
  selectin: ["selectinload", "recursionDepth", "chunkSize"],
  joined: ["joinedload", "innerJoin"],
  immediate: ["immediateload", "recursionDepth"],
  containsEager: ["containsEager", "alias"],
};

/** Errors: load/unknown-option. */
function refuseUnknown(given: object, loader: string, options: readonly string[]): void {
  for (const option of Object.keys(given)) {
    if (!options.includes(option)) throw fail("load/unknown-option", { loader, option, options });
  }
}

/** Errors: load/unknown-option, load/wrong-option. */
function checkSettings(settings: StepSettings, strategy: OptionStrategy | undefined): void {
  const [loader, ...options] = (strategy && LOADERS[strategy]) ?? ["defaultload"];
  refuseUnknown(settings, loader, options);
  const { recursionDepth, chunkSize } = settings;
  requireBoolean("innerJoin", settings.innerJoin);
  const isWhole = (value: number, least: number) => Number.isSafeInteger(value) && value >= least;
  if (recursionDepth !== undefined && !isWhole(recursionDepth, -1)) {
    const expected = "a number of levels, or -1 for all";
    throw fail("load/wrong-option", { option: "recursionDepth", expected, got: recursionDepth });
  }
  if (chunkSize !== undefined && !isWhole(chunkSize, 1)) {
    const expected = "a number of keys, at least 1";
    throw fail("load/wrong-option", { option: "chunkSize", expected, got: chunkSize });
  }
}

function requireBoolean(option: string, got: unknown): void {
  if (got !== undefined && typeof got !== "boolean")
    throw fail("load/wrong-option", { option, expected: "true or false", got });
}

function raising(options: RaiseloadOptions): OptionStrategy {
  refuseUnknown(options, "raiseload", ["sqlOnly"]);
  requireBoolean("sqlOnly", options.sqlOnly);
  return options.sqlOnly ? "raiseOnSql" : "raise";
}

const NO_SETTINGS: StepSettings = Object.freeze({});

function stepOf(
  attribute: RelationshipExpression<unknown, string, unknown> | "*",
  strategy: OptionStrategy | undefined,
  settings: StepSettings = NO_SETTINGS,
): OptionStep {
  if (attribute !== "*" && !(attribute instanceof RelationshipExpression)) {
    throw notARelationship(attribute, strategy);
  }
  if (settings !== NO_SETTINGS) checkSettings(settings, strategy);
  return {
    attribute,
    strategy,
    criteria: [],
    innerJoin: settings.innerJoin,
    recursionDepth: settings.recursionDepth,
    chunkSize: settings.chunkSize,
    alias: settings.alias,
  };
}

function notARelationship(attribute: unknown, strategy: OptionStrategy | undefined) {
  const option = `a ${strategy ?? "default"} load`;
  if (attribute instanceof ProxyExpression) {
    const through = `${attribute.via.owner.name}.c.${attribute.via.key}`;
    return fail("load/not-a-relationship", {
      option,
      got: `${attribute}`,
      kind: "an association proxy",
      through,
    });
  }
  const node = nodeOf(attribute);
  return node === undefined
    ? fail("load/not-a-relationship", { option, got: shorten(attribute), kind: undefined })
    : fail("load/not-a-relationship", {
        option,
        got: describe(node),
        kind: node.kind === "column" ? "a column" : "an expression",
      });
}

/**
 * One loader option; immutable, each method gives a longer one.
 *
 * At the type level only: `Reached` is true while every step loads, so that further steps are part of the loaded paths;
 * behind a step that leaves it to the mapping, the steps so far; false behind one that does not load, or `"*"`. `End` is
 * the object that the path leads to, whose relationships and columns may follow. `Unloads` is what it leaves unloaded.
 *
 * @example select(User).options(selectinload(User.c.posts).joinedload(Post.c.tags))
 */
export class LoadOption<out Owner, out Paths, Reached = true, out End = unknown, out Unloads = never> {
  declare readonly owner: Owner;
  declare readonly paths: Paths;
  declare readonly unloads: Unloads;
  readonly steps: readonly OptionStep[];
  /** Everything said besides the path itself: rules about columns, and sub-options. */
  readonly rules: readonly OptionRule[];

  constructor(steps: readonly OptionStep[], rules: readonly OptionRule[] = []) {
    this.steps = steps;
    this.rules = rules;
  }

  #then<NextPaths, NextReached, NextEnd, NextUnloads>(
    step: OptionStep,
  ): LoadOption<Owner, NextPaths, NextReached, NextEnd, NextUnloads> {
    return new LoadOption([...this.steps, step], this.rules);
  }

  #columns(rule: ColumnRule): LoadOption<Owner, Paths, Reached, End, Unloads> {
    return new LoadOption(this.steps, [...this.rules, { steps: this.steps, columns: rule }]);
  }

  /** Loads the relationship by a second statement for all keys at once. */
  selectinload<Key extends string, Target>(
    attribute: RelationshipOf<ShapeAt<End>, Key, Target> | "*",
    options: SelectinloadOptions = {},
  ): LoadOption<Owner, Next<Paths, Key, Reached>, Reaches<Key, Reached>, Target, Unloads> {
    return this.#then(stepOf(attribute, "selectin", options));
  }

  /** Loads the relationship in the same statement, by an outer join. */
  joinedload<Key extends string, Target>(
    attribute: RelationshipOf<ShapeAt<End>, Key, Target> | "*",
    options: JoinedloadOptions = {},
  ): LoadOption<Owner, Next<Paths, Key, Reached>, Reaches<Key, Reached>, Target, Unloads> {
    return this.#then(stepOf(attribute, "joined", options));
  }

  /** Loads the relationship by a second statement that holds the first one as a subquery. */
  subqueryload<Key extends string, Target>(
    attribute: RelationshipOf<ShapeAt<End>, Key, Target> | "*",
  ): LoadOption<Owner, Next<Paths, Key, Reached>, Reaches<Key, Reached>, Target, Unloads> {
    return this.#then(stepOf(attribute, "subquery"));
  }

  /** Loads the relationship of each object by a statement of its own, at once. */
  immediateload<Key extends string, Target>(
    attribute: RelationshipOf<ShapeAt<End>, Key, Target> | "*",
    options: RecursiveOptions = {},
  ): LoadOption<Owner, Next<Paths, Key, Reached>, Reaches<Key, Reached>, Target, Unloads> {
    return this.#then(stepOf(attribute, "immediate", options));
  }

  /** Loads the relationship of one object when it is read. */
  lazyload<Key extends string, Target>(
    attribute: RelationshipOf<ShapeAt<End>, Key, Target> | "*",
  ): LoadOption<Owner, Paths, false, Target, Unloading<Paths, Key, Reached, Unloads>> {
    return this.#then(stepOf(attribute, "select"));
  }

  /** Makes reading the relationship an error. */
  raiseload<Key extends string, Target>(
    attribute: RelationshipOf<ShapeAt<End>, Key, Target> | "*",
    options: RaiseloadOptions = {},
  ): LoadOption<Owner, Paths, false, Target, Unloading<Paths, Key, Reached, Unloads>> {
    return this.#then(stepOf(attribute, raising(options)));
  }

  /** Makes the relationship look empty. */
  noload<Key extends string, Target>(
    attribute: RelationshipOf<ShapeAt<End>, Key, Target> | "*",
  ): LoadOption<Owner, Next<Paths, Key, Reached>, Reaches<Key, Reached>, Target, Unloads> {
    return this.#then(stepOf(attribute, "noload"));
  }

  /** Leaves the strategy as it is, to say something about what lies behind the relationship. */
  defaultload<Key extends string, Target>(
    attribute: RelationshipOf<ShapeAt<End>, Key, Target>,
  ): LoadOption<Owner, Paths, Passes<Paths, Key, Reached>, Target, Unloads> {
    return this.#then(stepOf(attribute, undefined));
  }

  /** Takes the relationship from joins that the statement has by itself. */
  containsEager<Key extends string, Target>(
    attribute: RelationshipOf<ShapeAt<End>, Key, Target>,
    options: ContainsEagerOptions<Target> = {},
  ): LoadOption<Owner, Next<Paths, Key, Reached>, Reaches<Key, Reached>, Target, Unloads> {
    return this.#then(stepOf(attribute, "containsEager", options));
  }

  /** Loads these columns of the class at the end of the path, and defers the others. */
  loadOnly(
    ...columns: ColumnsAnd<ColumnAt<OwnerOf<End>>, DeferOptions>
  ): LoadOption<Owner, Paths, Reached, End, Unloads> {
    return this.#columns(deferringRule("loadOnly", columns));
  }

  /** Leaves columns out until they are read; `"*"`: all but the primary key. */
  defer(
    ...columns: ColumnsAnd<ColumnAt<OwnerOf<End>> | "*", DeferOptions>
  ): LoadOption<Owner, Paths, Reached, End, Unloads> {
    return this.#columns(deferringRule("defer", columns));
  }

  /** Loads deferred columns at once; `"*"`: all of them. */
  undefer(
    ...columns: readonly (ColumnAt<OwnerOf<End>> | "*")[]
  ): LoadOption<Owner, Paths, Reached, End, Unloads> {
    return this.#columns(columnRule("undefer", columns));
  }

  /** Loads a group of deferred columns at once. */
  undeferGroup(group: string): LoadOption<Owner, Paths, Reached, End, Unloads> {
    return this.#columns({ kind: "undeferGroup", columns: [], group });
  }

  /** Computes an attribute that was declared by `queryExpression`. */
  withExpression<Value>(
    attribute: QueryExpressionAttribute<Value, OwnerOf<End>>,
    expression: Valued<NoInfer<Value>>,
  ): LoadOption<Owner, Paths, Reached, End, Unloads> {
    return this.#columns(expressionRule(attribute, expression));
  }

  /** Loads only the rows of the last relationship that meet the conditions. */
  and(...criteria: readonly Criterion[]): LoadOption<Owner, Paths, Reached, End, Unloads> {
    const last = this.steps.at(-1);
    if (last === undefined) throw fail("load/option-without-path", { method: "and()" });
    const nodes = criteria.map((criterion) => toCriterion(criterion, "and()"));
    return new LoadOption(
      [...this.steps.slice(0, -1), { ...last, criteria: [...last.criteria, ...nodes] }],
      this.rules,
    );
  }

  /** Reads the target of the last relationship under an alias. */
  of(alias: object): LoadOption<Owner, Paths, Reached, End, Unloads> {
    const last = this.steps.at(-1);
    if (last === undefined || !(ENTITY in alias)) {
      throw fail("load/option-without-path", { method: "of()" });
    }
    return new LoadOption([...this.steps.slice(0, -1), { ...last, alias }], this.rules);
  }

  /** Puts several options behind the same path. */
  options<Options extends readonly LoadOption<RootsOf<End>, unknown, unknown, unknown, unknown>[]>(
    ...options: Options
  ): LoadOption<
    Owner,
    Reached extends true ? DeepenBy<Paths, PathsAfter<End, NoPaths, Options>> : Paths,
    StepsOf<Paths, Reached>,
    End,
    UnloadingBehind<Paths, Reached, Options[number]["unloads"], Unloads>
  > {
    const added = options.flatMap((option) => {
      const { steps, rules } = asLoadOption(option);
      const own: OptionRule = { steps: [...this.steps, ...steps], columns: undefined };
      const inner = rules.map((rule) => ({ ...rule, steps: [...this.steps, ...rule.steps] }));
      return [own, ...inner];
    });
    return new LoadOption(this.steps, [...this.rules, ...added]);
  }
}

/** Tells an option of this library from anything else. Errors: load/not-an-option. */
export function asLoadOption(value: unknown): LoadOption<unknown, unknown, unknown, unknown, unknown> {
  if (value instanceof LoadOption) return value;
  throw fail("load/not-an-option", { got: value });
}

function columnRule(kind: ColumnRule["kind"], columns: readonly unknown[]): ColumnRule {
  if (columns.includes("*") && kind !== "loadOnly") return { kind, columns: "*" };
  const nodes = columns.map((column): ColumnNode => {
    const node = (column as Partial<Valued<unknown>> | null | undefined)?.[NODE];
    if (node?.kind !== "column") throw fail("load/not-a-column", { option: kind, got: column });
    return node;
  });
  return { kind, columns: nodes };
}

/** A rule that leaves columns out; options stand behind the columns. Errors: load/not-a-column, load/unknown-option, load/wrong-option. */
function deferringRule(kind: "loadOnly" | "defer", given: readonly unknown[]): ColumnRule {
  const last = given.at(-1);
  const hasOptions = typeof last === "object" && last !== null && !(NODE in last);
  const raises = hasOptions ? raisesOf(last, kind) : undefined;
  return { ...columnRule(kind, hasOptions ? given.slice(0, -1) : given), raises };
}

function raisesOf(options: DeferOptions, kind: "loadOnly" | "defer"): boolean {
  refuseUnknown(options, kind, ["raiseload"]);
  const { raiseload = false } = options;
  if (typeof raiseload === "boolean") return raiseload;
  throw fail("load/wrong-option", { option: "raiseload", expected: "true or false", got: raiseload });
}

function expressionRule(
  attribute: QueryExpressionAttribute<unknown>,
  expression: Valued<unknown>,
): ColumnRule {
  const { owner, key } = asQueryExpression(attribute);
  const node = toColumnExpression(expression, `withExpression(${owner.name}.c.${key})`);
  return { kind: "withExpression", columns: [], expression: { owner, key, node } };
}

/** The paths of an option that loads one relationship. A type does not follow `"*"`, whose key is any string. */
export type OnePath<Key extends string> = string extends Key ? NoPaths : { [Step in Key]: NoPaths };

/** What an option unloads that loads one relationship no more. */
export type Unloaded<Key extends string> = string extends Key ? never : { [Step in Key]: null };

/**
 * Loads a relationship by a second statement, for all objects of the result at once. As with the other strategies, `"*"`
 * stands for every relationship that no other option names, of all classes that the statement meets.
 *
 * @example select(User).options(selectinload(User.c.posts))
 */
export function selectinload<Owner = never, Key extends string = string, Target = unknown>(
  attribute: RelationshipOf<Owner, Key, Target> | "*",
  options: SelectinloadOptions = {},
): LoadOption<Owner, OnePath<Key>, Reaches<Key>, Target> {
  return new LoadOption([stepOf(attribute, "selectin", options)]);
}

/**
 * Loads a relationship in the same statement, by an outer join.
 *
 * @example select(Post).options(joinedload(Post.c.author, { innerJoin: true }))
 */
export function joinedload<Owner = never, Key extends string = string, Target = unknown>(
  attribute: RelationshipOf<Owner, Key, Target> | "*",
  options: JoinedloadOptions = {},
): LoadOption<Owner, OnePath<Key>, Reaches<Key>, Target> {
  return new LoadOption([stepOf(attribute, "joined", options)]);
}

/** Loads a relationship by a second statement that holds the first one as a subquery. */
export function subqueryload<Owner = never, Key extends string = string, Target = unknown>(
  attribute: RelationshipOf<Owner, Key, Target> | "*",
): LoadOption<Owner, OnePath<Key>, Reaches<Key>, Target> {
  return new LoadOption([stepOf(attribute, "subquery")]);
}

/** Loads a relationship of each object by a statement of its own, at once. */
export function immediateload<Owner = never, Key extends string = string, Target = unknown>(
  attribute: RelationshipOf<Owner, Key, Target> | "*",
  options: RecursiveOptions = {},
): LoadOption<Owner, OnePath<Key>, Reaches<Key>, Target> {
  return new LoadOption([stepOf(attribute, "immediate", options)]);
}

/** Loads a relationship of one object when it is read; `"*"`: every relationship that no other option names. */
export function lazyload<Owner = never, Key extends string = string, Target = unknown>(
  attribute: RelationshipOf<Owner, Key, Target> | "*",
): LoadOption<Owner, NoPaths, false, Target, Unloaded<Key>> {
  return new LoadOption([stepOf(attribute, "select")]);
}

/** Makes reading a relationship that is not loaded an error; `"*"`: every one that no other option names. */
export function raiseload<Owner = never, Key extends string = string, Target = unknown>(
  attribute: RelationshipOf<Owner, Key, Target> | "*",
  options: RaiseloadOptions = {},
): LoadOption<Owner, NoPaths, false, Target, Unloaded<Key>> {
  return new LoadOption([stepOf(attribute, raising(options))]);
}

/** Makes a relationship look empty. */
export function noload<Owner = never, Key extends string = string, Target = unknown>(
  attribute: RelationshipOf<Owner, Key, Target> | "*",
): LoadOption<Owner, OnePath<Key>, Reaches<Key>, Target> {
  return new LoadOption([stepOf(attribute, "noload")]);
}

/** Leaves the strategy as it is, to say something about what lies behind a relationship. */
export function defaultload<Owner, Key extends string, Target>(
  attribute: RelationshipOf<Owner, Key, Target>,
): LoadOption<Owner, NoPaths, OnePath<Key>, Target> {
  return new LoadOption([stepOf(attribute, undefined)]);
}

/**
 * Takes a relationship from joins that the statement has by itself, filtered as it filters them.
 *
 * @example select(User).join(User.c.posts).where(Post.c.title.like("o%")).options(containsEager(User.c.posts))
 */
export function containsEager<Owner, Key extends string, Target>(
  attribute: RelationshipOf<Owner, Key, Target>,
  options: ContainsEagerOptions<Target> = {},
): LoadOption<Owner, OnePath<Key>, true, Target> {
  return new LoadOption([stepOf(attribute, "containsEager", options)]);
}

/**
 * Loads only these columns and the primary key; the others when they are read, or never, with `raiseload`.
 *
 * Errors: load/not-a-column, load/wrong-option.
 *
 * @example select(User).options(loadOnly(User.c.name, User.c.email, { raiseload: true }))
 */
export function loadOnly<Table = never>(
  ...columns: ColumnsAnd<ColumnAt<Table>, DeferOptions>
): ColumnOption<Table> {
  return option().loadOnly(...columns) as ColumnOption<Table>;
}

/**
 * Leaves columns out until they are read, or for good, with `raiseload`; `"*"`: all but the primary keys, of every
 * class of the statement.
 *
 * Errors: load/not-a-column, load/wrong-option.
 *
 * @example select(User).options(defer(User.c.email, { raiseload: true }))
 */
export function defer<Table = never>(
  ...columns: ColumnsAnd<ColumnAt<Table> | "*", DeferOptions>
): ColumnOption<Table> {
  return option().defer(...columns) as ColumnOption<Table>;
}

/** Loads deferred columns at once; `"*"`: all of them, of every class of the statement. */
export function undefer<Table = never>(...columns: readonly (ColumnAt<Table> | "*")[]): ColumnOption<Table> {
  return option().undefer(...columns) as ColumnOption<Table>;
}

/** Loads a group of deferred columns at once. */
export function undeferGroup(group: string): LoadOption<never, NoPaths> {
  return option().undeferGroup(group);
}

/** An option that says nothing yet. */
function option(): LoadOption<never, NoPaths> {
  return new LoadOption([]);
}

/**
 * Computes an attribute that was declared by `queryExpression`, for the objects of this statement: written over the
 * class, whatever stands for it where the attribute is loaded.
 *
 * The value stays with the object as a column's does, and is computed again when the object is. An object that the
 * session holds keeps the value that it has, unless the statement says `populateExisting`.
 * Errors: load/not-a-query-expression, sql/not-an-expression; load/unknown-path for a class that is not selected.
 *
 * @example
 * class Shelf extends Base("shelves", { id: integer().primaryKey(), rank: queryExpression<number>() }) {}
 * select(Shelf).options(withExpression(Shelf.c.rank, Shelf.c.id.mul(2)));
 */
export function withExpression<Value, Table>(
  attribute: QueryExpressionAttribute<Value, Table>,
  expression: Valued<NoInfer<Value>>,
): ColumnOption<Table> {
  return option().withExpression(attribute, expression) as ColumnOption<Table>;
}
