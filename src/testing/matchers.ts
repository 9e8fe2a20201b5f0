/**
 * Comparing SQL by its words. Failures are `AssertionError`s of Node.js, which every test runner shows as a difference.
 */
import { deepStrictEqual } from "node:assert/strict";
import { compile } from "../compile/compile.ts";
import type { Target } from "../compile/target.ts";
import type { StatementNode } from "../sql/nodes.ts";

/**
 * The SQL that a test expects: one text for all databases, and others where they differ.
 *
 * Shape: keys are names of dialects; `ansi` serves where there is no other. Placeholders are written `?` or `$1`.
 */
export interface ExpectedSql {
  readonly ansi?: string | readonly string[];
  readonly [dialect: string]: string | readonly string[] | undefined;
}

/** SQL text, lines of a transcript, or anything with a node. */
export type ActualSql = string | readonly string[] | { readonly node: StatementNode };

/** Joins the words of SQL by single spaces. */
export function words(sql: string): string {
  return sql.replace(/\s+/g, " ").replace(/\( /g, "(").replace(/ \)/g, ")").trim();
}

/** Writes every placeholder as `?`. */
function samePlaceholders(sql: string): string {
  return sql.replace(/\$\d+/g, "?");
}

/**
 * Compares SQL, whatever its line breaks. A statement is compiled for the database at hand.
 *
 * Errors: an AssertionError that shows both texts.
 */
export function expectSqlOf(
  actual: ActualSql,
  expected: ExpectedSql | string | readonly string[],
  target: Target,
): void {
  const wanted = isTexts(expected) ? expected : (expected[target.name] ?? expected.ansi ?? "");
  const given = isTexts(actual) ? actual : compile(actual.node, target).sql;
  const lines = (texts: string | readonly string[]) =>
    (typeof texts === "string" ? [texts] : texts).map((text) => samePlaceholders(words(text)));
  deepStrictEqual(lines(given), lines(wanted));
}

function isTexts(value: unknown): value is string | readonly string[] {
  return typeof value === "string" || Array.isArray(value);
}
