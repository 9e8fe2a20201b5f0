import { expect } from "vitest";
import {
  dateTime,
  declarativeBase,
  deleteFrom,
  insert,
  inspect,
  integer,
  json,
  manyToOne,
  numeric,
  oneToMany,
  parameter,
  select,
  string,
  unique,
  update,
  uuid,
} from "../../src/entries/index.ts";
import { specWith } from "../support/spec.ts";

const Base = declarativeBase();

class Note extends Base("notes", {
  id: integer().primaryKey(),
  name: string(20).unique().nullable(),
  amount: numeric(8, 2).unique().nullable(),
  data: json<Record<string, unknown>>().nullable(),
  at: dateTime().nullable(),
}) {}

class List extends Base("lists", {
  id: integer().primaryKey(),
  get items() {
    return oneToMany(Item, {
      backPopulates: "list",
      cascade: "all, delete-orphan",
      orderBy: () => Item.c.id,
    });
  },
}) {}

class Item extends Base(
  "items",
  {
    id: integer().primaryKey(),
    position: integer().nullable(),
    get listId() {
      return integer().nullable().references(List.c.id);
    },
    get list() {
      return manyToOne(List, { backPopulates: "items" });
    },
  },
  (c) => [unique(c.listId, c.position)],
) {}

class Late extends Base("lates", {
  id: integer().primaryKey(),
  get listId() {
    return integer().references(List.c.id, { deferrable: "initially deferred" });
  },
}) {}

class Doc extends Base("docs", { id: uuid().primaryKey(), title: string() }) {}
class Price extends Base("prices", { amount: numeric(10, 2).primaryKey(), label: string() }) {}

const spec = specWith({ tables: Base.metadata });

// ---------------------------------------------------------------- collections

spec("swaps members of a collection in place", async ({ session, openSession }) => {
  const list = session.add(new List({ items: [1, 2, 3].map((position) => new Item({ position })) }));
  await session.commit();
  const items = await list.items;
  [items[0], items[2]] = [items[2]!, items[0]!];
  expect(items.map(({ position }) => position)).toEqual([3, 2, 1]);
  for (const item of items) expect(await item.list).toBe(list);
  await session.commit();
  expect(await openSession().query(Item).count()).toBe(3);
});

spec(
  "takes a member out only of the collection that has it",
  { colours: ["async"] },
  async ({ session, openSession }) => {
    const [one, two] = [new List({ items: [new Item({ position: 1 })] }), new List()];
    session.addAll([one, two]);
    await session.commit();
    const other = openSession();
    const [item, list] = [(await other.get(Item, 1))!, (await other.get(List, 2))!];
    expect(() => list.items.remove?.(item)).toThrow("List.items does not contain this object");
    await other.commit();
    expect(await other.query(Item).count()).toBe(1);
    (await other.get(List, 1))!.items.remove?.(item);
    await other.commit();
    expect(await other.query(Item).count()).toBe(0);
  },
);

spec("commits although a deleted object was changed", async ({ session }) => {
  const note = session.add(new Note({ name: "a" }));
  await session.flush();
  await session.delete(note);
  await session.flush();
  note.name = "b";
  await session.commit();
  expect(await session.query(Note).count()).toBe(0);
});

spec("gives every row a default of its own", async ({ session, createAll }) => {
  const Own = declarativeBase();
  class Setting extends Own("settings", {
    id: integer().primaryKey(),
    data: json<{ on: boolean }>().default({ on: false }),
  }) {}
  await createAll(Own.metadata);
  const [one, two] = [session.add(new Setting()), session.add(new Setting())];
  await session.flush();
  one.data.on = true;
  await session.commit();
  expect(await session.scalars(select(Setting.c.data).orderBy(Setting.c.id)).all()).toEqual([
    { on: true },
    { on: false },
  ]);
  await session.refresh(two);
  expect(two.data).toEqual({ on: false });
});

// ---------------------------------------------------------------- values that change in place

spec("finds a change inside a value that was assigned and written", async ({ session, openSession }) => {
  const data: Record<string, unknown> = { k: 1 };
  const at = new Date("2026-01-02T00:00:00Z");
  session.add(new Note({ data, at }));
  await session.flush();
  data["k"] = 5;
  at.setUTCFullYear(1999);
  await session.commit();
  const again = (await openSession().get(Note, 1))!;
  expect(again.data).toEqual({ k: 5 });
  expect(again.at?.getUTCFullYear()).toBe(1999);
});

spec("finds a change that was made while the object was outside", async ({ session, openSession }) => {
  session.add(new Note({ data: { k: 1 } }));
  await session.commit();
  const note = (await session.get(Note, 1))!;
  session.expunge(note);
  note.data!["k"] = 2;
  session.add(note);
  await session.commit();
  expect((await openSession().get(Note, 1))?.data).toEqual({ k: 2 });
});

spec("writes a value again that was null in between", async ({ session, openSession }) => {
  const note = session.add(new Note({ data: { k: 1 } }));
  await session.flush();
  expect(note.data).toEqual({ k: 1 });
  note.data = null;
  await session.flush();
  note.data = { k: 1 };
  await session.commit();
  expect((await openSession().get(Note, 1))?.data).toEqual({ k: 1 });
});

spec("refuses what a value cannot hold, however it came there", async ({ session }) => {
  const note = session.add(new Note({ data: {} }));
  await session.flush();
  for (const [key, wrong] of Object.entries({
    nan: Number.NaN,
    big: 5n,
    map: new Map([[1, 2]]),
    date: new Date(0),
  })) {
    note.data = {};
    await session.flush();
    note.data[key] = wrong;
    await expect(async () => await session.flush()).rejects.toThrow("Note.data expects JSON");
    await session.rollback();
    session.add(note);
  }
});

spec("takes data that looks like an expression for data", async ({ session, openSession }) => {
  session.addAll([new Note({ data: { node: { kind: "x" } } }), new Note({ data: { node: "x" } })]);
  await session.commit();
  const rows = await openSession().scalars(select(Note.c.data).orderBy(Note.c.id)).all();
  expect(rows).toEqual([{ node: { kind: "x" } }, { node: "x" }]);
});

// ---------------------------------------------------------------- changes while a flush is under way

spec(
  "keeps what changes while a flush is on its way",
  { colours: ["async"] },
  async ({ session, openSession }) => {
    const [note, list] = [new Note({ name: "a", data: { k: 1 } }), new List()];
    session.addAll([note, list]);
    await session.commit();
    note.name = "b";
    note.data!["k"] = 2;
    const flushed = session.flush();
    // A statement is under way as soon as the session has had its turn.
    await new Promise((resolve) => setImmediate(resolve));
    note.name = "c";
    note.data!["k"] = 3;
    list.items.push(new Item({ position: 1 }));
    await flushed;
    await session.commit();
    const other = openSession();
    expect(await other.get(Note, 1)).toMatchObject({ name: "c", data: { k: 3 } });
    expect(await other.scalars(select(Item.c.listId)).all()).toEqual([1]);
  },
);

spec(
  "keeps what changes while a flush reads, a sibling is read, or COMMIT is on its way",
  { colours: ["async"], session: { expireOnCommit: true } },
  async ({ session, openSession, engine }) => {
    const [one, two, list] = [
      new Note({ name: "a" }),
      new Note({ name: "b" }),
      new List({ items: [new Item()] }),
    ];
    session.addAll([one, two, list]);
    await session.commit();
    /** Does something when the first such statement has been answered, before the session goes on. */
    const during = async (start: string, change: () => void, work: () => Promise<unknown>): Promise<void> => {
      let isDone = false;
      const stop = engine.on("statement", ({ sql }) => {
        if (isDone || !sql.startsWith(start)) return;
        isDone = true;
        change();
      });
      await work();
      stop();
      expect(isDone).toBe(true);
    };
    const setName = (name: string) => () => {
      two.name = name;
    };
    await during("SELECT", setName("d"), async () => expect((await session.get(Note, 1))!.name).toBe("a"));
    expect([two.name, session.dirty.has(two)]).toEqual(["d", true]);
    await session.commit();
    list.items = [];
    await during("SELECT", setName("e"), () => session.flush());
    expect([two.name, session.dirty.has(two)]).toEqual(["e", true]);
    await session.commit();
    one.name = "z";
    await during("COMMIT", setName("f"), () => session.commit());
    expect([two.name, session.dirty.has(two)]).toEqual(["f", true]);
    await session.commit();
    expect(await openSession().scalars(select(Note.c.name).orderBy(Note.c.id)).all()).toEqual(["z", "f"]);
  },
);

spec(
  "ends a transaction after all that its body sent, awaited or not",
  { colours: ["async"] },
  async ({ session, openSession, engine }) => {
    let count: Promise<number> | undefined;
    await session.begin(async () => {
      session.add(new Note({ name: "a" }));
      count = session.query(Note).count();
    });
    expect(await count).toBe(1);
    expect(engine.poolStatus).toMatchObject({ idle: engine.poolStatus.size });
    expect(await openSession().query(Note).count()).toBe(1);
  },
);

spec("lets go of an object to be deleted whose row has gone", async ({ session, openSession }) => {
  const note = session.add(new Note({ name: "a" }));
  await session.commit();
  await session.delete(note);
  session.expire(note);
  const other = openSession();
  await other.execute(deleteFrom(Note));
  await other.commit();
  expect(await session.noAutoflush(() => session.get(Note, 1))).toBeNull();
  await session.commit();
  expect(session.deleted.size).toBe(0);
});

spec(
  "takes calls without autoflush and budgets that overlap",
  { colours: ["async"] },
  async ({ session }) => {
    const ends: (() => void)[] = [];
    const wait = () => new Promise<void>((resolve) => ends.push(resolve));
    const held = [session.noAutoflush(wait), session.noAutoflush(wait)];
    const counted = [session.budget({ statements: 0 }, wait), session.budget({ statements: 1 }, wait)];
    session.add(new Note({ name: "a" }));
    expect(await session.query(Note).count()).toBe(0);
    for (const end of ends) end();
    await Promise.all([...held, ...counted]);
    expect(await session.query(Note).count()).toBe(1);
  },
);

spec("finds changes inside of values after a delete was undone", async ({ session, openSession }) => {
  const note = session.add(new Note({ data: { k: 1 } }));
  await session.commit();
  expect((await session.get(Note, 1))!.data).toEqual({ k: 1 });
  const savepoint = await session.beginNested();
  await session.delete(note);
  await session.flush();
  await savepoint.rollback();
  note.data!["k"] = 2;
  await session.commit();
  expect(await openSession().scalars(select(Note.c.data)).all()).toEqual([{ k: 2 }]);
});

spec("refuses to go on after a COMMIT that was refused", async ({ session, openSession, engine }) => {
  session.add(new Note({ name: "a" }));
  await session.commit();
  const connection = session.add(new Late({ listId: 7 }));
  await expect(async () => await session.commit()).rejects.toThrow("conflict/foreign-key");
  expect(inspect(connection).state).toBe("transient");
  session.add(new Note({ name: "b" }));
  await expect(async () => await session.flush()).rejects.toThrow("flush/failed-before");
  await session.rollback();
  session.add(new Note({ name: "c" }));
  await session.commit();
  expect(await openSession().scalars(select(Note.c.name).orderBy(Note.c.id)).all()).toEqual(["a", "c"]);
  expect(engine.poolStatus.size).toBeGreaterThan(0);
});

spec(
  "does not read for an object that has left meanwhile",
  { colours: ["async"] },
  async ({ session, engine }) => {
    const list = session.add(new List());
    await session.commit();
    session.expire(list);
    const items = list.items;
    await session.close();
    await expect(async () => await items).rejects.toThrow("load/detached");
    expect(session.inTransaction()).toBe(false);
    expect(engine.poolStatus.idle).toBe(engine.poolStatus.size);
  },
);

// ---------------------------------------------------------------- unique values

spec("passes on unique values of rows that are expired", async ({ session, openSession }) => {
  const [one, two, three] = ["a", "b", "c"].map((name) => session.add(new Note({ name })));
  await session.commit();
  session.expireAll();
  three!.name = "d";
  two!.name = "c";
  one!.name = "b";
  await session.commit();
  expect(await openSession().scalars(select(Note.c.name).orderBy(Note.c.id)).all()).toEqual(["b", "c", "d"]);
});

spec("knows a unique value by what it is, not by its spelling", async ({ session, openSession }) => {
  const first = session.add(new Note({ amount: "2.00" }));
  await session.commit();
  await session.delete(first);
  session.add(new Note({ amount: "2" }));
  await session.commit();
  expect(await openSession().scalars(select(Note.c.amount)).all()).toEqual(["2.00"]);
});

spec("rotates a key of several columns, and gives each its own back", async ({ session, openSession }) => {
  const list = session.add(new List({ items: [new Item({ position: 1 }), new Item({ position: 2 })] }));
  await session.commit();
  const [a, b] = await list.items;
  [a!.position, b!.position] = [b!.position, a!.position];
  await session.commit();
  const rows = await openSession().execute(select(Item.c.listId, Item.c.position).orderBy(Item.c.id)).all();
  expect(rows.map((row) => [...row])).toEqual([
    [1, 2],
    [1, 1],
  ]);
});

const Shelves = declarativeBase();
class Shelf extends Shelves("shelves", {
  id: integer().primaryKey(),
  label: string(10).unique(),
  get books() {
    return oneToMany(Book, {
      backPopulates: "shelf",
      cascade: "all, delete-orphan",
      orderBy: () => Book.c.id,
    });
  },
}) {}
class Book extends Shelves(
  "books",
  {
    id: integer().primaryKey(),
    code: string(10).unique().nullable(),
    place: integer().nullable(),
    get shelfId() {
      return integer().references(Shelf.c.id);
    },
    get shelf() {
      return manyToOne(Shelf, { backPopulates: "books" });
    },
  },
  (c) => [unique(c.shelfId, c.place)],
) {}

const shelves = { tables: Shelves.metadata };
/** Statements by their first words, as far as they write. */
const written = (lines: readonly string[]) =>
  lines.flatMap((line) => /^(?:INSERT INTO|DELETE FROM|UPDATE) \w+/.exec(line) ?? []);

spec("replaces parents and children by others with their unique values", shelves, async (context) => {
  const { session, emitted } = context;
  const make = () =>
    Array.from({ length: 30 }, (_, index) => {
      return new Shelf({
        label: `s${index}`,
        books: [new Book({ code: index % 2 === 0 ? `b${index}` : null })],
      });
    });
  const old = make();
  session.addAll(old);
  await session.commit();
  for (const shelf of old) await shelf.books;
  await session.deleteAll(old);
  session.addAll(make());
  emitted();
  await session.flush();
  expect(written(emitted())).toEqual([
    "DELETE FROM books",
    "DELETE FROM shelves",
    "INSERT INTO shelves",
    "INSERT INTO books",
  ]);
  expect([await session.query(Shelf).count(), await session.query(Book).count()]).toEqual([30, 30]);
});

spec("moves only the rows ahead whose values are taken", shelves, async ({ session, emitted }) => {
  const old = ["a", "b", "c", "d"].map((label) => session.add(new Shelf({ label })));
  await session.commit();
  for (const { id } of old) await session.get(Shelf, id);
  await session.deleteAll(old);
  session.addAll(["b", "d", "e"].map((label) => new Shelf({ label })));
  emitted();
  await session.flush();
  expect(written(emitted())).toEqual(["DELETE FROM shelves", "INSERT INTO shelves", "DELETE FROM shelves"]);
  expect(await session.scalars(select(Shelf.c.label).orderBy(Shelf.c.label)).all()).toEqual(["b", "d", "e"]);
});

spec("updates rows to the unique values of deleted ones", { tables: Base.metadata }, async ({ session }) => {
  const notes = ["a", "b", "c", "d"].map((name) => session.add(new Note({ name })));
  await session.flush();
  const [a, b, c, d] = notes as [Note, Note, Note, Note];
  await session.deleteAll([b, d]);
  [a.name, c.name] = ["d", "b"];
  await session.flush();
  expect(await session.scalars(select(Note.c.name).orderBy(Note.c.id)).all()).toEqual(["d", "b"]);
});

const Teams = declarativeBase();
class Team extends Teams("teams", {
  id: integer().primaryKey(),
  name: string(10).unique(),
  get members() {
    return oneToMany(Member, { backPopulates: "team" });
  },
}) {}
class Member extends Teams("members", {
  id: integer().primaryKey(),
  get teamId() {
    return integer().nullable().references(Team.c.id);
  },
  get team() {
    return manyToOne(Team, { backPopulates: "members" });
  },
}) {}

spec("takes the unique value of a row that others let go of", { tables: Teams.metadata }, async (context) => {
  const { session } = context;
  const old = session.add(new Team({ name: "a", members: [new Member()] }));
  const other = session.add(new Team({ name: "b" }));
  await session.flush();
  await session.delete(old);
  other.name = "a";
  await session.flush();
  expect(await session.scalars(select(Team.c.name)).all()).toEqual(["a"]);
  expect(await session.scalars(select(Member.c.teamId)).all()).toEqual([null]);
});

spec(
  "takes the unique value of a row whose members it takes over",
  { tables: Teams.metadata },
  async (context) => {
    const { session, emitted } = context;
    const old = session.add(new Team({ name: "a" }));
    const other = session.add(new Team({ name: "b" }));
    const member = session.add(new Member({ team: old }));
    await session.flush();
    member.team = other;
    await session.delete(old);
    other.name = "a";
    emitted();
    await session.flush();
    expect(written(emitted())).toEqual(["UPDATE members", "DELETE FROM teams", "UPDATE teams"]);
    expect(await session.scalars(select(Member.c.teamId)).all()).toEqual([other.id]);
  },
);

spec("swaps rows whose unique key keeps its nullable column", shelves, async (context) => {
  const { session, openSession, emitted, expectSql } = context;
  const [left, right] = ["left", "right"].map((label) => session.add(new Shelf({ label })));
  const x = session.add(new Book({ shelf: left!, place: 1 }));
  const y = session.add(new Book({ shelf: right!, place: 1 }));
  await session.flush();
  emitted();
  [x.shelf, y.shelf] = [right!, left!];
  await session.flush();
  expectSql(emitted(), [
    "UPDATE books SET place = ? WHERE books.id = ? -- [null, 1]",
    "UPDATE books SET shelf_id = ? WHERE books.id = ? -- [1, 2]",
    "UPDATE books SET shelf_id = ?, place = ? WHERE books.id = ? -- [2, 1, 1]",
  ]);
  expect([x.place, y.place]).toEqual([1, 1]);
  await session.commit();
  const rows = await openSession().execute(select(Book.c.shelfId, Book.c.place).orderBy(Book.c.id)).all();
  expect(rows.map((row) => [...row])).toEqual([
    [2, 1],
    [1, 1],
  ]);
});

// ---------------------------------------------------------------- identities

spec("holds one object for a key, however it is spelled", async ({ session }) => {
  const id = "0191E2A4-7C1D-7B3E-8F00-123456789ABC";
  const doc = session.add(new Doc({ id, title: "a" }));
  const price = session.add(new Price({ amount: "5", label: "five" }));
  await session.commit();
  expect(await session.scalars(select(Doc)).one()).toBe(doc);
  expect(await session.get(Doc, id.toLowerCase())).toBe(doc);
  expect(await session.get(Price, "5.00")).toBe(price);
  await session.close();
  expect((await session.get(Doc, id.toLowerCase()))?.title).toBe("a");
});

spec("keeps classes of one name apart", async ({ createAll, session }) => {
  const [left, right] = [declarativeBase(), declarativeBase()];
  const Left = class Twin extends left("left_twins", { id: integer().primaryKey() }) {};
  const Right = class Twin extends right("right_twins", { id: integer().primaryKey() }) {};
  await createAll(left.metadata);
  await createAll(right.metadata);
  session.addAll([new Left({ id: 1 }), new Right({ id: 1 })]);
  await session.commit();
  expect([await session.query(Left).count(), await session.query(Right).count()]).toEqual([1, 1]);
});

// ---------------------------------------------------------------- statements with values

spec("updates by key the rows that are there, and says what it wrote", async ({ session }) => {
  session.addAll([
    new Note({ name: "a" }),
    new Doc({ id: "0191e2a4-7c1d-7000-8000-000000000abc", title: "a" }),
  ]);
  await session.commit();
  const doc = await session.scalars(select(Doc)).one();
  await session.execute(update(Doc), [{ id: "0191E2A4-7C1D-7000-8000-000000000ABC", title: "b" }]);
  expect(doc.title).toBe("b");
  const written = await session.scalars(update(Note).returning(Note.c.name), [{ id: 1, name: "b" }]).all();
  expect(written).toEqual(["b"]);
  await expect(async () => await session.execute(update(Note), { id: 2, name: "c" })).rejects.toThrow(
    "bulk/key-in-values: the values of an UPDATE would change notes.id, a part of the primary key",
  );
  const where = update(Note).where(Note.c.name.eq("b"));
  await expect(async () => await session.execute(where, [{ id: 2, name: "c" }])).rejects.toThrow(
    "bulk/key-in-values",
  );
  await expect(async () => await session.execute(update(Note), [{ id: 7, name: "c" }])).rejects.toThrow(
    "flush/stale: update of notes expected to match 1 row, matched: 0",
  );
});

spec("updates each row by its key", async ({ session, emitted }) => {
  const [one, two] = [session.add(new Note({ name: "a" })), session.add(new Note({ name: "b" }))];
  await session.commit();
  await session.refresh(one);
  await session.refresh(two);
  emitted();
  await session.execute(update(Note), [
    { id: 1, name: "x" },
    { id: 2, name: "y" },
  ]);
  expect(emitted().filter((line) => line.startsWith("UPDATE"))).toHaveLength(1);
  expect([one.name, two.name]).toEqual(["x", "y"]);
  expect(await session.scalars(select(Note.c.name).orderBy(Note.c.id)).all()).toEqual(["x", "y"]);
  await expect(async () => await session.execute(update(Note), [{ name: "z" }])).rejects.toThrow(
    "row 1 has no value for notes.id, by which its row is found",
  );
  await expect(async () => await session.execute(update(Note), [{ id: 1, nmae: "z" }])).rejects.toThrow(
    "nmae",
  );
});

spec("gives objects for statements with values, too", { needs: ["returning"] }, async ({ session }) => {
  const notes = await session.scalars(insert(Note).returning(Note), [{ name: "a" }, { name: "b" }]).all();
  expect(notes.map(({ name }) => name)).toEqual(["a", "b"]);
  const byId = select(Note).where(Note.c.id.eq(parameter("wanted")));
  expect(await session.scalars(byId, { wanted: 1 }).one()).toBe(notes[0]);
  const rename = update(Note)
    .set({ name: parameter("to") })
    .where(Note.c.id.eq(parameter("wanted")));
  await session.execute(rename, { wanted: 1, to: "z" });
  expect(notes[0]!.name).toBe("z");
  await session.execute(deleteFrom(Note).where(Note.c.id.eq(parameter("wanted"))), { wanted: 1 });
  expect(inspect(notes[0]!).state).toBe("deleted");
});

spec("sees that what was never set is NULL", async ({ session }) => {
  const note = session.add(new Note({ name: "a" }));
  await session.flush();
  await session.execute(update(Note).set({ amount: "1.00" }).where(Note.c.amount.isNull()));
  expect(note.amount).toBe("1.00");
  const other = session.add(new Note({ name: "b" }));
  await session.flush();
  await session.execute(deleteFrom(Note).where(Note.c.amount.isNull()));
  expect(inspect(other).state).toBe("deleted");
});

// ---------------------------------------------------------------- a connection of somebody else

spec("rolls back what it began on a connection that it was given", async ({ engine, openSession }) => {
  const AnySession = openSession().constructor as new (bind: unknown) => ReturnType<typeof openSession>;
  const connection = await engine.connect();
  const session = new AnySession(connection);
  session.add(new Note({ name: "x" }));
  await session.flush();
  await session.close();
  expect(connection.inTransaction).toBe(false);
  await connection.commit();
  expect(await connection.execute(select(Note.c.name)).all()).toEqual([]);
  await connection.close();
});

// ---------------------------------------------------------------- what would be lost in silence

spec("says that a class field hides an attribute", async ({ session }) => {
  const Own = declarativeBase();
  class Field extends Own("fields", { id: integer().primaryKey(), label: string() }) {
    override label = "x";
  }
  expect(() => session.add(new Field())).toThrow(
    "Field.label is hidden by a field or an accessor of the class",
  );
  class Accessor extends Own("accessors", { id: integer().primaryKey(), label: string() }) {}
  Object.defineProperty(Accessor.prototype, "label", { get: () => "x" });
  expect(() => new Accessor()).toThrow("Accessor.label is hidden by a field or an accessor of the class");
});

spec("refuses options and arguments that mean nothing", async ({ openSession, session }) => {
  expect(() => openSession({ autoFlush: false } as object)).toThrow("a session has no option autoFlush");
  expect(() => openSession({ joinTransactionMode: "bogus" } as object)).toThrow(
    "the session option joinTransactionMode expects",
  );
  expect(() => new Note(null as unknown as object)).toThrow(
    "new Note() expects an object of values, got: null",
  );
  expect(() => declarativeBase()("", {})).toThrow('Base() expects the name of a table first, got: ""');
  const wrong = { synchronizeSession: "bogus" } as object;
  await expect(async () => await session.execute(deleteFrom(Note), undefined, wrong)).rejects.toThrow(
    "the session option synchronizeSession expects",
  );
});

spec("loads many objects by keys of two columns", async ({ session, openSession, createAll }) => {
  const Own = declarativeBase();
  class Place extends Own("places", {
    x: integer().primaryKey(),
    y: integer().primaryKey(),
    label: string().default("a"),
  }) {}
  await createAll(Own.metadata);
  session.addAll(Array.from({ length: 1500 }, (_, x) => new Place({ x, y: 1 })));
  await session.commit();
  const other = openSession();
  const places = await other.scalars(select(Place)).all();
  other.expireAll();
  for (const place of places) place.label = "b";
  await other.commit();
  expect(await other.scalars(select(Place.c.label).distinct()).all()).toEqual(["b"]);
});
