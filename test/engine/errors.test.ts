import { expect, test } from "vitest";
import {
  createEngine,
  type DbError,
  type Engine,
  insert,
  integer,
  MetaData,
  string,
  table,
} from "../../src/entries/index.ts";

const postgres = process.env["ORMOLU_TEST_POSTGRES"];
const urls = ["sqlite://", "sqlite+better-sqlite3://", ...(postgres ? [postgres] : [])];

const metadata = new MetaData();
const parents = table("error_parents", metadata, {
  id: integer().primaryKey(),
  name: string(50).unique(),
  age: integer().check("age >= 0"),
});
table("error_children", metadata, {
  id: integer().primaryKey(),
  get parentId() {
    return integer().references(parents.c.id);
  },
});

async function errorOf(work: PromiseLike<unknown>): Promise<DbError> {
  try {
    await work;
  } catch (error) {
    return error as DbError;
  }
  expect.unreachable();
}

async function raw(engine: Engine, sql: string, parameters: readonly unknown[] = []): Promise<unknown> {
  await using connection = await engine.connect();
  const result = await connection.executeRaw(sql, parameters);
  await connection.commit();
  return result.rows;
}

test.each(urls)("%s: broken constraints are conflicts with facts", async (url) => {
  await using engine = createEngine(url);
  await metadata.dropAll(engine);
  await metadata.createAll(engine);
  await engine.execute(insert(parents).values({ name: "ann", age: 1 }));

  const unique = await errorOf(engine.execute(insert(parents).values({ name: "ann", age: 1 })));
  expect(unique).toMatchObject({
    name: "ConflictError",
    code: "conflict/unique",
    facts: { constraint: "unique", table: "error_parents", columns: ["name"] },
  });
  const missing = await errorOf(raw(engine, "INSERT INTO error_parents (name) VALUES ('bob')"));
  expect(missing).toMatchObject({
    code: "conflict/not-null",
    facts: { constraint: "notNull", table: "error_parents", columns: ["age"] },
  });
  const check = await errorOf(engine.execute(insert(parents).values({ name: "cid", age: -1 })));
  expect(check).toMatchObject({
    code: "conflict/check",
    facts: { constraint: "check", table: "error_parents" },
  });
  const foreign = await errorOf(raw(engine, "INSERT INTO error_children (id, parent_id) VALUES (1, 99)"));
  expect(foreign).toMatchObject({
    code: "conflict/foreign-key",
    facts: { constraint: "foreignKey", table: "error_children" },
  });
  await metadata.dropAll(engine);
});

test.each(urls)("%s: a refused statement says which, and hides its values", async (url) => {
  await using engine = createEngine(url);
  const placeholder = url.startsWith("sqlite") ? "?" : "$1";
  const error = await errorOf(raw(engine, `SELECT * FROM nowhere WHERE x = ${placeholder}`, ["secret"]));
  expect(error).toMatchObject({
    name: "DatabaseError",
    code: "database/missing-table",
    facts: { table: "nowhere", parameters: ["string of 6 characters"] },
  });
  expect(error.message).not.toContain("secret");
  expect(await errorOf(raw(engine, "SELEC 1"))).toMatchObject({
    code: "database/failed",
    facts: { sql: "SELEC 1" },
  });

  await using open = createEngine(url, { showParameters: true });
  const shown = await errorOf(raw(open, `SELECT * FROM nowhere WHERE x = ${placeholder}`, ["plain"]));
  expect(shown.facts["parameters"]).toEqual(['"plain"']);
});

test.each(urls)("%s: undefined is never sent", async (url) => {
  await using engine = createEngine(url);
  const placeholder = url.startsWith("sqlite") ? "?" : "$1";
  const error = await errorOf(raw(engine, `SELECT ${placeholder}`, [undefined]));
  expect(error.code).toBe("types/wrong-value");
});

test("an unreachable server is named", async () => {
  await using engine = createEngine("postgresql://ann:secret@127.0.0.1:1/shop");
  const error = await errorOf(engine.connect());
  expect(error).toMatchObject({ name: "ConnectionError", code: "connection/unreachable", retryable: true });
  expect(error.message).toContain("127.0.0.1:1");
  expect(error.message).not.toContain("secret");
});

test("a file that cannot be opened is named", async () => {
  await using engine = createEngine("sqlite:////no/such/folder/shop.db");
  const error = await errorOf(engine.connect());
  expect(error.code).toBe("connection/unreachable");
  expect(error.message).toContain("/no/such/folder/shop.db");
});

test.skipIf(!postgres)("a database that does not exist, and a wrong user, are refusals", async () => {
  const url = new URL(postgres!);
  url.pathname = "/nowhere";
  await using engine = createEngine(url.href);
  const error = await errorOf(engine.connect());
  expect(error).toMatchObject({ code: "connection/refused", retryable: false });
  expect(error.message).toContain("nowhere");
});

test.skipIf(!postgres)("a connection that the server ended is replaced", async () => {
  await using engine = createEngine(postgres!, { poolSize: 1, maxOverflow: 0 });
  const pid = async () => {
    await using connection = await engine.connect();
    return (await connection.executeRaw("SELECT pg_backend_pid()")).rows[0]![0] as number;
  };
  const first = await pid();
  await using other = createEngine(postgres!);
  const connection = await engine.connect();
  await raw(other, "SELECT pg_terminate_backend($1)", [first]);
  const error = await errorOf(connection.executeRaw("SELECT 1"));
  expect(error).toMatchObject({ name: "ConnectionError", code: "connection/lost" });
  await connection.close();
  const second = await pid();
  expect(second).not.toBe(first);

  await raw(other, "SELECT pg_terminate_backend($1)", [second]);
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(await pid()).not.toBe(second);
});

test.skipIf(!postgres)("after a failure in a transaction, the next statement says so", async () => {
  await using engine = createEngine(postgres!);
  await using connection = await engine.connect();
  await errorOf(connection.executeRaw("SELECT 1/0"));
  expect((await errorOf(connection.executeRaw("SELECT 1/0"))).code).toBe("transaction/failed");
});
