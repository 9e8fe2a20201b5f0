/**
 * How a value of a column looks in the program, whatever database it travels to.
 *
 * A type checks, compares and copies values; turning them into what one client library takes and back is the
 * dialect's (`dialect.codec(type)`). The makers are one file per family beside this one.
 */

/** Names of the types, which renderers and codecs switch on. */
export type SqlTypeName =
  | "integer"
  | "smallInt"
  | "bigInt"
  | "float"
  | "numeric"
  | "string"
  | "text"
  | "boolean"
  | "date"
  | "time"
  | "dateTime"
  | "json"
  | "uuid"
  | "binary"
  | "enum"
  | "array"
  | "unknown";

/** Holds the value's type; no object has it at run time. */
export declare const VALUE: unique symbol;

/** A type of the database together with the values that it takes in the program. Frozen; equal types may be shared. */
export interface SqlType<Value = unknown> {
  readonly name: SqlTypeName;
  /** Units: characters. */
  readonly length?: number | undefined;
  /** Units: decimal digits in all. */
  readonly precision?: number | undefined;
  /** Units: decimal digits after the point. */
  readonly scale?: number | undefined;
  readonly timezone?: boolean | undefined;
  /** The words of an enum, in order. */
  readonly values?: readonly string[] | undefined;
  /** The enum's name in databases that name them. */
  readonly enumName?: string | undefined;
  /** The schema that the enum is in; undefined: the default one. */
  readonly enumSchema?: string | undefined;
  /** The type of an array's items. */
  readonly item?: SqlType | undefined;

  /**
   * Says what is wrong with a value: undefined when nothing is, else a part of a sentence
   * (`expects an integer, got: "5"`). Null is never asked about.
   */
  check(value: unknown): string | undefined;
  /**
   * Present where a column refuses what a comparison takes, such as a text that is too long: says what is wrong with a value
   * that `check` takes and that is to be stored.
   */
  checkStored?(value: Value): string | undefined;
  /** Tells whether two values that passed `check` are stored alike. */
  equal(left: Value, right: Value): boolean;
  /** Present where a value can change in place: takes the snapshot that changes are found against. */
  copy?(value: Value): Value;
  /** Present where several spellings mean one value (`5`, `"5.0"`): gives the one that the database would give back. */
  normalise?(value: unknown): Value;

  readonly [VALUE]?: Value;
}

/** The value that a type takes in the program. */
export type ValueOf<Type extends SqlType> = Type extends SqlType<infer Value> ? Value : never;

/** Says what is wrong with a value that a column is to hold; undefined when nothing is. Null is never asked about. */
export function problemOfStoring(type: SqlType, value: unknown): string | undefined {
  return type.check(value) ?? type.checkStored?.(value);
}

/** Freezes a type. The makers of the families use it; an application's own types may, too. */
export function sqlType<Value>(type: SqlType<Value>): SqlType<Value> {
  return Object.freeze(type);
}

/** Writes a type for messages: `string(50)`, `numeric(10, 2)`, `array of integer`. */
export function describeType(type: SqlType): string {
  if (type.item !== undefined) return `array of ${describeType(type.item)}`;
  if (type.enumName !== undefined) return `enum ${type.enumName}`;
  const sizes = [type.length, type.precision, type.scale].filter((size) => size !== undefined);
  return sizes.length === 0 ? type.name : `${type.name}(${sizes.join(", ")})`;
}

const UNKNOWN: SqlType<unknown> = sqlType({
  name: "unknown",
  check: (value) => (value === undefined || typeof value === "function" ? "expects a value" : undefined),
  equal: (left, right) => Object.is(left, right),
});

/** Makes the type of an expression whose type is not known: values pass as they are. */
export function nullType(): SqlType<unknown> {
  return UNKNOWN;
}
