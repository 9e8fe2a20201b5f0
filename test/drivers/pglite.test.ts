import { expect, test } from "vitest";
import { createEngine } from "../../src/entries/index.ts";

test("a transaction with a failed statement cannot be committed", { timeout: 60_000 }, async () => {
  await using engine = createEngine("pglite://");
  await engine.begin((connection) => connection.executeRaw("CREATE TABLE t (a int)"));
  await using connection = await engine.connect();
  await connection.executeRaw("INSERT INTO t VALUES (1)");
  await expect(connection.executeRaw("SELECT 1/0")).rejects.toMatchObject({ code: "database/failed" });
  await expect(connection.commit()).rejects.toMatchObject({ code: "transaction/rolled-back" });
  expect(connection.inTransaction).toBe(false);

  // Back at a savepoint, it can.
  await connection.executeRaw("INSERT INTO t VALUES (2)");
  const savepoint = await connection.savepoint();
  await expect(connection.executeRaw("SELECT 1/0")).rejects.toMatchObject({ code: "database/failed" });
  await expect(connection.executeRaw("SELECT 1")).rejects.toMatchObject({ code: "transaction/failed" });
  await connection.rollbackTo(savepoint);
  await connection.commit();

  // What failed outside of a transaction, or in the one before, is no matter.
  await connection.begin({ isolationLevel: "AUTOCOMMIT" });
  await expect(connection.executeRaw("SELECT 1/0")).rejects.toMatchObject({ code: "database/failed" });
  await connection.commit();
  await expect(connection.executeRaw("SELECT 1/0")).rejects.toMatchObject({ code: "database/failed" });
  await connection.rollback();
  expect((await connection.executeRaw("SELECT a FROM t")).rows).toEqual([[2]]);
  await connection.commit();
});
