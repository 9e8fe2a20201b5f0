import { expect, test } from "vitest";
import {
  createEngine,
  dateTime,
  func,
  insert,
  integer,
  MetaData,
  numeric,
  select,
  string,
  table,
  update,
} from "../../src/entries/index.ts";
import { createSyncEngine } from "../../src/entries/sync.ts";

const metadata = new MetaData();
let made = 0;
const users = table("users", metadata, {
  id: integer().primaryKey(),
  name: string(50).unique(),
  number: integer().default(() => ++made),
  changed: integer()
    .nullable()
    .onUpdate(() => 7),
});

const postgres = process.env["ORMOLU_TEST_POSTGRES"];
const urls = ["sqlite://", "sqlite+better-sqlite3://", ...(postgres ? [postgres] : [])];

test.each(urls)("%s: tables are made, filled, read, changed and dropped", async (url) => {
  await using engine = createEngine(url);
  await metadata.dropAll(engine);
  await metadata.createAll(engine);
  await metadata.createAll(engine);
  made = 0;
  await engine.execute(insert(users).values({ name: "ann" }));
  await engine.execute(insert(users), [{ name: "bob" }, { name: "cid", number: 100 }, { name: "dan" }]);
  const rows = await engine.execute(select(users.c.id, users.c.name, users.c.number).orderBy(users.c.id));
  expect(rows.map((row) => [...row])).toEqual([
    [1, "ann", 1],
    [2, "bob", 2],
    [3, "cid", 100],
    [4, "dan", 3],
  ]);
  expect(rows[0]!.name).toBe("ann");
  expect(await engine.execute(update(users).set({ name: "eve" }).where(users.c.id.eq(1))).rowCount).toBe(1);
  expect(await engine.execute(select(users.c.changed).where(users.c.name.eq("eve"))).scalarOne()).toBe(7);
  expect(await engine.execute(select(func.count()).selectFrom(users)).scalar()).toBe(4);
  const [added] = await engine.execute(
    insert(users).values({ name: "fay" }).returning(users.c.id, users.c.number),
  );
  expect(added!.id).toBe(5);
  await metadata.dropAll(engine);
});

test.each(urls)("%s: a failed transaction leaves nothing, a savepoint undoes its part", async (url) => {
  await using engine = createEngine(url);
  await metadata.dropAll(engine);
  await metadata.createAll(engine);
  const failed = engine.begin(async (connection) => {
    await connection.execute(insert(users).values({ name: "ann" }));
    await connection.execute(insert(users).values({ name: "ann" }));
  });
  await expect(failed).rejects.toMatchObject({
    code: "conflict/unique",
    facts: { constraint: "unique", table: "users", columns: ["name"] },
  });
  await engine.begin(async (connection) => {
    await connection.execute(insert(users).values({ name: "bob" }));
    await connection
      .begin(async () => {
        await connection.execute(insert(users).values({ name: "cid" }));
        throw new RangeError("no");
      })
      .catch((error: unknown) => expect(error).toBeInstanceOf(RangeError));
    await connection.execute(insert(users).values({ name: "dan" }));
  });
  expect(await engine.execute(select(users.c.name).orderBy(users.c.name)).scalars().all()).toEqual([
    "bob",
    "dan",
  ]);
  await metadata.dropAll(engine);
});

test.each(urls)("%s: rows can be taken from the database as they are read", async (url) => {
  await using engine = createEngine(url);
  await metadata.dropAll(engine);
  await metadata.createAll(engine);
  await engine.execute(
    insert(users),
    Array.from({ length: 1200 }, (_, index) => ({ name: `user ${index}` })),
  );
  const seen: number[] = [];
  for await (const row of engine.execute(select(users.c.id).orderBy(users.c.id))) seen.push(row.id);
  expect(seen).toHaveLength(1200);
  for await (const row of engine.execute(select(users.c.id).orderBy(users.c.id))) {
    expect(row.id).toBe(1);
    break;
  }
  expect(engine.poolStatus.idle).toBe(engine.poolStatus.size);
  const sizes: number[] = [];
  for await (const part of engine.execute(select(users.c.id)).partitions(500)) sizes.push(part.length);
  expect(sizes).toEqual([500, 500, 200]);
  const portioned = select(users.c.id).orderBy(users.c.id).yieldPer(700);
  sizes.length = 0;
  for await (const part of engine.execute(portioned).partitions()) sizes.push(part.length);
  expect(sizes).toEqual([700, 500]);
  expect(() => engine.execute(portioned).unique()).toThrow("result/unique-in-portions");
  await metadata.dropAll(engine);
});

test("the sync engine does the same without promises", () => {
  using engine = createSyncEngine("sqlite://");
  metadata.createAll(engine);
  engine.begin((connection) => connection.execute(insert(users).values([{ name: "ann" }, { name: "bob" }])));
  const result = engine.execute(select(users.c.id, users.c.name));
  expect(result[1]!.name).toBe("bob");
  expect([...result].map(([id]) => id)).toEqual([1, 2]);
  expect(engine.execute(select(users.c.name).where(users.c.id.eq(1))).scalarOne()).toBe("ann");
  expect(() => engine.execute(select(users.c.name)).one()).toThrow("result/multiple-rows");
  const portioned = select(users.c.name).orderBy(users.c.id).yieldPer(1);
  expect([...engine.execute(portioned).partitions()]).toEqual([[["ann"]], [["bob"]]]);
  expect(engine.execute(portioned).first()).toEqual(["ann"]);
  expect(engine.poolStatus.idle).toBe(engine.poolStatus.size);
  engine.begin((connection) => {
    for (const row of connection.execute(portioned)) {
      expect(row.name).toBe("ann");
      break;
    }
    expect(connection.execute(portioned).scalars().all()).toEqual(["ann", "bob"]);
  });
});

test("values keep their meaning", async () => {
  const things = new MetaData();
  const prices = table("prices", things, {
    id: integer().primaryKey(),
    price: numeric(10, 2),
    at: dateTime(),
  });
  for (const url of urls) {
    await using engine = createEngine(url);
    await things.dropAll(engine);
    await things.createAll(engine);
    const at = new Date("2026-03-29T01:30:00.123Z");
    await engine.execute(insert(prices), [
      { price: "19.99", at },
      { price: "0.10", at },
    ]);
    expect([...(await engine.execute(select(prices.c.price, prices.c.at)).first())!]).toEqual(["19.99", at]);
    expect(await engine.execute(select(prices.c.id).where(prices.c.at.eq(at))).scalars()).toEqual([1, 2]);
    expect(await engine.execute(select(func.sum(prices.c.price))).scalar()).toBe("20.09");
    await things.dropAll(engine);
  }
});
