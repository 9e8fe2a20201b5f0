/**
 * One word out of a fixed list.
 */
import { fail } from "../foundation/errors.ts";
import { list, shorten } from "../foundation/words.ts";
import { type SqlType, sqlType } from "./sql-type.ts";

/**
 * Makes the type of one word out of a list; `enumName` is what databases with named enums call it, in `enumSchema`.
 *
 * Errors: types/definition when there is no word, a word twice, or one that is no string.
 *
 * @example enumType(["draft", "published"], "post_state")
 */
export function enumType<const Word extends string>(
  values: readonly Word[],
  enumName?: string,
  enumSchema?: string,
): SqlType<Word> {
  if (values.length === 0 || values.some((value) => typeof value !== "string")) {
    throw fail("types/definition", { type: "enum", expected: "at least one string", got: values });
  }
  const words = new Set<unknown>(values);
  if (words.size < values.length) {
    throw fail("types/definition", { type: "enum", expected: "each value once", got: values });
  }
  const offer = list(values.map((value) => JSON.stringify(value)));
  return sqlType<Word>({
    name: "enum",
    values: Object.freeze([...values]),
    enumName,
    enumSchema,
    check: (value) => (words.has(value) ? undefined : `expects ${offer}, got: ${shorten(value)}`),
    equal: (left, right) => left === right,
  });
}
