/**
 * Identities: (mapper, primary key), and the comparable form of keys.
 */
import type { Mapper } from "../mapping/mapper.ts";

/** A primary key value that can be compared with `===`: the value itself, or the text of a composite one. */
export type KeyText = string | number | bigint | boolean;

/** An object's identity. `mapper` is the root of its hierarchy, so that a subclass's object is found by its base. */
export class IdentityKey {
  readonly mapper: Mapper;
  readonly values: readonly unknown[];
  readonly text: KeyText;

  constructor(mapper: Mapper, values: readonly unknown[], text: KeyText) {
    this.mapper = mapper;
    this.values = values.some(isMutable) ? values.map(copied) : values;
    this.text = text;
  }
}

/** Whether a key's value may be changed in place by who has it. */
function isMutable(value: unknown): boolean {
  return typeof value === "object" && value !== null;
}

function copied(value: unknown): unknown {
  return isMutable(value) ? structuredClone(value) : value;
}

/** The text of a key of one value, where it is that value. */
export type OwnKeyText = string | number;

/** Separates the parts of a composite key's text; cannot occur in JSON text of scalars. */
const SEPARATOR = "\u0000";

/** The comparable form of key values. `null` never occurs in one. */
export function keyText(values: readonly unknown[]): KeyText {
  if (values.length === 1) return scalarText(values[0]);
  return values.map((value) => `${typeof value}:${String(scalarText(value))}`).join(SEPARATOR);
}

/** The comparable form of the one value of a key. */
export function scalarText(value: unknown): KeyText {
  if (typeof value === "number" || typeof value === "string" || typeof value === "bigint") return value;
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array) return Buffer.from(value).toString("hex");
  return typeof value === "boolean" ? value : JSON.stringify(value);
}

/** The root of a mapper's hierarchy. */
export function rootMapper(mapper: Mapper): Mapper {
  let root = mapper;
  while (root.inherits !== undefined) root = root.inherits;
  return root;
}

/** Makes an identity from a mapper and its primary key values, however they are spelled (`"5"` is `"5.00"`). */
export function identityKey(mapper: Mapper, values: readonly unknown[]): IdentityKey {
  const root = rootMapper(mapper);
  const spelled = root.hasSpelledKey ? values.map((value, index) => normalised(root, index, value)) : values;
  return new IdentityKey(root, spelled, keyText(spelled));
}

function normalised({ primaryKey }: Mapper, index: number, value: unknown): unknown {
  const type = primaryKey[index]?.column.type;
  const isRight = value !== null && value !== undefined && type?.check(value) === undefined;
  return isRight ? (type?.normalise?.(value) ?? value) : value;
}
