/**
 * `Expression<Value>`: the fluent face of an expression node.
 *
 * An expression is a thin, immutable wrapper: `.node` is the plain data that everything below and beside works on.
 * Its methods take values, other expressions or queries; `coerce.ts` decides which. Neighbours: `functions.ts`,
 * `case.ts` and the statement builders above, `nodes.ts` below.
 */
import { fail } from "../foundation/errors.ts";
import { booleanType } from "../types/boolean.ts";
import { type Given, numericType } from "../types/number.ts";
import { nullType, type SqlType, type VALUE } from "../types/sql-type.ts";
import { textType } from "../types/text.ts";
import {
  describe,
  isQuery,
  nodeOf,
  toColumnExpression,
  toCriterion,
  toExpression,
  toParameter,
  toScalar,
} from "./coerce.ts";
import type { ColumnNode, ExpressionNode, KeywordNode, OrderNode, QueryNode } from "./nodes.ts";
import { NODE } from "./nodes.ts";
import { type BinaryOperator, negations } from "./operators.ts";
import type {
  Comparable,
  Computable,
  Computed,
  Criterion,
  Equatable,
  NAME,
  OWNER,
  TABLE,
  Valued,
} from "./row.ts";
import { stringify } from "./stringifier.ts";

/** A type, or whatever has one: `integerType()` and the column `integer()` alike. */
export type TypeLike<Value> = SqlType<Value> | { readonly type: SqlType<Value> };

/** Gives the type of a {@link TypeLike}. */
export function typeOf<Value>(type: TypeLike<Value>): SqlType<Value> {
  return "type" in type ? type.type : type;
}

/** Anything with a value in SQL: a column, a comparison, a function call, a subquery of one value. */
export class Expression<out Value = unknown> implements Valued<Value> {
  declare readonly [VALUE]: Value;
  readonly node: ExpressionNode;

  constructor(node: ExpressionNode) {
    this.node = node;
  }

  /** The node, for whoever asks by symbol. */
  get [NODE](): ExpressionNode {
    return this.node;
  }

  /** The SQL type of the value. */
  get type(): SqlType {
    return this.node.type;
  }

  // -------------------------------------------------------------- comparison

  /** Compares for equality; with null it asks IS NULL. */
  eq(other: NoInfer<Equatable<Value>>): Expression<boolean> {
    return other === null ? this.isNull() : this.#compare("eq", other);
  }

  /** Compares for inequality; with null it asks IS NOT NULL. */
  ne(other: NoInfer<Equatable<Value>>): Expression<boolean> {
    return other === null ? this.isNotNull() : this.#compare("ne", other);
  }

  /** `this < other`. */
  lt(other: NoInfer<Comparable<Value>>): Expression<boolean> {
    return this.#compare("lt", other);
  }

  /** `this <= other`. */
  le(other: NoInfer<Comparable<Value>>): Expression<boolean> {
    return this.#compare("le", other);
  }

  /** `this > other`. */
  gt(other: NoInfer<Comparable<Value>>): Expression<boolean> {
    return this.#compare("gt", other);
  }

  /** `this >= other`. */
  ge(other: NoInfer<Comparable<Value>>): Expression<boolean> {
    return this.#compare("ge", other);
  }

  /** `this IS NULL`, `IS TRUE`, `IS FALSE`. */
  is(other: boolean | null): Expression<boolean> {
    return other === null ? this.isNull() : this.#compareWith("is", truth(other));
  }

  /** `this IS NOT NULL`, `IS NOT TRUE`, `IS NOT FALSE`. */
  isNot(other: boolean | null): Expression<boolean> {
    return other === null ? this.isNotNull() : this.#compareWith("isNot", truth(other));
  }

  /** `this IS NULL`. */
  isNull(): Expression<boolean> {
    return unary("isNull", this.node, booleanType());
  }

  /** `this IS NOT NULL`. */
  isNotNull(): Expression<boolean> {
    return unary("isNotNull", this.node, booleanType());
  }

  /** Inequality that takes NULL for a value like any other. */
  isDistinctFrom(other: NoInfer<Equatable<Value>>): Expression<boolean> {
    return this.#compareWith("isDistinctFrom", this.#other(other));
  }

  /** Equality that takes NULL for a value like any other. */
  isNotDistinctFrom(other: NoInfer<Equatable<Value>>): Expression<boolean> {
    return this.#compareWith("isNotDistinctFrom", this.#other(other));
  }

  /** `this IN (…)`: a list (an empty one is never true) or a query of one column. */
  in(items: Candidates<Value>): Expression<boolean> {
    return this.#in(items, false);
  }

  /** `this NOT IN (…)`; with an empty list always true. */
  notIn(items: Candidates<Value>): Expression<boolean> {
    return this.#in(items, true);
  }

  /** `this BETWEEN low AND high`, both ends included. */
  between(low: NoInfer<Comparable<Value>>, high: NoInfer<Comparable<Value>>): Expression<boolean> {
    return this.#between(low, high, false);
  }

  /** `this NOT BETWEEN low AND high`. */
  notBetween(low: NoInfer<Comparable<Value>>, high: NoInfer<Comparable<Value>>): Expression<boolean> {
    return this.#between(low, high, true);
  }

  // -------------------------------------------------------------- text

  /** `this LIKE pattern`; `%` stands for any text, `_` for one character, unless `escape` stands before it. */
  like(pattern: TextOperand, options?: LikeOptions): Expression<boolean> {
    return this.#like("like", pattern, options);
  }

  /** `this NOT LIKE pattern`. */
  notLike(pattern: TextOperand, options?: LikeOptions): Expression<boolean> {
    return this.#like("notLike", pattern, options);
  }

  /** LIKE whatever the case. */
  ilike(pattern: TextOperand, options?: LikeOptions): Expression<boolean> {
    return this.#like("ilike", pattern, options);
  }

  /** NOT LIKE whatever the case. */
  notIlike(pattern: TextOperand, options?: LikeOptions): Expression<boolean> {
    return this.#like("notIlike", pattern, options);
  }

  /** Whether the text begins with `text`; `%` and `_` in a plain string mean themselves, in an expression they do not. */
  startsWith(text: TextOperand): Expression<boolean> {
    return this.#containing("", text, "%");
  }

  /** Whether the text ends with `text`; as {@link startsWith}. */
  endsWith(text: TextOperand): Expression<boolean> {
    return this.#containing("%", text, "");
  }

  /** Whether `text` occurs in the text; as {@link startsWith}. */
  contains(text: TextOperand): Expression<boolean> {
    return this.#containing("%", text, "%");
  }

  /** `this || other`. */
  concat(other: TextOperand): Expression<Value> {
    const right = toExpression(other, { where: describe(this.node), type: textType() });
    return new Expression(binary("concat", this.node, right, isText(this.type) ? this.type : textType()));
  }

  /** `this COLLATE collation`. */
  collate(collation: string): Expression<Value> {
    return new Expression(
      Object.freeze({ kind: "collate", operand: this.node, collation, type: this.node.type }),
    );
  }

  // -------------------------------------------------------------- arithmetic

  /** `this + other`; on text it joins (`||`). */
  add<Other extends NoInfer<Computable<Value>>>(other: Other): Expression<Computed<Value, Other>> {
    const isJoined = isText(this.type);
    return isJoined ? new Expression(this.concat(other as TextOperand).node) : this.#compute("add", other);
  }

  /** `this - other`. */
  sub<Other extends NoInfer<Computable<Value>>>(other: Other): Expression<Computed<Value, Other>> {
    return this.#compute("sub", other);
  }

  /** `this * other`. */
  mul<Other extends NoInfer<Computable<Value>>>(other: Other): Expression<Computed<Value, Other>> {
    return this.#compute("mul", other);
  }

  /** `this / other`; between integers the database decides whether it truncates. */
  div<Other extends NoInfer<Computable<Value>>>(other: Other): Expression<Computed<Value, Other>> {
    return this.#compute("div", other);
  }

  /** `this % other`. */
  mod<Other extends NoInfer<Computable<Value>>>(other: Other): Expression<Computed<Value, Other>> {
    return this.#compute("mod", other);
  }

  /** `-this`. */
  neg(): Expression<Value> {
    return unary("neg", this.node, this.node.type);
  }

  /** Any other operator, written as in SQL: `a.op("@>", b)`. The result has `type`, or that of the left side. */
  op<Result = unknown>(operator: string, other: unknown, type?: TypeLike<Result>): Expression<Result> {
    const right = toExpression(other, { where: describe(this.node) });
    return new Expression(binary(operator, this.node, right, type ? typeOf(type) : this.node.type));
  }

  // -------------------------------------------------------------- order, names, types

  /** `this ASC`. */
  asc(): Ordering {
    return new Ordering(order(this.node, { direction: "asc" }));
  }

  /** `this DESC`. */
  desc(): Ordering {
    return new Ordering(order(this.node, { direction: "desc" }));
  }

  /** Puts NULLs before all values. */
  nullsFirst(): Ordering {
    return new Ordering(order(this.node, { nulls: "first" }));
  }

  /** Puts NULLs after all values. */
  nullsLast(): Ordering {
    return new Ordering(order(this.node, { nulls: "last" }));
  }

  /** Names the value in the row: `AS name`. */
  label<Name extends string>(name: Name): Labelled<Name, Value> {
    const operand = this.node.kind === "label" ? this.node.operand : this.node;
    return new Labelled(Object.freeze({ kind: "label", operand, name, type: operand.type }));
  }

  /** `CAST(this AS type)`. */
  cast<Result>(type: TypeLike<Result>): Expression<Result> {
    return new Expression(Object.freeze({ kind: "cast", operand: this.node, type: typeOf(type) }));
  }

  /** `DISTINCT this`, for `func.count(column.distinct())`. */
  distinct(): Expression<Value> {
    return unary("distinct", this.node, this.node.type);
  }

  /** Shows the SQL in the generic dialect. */
  toString(): string {
    return stringify(this.node);
  }

  // -------------------------------------------------------------- inside

  #other(other: unknown): ExpressionNode {
    return toExpression(other, { where: describe(this.node), type: this.node.type });
  }

  #compare(operator: BinaryOperator, other: unknown): Expression<boolean> {
    if (other === null) throw fail("sql/null-comparison", { where: describe(this.node), operator });
    return this.#compareWith(operator, this.#other(other));
  }

  #compareWith(operator: BinaryOperator, right: ExpressionNode): Expression<boolean> {
    const left = typed(this.node, right);
    return new Expression(binary(operator, left, typed(right, left), booleanType()));
  }

  #compute<Result>(operator: BinaryOperator, other: unknown): Expression<Result> {
    const left = this.node;
    const type = arithmeticType(left.type, other);
    const right = toExpression(other, { where: describe(left), type });
    return new Expression(binary(operator, left, right, resultOf(operator, left, right)));
  }

  #in(items: unknown, negated: boolean): Expression<boolean> {
    const left = this.node;
    return new Expression(
      Object.freeze({ kind: "in", negated, left, items: candidates(left, items), type: booleanType() }),
    );
  }

  #between(low: unknown, high: unknown, negated: boolean): Expression<boolean> {
    const ends = { low: this.#other(low), high: this.#other(high) };
    return new Expression(
      Object.freeze({ kind: "between", negated, operand: this.node, ...ends, type: booleanType() }),
    );
  }

  #like(operator: BinaryOperator, pattern: unknown, options: LikeOptions = {}): Expression<boolean> {
    const right = toExpression(pattern, { where: describe(this.node), type: textType() });
    return new Expression(binary(operator, this.node, right, booleanType(), options.escape));
  }

  #containing(before: string, text: unknown, after: string): Expression<boolean> {
    const node = nodeOf(text);
    if (node === undefined) {
      const plain = toParameter(text, { where: describe(this.node), type: textType() });
      const pattern = before + escapeLike(String(plain.value)) + after;
      return this.#like("like", pattern, { escape: LIKE_ESCAPE });
    }
    const parts = [before, node, after].filter((part) => part !== "");
    const pattern = parts
      .map((part) =>
        typeof part === "string" ? toParameter(part, { where: "like" }) : toScalar(part, "like()"),
      )
      .reduce((left, right) => binary("concat", left, right, textType()));
    return new Expression(binary("like", this.node, pattern, booleanType()));
  }
}

/** What `in()` takes: values and expressions, or a query of one column. */
export type Candidates<Value> =
  | readonly (Value | Comparable<Value>)[]
  | ReadonlySet<Given<Value>>
  | Extract<Comparable<Value>, Valued<unknown>>;

/** Text, or an expression that gives it. */
export type TextOperand = string | Valued<string | null>;

/** How LIKE reads its pattern. */
export interface LikeOptions {
  /** The character that makes a following `%` or `_` mean itself. */
  readonly escape?: string;
}

/** `expression ASC`, `DESC`, `NULLS LAST`: what `orderBy` takes besides plain expressions. */
export class Ordering extends Expression<unknown> {
  declare readonly node: OrderNode;

  override asc(): Ordering {
    return new Ordering(order(this.node, { direction: "asc" }));
  }
  override desc(): Ordering {
    return new Ordering(order(this.node, { direction: "desc" }));
  }
}

/** An expression with a name in the row: `func.count().label("n")`. */
export class Labelled<out Name extends string, out Value, out Owner = unknown> extends Expression<Value> {
  declare readonly [NAME]: Name;
  /** Type level only: the name of the table that the value is a column of. */
  declare readonly [OWNER]: Owner;
}

/** A column of a table, alias or subquery. `Table` is the table's name also where `Owner` is an alias of it. */
export class ColumnExpression<
  out Name extends string,
  out Value,
  out Owner = unknown,
  out Table = Owner,
> extends Labelled<Name, Value, Owner> {
  declare readonly node: ColumnNode;
  /** Type level only. */
  declare readonly [TABLE]: Table;

  override label<Label extends string>(name: Label): Labelled<Label, Value, Owner> {
    return new Labelled(super.label(name).node);
  }

  /** The attribute's name. */
  get key(): Name {
    return this.node.key as Name;
  }

  /** The name in the database. */
  get name(): string {
    return this.node.name;
  }
}

// ---------------------------------------------------------------- functions

/**
 * All conditions hold. Nested ands become one; without any condition it is TRUE.
 *
 * @example and(User.c.id.gt(1), User.c.name.eq("ann"))   // => users.id > ? AND users.name = ?
 */
export function and(...criteria: readonly Criterion[]): Expression<boolean> {
  return logical("and", criteria);
}

/** At least one condition holds. Nested ors become one; without any condition it is FALSE. */
export function or(...criteria: readonly Criterion[]): Expression<boolean> {
  return logical("or", criteria);
}

/** The condition does not hold. Comparisons turn into their opposite (`!=`, `NOT IN`), everything else gets NOT. */
export function not(criterion: Criterion): Expression<boolean> {
  return new Expression(negate(toCriterion(criterion, "not()")));
}

/** A value as a bound parameter, where an expression is needed: `literal(1).label("one")`. */
export function literal<Value>(value: Value): Expression<Value>;
export function literal<Value>(value: NoInfer<Given<Value>>, type?: TypeLike<Value>): Expression<Value>;
export function literal<Value>(value: unknown, type?: TypeLike<Value>): Expression<Value> {
  return new Expression(toParameter(value, { where: "literal()", type: type && typeOf(type) }));
}

/** A parameter that gets its value at execution: `User.c.id.eq(parameter("id", integer()))`. */
export function parameter<Value = unknown>(name: string, type?: TypeLike<Value>): Expression<Value> {
  const known = type ? typeOf(type) : nullType();
  return new Expression(Object.freeze({ kind: "parameter", value: undefined, name, type: known }));
}

/** `CAST(operand AS type)`. */
export function cast<Value>(operand: unknown, type: TypeLike<Value>): Expression<Value> {
  const node = toExpression(operand, { where: "cast()" });
  return new Expression(Object.freeze({ kind: "cast", operand: node, type: typeOf(type) }));
}

/** `(a, b)`, to compare several values at once: `tuple(a, b).in([[1, 2], [3, 4]])`. */
export function tuple(...items: readonly Valued<unknown>[]): Expression<readonly unknown[]> {
  const nodes = items.map((item) => toColumnExpression(item, "tuple()"));
  return new Expression(Object.freeze({ kind: "tuple", items: Object.freeze(nodes), type: nullType() }));
}

/** `DISTINCT operand`. */
export function distinct<Value>(operand: Valued<Value>): Expression<Value> {
  const node = toColumnExpression(operand, "distinct()");
  return unary("distinct", node, node.type);
}

/** `operand ASC`. */
export function asc(operand: Valued<unknown>): Ordering {
  return new Ordering(order(toColumnExpression(operand, "asc()"), { direction: "asc" }));
}

/** `operand DESC`. */
export function desc(operand: Valued<unknown>): Ordering {
  return new Ordering(order(toColumnExpression(operand, "desc()"), { direction: "desc" }));
}

/** `EXISTS (query)`. */
export function exists(query: { readonly node: QueryNode }): Expression<boolean> {
  return new Expression(Object.freeze({ kind: "exists", query: query.node, type: booleanType() }));
}

// ---------------------------------------------------------------- making nodes

const LIKE_ESCAPE = "/";

/** Makes `%`, `_` and the escape character itself mean themselves in a LIKE pattern. */
function escapeLike(text: string): string {
  return text.replace(/[/%_]/g, (special) => LIKE_ESCAPE + special);
}

function truth(value: boolean): KeywordNode {
  return Object.freeze({ kind: "keyword", word: value ? "TRUE" : "FALSE", type: booleanType() });
}

function binary(
  operator: string,
  left: ExpressionNode,
  right: ExpressionNode,
  type: SqlType,
  escapeCharacter?: string,
): ExpressionNode {
  const node = { kind: "binary", operator, left, right, type } as const;
  return Object.freeze(escapeCharacter === undefined ? node : { ...node, escape: escapeCharacter });
}

function unary<Value>(operator: string, operand: ExpressionNode, type: SqlType): Expression<Value> {
  return new Expression(Object.freeze({ kind: "unary", operator, operand, type }));
}

function order(operand: ExpressionNode, change: Partial<Pick<OrderNode, "direction" | "nulls">>): OrderNode {
  const before =
    operand.kind === "order"
      ? operand
      : ({ kind: "order", operand, direction: "asc", nulls: undefined, type: operand.type } as const);
  return Object.freeze({ ...before, ...change });
}

/** Flattens conditions of one operator into one node. */
export function joinCriteria(operator: "and" | "or", criteria: readonly ExpressionNode[]): ExpressionNode {
  const operands = criteria.flatMap((node) =>
    node.kind === "logical" && node.operator === operator ? node.operands : [node],
  );
  if (operands.length === 0) return truth(operator === "and");
  if (operands.length === 1) return operands[0]!;
  return Object.freeze({ kind: "logical", operator, operands: Object.freeze(operands), type: booleanType() });
}

function logical(operator: "and" | "or", criteria: readonly Criterion[]): Expression<boolean> {
  return new Expression(
    joinCriteria(
      operator,
      criteria.map((criterion) => toCriterion(criterion, `${operator}()`)),
    ),
  );
}

function negate(node: ExpressionNode): ExpressionNode {
  switch (node.kind) {
    case "binary": {
      const opposite = negations[node.operator];
      if (opposite !== undefined) return Object.freeze({ ...node, operator: opposite });
      break;
    }
    case "unary":
      if (node.operator === "not") return node.operand;
      if (node.operator === "isNull") return Object.freeze({ ...node, operator: "isNotNull" });
      if (node.operator === "isNotNull") return Object.freeze({ ...node, operator: "isNull" });
      break;
    case "in":
    case "between":
      return Object.freeze({ ...node, negated: !node.negated });
    case "keyword":
      if (node.word === "TRUE" || node.word === "FALSE") return truth(node.word === "FALSE");
      break;
  }
  return Object.freeze({ kind: "unary", operator: "not", operand: node, type: booleanType() });
}

/** Gives a parameter without a type that of the other side. */
function typed(node: ExpressionNode, other: ExpressionNode): ExpressionNode {
  const isUntyped = node.kind === "parameter" && node.name !== undefined && node.type.name === "unknown";
  return isUntyped ? Object.freeze({ ...node, type: other.type }) : node;
}

function candidates(left: ExpressionNode, items: unknown): readonly ExpressionNode[] | QueryNode {
  const where = `${describe(left)} in()`;
  const node = nodeOf(items);
  if (node !== undefined) {
    if (isQuery(node)) return node;
    return node.kind === "scalar" ? node.query : Object.freeze([node]);
  }
  if (items === undefined) throw fail("sql/undefined-value", { where });
  if (!Array.isArray(items) && !(items instanceof Set)) {
    throw fail("sql/wrong-value", { where, problem: "expects a list or a query", got: items });
  }
  return Object.freeze([...items].map((item) => candidate(left, item)));
}

function candidate(left: ExpressionNode, item: unknown): ExpressionNode {
  const where = describe(left);
  if (left.kind !== "tuple") return toExpression(item, { where, type: left.type });
  if (!Array.isArray(item) || item.length !== left.items.length) {
    throw fail("sql/wrong-value", {
      where,
      problem: `expects lists of ${left.items.length} values`,
      got: item,
    });
  }
  const items = left.items.map((part, index) =>
    toExpression(item[index], { where: describe(part), type: part.type }),
  );
  return Object.freeze({ kind: "tuple", items: Object.freeze(items), type: left.type });
}

function isText(type: SqlType): boolean {
  return type.name === "string" || type.name === "text";
}

const WIDTH: Partial<Record<SqlType["name"], number>> = {
  smallInt: 1,
  integer: 2,
  bigInt: 3,
  float: 4,
  // An exact decimal stays one beside a float: the types know floats and integers as one.
  numeric: 5,
};

/** Gives the type of a plain value beside a number: 1.5 beside an integer is no integer, "0.125" may have any scale. */
function arithmeticType(left: SqlType, value: unknown): SqlType | undefined {
  const type = left.name === "numeric" ? numericType() : left;
  return nodeOf(value) !== undefined || type.check(value) === undefined ? type : undefined;
}

/** Gives the type of arithmetic: the wider one of numbers, with the digits that the operator leaves; else the left. */
function resultOf(operator: BinaryOperator, left: ExpressionNode, right: ExpressionNode): SqlType {
  if (left.type.name === "unknown") return right.type;
  const isWider = (WIDTH[right.type.name] ?? 0) > (WIDTH[left.type.name] ?? Number.POSITIVE_INFINITY);
  const type = isWider ? right.type : left.type;
  if (type.name !== "numeric") return type;
  const [leftScale, rightScale] = [scaleOf(left), scaleOf(right)];
  if (leftScale === undefined || rightScale === undefined || operator === "div") return numericType();
  // 38: the most digits that all databases agree to keep; only the scale matters to a computed value.
  return numericType(38, operator === "mul" ? leftScale + rightScale : Math.max(leftScale, rightScale));
}

/** Counts the digits after the point; undefined when it is not known. */
function scaleOf(node: ExpressionNode): number | undefined {
  if (node.kind === "parameter" && node.name === undefined) {
    const digits = /^-?\d+(?:\.(\d*))?$/.exec(String(node.value));
    return digits === null ? undefined : (digits[1] ?? "").length;
  }
  if (node.type.name === "numeric") return node.type.scale;
  return ["smallInt", "integer", "bigInt"].includes(node.type.name) ? 0 : undefined;
}
