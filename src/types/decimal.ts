/**
 * Exact decimal arithmetic over strings, for money: no binary fractions, no rounding that is not asked for.
 *
 * A decimal is written `"12.50"`; the digits after its point are its scale, and results keep the scale that
 * arithmetic on paper gives.
 */
import { fail } from "../foundation/errors.ts";

/** What counts as a decimal: `"12.50"`, `12.5`, `12n`. A number means its shortest spelling (`0.1` is one tenth). */
export type DecimalInput = string | number | bigint;

/** A decimal as an integer and the place of its point: `units / 10^scale`. */
interface Parts {
  readonly units: bigint;
  readonly scale: number;
}

// PostgreSQL's numeric ends there too; an exponent beyond it would only fill the memory.
const MAX_DIGITS = 131_072;

const PATTERN = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,7}))?$/;

/** Takes a value apart; undefined when it is no finite decimal. */
function parse(value: unknown): Parts | undefined {
  if (typeof value === "bigint") return { units: value, scale: 0 };
  if (typeof value !== "string" && typeof value !== "number") return undefined;
  const match = PATTERN.exec(String(value));
  if (match === null) return undefined;
  const [, sign = "", whole = "", fraction = "", exponent = "0"] = match;
  if (whole === "" && fraction === "") return undefined;
  const scale = fraction.length - Number(exponent);
  if (whole.length + fraction.length > MAX_DIGITS || Math.abs(scale) > MAX_DIGITS) return undefined;
  const digits = BigInt(whole + fraction);
  const units = sign === "-" ? -digits : digits;
  return scale < 0 ? { units: units * 10n ** BigInt(-scale), scale: 0 } : { units, scale };
}

function parseOrFail(value: DecimalInput, where: string): Parts {
  const parts = parse(value);
  if (parts === undefined) throw fail("types/not-decimal", { where, got: value });
  return parts;
}

function format({ units, scale }: Parts): string {
  const isNegative = units < 0n;
  const digits = String(isNegative ? -units : units).padStart(scale + 1, "0");
  const point = digits.length - scale;
  const text = scale === 0 ? digits : `${digits.slice(0, point)}.${digits.slice(point)}`;
  return isNegative ? `-${text}` : text;
}

/** Brings two decimals to one scale. */
function align(left: Parts, right: Parts): { left: bigint; right: bigint; scale: number } {
  const scale = Math.max(left.scale, right.scale);
  const widen = (parts: Parts) => parts.units * 10n ** BigInt(scale - parts.scale);
  return { left: widen(left), right: widen(right), scale };
}

/** Divides, rounding halves away from zero. */
function divideRounded(dividend: bigint, divisor: bigint): bigint {
  const isNegative = dividend < 0n !== divisor < 0n;
  const [over, under] = [dividend < 0n ? -dividend : dividend, divisor < 0n ? -divisor : divisor];
  const rounded = (over * 2n + under) / (under * 2n);
  return isNegative ? -rounded : rounded;
}

function rescale({ units, scale }: Parts, wanted: number): Parts {
  if (wanted >= scale) return { units: units * 10n ** BigInt(wanted - scale), scale: wanted };
  return { units: divideRounded(units, 10n ** BigInt(scale - wanted)), scale: wanted };
}

function add(left: DecimalInput, right: DecimalInput): string {
  const aligned = align(parseOrFail(left, "decimal.add"), parseOrFail(right, "decimal.add"));
  return format({ units: aligned.left + aligned.right, scale: aligned.scale });
}

function subtract(left: DecimalInput, right: DecimalInput): string {
  const aligned = align(parseOrFail(left, "decimal.subtract"), parseOrFail(right, "decimal.subtract"));
  return format({ units: aligned.left - aligned.right, scale: aligned.scale });
}

function multiply(left: DecimalInput, right: DecimalInput): string {
  const [one, other] = [parseOrFail(left, "decimal.multiply"), parseOrFail(right, "decimal.multiply")];
  return format({ units: one.units * other.units, scale: one.scale + other.scale });
}

function divide(dividend: DecimalInput, divisor: DecimalInput, scale: number): string {
  const [over, under] = [parseOrFail(dividend, "decimal.divide"), parseOrFail(divisor, "decimal.divide")];
  if (under.units === 0n)
    throw fail("types/definition", {
      type: "decimal.divide",
      expected: "a divisor other than zero",
      got: divisor,
    });
  checkScale(scale, "decimal.divide");
  // over.units/10^a ÷ under.units/10^b, in units of 10^-scale.
  const shift = scale + under.scale - over.scale;
  const units =
    shift >= 0
      ? divideRounded(over.units * 10n ** BigInt(shift), under.units)
      : divideRounded(over.units, under.units * 10n ** BigInt(-shift));
  return format({ units, scale });
}

function sum(values: Iterable<DecimalInput>): string {
  let total: Parts = { units: 0n, scale: 0 };
  for (const value of values) {
    const aligned = align(total, parseOrFail(value, "decimal.sum"));
    total = { units: aligned.left + aligned.right, scale: aligned.scale };
  }
  return format(total);
}

function compare(left: DecimalInput, right: DecimalInput): -1 | 0 | 1 {
  const aligned = align(parseOrFail(left, "decimal.compare"), parseOrFail(right, "decimal.compare"));
  if (aligned.left === aligned.right) return 0;
  return aligned.left < aligned.right ? -1 : 1;
}

function round(value: DecimalInput, scale = 0): string {
  checkScale(scale, "decimal.round");
  return format(rescale(parseOrFail(value, "decimal.round"), scale));
}

function checkScale(scale: number, type: string): void {
  if (Number.isInteger(scale) && scale >= 0 && scale <= MAX_DIGITS) return;
  throw fail("types/definition", { type, expected: "a count of digits after the point", got: scale });
}

/**
 * Arithmetic on exact decimals.
 *
 * `add`, `subtract` and `sum` keep the larger scale, `multiply` the sum of both; `round` and `divide` give the scale
 * asked for, with halves away from zero as in PostgreSQL; `compare` gives -1, 0 or 1.
 *
 * Errors: types/not-decimal for what is no finite decimal.
 *
 * @example
 * decimal.multiply("19.99", 3)              // => "59.97"
 * decimal.sum(["59.97", "0.03"])            // => "60.00"
 * decimal.round("2.345", 2)                 // => "2.35"
 */
export const decimal = Object.freeze({ add, subtract, multiply, divide, sum, compare, round });

/** What {@link inspectDecimal} tells about a decimal. */
export interface DecimalDigits {
  /** Digits before the point, without leading zeros. */
  readonly whole: number;
  /** Digits after the point, without trailing zeros. */
  readonly fraction: number;
}

/** Counts the digits that matter; undefined when the value is no finite decimal. */
export function inspectDecimal(value: unknown): DecimalDigits | undefined {
  const parts = parse(value);
  if (parts === undefined) return undefined;
  const [whole = "", fraction = ""] = format(parts).replace("-", "").split(".");
  return { whole: whole.replace(/^0+/, "").length, fraction: fraction.replace(/0+$/, "").length };
}
