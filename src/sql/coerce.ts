/**
 * Turns whatever a user passed into a node: the one place that guesses.
 *
 * Every function takes `where`, the words that name the place in an error (`users.name`, `orderBy()`).
 * Neighbours: `expression.ts` and the statement builders above, `nodes.ts` below.
 */
import { fail } from "../foundation/errors.ts";
import { typeOfValue } from "../types/of-value.ts";
import { problemOfStoring, type SqlType } from "../types/sql-type.ts";
import {
  type ColumnNode,
  ENTITY,
  type EntityRef,
  type ExpressionNode,
  NODE,
  type ParameterNode,
  type QueryNode,
  SOURCE,
  type Source,
} from "./nodes.ts";

/** Names a source in errors: its name, or that of the table it is another name for. */
export function sourceName(source: Source): string {
  if (source.name !== undefined) return source.name;
  return source.kind === "alias" ? source.of.name : `a ${source.kind}`;
}

/** Names an expression in errors: `users.name`, `count(…)`. */
export function describe(node: ExpressionNode | QueryNode): string {
  switch (node.kind) {
    case "column":
      return `${sourceName(node.source)}.${node.name}`;
    case "label":
      return node.name;
    case "function":
      return `${node.name}(…)`;
    case "parameter":
      return node.name === undefined ? "a value" : `parameter ${node.name}`;
    case "collate":
    case "cast":
    case "window":
      return describe(node.operand);
    default:
      return `this ${node.kind} expression`;
  }
}

function hasSymbol<Key extends symbol>(value: unknown, key: Key): value is Record<Key, unknown> {
  const isObject = (typeof value === "object" && value !== null) || typeof value === "function";
  return isObject && key in value;
}

/** Gives the node of an expression or query; undefined for a plain value. */
export function nodeOf(value: unknown): ExpressionNode | QueryNode | undefined {
  return hasSymbol(value, NODE) ? (value[NODE] as ExpressionNode | QueryNode) : undefined;
}

/** Tells a statement that returns rows from an expression. */
export function isQuery(node: { readonly kind: string }): node is QueryNode {
  return node.kind === "select" || node.kind === "setOperation";
}

/** Gives the entity of a mapped or aliased class; undefined for anything else. */
export function entityOf(value: unknown): EntityRef | undefined {
  return hasSymbol(value, ENTITY) ? (value[ENTITY] as EntityRef) : undefined;
}

/** Gives the source that an object stands for; undefined when it stands for none. */
export function sourceOf(value: unknown): Source | undefined {
  if (hasSymbol(value, SOURCE)) return value[SOURCE] as Source;
  return entityOf(value)?.source;
}

/** Gives the type of a query's only column. Errors: sql/column-count. */
export function scalarTypeOf(query: QueryNode, where: string): SqlType {
  const first = query.kind === "select" ? query : firstSelect(query);
  const types = first.items.flatMap((item) =>
    item.kind === "entity" ? item.columns.map((column) => column.type) : [item.type],
  );
  if (types.length !== 1) throw fail("sql/column-count", { what: where, expected: 1, got: types.length });
  return types[0]!;
}

/** Gives the SELECT that names the columns of a query: the first one of a UNION. */
export function firstSelect(query: QueryNode): Extract<QueryNode, { kind: "select" }> {
  let current = query;
  while (current.kind === "setOperation") current = current.queries[0]!;
  return current;
}

/** What a value is for: the words for errors, and the type that it must fit. */
export interface Place {
  readonly where: string;
  /** Absent or unknown: the value's own type. */
  readonly type?: SqlType | undefined;
  /** Whether it is to be stored, and not only compared. */
  readonly isStored?: boolean;
}

/**
 * Makes a bound parameter of a plain value.
 *
 * Errors: sql/undefined-value; sql/wrong-value when the type does not take it; sql/not-an-expression for tables and
 * classes.
 */
export function toParameter(value: unknown, { where, type, isStored }: Place): ParameterNode {
  if (value === undefined) throw fail("sql/undefined-value", { where });
  if (sourceOf(value) !== undefined || typeof value === "function" || typeof value === "symbol") {
    throw fail("sql/not-an-expression", { where, got: value });
  }
  const known = type === undefined || type.name === "unknown" ? typeOfValue(value) : type;
  const problem = value === null ? undefined : isStored ? problemOfStoring(known, value) : known.check(value);
  if (problem !== undefined) throw fail("sql/wrong-value", { where, problem, got: value });
  const parameter = { kind: "parameter", value, name: undefined, type: known } as const;
  return Object.freeze(isStored ? { ...parameter, where } : parameter);
}

/** Makes an expression node of an expression, a query (its one value) or a plain value (a bound parameter). */
export function toExpression(value: unknown, place: Place): ExpressionNode {
  const node = nodeOf(value);
  if (node === undefined) return toParameter(value, place);
  return toScalar(node, place.where);
}

/** Makes a query stand for its one value; expressions pass. */
export function toScalar(node: ExpressionNode | QueryNode, where: string): ExpressionNode {
  if (!isQuery(node)) return node;
  return Object.freeze({ kind: "scalar", query: node, type: scalarTypeOf(node, where) });
}

/** Takes an expression where a plain value would be a mistake. Errors: sql/undefined-value, sql/not-an-expression. */
export function toColumnExpression(value: unknown, where: string): ExpressionNode {
  const node = nodeOf(value);
  if (node !== undefined) return toScalar(node, where);
  if (value === undefined) throw fail("sql/undefined-value", { where });
  throw fail("sql/not-an-expression", { where, got: value });
}

/**
 * Takes a condition.
 *
 * Errors: sql/not-a-condition for plain values: a boolean comes from `===` where `.eq()` was meant.
 */
export function toCriterion(value: unknown, where: string): ExpressionNode {
  const node = nodeOf(value);
  if (node !== undefined) return toScalar(node, where);
  if (value === undefined) throw fail("sql/undefined-value", { where });
  throw fail("sql/not-a-condition", { where, got: value });
}

/** Takes a table, alias, subquery or mapped class. Errors: sql/not-a-source. */
export function toSource(value: unknown, where: string): Source {
  const source = sourceOf(value);
  if (source === undefined) throw fail("sql/not-a-source", { where, got: value });
  return source;
}

/** Takes what may stand in a column list; a table stands for all its columns. Errors: sql/not-an-expression. */
export function toItems(value: unknown, where: string): readonly (ExpressionNode | EntityRef)[] {
  const node = nodeOf(value);
  if (node !== undefined) return [toScalar(node, where)];
  const entity = entityOf(value);
  if (entity !== undefined) return [entity];
  const source = sourceOf(value);
  if (source !== undefined) return source.columnNodes;
  if (value === undefined) throw fail("sql/undefined-value", { where });
  throw fail("sql/not-an-expression", { where, got: value });
}

/** Finds a column by attribute name. Errors: sql/unknown-column with the nearest name. */
export function columnByKey(columns: readonly ColumnNode[], key: string, source: string): ColumnNode {
  const column = columns.find((candidate) => candidate.key === key);
  if (column !== undefined) return column;
  throw fail("sql/unknown-column", {
    source,
    column: key,
    columns: columns.map((candidate) => candidate.key),
  });
}

/** Refuses names that are none of a method's options. Errors: sql/unknown-option with the nearest name. */
export function refuseUnknownOptions(what: string, given: object, options: readonly string[]): void {
  for (const option of Object.keys(given)) {
    if (!options.includes(option)) throw fail("sql/unknown-option", { what, option, options });
  }
}
