/**
 * Compares nodes by what they say: two statements built apart are equal when they would compile to the same text with
 * the same parameters.
 */

import type { SqlType } from "../types/sql-type.ts";
import { isNode, part, partsOf } from "./children.ts";
import type { Source, SqlNode } from "./nodes.ts";

/**
 * Gives a text that two nodes share when they are equal, for use as a key of a map.
 *
 * Tables and mappers count by identity; aliases and subqueries by the order in which they appear, so that an alias
 * without a name equals another one in the same place.
 */
export function keyOf(node: SqlNode): string {
  const numbers = new Map<object, number>();
  return nodeKey(node, numbers);
}

const identities = new WeakMap<object, number>();
let identityCount = 0;

/** Numbers an object for good. */
function identityOf(value: object): number {
  let number = identities.get(value);
  if (number === undefined) {
    number = ++identityCount;
    identities.set(value, number);
  }
  return number;
}

function nodeKey(node: SqlNode, numbers: Map<object, number>): string {
  if (isSource(node)) return sourceKey(node, numbers);
  const properties = partsOf(node).map(([key, role]) => {
    const value = part(node, key);
    if (role === "child") return valueKey(value, numbers);
    if (role === "source") return sourceKey(value as Source, numbers);
    if (role === "type") return typeKey(value as SqlType);
    return role === "derived" ? "" : plainKey(value);
  });
  return `${node.kind}(${properties.join(",")})`;
}

function sourceKey(source: Source, numbers: Map<object, number>): string {
  if (source.kind === "table") return `table#${identityOf(source)}`;
  const known = numbers.get(source);
  if (known !== undefined) return `@${known}`;
  const number = numbers.size;
  numbers.set(source, number);
  const below = source.kind === "alias" ? source.of : source.query;
  const own = partsOf(source)
    .filter(([, role]) => role === "plain")
    .map(([key]) => plainKey(part(source, key)));
  return `${source.kind}@${number}(${own.join(",")},${nodeKey(below, numbers)})`;
}

function valueKey(value: unknown, numbers: Map<object, number>): string {
  if (isNode(value)) return nodeKey(value, numbers);
  if (Array.isArray(value)) return `[${value.map((item) => valueKey(item, numbers)).join(",")}]`;
  if (typeof value !== "object" || value === null) return plainKey(value);
  return `{${Object.entries(value)
    .map(([key, item]) => `${key}:${valueKey(item, numbers)}`)
    .join(",")}}`;
}

function typeKey(type: SqlType): string {
  const { name, length, precision, scale, timezone, values, enumName, item } = type;
  const itemKey = item === undefined ? "" : typeKey(item);
  return [name, length, precision, scale, timezone, values?.join("|"), enumName, itemKey].join("/");
}

/** Writes a value so that different values differ, types included: `1`, `"1"`, `1n`. */
function plainKey(value: unknown): string {
  switch (typeof value) {
    case "string":
      return JSON.stringify(value);
    case "bigint":
      return `${value}n`;
    case "object":
      return objectKey(value);
    default:
      return Object.is(value, -0) ? "-0" : String(value);
  }
}

function objectKey(value: object | null): string {
  if (value === null) return "null";
  if (value instanceof Date) return `Date(${value.getTime()})`;
  if (value instanceof Uint8Array) return `bytes(${value.toString()})`;
  if (Array.isArray(value)) return `[${value.map(plainKey).join(",")}]`;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== null && prototype !== Object.prototype) return `#${identityOf(value)}`;
  return `{${Object.entries(value)
    .map(([key, item]) => `${JSON.stringify(key)}:${plainKey(item)}`)
    .join(",")}}`;
}

function isSource(node: SqlNode): node is Source {
  return node.kind === "table" || node.kind === "alias" || node.kind === "subquery" || node.kind === "cte";
}
