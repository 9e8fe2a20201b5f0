/**
 * A limit on what a session sends: the guard against loops that load one by one.
 *
 * Below: the engine's `Meter`, which hears of each statement of the session.
 */
import type { Meter, MeteredStatement } from "../../engine/sender.ts";
import { fail } from "../../foundation/errors.ts";
import { sourceLine } from "../../foundation/source-line.ts";
import type { Io } from "../../io/ask.ts";
import { call } from "../../io/ask.ts";
import type { SessionCore } from "./session-core.ts";

/** How much a session may do. */
export interface Budget {
  /**
   * Statements sent, those that only begin and end transactions and savepoints aside. One that is executed with many sets
   * of values counts once, as listeners hear of it.
   */
  readonly statements?: number;
  /** Rows that SELECTs give. */
  readonly rows?: number;
}

const limitNames: readonly string[] = ["statements", "rows"] satisfies (keyof Budget)[];

/** Counts from now on; null ends it. Errors: budget/limits, budget/limit, budget/unknown-limit. */
export function setBudget(session: SessionCore, limits: Budget | null): void {
  const inForce = session.meters.at(-1) as { meter: Meter | undefined };
  inForce.meter = meterFor(session, limits);
}

function meterFor(session: SessionCore, limits: Budget | null): Meter | undefined {
  return limits === null ? undefined : meterOf(session, requireBudget(limits));
}

/** Runs the application's function within a budget, which takes the former one's place. Errors: as {@link setBudget}. */
export function* withinBudget<Value>(
  session: SessionCore,
  limits: Budget | null,
  body: () => Value,
): Io<Awaited<Value>> {
  const own = { meter: meterFor(session, limits) };
  session.meters.push(own);
  try {
    return (yield* call(body, "the function given to budget()")) as Awaited<Value>;
  } finally {
    session.meters.splice(session.meters.indexOf(own), 1);
  }
}

function requireBudget(limits: Budget): Budget {
  const isObject = typeof limits === "object" && !Array.isArray(limits);
  const given = isObject ? Object.entries(limits) : [];
  if (given.length === 0) throw fail("budget/limits", { got: limits });
  for (const [name, limit] of given) {
    if (!limitNames.includes(name)) throw fail("budget/unknown-limit", { name, names: limitNames });
    requireCount(limit, `the limit ${name} of a budget`);
  }
  return { ...limits };
}

/** Errors: budget/limit. */
export function requireCount(count: unknown, what: string): void {
  if (!Number.isSafeInteger(count) || (count as number) < 0) throw fail("budget/limit", { what, got: count });
}

function meterOf(session: SessionCore, limits: Budget): Meter {
  let sent = 0;
  let read = 0;
  const factsOf = ({ label, sql, verb }: MeteredStatement, limit: number, counted: number) => {
    return { limit, counted, label, verb, sql, source: sourceLine(session.caller) };
  };
  return {
    beforeSending(statement) {
      // One that is refused was not sent, so that the next one has the same number.
      if (sent === limits.statements) throw fail("budget/statements", factsOf(statement, sent, sent + 1));
      sent++;
    },
    afterReading(statement, rowCount) {
      if (statement.verb !== "SELECT" || rowCount === 0) return;
      read += rowCount;
      if (limits.rows !== undefined && read > limits.rows)
        throw fail("budget/rows", factsOf(statement, limits.rows, read));
    },
  };
}
