/**
 * The `cascade` option: words to a set of cascades.
 */
import { fail } from "../../foundation/errors.ts";
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
 * Errors: mapping/unknown-cascade with the nearest word.
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
  return place.viewonly ? new Set([...cascades].filter((name) => READING.has(name))) : cascades;
}
