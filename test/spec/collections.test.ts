import { expect } from "vitest";
import {
  declarativeBase,
  integer,
  manyToMany,
  manyToOne,
  oneToMany,
  select,
  selectinload,
  string,
  table,
  type WriteOnlyCollection,
} from "../../src/entries/index.ts";
import { specWith } from "../support/spec.ts";

const Base = declarativeBase();

class Account extends Base("accounts", {
  id: integer().primaryKey(),
  name: string(),
  get entries() {
    return oneToMany(Entry, {
      backPopulates: "account",
      lazy: "writeOnly",
      cascade: "all, delete-orphan",
      passiveDeletes: true,
      orderBy: () => Entry.c.id,
    });
  },
  get notes() {
    return oneToMany(Note, {
      backPopulates: "account",
      lazy: "dynamic",
      cascade: "all",
      orderBy: () => Note.c.id,
    });
  },
  get labels() {
    return manyToMany(Label, { secondary: accountLabels, lazy: "writeOnly", passiveDeletes: true });
  },
  get owners() {
    return oneToMany(Owner, { backPopulates: "account", collection: "set" });
  },
  get settings() {
    return oneToMany(Setting, {
      backPopulates: "account",
      collection: { keyedBy: "key" },
      cascade: "all, delete-orphan",
    });
  },
}) {}

class Entry extends Base("entries", {
  id: integer().primaryKey(),
  amount: integer(),
  get accountId() {
    return integer().references(Account.c.id, { onDelete: "cascade" });
  },
  get account() {
    return manyToOne(Account, { backPopulates: "entries" });
  },
}) {}

class Note extends Base("notes", {
  id: integer().primaryKey(),
  text: string(),
  get accountId() {
    return integer().references(Account.c.id);
  },
  get account() {
    return manyToOne(Account, { backPopulates: "notes" });
  },
}) {}

class Label extends Base("labels", { id: integer().primaryKey(), name: string() }) {}

const accountLabels = table("account_labels", Base.metadata, {
  get accountId() {
    return integer().references(Account.c.id, { onDelete: "cascade" }).primaryKey();
  },
  get labelId() {
    return integer().references(Label.c.id).primaryKey();
  },
});

class Owner extends Base("owners", {
  id: integer().primaryKey(),
  name: string(),
  get accountId() {
    return integer().nullable().references(Account.c.id);
  },
  get account() {
    return manyToOne(Account, { backPopulates: "owners" });
  },
}) {}

class Setting extends Base("settings", {
  id: integer().primaryKey(),
  key: string(),
  value: string(),
  get accountId() {
    return integer().references(Account.c.id);
  },
  get account() {
    return manyToOne(Account, { backPopulates: "settings" });
  },
}) {}

const spec = specWith({ tables: Base.metadata });
const ids = (members: readonly { id: number }[]) => members.map(({ id }) => id);

spec("writes a write-only collection without reading it", async ({ session, emitted, expectSql }) => {
  const account = session.add(new Account({ name: "a", entries: [new Entry({ amount: 1 })] }));
  account.entries.add(new Entry({ amount: 2 }));
  await session.commit();
  await session.refresh(account);
  emitted();
  const third = new Entry({ amount: 3 });
  account.entries.add(third);
  expect(third.account).toBe(account);
  await session.flush();
  expectSql(emitted(), ["INSERT INTO entries (amount, account_id) VALUES (?, ?) RETURNING id -- [3, 1]"]);
  const entries = await session.scalars(account.entries.select()).all();
  expect(entries.map(({ amount }) => amount)).toEqual([1, 2, 3]);
  expectSql(emitted(), [
    `SELECT entries.id, entries.amount, entries.account_id FROM entries
     WHERE ? = entries.account_id ORDER BY entries.id -- [1]`,
  ]);
  account.entries.remove(entries[0]!);
  await session.flush();
  const left = account.entries.select().where(Entry.c.amount.gt(2));
  expect(ids(await session.scalars(left).all())).toEqual([3]);
  expect(await session.scalars(select(Entry.c.id).orderBy(Entry.c.id)).all()).toEqual([2, 3]);
});

spec("changes many members of a write-only collection at once", async ({ session }) => {
  const [one, two] = [new Account({ name: "a" }), new Account({ name: "b" })];
  session.addAll([one, two]);
  await session.flush();
  await session.execute(one.entries.insert({ amount: 1 }, { amount: 2 }));
  await session.execute(two.entries.insert({ amount: 3 }));
  await session.execute(one.entries.update().set({ amount: Entry.c.amount.add(10) }));
  expect(await session.scalars(select(Entry.c.amount).orderBy(Entry.c.id)).all()).toEqual([11, 12, 3]);
  await session.execute(one.entries.delete().where(Entry.c.amount.eq(11)));
  expect(await session.scalars(select(Entry.c.amount).orderBy(Entry.c.id)).all()).toEqual([12, 3]);
});

spec("pairs by a write-only collection", async ({ session }) => {
  const [red, blue] = [new Label({ name: "red" }), new Label({ name: "blue" })];
  const account = session.add(new Account({ name: "a", labels: [red] }));
  session.add(blue);
  await session.commit();
  account.labels.add(blue);
  account.labels.remove(red);
  await session.commit();
  expect(await session.scalars(account.labels.select()).all()).toEqual([blue]);
  await session.execute(account.labels.update().set({ name: "navy" }));
  expect(await session.scalars(select(Label.c.name).orderBy(Label.c.id)).all()).toEqual(["red", "navy"]);
  expect(() => account.labels.insert({ name: "x" })).toThrow("relationship/no-insert");
});

spec("leaves the members of a deleted object to the database, or says how", async ({ session }) => {
  const account = session.add(new Account({ name: "a", entries: [new Entry({ amount: 1 })] }));
  await session.commit();
  await session.delete(account);
  await session.commit();
  expect(await session.scalars(select(Entry.c.id)).all()).toEqual([]);
});

spec("says what a collection that is never loaded cannot do", async ({ session }) => {
  const account = new Account({ name: "a" });
  expect(() => account.entries.select()).toThrow("load/detached");
  session.add(account);
  expect(() => account.entries.select()).toThrow("session/not-persistent");
  await session.commit();
  expect(() => {
    account.entries = [] as unknown as WriteOnlyCollection<Entry>;
  }).toThrow("relationship/never-loaded");
  const eager = select(Account).options(selectinload(Account.c.entries));
  await expect(Promise.resolve().then(() => session.scalars(eager).all())).rejects.toMatchObject({
    code: "relationship/never-loaded",
  });
  expect(() => account.entries.add(new Note() as unknown as Entry)).toThrow("mapping/wrong-class");
});

spec("reads a dynamic collection as a query", async ({ session, openSession, expectStatements }) => {
  const account = session.add(new Account({ name: "a", notes: [new Note({ text: "x" })] }));
  account.notes.add(new Note({ text: "y" }));
  await session.commit();
  expect((await account.notes.all()).map(({ text }) => text)).toEqual(["x", "y"]);
  const texts: string[] = [];
  for await (const note of account.notes) texts.push(note.text);
  expect(texts).toEqual(["x", "y"]);
  account.notes.add(new Note({ text: "z" }));
  // The flush before it writes the new one.
  await expectStatements(2, async () => expect(await account.notes.count()).toBe(3));
  expect(await account.notes.filter(Note.c.text.gt("x")).count()).toBe(2);
  expect((await account.notes.filterBy({ text: "y" }).first())?.text).toBe("y");
  account.notes.remove((await account.notes.first())!);
  await session.rollback();
  const other = openSession();
  const again = (await other.get(Account, 1))!;
  await other.delete(again);
  await other.commit();
  expect(await other.scalars(select(Note.c.id)).all()).toEqual([]);
});

spec("keeps a Set in step with the other side", async ({ session, openSession }) => {
  const ann = new Owner({ name: "ann" });
  const account = session.add(new Account({ name: "a", owners: new Set([ann]) }));
  expect(ann.account).toBe(account);
  session.add(new Owner({ name: "bob", account }));
  await session.commit();
  const other = openSession();
  const again = (await other.get(Account, 1))!;
  const owners = await again.owners;
  expect(owners).toBeInstanceOf(Set);
  expect([...owners].map(({ name }) => name).sort()).toEqual(["ann", "bob"]);
  const [first] = owners;
  owners.delete(first!);
  expect(first?.account).toBeNull();
  owners.add(new Owner({ name: "cid" }));
  await other.commit();
  const left = select(Owner.c.name).where(Owner.c.accountId.eq(1)).orderBy(Owner.c.name);
  const names = ["ann", "bob"].map((name) => (name === first?.name ? "cid" : name));
  expect(await other.scalars(left).all()).toEqual(names.sort());
  owners.clear();
  await other.commit();
  expect(await other.scalars(left).all()).toEqual([]);
});

spec("keeps a Map by an attribute of its members", async ({ session, openSession }) => {
  const dark = new Setting({ key: "theme", value: "dark" });
  session.add(new Account({ name: "a", settings: [dark] }));
  await session.commit();
  const other = openSession();
  const again = (await other.get(Account, 1))!;
  const settings = await again.settings;
  expect(settings).toBeInstanceOf(Map);
  expect(settings.get("theme")?.value).toBe("dark");
  settings.set("font", new Setting({ key: "font", value: "mono" }));
  expect(() => settings.set("size", new Setting({ key: "other", value: "1" }))).toThrow(
    "relationship/wrong-key",
  );
  settings.delete("theme");
  await other.commit();
  const left = await other.execute(select(Setting.c.key, Setting.c.value)).all();
  expect(left.map((row) => [...row])).toEqual([["font", "mono"]]);
  expect((await again.settings).size).toBe(1);
});
