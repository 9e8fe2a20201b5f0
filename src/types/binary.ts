/**
 * Bytes.
 */
import { shorten } from "../foundation/words.ts";
import { type SqlType, sqlType } from "./sql-type.ts";

const BINARY: SqlType<Uint8Array> = sqlType<Uint8Array>({
  name: "binary",
  check: (value) =>
    value instanceof Uint8Array ? undefined : `expects a Uint8Array, got: ${shorten(value)}`,
  equal: equalBytes,
  // Not `slice`: that of a Buffer shares its memory.
  copy: (value) => new Uint8Array(value),
});

/** Makes the type of byte strings, as `Uint8Array`. */
export function binaryType(): SqlType<Uint8Array> {
  return BINARY;
}

function equalBytes(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, index) => byte === right[index]);
}
