import { describe, expect, test } from "vitest";
import { TupleMap, TupleSet, tupleKey } from "../../src/foundation/object-map.ts";

describe("TupleMap", () => {
  test("finds by content, in insertion order", () => {
    const map = new TupleMap<string>([[[1, "a"], "one"]]);
    map.set([2], "two").set([1, "a"], "uno");
    expect(map.get([1, "a"])).toBe("uno");
    expect(map.get([1])).toBeUndefined();
    expect(map.size).toBe(2);
    expect([...map]).toEqual([
      [[1, "a"], "uno"],
      [[2], "two"],
    ]);
    expect([...map.keys()]).toEqual([[1, "a"], [2]]);
    expect([...map.values()]).toEqual(["uno", "two"]);
    expect(map.delete([2])).toBe(true);
    expect(map.has([2])).toBe(false);
    map.clear();
    expect(map.size).toBe(0);
  });

  test("tells values of different types and shapes apart", () => {
    const tuples = [
      [1],
      ["1"],
      [1n],
      [true],
      ["true"],
      [null],
      [undefined],
      ["null"],
      [],
      [""],
      ["", ""],
      ["a", "b"],
      ["a,b"],
      ["s1:a"],
      ["s1:as1:b"],
      ["\u0000s1:a"],
      [1, 2],
      [12],
      ["1", "2"],
      [new Date(1)],
      [1.5],
      [-1],
      [new Uint8Array([1, 2])],
      [new Uint8Array([12])],
      [Number.NaN],
    ];
    expect(new Set(tuples.map(tupleKey)).size).toBe(tuples.length);
  });

  test("takes dates and bytes by content", () => {
    const map = new TupleMap<number>([[[new Date(5), new Uint8Array([1, 2])], 1]]);
    expect(map.get([new Date(5), Buffer.from([1, 2])])).toBe(1);
    expect(map.get([new Date(6), new Uint8Array([1, 2])])).toBeUndefined();
  });

  test("refuses a part that is no scalar", () => {
    expect(() => tupleKey([{ id: 1 }])).toThrow("internal/impossible");
  });
});

describe("TupleSet", () => {
  test("holds each content once", () => {
    const set = new TupleSet([
      [1, 2],
      [1, 2],
      [2, 1],
    ]);
    expect([...set]).toEqual([
      [1, 2],
      [2, 1],
    ]);
    expect(set.size).toBe(2);
    expect(set.add([3]).has([3])).toBe(true);
    expect(set.delete([3])).toBe(true);
    set.clear();
    expect(set.size).toBe(0);
  });
});
