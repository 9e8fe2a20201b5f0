/**
 * JSON: what comes back is what went in, or it is refused.
 */
import { shorten } from "../foundation/words.ts";
import { type SqlType, sqlType } from "./sql-type.ts";

/** Any JSON value. */
export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json | undefined };

const JSON_TYPE: SqlType<unknown> = sqlType<unknown>({
  name: "json",
  check: (value) => problemOf(value, "", new Set()),
  equal: equalJson,
  copy: copyJson,
});

/**
 * Makes the type of JSON values, compared by content without regard to the order of keys.
 *
 * `Value` is the application's word for what is in there; the library checks only that it is JSON.
 */
export function jsonType<Value = Json>(): SqlType<Value> {
  return JSON_TYPE as SqlType<Value>;
}

/** Names the first thing that JSON cannot hold: `JSON.stringify` drops or rewrites those without a word. */
function problemOf(value: unknown, path: string, above: Set<object>): string | undefined {
  switch (typeof value) {
    case "string":
    case "boolean":
      return undefined;
    case "number":
      return Number.isFinite(value) ? undefined : wrong(value, path);
    case "object":
      return value === null ? undefined : problemInside(value, path, above);
    default:
      return wrong(value, path);
  }
}

function problemInside(value: object, path: string, above: Set<object>): string | undefined {
  if (above.has(value)) return `expects JSON, got: an object that contains itself${at(path)}`;
  above.add(value);
  let problem: string | undefined;
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length && problem === undefined; index++) {
      problem = problemOf(value[index], `${path}[${index}]`, above);
    }
  } else if (isPlain(value)) {
    for (const [key, item] of Object.entries(value)) {
      // An undefined property is an absent one, as in JSON.stringify.
      if (item !== undefined) problem ??= problemOf(item, path === "" ? key : `${path}.${key}`, above);
    }
  } else {
    problem = wrong(value, path);
  }
  above.delete(value);
  return problem;
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  // An object of another realm has another Object.prototype, which is likewise the last of its chain.
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function wrong(value: unknown, path: string): string {
  return `expects JSON, got: ${shorten(value)}${at(path)}`;
}

function at(path: string): string {
  return path === "" ? "" : ` (at ${path})`;
}

function equalJson(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (typeof left !== "object" || typeof right !== "object" || left === null || right === null) return false;
  if (Array.isArray(left) || Array.isArray(right)) {
    if (!Array.isArray(left) || !Array.isArray(right) || left.length !== right.length) return false;
    return left.every((item, index) => equalJson(item, right[index]));
  }
  const [leftKeys, rightKeys] = [presentKeys(left), presentKeys(right)];
  if (leftKeys.length !== rightKeys.length) return false;
  return leftKeys.every(
    (key) => Object.hasOwn(right, key) && equalJson(valueAt(left, key), valueAt(right, key)),
  );
}

function presentKeys(value: object): string[] {
  return Object.keys(value).filter((key) => valueAt(value, key) !== undefined);
}

function valueAt(value: object, key: string): unknown {
  return (value as Readonly<Record<string, unknown>>)[key];
}

function copyJson(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(copyJson);
  // `fromEntries` defines properties, so a key `__proto__` stays a key.
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, copyJson(item)]));
}
