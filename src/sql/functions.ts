/**
 * `func.count(…)`, `func.coalesce(…)`, `func.anything(…)`: calls of SQL functions.
 *
 * A known function has a typed result; any other name is called as it stands, and its result is unknown unless
 * it is said: `func<number>("similarity", a, b)`.
 */
import { fail } from "../foundation/errors.ts";
import { dateTimeType, dateType, timeType } from "../types/datetime.ts";
import { bigIntType, floatType, integerType, type Numeric, numericType } from "../types/number.ts";
import { nullType, type SqlType } from "../types/sql-type.ts";
import { textType } from "../types/text.ts";
import { toCriterion, toExpression } from "./coerce.ts";
import { Expression, joinCriteria, type TypeLike, typeOf } from "./expression.ts";
import type { ExpressionNode, FunctionNode, KeywordNode } from "./nodes.ts";
import type { Comparable, Criterion, Operand, Valued } from "./row.ts";
import { type WindowOptions, windowNode } from "./window.ts";

/** A call of a SQL function. */
export class FunctionExpression<out Value> extends Expression<Value> {
  declare readonly node: FunctionNode;

  /** Looks only at rows for which the conditions hold: `count(*) FILTER (WHERE …)`. */
  filter(...criteria: readonly Criterion[]): FunctionExpression<Value> {
    const before = this.node.filter === undefined ? [] : [this.node.filter];
    const added = criteria.map((criterion) => toCriterion(criterion, "filter()"));
    const filter = joinCriteria("and", [...before, ...added]);
    return new FunctionExpression(Object.freeze({ ...this.node, filter }));
  }

  /** Computes the function over a window of rows: `row_number() OVER (ORDER BY …)`. */
  over(options: WindowOptions = {}): Expression<Value> {
    return new Expression(windowNode(this.node, options));
  }

  /** Says the type of the result, where the name does not. */
  as<Result>(type: TypeLike<Result>): FunctionExpression<Result> {
    return new FunctionExpression(Object.freeze({ ...this.node, type: typeOf(type) }));
  }
}

/** The functions whose result is known. NULL stays NULL where the argument may be NULL. */
export interface KnownFunctions {
  /** Rows, or rows in which the argument is not NULL. */
  count(argument?: Valued<unknown>): FunctionExpression<number>;
  /** NULL when there are no rows. */
  sum<Value>(argument: Valued<Value>): FunctionExpression<Value | null>;
  /** A string (exact) for numeric columns, else a number. */
  avg<Value>(argument: Valued<Value>): FunctionExpression<(Value extends string ? Value : number) | null>;
  min<Value>(argument: Valued<Value>): FunctionExpression<Value | null>;
  max<Value>(argument: Valued<Value>): FunctionExpression<Value | null>;
  /** The first argument that is not NULL. */
  coalesce<Value extends Numeric | null>(
    first: Valued<Value>,
    second: Comparable<Numeric>,
  ): FunctionExpression<Numeric>;
  coalesce<Value>(
    first: Valued<Value>,
    second: NonNullable<Value> | Valued<NonNullable<Value>>,
  ): FunctionExpression<NonNullable<Value>>;
  coalesce<Value>(first: Valued<Value>, ...rest: readonly Operand<Value>[]): FunctionExpression<Value>;
  /** NULL when both are equal. */
  nullif<Value extends Numeric | null>(
    first: Valued<Value>,
    second: Comparable<Numeric>,
  ): FunctionExpression<Value | null>;
  nullif<Value>(first: Valued<Value>, second: Operand<Value>): FunctionExpression<Value | null>;
  lower<Value extends string | null>(text: Valued<Value>): FunctionExpression<Value>;
  upper<Value extends string | null>(text: Valued<Value>): FunctionExpression<Value>;
  trim<Value extends string | null>(text: Valued<Value>): FunctionExpression<Value>;
  replace<Value extends string | null>(
    text: Valued<Value>,
    from: Operand<string>,
    to: Operand<string>,
  ): FunctionExpression<Value>;
  substr<Value extends string | null>(
    text: Valued<Value>,
    start: Operand<number>,
    length?: Operand<number>,
  ): FunctionExpression<Value>;
  /** Units: characters. */
  length<Value extends string | null>(
    text: Valued<Value>,
  ): FunctionExpression<number | (null extends Value ? null : never)>;
  concat(...parts: readonly Operand<unknown>[]): FunctionExpression<string>;
  abs<Value>(number: Valued<Value>): FunctionExpression<Value>;
  round<Value>(number: Valued<Value>, digits?: Operand<number>): FunctionExpression<Value>;
  now(): FunctionExpression<Date>;
  currentTimestamp(): Expression<Date>;
  currentDate(): Expression<string>;
  currentTime(): Expression<string>;
  rowNumber(): FunctionExpression<number>;
  rank(): FunctionExpression<number>;
  denseRank(): FunctionExpression<number>;
  lag<Value>(argument: Valued<Value>, offset?: number): FunctionExpression<Value | null>;
  lead<Value>(argument: Valued<Value>, offset?: number): FunctionExpression<Value | null>;
  firstValue<Value>(argument: Valued<Value>): FunctionExpression<Value>;
  lastValue<Value>(argument: Valued<Value>): FunctionExpression<Value>;
}

/** Any other function, by its name in the database. */
export interface OtherFunctions {
  /** `func("similarity", a, b)`; the way for programs that check indexed access, where `func.similarity` may be undefined. */
  <Value = unknown>(name: string, ...inputs: readonly unknown[]): FunctionExpression<Value>;
  readonly [name: string]: <Value = unknown>(...inputs: readonly unknown[]) => FunctionExpression<Value>;
}

/** How one known function differs from a call under its own name with an unknown result. */
interface Signature {
  /** The name in SQL, when it is not the name on `func`. */
  readonly name?: string;
  /** The type of the result, from the arguments. */
  readonly type: (inputs: readonly ExpressionNode[]) => SqlType;
  /** Stands for no arguments: `count()` is `count(*)`. */
  readonly withoutInputs?: readonly ExpressionNode[];
}

const first = (inputs: readonly ExpressionNode[]): SqlType => inputs[0]?.type ?? nullType();

/** Gives the type of the first argument that has one. */
const firstKnown = (inputs: readonly ExpressionNode[]): SqlType =>
  inputs.find((input) => input.type.name !== "unknown")?.type ?? nullType();

const signatures: Readonly<Record<string, Signature>> = {
  count: { type: integerType, withoutInputs: [Object.freeze({ kind: "star", type: nullType() })] },
  sum: { type: (inputs) => sumType(first(inputs)) },
  // PostgreSQL averages integers exactly, SQLite as floats: a float is what both can give.
  avg: { type: (inputs) => (first(inputs).name === "numeric" ? numericType() : floatType()) },
  min: { type: first },
  max: { type: first },
  coalesce: { type: firstKnown },
  nullif: { type: first },
  lower: { type: textType },
  upper: { type: textType },
  trim: { type: textType },
  replace: { type: textType },
  substr: { type: textType },
  length: { type: integerType },
  concat: { type: textType },
  abs: { type: first },
  round: { type: (inputs) => roundedType(inputs) },
  now: { type: () => dateTimeType({ timezone: true }) },
  rowNumber: { name: "row_number", type: integerType },
  rank: { type: integerType },
  denseRank: { name: "dense_rank", type: integerType },
  lag: { type: first },
  lead: { type: first },
  firstValue: { name: "first_value", type: first },
  lastValue: { name: "last_value", type: first },
};

const keywords: Readonly<Record<string, KeywordNode>> = {
  currentTimestamp: keyword("CURRENT_TIMESTAMP", dateTimeType({ timezone: true })),
  currentDate: keyword("CURRENT_DATE", dateType()),
  currentTime: keyword("CURRENT_TIME", timeType()),
};

function keyword(word: KeywordNode["word"], type: SqlType): KeywordNode {
  return Object.freeze({ kind: "keyword", word, type });
}

/** A sum of small numbers may be large: smallInt gives integer, the others stay what they are. */
function sumType(type: SqlType): SqlType {
  if (type.name === "smallInt") return integerType();
  if (type.name === "bigInt") return bigIntType();
  return type.name === "numeric" ? numericType(undefined, type.scale) : type;
}

function roundedType([number, digits]: readonly ExpressionNode[]): SqlType {
  if (number?.type.name !== "numeric") return number?.type ?? nullType();
  const count = digits?.kind === "parameter" ? digits.value : digits === undefined ? 0 : undefined;
  return typeof count === "number" && count >= 0 ? numericType(38, count) : numericType();
}

function call(key: string, inputs: readonly unknown[]): Expression {
  const word = Object.hasOwn(keywords, key) ? keywords[key] : undefined;
  if (word !== undefined) return new Expression(word);
  const signature = Object.hasOwn(signatures, key) ? signatures[key] : undefined;
  const nodes = inputs.filter((input, index) => input !== undefined || index < inputs.length - 1);
  const given = argumentsOf(key, nodes);
  const isDistinct = given[0]?.kind === "unary" && given[0].operator === "distinct";
  const expressions = isDistinct
    ? [(given[0] as { operand: ExpressionNode }).operand, ...given.slice(1)]
    : given;
  const node: FunctionNode = Object.freeze({
    kind: "function",
    name: signature?.name ?? key,
    arguments: Object.freeze(expressions.length > 0 ? expressions : (signature?.withoutInputs ?? [])),
    distinct: isDistinct,
    filter: undefined,
    type: signature?.type(expressions) ?? nullType(),
  });
  return new FunctionExpression(node);
}

/** Plain values take the type of the first argument where it accepts them: `coalesce(price, "0.00")`. */
function argumentsOf(key: string, inputs: readonly unknown[]): readonly ExpressionNode[] {
  const where = `func.${key}()`;
  const nodes: ExpressionNode[] = [];
  for (const input of inputs) {
    const type = nodes[0]?.type;
    const isFitting = input !== undefined && type?.check(input) === undefined;
    nodes.push(toExpression(input, { where, type: isFitting ? type : undefined }));
  }
  return nodes;
}

const calls = new Map<string, (...inputs: readonly unknown[]) => Expression>();

function callerOf(name: string): (...inputs: readonly unknown[]) => Expression {
  if (!/^[A-Za-z_][A-Za-z0-9_.]*$/.test(name)) {
    throw fail("sql/wrong-value", { where: "func", problem: "expects the name of a function", got: name });
  }
  let caller = calls.get(name);
  if (caller === undefined) {
    caller = (...inputs) => call(name, inputs);
    calls.set(name, caller);
  }
  return caller;
}

/**
 * Calls SQL functions by name.
 *
 * @example func.count()                                     // => count(*)
 * @example func.count(User.c.city.distinct())               // => count(DISTINCT users.city)
 * @example func<string>("json_extract", a.c.doc, "$.x")     // => json_extract(a.doc, ?)
 */
export const func = new Proxy((name: string, ...inputs: readonly unknown[]) => callerOf(name)(...inputs), {
  get: (_, key) => (typeof key === "symbol" ? undefined : callerOf(key)),
}) as unknown as KnownFunctions & OtherFunctions;
