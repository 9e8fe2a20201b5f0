import { expect, test } from "vitest";
import type { RowSource } from "../../src/engine/reading.ts";
import { Result, type ResultLoader } from "../../src/engine/result.ts";
import { SyncResult } from "../../src/engine/sync-result.ts";

type Values = [number, string] & { id: number; name: string };

const source: RowSource = {
  rows: [
    [1, "ann"],
    [2, "bob"],
    [1, "ann"],
  ],
  keys: ["id", "name"],
  rowCount: 3,
};
const one: RowSource = { ...source, rows: [[7, "eve"]] };
const none: RowSource = { ...source, rows: [], rowCount: 0 };

function loaderOf(rows: RowSource): ResultLoader & { runs: number } {
  const loader = {
    runs: 0,
    run: async () => {
      loader.runs++;
      return rows;
    },
  };
  return loader;
}
const sync = (rows: RowSource) => new SyncResult<Values>(rows);
const async = (rows: RowSource) => new Result<Values>(loaderOf(rows));

test("rows are arrays with names", () => {
  const [row] = sync(source).all();
  const [id, name] = row!;
  expect([id, name, row!.id, row!.name, row!.length]).toEqual([1, "ann", 1, "ann", 2]);
  expect(Array.isArray(row)).toBe(true);
  expect(row!.map((value) => value)).not.toHaveProperty("name");
  expect(JSON.stringify(row)).toBe('[1,"ann"]');
});

test.each([
  ["sync", sync],
  ["async", async],
] as const)("%s results give rows, scalars and mappings", async (_colour, resultOf) => {
  expect((await resultOf(source).all()).map((row) => [...row])).toEqual(source.rows);
  expect(await resultOf(source).first()).toEqual([1, "ann"]);
  expect(await resultOf(none).first()).toBeNull();
  expect(await resultOf(one).one()).toEqual([7, "eve"]);
  expect(await resultOf(none).oneOrNone()).toBeNull();
  expect(await resultOf(source).scalar()).toBe(1);
  expect(await resultOf(none).scalar()).toBeNull();
  expect(await resultOf(one).scalarOne()).toBe(7);
  expect(await resultOf(none).scalarOneOrNone()).toBeNull();
  expect(await resultOf(source).scalars().unique().all()).toEqual([1, 2]);
  expect(await resultOf(source).unique().all()).toHaveLength(2);
  expect(await resultOf(source).mappings().unique().all()).toEqual([
    { id: 1, name: "ann" },
    { id: 2, name: "bob" },
  ]);
  expect(
    await resultOf(source)
      .unique((row) => row.name.length)
      .all(),
  ).toHaveLength(1);
  expect(await resultOf(source).rowCount).toBe(3);
  expect(await resultOf(source).keys()).toEqual(["id", "name"]);
  const portions: number[] = [];
  for await (const portion of resultOf(source).partitions(2)) portions.push(portion.length);
  expect(portions).toEqual([2, 1]);
  const result = resultOf(source);
  expect(await result.fetchMany(2)).toHaveLength(2);
  expect(await result.fetchMany(2)).toHaveLength(1);
  expect(await result.fetchMany(2)).toEqual([]);
});

test.each([
  ["sync", sync],
  ["async", async],
] as const)("%s results say when there is not one row", async (_colour, resultOf) => {
  const codeOf = async (act: () => unknown) => {
    try {
      await act();
    } catch (error) {
      return (error as { code: string }).code;
    }
    return undefined;
  };
  expect(await codeOf(() => resultOf(none).one())).toBe("result/no-row");
  expect(await codeOf(() => resultOf(source).one())).toBe("result/multiple-rows");
  expect(await codeOf(() => resultOf(source).oneOrNone())).toBe("result/multiple-rows");
  expect(await codeOf(() => resultOf(source).scalarOne())).toBe("result/multiple-rows");
});

test.each([
  ["sync", sync],
  ["async", async],
] as const)("%s results stay unique however they are read", async (_colour, resultOf) => {
  expect(await resultOf(source).unique().scalars().all()).toEqual([1, 2]);
  expect(await (resultOf as typeof async)(source).unique().scalars("name").all()).toEqual(["ann", "bob"]);
  expect(await resultOf(source).unique().mappings().all()).toHaveLength(2);
  // What a key was written for is what it gets.
  const same = (resultOf as typeof async)(source).unique((row) => row.name.length);
  expect(await same.scalars().all()).toEqual([1]);
  expect(await same.mappings().all()).toEqual([{ id: 1, name: "ann" }]);
});

test("a column is read by its name", async () => {
  expect(sync(source).scalars("name").all()).toEqual(["ann", "bob", "ann"]);
  expect(await async(source).scalars("name")).toEqual(["ann", "bob", "ann"]);
  expect(() => sync(source).scalars("nmae" as "name")).toThrow("did you mean name?");
});

test("a sync result reads like an array", () => {
  const result = sync(source);
  expect(result[1]!.name).toBe("bob");
  expect(result.length).toBe(3);
  expect([...result].map((row) => row.id)).toEqual([1, 2, 1]);
});

test("an async result runs once, when it is first used", async () => {
  const loader = loaderOf(source);
  const result = new Result<Values>(loader);
  expect(loader.runs).toBe(0);
  expect((await result).length).toBe(3);
  await result.scalars().all();
  await result.first();
  expect(loader.runs).toBe(1);
});

test("a stream is read once", async () => {
  const result = new Result<Values>({
    run: async () => source,
    async *stream(count: number) {
      for (let at = 0; at < 3; at += count)
        yield { rows: source.rows.slice(at, at + count), keys: source.keys };
    },
  });
  const names: string[] = [];
  for await (const name of result.scalars("name").unique()) names.push(name);
  expect(names).toEqual(["ann", "bob"]);
  await expect(result.all()).rejects.toThrow("result/consumed");
});
