import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { StatementCache } from "../../src/drivers/statement-cache.ts";
import {
  ConnectionError,
  createEngine,
  type Engine,
  func,
  insert,
  integer,
  literal,
  MetaData,
  select,
  string,
  table,
} from "../../src/entries/index.ts";

const postgres = process.env["ORMOLU_TEST_POSTGRES"];

async function preparedNames(engine: Engine, sql: string, times: number): Promise<unknown[]> {
  await using connection = await engine.connect();
  for (let turn = 0; turn < times; turn++) await connection.executeRaw(sql);
  const { rows } = await connection.executeRaw(
    "SELECT statement FROM pg_prepared_statements WHERE name LIKE 'ormolu%' ORDER BY 1",
  );
  return rows.map(([statement]) => statement);
}

test.skipIf(!postgres)("a text that comes a second time is prepared on the server", async () => {
  await using engine = createEngine(postgres!);
  expect(await preparedNames(engine, "SELECT 1", 1)).toEqual([]);
  await using other = createEngine(postgres!);
  expect(await preparedNames(other, "SELECT 1", 2)).toEqual(["SELECT 1"]);
});

test.skipIf(!postgres)("nothing is prepared by name when a pooler stands between", async () => {
  await using engine = createEngine(postgres!, { preparedStatements: false });
  expect(await preparedNames(engine, "SELECT 1", 3)).toEqual([]);
});

test.skipIf(!postgres)("statements that were not used for longest are forgotten", async () => {
  await using engine = createEngine(postgres!, { statementCacheSize: 2 });
  await using connection = await engine.connect();
  for (const number of [1, 2, 3, 4]) {
    await connection.executeRaw(`SELECT ${number}`);
    await connection.executeRaw(`SELECT ${number}`);
  }
  const count = "SELECT count(*) FROM pg_prepared_statements";
  expect((await connection.executeRaw(count, [], { prepare: false })).rows[0]![0]).toBeLessThanOrEqual(2);
});

test.skipIf(!postgres)("a commit in two phases takes no place among prepared statements", async () => {
  await using engine = createEngine(postgres!, { statementCacheSize: 1 });
  await using connection = await engine.connect();
  const prepared = async () => {
    const sql = "SELECT statement FROM pg_prepared_statements WHERE name LIKE 'ormolu%'";
    return (await connection.executeRaw(sql, [], { prepare: false })).rows;
  };
  for (let turn = 0; turn < 2; turn++) await connection.executeRaw("SELECT 1");
  for (const how of ["commit", "rollback"] as const) {
    expect(await prepared()).toEqual([["SELECT 1"]]);
    await connection.run(connection.core.prepare());
    await connection.run(connection.core[how]());
  }
  expect(await prepared()).toEqual([["SELECT 1"]]);
});

for (const isolationLevel of ["AUTOCOMMIT", "READ COMMITTED"] as const) {
  test.skipIf(!postgres)(
    `what cannot be forgotten on the server fails nothing, and keeps nothing else there: ${isolationLevel}`,
    async () => {
      await using engine = createEngine(postgres!, { statementCacheSize: 3, isolationLevel });
      await using connection = await engine.connect();
      const unprepared = (text: string) => connection.executeRaw(text, [], { prepare: false });
      const names = "SELECT name FROM pg_prepared_statements WHERE name LIKE 'ormolu%'";
      await unprepared("CREATE TEMP TABLE kept (a int)");
      for (const number of [1, 2, 3, 1, 2, 3]) await connection.executeRaw(`SELECT ${number}`);
      const { rows } = await unprepared(names);
      expect(rows).toHaveLength(3);
      await unprepared(`DEALLOCATE ${rows[0]![0]}`);
      await connection.commit();

      // None can be forgotten while the transaction is a failed one.
      await connection.begin({ isolationLevel: "READ COMMITTED" });
      await expect(unprepared("SELECT 1/0")).rejects.toMatchObject({ code: "database/failed" });
      for (const number of [4, 5, 6]) {
        const failing = connection.executeRaw(`SELECT ${number}`);
        await expect(failing).rejects.toMatchObject({ code: "transaction/failed" });
      }
      await connection.rollback();
      await unprepared("INSERT INTO kept VALUES (1)");
      await connection.commit();
      expect((await unprepared("SELECT a FROM kept")).rows).toEqual([[1]]);
      expect((await unprepared(names)).rows).toEqual([]);
    },
  );
}

test.skipIf(!postgres)("a statement whose result has changed is prepared anew", async () => {
  await using engine = createEngine(postgres!, { isolationLevel: "AUTOCOMMIT" });
  await using connection = await engine.connect();
  await connection.executeRaw("CREATE TEMP TABLE changing (a int)");
  for (let turn = 0; turn < 3; turn++) await connection.executeRaw("SELECT * FROM changing");
  await connection.executeRaw("ALTER TABLE changing ADD COLUMN b text");
  for (let turn = 0; turn < 3; turn++) {
    expect((await connection.executeRaw("SELECT * FROM changing")).keys).toEqual(["a", "b"]);
  }
  await connection.executeRaw("DISCARD ALL");
  await connection.executeRaw("CREATE TEMP TABLE changing (c int)");
  expect((await connection.executeRaw("SELECT * FROM changing")).keys).toEqual(["c"]);
  // What is gone from the server is not ended there once more.
  expect((await connection.executeRaw("SELECT * FROM changing")).keys).toEqual(["c"]);
});

test.skipIf(!postgres)("a transaction with a failed statement cannot be committed", async () => {
  await using engine = createEngine(postgres!);
  await using connection = await engine.connect();
  await connection.executeRaw("SELECT 1/0").catch(() => undefined);
  await expect(connection.commit()).rejects.toMatchObject({ code: "transaction/rolled-back" });
  expect(connection.inTransaction).toBe(false);
  expect((await connection.executeRaw("SELECT 1")).rows).toEqual([[1]]);
});

test.skipIf(!postgres)(
  "a transaction that only read is over before the next statement, though nobody waited",
  async () => {
    await using engine = createEngine(postgres!, { poolSize: 1, maxOverflow: 0 });
    const set = select(func("set_config", "ormolu.left", "over", true));
    const left = select(func("current_setting", "ormolu.left", true));
    for (let turn = 0; turn < 3; turn++) {
      const connection = await engine.connect();
      await connection.begin();
      expect(await connection.execute(set).scalar()).toBe("over");
      await connection.close();
      // What holds for a transaction is gone with it.
      expect(await engine.execute(left).scalar()).not.toBe("over");
    }
  },
);

test.skipIf(!postgres)(
  "a BEGIN that found the connection dead fails the statement behind it, and no later one",
  async () => {
    await using engine = createEngine(postgres!, { poolSize: 1, maxOverflow: 0 });
    await using other = createEngine(postgres!);
    const pidOf = "SELECT pg_backend_pid()";
    const connection = await engine.connect();
    const pid = (await connection.executeRaw(pidOf)).rows[0]![0];
    await connection.rollback();
    const ended = other.begin((killer) => killer.executeRaw("SELECT pg_terminate_backend($1::int)", [pid]));
    await ended;
    await connection.begin();
    await expect(connection.executeRaw(pidOf)).rejects.toThrow(ConnectionError);
    await connection.close();
    expect(await engine.begin(async (next) => (await next.executeRaw(pidOf)).rows.length)).toBe(1);
  },
);

test.skipIf(!postgres)("dates do not depend on the zone of server or process", async () => {
  await using engine = createEngine(postgres!, { clientOptions: { options: "-c TimeZone=Asia/Tokyo" } });
  await using connection = await engine.connect();
  const { rows } = await connection.executeRaw(
    "SELECT '2026-07-01 12:00'::timestamp, '2026-07-01 12:00+02'::timestamptz",
  );
  expect(rows[0]).toEqual([new Date("2026-07-01T12:00:00Z"), new Date("2026-07-01T10:00:00Z")]);
});

test.skipIf(!postgres)(
  "more rows than parameters allow become several statements in one transaction",
  async () => {
    const metadata = new MetaData();
    const wide = table("pg_wide", metadata, {
      id: integer().primaryKey(),
      a: integer(),
      b: integer(),
      c: string(9),
    });
    await using engine = createEngine(postgres!);
    await metadata.dropAll(engine);
    await metadata.createAll(engine);
    const verbs: string[] = [];
    const stop = engine.on("statement", ({ verb }) => verbs.push(verb));
    const rows = Array.from({ length: 20_000 }, (_, id) => ({ id, a: id, b: id, c: "x" }));
    expect(await engine.execute(insert(wide), rows).rowCount).toBe(20_000);
    stop();
    expect(verbs).toEqual(["BEGIN", "INSERT", "INSERT", "COMMIT"]);
    await metadata.dropAll(engine);
  },
);

test.skipIf(!postgres)("a lone parameter keeps its type", async () => {
  await using engine = createEngine(postgres!);
  const numbers = select(literal(20).label("n")).subquery("numbers");
  expect(await engine.execute(select(numbers.c.n.add(1)).where(numbers.c.n.gt(3))).scalar()).toBe(21);
});

test.skipIf(!postgres)("a process lives until the engine it waits for is disposed of", async () => {
  const entry = new URL("../../src/entries/index.ts", import.meta.url).href;
  const program = `
    import { createEngine } from "${entry}";
    const engine = createEngine("${postgres}");
    await engine.begin((connection) => connection.executeRaw("SELECT 1"));
    await engine.dispose();
    console.log("disposed");`;
  const { stdout } = await promisify(execFile)(process.execPath, [
    "--input-type=module-typescript",
    "-e",
    program,
  ]);
  expect(stdout).toBe("disposed\n");
});

test("a bounded cache drops the statement that was not used for longest", () => {
  const dropped: string[] = [];
  const cache = new StatementCache<string>(2, (statement) => dropped.push(statement));
  cache.set("a", "A");
  cache.set("b", "B");
  cache.get("a");
  cache.set("c", "C");
  expect(dropped).toEqual(["B"]);
  expect(cache.get("a")).toBe("A");
  cache.clear();
  expect(dropped).toEqual(["B", "C", "A"]);
});
