/**
 * What every operator of a binary, unary or logical node looks like in SQL, and how tightly it binds.
 *
 * Expressions are built with the names at the left (`"eq"`); the renderers of `compile/` read text, precedence and
 * associativity here, so that parentheses appear exactly where they are needed. Neighbours: `expression.ts` above,
 * `nodes.ts` below.
 */

/** How an operator is written and what it gives. */
export interface Operator {
  /** As in SQL: `=`, `IS DISTINCT FROM`. */
  readonly text: string;
  /** Higher binds tighter. */
  readonly precedence: number;
  /** Whether `(a op b) op c` and `a op (b op c)` are the same, so that neither needs parentheses. */
  readonly associative: boolean;
  /** `boolean` for conditions, `left` for the type of the left operand, `number` for the wider of both. */
  readonly result: "boolean" | "left" | "number" | "string";
  /** Where a unary operator stands. */
  readonly position: "infix" | "prefix" | "postfix";
}

/** The precedence of things that are no operators: OR binds loosest, a column or a function call tightest. */
export const PRECEDENCE = {
  label: 0,
  order: 1,
  or: 2,
  and: 3,
  not: 4,
  comparison: 5,
  custom: 6,
  additive: 7,
  multiplicative: 8,
  concat: 9,
  collate: 10,
  negation: 11,
  atom: 20,
} as const;

function infix(text: string, precedence: number, result: Operator["result"], associative = false): Operator {
  return { text, precedence, associative, result, position: "infix" };
}

/** The operators of binary nodes by name. */
export const binaryOperators = {
  eq: infix("=", PRECEDENCE.comparison, "boolean"),
  ne: infix("!=", PRECEDENCE.comparison, "boolean"),
  lt: infix("<", PRECEDENCE.comparison, "boolean"),
  le: infix("<=", PRECEDENCE.comparison, "boolean"),
  gt: infix(">", PRECEDENCE.comparison, "boolean"),
  ge: infix(">=", PRECEDENCE.comparison, "boolean"),
  is: infix("IS", PRECEDENCE.comparison, "boolean"),
  isNot: infix("IS NOT", PRECEDENCE.comparison, "boolean"),
  isDistinctFrom: infix("IS DISTINCT FROM", PRECEDENCE.comparison, "boolean"),
  isNotDistinctFrom: infix("IS NOT DISTINCT FROM", PRECEDENCE.comparison, "boolean"),
  like: infix("LIKE", PRECEDENCE.comparison, "boolean"),
  notLike: infix("NOT LIKE", PRECEDENCE.comparison, "boolean"),
  ilike: infix("ILIKE", PRECEDENCE.comparison, "boolean"),
  notIlike: infix("NOT ILIKE", PRECEDENCE.comparison, "boolean"),
  add: infix("+", PRECEDENCE.additive, "number", true),
  sub: infix("-", PRECEDENCE.additive, "number"),
  mul: infix("*", PRECEDENCE.multiplicative, "number", true),
  div: infix("/", PRECEDENCE.multiplicative, "number"),
  mod: infix("%", PRECEDENCE.multiplicative, "number"),
  concat: infix("||", PRECEDENCE.concat, "string", true),
} as const satisfies Record<string, Operator>;

/** The operators of unary nodes by name. */
const unaryOperators = {
  not: {
    text: "NOT",
    precedence: PRECEDENCE.not,
    associative: false,
    result: "boolean",
    position: "prefix",
  },
  neg: {
    text: "-",
    precedence: PRECEDENCE.negation,
    associative: false,
    result: "left",
    position: "prefix",
  },
  distinct: {
    text: "DISTINCT",
    precedence: PRECEDENCE.label,
    associative: false,
    result: "left",
    position: "prefix",
  },
  isNull: {
    text: "IS NULL",
    precedence: PRECEDENCE.comparison,
    associative: false,
    result: "boolean",
    position: "postfix",
  },
  isNotNull: {
    text: "IS NOT NULL",
    precedence: PRECEDENCE.comparison,
    associative: false,
    result: "boolean",
    position: "postfix",
  },
} as const satisfies Record<string, Operator>;

/** The operators of logical nodes by name. */
export const logicalOperators = {
  and: infix("AND", PRECEDENCE.and, "boolean", true),
  or: infix("OR", PRECEDENCE.or, "boolean", true),
} as const satisfies Record<string, Operator>;

/** A name in {@link binaryOperators}. */
export type BinaryOperator = keyof typeof binaryOperators;

/** What a comparison turns into under NOT, so that `not(a.eq(b))` reads `a != b`. */
export const negations: Readonly<Record<string, BinaryOperator>> = {
  eq: "ne",
  ne: "eq",
  lt: "ge",
  ge: "lt",
  gt: "le",
  le: "gt",
  is: "isNot",
  isNot: "is",
  isDistinctFrom: "isNotDistinctFrom",
  isNotDistinctFrom: "isDistinctFrom",
  like: "notLike",
  notLike: "like",
  ilike: "notIlike",
  notIlike: "ilike",
};

function lookUp(operators: Readonly<Record<string, Operator>>, name: string): Operator | undefined {
  return Object.hasOwn(operators, name) ? operators[name] : undefined;
}

/** Gives the operator of a binary node; one that the table does not have is written as it stands (`@>`). */
export function binaryOperator(name: string): Operator {
  return lookUp(binaryOperators, name) ?? infix(name, PRECEDENCE.custom, "left");
}

/** Gives the operator of a unary node; one that the table does not have is a prefix written as it stands. */
export function unaryOperator(name: string): Operator {
  return (
    lookUp(unaryOperators, name) ?? {
      text: name,
      precedence: PRECEDENCE.negation,
      associative: false,
      result: "left",
      position: "prefix",
    }
  );
}
