/**
 * THE WRITE FLOW.
 *
 * 1. `collect` finds the objects that take part and looks up what must be known of them
 * 2. `order` puts the actions into an order that the database accepts
 * 3. `draft` draws up the rows, with keys that are not known yet as promises
 * 4. `freeValues` lets rows give up unique values before others take them
 * 5. `batch` groups neighbouring rows that one statement can write
 * 6. `emit` writes them
 * 7. `accept` makes the objects clean
 *
 * The database is asked in steps 1 and 6 alone; the objects are untouched until step 7. What an application changes
 * meanwhile, in another flow that need not wait for the database, is kept for the next flush.
 */
import type { Io } from "../../io/ask.ts";
import { accept } from "./accept.ts";
import { batch } from "./batch.ts";
import { collect } from "./collect.ts";
import { draft } from "./draft.ts";
import { emit } from "./emit.ts";
import type { FlushSession } from "./flush-session.ts";
import { freeValues } from "./free-values.ts";
import { lookupIn } from "./lookup.ts";
import { order } from "./order.ts";

/**
 * Writes everything that changed. The session opens and ends the transaction around it.
 *
 * Errors: flush/…; conflict/… when the database refuses a row.
 */
export function* flush(session: FlushSession): Io<void> {
  const work = yield* collect(lookupIn(session));
  try {
    if (work.parts.length === 0) return;
    const { turns, failure } = order(work);
    const drawn = draft(work, turns);
    for (const step of batch(freeValues(drawn))) yield* emit(session, step);
    if (failure !== undefined) throw failure;
    accept(session.memory, work, drawn);
  } finally {
    work.release();
  }
}
