import { type AddressInfo, createServer } from "node:net";
import { inspect } from "node:util";
import { describe, expect, test, vi } from "vitest";
import { compile } from "../../src/compile/compile.ts";
import { echoLine } from "../../src/engine/events.ts";
import {
  ConflictError,
  ConnectionError,
  createEngine,
  type Engine,
  insert,
  integer,
  MetaData,
  select,
  sql,
  string,
  table,
  update,
} from "../../src/entries/index.ts";
import { createSyncEngine } from "../../src/entries/sync.ts";
import { words } from "../../src/testing/matchers.ts";
import { specWith } from "../support/spec.ts";

const metadata = new MetaData();
const places = table("places", metadata, {
  id: integer().primaryKey(),
  name: string(20).unique(),
  size: integer().check("size > 0"),
  get partOf() {
    return integer().nullable().references(places.c.id);
  },
});
const spec = specWith({ tables: metadata });

const named = (name: string, size = 1) => insert(places).values({ name, size });

async function names(engine: Engine): Promise<string[]> {
  return await engine.execute(select(places.c.name).orderBy(places.c.id)).scalars().all();
}

spec("keeps what a transaction did when its body succeeds", async ({ engine, emitted }) => {
  // No async function: in the synchronous colour nobody could wait for it.
  const count = await engine.begin((connection) => connection.execute(named("oslo")).rowCount);
  expect(count).toBe(1);
  expect(emitted().map((line) => line.split(" ")[0])).toEqual(["BEGIN", "INSERT", "COMMIT"]);
  expect(await names(engine)).toEqual(["oslo"]);
});

spec(
  "undoes what a transaction did when its body fails",
  { colours: ["async"] },
  async ({ engine, emitted }) => {
    const failing = engine.begin(async (connection) => {
      await connection.execute(named("oslo"));
      throw new RangeError("no");
    });
    await expect(failing).rejects.toThrow(RangeError);
    expect(emitted().map((line) => line.split(" ")[0])).toEqual(["BEGIN", "INSERT", "ROLLBACK"]);
    expect(await names(engine)).toEqual([]);
  },
);

spec("begins with the first statement, and forgets what nobody commits", async ({ engine }) => {
  const connection = await engine.connect();
  expect(connection.inTransaction).toBe(false);
  await connection.execute(named("oslo")).rowCount;
  await connection.close();
  expect(await names(engine)).toEqual([]);
});

spec("undoes a part of a transaction by a savepoint", { needs: ["savepoints"] }, async ({ engine }) => {
  const connection = await engine.connect();
  await connection.execute(named("oslo")).rowCount;
  const savepoint = await connection.savepoint();
  await connection.execute(named("bergen")).rowCount;
  await connection.rollbackTo(savepoint);
  await connection.releaseSavepoint(savepoint);
  await connection.execute(named("molde")).rowCount;
  await connection.commit();
  await connection.close();
  expect(await names(engine)).toEqual(["oslo", "molde"]);
});

spec("begins at the isolation level asked for", async ({ engine, emitted, expectSql }) => {
  const connection = await engine.connect();
  await connection.begin({ isolationLevel: "SERIALIZABLE" });
  await connection.commit();
  await connection.close();
  expectSql(emitted(), {
    sqlite: ["BEGIN", "COMMIT"],
    postgresql: ["BEGIN ISOLATION LEVEL SERIALIZABLE", "COMMIT"],
  });
});

spec("names the constraint that a row broke", async ({ engine }) => {
  await engine.execute(named("oslo")).rowCount;
  const breaking = [
    [named("oslo"), "conflict/unique"],
    [named("bergen", -1), "conflict/check"],
    [insert(places).values({ name: null as never, size: 1 }), "conflict/not-null"],
    [insert(places).values({ name: "x", size: 1, partOf: 99 }), "conflict/foreign-key"],
  ] as const;
  for (const [statement, code] of breaking) {
    const error = await caught(() => engine.execute(statement).rowCount);
    expect(error).toBeInstanceOf(ConflictError);
    expect(error).toMatchObject({ code });
  }
});

spec("says which table is missing and what to do", async ({ engine }) => {
  const elsewhere = table("elsewhere", new MetaData(), { id: integer().primaryKey() });
  const error = await caught(() => engine.execute(select(elsewhere)).all());
  expect(error).toMatchObject({ code: "database/missing-table" });
  expect(String(error)).toContain("elsewhere");
  expect(await names(engine)).toEqual([]);
});

spec("gives one row, the first, or says why not", async ({ engine }) => {
  await engine.execute(
    insert(places).values([
      { name: "a", size: 1 },
      { name: "b", size: 2 },
    ]),
  ).rowCount;
  const all = select(places.c.name, places.c.size).orderBy(places.c.id);
  const some = (name: string) => all.where(places.c.name.eq(name));
  const [name, size] = await engine.execute(some("a")).one();
  expect([name, size]).toEqual(["a", 1]);
  expect((await engine.execute(all).first())?.name).toBe("a");
  expect(await engine.execute(some("c")).oneOrNone()).toBeNull();
  expect(await caught(() => engine.execute(some("c")).one())).toMatchObject({ code: "result/no-row" });
  expect(await caught(() => engine.execute(all).one())).toMatchObject({ code: "result/multiple-rows" });
  expect(await engine.execute(all).scalars("size").all()).toEqual([1, 2]);
  expect(await engine.execute(all).mappings().all()).toEqual([
    { name: "a", size: 1 },
    { name: "b", size: 2 },
  ]);
  const seen: string[] = [];
  for await (const row of engine.execute(all)) seen.push(row.name);
  expect(seen).toEqual(["a", "b"]);
});

spec("binds every value of a template", async ({ engine, expectSql }) => {
  const robert = "x'); DROP TABLE places; --";
  const statement = sql`SELECT ${robert} AS name`;
  expectSql(statement, { ansi: "SELECT ? AS name", postgresql: "SELECT $1 AS name" });
  expect(await engine.execute(statement).scalar()).toBe(robert);
});

spec("sends the same statement many times", async ({ engine, expectStatements }) => {
  const statement = select(places.c.name).where(places.c.size.eq(3));
  await expectStatements(20, async () => {
    for (let turn = 0; turn < 20; turn++) await engine.execute(statement).all();
  });
});

spec("keeps a write whose rows are not all taken", async ({ engine, emitted }) => {
  const two = insert(places)
    .values([
      { name: "oslo", size: 1 },
      { name: "bergen", size: 2 },
    ])
    .returning(places.c.name);
  for await (const row of engine.execute(two)) {
    expect(row.name).toBe("oslo");
    break;
  }
  expect(await names(engine)).toEqual(["oslo", "bergen"]);
  emitted();
  const text = sql`INSERT INTO places (name, size) VALUES (${"molde"}, ${1}), (${"voss"}, ${1}) RETURNING name`;
  for await (const _row of engine.execute(text)) break;
  expect(await names(engine)).toEqual(["oslo", "bergen", "molde", "voss"]);
});

spec("begins a transaction for a savepoint", { needs: ["savepoints"] }, async ({ engine, emitted }) => {
  const connection = await engine.connect();
  const savepoint = await connection.savepoint();
  expect(connection.inTransaction).toBe(true);
  await connection.execute(named("oslo")).rowCount;
  await connection.rollbackTo(savepoint);
  await connection.execute(named("bergen")).rowCount;
  await connection.commit();
  await connection.close();
  expect(emitted().map((line) => line.split(" ")[0])[0]).toBe("BEGIN");
  expect(await names(engine)).toEqual(["bergen"]);
});

spec("is not disturbed by a listener that fails, and warns of it once", async ({ engine, openSession }) => {
  const warn = vi.spyOn(process, "emitWarning").mockReturnValue(undefined);
  const stop = engine.on("statement", () => {
    throw new RangeError("the log is full");
  });
  try {
    const session = openSession();
    await session.execute(named("oslo"));
    await session.commit();
    await session.rollback();
    expect(await names(engine)).toEqual(["oslo"]);
    expect(warn).toHaveBeenCalledTimes(1);
    const [warning] = warn.mock.calls[0]!;
    expect(warning).toMatchObject({ code: "engine/listener", cause: expect.any(RangeError) });
    expect(String(warning)).toContain("the log is full");
  } finally {
    stop();
    warn.mockRestore();
  }
});

spec("reads columns that are named by numbers", async ({ engine, dialect }) => {
  const statement = sql`SELECT 5 AS ${sql.raw(dialect.quote("1"))}, 6 AS ${sql.raw(dialect.quote("0"))}`;
  const row = await engine.execute(statement).one();
  expect([...row]).toEqual([5, 6]);
  expect(await engine.execute(statement).mappings().one()).toEqual({ "1": 5, "0": 6 });
});

spec("tells how often a statement was executed", async ({ engine }) => {
  const seen: number[] = [];
  const lines: string[] = [];
  const stop = engine.on("statement", (event) => {
    seen.push(event.executions);
    lines.push(words(echoLine(event)));
  });
  const compiled = compile(named("?").node, engine.dialect);
  const connection = await engine.connect();
  await connection.run(
    connection.core.executeEach(compiled, [
      ["oslo", 1],
      ["bergen", 2],
    ]),
  );
  await connection.close();
  stop();
  expect(seen[0]).toBe(2);
  expect(lines[0]).toMatch(/-- \["oslo", 1\] × 2$/);
});

spec("begins no transaction otherwise than it is asked to", async ({ engine, target }) => {
  const connection = await engine.connect();
  const error = await caught(() => connection.begin({ readOnly: true }));
  if (target.name.startsWith("sqlite")) {
    expect(error).toMatchObject({ code: "sql/unsupported", hint: expect.stringContaining("mode=ro") });
    expect(connection.inTransaction).toBe(false);
  } else {
    expect(await caught(() => connection.execute(named("oslo")).all())).toMatchObject({
      code: "database/read-only",
    });
    expect(await caught(() => connection.commit())).toMatchObject({ code: "transaction/rolled-back" });
    expect(await caught(() => connection.begin({ mode: "immediate" }))).toMatchObject({
      code: "sql/unsupported",
    });
  }
  await connection.close();
});

async function caught(run: () => unknown): Promise<unknown> {
  try {
    await run();
  } catch (error) {
    return error;
  }
  return undefined;
}

const ring = new MetaData();
const hens = table("hens", ring, {
  id: integer().primaryKey(),
  get eggId() {
    return integer().nullable().references(eggs.c.id);
  },
});
const eggs = table("eggs", ring, {
  id: integer().primaryKey(),
  get henId() {
    return integer().nullable().references(hens.c.id);
  },
});

spec("drops tables that refer to each other, whatever they hold", async ({ engine, createAll }) => {
  await createAll(ring);
  await engine.execute(insert(hens).values({ id: 1 }));
  await engine.execute(insert(eggs).values({ id: 1, henId: 1 }));
  await engine.execute(update(hens).set({ eggId: 1 }));
  await ring.dropAll(engine);
  expect(await caught(() => engine.execute(select(hens)).all())).toMatchObject({
    code: "database/missing-table",
  });
});

spec("names the table that cannot be dropped", async ({ engine, createAll }) => {
  await createAll(ring);
  await engine.execute(insert(hens).values({ id: 1 }));
  await engine.execute(insert(eggs).values({ id: 1, henId: 1 }));
  const error = await caught(() => ring.dropAll(engine, { tables: [hens] }));
  expect(String(error)).toContain("hens");
  await ring.dropAll(engine);
});

spec("keeps values out of errors, unless they may be shown", async ({ engine, target }) => {
  await engine.execute(named("secret@x.org")).rowCount;
  const error = (await caught(() => engine.execute(named("secret@x.org")).rowCount)) as ConflictError;
  expect(error).toMatchObject({ code: "conflict/unique" });
  expect(inspect(error)).not.toContain("secret@x.org");
  expect(JSON.stringify(error)).not.toContain("secret@x.org");
  if (target.name !== "postgresql") return;
  const url = new URL(target.url);
  url.searchParams.set(
    "options",
    `-c search_path=${await engine.execute(sql`SELECT current_schema()`).scalar()}`,
  );
  await using open = createEngine(url.href, { showParameters: true });
  expect(String(await caught(() => open.execute(named("secret@x.org"))))).toContain("(name)=(secret@x.org)");
});

describe("an engine", () => {
  test("names the server that hangs up before the connection stands", async () => {
    const server = createServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    await using engine = createEngine(`postgresql://nobody@127.0.0.1:${port}/none`);
    const error = await caught(() => engine.connect());
    server.close();
    expect(error).toBeInstanceOf(ConnectionError);
    expect(String(error)).toContain(`127.0.0.1:${port}`);
  });

  test("is asked for in a sentence by createAll", () => {
    const create = (...given: unknown[]) => caught(() => Reflect.apply(ring.createAll, ring, given));
    return Promise.all([
      expect(create()).resolves.toMatchObject({ code: "schema/not-an-engine" }),
      expect(create("sqlite://")).resolves.toMatchObject({
        hint: expect.stringContaining("createEngine(url)"),
      }),
      expect(create(createSyncEngine("sqlite://"), { checkfirst: false })).resolves.toMatchObject({
        message: expect.stringContaining("did you mean checkFirst?"),
      }),
    ]);
  });

  test("creates tables that are missing, and only those, in the order of their foreign keys", async () => {
    await using engine = createEngine("sqlite://");
    await metadata.createAll(engine);
    const seen: string[] = [];
    engine.on("statement", (event) => seen.push(event.sql));
    await metadata.createAll(engine);
    expect(seen.filter((text) => text.startsWith("CREATE"))).toEqual([]);
    await metadata.dropAll(engine);
    await metadata.dropAll(engine);
    expect(seen.filter((text) => text.startsWith("DROP"))).toEqual(["DROP TABLE places"]);
  });

  test("echoes statements with their parameters", async () => {
    const lines: string[] = [];
    await using engine = createEngine("sqlite://", { echo: (line) => lines.push(line) });
    await metadata.createAll(engine);
    lines.length = 0;
    await engine.execute(named("oslo"));
    expect(lines.map(words)).toEqual(['INSERT INTO places (name, size) VALUES (?, ?) -- ["oslo", 1]']);
  });

  test("keeps a database in a file", async () => {
    const { mkdtempSync, rmSync } = await import("node:fs");
    const { tmpdir } = await import("node:os");
    const { join } = await import("node:path");
    const folder = mkdtempSync(join(tmpdir(), "ormolu-"));
    try {
      const url = `sqlite:///${join(folder, "a.db")}`;
      const writer = createSyncEngine(url);
      metadata.createAll(writer);
      writer.execute(named("oslo"));
      writer.dispose();
      await using reader = createEngine(url);
      expect(await names(reader)).toEqual(["oslo"]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test.each([
    ["", "url/malformed"],
    ["shop.db", "url/malformed"],
    ["sqlite://shop.db", "url/malformed"],
    ["oracle://localhost/x", "url/unknown-scheme"],
  ])("refuses the URL %j in one sentence", (url, code) => {
    expect(() => createEngine(url)).toThrow(expect.objectContaining({ code }));
  });

  test("never shows a password", () => {
    expect(() => createEngine("postgresql://ann:secret@:x/db")).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining("secret") }),
    );
  });

  test("names the server that it cannot reach, and can be used again", async () => {
    await using engine = createEngine("postgresql://nobody@127.0.0.1:9/none");
    for (let turn = 0; turn < 2; turn++) {
      const error = await caught(() => engine.execute(select(places)).all());
      expect(error).toBeInstanceOf(ConnectionError);
      expect(String(error)).toContain("127.0.0.1:9");
    }
  });

  test("says that the synchronous colour has no server", () => {
    expect(() => createSyncEngine("postgresql://localhost/x")).toThrow(
      expect.objectContaining({ code: "engine/sync-unsupported" }),
    );
  });

  test("says that it is disposed", async () => {
    const engine = createEngine("sqlite://");
    await engine.dispose();
    expect(await caught(() => engine.execute(select(places)).all())).toMatchObject({
      code: "engine/disposed",
    });
  });
});
