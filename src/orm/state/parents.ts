/**
 * Who holds whom: the memory behind delete-orphan and `singleParent`.
 */
import type { Mapper, RelationshipAttribute } from "../mapping/mapper.ts";
import { type ObjectState, Parenthood } from "./object-state.ts";

/** Whether the members of a relationship remember their parent. */
function tracksParent(relationship: RelationshipAttribute): boolean {
  return relationship.singleParent || relationship.direction === "oneToMany";
}

/** Whether an object is held along a relationship. One that was never seen to let go or to be taken: `otherwise`. */
export function hasParent(
  child: ObjectState,
  relationship: RelationshipAttribute,
  otherwise = false,
): boolean {
  const parent = parentOf(child, relationship);
  return parent === undefined ? otherwise : parent !== false;
}

/** Remembers that `parent` now holds the child. */
export function takeChild(
  child: ObjectState,
  relationship: RelationshipAttribute,
  parent: ObjectState,
): void {
  if (tracksParent(relationship)) noteParent(child, relationship, parent);
}

/** Remembers that `parent` let the child go, unless another parent took it meanwhile. */
export function releaseChild(
  child: ObjectState,
  relationship: RelationshipAttribute,
  parent: ObjectState,
): void {
  if (!tracksParent(relationship)) return;
  const last = parentOf(child, relationship);
  if (last !== undefined && last !== false && last !== parent && last.key !== parent.key) return;
  noteParent(child, relationship, false);
}

// A linked list, since most objects have one parent or two: a Map takes eight times the memory.

function parentOf(child: ObjectState, relationship: RelationshipAttribute): ObjectState | false | undefined {
  return parenthoodOf(child, relationship)?.parent;
}

function parenthoodOf({ parents }: ObjectState, relationship: RelationshipAttribute): Parenthood | undefined {
  let known = parents;
  while (known !== undefined && known.relationship !== relationship) known = known.next;
  return known;
}

function noteParent(
  child: ObjectState,
  relationship: RelationshipAttribute,
  parent: ObjectState | false,
): void {
  const known = parenthoodOf(child, relationship);
  if (known !== undefined) known.parent = parent;
  else child.parents = new Parenthood(relationship, parent, child.parents);
}

/** Whether an object lacks one of the parents without which it may not exist. */
export function isOrphan(state: ObjectState, mapper: Mapper = state.mapper): boolean {
  for (let current: Mapper | undefined = mapper; current !== undefined; current = current.inherits) {
    for (const watcher of current.orphanWatchers) {
      if (!hasParent(state, watcher, state.hasKey)) return true;
    }
  }
  return false;
}
