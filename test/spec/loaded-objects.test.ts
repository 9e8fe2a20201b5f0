import { inspect as show } from "node:util";
import { expect } from "vitest";
import {
  dateTime,
  declarativeBase,
  inspect,
  integer,
  json,
  type Session,
  select,
  sql,
  string,
} from "../../src/entries/index.ts";
import { specWith } from "../support/spec.ts";

const Base = declarativeBase();
class User extends Base("users", {
  id: integer().primaryKey(),
  name: string(50),
  createdAt: dateTime(),
  tags: json<string[]>().nullable(),
}) {
  get shout() {
    return this.name.toUpperCase();
  }
}
class Quiet extends Base("quiet", { id: integer().primaryKey(), name: string(50) }) {
  [show.custom]() {
    return `quiet ${this.name}`;
  }
}

const spec = specWith({ tables: Base.metadata });

async function fill(session: Session): Promise<void> {
  const createdAt = new Date(0);
  session.add(new User({ id: 1, name: "ann", createdAt, tags: ["a"] }));
  session.add(new User({ id: 2, name: "bob", createdAt, tags: null }));
  session.add(new Quiet({ id: 1, name: "eve" }));
  await session.commit();
  session.expungeAll();
}

/** Passes everything on, as reactive libraries do. */
const passing: ProxyHandler<User> = {
  get: (target, key, receiver) => Reflect.get(target, key, receiver) as unknown,
  set: (target, key, value, receiver) => Reflect.set(target, key, value, receiver),
};

spec("nobody sees what is remembered of an object", async ({ session }) => {
  await fill(session);
  const loaded = await session.scalars(select(User).where(User.c.id.eq(1))).one();
  const made = new User({ name: "new" });
  for (const user of [loaded, made]) {
    expect(Reflect.ownKeys(user)).toEqual([]);
    expect(() => session.add({ ...user })).toThrow("session/not-an-object");
  }
  loaded.name = "anna";
  expect(Reflect.ownKeys(loaded)).toEqual([]);
});

spec("an object is read and written through a proxy", async ({ session }) => {
  await fill(session);
  const users = await session.scalars(select(User).orderBy(User.c.id)).all();
  const [ann, bob] = users as [User, User];
  const made = new User({ id: 3, name: "new", createdAt: new Date(0) });
  const proxies = [new Proxy(ann, {}), new Proxy(new Proxy(bob, passing), passing), new Proxy(made, passing)];
  expect(proxies.map(({ name }) => name)).toEqual(["ann", "bob", "new"]);
  expect(proxies.map(({ shout }) => shout)).toEqual(["ANN", "BOB", "NEW"]);
  expect(proxies.map(({ createdAt }) => createdAt.getTime())).toEqual([0, 0, 0]);
  for (const proxy of proxies) proxy.name += "!";
  expect([ann.name, bob.name, made.name]).toEqual(["ann!", "bob!", "new!"]);
  expect(show(proxies[0])).toContain("name: 'ann!'");
  session.add(proxies[2] as User);
  await session.commit();
  const names = select(User.c.name).orderBy(User.c.id);
  expect(await session.scalars(names).all()).toEqual(["ann!", "bob!", "new!"]);
});

spec("a proxy is seen through whatever the class says of how its objects are shown", async ({ session }) => {
  await fill(session);
  const eve = new Proxy(await session.scalars(select(Quiet)).one(), {});
  expect(eve.name).toBe("eve");
  expect(show(eve)).toBe("quiet eve");
  expect(Object.getOwnPropertyNames(Quiet.prototype)).toEqual(["constructor"]);
});

spec("an object that inherits from a mapped one reads what that one holds", async ({ session }) => {
  await fill(session);
  const ann = await session.scalars(select(User).where(User.c.id.eq(1))).one();
  const heir = Object.create(ann) as User;
  expect(heir.name).toBe("ann");
  heir.name = "anna";
  expect(ann.name).toBe("anna");
});

spec(
  "what was loaded can be read after its session is closed, and belongs to nobody",
  async ({ session }) => {
    await fill(session);
    const [ann, bob] = (await session.scalars(select(User).orderBy(User.c.id)).all()) as [User, User];
    await session.close();
    expect([ann.name, ann.createdAt, ann.tags, bob.tags]).toEqual(["ann", new Date(0), ["a"], null]);
    expect(inspect(bob).state).toBe("detached");
    bob.name = "bobby";
    session.add(bob);
    await session.commit();
    expect(await session.scalar(select(User.c.name).where(User.c.id.eq(2)))).toBe("bobby");
  },
);

spec("a date that was changed in place is written", async ({ session }) => {
  await fill(session);
  const [ann, bob] = (await session.scalars(select(User).orderBy(User.c.id)).all()) as [User, User];
  expect(ann.name).toBe("ann");
  ann.createdAt.setTime(1000);
  bob.name = "bobby";
  bob.createdAt.setTime(2000);
  await session.commit();
  const dates = await session.scalars(select(User.c.createdAt).orderBy(User.c.id)).all();
  expect(dates.map((date) => date.getTime())).toEqual([1000, 2000]);
});

spec(
  "what cannot be decoded is told to whoever reads it, and stands in nobody's way",
  async ({ session }) => {
    await fill(session);
    await session.execute(sql`UPDATE users SET created_at = 'infinity' WHERE id = 1`);
    const [ann, bob] = (await session.scalars(select(User).orderBy(User.c.id)).all()) as [User, User];
    expect([ann.name, bob.createdAt]).toEqual(["ann", new Date(0)]);
    expect(() => ann.createdAt).toThrow("types/undecodable");
    await session.refresh(ann, ["createdAt"]);
    expect(() => ann.createdAt).toThrow("types/undecodable");
    // The same rows once more, now that the session has their objects.
    expect(await session.scalars(select(User).orderBy(User.c.id)).all()).toEqual([ann, bob]);
    expect(ann.name).toBe("ann");
    session.expireAll();
    await session.refresh(bob);
    await session.refresh(ann);
    expect([ann.name, bob.name, bob.createdAt]).toEqual(["ann", "bob", new Date(0)]);
    expect(() => ann.createdAt).toThrow("types/undecodable");
    ann.name = "anna";
    await session.commit();
    expect(await session.scalars(select(User.c.name).orderBy(User.c.id)).all()).toEqual(["anna", "bob"]);
    await expect(async () => await session.scalars(select(User.c.createdAt)).all()).rejects.toThrow(
      "types/undecodable",
    );
    ann.createdAt = new Date(5);
    await session.commit();
    expect(await session.scalar(select(User.c.createdAt).where(User.c.id.eq(1)))).toEqual(new Date(5));
  },
);

spec("the number of rows that a text changed is told", async ({ session }) => {
  await fill(session);
  expect(await session.execute(sql`UPDATE users SET name = 'x'`).rowCount).toBe(2);
});

const Moments = declarativeBase();
class Moment extends Moments("moments", { at: dateTime().primaryKey(), note: string(10) }) {}

spec("a date that is a key may be changed in place", async ({ session, createAll, openSession }) => {
  await createAll(Moments.metadata);
  const [before, after] = [new Date(0), new Date(1000)];
  session.add(new Moment({ at: new Date(0), note: "a" }));
  await session.commit();
  await session.close();
  const again = openSession();
  const moment = await again.scalars(select(Moment)).one();
  moment.at.setTime(1000);
  await again.commit();
  expect(await again.get(Moment, before)).toBeNull();
  expect(await again.get(Moment, after)).toBe(moment);
  await again.refresh(moment);
  moment.note = "b";
  await again.commit();
  expect(await again.execute(select(Moment.c.at, Moment.c.note)).all()).toEqual([[after, "b"]]);
  await again.close();
});

spec(
  "what is taken out while a flush writes it stays outside",
  { colours: ["async"] },
  async ({ session }) => {
    await fill(session);
    const user = new User({ id: 3, name: "cyd", createdAt: new Date(0), tags: null });
    session.add(user);
    const flushing = session.flush();
    const isIn = session.has(user) && inspect(user).state === "pending";
    if (isIn) session.expunge(user);
    await flushing;
    if (!isIn) return;
    expect([session.has(user), inspect(user).state]).toEqual([false, "detached"]);
    user.name = "changed";
    session.add(user);
    await session.commit();
    expect(await session.scalars(select(User.c.name).orderBy(User.c.id)).all()).toContain("changed");
  },
);
