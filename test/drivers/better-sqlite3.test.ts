import { expect, test } from "vitest";
import { betterSqlite3 } from "../../src/drivers/better-sqlite3.ts";
import { urlParser } from "../../src/engine/url.ts";

test("a cursor does not keep the rows that it gave", async () => {
  const connection = await betterSqlite3.connect(urlParser([betterSqlite3])("sqlite+better-sqlite3://"), {
    preparedStatements: true,
    statementCacheSize: 1,
    timeoutMs: 1000,
    canWait: false,
    clientOptions: {},
  });
  const sql = "SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3";
  const cursor = await connection.open({ kind: "open", connection, sql, parameters: [] });
  const given = await connection.fetch(cursor, 2);
  expect(given).toEqual([[1], [2]]);
  const kept = (cursor as unknown as { rows: unknown[] }).rows;
  expect(kept.some((row) => given.includes(row as unknown[]))).toBe(false);
  expect(await connection.fetch(cursor, 2)).toEqual([[3]]);
  expect(await connection.fetch(cursor, 2)).toEqual([]);
  await connection.close();
});
