/**
 * Checks the options of relationships: names, and the values that the compiler does not see in JavaScript.
 */
import { fail } from "../../foundation/errors.ts";
import { list } from "../../foundation/words.ts";
import { isCollectionClass } from "./collection-class.ts";
import type { LoadStrategyName } from "./mapper.ts";
import type { DefinedOptions } from "./relationship.ts";

const STRATEGIES: readonly LoadStrategyName[] = [
  "siblings",
  "select",
  "selectin",
  "joined",
  "subquery",
  "immediate",
  "raise",
  "raiseOnSql",
  "noload",
  "writeOnly",
  "dynamic",
];

type Check = readonly [expected: string, isRight: (value: unknown) => boolean];

const isAnything: Check = ["something", (value) => value !== undefined];
const isBoolean: Check = ["true or false", (value) => typeof value === "boolean"];
const isText: Check = ["a string", (value) => typeof value === "string"];
const isFunction: Check = ["a function", (value) => typeof value === "function"];

const CHECKS: { readonly [Name in keyof DefinedOptions]-?: Check } = {
  cascade: isText,
  backPopulates: isText,
  backref: isAnything,
  foreignKeys: isAnything,
  remoteSide: isAnything,
  primaryJoin: isAnything,
  secondaryJoin: isAnything,
  secondary: isAnything,
  orderBy: isAnything,
  lazy: [list(STRATEGIES), (value) => STRATEGIES.includes(value as LoadStrategyName)],
  passiveDeletes: ['true, false or "all"', (value) => typeof value === "boolean" || value === "all"],
  passiveUpdates: isBoolean,
  postUpdate: isBoolean,
  viewonly: isBoolean,
  singleParent: isBoolean,
  activeHistory: isBoolean,
  innerJoin: isBoolean,
  overlaps: isText,
  joinDepth: ["a number of levels", (value) => Number.isInteger(value) && (value as number) > 0],
  omitJoin: isBoolean,
  distinctTargetKey: isBoolean,
  loadOnPending: isBoolean,
  syncBackref: isBoolean,
  info: ["an object", (value) => typeof value === "object" && value !== null],
  doc: isText,
  validate: isFunction,
  collection: ['"array", "set", { keyedBy: … } or a class of RelatedArray or RelatedSet', isCollection],
};

function isCollection(value: unknown): boolean {
  if (value === "array" || value === "set") return true;
  if (typeof value === "function") return isCollectionClass(value);
  if (typeof value !== "object" || value === null || !("keyedBy" in value)) return false;
  return typeof value.keyedBy === "string" || typeof value.keyedBy === "function";
}

/** Checks names and values of a relationship's options. Errors: mapping/unknown-option, mapping/option. */
export function checkOptions(entity: string, attribute: string, options: DefinedOptions): void {
  for (const [option, value] of Object.entries(options)) {
    if (value === undefined) continue;
    const check = Object.hasOwn(CHECKS, option) ? CHECKS[option as keyof DefinedOptions] : undefined;
    if (check === undefined) {
      throw fail("mapping/unknown-option", { entity, attribute, option, options: Object.keys(CHECKS) });
    }
    const [expected, isRight] = check;
    if (!isRight(value)) throw fail("mapping/option", { entity, attribute, option, expected, got: value });
  }
}
