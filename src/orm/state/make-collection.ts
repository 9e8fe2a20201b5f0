/**
 * Makes the collection that a relationship asks for.
 */
import { blankArray } from "../../foundation/blank-array.ts";
import { COLLECTION } from "../mapping/collection-class.ts";
import type { CollectionEvents, TrackedCollection } from "./collection.ts";
import { ArrayCollection, type RelatedArray } from "./tracked-array.ts";
import { trackedMap } from "./tracked-map.ts";
import { RelatedSet, trackedSet } from "./tracked-set.ts";

/** Makes a tracked collection of the relationship's kind, holding `members` without telling. */
export function trackedCollection(members: readonly object[], events: CollectionEvents): TrackedCollection {
  const kind = events.relationship.collection;
  if (kind === "array") return new ArrayCollection(blankArray<object>(0) as object[], members, events);
  if (kind === "set") return trackedSet(new RelatedSet(), members, events);
  if (typeof kind === "object") return trackedMap(kind.keyedBy, members, events);
  if (kind[COLLECTION] === "set") return trackedSet(new kind() as RelatedSet, members, events);
  return new ArrayCollection(new kind() as RelatedArray, members, events);
}
