/**
 * `session.query(…)`: a SELECT built by method calls. Both colours add how it is executed: `query.ts`, `sync-query.ts`.
 */
import { func } from "../../sql/functions.ts";
import type { JoinOn, JoinOptions } from "../../sql/joins.ts";
import type { Criterion, Valued } from "../../sql/row.ts";
import { type JoinTarget, type Select, select } from "../../sql/select.ts";
import type { OrderItem } from "../../sql/set-operation.ts";

/** The values that `filterBy` compares attributes with. */
export type FilterBy = Parameters<Select<unknown>["filterBy"]>[0];

/** A query under construction. Every method gives a new one. */
export abstract class ChainedQuery {
  /** The statement so far. */
  readonly statement: Select<unknown>;

  constructor(statement: Select<unknown>) {
    this.statement = statement;
  }

  /** The same kind of query over another statement. */
  protected abstract derive(statement: Select<unknown>): this;

  /** Keeps rows for which all conditions hold. */
  filter(...criteria: readonly Criterion[]): this {
    return this.derive(this.statement.where(...criteria));
  }

  /** The same as {@link ChainedQuery.filter}. */
  where(...criteria: readonly Criterion[]): this {
    return this.filter(...criteria);
  }

  /** Keeps rows whose attributes equal these values; of the class that was joined last, or the first one. */
  filterBy(values: FilterBy): this {
    return this.derive(this.statement.filterBy(values));
  }

  /** Joins along a relationship, or a table or class along its foreign key or a condition. */
  join(target: JoinTarget, on?: JoinOn | JoinOptions): this {
    return this.derive(this.statement.join(target, on));
  }

  /** The same, keeping rows that find no partner. */
  outerJoin(target: JoinTarget, on?: JoinOn | JoinOptions): this {
    return this.derive(this.statement.outerJoin(target, on));
  }

  /** Leaves out repeated rows. */
  distinct(...on: readonly Valued<unknown>[]): this {
    return this.derive(this.statement.distinct(...on));
  }

  /** Makes one row of each group. */
  groupBy(...items: readonly OrderItem[]): this {
    return this.derive(this.statement.groupBy(...items));
  }

  /** Keeps groups for which the conditions hold. */
  having(...criteria: readonly Criterion[]): this {
    return this.derive(this.statement.having(...criteria));
  }

  /** Orders the rows. */
  orderBy(...items: readonly (OrderItem | null)[]): this {
    return this.derive(this.statement.orderBy(...items));
  }

  /** Keeps the first rows. */
  limit(count: number): this {
    return this.derive(this.statement.limit(count));
  }

  /** Leaves out the first rows. */
  offset(count: number): this {
    return this.derive(this.statement.offset(count));
  }

  /** The SQL of the statement. */
  toString(): string {
    return String(this.statement);
  }

  /** Whether each row is one item: an object or a value, not a row of several. */
  protected get isSingle(): boolean {
    return this.statement.node.items.length === 1;
  }

  /** `SELECT count(*) FROM (…)`. */
  protected get counting(): Select<unknown> {
    return select(func.count()).selectFrom(
      this.statement.orderBy(null).subquery() as never,
    ) as Select<unknown>;
  }
}
