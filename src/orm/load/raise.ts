/**
 * The raising strategies: reading what is not loaded is an error.
 */
import { fail } from "../../foundation/errors.ts";
import type { RelationshipAttribute } from "../mapping/mapper.ts";
import type { ChosenStrategy } from "./option-tree.ts";

/** Raises where a strategy forbids to load at all. Errors: load/not-loaded. */
export function raiseIfForbidden(relationship: RelationshipAttribute, chosen: ChosenStrategy): void {
  if (chosen.strategy === "raise") throw notLoaded(relationship);
}

/** Raises where a strategy forbids to ask the database. Errors: load/not-loaded. */
export function raiseIfSqlForbidden(relationship: RelationshipAttribute, chosen: ChosenStrategy): void {
  if (chosen.strategy === "raiseOnSql") throw notLoaded(relationship);
}

/** The error for loading a write-only collection. */
export function neverLoaded(relationship: RelationshipAttribute) {
  const attribute = `${relationship.mapper.name}.${relationship.key}`;
  return fail("relationship/never-loaded", { attribute, what: "loaded" });
}

function notLoaded(relationship: RelationshipAttribute) {
  return fail("load/not-loaded", { entity: relationship.mapper.name, attribute: relationship.key });
}
