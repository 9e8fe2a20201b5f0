/**
 * Answers what a flow asks: connections from the pool, statements by the driver's connection.
 *
 * Below: `driver.ts`. Above: the shells, which hand this to the runners of `io/run.ts`.
 */
import type { DriverAsk, RawCursor } from "../io/ask.ts";
import type { LiveConnection } from "./driver.ts";

/** A cursor that knows its connection, which {@link answer} puts there. */
const connectionByCursor = new WeakMap<RawCursor, LiveConnection>();

/** Answers an ask, at once or by a promise, as the driver does. */
export function answer(ask: DriverAsk, signal?: AbortSignal): unknown {
  switch (ask.kind) {
    case "acquire":
      return ask.pool.acquire(signal);
    case "execute":
      return (ask.connection as LiveConnection).execute(ask);
    case "open": {
      const live = ask.connection as LiveConnection;
      const opening = live.open(ask);
      return opening instanceof Promise ? opening.then((cursor) => note(cursor, live)) : note(opening, live);
    }
    case "fetch":
      return connectionByCursor.get(ask.cursor)!.fetch(ask.cursor, ask.count);
    case "close":
      return connectionByCursor.get(ask.cursor)!.closeCursor(ask.cursor);
    case "release":
      return ask.pool.release(ask.connection, ask.broken ?? false);
  }
}

function note(cursor: RawCursor, live: LiveConnection): RawCursor {
  connectionByCursor.set(cursor, live);
  return cursor;
}
