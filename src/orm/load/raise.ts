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

function notLoaded(relationship: RelationshipAttribute) {
  return fail("load/not-loaded", { entity: relationship.mapper.name, attribute: relationship.key });
}
