/**
 * `explainFlush`: what the next flush of a session would do.
 */
import { fail } from "../../foundation/errors.ts";
import { runSync } from "../../io/run.ts";
import { collect } from "../flush/collect.ts";
import { explain, type FlushPlan } from "../flush/explain.ts";
import { lookupInMemory } from "../flush/lookup.ts";
import { SessionCore } from "./session-core.ts";

/** A `Session` or a `SyncSession`. */
interface AnySession {
  readonly core: SessionCore;
}

/**
 * Shows what the next flush would send, in order, with the rows and the objects they belong to. Nothing is sent or
 * changed; defaults are not made. What the flush would have to read first is named in `reads`.
 *
 * Errors: those that the flush would fail with before it writes, such as flush/cycle and flush/nulled-primary-key.
 */
export function explainFlush(session: AnySession): FlushPlan {
  const core: unknown = (session as Partial<AnySession> | null | undefined)?.core;
  if (!(core instanceof SessionCore))
    throw fail("session/not-a-session", { where: "explainFlush()", got: session });
  const { memory } = core;
  memory.noticeMutations();
  const reads = new Set<string>();
  const work = runSync(collect(lookupInMemory(memory, reads)), refuse);
  try {
    return explain(work, Array.from(reads), (table) => core.dialectOf(table));
  } finally {
    work.release();
  }
}

function refuse(): never {
  throw fail("internal/impossible", { what: "a plan asked the database" });
}
