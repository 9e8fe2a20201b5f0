import { expect, test } from "vitest";
import {
  alias,
  and,
  bigInt,
  boolean,
  caseWhen,
  date,
  dateTime,
  deleteFrom,
  type Engine,
  type Expression,
  enumeration,
  exists,
  float,
  func,
  index,
  insert,
  integer,
  json,
  MetaData,
  not,
  numeric,
  or,
  primaryKey,
  select,
  sql,
  string,
  table,
  text,
  time,
  unique,
  update,
  uuid,
} from "../../src/entries/index.ts";
import { specWith } from "../support/spec.ts";

const metadata = new MetaData();
const brands = table("brands", metadata, {
  id: integer().primaryKey(),
  name: string(50).unique(),
});
const cars = table(
  "cars",
  metadata,
  {
    id: integer().primaryKey(),
    model: string(50),
    price: numeric(10, 2),
    sold: boolean().default(false),
    get brandId() {
      return integer().references(brands.c.id, { onDelete: "cascade" });
    },
  },
  (c) => [index("idx_cars_model", c.model), unique(c.brandId, c.model)],
);

const spec = specWith({ tables: metadata });

async function fill(engine: Engine): Promise<void> {
  await engine.execute(insert(brands).values([{ name: "volvo" }, { name: "saab" }, { name: "fiat" }]));
  await engine.execute(
    insert(cars).values([
      { model: "v70", price: "20000.50", brandId: 1, sold: false },
      { model: "xc90", price: "51000.00", brandId: 1, sold: false },
      { model: "900", price: "4000.25", brandId: 2, sold: true },
    ]),
  );
}

spec("inserts rows, with defaults, and gives generated keys back", async ({ engine, emitted, expectSql }) => {
  const [row] = await engine.execute(insert(brands).values({ name: "volvo" }).returning(brands.c.id));
  expect(row?.id).toBe(1);
  emitted();
  const [car] = await engine.execute(
    insert(cars).values({ model: "v70", price: "1.50", brandId: 1 }).returning(cars.c.sold, cars.c.price),
  );
  expect([...(car ?? [])]).toEqual([false, "1.50"]);
  const sent = emitted().filter((line) => line.startsWith("INSERT"));
  expectSql(sent, [
    'INSERT INTO cars (model, price, brand_id, sold) VALUES (?, ?, ?, ?) RETURNING sold, price -- ["v70", "1.50", 1, false]',
  ]);
});

spec("joins along the foreign key when no condition is given", async ({ engine, expectSql }) => {
  await fill(engine);
  const statement = select(brands.c.name, cars.c.model)
    .join(cars)
    .where(cars.c.price.gt("10000"))
    .orderBy(cars.c.model);
  expectSql(
    statement,
    `SELECT brands.name, cars.model FROM brands JOIN cars ON cars.brand_id = brands.id
     WHERE cars.price > ? ORDER BY cars.model`,
  );
  const rows = await engine.execute(statement).all();
  expect(rows.map(({ name, model }) => [name, model])).toEqual([
    ["volvo", "v70"],
    ["volvo", "xc90"],
  ]);
});

spec("groups, counts and keeps what has enough", async ({ engine, expectSql }) => {
  await fill(engine);
  const statement = select(
    brands.c.name,
    func.count(cars.c.id).label("n"),
    func.sum(cars.c.price).label("total"),
  )
    .outerJoin(cars)
    .groupBy(brands.c.id, brands.c.name)
    .having(func.count(cars.c.id).lt(2))
    .orderBy(brands.c.name.desc());
  const withTotal = (total: string) =>
    `SELECT brands.name, count(cars.id) AS n, ${total} AS total
     FROM brands LEFT OUTER JOIN cars ON cars.brand_id = brands.id
     GROUP BY brands.id, brands.name HAVING count(cars.id) < ? ORDER BY brands.name DESC`;
  expectSql(statement, {
    ansi: withTotal("sum(cars.price)"),
    sqlite: withTotal("ROUND(sum(cars.price), 2)"),
  });
  const rows = await engine.execute(statement).all();
  expect(rows.map((row) => [row.name, row.n, row.total])).toEqual([
    ["saab", 1, "4000.25"],
    ["fiat", 0, null],
  ]);
});

spec("filters with and, or, not, in, like, between and null", async ({ engine, expectSql }) => {
  await fill(engine);
  const statement = select(cars.c.model)
    .where(
      or(
        and(cars.c.model.like("x%"), not(cars.c.sold.eq(true))),
        cars.c.model.in(["900", "none"]),
        cars.c.price.between("1", "2"),
        cars.c.brandId.eq(null as never),
      ),
    )
    .orderBy(cars.c.model);
  const withList = (list: string) =>
    `SELECT cars.model FROM cars WHERE cars.model LIKE ? AND cars.sold != ?
       OR cars.model ${list} OR cars.price BETWEEN ? AND ? OR cars.brand_id IS NULL
     ORDER BY cars.model`;
  expectSql(statement, { ansi: withList("IN (?, ?)"), postgresql: withList("= ANY (?)") });
  expect((await engine.execute(statement).all()).map(([model]) => model)).toEqual(["900", "xc90"]);
});

spec("makes an empty list false, and its opposite true", async ({ engine }) => {
  await fill(engine);
  expect(await engine.execute(select(cars.c.id).where(cars.c.id.in([]))).all()).toEqual([]);
  expect(await engine.execute(select(cars.c.id).where(cars.c.id.notIn([]))).all()).toHaveLength(3);
});

spec("limits, offsets, and leaves out repeated rows", async ({ engine, expectSql }) => {
  await fill(engine);
  const page = select(cars.c.id).orderBy(cars.c.id).limit(1).offset(1);
  expectSql(page, "SELECT cars.id FROM cars ORDER BY cars.id LIMIT ? OFFSET ?");
  expect((await engine.execute(page).all()).map(([id]) => id)).toEqual([2]);
  const distinct = select(cars.c.brandId).distinct().orderBy(cars.c.brandId);
  expect((await engine.execute(distinct).all()).map(([id]) => id)).toEqual([1, 2]);
});

spec("uses subqueries as tables, as values, and in EXISTS", async ({ engine, expectSql }) => {
  await fill(engine);
  const dear = select(cars.c.brandId, func.max(cars.c.price).label("top"))
    .groupBy(cars.c.brandId)
    .subquery("dear");
  const joined = select(brands.c.name, dear.c.top)
    .join(dear, dear.c.brandId.eq(brands.c.id))
    .orderBy(brands.c.name);
  expect((await engine.execute(joined).all()).map((row) => [...row])).toEqual([
    ["saab", "4000.25"],
    ["volvo", "51000.00"],
  ]);

  const lonely = select(brands.c.name).where(
    not(exists(select(cars.c.id).where(cars.c.brandId.eq(brands.c.id)))),
  );
  expectSql(
    lonely,
    `SELECT brands.name FROM brands
     WHERE NOT EXISTS (SELECT cars.id FROM cars WHERE cars.brand_id = brands.id)`,
  );
  expect((await engine.execute(lonely).all()).map(([name]) => name)).toEqual(["fiat"]);
});

spec("joins a table to itself by an alias", async ({ engine }) => {
  await fill(engine);
  const other = alias(cars, "other");
  const pairs = select(cars.c.model, other.c.model)
    .join(other, and(other.c.brandId.eq(cars.c.brandId), other.c.id.gt(cars.c.id)))
    .orderBy(cars.c.id);
  expect((await engine.execute(pairs).all()).map((row) => [...row])).toEqual([["v70", "xc90"]]);
});

spec("computes with cases and functions", async ({ engine }) => {
  await fill(engine);
  const kind = caseWhen([[cars.c.price.gt("40000"), "dear"]], "cheap").label("kind");
  const rows = await engine
    .execute(select(func.upper(cars.c.model).label("name"), kind).orderBy(cars.c.id))
    .all();
  expect(rows.map((row) => [row.name, row.kind])).toEqual([
    ["V70", "cheap"],
    ["XC90", "dear"],
    ["900", "cheap"],
  ]);
});

spec("updates and deletes, and tells how many rows", async ({ engine }) => {
  await fill(engine);
  const raised = update(cars)
    .set({ price: cars.c.price.mul("2") })
    .where(cars.c.brandId.eq(1));
  expect(await engine.execute(raised).rowCount).toBe(2);
  const [gone] = await engine.execute(deleteFrom(cars).where(cars.c.model.eq("v70")).returning(cars.c.price));
  expect(gone?.price).toBe("40001.00");
  expect(await engine.execute(select(func.count(cars.c.id))).scalar()).toBe(2);
});

spec("computes and compares exact decimals with every other number", async ({ engine }) => {
  await fill(engine);
  const { id, price } = cars.c;
  const row = await engine
    .execute(
      select(
        price.mul(id).label("scaled"),
        id.mul(price).label("swapped"),
        price.mul(3).add(5n).label("literal"),
        price.mul(id.cast(float())).label("float"),
        func.coalesce(func.sum(price.mul(id)), 0).label("sum"),
      )
        .where(and(price.gt(id), id.lt(price), price.ge(5), price.in([cars.c.price, 1, 2n, "3"])), id.eq(2))
        .groupBy(id, price),
    )
    .one();
  expect([...row]).toEqual(["102000.00", "102000.00", "153005.00", "102000", "102000.00"]);
});

const everything = new MetaData();
const records = table(
  "records",
  everything,
  {
    code: string(10),
    part: integer(),
    money: numeric(12, 2),
    ratio: float(),
    flag: boolean(),
    day: date(),
    at: dateTime(),
    zoned: dateTime({ timezone: true }),
    hour: time(),
    document: json<{ list: (number | null)[] }>(),
    token: uuid(),
    size: enumeration("small", "large").named("size"),
    note: text().nullable(),
  },
  (c) => [primaryKey(c.code, c.part)],
);

specWith({ tables: everything })("gives values of every type back as they went in", async ({ engine }) => {
  const values = {
    code: "a",
    part: 1,
    money: "1234567890.10",
    ratio: 0.1,
    flag: true,
    day: "2024-02-29",
    at: new Date("2024-02-29T10:11:12.345Z"),
    zoned: new Date("2024-02-29T10:11:12.345Z"),
    hour: "08:30:00",
    document: { list: [1, null] },
    token: "3f2504e0-4f89-41d3-9a0c-0305e82c3301",
    size: "large" as const,
    note: null,
  };
  await engine.execute(insert(records).values(values));
  const row = await engine.execute(select(records)).one();
  expect([...row]).toEqual(Object.values(values));
});

spec("finds values of a list, NULL among them or not, of any type", async ({ engine }) => {
  await fill(engine);
  const count = async (condition: Expression<boolean>) =>
    (await engine.execute(select(cars.c.id).where(condition)).all()).length;
  const all = await count(cars.c.id.gt(0));
  expect(await count(cars.c.id.in([1, 2, 99]))).toBe(2);
  expect(await count(cars.c.id.notIn([1, 2]))).toBe(all - 2);
  expect(await count(cars.c.model.in(["900", 'a "quoted", {one}', "NULL", "\\"]))).toBe(1);
  expect(await count(cars.c.sold.in([true, false]))).toBe(all);
});

const marked = new MetaData();
const notes = table("notes", marked, {
  id: integer().primaryKey(),
  body: string(20),
  state: string(10).default("new"),
});

specWith({ tables: marked })("gives the rows of a union their defaults", async ({ engine, expectSql }) => {
  await engine.execute(insert(notes).values([{ body: "a" }, { body: "b" }]));
  const bodies = (body: string) => select(notes.c.body).where(notes.c.body.eq(body));
  const copied = insert(notes).fromSelect(["body"], bodies("a").union(bodies("b")));
  await engine.execute(copied);
  const rows = await engine.execute(select(notes.c.body, notes.c.state).orderBy(notes.c.id)).all();
  expect(rows.map((row) => row.state)).toEqual(["new", "new", "new", "new"]);
  expect(rows.map((row) => row.body).sort()).toEqual(["a", "a", "b", "b"]);
  expectSql(copied, {
    ansi: `INSERT INTO notes (body) SELECT notes.body FROM notes WHERE notes.body = ?
      UNION SELECT notes.body FROM notes WHERE notes.body = ?`,
  });
});

const promising = new MetaData();
const dreams = table("dreams", promising, {
  id: integer().primaryKey(),
  body: string(20).default((() => Promise.reject(new Error("late"))) as unknown as () => string),
});

specWith({ tables: promising })(
  "says what is right instead of a default that is a promise",
  async ({ engine }) => {
    const insertion = async () => await engine.execute(insert(dreams).values({})).rowCount;
    await expect(insertion()).rejects.toMatchObject({
      code: "sql/promise-default",
      message: expect.stringMatching(/default of body .* at once/),
      hint: expect.not.stringContaining("async"),
    });
  },
);

spec("gives a value in a text the same meaning as anywhere", async ({ engine, dialect }) => {
  const row = await engine
    .execute(
      sql`SELECT ${1} AS a, ${1} + ${2} AS b, ${0.5} AS c, ${3_000_000_000} AS d, ${"x"} AS e, ${null} AS f`,
    )
    .one();
  expect([...row]).toEqual([1, 3, 0.5, 3_000_000_000, "x", null]);
  const [flag] = await engine.execute(sql`SELECT ${true} AS flag`).one();
  // SQLite has no booleans, whatever is asked.
  expect(flag).toBe(dialect.name === "sqlite" ? 1 : true);
  expect(await engine.execute(sql`SELECT ${true} AS flag`.as(boolean())).scalar()).toBe(flag);
});

spec("takes a text in a text for whatever has to be there", async ({ engine }) => {
  await fill(engine);
  const bound = sql`SELECT id FROM cars WHERE price > ${"5000"} AND sold = ${false} AND id IN (${1}, ${2}) ORDER BY id LIMIT ${1}`;
  expect(await engine.execute(bound).scalars().all()).toEqual([1]);
});

spec("names the columns of a union that has a common table expression", async ({ engine }) => {
  await fill(engine);
  const dear = select(cars.c.id, cars.c.brandId).where(cars.c.price.gt("5000")).cte("dear");
  const both = select(dear.c.id, dear.c.brandId.label("id"))
    .union(select(dear.c.id, dear.c.id))
    .with(dear)
    .subquery("s");
  const rows = await engine.execute(select(both.c.id, both.c["id_1" as "id"]).orderBy(both.c.id)).all();
  expect(rows.map((row) => [...row])).toEqual([
    [1, 1],
    [2, 1],
    [2, 2],
  ]);
});

spec("finds an enum in the schema of its table", { needs: ["nativeEnum"] }, async ({ engine }) => {
  const schema = `app_${process.pid}`;
  const elsewhere = new MetaData({ schema });
  const jobs = table("jobs", elsewhere, {
    id: integer().primaryKey(),
    state: enumeration("new", "done"),
    size: enumeration("s", "l").named("job_size"),
  });
  await engine.execute(sql.raw(`CREATE SCHEMA ${schema}`));
  try {
    await elsewhere.createAll(engine);
    await engine.execute(insert(jobs).values({ state: "done", size: "l" }));
    const found = select(jobs.c.state, jobs.c.size).where(jobs.c.state.in(["new", "done"]));
    expect([...(await engine.execute(found).one())]).toEqual(["done", "l"]);
    await elsewhere.createAll(engine);
    await elsewhere.dropAll(engine);
  } finally {
    await engine.execute(sql.raw(`DROP SCHEMA ${schema} CASCADE`));
  }
});

test("says what an INSERT of a query expects", () => {
  const into = insert(cars);
  const query = select(cars.c.id);
  const wrong = (expected: string) =>
    expect.objectContaining({
      code: "sql/from-select",
      message: expect.stringContaining(`fromSelect() expects ${expected}, got: `),
    });
  const keys = "first a list of the columns' keys";
  for (const given of [query, undefined, "id", [cars.c.id], [undefined]]) {
    expect(() => into.fromSelect(given as never, query)).toThrow(wrong(keys));
  }
  for (const given of [undefined, null, cars, insert(cars), ["id"]]) {
    expect(() => into.fromSelect(["id"], given as never)).toThrow(wrong("a query behind the columns' keys"));
  }
  expect(() => into.fromSelect(["idd" as never], query)).toThrow(
    expect.objectContaining({ code: "sql/unknown-column", hint: expect.stringContaining("id") }),
  );
});

const painted = new MetaData();
const lots = table("lots", painted, {
  color: enumeration("red", "blue").references("paints.color"),
});
const paints = table("paints", painted, {
  color: enumeration("red", "blue").primaryKey(),
  get under() {
    return enumeration("red", "blue").nullable().references(paints.c.color);
  },
});
const rooms = table("rooms", painted, {
  id: integer().primaryKey(),
  get color() {
    return enumeration("red", "blue").references(() => paints.c.color);
  },
  other: enumeration("red", "blue"),
});

specWith({})("gives a foreign key the enum of its target", async ({ engine, dialect }) => {
  await painted.createAll(engine);
  const { color, under } = paints.c;
  for (const each of [lots.c.color, under, rooms.c.color]) expect(each.type).toBe(color.type);
  expect([color.type.enumName, rooms.c.other.type.enumName]).toEqual(["paints_color", "rooms_other"]);
  await engine.execute(
    insert(paints).values([
      { color: "red", under: null },
      { color: "blue", under: "red" },
    ]),
  );
  await engine.execute(insert(rooms).values({ color: "blue", other: "red" }));
  const found = select(rooms.c.color, paints.c.under)
    .join(paints)
    .where(rooms.c.color.in(["blue"]));
  expect([...(await engine.execute(found).one())]).toEqual(["blue", "red"]);
  // The type stays as long as a table does that has it.
  await painted.dropAll(engine, { tables: [rooms, lots] });
  expect(await engine.execute(select(color)).scalars().all()).toHaveLength(2);
  await painted.dropAll(engine);
  if (!dialect.features.nativeEnum) return;
  const left = sql`SELECT typname FROM pg_type WHERE typname IN (${"paints_color"}, ${"rooms_other"})`;
  expect(await engine.execute(left).all()).toEqual([]);
});

const numbered = new MetaData();
const users = table("users", numbered, { id: integer().primaryKey() });
const users1 = table("users_1", numbered, { id: integer().primaryKey() });

specWith({ tables: numbered })("makes up no name that is there", async ({ engine, expectSql }) => {
  await engine.execute(insert(users).values([{ id: 1 }, { id: 2 }]));
  await engine.execute(insert(users1).values({ id: 2 }));
  const other = alias(users);
  const statement = select(other.c.id).join(users1, users1.c.id.eq(other.c.id));
  expectSql(statement, "SELECT users_2.id FROM users AS users_2 JOIN users_1 ON users_1.id = users_2.id");
  expect(await engine.execute(statement).scalars().all()).toEqual([2]);
  const nested = select(other.c.id).where(other.c.id.in(select(alias(users1, "Users_2").c.id)));
  expectSql(
    nested,
    `SELECT users_3.id FROM users AS users_3
     WHERE users_3.id IN (SELECT "Users_2".id FROM users_1 AS "Users_2")`,
  );
});

spec("says that an UPDATE has nothing to set", async ({ engine, emitted }) => {
  const empty = async () => await engine.execute(update(brands).set({})).rowCount;
  await expect(empty()).rejects.toMatchObject({
    code: "sql/empty",
    message: expect.stringContaining("update()"),
  });
  expect(emitted()).toEqual([]);
});

spec("refuses a text of several statements before it sends any", async ({ engine, emitted }) => {
  const refused = [
    "select 1; select 2",
    "insert into brands (name) values ('a;b'); -- more\n delete from brands",
    "/* ; */ select 1;\n;select 2",
    'select ";" from brands; drop table brands',
  ];
  for (const each of refused) {
    const run = async () => await engine.execute(sql.raw(each)).all();
    await expect(run()).rejects.toMatchObject({ code: "sql/several-statements" });
    const connection = await engine.connect();
    const runRaw = async () => await connection.executeRaw(each);
    await expect(runRaw()).rejects.toMatchObject({ code: "sql/several-statements" });
    await connection.close();
  }
  expect(emitted().filter((line) => !/^(BEGIN|ROLLBACK)/.test(line))).toEqual([]);
  const taken = ["select 1;", "select ';' as a; -- end;", "select 1 /* ; */ ;; ", `select 'it''s; ' as ";"`];
  for (const each of taken) expect(await engine.execute(sql.raw(each)).all()).toHaveLength(1);
});

spec("finds any number of integers in one parameter", async ({ engine, createAll, emitted, expectSql }) => {
  const metadata = new MetaData();
  const figures = table("figures", metadata, { id: integer().primaryKey(), big: bigInt() });
  await createAll(metadata);
  const huge = 2n ** 60n + 1n;
  const bigs = [-5n, 0n, 7n, huge];
  for (const [index, big] of bigs.entries())
    await engine.execute(insert(figures).values({ id: index + 1, big }));
  const count = async (criterion: Expression<boolean>) =>
    await engine.execute(select(func.count()).selectFrom(figures).where(criterion)).scalar();
  const ids = Array.from({ length: 40_000 }, (_, id) => id + 3);
  emitted();
  expect(await count(figures.c.id.in(ids))).toBe(2);
  const [text] = emitted();
  expectSql(text!.replace(/\[.*$/s, "…"), {
    sqlite: "SELECT count(*) FROM figures WHERE figures.id IN (SELECT value FROM json_each(?)) -- …",
    postgresql: "SELECT count(*) FROM figures WHERE figures.id = ANY ($1) -- …",
  });
  expect(await count(figures.c.id.notIn(ids))).toBe(2);
  const many = Array.from({ length: 20 }, (_, n) => BigInt(n) + 2n ** 60n);
  expect(await count(figures.c.big.in(many))).toBe(1);
  expect(await count(figures.c.big.in([...many, -5n, 0n]))).toBe(3);
  expect(await count(figures.c.big.notIn([...many, 7n]))).toBe(2);
  expect(await count(figures.c.id.add(1).in(ids))).toBe(3);
  await engine.execute(deleteFrom(figures).where(figures.c.id.in(ids)));
  expect(await engine.execute(select(figures.c.big).orderBy(figures.c.id)).scalars().all()).toEqual([
    -5n,
    0n,
  ]);
});
