/**
 * `session.query(…)` of the synchronous colour.
 */

import type { Executable, Values } from "../../engine/expand.ts";
import type { SyncResult } from "../../engine/sync-result.ts";
import type { LoadOption } from "../../sql/entity.ts";
import type { JoinOn, JoinOptions } from "../../sql/joins.ts";
import type { FilterBy, FilterValues, GoneAfter, RootsOf, WithMissing } from "../../sql/row.ts";
import type { JoinTarget, Select, SubjectOf } from "../../sql/select.ts";
import type { LiveItem } from "../mapping/infer.ts";
import { ChainedQuery } from "./chained-query.ts";
import type { ExecuteOptions } from "./statements.ts";

/** What a query needs of its session. */
interface QuerySession {
  execute(statement: Executable, values?: Values, options?: ExecuteOptions): SyncResult<unknown>;
  scalars(statement: Select<unknown>): SyncResult<unknown>;
}

/** A query of a session; runs when one of `all`, `first`, `one`, … is called. */
export class SyncQuery<Item, Subject = unknown> extends ChainedQuery {
  readonly #session: QuerySession;

  constructor(session: QuerySession, statement: Select<unknown>) {
    super(statement);
    this.#session = session;
  }

  protected override derive(statement: Select<unknown>): this {
    return new SyncQuery(this.#session, statement) as this;
  }

  /** Keeps rows whose attributes equal these values; of the class that was joined last, or the first one. */
  filterBy<Filtered>(
    this: SyncQuery<Item, Filtered>,
    values: NoInfer<FilterBy<Filtered>>,
  ): SyncQuery<Item, Subject>;
  filterBy(this: SyncQuery<Item, Subject>, values: object): SyncQuery<Item, Subject> {
    return new SyncQuery(this.#session, this.statement.filterBy(values as FilterValues));
  }

  /** Joins along a relationship, or a table or class along its foreign key or a condition. */
  join<Target extends JoinTarget, const On extends JoinOn | JoinOptions | undefined = undefined>(
    target: Target,
    on?: On,
  ): SyncQuery<WithMissing<Item, GoneAfter<Target, On, false>>, SubjectOf<Target>> {
    return new SyncQuery(this.#session, this.statement.join(target, on));
  }

  /** The same, keeping rows that find no partner. */
  outerJoin<Target extends JoinTarget, const On extends JoinOn | JoinOptions | undefined = undefined>(
    target: Target,
    on?: On,
  ): SyncQuery<WithMissing<Item, GoneAfter<Target, On, true>>, SubjectOf<Target>> {
    return new SyncQuery(this.#session, this.statement.outerJoin(target, on));
  }

  /** Says how to load relationships and columns. */
  options(...options: readonly LoadOption<RootsOf<Item>, unknown, unknown>[]): SyncQuery<Item, Subject> {
    return new SyncQuery(this.#session, this.statement.options(...options));
  }

  /** All items: objects, or rows when several things were asked for. */
  all(): LiveItem<Item>[] {
    return this.#result.all() as LiveItem<Item>[];
  }

  /** The first item, or null. */
  first(): LiveItem<Item> | null {
    const result = this.#resultOf(this.statement.limit(1));
    return result.first() as LiveItem<Item> | null;
  }

  /** The only item. Errors: result/no-row, result/multiple-rows. */
  one(): LiveItem<Item> {
    return this.#result.one() as LiveItem<Item>;
  }

  /** The only item, or null when there is none. Errors: result/multiple-rows. */
  oneOrNone(): LiveItem<Item> | null {
    return this.#result.oneOrNone() as LiveItem<Item> | null;
  }

  /** The first value of the only row, or null when there is none. Errors: result/multiple-rows. */
  scalar(): unknown {
    return this.#session.scalars(this.statement).oneOrNone();
  }

  /** How many rows the query has. */
  count(): number {
    return Number(this.#session.scalars(this.counting).one());
  }

  /** Updates the rows that the query finds, and the objects of the session; gives how many rows. */
  update(values: Readonly<Record<string, unknown>>, options: ExecuteOptions = {}): number {
    return this.#session.execute(this.updating(values), undefined, this.changing(options)).rowCount;
  }

  /** Deletes the rows that the query finds, without cascades in memory; gives how many. */
  delete(options: ExecuteOptions = {}): number {
    return this.#session.execute(this.deleting, undefined, this.changing(options)).rowCount;
  }

  /** Whether the query has any row. */
  exists(): boolean {
    return this.#session.scalars(this.asking).one() === true;
  }

  /** Iterates the items. */
  *[Symbol.iterator](): Generator<LiveItem<Item>> {
    yield* this.#result as SyncResult<LiveItem<Item>>;
  }

  get #result(): SyncResult<unknown> {
    return this.#resultOf(this.statement);
  }

  #resultOf(statement: Select<unknown>): SyncResult<unknown> {
    return this.isSingle ? this.#session.scalars(statement) : this.#session.execute(statement);
  }
}
