/**
 * `update(…)`: the immutable builder of UPDATE statements.
 */
import { sourceOf, toCriterion, toSource } from "./coerce.ts";
import type { Cte } from "./cte.ts";
import type { InstanceOf, MappedClass, Shaped, SourceLike } from "./entity.ts";
import { filterCriteria } from "./filter-by.ts";
import { SOURCE, type UpdateNode } from "./nodes.ts";
import type {
  Assignments,
  Criterion,
  FilterBy,
  ITEM,
  RowOf,
  SelectItem,
  Statement,
  TableRow,
} from "./row.ts";
import { stringify } from "./stringifier.ts";
import { toAssignments, toReturning, toWriteTarget, type WriteTarget } from "./values.ts";

/** An UPDATE that gives `Item`s: nothing (`never`) unless `returning` was called. */
export class Update<Target extends Shaped, out Item = never> implements Statement<Item> {
  declare readonly [ITEM]: Item;
  readonly node: UpdateNode;
  readonly #target: WriteTarget;
  readonly #given: Target;

  constructor(node: UpdateNode, target: WriteTarget, given: Target) {
    this.node = node;
    this.#target = target;
    this.#given = given;
  }

  /**
   * Gives new values by attribute name: values, or expressions over the row (`{ count: t.c.count.add(1) }`). A value
   * given twice takes the later one.
   *
   * Errors: sql/unknown-column with the nearest name; sql/undefined-value; sql/wrong-value.
   */
  set(values: Assignments<Target>): Update<Target, Item> {
    const added = toAssignments(values, this.#target);
    const columns = new Set(added.map(({ column }) => column));
    const kept = this.node.set.filter(({ column }) => !columns.has(column));
    return this.#with({ set: Object.freeze([...kept, ...added]) });
  }

  /** The same as {@link set}. */
  values(values: Assignments<Target>): Update<Target, Item> {
    return this.set(values);
  }

  /** Updates rows for which all conditions hold, these and those given before. */
  where(...criteria: readonly Criterion[]): Update<Target, Item> {
    const where = criteria.map((criterion) => toCriterion(criterion, "where()"));
    return this.#with({ where: [...this.node.where, ...where] });
  }

  /** Updates rows whose attributes equal the values; null asks IS NULL. */
  filterBy(values: FilterBy<Target>): Update<Target, Item> {
    const target = sourceOf(this.#given) === undefined ? this.node.table : this.#given;
    return this.#with({ where: [...this.node.where, ...filterCriteria(target, values)] });
  }

  /** Names further sources, where they do not follow from the conditions. */
  updateFrom(...targets: readonly (Shaped | SourceLike)[]): Update<Target, Item> {
    const from = targets.map((target) => toSource(target, "updateFrom()"));
    return this.#with({ from: [...this.node.from, ...from] });
  }

  /** Gives back columns of the changed rows: those named, or all. */
  returning(): Update<Target, TableRow<Target>>;
  returning<Entity extends MappedClass>(entity: Entity): Update<Target, InstanceOf<Entity>>;
  returning<Items extends readonly SelectItem[]>(...items: Items): Update<Target, RowOf<Items>>;
  returning(...items: readonly unknown[]): Update<Target, unknown> {
    return this.#with<unknown>({ returning: toReturning(items, this.#target) });
  }

  /** Puts common table expressions before the statement. */
  with(...ctes: readonly Cte<unknown>[]): Update<Target, Item> {
    return this.#with({ ctes: [...this.node.ctes, ...ctes.map((cte) => cte[SOURCE])] });
  }

  /** Shows the SQL in the generic dialect. */
  toString(): string {
    return stringify(this.node);
  }

  #with<NewItem = Item>(change: Partial<UpdateNode>): Update<Target, NewItem> {
    return new Update(Object.freeze({ ...this.node, ...change }), this.#target, this.#given);
  }
}

/**
 * Makes an UPDATE of a table or the table of a class.
 *
 * @example update(User).set({ name: "bob" }).where(User.c.id.eq(1))   // => UPDATE users SET name = ? WHERE users.id = ?
 */
export function update<Target extends Shaped>(target: Target): Update<Target> {
  const known = toWriteTarget(target, "update()");
  return new Update(
    Object.freeze({
      kind: "update",
      table: known.source,
      set: [],
      from: [],
      where: [],
      returning: [],
      ctes: [],
    }),
    known,
    target,
  );
}
