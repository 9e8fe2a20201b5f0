import { describe, expect, test } from "vitest";
import { isDbError } from "../../src/foundation/errors.ts";
import {
  type Edge,
  findCycle,
  orderIntoGroups,
  reachableFrom,
  sortTopologically,
} from "../../src/foundation/graph.ts";

const nodes = ["a", "b", "c", "d"];

describe("sortTopologically", () => {
  test("keeps the input order without edges, and where edges agree", () => {
    expect(sortTopologically(nodes, [])).toEqual(nodes);
    expect(
      sortTopologically(nodes, [
        ["a", "d"],
        ["b", "c"],
      ]),
    ).toEqual(nodes);
  });

  test("moves up what a node needs, and nothing else", () => {
    expect(sortTopologically(nodes, [["d", "b"]])).toEqual(["a", "d", "b", "c"]);
    expect(
      sortTopologically(nodes, [
        ["d", "a"],
        ["c", "d"],
      ]),
    ).toEqual(["c", "d", "a", "b"]);
  });

  test("ignores repeated edges and unknown nodes", () => {
    const edges: Edge<string>[] = [
      ["b", "a"],
      ["b", "a"],
      ["z", "a"],
      ["c", "z"],
    ];
    expect(sortTopologically(nodes, edges)).toEqual(["b", "a", "c", "d"]);
  });

  test("raises the path of a cycle, named as asked", () => {
    const [one, two] = [{ name: "users" }, { name: "teams" }];
    const edges: Edge<{ name: string }>[] = [
      [one, two],
      [two, one],
    ];
    const attempt = () => sortTopologically([one, two], edges, (node) => node.name);
    expect(attempt).toThrow("graph/cycle: these things need each other first: users → teams → users");
  });
});

describe("orderIntoGroups", () => {
  test("makes as few groups as possible, each in input order", () => {
    const edges: Edge<string>[] = [
      ["d", "a"],
      ["d", "c"],
      ["c", "a"],
    ];
    expect(orderIntoGroups(nodes, edges)).toEqual([["b", "d"], ["c"], ["a"]]);
    expect(orderIntoGroups(nodes, [])).toEqual([nodes]);
    expect(orderIntoGroups([], [])).toEqual([]);
  });

  test("keeps input order inside later groups, whatever the order of edges", () => {
    expect(
      orderIntoGroups(
        ["c", "b", "a", "x"],
        [
          ["x", "a"],
          ["x", "b"],
          ["x", "c"],
        ],
      ),
    ).toEqual([["x"], ["c", "b", "a"]]);
  });

  test("raises a cycle", () => {
    let caught: unknown;
    try {
      orderIntoGroups(nodes, [
        ["a", "b"],
        ["b", "c"],
        ["c", "b"],
      ]);
    } catch (error) {
      caught = error;
    }
    expect(isDbError(caught, "graph/cycle")).toBe(true);
    const { path } = (caught as { facts: { path: string[] } }).facts;
    expect(new Set(path)).toEqual(new Set(['"b"', '"c"']));
  });
});

describe("findCycle", () => {
  test("gives a closed path along the edges", () => {
    const edges: Edge<string>[] = [
      ["a", "b"],
      ["b", "c"],
      ["c", "d"],
      ["d", "b"],
    ];
    const path = findCycle(nodes, edges)!;
    expect(path.at(0)).toBe(path.at(-1));
    expect(path).toHaveLength(4);
    for (let index = 1; index < path.length; index++) {
      expect(edges).toContainEqual([path[index - 1], path[index]]);
    }
  });

  test("sees an edge from a node to itself", () => {
    expect(findCycle(["a"], [["a", "a"]])).toEqual(["a", "a"]);
  });

  test("gives undefined when there is none", () => {
    expect(
      findCycle(nodes, [
        ["a", "b"],
        ["a", "c"],
        ["b", "d"],
        ["c", "d"],
      ]),
    ).toBeUndefined();
  });
});

describe("reachableFrom", () => {
  test("follows everything once, in order of discovery, cycles included", () => {
    const next: Record<string, string[]> = { a: ["b", "c"], b: ["d"], c: ["a"], d: [] };
    expect([...reachableFrom(["a"], (node) => next[node]!)]).toEqual(["a", "b", "c", "d"]);
    expect([...reachableFrom(["d"], (node) => next[node]!)]).toEqual(["d"]);
  });
});

describe("ten thousand nodes", () => {
  const count = 10_000;
  const many = Array.from({ length: count }, (_, index) => index);

  test("in one chain, given backwards, need no stack", () => {
    const edges = many.slice(1).map((node): Edge<number> => [node, node - 1]);
    const backwards = many.toReversed();
    expect(sortTopologically(many, edges)).toEqual(backwards);
    expect(orderIntoGroups(many, edges)).toEqual(backwards.map((node) => [node]));
    expect(findCycle(many, edges)).toBeUndefined();
    expect(findCycle(many, [...edges, [0, count - 1]])).toHaveLength(count + 1);
    expect(reachableFrom([count - 1], (node) => (node > 0 ? [node - 1] : [])).size).toBe(count);
  });

  test("with ten edges each, keep every edge", () => {
    const edges = many
      .flatMap((node) =>
        Array.from({ length: 10 }, (_, index): Edge<number> => [(node * 7 + index * 131) % (node + 1), node]),
      )
      .filter(([before, after]) => before !== after);
    const shuffled = many.toSorted((left, right) => ((left * 7919) % count) - ((right * 7919) % count));
    const started = performance.now();
    const place = new Map(sortTopologically(shuffled, edges).map((node, index) => [node, index]));
    const groupOf = new Map(
      orderIntoGroups(shuffled, edges).flatMap((group, index) => group.map((node) => [node, index] as const)),
    );
    expect(performance.now() - started).toBeLessThan(2000);
    expect(edges.every(([before, after]) => place.get(before)! < place.get(after)!)).toBe(true);
    expect(edges.every(([before, after]) => groupOf.get(before)! < groupOf.get(after)!)).toBe(true);
  });
});
