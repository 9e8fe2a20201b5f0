/**
 * What PostgreSQL writes differently from standard SQL.
 */
import { renderCall } from "../../compile/ansi/expression.ts";
import { ansiLiteral, ansiRenderers } from "../../compile/ansi/target.ts";
import { ansiTypeName } from "../../compile/ansi/type-names.ts";
import { quoteIdentifier } from "../../compile/names.ts";
import type { NodeOfKind, Renderers } from "../../compile/renderers.ts";
import { type ValueList, valueList } from "../../compile/value-list.ts";
import type { Writer } from "../../compile/writer.ts";
import type {
  BinaryNode,
  CaseNode,
  ExpressionNode,
  InNode,
  ParameterNode,
  SelectNode,
  TemplateNode,
} from "../../sql/nodes.ts";
import { PRECEDENCE } from "../../sql/operators.ts";
import { bigIntType } from "../../types/number.ts";
import type { SqlType } from "../../types/sql-type.ts";
import { writeArray } from "./array.ts";
import { arrayOf, canBeInArray } from "./array-type.ts";

/** The renderers of PostgreSQL. */
export const postgresRenderers: Renderers = Object.freeze({
  ...ansiRenderers,
  select: (node: SelectNode, writer: Writer) => ansiRenderers.select(withTypedItems(node), writer),
  binary: (node: BinaryNode, writer: Writer) => ansiRenderers.binary(withTypedSide(node), writer),
  in: renderIn,
  template: (node: TemplateNode, writer: Writer) =>
    ansiRenderers.template(writer.literals ? node : withTypedValues(node), writer),
  case: (node: CaseNode, writer: Writer) => ansiRenderers.case(withTypedResults(node), writer),
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

/**
 * Writes a list of values as one array, `x = ANY ($1)`: the text is the same for lists of any length, so that the server
 * plans it once.
 */
function renderIn(node: InNode, writer: Writer): void {
  if (writer.literals) {
    ansiRenderers.in(node, writer);
    return;
  }
  const lists = valuesOfRows(node);
  if (lists !== undefined) {
    renderRowsIn(node, lists, writer);
    return;
  }
  const list = valuesOf(node);
  if (list === undefined) {
    ansiRenderers.in(node, writer);
    return;
  }
  writer.operand(node.left, PRECEDENCE.comparison + 1).text(node.negated ? " <> ALL (" : " = ANY (");
  writer.parameter({ name: undefined, value: list.values, type: arrayOf(list.type) }).text(")");
}

/**
 * Writes a list of rows as one array for each column. PostgreSQL would make a nested OR of `(a, b) IN ((1, 2), …)`, which
 * takes its stack for some thousand rows.
 */
function renderRowsIn(node: InNode, lists: readonly ValueList[], writer: Writer): void {
  writer.operand(node.left, PRECEDENCE.comparison + 1).text(node.negated ? " NOT IN (" : " IN (");
  writer.text("SELECT * FROM unnest(");
  lists.forEach(({ values, type }, index) => {
    writer.text(index > 0 ? ", CAST(" : "CAST(");
    writer.parameter({ name: undefined, value: values, type: arrayOf(type) });
    writer.text(` AS ${itemTypeName(type)}[])`);
  });
  writer.text("))");
}

/** The values of a list of two or more rows, by column. */
function valuesOfRows({ left, items }: InNode): ValueList[] | undefined {
  if (left.kind !== "tuple" || !Array.isArray(items)) return undefined;
  const rows = items as readonly ExpressionNode[];
  const lists: ValueList[] = [];
  for (let index = 0; index < left.items.length; index += 1) {
    const column = rows.map((row) => (row.kind === "tuple" ? row.items[index] : undefined));
    const list = valuesOfOneType(column);
    if (list === undefined) return undefined;
    lists.push(list);
  }
  return lists;
}

/** The values of a list of two or more that are plain values of one type. */
function valuesOf({ left, items }: InNode): ValueList | undefined {
  return left.kind === "tuple" || !Array.isArray(items) ? undefined : valuesOfOneType(items);
}

function valuesOfOneType(items: readonly (ExpressionNode | undefined)[]): ValueList | undefined {
  const list = items.length < 2 ? undefined : valueList(items);
  return list !== undefined && canBeInArray(list.type) ? list : undefined;
}

/** These functions take values of any type, so that nothing tells PostgreSQL the type of a parameter. */
function withTypedParameters(node: NodeOfKind<"function">, writer: Writer): void {
  renderCall({ ...node, arguments: node.arguments.map(typed) }, writer);
}

/** A column of a result that is a parameter would be a text, whatever its value. */
function withTypedItems(node: SelectNode): SelectNode {
  if (!node.items.some((item) => isBareParameter(item.kind === "label" ? item.operand : item))) return node;
  const items = node.items.map((item) => {
    if (item.kind === "entity") return item;
    return item.kind === "label" ? { ...item, operand: typed(item.operand) } : typed(item);
  });
  return { ...node, items };
}

/**
 * In a text nobody knows what stands beside a value: what it is says its type. A text is left alone, as PostgreSQL takes
 * one for whatever has to be there, be it a date or a word of an enum; a parameter without value is nothing yet.
 */
function withTypedValues(node: TemplateNode): TemplateNode {
  const isTold = (item: TemplateNode["items"][number]): item is ParameterNode =>
    item.kind === "parameter" && item.name === undefined && !isText(item.type);
  if (!node.items.some(isTold)) return node;
  return { ...node, items: node.items.map((item) => (isTold(item) ? typed(item) : item)) };
}

function isText({ name, item }: SqlType): boolean {
  if (name === "array") return item === undefined || item.name === "unknown" || isText(item);
  return name === "text" || name === "string";
}

/** Between two parameters, nothing tells which operator is meant. */
function withTypedSide(node: BinaryNode): BinaryNode {
  if (!isBareParameter(node.left) || !isBareParameter(node.right)) return node;
  return { ...node, left: typed(node.left), right: typed(node.right) };
}

/** A CASE that gives nothing but parameters would be a text. */
function withTypedResults(node: CaseNode): CaseNode {
  const { otherwise } = node;
  return {
    ...node,
    whens: node.whens.map(({ when, result }) => ({ when, result: typed(result) })),
    otherwise: otherwise && typed(otherwise),
  };
}

function isBareParameter(node: { readonly kind: string }): boolean {
  return node.kind === "parameter";
}

/** Says the type of a parameter, if it is one and its type is known. */
function typed(node: ExpressionNode): ExpressionNode {
  if (node.kind !== "parameter" || node.type.name === "unknown") return node;
  const type = isBeyondInteger(node) ? bigIntType() : node.type;
  return { kind: "cast", operand: node, type };
}

/** A whole number of JavaScript may be larger than an INTEGER. */
function isBeyondInteger({ type, value }: ParameterNode): boolean {
  return type.name === "integer" && typeof value === "number" && Math.abs(value) > 0x7fffffff;
}

/** The items of a column's array. Lengths are left out: a cast would cut what is too long, an assignment refuses it. */
export function itemTypeName(type: SqlType): string {
  return postgresTypeName(type).replace(/\s*\([^)]*\)/, "");
}

/** Writes a type, as in CAST and CREATE TABLE. */
export function postgresTypeName(type: SqlType): string {
  switch (type.name) {
    case "json":
      return "JSONB";
    case "binary":
      return "BYTEA";
    case "enum":
      return type.enumName === undefined ? ansiTypeName(type) : enumTypeName(type.enumName, type.enumSchema);
    case "array":
      return `${type.item === undefined ? "TEXT" : postgresTypeName(type.item)}[]`;
    default:
      return ansiTypeName(type);
  }
}

function enumTypeName(name: string, schema: string | undefined): string {
  return schema === undefined ? quoteIdentifier(name) : `${quoteIdentifier(schema)}.${quoteIdentifier(name)}`;
}

/** Writes a value into the text of a statement. */
export function postgresLiteral(value: unknown, type: SqlType): string {
  if (value instanceof Uint8Array) return `'\\x${Buffer.from(value).toString("hex")}'`;
  if (type.name === "array" && Array.isArray(value)) return `'${writeArray(value).replaceAll("'", "''")}'`;
  return ansiLiteral(value, type);
}
