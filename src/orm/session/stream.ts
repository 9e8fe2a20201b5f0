/**
 * A result that is read in portions, as flows: what both shells iterate for `yieldPer`.
 *
 * Below: `orm/load/stream.ts`. The cursor is open from the first portion until the last one, until whoever reads leaves, or
 * until the transaction ends, whichever comes first.
 */
import { type Executable, isList, type Values } from "../../engine/expand.ts";
import type { RowPortion } from "../../engine/reading.ts";
import { keysOf } from "../../engine/work.ts";
import { fail } from "../../foundation/errors.ts";
import type { Io } from "../../io/ask.ts";
import { openLoad } from "../load/stream.ts";
import { autoflush } from "./operations.ts";
import type { SessionCore } from "./session-core.ts";
import { checkExecution, type ExecuteOptions, flushesBefore, nodeOf, settingsOf } from "./statements.ts";
import type { OpenStream, TransactionFrame } from "./transaction.ts";

/** What gives the rows of an open cursor, decoded or made into objects. */
interface Portions {
  fetch(count: number): Io<RowPortion>;
  close(): Io<void>;
}

/** The rows of one statement, portion by portion. */
export class StatementStream implements OpenStream {
  readonly #session: SessionCore;
  readonly #begin: () => Io<Portions>;
  #portions: Portions | undefined;
  #frame: TransactionFrame | undefined;
  #state: "open" | "closed" | "cut off" = "open";

  constructor(
    session: SessionCore,
    statement: Executable,
    values: Values | undefined,
    options: ExecuteOptions,
  ) {
    this.#session = session;
    this.#begin = () => openPortions(session, statement, values, options);
  }

  /**
   * Gives the next rows, with their objects and what is loaded with them; none at the end.
   *
   * Errors: session/cannot-stream, load/needs-all-rows; result/stream-ended; whatever the database says.
   */
  *next(count: number): Io<RowPortion> {
    if (this.#state === "cut off") throw fail("result/stream-ended", {});
    if (this.#state === "closed") return { rows: [], keys: [] };
    let isOpen = false;
    try {
      this.#portions ??= yield* this.#open();
      const portion = yield* this.#portions.fetch(count);
      // A portion that is not full is the last one.
      isOpen = portion.rows.length === count;
      return portion;
    } finally {
      if (!isOpen) yield* this.close();
    }
  }

  *#open(): Io<Portions> {
    const portions = yield* this.#begin();
    this.#frame = this.#session.frame;
    this.#frame?.streams.add(this);
    return portions;
  }

  /** Ends the statement. Closing twice is harmless. */
  *close(): Io<void> {
    if (this.#state === "open") yield* this.#end("closed");
  }

  *cutOff(): Io<void> {
    if (this.#state === "open") yield* this.#end("cut off");
  }

  *#end(state: "closed" | "cut off"): Io<void> {
    this.#state = state;
    this.#frame?.streams.delete(this);
    if (this.#portions !== undefined) yield* this.#portions.close();
  }
}

function* openPortions(
  session: SessionCore,
  statement: Executable,
  values: Values | undefined,
  options: ExecuteOptions,
): Io<Portions> {
  checkExecution(options);
  if (isList(values)) throw fail("session/cannot-stream", { got: "a list of values" });
  const node = nodeOf(statement);
  if (node?.kind === "insert" || node?.kind === "update" || node?.kind === "delete") {
    throw fail("session/cannot-stream", { got: node.kind.toUpperCase() });
  }
  if (flushesBefore(statement, options)) yield* autoflush(session);
  if (node === undefined || node.kind === "template") return yield* openRows(session, statement, values);
  const settings = settingsOf(session, statement, options);
  const load = yield* openLoad(session, node, { ...settings, values });
  return {
    *fetch(count) {
      return yield* load.fetch(count);
    },
    close: () => load.close(),
  };
}

/** A statement of which nobody knows which classes its rows are of. */
function* openRows(
  session: SessionCore,
  statement: Executable,
  values: Readonly<Record<string, unknown>> | undefined,
): Io<Portions> {
  const cursor = yield* session.open(statement, "execute", values);
  return {
    *fetch(count) {
      const rows = yield* cursor.fetch(count);
      return { rows, keys: keysOf(cursor.columns) };
    },
    close: () => cursor.close(),
  };
}
