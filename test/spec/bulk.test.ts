import { expect } from "vitest";
import {
  declarativeBase,
  deleteFrom,
  insert,
  inspect,
  integer,
  select,
  string,
  update,
} from "../../src/entries/index.ts";
import { spec } from "../support/spec.ts";

const Base = declarativeBase();
class Item extends Base("items", {
  id: integer().primaryKey(),
  name: string(30),
  price: integer(),
}) {}

const tables = Base.metadata;
const items = () => ["pen", "ink", "pad"].map((name, index) => new Item({ name, price: index + 1 }));

spec("an update in memory reaches the objects of the session", { tables }, async ({ session, emitted }) => {
  const [pen, ink, pad] = session.addAll(items());
  await session.flush();
  emitted();
  const change = update(Item)
    .set({ price: Item.c.price.add(10) })
    .where(Item.c.price.lt(3));
  const result = session.execute(change, undefined, { synchronizeSession: "evaluate" });
  expect(await result.rowCount).toBe(2);
  expect([pen?.price, ink?.price, pad?.price]).toEqual([11, 12, 3]);
  expect(emitted().length).toBe(1);
});

spec("a condition that memory cannot compute is fetched, or refused", { tables }, async ({ session }) => {
  const [pen, ink] = session.addAll(items());
  await session.flush();
  const change = update(Item).set({ price: 0 }).where(Item.c.name.like("p%"));
  await session.execute(change);
  expect([pen?.price, ink?.price]).toEqual([0, 2]);
  const evaluate = { synchronizeSession: "evaluate" } as const;
  await expect((async () => await session.execute(change, undefined, evaluate))()).rejects.toMatchObject({
    code: "bulk/cannot-evaluate",
  });
});

spec("a delete takes the objects out; a rollback brings them back", { tables }, async ({ session }) => {
  const [pen, ink] = session.addAll(items());
  await session.commit();
  // Objects that are expired are not looked at: they will be read again anyway.
  for (const item of [pen, ink]) await session.refresh(item as Item);
  expect(await session.query(Item).filter(Item.c.name.eq("pen")).delete()).toBe(1);
  expect(inspect(pen as Item).state).toBe("deleted");
  expect(inspect(ink as Item).state).toBe("persistent");
  await session.rollback();
  expect(inspect(pen as Item).state).toBe("persistent");
});

spec("none leaves the objects as they are", { tables }, async ({ session }) => {
  const [pen] = session.addAll(items());
  await session.flush();
  await session.query(Item).update({ price: 7 }, { synchronizeSession: "none" });
  expect(pen?.price).toBe(1);
  await session.refresh(pen as Item);
  expect(pen?.price).toBe(7);
});

spec("rows that are inserted come back as objects", { tables, needs: ["returning"] }, async ({ session }) => {
  const rows = [
    { name: "pen", price: 1 },
    { name: "ink", price: 2 },
  ];
  const made = await session.scalars(insert(Item).values(rows).returning(Item));
  expect(Array.from(made, (item) => item.name)).toEqual(["pen", "ink"]);
  expect(inspect(Array.from(made)[0] as Item).state).toBe("persistent");
});

spec(
  "an upsert gives the object with the new values",
  { tables, needs: ["returning"] },
  async ({ session }) => {
    const pen = session.add(new Item({ id: 1, name: "pen", price: 1 }));
    await session.flush();
    const upsert = insert(Item)
      .values({ id: 1, name: "pen", price: 9 })
      .onConflictDoUpdate({ target: [Item.c.id], set: { price: 9 } })
      .returning(Item);
    const [same] = await session.scalars(upsert);
    expect(same).toBe(pen);
    expect(pen.price).toBe(9);
  },
);

spec("only a plain query can be updated or deleted by", { tables }, async ({ session }) => {
  const limited = session.query(Item).limit(1);
  await expect((async () => await limited.delete())()).rejects.toMatchObject({ code: "bulk/not-a-filter" });
  await session.execute(deleteFrom(Item));
  expect(await session.query(Item).count()).toBe(0);
  expect(await session.scalar(select(Item))).toBe(null);
});
