/**
 * True and false.
 */
import { shorten } from "../foundation/words.ts";
import { type SqlType, sqlType } from "./sql-type.ts";

const BOOLEAN: SqlType<boolean> = sqlType({
  name: "boolean",
  check: (value) =>
    typeof value === "boolean" ? undefined : `expects true or false, got: ${shorten(value)}`,
  equal: (left, right) => left === right,
});

/** Makes the type of booleans. */
export function booleanType(): SqlType<boolean> {
  return BOOLEAN;
}
