/** Compares SQL by words: line breaks and indentation mean nothing. */
import { expect } from "vitest";
import { ansiTarget } from "../../src/compile/ansi/target.ts";
import { type Compilable, compile } from "../../src/compile/compile.ts";
import type { Target } from "../../src/compile/target.ts";

/** Joins the words of SQL by single spaces. */
export function words(sql: string): string {
  return sql.replace(/\s+/g, " ").replace(/\( /g, "(").replace(/ \)/g, ")").trim();
}

/** Expects the text, and the values bound to it, of a statement or of whatever has a node. */
export function expectSql(
  statement: Compilable | { readonly node: Compilable },
  sql: string,
  parameters: readonly unknown[] = [],
  target: Target = ansiTarget,
): void {
  const compiled = compile("node" in statement ? statement.node : statement, target);
  expect(words(compiled.sql)).toBe(words(sql));
  expect(compiled.parameters.map((parameter) => parameter.value)).toEqual(parameters);
}
