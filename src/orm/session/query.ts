/**
 * `session.query(…)` of the asynchronous colour.
 */

import type { Executable, Values } from "../../engine/expand.ts";
import type { Result } from "../../engine/result.ts";
import type { LoadOption } from "../../sql/entity.ts";
import type { JoinOn, JoinOptions } from "../../sql/joins.ts";
import type { FilterBy, FilterValues, GoneAfter, PathsAfter, RootsOf, WithMissing } from "../../sql/row.ts";
import type { JoinTarget, Select, SubjectOf } from "../../sql/select.ts";
import type { LoadedItem } from "../mapping/infer.ts";
import { ChainedQuery } from "./chained-query.ts";
import type { ExecuteOptions } from "./statements.ts";

/** What a query needs of its session. */
interface QuerySession {
  execute(statement: Executable, values?: Values, options?: ExecuteOptions): Result<unknown>;
  scalars(statement: Select<unknown>): Result<unknown>;
}

/** A query of a session; runs when one of `all`, `first`, `one`, … is called. */
export class Query<Item, Paths = object, Subject = unknown> extends ChainedQuery {
  readonly #session: QuerySession;

  constructor(session: QuerySession, statement: Select<unknown>) {
    super(statement);
    this.#session = session;
  }

  protected override derive(statement: Select<unknown>): this {
    return new Query(this.#session, statement) as this;
  }

  /** Keeps rows whose attributes equal these values; of the class that was joined last, or the first one. */
  filterBy<Filtered>(
    this: Query<Item, Paths, Filtered>,
    values: NoInfer<FilterBy<Filtered>>,
  ): Query<Item, Paths, Subject>;
  filterBy(this: Query<Item, Paths, Subject>, values: object): Query<Item, Paths, Subject> {
    return new Query(this.#session, this.statement.filterBy(values as FilterValues));
  }

  /** Joins along a relationship, or a table or class along its foreign key or a condition. */
  join<Target extends JoinTarget, const On extends JoinOn | JoinOptions | undefined = undefined>(
    target: Target,
    on?: On,
  ): Query<WithMissing<Item, GoneAfter<Target, On, false>>, Paths, SubjectOf<Target>> {
    return new Query(this.#session, this.statement.join(target, on));
  }

  /** The same, keeping rows that find no partner. */
  outerJoin<Target extends JoinTarget, const On extends JoinOn | JoinOptions | undefined = undefined>(
    target: Target,
    on?: On,
  ): Query<WithMissing<Item, GoneAfter<Target, On, true>>, Paths, SubjectOf<Target>> {
    return new Query(this.#session, this.statement.outerJoin(target, on));
  }

  /** Says how to load relationships and columns. */
  options<Options extends readonly LoadOption<RootsOf<Item>, unknown, unknown>[]>(
    ...options: Options
  ): Query<Item, PathsAfter<Item, Paths, Options>, Subject> {
    return new Query(this.#session, this.statement.options(...options));
  }

  /** All items: objects, or rows when several things were asked for. */
  async all(): Promise<LoadedItem<Item, Paths>[]> {
    return (await this.#result.all()) as LoadedItem<Item, Paths>[];
  }

  /** The first item, or null. */
  async first(): Promise<LoadedItem<Item, Paths> | null> {
    const result = this.#resultOf(this.statement.limit(1));
    return (await result.first()) as LoadedItem<Item, Paths> | null;
  }

  /** The only item. Errors: result/no-row, result/multiple-rows. */
  async one(): Promise<LoadedItem<Item, Paths>> {
    return (await this.#result.one()) as LoadedItem<Item, Paths>;
  }

  /** The only item, or null when there is none. Errors: result/multiple-rows. */
  async oneOrNone(): Promise<LoadedItem<Item, Paths> | null> {
    return (await this.#result.oneOrNone()) as LoadedItem<Item, Paths> | null;
  }

  /** The first value of the only row, or null when there is none. Errors: result/multiple-rows. */
  async scalar(): Promise<unknown> {
    return await this.#session.scalars(this.statement).oneOrNone();
  }

  /** How many rows the query has. */
  async count(): Promise<number> {
    return Number(await this.#session.scalars(this.counting).one());
  }

  /** Updates the rows that the query finds, and the objects of the session; gives how many rows. */
  async update(values: Readonly<Record<string, unknown>>, options: ExecuteOptions = {}): Promise<number> {
    return await this.#session.execute(this.updating(values), undefined, this.changing(options)).rowCount;
  }

  /** Deletes the rows that the query finds, without cascades in memory; gives how many. */
  async delete(options: ExecuteOptions = {}): Promise<number> {
    return await this.#session.execute(this.deleting, undefined, this.changing(options)).rowCount;
  }

  /** Whether the query has any row. */
  async exists(): Promise<boolean> {
    return (await this.#session.scalars(this.asking).one()) === true;
  }

  /** Iterates the items. */
  async *[Symbol.asyncIterator](): AsyncGenerator<LoadedItem<Item, Paths>> {
    yield* this.#result as Result<LoadedItem<Item, Paths>>;
  }

  get #result(): Result<unknown> {
    return this.#resultOf(this.statement);
  }

  #resultOf(statement: Select<unknown>): Result<unknown> {
    return this.isSingle ? this.#session.scalars(statement) : this.#session.execute(statement);
  }
}
