import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { nodeSqlite } from "../../src/drivers/node-sqlite.ts";
import {
  createEngine,
  type Driver,
  type LiveConnection,
  type StatementEvent,
  sql,
} from "../../src/entries/index.ts";
import { createSyncEngine } from "../../src/entries/sync.ts";
import { fail } from "../../src/foundation/errors.ts";

const postgres = process.env["ORMOLU_TEST_POSTGRES"];
const folder = mkdtempSync(join(tmpdir(), "ormolu-pool-"));
afterAll(() => rmSync(folder, { recursive: true }));
let count = 0;
const file = () => `sqlite:///${join(folder, `${++count}.db`)}`;

test("whoever finds no free connection waits for one", async () => {
  await using engine = createEngine(file(), { poolSize: 1, maxOverflow: 0 });
  const first = await engine.connect();
  let isThere = false;
  const second = engine.connect().then((connection) => {
    isThere = true;
    return connection;
  });
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect(isThere).toBe(false);
  await first.close();
  await (await second).close();
  expect(engine.poolStatus).toEqual({ size: 1, idle: 1 });
});

test("waiting ends with a sentence", async () => {
  await using engine = createEngine(file(), { poolSize: 1, maxOverflow: 1, timeoutMs: 20 });
  await using _first = await engine.connect();
  await using _second = await engine.connect();
  await expect(engine.connect()).rejects.toMatchObject({
    code: "pool/timeout",
    facts: { size: 2, waiting: 0 },
  });
});

test("connections beyond the pool's size are closed when given back", async () => {
  await using engine = createEngine(file(), { poolSize: 1, maxOverflow: 2 });
  const connections = await Promise.all([engine.connect(), engine.connect(), engine.connect()]);
  expect(engine.poolStatus.size).toBe(3);
  for (const connection of connections) await connection.close();
  expect(engine.poolStatus).toEqual({ size: 1, idle: 1 });
});

test("old connections are replaced", async () => {
  await using engine = createEngine(file(), { recycleMs: 0 });
  const ids = new Set<number>();
  engine.on("statement", (event) => ids.add(event.connectionId));
  for (let turn = 0; turn < 2; turn++) {
    await using connection = await engine.connect();
    await connection.executeRaw("SELECT 1");
  }
  expect(engine.poolStatus.size).toBe(1);
});

test("a database in memory has one connection, and lives until the engine is disposed", async () => {
  const engine = createEngine("sqlite://");
  await (await engine.connect()).close();
  const connection = await engine.connect();
  await connection.executeRaw("CREATE TABLE t (a)");
  await connection.commit();
  await connection.close();
  await using again = await engine.connect();
  expect((await again.executeRaw("SELECT * FROM t")).rows).toEqual([]);
  expect(engine.poolStatus.size).toBe(1);
  await again.close();
  await engine.dispose();
  await expect(engine.connect()).rejects.toThrow("engine/disposed");
});

test("the sync pool cannot wait, and says so", () => {
  using engine = createSyncEngine("sqlite://");
  using _connection = engine.connect();
  expect(() => engine.connect()).toThrow("pool/busy-memory");
});

test("the sync pool replaces connections that are old, or gone", () => {
  const opened: LiveConnection[] = [];
  const driver: Driver = {
    ...nodeSqlite,
    connect: (url, options) => {
      const live = nodeSqlite.connect(url, options) as LiveConnection;
      opened.push(live);
      return live;
    },
  };
  const use = (options: { recycleMs?: number }) => {
    using engine = createSyncEngine(file(), { driver, ...options });
    opened.length = 0;
    engine.execute(sql`SELECT 1`);
    if (options.recycleMs === undefined) opened[0]!.close();
    engine.execute(sql`SELECT 1`);
    expect(engine.poolStatus).toEqual({ size: 1, idle: 1 });
    return opened.length;
  };
  expect(use({})).toBe(2);
  expect(use({ recycleMs: 0 })).toBe(2);
  expect(use({ recycleMs: 60_000 })).toBe(1);
});

test("what a connection left open is undone when it is given back", async () => {
  await using engine = createEngine(file());
  await using setup = await engine.connect();
  await setup.executeRaw("CREATE TABLE t (a)");
  await setup.commit();
  const connection = await engine.connect();
  await connection.executeRaw("INSERT INTO t VALUES (1)");
  await connection.close();
  expect((await setup.executeRaw("SELECT * FROM t")).rows).toEqual([]);
});

/** A driver whose connections fail to roll back while `fails` says so. */
function withoutRollback(fails: () => boolean): Driver {
  return {
    ...nodeSqlite,
    connect: (url, options) => {
      const live = nodeSqlite.connect(url, options) as LiveConnection;
      const execute = live.execute.bind(live);
      live.execute = (ask) => {
        if (ask.sql === "ROLLBACK" && fails()) throw new Error("disk I/O error");
        return execute(ask);
      };
      return live;
    },
  };
}

test("a connection that could not roll back is thrown away, and its transaction with it", async () => {
  let fails = true;
  await using engine = createEngine(file(), { driver: withoutRollback(() => fails), poolSize: 1 });
  await engine.begin((connection) => connection.executeRaw("CREATE TABLE t (a)"));
  const connection = await engine.connect();
  await connection.executeRaw("INSERT INTO t VALUES (1)");
  await expect(connection.rollback()).rejects.toMatchObject({ code: "database/failed" });
  expect(connection.inTransaction).toBe(false);
  await connection.close();
  expect(engine.poolStatus).toEqual({ size: 0, idle: 0 });
  const failing = engine.begin(async (other) => {
    await other.executeRaw("INSERT INTO t VALUES (2)");
    throw new RangeError("no");
  });
  await expect(failing).rejects.toThrow(RangeError);
  expect(engine.poolStatus).toEqual({ size: 0, idle: 0 });
  fails = false;
  await using next = await engine.connect();
  expect((await next.executeRaw("SELECT * FROM t")).rows).toEqual([]);
});

test("a transaction that the database itself has ended costs no connection", async () => {
  await using engine = createEngine("sqlite://");
  await engine.begin((connection) => connection.executeRaw("CREATE TABLE t (a UNIQUE)"));
  const failing = engine.begin(async (connection) => {
    await connection.executeRaw("INSERT INTO t VALUES (1)");
    await connection.executeRaw("INSERT OR ROLLBACK INTO t VALUES (1)");
  });
  await expect(failing).rejects.toMatchObject({ code: "conflict/unique" });
  await using next = await engine.connect();
  expect((await next.executeRaw("SELECT * FROM t")).rows).toEqual([]);
});

test("a rollback that comes beside another statement leaves the transaction open", () => {
  using engine = createSyncEngine(file());
  using connection = engine.connect();
  connection.executeRaw("CREATE TABLE t (a)");
  const running = connection.core.executeRaw("SELECT 1");
  running.next();
  expect(() => connection.rollback()).toThrow("io/busy");
  expect(connection.inTransaction).toBe(true);
  running.return({ rows: [], columns: [], rowCount: 0 });
  connection.rollback();
  expect(connection.inTransaction).toBe(false);
  connection.executeRaw("CREATE TABLE t (a)");
});

test.skipIf(!postgres)("two statements at once on one connection are refused", async () => {
  await using engine = createEngine(postgres!);
  await using connection = await engine.connect();
  const slow = connection.executeRaw("SELECT pg_sleep(0.05)");
  await expect(connection.executeRaw("SELECT 1")).rejects.toMatchObject({ code: "io/busy" });
  await slow;
  expect((await connection.executeRaw("SELECT 1")).rows).toEqual([[1]]);
});

test("listeners hear every statement", async () => {
  await using engine = createEngine("sqlite://");
  const events: StatementEvent[] = [];
  const stop = engine.on("statement", (event) => events.push(event));
  await engine.begin(async (connection) => {
    await connection.executeRaw("SELECT ?", [1]);
    await connection.executeRaw("SELEC").catch(() => undefined);
  });
  stop();
  await (await engine.connect()).close();
  expect(events.map(({ sql, verb, parameters }) => [sql, verb, parameters])).toEqual([
    ["BEGIN", "BEGIN", []],
    ["SELECT ?", "SELECT", [1]],
    ["SELEC", "SELEC", []],
    ["COMMIT", "COMMIT", []],
  ]);
  expect(events[1]!.rowCount).toBe(1);
  expect(events[2]!.error).toMatchObject({ code: "database/failed" });
  expect(events.every(({ durationMs }) => durationMs >= 0)).toBe(true);
});

test("echo shows statements with their parameters", async () => {
  const lines: string[] = [];
  await using engine = createEngine("sqlite://", { echo: (line) => lines.push(line) });
  await using connection = await engine.connect();
  await connection.executeRaw("SELECT ?, ?", ["a", null]);
  expect(lines).toEqual(["BEGIN", 'SELECT ?, ? -- ["a", null]']);
});

test.skipIf(!postgres)("transactions have the isolation level that was asked for", async () => {
  const level = async (
    engine: ReturnType<typeof createEngine>,
    options?: { isolationLevel: "REPEATABLE READ" },
  ) => {
    await using connection = await engine.connect();
    await connection.begin(options);
    return (await connection.executeRaw("SHOW transaction_isolation")).rows[0]![0];
  };
  await using plain = createEngine(postgres!);
  expect(await level(plain)).toBe("read committed");
  expect(await level(plain, { isolationLevel: "REPEATABLE READ" })).toBe("repeatable read");
  await using strict = createEngine(postgres!, { isolationLevel: "SERIALIZABLE" });
  expect(await level(strict)).toBe("serializable");
});

test("AUTOCOMMIT keeps each statement for itself", async () => {
  await using engine = createEngine(file(), { isolationLevel: "AUTOCOMMIT" });
  const verbs: string[] = [];
  engine.on("statement", ({ verb }) => verbs.push(verb));
  await using connection = await engine.connect();
  await connection.begin();
  await connection.executeRaw("CREATE TABLE t (a)");
  await connection.executeRaw("INSERT INTO t VALUES (1)");
  await connection.rollback();
  expect((await connection.executeRaw("SELECT a FROM t")).rows).toEqual([[1]]);
  expect(verbs).not.toContain("BEGIN");
});

test("SQLite takes its lock at once when asked to", async () => {
  await using engine = createEngine(file(), { transactionMode: "immediate" });
  const sent: string[] = [];
  engine.on("statement", ({ sql }) => sent.push(sql));
  await using connection = await engine.connect();
  await connection.begin();
  await connection.rollback();
  await connection.begin({ mode: "exclusive" });
  expect(sent).toEqual(["BEGIN IMMEDIATE", "ROLLBACK", "BEGIN EXCLUSIVE"]);
});

test("a locked file is a conflict", async () => {
  const url = file();
  await using engine = createEngine(url, { timeoutMs: 10 });
  await using first = await engine.connect();
  await first.begin({ mode: "immediate" });
  await using second = await engine.connect();
  await expect(second.begin({ mode: "immediate" })).rejects.toMatchObject({ code: "conflict/locked" });
});

test("an error of the library while connecting stays what it is", async () => {
  const driver = {
    ...nodeSqlite,
    connect: () => {
      throw fail("connection/driver-missing", { scheme: "sqlite", packageName: "nothing" });
    },
  };
  await using engine = createEngine("sqlite://", { driver });
  await expect(engine.connect()).rejects.toMatchObject({ code: "connection/driver-missing" });
  expect(engine.poolStatus.size).toBe(0);
});

test("whoever waits when the pool's only connection breaks gets a new one", async () => {
  let opened = 0;
  let lastLive: LiveConnection | undefined;
  const driver: Driver = {
    ...nodeSqlite,
    connect: async (url, options) => {
      opened++;
      lastLive = await nodeSqlite.connect(url, options);
      return lastLive;
    },
  };
  await using engine = createEngine(file(), { driver, poolSize: 1, maxOverflow: 0 });
  const first = await engine.connect();
  const second = engine.connect();
  lastLive!.close();
  await first.close().catch(() => undefined);
  await (await second).close();
  expect(opened).toBe(2);
});
