/**
 * The type of a value that stands alone, with no column beside it to say.
 */
import { arrayType } from "./array.ts";
import { binaryType } from "./binary.ts";
import { booleanType } from "./boolean.ts";
import { dateTimeType } from "./datetime.ts";
import { jsonType } from "./json.ts";
import { bigIntType, floatType, integerType } from "./number.ts";
import { nullType, type SqlType } from "./sql-type.ts";
import { textType } from "./text.ts";

/**
 * Guesses the SQL type of a JavaScript value.
 *
 * Shape: string → text, whole number → integer, other number → float, bigint, boolean, Date → dateTime with zone,
 *        Uint8Array → binary, array → array of its first item's type, plain object → json, all else → unknown.
 */
export function typeOfValue(value: unknown): SqlType {
  switch (typeof value) {
    case "string":
      return textType();
    case "number":
      return Number.isSafeInteger(value) ? integerType() : floatType();
    case "bigint":
      return bigIntType();
    case "boolean":
      return booleanType();
    case "object":
      return value === null ? nullType() : typeOfObject(value);
    default:
      return nullType();
  }
}

function typeOfObject(value: object): SqlType {
  // With a zone: the moment is certain, and a database converts it where a column has none.
  if (value instanceof Date) return dateTimeType({ timezone: true });
  if (value instanceof Uint8Array) return binaryType();
  if (Array.isArray(value)) return arrayType(typeOfValue(value.find((item) => item !== null)));
  return jsonType().check(value) === undefined ? jsonType() : nullType();
}
