/**
 * How values travel to and from PostgreSQL: as text both ways, so that no client library's conversions take part.
 */
import type { Codec } from "../../compile/target.ts";
import { fail } from "../../foundation/errors.ts";
import type { SqlType } from "../../types/sql-type.ts";
import { decodeDateTime, encodeDateTime } from "../../types/timestamp-text.ts";
import { parseArray, writeArray } from "./array.ts";

const none: Codec = {};

const number: Codec = { encode: String, decode: (raw) => Number(raw) };

const bigInt: Codec = { encode: String, decode: (raw) => BigInt(raw as string) };

const text: Codec = { encode: String };

const boolean: Codec = {
  encode: (value) => (value ? "t" : "f"),
  decode: (raw) => raw === "t" || raw === "true",
};

// With its offset, the text means the same to timestamptz, and `timestamp` ignores it.
const dateTime: Codec = {
  encode: (value) => `${encodeDateTime(value as Date, "millis")}+00`,
  decode: (raw) => decodeDateTime(raw as string),
};

const json: Codec = { encode: (value) => JSON.stringify(value), decode: (raw) => JSON.parse(raw as string) };

const binary: Codec = {
  encode: (value) => `\\x${bufferOf(value as Uint8Array).toString("hex")}`,
  // A copy: small Buffers are views of a shared pool.
  decode: (raw) => new Uint8Array(Buffer.from((raw as string).slice(2), "hex")),
};

/** A value of which nobody knows the type: by what it is. */
const unknown: Codec = {
  encode: (value) => {
    if (value === undefined) {
      throw fail("types/wrong-value", { problem: "must not be undefined; write null for NULL", got: value });
    }
    if (typeof value === "string") return value;
    if (typeof value === "boolean") return boolean.encode!(value);
    if (typeof value !== "object" || value === null) return String(value);
    if (value instanceof Date) return dateTime.encode!(value);
    if (value instanceof Uint8Array) return binary.encode!(value);
    return Array.isArray(value) ? writeArray(value, unknown.encode) : JSON.stringify(value);
  },
};

/** Says how values of a type travel to PostgreSQL. */
export function postgresCodec(type: SqlType): Codec {
  switch (type.name) {
    case "integer":
    case "smallInt":
    case "float":
      return number;
    case "bigInt":
      return bigInt;
    case "numeric":
      return text;
    case "boolean":
      return boolean;
    case "dateTime":
      return dateTime;
    case "json":
      return json;
    case "binary":
      return binary;
    case "array":
      return arrayCodecOf(type);
    case "unknown":
      return unknown;
    default:
      return none;
  }
}

const arrayCodecs = new WeakMap<SqlType, Codec>();

function arrayCodecOf(type: SqlType): Codec {
  let codec = arrayCodecs.get(type);
  if (codec === undefined) {
    const item = type.item === undefined ? none : postgresCodec(type.item);
    codec = type.item?.name === "json" ? arrayOfJson(item) : arrayOf(item);
    arrayCodecs.set(type, codec);
  }
  return codec;
}

function arrayOf(item: Codec): Codec {
  return {
    encode: (value) => writeArray(value as unknown[], item.encode),
    decode: (raw) => parseArray(raw as string, item.decode),
  };
}

/** A JSON value may be an array itself, which is no dimension of the array that it is in. */
function arrayOfJson(item: Codec): Codec {
  const encode = (value: unknown) => (value === null ? null : item.encode?.(value));
  return { ...arrayOf(item), encode: (values) => writeArray((values as unknown[]).map(encode)) };
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** int8 of which no column says that it is a bigint, such as `count(*)`: a number where a number is exact. */
const largeInteger: Codec = {
  decode: (raw) => {
    const value = Number(raw);
    return Number.isSafeInteger(value) ? value : BigInt(raw as string);
  },
};

/**
 * Codecs by the numbers of PostgreSQL's types; each array type after the type of its items.
 *
 * Source: src/include/catalog/pg_type.dat
 */
const codecByTypeId = new Map<number, Codec>([
  [16, boolean],
  [17, binary],
  [20, largeInteger],
  [21, number],
  [23, number],
  [26, number],
  [114, json],
  [700, number],
  [701, number],
  [1114, dateTime],
  [1184, dateTime],
  [3802, json],
]);
const itemTypeByArrayType: readonly (readonly [number, number])[] = [
  [1000, 16],
  [1001, 17],
  [1016, 20],
  [1005, 21],
  [1007, 23],
  [1009, 25],
  [1015, 1043],
  [1021, 700],
  [1022, 701],
  [1231, 1700],
  [199, 114],
  [3807, 3802],
  [1115, 1114],
  [1185, 1184],
  [2951, 2950],
  [1182, 1082],
];
for (const [array, item] of itemTypeByArrayType)
  codecByTypeId.set(array, arrayOf(codecByTypeId.get(item) ?? none));

/** Says how a value of a column travels of which only the database knows the type. */
export function codecOfPostgresType(typeId: number | undefined): Codec {
  if (typeId === undefined) return unknown;
  return codecByTypeId.get(typeId) ?? none;
}
