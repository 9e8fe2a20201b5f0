import { afterAll, expect, test } from "vitest";
import { bindParameters, compile } from "../../src/compile/compile.ts";
import { postgresCodec } from "../../src/dialects/postgres/codec.ts";
import { sqlite } from "../../src/dialects/sqlite/index.ts";
import {
  bigInt,
  binary,
  boolean,
  columnOf,
  createEngine,
  date,
  dateTime,
  enumeration,
  float,
  func,
  insert,
  integer,
  json,
  literal,
  MetaData,
  numeric,
  select,
  smallInt,
  string,
  table,
  text,
  time,
  uuid,
} from "../../src/entries/index.ts";
import { arrayType } from "../../src/types/array.ts";
import { bigIntType, integerType } from "../../src/types/number.ts";
import { decodeDateTime, encodeDateTime } from "../../src/types/timestamp-text.ts";
import { decimalType } from "./decimal-type.ts";

const postgres = process.env["ORMOLU_TEST_POSTGRES"];
const urls = ["sqlite://", "sqlite+better-sqlite3://", ...(postgres ? [postgres] : []), "pglite://"];
const engines = new Map<string, ReturnType<typeof createEngine>>();
afterAll(async () => {
  for (const engine of engines.values()) await engine.dispose();
});

function engineOf(url: string) {
  const engine = engines.get(url) ?? createEngine(url);
  engines.set(url, engine);
  return engine;
}

const metadata = new MetaData();
const things = table("value_things", metadata, {
  id: integer().primaryKey(),
  small: smallInt().nullable(),
  big: bigInt().nullable(),
  name: string(50).nullable(),
  note: text().nullable(),
  yes: boolean().nullable(),
  ratio: float().nullable(),
  price: numeric(12, 2).nullable(),
  exact: numeric().nullable(),
  day: date().nullable(),
  at: time().nullable(),
  moment: dateTime().nullable(),
  zoned: dateTime({ timezone: true }).nullable(),
  document: json().nullable(),
  key: uuid().nullable(),
  bytes: binary().nullable(),
  color: enumeration("red", "green").nullable(),
  numbers: columnOf(arrayType(integerType())).nullable(),
  bigs: columnOf(arrayType(bigIntType())).nullable(),
  decimals: columnOf(arrayType(decimalType)).nullable(),
});

const values = {
  small: -5,
  big: 9007199254740993n,
  name: 'O\'Neill \\ "ñ" 🦝',
  note: "",
  yes: false,
  ratio: 0.1,
  price: "1234567890.10",
  exact: "1.25",
  day: "2026-02-28",
  at: "23:59:59",
  moment: new Date("2026-10-25T01:30:00.123Z"),
  zoned: new Date("1969-12-31T23:59:59.999Z"),
  document: { list: [1, "two", null, true], text: "null" },
  key: "0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0",
  bytes: new Uint8Array([0, 255, 39, 92]),
  color: "green" as const,
  numbers: [1, -2, 3],
  bigs: [9007199254740993n],
  decimals: ["1.10", "2.50"],
};

test.each(urls)("%s: every type gives back what it was given, and NULL as null", async (url) => {
  const engine = engineOf(url);
  await metadata.dropAll(engine);
  await metadata.createAll(engine);
  await engine.execute(insert(things).values(values));
  await engine.execute(insert(things), Object.fromEntries(Object.keys(values).map((key) => [key, null])));
  const [first, second] = await engine.execute(select(things).orderBy(things.c.id)).mappings();
  expect(first).toEqual({ id: 1, ...values });
  for (const key of Object.keys(values)) expect(second).toHaveProperty(key, null);
  for (const key of ["big", "price", "moment", "zoned", "day", "key", "color", "yes"] as const) {
    const found = select(things.c.id).where(things.c[key].eq(values[key] as never));
    expect(await engine.execute(found).scalars(), key).toEqual([1]);
  }
  await metadata.dropAll(engine);
});

test.each(urls)("%s: expressions without a column have sensible types", async (url) => {
  const engine = engineOf(url);
  const row = await engine
    .execute(select(literal(7).div(2).label("half"), func.count().label("count"), literal("x").label("x")))
    .one();
  expect(row.count).toBe(1);
  expect(row.x).toBe("x");
});

test.each(urls)("%s: SQL text gives values of the database's types", async (url) => {
  const engine = engineOf(url);
  await using connection = await engine.connect();
  const placeholder = url.startsWith("sqlite") ? "?" : "$1::int";
  const { rows } = await connection.executeRaw(
    `SELECT ${placeholder}, 9007199254740993, 1.5, 'a', NULL`,
    [5],
  );
  expect([...rows[0]!.slice(0, 2), rows[0]![3], rows[0]![4]]).toEqual([5, 9007199254740993n, "a", null]);
});

test("SQLite keeps 15 digits of a decimal exactly, and refuses more", () => {
  const { encode, decode } = sqlite.codec(decimalType);
  expect(encode!("99.99")).toBe(99.99);
  expect(encode!("100")).toBe(100n);
  expect(decode!(0.30000000000000004)).toBe("0.30");
  expect(() => encode!("1234567890123456.78")).toThrow("of which SQLite keeps 15 exactly");
});

test("integers are bound to SQLite as integers", () => {
  const compiled = compile(select(literal(1)).node, sqlite);
  expect(bindParameters(compiled, undefined, sqlite)).toEqual([1n]);
});

test("PostgreSQL's arrays are read and written as text", () => {
  const ints = postgresCodec(arrayType(integerType()));
  expect(ints.encode!([1, null, 3])).toBe("{1,NULL,3}");
  expect(ints.decode!("{1,NULL,3}")).toEqual([1, null, 3]);
  expect(ints.decode!("[0:1]={1,2}")).toEqual([1, 2]);
  const texts = postgresCodec({ ...arrayType(integerType()), item: { ...integerType(), name: "text" } });
  const hard = ["NULL", "", 'a"b\\c', "a,b", "{x}", "plain"];
  expect(texts.decode!(texts.encode!(hard))).toEqual(hard);
  expect(texts.decode!("{{a,b},{c,NULL}}")).toEqual([
    ["a", "b"],
    ["c", null],
  ]);
});

test("points in time are read in any form, without the zone of the process", () => {
  const iso = (text: string) => decodeDateTime(text).toISOString();
  expect(iso("2026-01-31 12:00:00")).toBe("2026-01-31T12:00:00.000Z");
  expect(iso("2026-01-31 12:00:00.123456+02")).toBe("2026-01-31T10:00:00.123Z");
  expect(iso("2026-01-31 12:00:00-05:30")).toBe("2026-01-31T17:30:00.000Z");
  expect(iso("2026-01-31T12:00:00Z")).toBe("2026-01-31T12:00:00.000Z");
  expect(iso("2026-01-31")).toBe("2026-01-31T00:00:00.000Z");
  expect(iso("0044-03-15 00:00:00 BC")).toBe("-000043-03-15T00:00:00.000Z");
  expect(() => decodeDateTime("infinity")).toThrow("types/undecodable");
  expect(() => encodeDateTime(new Date(Number.NaN), "millis")).toThrow("types/wrong-value");
});
