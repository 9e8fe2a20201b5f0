/**
 * How values travel to and from SQLite, which knows INTEGER, REAL, TEXT, BLOB and NULL.
 *
 * Integers are bound as `bigint`, because the clients bind a number as REAL and `1.0` is not `1` to `/` or `typeof`.
 * Booleans are 0 and 1. Dates are UTC text that sorts by time: `2026-01-31 12:00:00.000000`.
 * Decimals are numbers of at most 15 digits, which REAL holds exactly, so that SQLite can calculate with them.
 */
import type { Codec } from "../../compile/target.ts";
import { fail } from "../../foundation/errors.ts";
import { decimal, inspectDecimal } from "../../types/decimal.ts";
import type { SqlType } from "../../types/sql-type.ts";
import { decodeDateTime, encodeDateTime } from "../../types/timestamp-text.ts";

const none: Codec = {};

const integer: Codec = {
  encode: (value) => (typeof value === "number" && Number.isInteger(value) ? BigInt(value) : value),
};

const bigInt: Codec = { encode: (value) => BigInt(value as bigint), decode: (raw) => BigInt(raw as number) };

const boolean: Codec = { encode: (value) => (value ? 1n : 0n), decode: (raw) => raw !== 0 && raw !== 0n };

const dateTime: Codec = {
  encode: (value) => encodeDateTime(value as Date, "micros"),
  decode: (raw) => decodeDateTime(String(raw)),
};

const json: Codec = { encode: (value) => JSON.stringify(value), decode: (raw) => JSON.parse(String(raw)) };

const float: Codec = { decode: (raw) => Number(raw) };

/** Text is compared by its spelling, so all have one: the lower case that PostgreSQL gives. */
const uuid: Codec = { encode: (value) => String(value).toLowerCase() };

/** A value of which nobody knows the type: by what it is. */
const unknown: Codec = {
  encode: (value) => {
    switch (typeof value) {
      case "number":
        return Number.isInteger(value) ? BigInt(value) : value;
      case "boolean":
        return value ? 1n : 0n;
      case "undefined":
        throw fail("types/wrong-value", {
          problem: "must not be undefined; write null for NULL",
          got: value,
        });
      case "object":
        if (value instanceof Date) return encodeDateTime(value, "micros");
        return value instanceof Uint8Array ? value : JSON.stringify(value);
      default:
        return value;
    }
  },
};

/** Says how values of a type travel to SQLite. */
export function sqliteCodec(type: SqlType): Codec {
  switch (type.name) {
    case "integer":
    case "smallInt":
      return integer;
    case "bigInt":
      return bigInt;
    case "boolean":
      return boolean;
    case "float":
      return float;
    case "numeric":
      return numericCodec(type.scale);
    case "dateTime":
      return dateTime;
    case "json":
      return json;
    case "uuid":
      return uuid;
    case "array":
      return arrayCodec(type);
    case "unknown":
      return unknown;
    default:
      return none;
  }
}

const numericByScale = new Map<number | undefined, Codec>();

function numericCodec(scale: number | undefined): Codec {
  let codec = numericByScale.get(scale);
  if (codec === undefined) {
    codec = { encode: encodeNumeric, decode: (raw) => decodeNumeric(raw, scale) };
    numericByScale.set(scale, codec);
  }
  return codec;
}

/**
 * Binds a decimal as a number that says exactly the same.
 *
 * Errors: types/wrong-value beyond 15 digits, which SQLite would round without a word, text or not.
 */
function encodeNumeric(value: unknown): unknown {
  if (typeof value === "bigint") return value;
  const text = String(value);
  if (/^-?\d{1,18}$/.test(text)) return BigInt(text);
  const digits = inspectDecimal(text);
  if (digits === undefined || digits.whole + digits.fraction <= 15) return Number(text);
  if (digits.fraction === 0 && digits.whole <= 18) return BigInt(decimal.round(text, 0));
  const problem = `has ${digits.whole + digits.fraction} digits, of which SQLite keeps 15 exactly`;
  throw fail("types/wrong-value", { problem, got: value });
}

function decodeNumeric(raw: unknown, scale: number | undefined): string {
  // 15 digits are what SQLite keeps; those behind are the dust of binary fractions (0.1 + 0.2).
  const text = typeof raw === "number" ? raw.toPrecision(15) : String(raw);
  if (scale !== undefined) return decimal.round(text, scale);
  const digits = inspectDecimal(text);
  return digits === undefined ? text : decimal.round(text, digits.fraction);
}

function arrayCodec(type: SqlType): Codec {
  const item = type.item === undefined ? none : sqliteCodec(type.item);
  const each = (convert: ((value: unknown) => unknown) | undefined, values: unknown): unknown[] =>
    (values as unknown[]).map((value) => (value === null || convert === undefined ? value : convert(value)));
  return {
    encode: (value) => JSON.stringify(each(item.encode, value), jsonInteger),
    decode: (raw) => each(item.decode, JSON.parse(String(raw))),
  };
}

/** JSON has no bigint: one that a number holds exactly is that number, others are their text. */
function jsonInteger(_key: string, part: unknown): unknown {
  if (typeof part !== "bigint") return part;
  return Number.isSafeInteger(Number(part)) ? Number(part) : String(part);
}
