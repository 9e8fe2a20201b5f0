import { DatabaseSync } from "node:sqlite";
import { afterAll, expect, test } from "vitest";
import { allAsArrays, prepareForObjects } from "../../src/drivers/object-rows.ts";

const database = new DatabaseSync(":memory:");
database.exec("CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT); INSERT INTO t VALUES (1, 'a'), (2, 'b')");
afterAll(() => database.close());

const ask = (sql: string, ...parameters: number[]) =>
  allAsArrays(prepareForObjects(database, sql), parameters);

test("columns of one name are kept apart, in their order", () => {
  const sql = "SELECT b.id, a.id, a.name, b.name FROM t a JOIN t b ON b.id <> a.id ORDER BY a.id DESC";
  expect(ask(sql)).toEqual({
    columns: ["id", "id", "name", "name"],
    rows: [
      [1, 2, "b", "a"],
      [2, 1, "a", "b"],
    ],
  });
});

test("a query keeps its order, limit and parameters", () => {
  expect(ask("SELECT id FROM t WHERE id > ? ORDER BY id DESC LIMIT ? -- the end", 0, 1).rows).toEqual([[2]]);
  expect(ask("WITH x AS (SELECT 5 AS n) SELECT n FROM x").rows).toEqual([[5]]);
  expect(ask("SELECT id FROM t ORDER BY id;").rows).toEqual([[1], [2]]);
  expect(ask("SELECT id FROM t WHERE id > ?", 9)).toEqual({ columns: [], rows: [] });
});

test("what writes is told from what reads", () => {
  expect(prepareForObjects(database, "INSERT INTO t (name) VALUES ('c')").returnsRows).toBe(false);
  expect(prepareForObjects(database, "WITH x AS (SELECT 1) UPDATE t SET name = 'x'").returnsRows).toBe(false);
  expect(ask("INSERT INTO t (name) VALUES ('c') RETURNING id").rows).toEqual([[3]]);
  expect(ask("PRAGMA user_version").rows).toEqual([[0]]);
});

test("columns that are named by numbers are refused where their order is lost", () => {
  expect(ask("SELECT 7").rows).toEqual([[7]]);
  expect(() => ask("SELECT 2, 1")).toThrow("label them");
});
