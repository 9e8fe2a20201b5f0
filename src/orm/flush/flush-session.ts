/**
 * What a flush needs of a session.
 */
import type { Compiled } from "../../compile/compile.ts";
import type { StatementResult } from "../../engine/connection.ts";
import type { Io } from "../../io/ask.ts";
import type { TableSource } from "../../sql/nodes.ts";
import type { LoadSession } from "../load/load-session.ts";
import type { ObjectState } from "../state/object-state.ts";
import type { SessionMemory } from "../state/session-memory.ts";

/** What is told of a statement that writes several rows. */
export interface RowsWritten {
  readonly during: string;
  readonly rows: number;
  readonly table: TableSource;
}

/** The part of a session that a flush uses. */
export interface FlushSession extends LoadSession {
  readonly memory: SessionMemory;
  /** Takes a pending object that may not be written out of the session, and nothing else with it. */
  leaveOut(state: ObjectState): void;
  /** Flushes what a statement should see, when the session does that and is not in a flush. */
  flushIfAuto(): Io<void>;
  /** Executes a compiled statement that writes some rows at once, with values in the order of its placeholders. */
  executeTogether(compiled: Compiled, values: readonly unknown[], step: RowsWritten): Io<StatementResult>;
  /** Executes a compiled statement with each set of values, in the order of its placeholders. */
  executeEach(
    compiled: Compiled,
    sets: readonly (readonly unknown[])[],
    step: RowsWritten,
  ): Io<StatementResult[]>;
}
