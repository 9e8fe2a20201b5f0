/**
 * A relationship that is read later than its object, for the object and its siblings.
 *
 * Below: `load.ts`. Above: the flush and the session, and through it attribute access.
 */
import type { Io } from "../../io/ask.ts";
import type { RelationshipAttribute } from "../mapping/mapper.ts";
import { canLookUp, type ObjectState } from "../state/object-state.ts";
import { findRelated, loadForAll, type Search } from "./load.ts";
import type { LoadSession, RelationshipLoad } from "./load-session.ts";
import { type ChosenStrategy, isLoadedAlike, laterStrategy, loadedAt } from "./option-tree.ts";
import { neverLoaded } from "./raise.ts";
import { objectGone } from "./reread.ts";
import { type Give, lazySettings } from "./run-settings.ts";
import { siblingsLacking } from "./siblings.ts";
import { attach } from "./strategy.ts";

/**
 * Loads a relationship of one object into its state, and returns what the state then holds for it.
 *
 * With `fromCommitted` it returns the object and stores nothing; with `mayEmit: false` it returns undefined where SQL
 * would be needed.
 *
 * Errors: load/not-loaded, load/object-gone.
 */
export function* loadRelationship(
  session: LoadSession,
  state: ObjectState,
  relationship: RelationshipAttribute,
  how: RelationshipLoad,
): Io<unknown> {
  if (!canLookUp(state, relationship)) return relationship.isCollection ? [] : null;
  if (relationship.lazy === "writeOnly") throw neverLoaded(relationship);
  const chosen = how.chosen ?? laterStrategy(state, relationship);
  if (chosen.strategy === "noload" && how.fromCommitted !== true) {
    attach(state, relationship, []);
    return state.values[relationship.slot];
  }
  const settings = lazySettings(state, relationship);
  const isForOneAlone = how.siblings === "none" || how.fromCommitted === true || how.mayEmit === false;
  if (chosen.strategy === "siblings" && !isForOneAlone && state.hasKey) {
    yield* loadSiblings(session, state, relationship, {
      chosen,
      settings,
      isCautious: how.siblings === "some",
    });
    return state.values[relationship.slot];
  }
  const found = yield* findRelated(session, state, relationship, how, { chosen, settings });
  if (found === undefined) return undefined;
  if (how.fromCommitted) return relationship.isCollection ? found : (found[0] ?? null);
  if (state.values[relationship.slot] === undefined) attach(state, relationship, found);
  return state.values[relationship.slot];
}

/** Loads a relationship for the objects of the same result that lack it; cautiously: not for all of them at once. */
function* loadSiblings(
  session: LoadSession,
  state: ObjectState,
  relationship: RelationshipAttribute,
  { chosen, settings, isCautious }: Search & { readonly isCautious: boolean },
): Io<void> {
  const { slot } = relationship;
  const most = isCautious ? state.cohort?.nextPortion(slot) : undefined;
  // The object itself may have been read again since its strategy was chosen, and be told another one now.
  const lacks = (sibling: ObjectState): boolean =>
    sibling.values[slot] === undefined &&
    (sibling === state || isReadAlike(sibling, state, chosen, relationship));
  const lacking = siblingsLacking(state, lacks, most);
  const gone = yield* loadForAll(session, lacking, relationship, { chosen, settings });
  if (gone.has(state)) throw objectGone(state);
}

/**
 * Loads a relationship for objects that will all need it, in one statement for those whose strategy is "siblings";
 * the others are left as they are. With `give` nothing is stored.
 */
export function* loadTogether(
  session: LoadSession,
  states: readonly ObjectState[],
  relationship: RelationshipAttribute,
  give?: Give,
): Io<void> {
  let left = states.filter((state) => laterStrategy(state, relationship).strategy === "siblings");
  while (left.length > 1) {
    const first = left[0] as ObjectState;
    const chosen = laterStrategy(first, relationship);
    const alike: ObjectState[] = [];
    const others: ObjectState[] = [];
    for (const state of left) {
      (isReadAlike(state, first, chosen, relationship) ? alike : others).push(state);
    }
    const settings = lazySettings(first, relationship);
    yield* loadForAll(session, alike, relationship, { chosen, settings, give });
    left = others;
  }
}

function isReadAlike(
  state: ObjectState,
  other: ObjectState,
  chosen: ChosenStrategy,
  relationship: RelationshipAttribute,
): boolean {
  return (
    isLoadedAlike(loadedAt(state.loadedBy), loadedAt(other.loadedBy)) &&
    laterStrategy(state, relationship).strategy === chosen.strategy
  );
}
