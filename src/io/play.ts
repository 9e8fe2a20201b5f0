/**
 * Drives a flow by hand, from a list of scripted answers: tests and dry runs without any database.
 */
import { fail } from "../foundation/errors.ts";
import { shorten } from "../foundation/words.ts";
import type { Ask, DriverAsk, DriverConnection, Io, PoolPort, RawCursor, RawResult } from "./ask.ts";
import { runSync } from "./run.ts";

/** What one statement answers: rows, a result in part or whole, or the error that it fails with. */
export type ScriptedResult = readonly (readonly unknown[])[] | Partial<RawResult> | Error;

/**
 * One expected statement, with what it answers (nothing: no rows). Texts are compared without regard to white space;
 * one that ends in `…` is a beginning.
 */
export type ScriptedAnswer = string | RegExp | readonly [sql: string | RegExp, result: ScriptedResult];

/** How a played flow ended, and what it asked on the way. */
export interface Played<T> {
  readonly value: T;
  /** All that reached the answering side, in order. */
  readonly asks: readonly DriverAsk[];
  /** The texts of the statements, in order. */
  readonly sql: readonly string[];
}

/** A pool for flows that want one; its connections are answered by {@link play}. */
export const playPool: PoolPort = {
  acquire: () => ({}),
  release: () => undefined,
};

/**
 * Runs a flow against a script: each `execute` and `open` takes the next answer, all other asks answer themselves.
 *
 * Errors: io/script when a statement is not the expected one, comes after the last, or when answers are left over;
 *         whatever the flow throws.
 *
 * @example play(flush(session), ["BEGIN", ["INSERT INTO users …", [[1]]], "COMMIT"]).value
 */
export function play<T>(io: Io<T>, script: readonly ScriptedAnswer[]): Played<T> {
  const asks: DriverAsk[] = [];
  const sql: string[] = [];
  const connection: DriverConnection = {};
  const remainingRows = new Map<RawCursor, unknown[][]>();
  let position = 0;

  const nextResult = (text: string): RawResult => {
    const answer = script[position++];
    if (answer === undefined)
      throw fail("io/script", { problem: `no answer is left for ${shorten(text, 200)}` });
    const isPair = typeof answer !== "string" && !(answer instanceof RegExp);
    const [expected, result]: readonly [string | RegExp, ScriptedResult] = isPair ? answer : [answer, []];
    if (!matches(text, expected)) {
      const wanted = expected instanceof RegExp ? String(expected) : shorten(expected, 200);
      throw fail("io/script", {
        problem: `statement ${position} should be ${wanted}, got: ${shorten(text, 200)}`,
      });
    }
    if (result instanceof Error) throw result;
    return completeResult(result);
  };

  const answer = (ask: DriverAsk): unknown => {
    asks.push(ask);
    switch (ask.kind) {
      case "acquire":
        return connection;
      case "execute":
        sql.push(ask.sql);
        return nextResult(ask.sql);
      case "open": {
        sql.push(ask.sql);
        const { rows, columns } = nextResult(ask.sql);
        const cursor: RawCursor = { columns };
        remainingRows.set(cursor, [...rows]);
        return cursor;
      }
      case "fetch":
        return remainingRows.get(ask.cursor)?.splice(0, ask.count) ?? [];
      case "close":
        remainingRows.delete(ask.cursor);
        return undefined;
      case "release":
        return undefined;
    }
  };

  const value = runSync(io, answer, { what: "the played flow" });
  if (position < script.length) {
    throw fail("io/script", {
      problem: `${script.length - position} of ${script.length} answers were not asked for`,
    });
  }
  return { value, asks, sql };
}

function matches(text: string, expected: string | RegExp): boolean {
  if (expected instanceof RegExp) return expected.test(text);
  const [got, wanted] = [squeeze(text), squeeze(expected)];
  return wanted.endsWith("…") ? got.startsWith(wanted.slice(0, -1).trimEnd()) : got === wanted;
}

function squeeze(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}

function completeResult(result: readonly (readonly unknown[])[] | Partial<RawResult>): RawResult {
  const given = Array.isArray(result) ? { rows: result as unknown[][] } : (result as Partial<RawResult>);
  const rows = given.rows ?? [];
  return {
    rows,
    columns: rows[0]?.map((_, index) => `column${index + 1}`) ?? [],
    rowCount: rows.length,
    ...given,
  };
}

/** Shows asks as one line each, for tests that compare what a flow does beside its statements. */
export function transcript(asks: readonly Ask[]): string[] {
  return asks.map((ask) => ("sql" in ask ? ask.sql : ask.kind));
}
