/**
 * `CASE WHEN … THEN … ELSE … END`.
 */
import { fail } from "../foundation/errors.ts";
import type { SqlType } from "../types/sql-type.ts";
import { nodeOf, toCriterion, toExpression } from "./coerce.ts";
import { Expression } from "./expression.ts";
import type { CaseBranch, ExpressionNode } from "./nodes.ts";
import type { Criterion, Operand } from "./row.ts";

/**
 * Gives the value beside the first condition that holds, else `otherwise`, else NULL.
 *
 * Errors: sql/empty without a branch.
 *
 * @example caseWhen([[User.c.age.lt(18), "minor"]], "adult")   // => CASE WHEN users.age < ? THEN ? ELSE ? END
 */
export function caseWhen<Value>(
  branches: readonly (readonly [when: Criterion, then: Operand<Value>])[],
  otherwise: Operand<Value>,
): Expression<Value>;
export function caseWhen<Value>(
  branches: readonly (readonly [when: Criterion, then: Operand<Value>])[],
): Expression<Value | null>;
export function caseWhen(
  branches: readonly (readonly [when: Criterion, then: unknown])[],
  ...rest: readonly unknown[]
): Expression {
  if (branches.length === 0) throw fail("sql/empty", { what: "caseWhen()", expected: "at least one branch" });
  const type = knownType([...branches.map(([, result]) => result), ...rest]);
  const toValue = (value: unknown): ExpressionNode => toExpression(value, { where: "caseWhen()", type });
  const whens = branches.map(
    ([when, result]): CaseBranch =>
      Object.freeze({ when: toCriterion(when, "caseWhen()"), result: toValue(result) }),
  );
  const otherwise = rest.length === 0 ? undefined : toValue(rest[0]);
  const results = [...whens.map((branch) => branch.result), ...(otherwise === undefined ? [] : [otherwise])];
  return new Expression(
    Object.freeze({
      kind: "case",
      whens: Object.freeze(whens),
      otherwise,
      type: (results.find((result) => result.type.name !== "unknown") ?? results[0]!).type,
    }),
  );
}

/** Gives the type of the first expression among the results: plain values beside a column are of its type. */
function knownType(results: readonly unknown[]): SqlType | undefined {
  for (const result of results) {
    const node = nodeOf(result);
    if (node !== undefined && "type" in node) return node.type;
  }
  return undefined;
}
