import { expect, test } from "vitest";
import { checkUnloaded } from "./unloaded.ts";

/** The same programs in every run, and some that nobody has seen; a failure prints its seed. */
const fixed = Array.from({ length: 25 }, (_, index) => index + 1);
const fresh = Array.from({ length: 15 }, (_, index) => Date.now() + index);

test("no attribute reads as undefined, whatever was done to its object", async () => {
  for (const seed of [...fixed, ...fresh]) expect(await checkUnloaded(seed)).toBeUndefined();
});
