/**
 * Counts the statements of a piece of code: the N+1 check of a test.
 *
 * Below: the engine's events. Above: `spec.ts`.
 */
import type { EngineCore } from "../engine/engine-core.ts";
import { EventHub, type StatementEvent } from "../engine/events.ts";
import { fail } from "../foundation/errors.ts";
import { shortSql } from "../foundation/words.ts";
import { requireCount } from "../orm/session/budget.ts";
import { SessionCore } from "../orm/session/session-core.ts";
import { isTransactionEvent } from "./transcript.ts";

/** What sends statements: an engine or a session, of either colour. */
export interface Counted {
  readonly core: EngineCore | SessionCore;
}

/**
 * Expects that `body` sends that many statements, beginning and ending transactions aside, and gives what it gives. Of an
 * engine, those of all its sessions and connections count; of a session, its own.
 *
 * Errors: budget/unexpected, with each statement and the line of the application that caused it; budget/limit.
 *
 * @example
 * await using session = new Session(engine);
 * const users = await expectStatements(session, 1, () => session.scalars(select(User)).all());
 */
export function expectStatements<Value>(
  of: Counted,
  count: number,
  body: () => PromiseLike<Value>,
): Promise<Value>;
export function expectStatements<Value>(of: Counted, count: number, body: () => Value): Value;
export function expectStatements(of: Counted, count: number, body: () => unknown): unknown {
  requireCount(count, "the number of expectStatements()");
  const statements: string[] = [];
  const stop = listen(of, ({ sql, source }) =>
    statements.push(source === undefined ? shortSql(sql) : `${shortSql(sql)}\n  at ${source}`),
  );
  const check = (value: unknown): unknown => {
    if (statements.length !== count)
      throw fail("budget/unexpected", { expected: count, got: statements.length, statements });
    return value;
  };
  let value: unknown;
  try {
    value = body();
  } catch (error) {
    stop();
    throw error;
  }
  if (isPromise(value)) return Promise.resolve(value).finally(stop).then(check);
  stop();
  return check(value);
}

function listen(of: Counted, note: (event: StatementEvent) => void): () => void {
  const core: EngineCore | SessionCore | undefined = of?.core;
  const session = core instanceof SessionCore ? core.session : undefined;
  const engine = core instanceof SessionCore ? core.engine : core;
  if (!(engine?.events instanceof EventHub)) throw fail("budget/not-counted", { got: of });
  const noteOwn = (event: StatementEvent): void => {
    const isOwn = session === undefined || event.session === session;
    if (isOwn && !isTransactionEvent(event)) note(event);
  };
  return engine.events.on("statement", noteOwn, { source: true });
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === "function";
}
