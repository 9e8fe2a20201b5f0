import { expect, test } from "vitest";
import { arrayOfOne, blankArray } from "../../src/foundation/blank-array.ts";

test("each blank array is one of its own, and full of undefined", () => {
  const first = blankArray<number>(2);
  first[0] = 1;
  expect(first).toEqual([1, undefined]);
  expect(blankArray(2)).toEqual([undefined, undefined]);
  expect(Object.keys(blankArray(2))).toEqual(["0", "1"]);
  expect(arrayOfOne("a")).toEqual(["a"]);
});
