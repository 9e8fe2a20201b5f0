/**
 * Loads what an object lacks, as attribute access and the delete cascade do: the identity map first, and a flush
 * before each statement, since each may change what the next one should see.
 */
import type { Io } from "../../io/ask.ts";
import { loadRelationship } from "../load/load.ts";
import type { Siblings } from "../load/load-session.ts";
import { laterStrategy } from "../load/option-tree.ts";
import { refresh } from "../load/refresh.ts";
import { expiredSlotsOf } from "../load/reread.ts";
import type { RelationshipAttribute } from "../mapping/mapper.ts";
import type { ObjectState } from "../state/object-state.ts";
import type { FlushSession } from "./flush-session.ts";

/** How a relationship is loaded. */
export interface LazyLoad {
  /** Which objects of the same result are loaded along. */
  readonly siblings: Siblings;
  /** False: strategies that raise are ignored. */
  readonly mayRaise: boolean;
}

/** Loads a relationship unless it is loaded; what the session holds already costs no statement and no flush. */
export function* loadLazily(
  session: FlushSession,
  state: ObjectState,
  relationship: RelationshipAttribute,
  how: LazyLoad,
): Io<void> {
  if (state.values[relationship.slot] !== undefined) return;
  const { mayRaise } = how;
  // Reading the row brings the options of its statement back, which an expired object has forgotten until then.
  const chosen = laterStrategy(state, relationship);
  const present = yield* loadRelationship(session, state, relationship, {
    siblings: "none",
    mayEmit: false,
    mayRaise,
  });
  if (present !== undefined) return;
  if (state.expired) {
    yield* loadExpired(session, state);
    if (state.values[relationship.slot] !== undefined) return;
  }
  // A pending object that looks something up is not written for that.
  if (state.key !== undefined) yield* session.flushIfAuto();
  yield* loadRelationship(session, state, relationship, { ...how, chosen });
}

/** Reads an expired object again, after a flush. */
export function* loadExpired(session: FlushSession, state: ObjectState): Io<void> {
  // What is read is settled before the flush, which may itself have read the row.
  const slots = expiredSlotsOf(state);
  yield* session.flushIfAuto();
  yield* refresh(session, [state], slots);
}
