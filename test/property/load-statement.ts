/** Builds the statement of a random load, and the one that tells which objects it has to give. */
import * as library from "../../src/entries/index.ts";
import type { AnyClass } from "../conformance/library.ts";
import { type GraphModels, planOf } from "./graph-models.ts";
import type { ColumnChoice, Condition, Query, Step } from "./load-case.ts";

/** Any class-level attribute: of a column, or of a relationship. */
interface AnyAttribute {
  eq(value: unknown): unknown;
  ne(value: unknown): unknown;
  desc(): unknown;
  of(alias: AnySource): AnyAttribute;
}

/** A class, or an alias of one. */
interface AnySource {
  readonly c: Readonly<Record<string, AnyAttribute>>;
}

/** An option, as far as random loads use it. */
type AnyOption = Readonly<Record<string, (...values: unknown[]) => AnyOption>>;

/** A statement, without the types of its rows. */
export interface AnySelect {
  join(target: unknown): AnySelect;
  outerJoin(target: unknown): AnySelect;
  where(...criteria: unknown[]): AnySelect;
  orderBy(...items: unknown[]): AnySelect;
  limit(count: number): AnySelect;
  offset(count: number): AnySelect;
  distinct(): AnySelect;
  options(...options: unknown[]): AnySelect;
}

const makers = library as unknown as AnyOption;
const select = library.select as unknown as (...items: unknown[]) => AnySelect;
const aliased = library.aliased as unknown as (entity: AnyClass) => AnySource;

/** The statements of one load. */
export interface Statements {
  readonly statement: AnySelect;
  /** Selects the keys of the same rows, without any option. */
  readonly keys: AnySelect;
}

/** Builds the statements of a query. */
export function buildStatements(models: GraphModels, query: Query): Statements {
  const root = models.classes[query.root] as unknown as AnySource;
  const { key } = planOf(query.root);
  const joins = new Joins(models, query, root);
  const options = [
    ...columnOption(makers, query.columns, root),
    ...(query.isLazyElsewhere ? [call(makers, "lazyload", "*")] : []),
    ...query.steps.map((step) => joins.option(makers, step, root)),
  ];
  const orderBy =
    query.orderBy === undefined
      ? []
      : [...query.orderBy, ...key].map((term) => ordering(root, term)).concat(joins.orderBy);
  const shape = (start: AnySelect): AnySelect => {
    let made = joins.applyTo(start);
    if (query.where !== undefined) made = made.where(criterion(root, query.where));
    made = made.orderBy(...(query.orderBy === undefined ? joins.unordered(key) : orderBy));
    if (query.limit !== undefined) made = made.limit(query.limit);
    if (query.offset !== undefined) made = made.offset(query.offset);
    return query.isDistinct ? made.distinct() : made;
  };
  const statement = shape(select(root));
  return {
    statement: options.length === 0 ? statement : statement.options(...options),
    keys: shape(select(...key.map((column) => root.c[column]))),
  };
}

/** The joins that a statement has for `containsEager` and for filtering. */
class Joins {
  readonly #models: GraphModels;
  readonly #root: AnySource;
  readonly #joins: ((statement: AnySelect) => AnySelect)[] = [];
  /** Members come in the order of the rows, so the statement has to order them. */
  readonly orderBy: unknown[] = [];

  constructor(models: GraphModels, query: Query, root: AnySource) {
    this.#models = models;
    this.#root = root;
    const { filterJoin } = query;
    if (filterJoin !== undefined) this.#joins.push((made) => made.join(root.c[filterJoin.key]));
  }

  applyTo(statement: AnySelect): AnySelect {
    return this.#joins.reduce((made, join) => join(made), statement);
  }

  /** Without an order of its own, a statement is ordered only where members need it. */
  unordered(key: readonly string[]): unknown[] {
    return this.orderBy.length === 0 ? [] : [...key.map((column) => this.#root.c[column]), ...this.orderBy];
  }

  /** Makes the option of a step, behind those before it. */
  option(before: AnyOption, step: Step, source: AnySource): AnyOption {
    const { link, alias } = step;
    const target = this.#models.classes[link.target] as unknown as AnySource & AnyClass;
    let attribute = source.c[link.key] as AnyAttribute;
    let next: AnySource = target;
    if (alias !== undefined) {
      next = aliased(target);
      const joined = attribute.of(next);
      this.#joins.push((made) => (step.isInner ? made.join(joined) : made.outerJoin(joined)));
      this.orderBy.push(...(link.order ?? []).map((term) => ordering(next, term)));
      if (alias === "of") attribute = joined;
    }
    let option = call(before, step.strategy, attribute, {
      ...(step.depth !== undefined && { recursionDepth: step.depth }),
      ...(step.strategy === "joinedload" && step.isInner && { innerJoin: true }),
      ...(alias === "option" && { alias: next }),
    });
    if (step.criterion !== undefined) option = call(option, "and", criterion(target, step.criterion));
    for (const made of columnOption(option, step.columns, target)) option = made;
    const [only, ...others] = step.steps;
    if (only === undefined) return option;
    if (step.isChained && others.length === 0) return this.option(option, only, next);
    return call(option, "options", ...step.steps.map((each) => this.option(makers, each, next)));
  }
}

function columnOption(
  before: AnyOption,
  choice: ColumnChoice | undefined,
  { c }: AnySource,
): readonly AnyOption[] {
  if (choice === undefined) return [];
  return [call(before, choice.kind, ...choice.columns.map((column) => c[column]))];
}

function call(target: AnyOption, method: string, ...values: unknown[]): AnyOption {
  return (target[method] as AnyOption[string]).apply(target, values);
}

function ordering({ c }: AnySource, term: string): unknown {
  return term.startsWith("-") ? c[term.slice(1)]?.desc() : c[term];
}

function criterion({ c }: AnySource, { column, operator, value }: Condition): unknown {
  return c[column]?.[operator](value);
}
