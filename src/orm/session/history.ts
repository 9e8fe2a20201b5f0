/**
 * The whole history of an attribute, with what only the database knows.
 */
import type { Io } from "../../io/ask.ts";
import { loadColumn } from "../flush/load-lazily.ts";
import { loadRelationship } from "../load/load-relationship.ts";
import { needsLoad } from "../state/attributes.ts";
import { type History, referenceHistory } from "../state/changes.ts";
import { attributeNamed, setLoaded } from "../state/instrument.ts";
import type { ObjectState } from "../state/object-state.ts";
import { settleReplacedCollection } from "../state/relate.ts";
import { hasUnknownHistory, historyOf } from "./inspect.ts";
import { autoflush } from "./operations.ts";
import type { SessionCore } from "./session-core.ts";

/**
 * What changed on an attribute since the last flush, with an old value that was never loaded. `load`: loads the
 * attribute itself, too.
 */
export function* historyAfterLoad(
  session: SessionCore,
  state: ObjectState,
  name: string,
  load: boolean,
): Io<History> {
  const attribute = attributeNamed(state.mapper, name);
  if (attribute.kind === "column") {
    if (load && needsLoad(state, attribute)) yield* loadColumn(session, state, attribute);
    return historyOf(state, attribute);
  }
  if (attribute.kind !== "relationship" || state.key === undefined || state.owner === undefined)
    return historyOf(state, attribute);
  if (hasUnknownHistory(state, attribute)) {
    const original = yield* loadRelationship(session, state, attribute, {
      siblings: "none",
      fromCommitted: true,
      mayRaise: false,
    });
    if (!attribute.isCollection) return referenceHistory(state, attribute, original ?? null);
    settleReplacedCollection(state, attribute, original as object[]);
  } else if (load && state.values[attribute.slot] === undefined) {
    yield* autoflush(session);
    const value = yield* loadRelationship(session, state, attribute, {
      siblings: "none",
      fromCommitted: true,
      mayRaise: false,
    });
    if (state.values[attribute.slot] === undefined) setLoaded(state, attribute, value as object);
  }
  return historyOf(state, attribute);
}
