/**
 * What the errors of every dialect say about the statement that was refused.
 */

import { plural, shorten } from "../foundation/words.ts";
import type { ErrorContext } from "./dialect.ts";

/** The facts about a refused statement that do not depend on the database. */
export interface RefusedFacts {
  readonly sql: string | undefined;
  readonly parameters: readonly string[] | undefined;
}

/** Tells the statement with its parameters: by type and length, or by value where the engine shows them. */
export function refusedFacts(context: ErrorContext): RefusedFacts {
  const show = context.showParameters ? (value: unknown) => shorten(value) : redact;
  return { sql: context.sql, parameters: context.parameters?.map(show) };
}

/** Names the type and length of a value, never the value. */
function redact(value: unknown): string {
  if (value === null) return "null";
  if (typeof value === "string") return `string of ${plural(value.length, "character")}`;
  if (Array.isArray(value)) return `array of ${plural(value.length, "item")}`;
  if (ArrayBuffer.isView(value)) return `${plural(value.byteLength, "byte")}`;
  return value instanceof Date ? "Date" : typeof value;
}

/** Reads a property of whatever was thrown. */
export function propertyOf(error: unknown, name: string): unknown {
  return typeof error === "object" && error !== null ? (error as Record<string, unknown>)[name] : undefined;
}

/** Reads a property of whatever was thrown, if it is a text. */
export function textOf(error: unknown, name: string): string | undefined {
  const value = propertyOf(error, name);
  return typeof value === "string" && value !== "" ? value : undefined;
}
