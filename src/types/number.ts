/**
 * Numbers: integers that a JavaScript number holds exactly, those that need a bigint, binary fractions, and exact
 * decimals, which are strings because no number holds them.
 */
import { fail } from "../foundation/errors.ts";
import { plural, shorten } from "../foundation/words.ts";
import { type DecimalInput, decimal, inspectDecimal } from "./decimal.ts";
import { type SqlType, sqlType } from "./sql-type.ts";

/** Marks {@link Numeric}; no value has it. */
declare const NUMERIC: unique symbol;

/**
 * The value of an exact decimal inside a statement: a string for the program, but one that computes and compares with
 * numbers. Rows and objects hold a plain `string`. Type level only.
 */
export type Numeric = string & { readonly [NUMERIC]: true };

/** The value as rows and objects hold it: a {@link Numeric} is a string there. */
export type Plain<Value> = Value extends Numeric ? string : Value;

/** What a column takes for the value: a {@link Numeric} any spelling of a number. */
export type Given<Value> = Value extends Numeric ? string | number | bigint : Value;

const same = (left: unknown, right: unknown): boolean => left === right;

const INTEGER: SqlType<number> = sqlType<number>({
  name: "integer",
  // Not narrowed to 32 bits: counts, sums and whatever is compared may be larger than what a column holds.
  check: (value) => (Number.isSafeInteger(value) ? undefined : `expects an integer, got: ${shorten(value)}`),
  checkStored: (value) =>
    (value | 0) === value
      ? undefined
      : `expects an integer from -2147483648 to 2147483647 (bigInt() holds larger ones), got: ${shorten(value)}`,
  equal: same,
});

const SMALL_INT: SqlType<number> = sqlType<number>({
  name: "smallInt",
  check: (value) =>
    Number.isInteger(value) && Math.abs((value as number) + 0.5) < 32_768
      ? undefined
      : `expects an integer from -32768 to 32767, got: ${shorten(value)}`,
  equal: same,
});

const BIG_INT: SqlType<bigint> = sqlType<bigint>({
  name: "bigInt",
  check: (value) => {
    if (typeof value !== "bigint") return `expects a bigint such as 5n, got: ${shorten(value)}`;
    return BigInt.asIntN(64, value) === value
      ? undefined
      : `expects a bigint of 64 bits, got: ${shorten(value)}`;
  },
  equal: same,
});

const FLOAT: SqlType<number> = sqlType<number>({
  name: "float",
  // SQLite would store NaN as NULL, without a word.
  check: (value) =>
    typeof value === "number" && !Number.isNaN(value)
      ? undefined
      : `expects a number, got: ${shorten(value)}`,
  equal: same,
});

/** Makes the type of whole numbers, as JavaScript numbers up to 2^53; a column holds 32 bits of them. */
export function integerType(): SqlType<number> {
  return INTEGER;
}

/** Makes the type of whole numbers of 16 bits. */
export function smallIntType(): SqlType<number> {
  return SMALL_INT;
}

/** Makes the type of whole numbers of 64 bits, as bigints. */
export function bigIntType(): SqlType<bigint> {
  return BIG_INT;
}

/** Makes the type of binary fractions (double precision). */
export function floatType(): SqlType<number> {
  return FLOAT;
}

/**
 * Makes the type of exact decimals, as strings: `"99.99"`.
 *
 * Takes strings, numbers and bigints; `normalise` gives exactly `scale` digits after the point. Digits beyond the
 * scale are refused, never rounded. A precision without a scale means whole numbers, as in SQL.
 *
 * Units:  digits.
 * Errors: types/definition when precision or scale is no count of digits.
 *
 * @example numericType(10, 2).normalise?.("5")   // => "5.00"
 */
export function numericType(precision?: number, scale?: number): SqlType<string> {
  const digits = scale ?? (precision === undefined ? undefined : 0);
  checkDigits(precision, digits);
  const maxWhole = precision === undefined ? undefined : precision - (digits ?? 0);
  const check = (value: unknown): string | undefined => {
    const counted = inspectDecimal(value);
    if (counted === undefined) return `expects a decimal number such as "12.50", got: ${shorten(value)}`;
    if (digits !== undefined && counted.fraction > digits) {
      return `expects at most ${plural(digits, "digit")} after the point, got: ${shorten(value)}`;
    }
    if (maxWhole !== undefined && counted.whole > maxWhole) {
      return `expects at most ${plural(maxWhole, "digit")} before the point, got: ${shorten(value)}`;
    }
    return undefined;
  };
  return sqlType<string>({
    name: "numeric",
    precision,
    scale: digits,
    check,
    equal: (left, right) => decimal.compare(left, right) === 0,
    normalise: (value) => {
      const problem = check(value);
      if (problem !== undefined) throw fail("types/wrong-value", { problem, got: value });
      // Without a scale the value keeps its own; adding zero only spells it out.
      return digits === undefined
        ? decimal.add(value as DecimalInput, 0)
        : decimal.round(value as DecimalInput, digits);
    },
  });
}

function checkDigits(precision: number | undefined, scale: number | undefined): void {
  const isCount = (digits: number | undefined, least: number) =>
    digits === undefined || (Number.isInteger(digits) && digits >= least && digits <= 1000);
  if (!isCount(precision, 1)) {
    throw fail("types/definition", {
      type: "numeric",
      expected: "a precision from 1 to 1000",
      got: precision,
    });
  }
  if (!isCount(scale, 0) || (precision !== undefined && scale !== undefined && scale > precision)) {
    throw fail("types/definition", {
      type: "numeric",
      expected: "a scale from 0 to the precision",
      got: scale,
    });
  }
}
