/**
 * One behaviour, written once, run on every database and in both colours.
 *
 * A body awaits everything, which is harmless on plain values: the same text runs on `Session` and `SyncSession`.
 * This file knows no test runner; an adapter of a few lines registers {@link runSpec} with one.
 */
import type { Features } from "../compile/target.ts";
import type { Dialect } from "../engine/dialect.ts";
import type { Engine } from "../engine/engine.ts";
import type { Session, SessionOptions } from "../orm/session/session.ts";
import type { MetaData } from "../schema/metadata.ts";
import { expectStatements } from "./expect-statements.ts";
import { type ActualSql, type ExpectedSql, expectSqlOf } from "./matchers.ts";
import { openSandbox, type SpecTarget } from "./sandbox.ts";
import { Transcript } from "./transcript.ts";

export type { ActualSql, ExpectedSql } from "./matchers.ts";
export type { SpecTarget } from "./sandbox.ts";

/** What a spec says about itself. */
export interface SpecOptions {
  /** What the database must be able to do; elsewhere the spec is skipped. */
  readonly needs?: readonly (keyof Features)[];
  /** The tables that exist when the body begins. */
  readonly tables?: MetaData;
  /** Runs on these colours only. */
  readonly colours?: readonly SpecTarget["colour"][];
  /** Runs on PGlite as well, which takes a second to start. */
  readonly pglite?: boolean;
  /** Options of the session. */
  readonly session?: SessionOptions;
}

/** What a body gets. */
export interface SpecContext {
  readonly target: SpecTarget;
  readonly engine: Engine;
  readonly dialect: Dialect;
  /** A session, opened on first use. */
  readonly session: Session;
  /** Opens a further session. An in-memory database has one connection: end the other session's transaction first. */
  openSession(options?: SessionOptions): Session;
  createAll(metadata: MetaData): Promise<void>;
  /** Gives a line per statement since the last call, with its parameters. */
  emitted(): string[];
  /** Expects that many statements, beginning and ending transactions aside, and gives what `action` gives. */
  expectStatements<Answer>(count: number, action: () => Answer | PromiseLike<Answer>): Promise<Answer>;
  /** Compares SQL by its words: a text, lines of the transcript, or a statement compiled for this database. */
  expectSql(actual: ActualSql, expected: ExpectedSql | string | readonly string[]): void;
}

/** The text of a spec. */
export type SpecBody = (context: SpecContext) => Promise<void>;

/** Tells why a spec does not run on a target; undefined when it does. */
export function reasonToSkip(options: SpecOptions, target: SpecTarget, dialect: Dialect): string | undefined {
  if (options.colours && !options.colours.includes(target.colour))
    return `it is for ${options.colours.join()} only`;
  const missing = (options.needs ?? []).filter((need) => !dialect.features[need]);
  return missing.length > 0 ? `${dialect.name} has no ${missing.join(", ")}` : undefined;
}

/**
 * Runs a spec on one target, in a database of its own. Calls `skip` with a reason and runs nothing when the target
 * lacks what the spec needs.
 */
export async function runSpec(
  options: SpecOptions,
  target: SpecTarget,
  body: SpecBody,
  skip: (reason: string) => void,
): Promise<void> {
  const sandbox = await openSandbox(target, options.tables);
  const { engine } = sandbox;
  const { dialect } = engine;
  try {
    const reason = reasonToSkip(options, target, dialect);
    if (reason !== undefined) {
      skip(reason);
      return;
    }
    const transcript = new Transcript(engine);
    let session: Session | undefined;
    await body({
      target,
      engine,
      dialect,
      get session() {
        session ??= sandbox.openSession(options.session);
        return session;
      },
      openSession: (more) => sandbox.openSession({ ...options.session, ...more }),
      async createAll(metadata) {
        await sandbox.createAll(metadata);
        transcript.clear();
      },
      emitted: () => transcript.take(),
      expectStatements: async (count, action) =>
        await expectStatements(engine, count, async () => await action()),
      expectSql(actual, expected) {
        expectSqlOf(actual, expected, dialect);
      },
    });
    transcript.stop();
  } finally {
    await sandbox.close();
  }
}
