/**
 * Text, with and without a length for the database.
 */
import { fail } from "../foundation/errors.ts";
import { plural, shorten } from "../foundation/words.ts";
import { type SqlType, sqlType } from "./sql-type.ts";

const LONE_SURROGATE = /\p{Surrogate}/u;

const textual = {
  check(value: unknown): string | undefined {
    if (typeof value !== "string") return `expects a string, got: ${shorten(value)}`;
    // Half a character cannot be written in UTF-8; drivers would store a replacement without a word.
    return LONE_SURROGATE.test(value)
      ? "expects a string, got: one with half a character (a lone surrogate)"
      : undefined;
  },
  equal: (left: string, right: string): boolean => left === right,
};

const TEXT: SqlType<string> = sqlType({ name: "text", ...textual });
const STRING: SqlType<string> = sqlType({ name: "string", length: undefined, ...textual });

/** Makes the type of text of any length. */
export function textType(): SqlType<string> {
  return TEXT;
}

/**
 * Makes the type of text with a length limit for what is stored: comparing with a longer text is no mistake.
 *
 * Units:  characters.
 * Errors: types/definition when the length is no positive integer.
 */
export function stringType(length?: number): SqlType<string> {
  if (length === undefined) return STRING;
  if (!Number.isInteger(length) || length < 1) {
    throw fail("types/definition", { type: "string", expected: "a length of at least 1", got: length });
  }
  const checkStored = (value: string): string | undefined => {
    // Characters are code points, as databases count them: never more than the units of a string.
    const count = value.length > length ? [...value].length : 0;
    return count > length
      ? `expects at most ${plural(length, "character")}, got ${count}: ${shorten(value)}`
      : undefined;
  };
  return sqlType({ name: "string", length, ...textual, checkStored });
}
