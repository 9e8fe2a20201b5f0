/** Types as standard SQL writes them. */
import type { SqlType } from "../../types/sql-type.ts";

/** Writes a type, as in CAST and CREATE TABLE. An enum is a text as long as its longest word. */
export function ansiTypeName(type: SqlType): string {
  switch (type.name) {
    case "integer":
      return "INTEGER";
    case "smallInt":
      return "SMALLINT";
    case "bigInt":
      return "BIGINT";
    case "float":
      return "DOUBLE PRECISION";
    case "numeric":
      return withSizes("NUMERIC", type.precision, type.scale);
    case "string":
      return withSizes("VARCHAR", type.length);
    case "text":
      return "TEXT";
    case "boolean":
      return "BOOLEAN";
    case "date":
      return "DATE";
    case "time":
      return "TIME";
    case "dateTime":
      return type.timezone ? "TIMESTAMP WITH TIME ZONE" : "TIMESTAMP";
    case "json":
      return "JSON";
    case "uuid":
      return "UUID";
    case "binary":
      return "BLOB";
    case "enum":
      return withSizes("VARCHAR", Math.max(1, ...(type.values ?? []).map((value) => value.length)));
    case "array":
      return `${ansiTypeName(type.item ?? type)} ARRAY`;
    case "unknown":
      return "TEXT";
  }
}

function withSizes(name: string, ...sizes: (number | undefined)[]): string {
  const given = sizes.filter((size) => size !== undefined);
  return given.length === 0 ? name : `${name}(${given.join(", ")})`;
}
