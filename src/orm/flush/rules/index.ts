/**
 * The rule of each direction.
 */
import type { RelationshipAttribute } from "../../mapping/mapper.ts";
import { manyToManyRule } from "./many-to-many.ts";
import { manyToOneRule } from "./many-to-one.ts";
import { oneToManyRule } from "./one-to-many.ts";
import type { Rule } from "./rule.ts";

const ruleByDirection: Record<RelationshipAttribute["direction"], Rule> = {
  oneToMany: oneToManyRule,
  manyToOne: manyToOneRule,
  manyToMany: manyToManyRule,
};

/** The rule of a relationship. */
export function ruleOf(relationship: RelationshipAttribute): Rule {
  return ruleByDirection[relationship.direction];
}
