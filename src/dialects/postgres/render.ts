/**
 * What PostgreSQL writes differently from standard SQL.
 */
import { renderCall } from "../../compile/ansi/expression.ts";
import { ansiLiteral, ansiRenderers } from "../../compile/ansi/target.ts";
import { ansiTypeName } from "../../compile/ansi/type-names.ts";
import { quoteIdentifier } from "../../compile/names.ts";
import type { NodeOfKind, Renderers } from "../../compile/renderers.ts";
import type { Writer } from "../../compile/writer.ts";
import type { ExpressionNode } from "../../sql/nodes.ts";
import type { SqlType } from "../../types/sql-type.ts";
import { writeArray } from "./array.ts";

/** The renderers of PostgreSQL. */
export const postgresRenderers: Renderers = Object.freeze({
  ...ansiRenderers,
  functions: Object.freeze({
    ...ansiRenderers.functions,
    concat: withTypedParameters,
    concat_ws: withTypedParameters,
    json_build_object: withTypedParameters,
    jsonb_build_object: withTypedParameters,
    json_build_array: withTypedParameters,
    jsonb_build_array: withTypedParameters,
  }),
});

/** These functions take values of any type, so that nothing tells PostgreSQL the type of a parameter. */
function withTypedParameters(node: NodeOfKind<"function">, writer: Writer): void {
  const typed = node.arguments.map(
    (argument): ExpressionNode =>
      argument.kind === "parameter" && argument.type.name !== "unknown"
        ? { kind: "cast", operand: argument, type: argument.type }
        : argument,
  );
  renderCall({ ...node, arguments: typed }, writer);
}

/** Writes a type, as in CAST and CREATE TABLE. */
export function postgresTypeName(type: SqlType): string {
  switch (type.name) {
    case "json":
      return "JSONB";
    case "binary":
      return "BYTEA";
    case "enum":
      return type.enumName === undefined ? ansiTypeName(type) : quoteIdentifier(type.enumName);
    case "array":
      return `${type.item === undefined ? "TEXT" : postgresTypeName(type.item)}[]`;
    default:
      return ansiTypeName(type);
  }
}

/** Writes a value into the text of a statement. */
export function postgresLiteral(value: unknown, type: SqlType): string {
  if (value instanceof Uint8Array) return `'\\x${Buffer.from(value).toString("hex")}'`;
  if (type.name === "array" && Array.isArray(value)) return `'${writeArray(value).replaceAll("'", "''")}'`;
  return ansiLiteral(value, type);
}
