import { expect, test } from "vitest";
import { checkStrategies } from "./strategies.ts";

/** The same loads in every run, and as many that nobody has seen; a failure prints its seed. */
const fixed = Array.from({ length: 40 }, (_, index) => index + 1);
const fresh = Array.from({ length: 20 }, (_, index) => Date.now() + index);

test("every strategy loads the same graph", async () => {
  for (const seed of [...fixed, ...fresh]) expect(await checkStrategies(seed)).toBeUndefined();
});
