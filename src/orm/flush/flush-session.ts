/**
 * What a flush needs of a session.
 */
import type { Compiled } from "../../compile/compile.ts";
import type { StatementResult } from "../../engine/connection.ts";
import type { Io } from "../../io/ask.ts";
import type { LoadSession } from "../load/load-session.ts";
import type { SessionMemory } from "../state/session-memory.ts";

/** The part of a session that a flush uses. */
export interface FlushSession extends LoadSession {
  readonly memory: SessionMemory;
  /** Executes a statement compiled before, with values for its named parameters. */
  executeCompiled(compiled: Compiled, values: Record<string, unknown>, during: string): Io<StatementResult>;
}
