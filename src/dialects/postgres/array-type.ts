/**
 * Arrays as parameters that stand for several values.
 */
import { arrayType } from "../../types/array.ts";
import type { SqlType } from "../../types/sql-type.ts";

/** Whether values of a type can be the items of such an array: arrays would become one, and bytes have no text in it. */
export function canBeInArray({ name }: SqlType): boolean {
  return name !== "array" && name !== "binary" && name !== "unknown";
}

const arrayTypes = new WeakMap<SqlType, SqlType>();

/** The type of arrays of a type; the same one each time, so that its codec is found again. */
export function arrayOf(type: SqlType): SqlType {
  let array = arrayTypes.get(type);
  if (array === undefined) {
    array = arrayType(type);
    arrayTypes.set(type, array);
  }
  return array;
}
