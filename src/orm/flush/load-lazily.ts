/**
 * Loads what an object lacks, as attribute access and the delete cascade do: the identity map first, and a flush
 * before each statement, since each may change what the next one should see.
 */
import type { Io } from "../../io/ask.ts";
import { loadRelationship } from "../load/load-relationship.ts";
import type { Siblings } from "../load/load-session.ts";
import { isLoadedAlike, laterStrategy, loadedAt } from "../load/option-tree.ts";
import { refresh } from "../load/refresh.ts";
import { expiredSlotsOf } from "../load/reread.ts";
import { siblingsLacking } from "../load/siblings.ts";
import type { ColumnAttribute, ExpressionAttribute, RelationshipAttribute } from "../mapping/mapper.ts";
import { needsLoad } from "../state/attributes.ts";
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
    yield* loadExpired(session, state, how.siblings);
    if (state.values[relationship.slot] !== undefined) return;
  }
  // A pending object that looks something up is not written for that.
  if (state.hasKey) yield* session.flushIfAuto();
  yield* loadRelationship(session, state, relationship, { ...how, chosen });
}

const NOTHING: readonly number[] = [];

/** The place of whole objects among the slots of which a cohort counts portions. */
const WHOLE = -1;

/** Reads an expired object again, after a flush, with the siblings that are expired like it. */
export function* loadExpired(session: FlushSession, state: ObjectState, siblings: Siblings): Io<void> {
  const most = siblings === "some" ? state.cohort?.nextPortion(WHOLE) : undefined;
  const lackedBy = (other: ObjectState) => (other.expired ? expiredSlotsOf(other) : NOTHING);
  yield* readTogether(session, state, lackedBy, siblings === "none" ? 1 : most);
}

/** Reads a column that is expired or deferred, after a flush, with what comes with it, for all siblings that lack it. */
export function* loadColumn(
  session: FlushSession,
  state: ObjectState,
  attribute: ColumnAttribute | ExpressionAttribute,
): Io<void> {
  yield* readTogether(session, state, (other) => slotsReadWith(other, attribute));
}

function* readTogether(
  session: FlushSession,
  state: ObjectState,
  lackedBy: (state: ObjectState) => readonly number[],
  most?: number,
): Io<void> {
  // What is read is settled before the flush, which may itself have read the row.
  const slots = lackedBy(state);
  yield* session.flushIfAuto();
  const at = loadedAt(state.loadedBy);
  const lacks = (other: ObjectState): boolean =>
    areEqual(lackedBy(other), slots) && isLoadedAlike(loadedAt(other.loadedBy), at);
  const states = siblingsLacking(state, lacks, state.mapper.lazy === "siblings" ? most : 1);
  yield* refresh(session, states, slots, { siblings: true });
}

function areEqual(some: readonly number[], others: readonly number[]): boolean {
  return some.length === others.length && some.every((slot, index) => slot === others[index]);
}

/** Everything that is expired is read together; a deferred column with the others of its group. */
function slotsReadWith(
  state: ObjectState,
  attribute: ColumnAttribute | ExpressionAttribute,
): readonly number[] {
  if (!needsLoad(state, attribute)) return NOTHING;
  const { slot } = attribute;
  const deferred = attribute.kind === "column" && attribute.deferred;
  if (deferred === false && state.expiredSlots?.has(slot)) return expiredSlotsOf(state);
  if (typeof deferred !== "string") return [slot];
  const { columns } = state.mapper;
  return columns
    .filter((other) => other.deferred === deferred && needsLoad(state, other))
    .map((other) => other.slot);
}
