/**
 * Conditions and values of an UPDATE or DELETE, computed on objects in memory. Pure.
 *
 * Only what memory computes exactly as every database does is computed: comparisons, AND, OR, NOT, IN, IS NULL,
 * addition, subtraction, multiplication and joined text. Everything else is refused.
 */
import { fail } from "../../foundation/errors.ts";
import type { BinaryNode, ExpressionNode, TableSource } from "../../sql/nodes.ts";
import { decimal } from "../../types/decimal.ts";
import type { SqlType, SqlTypeName } from "../../types/sql-type.ts";
import { needsLoad } from "../state/attributes.ts";
import { isExpression } from "../state/changes.ts";
import type { ObjectState } from "../state/object-state.ts";

/** The value hangs on an attribute that is not loaded. */
export const NOT_LOADED: unique symbol = Symbol("ormolu.notLoaded");

/** Computes a value for one object; null is SQL's NULL. */
export type Evaluator = (state: ObjectState) => unknown;

/**
 * Makes the evaluator of an expression over one table.
 *
 * Errors: bulk/cannot-evaluate naming the part that memory cannot compute.
 */
export function evaluator(node: ExpressionNode, table: TableSource): Evaluator {
  switch (node.kind) {
    case "column":
      return columnReader(node, table);
    case "parameter":
      if (node.name !== undefined && node.value === undefined) break;
      return () => node.value;
    case "keyword":
      if (node.word === "NULL") return () => null;
      if (node.word === "TRUE" || node.word === "FALSE") return () => node.word === "TRUE";
      break;
    case "label":
      return evaluator(node.operand, table);
    case "logical":
      return logical(
        node.operator,
        node.operands.map((operand) => evaluator(operand, table)),
      );
    case "unary":
      return unary(node.operator, evaluator(node.operand, table), node);
    case "binary":
      return binary(node, table);
    case "in":
      if (!Array.isArray(node.items)) break;
      return membership(
        evaluator(node.left, table),
        node.items.map((item: ExpressionNode) => evaluator(item, table)),
        { type: node.left.type, isNegated: node.negated },
      );
    default:
  }
  return refuse(node);
}

function refuse(node: ExpressionNode): never {
  const what =
    node.kind === "binary" || node.kind === "unary" ? `the operator ${node.operator}` : `a ${node.kind}`;
  throw fail("bulk/cannot-evaluate", { what });
}

function columnReader(node: ExpressionNode & { kind: "column" }, table: TableSource): Evaluator {
  if (node.source !== table) return refuse(node);
  return (state) => {
    const attribute = state.mapper.columns.find(({ column }) => column.name === node.name);
    if (attribute === undefined) return NOT_LOADED;
    const value = state.values[attribute.slot];
    if (isExpression(value)) return NOT_LOADED;
    // What nobody ever set was inserted as NULL.
    return value ?? (value === undefined && needsLoad(state, attribute) ? NOT_LOADED : null);
  };
}

function logical(operator: "and" | "or", operands: readonly Evaluator[]): Evaluator {
  const decisive = operator === "or";
  return (state) => {
    let result: unknown = !decisive;
    for (const operand of operands) {
      const value = operand(state);
      if (value === NOT_LOADED) return NOT_LOADED;
      if (value === decisive) return decisive;
      if (value === null) result = null;
    }
    return result;
  };
}

function unary(operator: string, operand: Evaluator, node: ExpressionNode): Evaluator {
  const compute: Record<string, (value: unknown) => unknown> = {
    not: (value) => (value === null ? null : value !== true),
    isNull: (value) => value === null,
    isNotNull: (value) => value !== null,
  };
  const known = compute[operator];
  if (known === undefined) return refuse(node);
  return (state) => {
    const value = operand(state);
    return value === NOT_LOADED ? NOT_LOADED : known(value);
  };
}

function binary(node: BinaryNode, table: TableSource): Evaluator {
  const left = evaluator(node.left, table);
  const right = evaluator(node.right, table);
  const compute = comparison(node) ?? arithmetic(node) ?? refuse(node);
  return (state) => {
    const one = left(state);
    const other = right(state);
    if (one === NOT_LOADED || other === NOT_LOADED) return NOT_LOADED;
    return one === null || other === null ? null : compute(one, other);
  };
}

/** Types whose values every database puts in one order: text has collations, enums the order of their words. */
const ORDERED_ALIKE: ReadonlySet<SqlTypeName> = new Set<SqlTypeName>([
  "integer",
  "smallInt",
  "bigInt",
  "float",
  "numeric",
  "date",
  "time",
  "dateTime",
]);

type Compute = (left: unknown, right: unknown) => unknown;

function comparison({ operator, left, right }: BinaryNode): Compute | undefined {
  const type = left.type.name === "unknown" ? right.type : left.type;
  const order = ordering(type);
  if (operator === "eq") return (one, other) => order(one, other) === 0;
  if (operator === "ne") return (one, other) => order(one, other) !== 0;
  if (!ORDERED_ALIKE.has(type.name)) return undefined;
  const compute: Record<string, Compute> = {
    lt: (one, other) => order(one, other) < 0,
    le: (one, other) => order(one, other) <= 0,
    gt: (one, other) => order(one, other) > 0,
    ge: (one, other) => order(one, other) >= 0,
  };
  return compute[operator];
}

function ordering(type: SqlType): (left: unknown, right: unknown) => number {
  if (type.name === "numeric") return (left, right) => decimal.compare(String(left), String(right));
  return (left, right) => {
    if (type.equal(left, right)) return 0;
    return (left as number) < (right as number) ? -1 : 1;
  };
}

function arithmetic({ operator, type }: BinaryNode): Compute | undefined {
  if (operator === "concat") return (left, right) => `${String(left)}${String(right)}`;
  if (type.name !== "integer" && type.name !== "smallInt" && type.name !== "float") return undefined;
  const compute: Record<string, Compute> = {
    add: (left, right) => Number(left) + Number(right),
    sub: (left, right) => Number(left) - Number(right),
    mul: (left, right) => Number(left) * Number(right),
  };
  return compute[operator];
}

function membership(
  left: Evaluator,
  items: readonly Evaluator[],
  { type, isNegated }: { readonly type: SqlType; readonly isNegated: boolean },
): Evaluator {
  const order = ordering(type);
  return (state) => {
    const value = left(state);
    if (value === NOT_LOADED) return NOT_LOADED;
    const candidates = items.map((item) => item(state));
    if (candidates.includes(NOT_LOADED)) return NOT_LOADED;
    if (candidates.length === 0) return isNegated;
    if (value === null) return null;
    const isFound = candidates.some((candidate) => candidate !== null && order(value, candidate) === 0);
    if (isFound) return !isNegated;
    return candidates.includes(null) ? null : isNegated;
  };
}
