/**
 * Universally unique identifiers, as strings.
 */
import { fail } from "../foundation/errors.ts";
import { shorten } from "../foundation/words.ts";
import { type SqlType, sqlType } from "./sql-type.ts";

const PATTERN = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i;

const UUID: SqlType<string> = sqlType<string>({
  name: "uuid",
  check: (value) =>
    typeof value === "string" && PATTERN.test(value)
      ? undefined
      : `expects a UUID such as "0191e2a4-7c1d-7b3e-8f00-123456789abc", got: ${shorten(value)}`,
  equal: (left, right) => left.toLowerCase() === right.toLowerCase(),
  normalise: (value) => {
    const problem = UUID.check(value);
    if (problem !== undefined) throw fail("types/wrong-value", { problem, got: value });
    return (value as string).toLowerCase();
  },
});

/** Makes the type of UUIDs; `normalise` gives the lower-case spelling, which databases give back. */
export function uuidType(): SqlType<string> {
  return UUID;
}
