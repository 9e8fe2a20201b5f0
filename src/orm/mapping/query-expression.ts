/**
 * `queryExpression`: an attribute that holds what a query computes for it, and nothing of the table.
 */
import { fail } from "../../foundation/errors.ts";
import { toColumnExpression } from "../../sql/coerce.ts";
import type { EntityRef, ExpressionNode } from "../../sql/nodes.ts";
import type { TABLE, Valued } from "../../sql/row.ts";

/** Such an attribute as it is declared. */
export class QueryExpression<out Value> {
  /** Type level only: what the attribute reads as. */
  declare readonly valueType: Value;
  readonly kind = "expression";
  readonly #fallback: Valued<unknown> | (() => Valued<unknown>) | undefined;

  constructor(fallback: Valued<unknown> | (() => Valued<unknown>) | undefined) {
    this.#fallback = fallback;
  }

  /** What is read where a query says nothing; undefined: nothing is, and the attribute is null. */
  fallback(where: string): ExpressionNode | undefined {
    const given = typeof this.#fallback === "function" ? this.#fallback() : this.#fallback;
    return given === undefined ? undefined : toColumnExpression(given, where);
  }
}

/**
 * Declares an attribute whose value is computed by a query that says how: `withExpression(User.c.postCount, …)`. Where
 * none does it is null, or what the default computes. It cannot be set, and no flush writes it.
 *
 * Shape: a default that mentions classes is a function, and the attribute a getter, as relationships are.
 *
 * @example
 * class Author extends Base("ranked_authors", {
 *   id: integer().primaryKey(),
 *   rank: queryExpression<number>(),
 *   get twice() { return queryExpression<number>(() => Author.c.id.mul(2)); },
 * }) {}
 */
export function queryExpression<Value>(): QueryExpression<Value | null>;
export function queryExpression<Value>(
  fallback: Valued<Value> | (() => Valued<Value>),
): QueryExpression<Value>;
export function queryExpression(
  fallback?: Valued<unknown> | (() => Valued<unknown>),
): QueryExpression<unknown> {
  return new QueryExpression(fallback);
}

/** The class-level attribute, `User.c.postCount`: a name for `withExpression`, no expression by itself. */
export class QueryExpressionAttribute<out Value, out Table = unknown> {
  /** Type level only. */
  declare readonly valueType: Value;
  /** Type level only: the name of the class's table. */
  declare readonly [TABLE]: Table;
  /** The class, or the alias of it, that has the attribute. */
  readonly owner: EntityRef;
  readonly key: string;

  constructor(owner: EntityRef, key: string) {
    this.owner = owner;
    this.key = key;
  }

  /** Shows the attribute as the application writes it. */
  toString(): string {
    return `${this.owner.name}.${this.key}`;
  }
}

/** Checks what an application names. Errors: load/not-a-query-expression. */
export function asQueryExpression(attribute: unknown): QueryExpressionAttribute<unknown> {
  if (attribute instanceof QueryExpressionAttribute) return attribute;
  throw fail("load/not-a-query-expression", { got: attribute });
}
