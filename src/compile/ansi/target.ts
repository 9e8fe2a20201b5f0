/** Standard SQL as a target: what `String(statement)` shows, and what every dialect starts from. */
import { binaryOperators, PRECEDENCE } from "../../sql/operators.ts";
import type { SqlType } from "../../types/sql-type.ts";
import { quoteIdentifier } from "../names.ts";
import type { NodeOfKind, Renderers } from "../renderers.ts";
import type { Features, Target } from "../target.ts";
import type { Writer } from "../writer.ts";
import { ansiDdl } from "./ddl.ts";
import { ansiExpressions, renderInfix } from "./expression.ts";
import { ansiSources } from "./from.ts";
import { ansiQueries } from "./select.ts";
import { ansiTypeName } from "./type-names.ts";
import { ansiWrites } from "./write.ts";

/** Every renderer in standard SQL; a dialect spreads them and replaces what it writes differently. */
export const ansiRenderers: Renderers = Object.freeze({
  ...ansiExpressions,
  ...ansiSources,
  ...ansiQueries,
  ...ansiWrites,
  ...ansiDdl,
  operators: Object.freeze({ ilike: renderIlike, notIlike: renderIlike }),
  functions: Object.freeze({}),
});

/** Writes ILIKE, or LIKE between lowered sides where there is none. */
function renderIlike(node: NodeOfKind<"binary">, writer: Writer): void {
  const isNegated = node.operator === "notIlike";
  if (writer.target.features.ilike) {
    renderInfix(node.left, isNegated ? binaryOperators.notIlike : binaryOperators.ilike, node.right, writer);
    return;
  }
  writer
    .text("lower(")
    .operand(node.left, PRECEDENCE.label)
    .text(isNegated ? ") NOT LIKE lower(" : ") LIKE lower(");
  writer.operand(node.right, PRECEDENCE.label).text(")");
}

/** A database that can do everything, which is what a statement shown as text stands for. */
export const ansiFeatures: Features = Object.freeze({
  returning: "all",
  insertDefaultValues: true,
  defaultInValues: true,
  deleteUsing: true,
  compoundParentheses: true,
  alterAddConstraint: true,
  nativeEnum: false,
  ilike: true,
  nullsOrdering: true,
  forUpdate: true,
  skipLocked: true,
  savepoints: true,
  maxParameters: 32_767,
  rowValues: true,
  lateral: true,
  distinctOn: true,
  fullJoin: true,
  sequences: true,
  deferrableConstraints: true,
  transactionalDdl: true,
  maxIdentifierLength: 63,
});

/** Standard SQL with `?` for parameters and values as they are. */
export const ansiTarget: Target = Object.freeze({
  name: "ansi",
  renderers: ansiRenderers,
  features: ansiFeatures,
  quote: (identifier: string) => quoteIdentifier(identifier),
  placeholder: () => "?",
  codec: () => ({}),
  typeName: ansiTypeName,
  literal: ansiLiteral,
});

/** Writes a value into the text of a statement. */
export function ansiLiteral(value: unknown, type: SqlType): string {
  if (value === null || value === undefined) return "NULL";
  switch (typeof value) {
    case "number":
    case "bigint":
      return type.name === "string" || type.name === "text" ? quoted(String(value)) : String(value);
    case "boolean":
      return value ? "TRUE" : "FALSE";
    case "string":
      return type.name === "numeric" && /^-?\d+(\.\d+)?$/.test(value) ? value : quoted(value);
  }
  if (value instanceof Date) return quoted(value.toISOString().replace("T", " ").replace("Z", ""));
  if (value instanceof Uint8Array) return `X'${Buffer.from(value).toString("hex")}'`;
  return quoted(JSON.stringify(value));
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
