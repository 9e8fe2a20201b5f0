/**
 * The `cascade` option: words to a set of cascades.
 */
import { fail } from "../../foundation/errors.ts";
import { list } from "../../foundation/words.ts";
import type { CascadeName } from "./mapper.ts";

const ALL: readonly CascadeName[] = ["save-update", "merge", "delete", "refresh-expire", "expunge"];
const WORDS: ReadonlyMap<string, readonly CascadeName[]> = new Map<string, readonly CascadeName[]>([
  ...[...ALL, "delete-orphan" as const].map((name): [string, readonly CascadeName[]] => [name, [name]]),
  ["all", ALL],
  ["none", []],
]);

/** The cascades that do not write, which a relationship that only reads keeps. */
const READING: ReadonlySet<CascadeName> = new Set<CascadeName>(["merge", "expunge", "refresh-expire"]);

/** What the option belongs to, for errors. */
export interface CascadePlace {
  readonly entity: string;
  readonly relationship: string;
  readonly viewonly: boolean;
}

/**
 * Reads a `cascade` option: words with commas between; `""` is none; absent, `save-update, merge`.
 *
 * Errors: mapping/unknown-cascade with the nearest word; mapping/option for one that writes, with viewonly.
 *
 * @example parseCascade("all, delete-orphan", place)
 */
export function parseCascade(option: string | undefined, place: CascadePlace): ReadonlySet<CascadeName> {
  const words = (option ?? "save-update, merge").split(",").map((word) => word.trim());
  const cascades = new Set<CascadeName>();
  for (const word of words.filter((each) => each !== "")) {
    const names = WORDS.get(word);
    if (names === undefined) {
      throw fail("mapping/unknown-cascade", {
        entity: place.entity,
        relationship: place.relationship,
        cascade: word,
        cascades: [...WORDS.keys()],
      });
    }
    for (const name of names) cascades.add(name);
  }
  if (words.includes("none")) cascades.clear();
  if (!place.viewonly) return cascades;
  const reading = new Set([...cascades].filter((name) => READING.has(name)));
  if (option !== undefined && reading.size < cascades.size) {
    throw fail("mapping/option", {
      entity: place.entity,
      attribute: place.relationship,
      option: "cascade",
      expected: `with viewonly, ${list([...READING])} at most`,
      got: option,
    });
  }
  return reading;
}
