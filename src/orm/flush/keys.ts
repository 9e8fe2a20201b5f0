/**
 * Values that are not known until an earlier statement of the same flush has run.
 */
import type { ColumnAttribute } from "../mapping/mapper.ts";
import type { ObjectState } from "../state/object-state.ts";

/** "The id of that other row, once it is known." */
export class KeyOf {
  readonly state: ObjectState;
  readonly attribute: ColumnAttribute;

  constructor(state: ObjectState, attribute: ColumnAttribute) {
    this.state = state;
    this.attribute = attribute;
  }

  /** As a plan shows it. */
  toString(): string {
    return `(${this.attribute.key} of the new ${this.state.mapper.name})`;
  }
}
