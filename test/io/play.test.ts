import { describe, expect, test } from "vitest";
import { acquire, call, close, execute, fetch, type Io, open, release } from "../../src/io/ask.ts";
import { play, playPool, transcript } from "../../src/io/play.ts";

function* insert(name: string): Io<unknown> {
  const connection = yield* acquire(playPool);
  try {
    yield* execute({ connection, sql: "BEGIN", parameters: [] });
    const { rows } = yield* execute({
      connection,
      sql: "INSERT INTO users (name)\nVALUES (?)  RETURNING id",
      parameters: [name],
    });
    yield* execute({ connection, sql: "COMMIT", parameters: [] });
    return rows[0]?.[0];
  } finally {
    yield* release(playPool, connection);
  }
}

describe("play", () => {
  test("answers statements in order, whatever their white space", () => {
    const played = play(insert("ann"), [
      "BEGIN",
      ["INSERT INTO users (name) VALUES (?) RETURNING id", [[7]]],
      "COMMIT",
    ]);
    expect(played.value).toBe(7);
    expect(played.sql).toHaveLength(3);
    expect(transcript(played.asks)).toEqual(["acquire", "BEGIN", played.sql[1], "COMMIT", "release"]);
  });

  test("knows beginnings and patterns, and results in part", () => {
    const played = play(insert("ann"), [
      "BEGIN",
      ["INSERT INTO users …", { rows: [[1n]], rowCount: 9 }],
      /^COMMIT$/,
    ]);
    expect(played.value).toBe(1n);
  });

  test("fails a statement as told", () => {
    const failure = new TypeError("unique");
    expect(() => play(insert("ann"), ["BEGIN", [/INSERT/, failure]])).toThrow(failure);
  });

  test("streams rows by the count asked for", () => {
    function* flow(): Io<unknown[]> {
      const cursor = yield* open({ connection: {}, sql: "SELECT 1", parameters: [] });
      const batches: unknown[] = [cursor.columns];
      for (let rows = yield* fetch(cursor, 2); rows.length > 0; rows = yield* fetch(cursor, 2))
        batches.push(rows);
      yield* close(cursor);
      return batches;
    }
    expect(play(flow(), [["SELECT 1", [[1], [2], [3]]]]).value).toEqual([["column1"], [[1], [2]], [[3]]]);
  });

  test("runs users' functions, without promises", () => {
    expect(
      play(
        call(() => 5, "the test"),
        [],
      ).value,
    ).toBe(5);
    expect(() =>
      play(
        call(async () => 5, "the test"),
        [],
      ),
    ).toThrow("io/promise-in-sync");
  });

  test.each([
    ["another statement", ["BEGIN", "COMMIT"], 'statement 2 should be "COMMIT", got: "INSERT INTO'],
    ["one statement too many", ["BEGIN", "INSERT …"], 'no answer is left for "COMMIT"'],
    ["an answer left over", ["BEGIN", "INSERT …", "COMMIT", "SELECT 1"], "1 of 4 answers were not asked for"],
  ])("tells of %s", (_, script, problem) => {
    expect(() => play(insert("ann"), script)).toThrow(problem);
  });
});
