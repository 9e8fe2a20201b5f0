/**
 * `associationProxy`: an attribute that shows an attribute of the objects behind a relationship.
 */
import type { MappedClass, SHAPE } from "../../sql/entity.ts";
import type { ProxiedItem } from "./infer.ts";

/** How an association proxy reaches and makes the objects in between. */
export interface ProxyOptions<Via extends string, Item> {
  /** The relationship of the own class that it goes through. */
  readonly via: Via;
  /** Makes the object in between for a value that is added; default: `new Through({ [step]: value })`. */
  readonly create?: (value: Item) => object;
}

/** An association proxy as it is declared. */
export class Proxied<Field, Via extends string, Step extends string = string> {
  /** Type level only: the attribute that is shown. */
  declare readonly field: Field;
  readonly kind = "proxy";
  readonly via: Via;
  /** The class of the objects in between. */
  readonly through: MappedClass;
  /** The attribute of the objects in between that is shown. */
  readonly step: Step;
  readonly create: ((value: unknown) => object) | undefined;

  constructor(through: MappedClass, step: Step, options: ProxyOptions<Via, unknown>) {
    this.via = options.via;
    this.through = through;
    this.step = step;
    this.create = options.create;
  }
}

/**
 * Declares an attribute that shows `step` of each object in the relationship `via`, whose class is `through`.
 *
 * @example get courses() { return associationProxy(Enrollment, "course", { via: "enrollments" }); }
 */
export function associationProxy<
  Through extends MappedClass,
  Step extends keyof Through[typeof SHAPE],
  const Via extends string,
>(
  through: Through,
  step: Step,
  options: ProxyOptions<Via, ProxiedItem<Through[typeof SHAPE][Step]>>,
): Proxied<Through[typeof SHAPE][Step], Via, Step & string> {
  return new Proxied(through, step as Step & string, options as ProxyOptions<Via, unknown>);
}
