/**
 * Reads present objects again: what was expired, what was deferred, or everything, losing unsaved changes.
 *
 * Below: `load.ts`. Above: the session, and through it attribute access.
 */
import type { Io } from "../../io/ask.ts";
import type { ObjectState } from "../state/object-state.ts";
import { type RereadOptions, reread } from "./load.ts";
import type { LoadSession } from "./load-session.ts";
import { objectGone, type RereadSlots } from "./reread.ts";

/** How objects are refreshed. */
export interface RefreshOptions extends RereadOptions {
  /** Only the first object has to exist; the others are its siblings. */
  readonly siblings?: boolean | undefined;
}

/**
 * Reads objects again, those of one class in one statement as far as its parameters reach.
 *
 * `slots`: "expired" reads what is expired, "all" replaces everything the objects hold, a list reads these attributes.
 * Errors: load/object-gone when the row of an object no longer exists.
 */
export function* refresh(
  session: LoadSession,
  states: readonly ObjectState[],
  slots: RereadSlots,
  options: RefreshOptions = {},
): Io<void> {
  const gone = yield* reread(session, states, slots, options);
  const missing = options.siblings ? gone.find((state) => state === states[0]) : gone[0];
  if (missing === undefined) return;
  throw objectGone(missing);
}
