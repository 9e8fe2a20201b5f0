/**
 * Values that are not known until an earlier statement of the same flush has run, and the comparison of those that are.
 */
import type { TableColumn } from "../../schema/table-column.ts";
import type { ColumnAttribute } from "../mapping/mapper.ts";
import { isExpression } from "../state/changes.ts";
import { type KeyText, keyText } from "../state/identity-key.ts";
import type { ObjectState } from "../state/object-state.ts";
import type { Part } from "./part.ts";

/** A value that nobody knows yet. */
export abstract class NotYet {
  /** As a plan shows it. */
  abstract toString(): string;
}

/** "The id of that other row, once it is known." */
export class KeyOf extends NotYet {
  readonly part: Part;
  readonly attribute: ColumnAttribute;

  constructor(part: Part, attribute: ColumnAttribute) {
    super();
    this.part = part;
    this.attribute = attribute;
  }

  get state(): ObjectState {
    return this.part.state;
  }

  /** The key, if the database has made it. */
  get made(): unknown {
    return this.part.made(this.attribute.column);
  }

  override toString(): string {
    return `(${this.attribute.key} of the new ${this.state.mapper.name})`;
  }
}

/** What a default will make, in a plan that makes nothing. */
export class DefaultOf extends NotYet {
  override toString(): string {
    return "(default)";
  }
}

/** A row's version in a plan that reads nothing: what the row has, or what so many updates make of it. */
export class VersionOf extends NotYet {
  readonly state: ObjectState;
  readonly attribute: ColumnAttribute;
  readonly #raised: number;

  constructor(state: ObjectState, attribute: ColumnAttribute, raised = 0) {
    super();
    this.state = state;
    this.attribute = attribute;
    this.#raised = raised;
  }

  get next(): VersionOf {
    return new VersionOf(this.state, this.attribute, this.#raised + 1);
  }

  override toString(): string {
    const raised = this.#raised === 0 ? "" : ` + ${this.#raised}`;
    return `(${this.attribute.key} of ${this.state}${raised})`;
  }
}

/**
 * A text that two rows share when a unique constraint would say that they are equal; undefined where that is never so
 * (NULL differs from everything), or cannot be known.
 */
export function textOf(
  key: readonly TableColumn[],
  read: (column: TableColumn) => unknown,
): KeyText | undefined {
  const isOpen = (value: unknown) =>
    value === undefined || value === null || value instanceof NotYet || isExpression(value);
  const values = key.map((column) => {
    const value = read(column);
    return isOpen(value) ? undefined : (column.type.normalise?.(value) ?? value);
  });
  return values.includes(undefined) ? undefined : keyText(values);
}
