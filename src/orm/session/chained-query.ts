/**
 * `session.query(…)`: a SELECT built by method calls. Both colours add how it is executed: `query.ts`, `sync-query.ts`.
 */
import { fail } from "../../foundation/errors.ts";
import { deleteFrom } from "../../sql/delete.ts";
import type { MappedClass } from "../../sql/entity.ts";
import { func } from "../../sql/functions.ts";
import type { DeleteNode, UpdateNode } from "../../sql/nodes.ts";
import type { AnyLoadOption, Criterion, Valued } from "../../sql/row.ts";
import { type Select, select } from "../../sql/select.ts";
import type { OrderItem } from "../../sql/set-operation.ts";
import { update } from "../../sql/update.ts";
import { LoaderCriteria } from "../load/criteria.ts";
import type { Mapper } from "../mapping/mapper.ts";
import type { ExecuteOptions } from "./statements.ts";

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

  /** Reads rows in portions of so many, by a cursor: see {@link Select.yieldPer}. Errors: result/wrong-size. */
  yieldPer(count: number): this {
    return this.derive(this.statement.yieldPer(count));
  }

  /** Gives the session options for this query, as `populateExisting` and `loaderCriteria`. */
  executionOptions(options: Readonly<Record<string, unknown>>): this {
    return this.derive(this.statement.executionOptions(options));
  }

  /** The SQL of the statement. */
  toString(): string {
    return String(this.statement);
  }

  /** An UPDATE of the rows that the query finds. Errors: bulk/not-a-filter. */
  protected updating(values: Readonly<Record<string, unknown>>): UpdateNode {
    const { node } = update(this.#changed("update()")).set(values as never);
    return { ...node, where: this.statement.node.where };
  }

  /** A DELETE of the rows that the query finds. Errors: bulk/not-a-filter. */
  protected get deleting(): DeleteNode {
    const { node } = deleteFrom(this.#changed("delete()"));
    return { ...node, where: this.statement.node.where };
  }

  /** The class whose rows are changed: a query of one class with conditions, and nothing else. */
  #changed(what: string): MappedClass {
    const { items, joins, groupBy, having, limit, offset, distinct } = this.statement.node;
    const [item] = items;
    const isPlain = joins.length + groupBy.length + having.length === 0 && distinct === false;
    if (
      !isPlain ||
      limit !== undefined ||
      offset !== undefined ||
      items.length !== 1 ||
      item?.kind !== "entity"
    ) {
      throw fail("bulk/not-a-filter", { what });
    }
    return (item.mapper as Mapper).entityClass as unknown as MappedClass;
  }

  /** Whether each row is one item: an object or a value, not a row of several. */
  protected get isSingle(): boolean {
    return this.statement.node.items.length === 1;
  }

  /** `SELECT count(*) FROM (…)`. */
  protected get counting(): Select<unknown> {
    return this.#under(select(func.count()).selectFrom(this.statement.orderBy(null).subquery() as never));
  }

  /** `SELECT EXISTS (…)`. */
  protected get asking(): Select<unknown> {
    return this.#under(select(this.statement.exists()));
  }

  /** How an UPDATE or DELETE of the query's rows is executed. */
  protected changing(options: ExecuteOptions): ExecuteOptions {
    const { loaderCriteria } = this.statement.execution;
    return {
      ...(loaderCriteria === undefined ? {} : { loaderCriteria: loaderCriteria as boolean }),
      ...options,
      options: [...this.#criteria, ...(options.options ?? [])],
    };
  }

  /** Another statement on the same rows: the criteria of this one hold for it, and paths mean nothing. */
  #under(statement: Select<unknown>): Select<unknown> {
    return statement.options(...this.#criteria).executionOptions(this.statement.execution);
  }

  get #criteria(): readonly AnyLoadOption[] {
    return this.statement.loadOptions.filter((option) => option instanceof LoaderCriteria);
  }
}
