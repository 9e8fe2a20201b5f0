import { expect } from "vitest";
import {
  bigInt,
  declarativeBase,
  func,
  insert,
  integer,
  numeric,
  parameter,
  select,
  string,
  update,
} from "../../src/entries/index.ts";
import { specWith } from "../support/spec.ts";

const Base = declarativeBase();
class Item extends Base("items", {
  id: integer().primaryKey(),
  name: string(20),
  count: integer().default(0),
  large: bigInt().nullable(),
  price: numeric().nullable(),
}) {}

const spec = specWith({ tables: Base.metadata });
const long = "x".repeat(21);
const tooLong = `expects at most 20 characters, got 21: "${long}"`;
const tooLarge =
  "expects an integer from -2147483648 to 2147483647 (bigInt() holds larger ones), got: 2147483648";

spec("what a column cannot hold is refused where it is assigned", async ({ session }) => {
  expect(() => new Item({ name: long })).toThrow(`mapping/wrong-value: Item.name ${tooLong}`);
  const item = session.add(new Item({ name: "\u{1F600}".repeat(20), count: 2 ** 31 - 1 }));
  await session.commit();
  expect(() => {
    item.name = long;
  }).toThrow(`mapping/wrong-value: Item.name ${tooLong}`);
  expect(() => {
    item.count = 2 ** 31;
  }).toThrow(`mapping/wrong-value: Item.count ${tooLarge}`);
  item.count = -(2 ** 31);
  await session.commit();
  expect(await session.scalar(select(Item.c.count))).toBe(-(2 ** 31));
});

spec("and where a statement is made", async ({ engine }) => {
  expect(() => insert(Item).values({ name: long })).toThrow(`sql/wrong-value: items.name ${tooLong}`);
  expect(() => update(Item).set({ count: 2 ** 31 })).toThrow(`sql/wrong-value: items.count ${tooLarge}`);
  const run = async () => await engine.execute(insert(Item), [{ name: "a" }, { name: long }]);
  await expect(run()).rejects.toThrow(`sql/wrong-value: items.name ${tooLong}`);
});

spec("comparing with what no column holds is no mistake", async ({ engine }) => {
  await engine.execute(
    insert(Item).values([
      { name: "a", count: 2 ** 31 - 1 },
      { name: "b", count: 2 ** 31 - 1 },
    ]),
  );
  const named = select(Item.c.id).where(Item.c.name.eq(parameter("name")));
  expect(await engine.execute(named, { name: long }).scalars().all()).toEqual([]);
  expect(
    await engine
      .execute(select(Item.c.id).where(Item.c.name.in([long, "b"])))
      .scalars()
      .all(),
  ).toEqual([2]);
  const total = func.sum(Item.c.count);
  expect(
    await engine
      .execute(select(total).having(total.gt(2 ** 31)))
      .scalars()
      .all(),
  ).toEqual([2 ** 32 - 2]);
});

spec(
  "a decimal of more digits than the database keeps is refused by the name of its column",
  async (context) => {
    const { engine, session, dialect } = context;
    const price = "12345678901.123456789";
    const statement = insert(Item).values({ name: "a", price });
    session.add(new Item({ name: "b", price }));
    if (dialect.name !== "sqlite") {
      await session.commit();
      expect(await engine.execute(select(Item.c.price)).scalars().all()).toEqual([price]);
      return;
    }
    const sentence = "sql/wrong-value: items.price has 20 digits, of which SQLite keeps 15 exactly";
    await expect(Promise.resolve().then(() => session.flush())).rejects.toThrow(sentence);
    await session.rollback();
    await expect(Promise.resolve().then(() => engine.execute(statement))).rejects.toThrow(sentence);
    const many = Promise.resolve().then(() => engine.execute(insert(Item), [{ name: "a", price }]));
    await expect(many).rejects.toThrow(sentence);
    const change = Promise.resolve().then(() => engine.execute(update(Item).set({ price })));
    await expect(change).rejects.toThrow(sentence);
  },
);
