/**
 * The class-level attribute of an association proxy: `Student.c.courses` in conditions.
 *
 * It is short for conditions on the relationship that it goes through and on the attribute that it shows there.
 */
import { fail } from "../../foundation/errors.ts";
import { ColumnExpression, type Expression, not, or } from "../../sql/expression.ts";
import type { Criterion } from "../../sql/row.ts";
import type { Proxied } from "./association-proxy.ts";
import type { RelationshipExpression } from "./relationship-expression.ts";

/** What a proxy shows of one object behind it, in a statement. */
type Step =
  | ColumnExpression<string, unknown>
  | RelationshipExpression<unknown, string, unknown>
  | ProxyExpression<unknown>;

/** An association proxy of a class, in a statement. `Item` is what it shows of each object behind it. */
export class ProxyExpression<out Item> {
  /** Type level only. */
  declare readonly itemType: Item;
  readonly key: string;
  readonly #field: Proxied<unknown, string>;
  /** The relationship that it goes through. */
  readonly via: RelationshipExpression<unknown, string, unknown>;

  constructor(
    key: string,
    field: Proxied<unknown, string>,
    via: RelationshipExpression<unknown, string, unknown>,
  ) {
    this.key = key;
    this.#field = field;
    this.via = via;
  }

  /**
   * At least one of what is shown meets the criterion, which is about the objects shown, or, where a column is shown,
   * about the objects in between. Errors: sql/any-on-scalar.
   */
  any(criterion?: Criterion): Expression<boolean> {
    if (!this.isCollection) throw this.#arity("any()", "has()", "one value");
    return this.#meets(criterion);
  }

  /** What is shown meets the criterion; for proxies that show one thing. Errors: sql/any-on-scalar. */
  has(criterion?: Criterion): Expression<boolean> {
    if (this.isCollection) throw this.#arity("has()", "any()", "a collection");
    return this.#meets(criterion);
  }

  /**
   * The value or object is among what is shown. Errors: sql/any-on-scalar.
   */
  contains(item: Item): Expression<boolean> {
    if (!this.isCollection) throw this.#arity("contains()", "eq()", "one value");
    const step = this.#step;
    const isDeeper = !(step instanceof ColumnExpression) && step.isCollection;
    return this.#throughVia(isDeeper ? step.contains(item) : step.eq(item));
  }

  /** What is shown is this; null: it is NULL, or there is nothing in between. Errors: sql/any-on-scalar. */
  eq(item: Item | null): Expression<boolean> {
    if (this.isCollection) throw this.#arity("eq()", "contains()", "a collection");
    const shown = this.via.has(this.#step.eq(item));
    return item === null ? or(shown, not(this.via.has())) : shown;
  }

  /** What is shown is something else; null: there is something. Errors: sql/any-on-scalar. */
  ne(item: Item | null): Expression<boolean> {
    if (this.isCollection) throw this.#arity("ne()", "contains()", "a collection");
    return this.via.has(this.#step.ne(item));
  }

  /** Whether it shows a collection: one of the two relationships that it goes through is. */
  get isCollection(): boolean {
    const step = this.#step;
    return this.via.isCollection || (!(step instanceof ColumnExpression) && step.isCollection);
  }

  /** Shows the attribute as the application writes it. */
  toString(): string {
    return `${this.via.owner.name}.${this.key}`;
  }

  get #step(): Step {
    const { through, step } = this.#field;
    return (through as unknown as { readonly c: Readonly<Record<string, Step>> }).c[step] as Step;
  }

  #meets(criterion: Criterion | undefined): Expression<boolean> {
    const step = this.#step;
    if (step instanceof ColumnExpression) return this.#throughVia(criterion);
    return this.#throughVia(step.isCollection ? step.any(criterion) : step.has(criterion));
  }

  #throughVia(criterion: Criterion | undefined): Expression<boolean> {
    return this.via.isCollection ? this.via.any(criterion) : this.via.has(criterion);
  }

  #arity(method: string, instead: string, holds: string) {
    return fail("sql/any-on-scalar", { attribute: String(this), method, instead, holds });
  }
}
