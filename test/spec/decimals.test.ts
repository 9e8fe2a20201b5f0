import { expect } from "vitest";
import {
  check,
  deleteFrom,
  type Expression,
  func,
  insert,
  integer,
  MetaData,
  numeric,
  select,
  table,
  update,
} from "../../src/entries/index.ts";
import { specWith } from "../support/spec.ts";

const metadata = new MetaData();
const lines = table(
  "lines",
  metadata,
  {
    id: integer().primaryKey(),
    price: numeric(10, 2),
    count: numeric(6),
    rate: numeric(4, 3).default("0.190"),
    whole: numeric(18).default("0"),
  },
  (c) => [check(c.price.mul(c.count).le("1000"))],
);
const { id, price, count, rate, whole } = lines.c;

const spec = specWith({ tables: metadata, pglite: true });

/** 0.1 * 3, 0.1 + 0.2 and 2.5 * 0.19 are none of them what they are on paper, as binary fractions. */
const rows = [
  { id: 1, price: "0.10", count: "3" },
  { id: 2, price: "0.20", count: "1" },
  { id: 3, price: "3.00", count: "2" },
  { id: 4, price: "2.50", count: "1" },
];

spec("computed decimals are compared by what they are on paper", async ({ engine }) => {
  await engine.execute(insert(lines).values(rows));
  const idsWhere = async (condition: Expression<boolean>) =>
    await engine.execute(select(id).where(condition).orderBy(id)).scalars().all();
  expect(await idsWhere(price.mul("3").eq("0.30"))).toEqual([1]);
  expect(await idsWhere(price.mul(count).eq("0.30"))).toEqual([1]);
  expect(await idsWhere(price.add("0.20").in(["0.30", "0.40"]))).toEqual([1, 2]);
  expect(await idsWhere(price.add("0.20").mul("3").sub("0.10").between("0.80", "0.80"))).toEqual([1]);
  expect(await idsWhere(price.mul("3").ne("0.30"))).toEqual([2, 3, 4]);
  expect(await idsWhere(price.mod("0.10").eq("0"))).toEqual([1, 2, 3, 4]);
  expect(await idsWhere(price.div("2").eq("1.5"))).toEqual([3]);
  expect(await idsWhere(func.round(price.mul(rate), 2).eq("0.48"))).toEqual([4]);
  expect(await idsWhere(func.round(price.div("7"), 2).eq("0.43"))).toEqual([3]);
});

spec("sums of decimals are exact, over windows too", async ({ engine }) => {
  await engine.execute(insert(lines).values(rows));
  const total = func.sum(price);
  const few = select(total).where(id.lt(3));
  expect(
    await engine
      .execute(few.having(total.eq("0.30")))
      .scalars()
      .all(),
  ).toEqual(["0.30"]);
  const running = select(id, total.over({ orderBy: [id] }).label("running")).subquery("sums");
  expect(
    await engine
      .execute(select(running.c.id).where(running.c.running.eq("0.30")))
      .scalars()
      .all(),
  ).toEqual([2]);
  const threefold = price.mul("3").label("threefold");
  expect(
    await engine
      .execute(select(threefold).where(id.lt(3)).distinct().orderBy(threefold))
      .scalars()
      .all(),
  ).toEqual(["0.30", "0.60"]);
});

spec("computed decimals are stored with the digits of their column", async ({ engine }) => {
  await engine.execute(insert(lines).values(rows));
  await engine.execute(
    update(lines)
      .set({ price: price.mul("3") })
      .where(id.eq(1)),
  );
  await engine.execute(
    update(lines)
      .set({ price: price.mul(rate) })
      .where(id.eq(4)),
  );
  await engine.execute(
    update(lines)
      .set({ price: price.div("7") })
      .where(id.eq(3)),
  );
  expect(await engine.execute(select(price).orderBy(id)).scalars().all()).toEqual([
    "0.30",
    "0.20",
    "0.43",
    "0.48",
  ]);
  const exact = deleteFrom(lines)
    .where(price.in(["0.30", "0.43", "0.48"]))
    .returning(id);
  expect((await engine.execute(exact).scalars().all()).sort()).toEqual([1, 3, 4]);
});

spec("whole decimals are exact to 18 digits", async ({ engine }) => {
  await engine.execute(insert(lines).values({ price: "1", count: "1", whole: "123456789012345678" }));
  const found = select(whole.mul("2")).where(whole.add("1").eq("123456789012345679"));
  expect(await engine.execute(found).scalars().all()).toEqual(["246913578024691356"]);
});

spec("a check calculates as exactly", async ({ engine }) => {
  await engine.execute(insert(lines).values({ price: "333.10", count: "3", whole: "1" }));
  await engine.execute(insert(lines).values({ price: "0.10", count: "10000", whole: "1" }));
  await expect(
    Promise.resolve().then(() => engine.execute(insert(lines).values({ price: "0.11", count: "10000" }))),
  ).rejects.toMatchObject({ code: "conflict/check" });
});
