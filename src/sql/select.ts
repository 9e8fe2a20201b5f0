/**
 * `select(…)`: the immutable builder of SELECT statements.
 *
 * Every method gives a new builder over a new node; `.node` is the plain data that the compiler reads, beside it
 * stand the options that only the ORM and the engine read. Neighbours: `joins.ts` finds what a join is made along,
 * `set-operation.ts` has what all queries can do.
 */
import { fail } from "../foundation/errors.ts";
import { blankSelect } from "./blank-select.ts";
import {
  refuseUnknownOptions,
  sourceOf,
  toColumnExpression,
  toCriterion,
  toItems,
  toSource,
} from "./coerce.ts";
import type { Cte } from "./cte.ts";
import type { InstanceOf, LoadOption, MappedClass, NoPaths, Shaped, SourceLike } from "./entity.ts";
import { type FilterTarget, filterCriteria } from "./filter-by.ts";
import type { Joinable } from "./join-path.ts";
import { type JoinOn, type JoinOptions, joined } from "./joins.ts";
import { type EntityRef, type ExpressionNode, type SelectNode, SOURCE } from "./nodes.ts";
import type {
  AddedRow,
  Criterion,
  FilterBy,
  GoneAfter,
  PathsAfter,
  RootsOf,
  RowOf,
  SelectItem,
  TableRow,
  Valued,
  WithMissing,
} from "./row.ts";
import { appended, type Beside, type OrderItem, Query, rowCount } from "./set-operation.ts";

/** What `join` takes: a table, alias, subquery or class, or a relationship attribute. */
export type JoinTarget = Shaped | SourceLike | Joinable;

/** What `filterBy` speaks of after `target` was joined or selected: itself, or the object that a relationship leads to. */
export type SubjectOf<Target> = Target extends Shaped
  ? Target
  : Target extends { readonly targetType: infer Related }
    ? Related
    : unknown;

/** How rows are locked: FOR UPDATE and its weaker forms. */
export interface LockOptions {
  /** FOR SHARE instead of FOR UPDATE. */
  readonly read?: boolean;
  /** FOR KEY SHARE with `read`, FOR NO KEY UPDATE without. */
  readonly keyShare?: boolean;
  /** Fails at once where a row is locked by someone else. */
  readonly nowait?: boolean;
  /** Leaves out rows that are locked by someone else. */
  readonly skipLocked?: boolean;
  /** Locks rows of these only. */
  readonly of?: Shaped | readonly Shaped[];
}

const LOCK_OPTIONS: readonly string[] = [
  "read",
  "keyShare",
  "nowait",
  "skipLocked",
  "of",
] satisfies (keyof LockOptions)[];

/**
 * A SELECT that gives `Item`s, with relationships loaded along `Paths`; `filterBy` speaks of `Subject`, and of the tables
 * in `Gone` an outer join may find no row.
 */
// Methods read `Subject` and `Gone` from `this`: so a variable takes the statement with another join, too.
export class Select<out Item, out Paths = NoPaths, Subject = unknown, Gone = string> extends Query<
  Item,
  SelectNode
> {
  /** Known to the types only. */
  declare readonly paths: Paths;
  /** What `filterBy` speaks of: what was joined last, else the first item. */
  readonly #filterTarget: FilterTarget | undefined;

  constructor(node: SelectNode, beside?: Beside, filterTarget?: FilterTarget) {
    super(node, beside);
    this.#filterTarget = filterTarget;
  }

  // -------------------------------------------------------------- columns

  /** Selects these items instead. */
  columns<Items extends readonly SelectItem[], Absent>(
    this: Select<unknown, unknown, unknown, Absent>,
    ...items: Items
  ): Select<WithMissing<RowOf<Items>, Absent>, Paths, Subject, Gone>;
  columns(this: Select<Item, Paths, Subject, Gone>, ...items: readonly SelectItem[]): unknown {
    return this.#with({ items: itemsOf(items, "columns()") });
  }

  /** Selects these items too. */
  addColumns<Items extends readonly SelectItem[], Absent>(
    this: Select<unknown, unknown, unknown, Absent>,
    ...items: Items
  ): Select<WithMissing<AddedRow<Item, Items>, Absent>, Paths, Subject, Gone>;
  addColumns(this: Select<Item, Paths, Subject, Gone>, ...items: readonly SelectItem[]): unknown {
    const added = itemsOf(items, "addColumns()");
    return this.#with({ items: [...this.node.items, ...added] });
  }

  /** Leaves out repeated rows; with expressions (PostgreSQL) rows that repeat these. */
  distinct(...on: readonly Valued<unknown>[]): Select<Item, Paths, Subject, Gone> {
    const expressions = on.map((item) => toColumnExpression(item, "distinct()"));
    return this.#with({ distinct: expressions.length === 0 ? true : expressions });
  }

  // -------------------------------------------------------------- from and join

  /** Names the sources of FROM, where they do not follow from the columns. */
  selectFrom<Targets extends readonly (Shaped | SourceLike)[]>(
    ...targets: Targets
  ): Select<Item, Paths, SubjectOf<Targets[0]>, Gone> {
    const from = targets.map((target) => toSource(target, "selectFrom()"));
    return this.#with({ from }, targets[0]);
  }

  /**
   * Joins a relationship (`join(User.c.posts)`), or a table or class: with a condition, or along the foreign key
   * between it and what stands in FROM.
   *
   * Errors: sql/no-foreign-key, sql/ambiguous-join when the foreign key is none or several.
   */
  join<Target extends JoinTarget, const On extends JoinOn | JoinOptions | undefined = undefined>(
    target: Target,
    on?: On,
  ): Select<
    WithMissing<Item, GoneAfter<Target, On, false>>,
    Paths,
    SubjectOf<Target>,
    Gone | GoneAfter<Target, On, false>
  > {
    return this.#joined(target, on, false);
  }

  /**
   * Joins as {@link join}, and keeps rows without a match: LEFT OUTER JOIN. What is selected of the target, its objects
   * and columns, may be null then.
   */
  outerJoin<Target extends JoinTarget, const On extends JoinOn | JoinOptions | undefined = undefined>(
    target: Target,
    on?: On,
  ): Select<
    WithMissing<Item, GoneAfter<Target, On, true>>,
    Paths,
    SubjectOf<Target>,
    Gone | GoneAfter<Target, On, true>
  > {
    return this.#joined(target, on, true);
  }

  /** Pairs every row with every row of the target: CROSS JOIN. */
  crossJoin<Target extends Shaped | SourceLike>(
    target: Target,
  ): Select<Item, Paths, SubjectOf<Target>, Gone> {
    return this.#joined(target, { cross: true }, false);
  }

  // -------------------------------------------------------------- where

  /** Keeps rows for which all conditions hold, these and those given before. */
  where(...criteria: readonly Criterion[]): Select<Item, Paths, Subject, Gone> {
    const where = criteria.map((criterion) => toCriterion(criterion, "where()"));
    return this.#with({ where: [...this.node.where, ...where] });
  }

  /** The same as {@link where}, under its name in queries. */
  filter(...criteria: readonly Criterion[]): Select<Item, Paths, Subject, Gone> {
    return this.where(...criteria);
  }

  /**
   * Keeps rows whose attributes equal the values; null asks IS NULL. Speaks of what was joined last, or else of the
   * first thing selected.
   *
   * Errors: sql/unknown-column with the nearest name.
   */
  filterBy<Filtered>(
    this: Select<unknown, unknown, Filtered>,
    values: NoInfer<FilterBy<Filtered>>,
  ): Select<Item, Paths, Subject, Gone>;
  filterBy(this: Select<Item, Paths, Subject, Gone>, values: object): Select<Item, Paths, Subject, Gone> {
    const target = this.#filterTarget ?? this.node.from[0] ?? this.node.items[0];
    return this.#with({ where: [...this.node.where, ...filterCriteria(target, values)] });
  }

  // -------------------------------------------------------------- group, order, limit

  /** Groups by expressions, or names of labels; null takes the grouping back. */
  groupBy(...items: readonly (OrderItem | null)[]): Select<Item, Paths, Subject, Gone> {
    const groupBy = appended(this.node.groupBy, items, { query: this.node, where: "groupBy()" });
    return this.#with({ groupBy });
  }

  /** Keeps groups for which the conditions hold. */
  having(...criteria: readonly Criterion[]): Select<Item, Paths, Subject, Gone> {
    const having = criteria.map((criterion) => toCriterion(criterion, "having()"));
    return this.#with({ having: [...this.node.having, ...having] });
  }

  /** Orders by expressions, or names of labels; null takes the order back. */
  orderBy(...items: readonly (OrderItem | null)[]): Select<Item, Paths, Subject, Gone> {
    const orderBy = appended(this.node.orderBy, items, { query: this.node, where: "orderBy()" });
    return this.#with({ orderBy });
  }

  /** Keeps the first rows; null takes the limit back. */
  limit(count: number | Valued<number> | null): Select<Item, Paths, Subject, Gone> {
    return this.#with({ limit: rowCount(count, "limit()") });
  }

  /** Leaves out the first rows; null takes it back. */
  offset(count: number | Valued<number> | null): Select<Item, Paths, Subject, Gone> {
    return this.#with({ offset: rowCount(count, "offset()") });
  }

  // -------------------------------------------------------------- the rest

  /** Puts common table expressions before the statement; those that it mentions are found without this. */
  with(...ctes: readonly Cte<unknown>[]): Select<Item, Paths, Subject, Gone> {
    return this.#with({ ctes: [...this.node.ctes, ...ctes.map((cte) => cte[SOURCE])] });
  }

  /** Says which sources belong to the enclosing statement; by default those that it has, too. None: none. */
  correlate(...targets: readonly (Shaped | SourceLike)[]): Select<Item, Paths, Subject, Gone> {
    return this.#with({ correlate: targets.map((target) => toSource(target, "correlate()")) });
  }

  /** Locks the rows until the transaction ends. Errors: sql/unknown-option. */
  withForUpdate(options: LockOptions = {}): Select<Item, Paths, Subject, Gone> {
    refuseUnknownOptions("withForUpdate()", options, LOCK_OPTIONS);
    const { read = false, keyShare = false, of = [] } = options;
    const targets: readonly unknown[] = Array.isArray(of) ? of : [of];
    const exclusive = keyShare ? "noKeyUpdate" : "update";
    return this.#with({
      lock: Object.freeze({
        strength: read ? (keyShare ? "keyShare" : "share") : exclusive,
        of: targets.map((target) => toSource(target, "withForUpdate({ of })")),
        wait: options.skipLocked ? "skipLocked" : options.nowait ? "nowait" : "wait",
      }),
    });
  }

  /** Says how to load relationships and columns: `options(selectinload(User.c.posts))`. */
  options<Options extends readonly LoadOption<RootsOf<Item>, unknown, unknown>[]>(
    ...options: Options
  ): Select<Item, PathsAfter<Item, Paths, Options>, Subject, Gone> {
    const loadOptions = [...this.loadOptions, ...options];
    return new Select(this.node, { loadOptions, execution: this.execution }, this.#filterTarget);
  }

  /**
   * Reads rows in portions of so many, by a cursor, and holds one portion at a time: for results that are too large to be
   * held as a whole. Iterate the result, or its `partitions()`. The same as `executionOptions({ yieldPer: count })`.
   *
   * Errors: result/wrong-size.
   *
   * @example
   * async function countUsers(session: Session): Promise<number> {
   *   let count = 0;
   *   for await (const users of session.scalars(select(User).yieldPer(500)).partitions()) count += users.length;
   *   return count;
   * }
   * await using session = new Session(engine);
   * await countUsers(session);
   */
  yieldPer(count: number): Select<Item, Paths, Subject, Gone> {
    if (!Number.isInteger(count) || count < 1) throw fail("result/wrong-size", { got: count });
    return this.executionOptions({ yieldPer: count });
  }

  /** Gives the engine or session options for this statement; an application's own can be read from `execution`. */
  executionOptions(options: Readonly<Record<string, unknown>>): Select<Item, Paths, Subject, Gone> {
    const execution = { ...this.execution, ...options };
    return new Select(this.node, { loadOptions: this.loadOptions, execution }, this.#filterTarget);
  }

  #joined<NewItem, NewSubject, NewGone>(
    target: unknown,
    on: JoinOn | JoinOptions | undefined,
    outer: boolean,
  ): Select<NewItem, Paths, NewSubject, NewGone> {
    const { node, filterTarget } = joined(this.node, { target, on, outer });
    return this.#with(node, filterTarget as FilterTarget);
  }

  #with<NewItem = Item, NewSubject = Subject, NewGone = Gone>(
    change: Partial<SelectNode>,
    filterTarget: FilterTarget | undefined = this.#filterTarget,
  ): Select<NewItem, Paths, NewSubject, NewGone> {
    const node = Object.freeze({ ...this.node, ...change });
    return new Select(node, this, filterTarget);
  }
}

function itemsOf(items: readonly unknown[], where: string): readonly (ExpressionNode | EntityRef)[] {
  return Object.freeze(items.flatMap((item) => toItems(item, where)));
}

/**
 * Makes a SELECT: of a class (its objects), of a table (all columns), or of columns, expressions and classes mixed.
 *
 * Errors: sql/not-an-expression, sql/undefined-value.
 *
 * @example select(User).where(User.c.name.eq("ann"))   // => SELECT users.id, … FROM users WHERE users.name = ?
 * @example select(User.c.name, func.count().label("n")).groupBy(User.c.name)
 */
export function select<Target extends MappedClass>(
  entity: Target,
): Select<InstanceOf<Target>, NoPaths, Target, never>;
export function select<Target extends Shaped>(
  source: Target,
): Select<TableRow<Target>, NoPaths, Target, never>;
export function select<Items extends readonly SelectItem[]>(
  ...items: Items
): Select<RowOf<Items>, NoPaths, SubjectOf<Items[0]>, never>;
export function select(...items: readonly unknown[]): Select<unknown> {
  const first = items.find((item) => sourceOf(item) !== undefined) as FilterTarget | undefined;
  const filterTarget = first !== undefined && first === items[0] ? first : undefined;
  return new Select(blankSelect(itemsOf(items, "select()")), undefined, filterTarget);
}
