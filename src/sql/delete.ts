/**
 * `deleteFrom(…)`: the immutable builder of DELETE statements.
 */
import { sourceOf, toCriterion, toSource } from "./coerce.ts";
import type { Cte } from "./cte.ts";
import type { InstanceOf, MappedClass, Shaped, SourceLike } from "./entity.ts";
import { filterCriteria } from "./filter-by.ts";
import { type DeleteNode, SOURCE } from "./nodes.ts";
import type { Criterion, FilterBy, ITEM, RowOf, SelectItem, Statement, TableRow } from "./row.ts";
import { stringify } from "./stringifier.ts";
import { toReturning, toWriteTarget, type WriteTarget } from "./values.ts";

/** A DELETE that gives `Item`s: nothing (`never`) unless `returning` was called. */
export class Delete<Target extends Shaped, out Item = never> implements Statement<Item> {
  declare readonly [ITEM]: Item;
  readonly node: DeleteNode;
  readonly #target: WriteTarget;
  readonly #given: Target;

  constructor(node: DeleteNode, target: WriteTarget, given: Target) {
    this.node = node;
    this.#target = target;
    this.#given = given;
  }

  /** Deletes rows for which all conditions hold, these and those given before. */
  where(...criteria: readonly Criterion[]): Delete<Target, Item> {
    const where = criteria.map((criterion) => toCriterion(criterion, "where()"));
    return this.#with({ where: [...this.node.where, ...where] });
  }

  /** Deletes rows whose attributes equal the values; null asks IS NULL. */
  filterBy(values: FilterBy<Target>): Delete<Target, Item> {
    const target = sourceOf(this.#given) === undefined ? this.node.table : this.#given;
    return this.#with({ where: [...this.node.where, ...filterCriteria(target, values)] });
  }

  /** Names further sources, where they do not follow from the conditions. */
  using(...targets: readonly (Shaped | SourceLike)[]): Delete<Target, Item> {
    const using = targets.map((target) => toSource(target, "using()"));
    return this.#with({ using: [...this.node.using, ...using] });
  }

  /** Gives back columns of the deleted rows: those named, or all. */
  returning(): Delete<Target, TableRow<Target>>;
  returning<Entity extends MappedClass>(entity: Entity): Delete<Target, InstanceOf<Entity>>;
  returning<Items extends readonly SelectItem[]>(...items: Items): Delete<Target, RowOf<Items>>;
  returning(...items: readonly unknown[]): Delete<Target, unknown> {
    return this.#with<unknown>({ returning: toReturning(items, this.#target) });
  }

  /** Puts common table expressions before the statement. */
  with(...ctes: readonly Cte<unknown>[]): Delete<Target, Item> {
    return this.#with({ ctes: [...this.node.ctes, ...ctes.map((cte) => cte[SOURCE])] });
  }

  /** Shows the SQL in the generic dialect. */
  toString(): string {
    return stringify(this.node);
  }

  #with<NewItem = Item>(change: Partial<DeleteNode>): Delete<Target, NewItem> {
    return new Delete(Object.freeze({ ...this.node, ...change }), this.#target, this.#given);
  }
}

/**
 * Makes a DELETE from a table or the table of a class.
 *
 * @example deleteFrom(User).where(User.c.id.eq(1))   // => DELETE FROM users WHERE users.id = ?
 */
export function deleteFrom<Target extends Shaped>(target: Target): Delete<Target> {
  const known = toWriteTarget(target, "deleteFrom()");
  return new Delete(
    Object.freeze({ kind: "delete", table: known.source, using: [], where: [], returning: [], ctes: [] }),
    known,
    target,
  );
}
