import { expect } from "vitest";
import {
  aliased,
  and,
  boolean,
  type Criterion,
  declarativeBase,
  foreignKey,
  func,
  identityKey,
  immediateload,
  inspect,
  integer,
  joinedload,
  lazyload,
  manyToMany,
  manyToOne,
  not,
  oneToMany,
  oneToOne,
  type Select,
  select,
  selectinload,
  string,
  subqueryload,
  table,
} from "../../src/entries/index.ts";
import { specWith } from "../support/spec.ts";

const Base = declarativeBase();

// ---------------------------------------------------------------- composite keys

class Region extends Base("regions", {
  country: string(2).primaryKey(),
  code: string(3).primaryKey(),
  get shops() {
    return oneToMany(Shop, { backPopulates: "region", orderBy: () => Shop.c.id });
  },
}) {}

class Shop extends Base(
  "shops",
  {
    id: integer().primaryKey(),
    sku: string(10).unique(),
    country: string(2).nullable(),
    regionCode: string(3).nullable(),
    get region() {
      return manyToOne(Region, { backPopulates: "shops" });
    },
    get labels() {
      return oneToMany(Label, { backPopulates: "shop", cascade: "all, delete-orphan" });
    },
  },
  (c) => [foreignKey([c.country, c.regionCode], () => [Region.c.country, Region.c.code])],
) {}

/** Refers to a unique column that is no primary key. */
class Label extends Base("labels", {
  id: integer().primaryKey(),
  get shopSku() {
    return string(10).references(Shop.c.sku);
  },
  get shop() {
    return manyToOne(Shop, { backPopulates: "labels" });
  },
}) {}

// ---------------------------------------------------------------- two ways to one class, post update

class Team extends Base("teams", {
  id: integer().primaryKey(),
  get captainId() {
    return integer().nullable().references("players.id");
  },
  get players() {
    return oneToMany(Player, {
      backPopulates: "team",
      foreignKeys: () => Player.c.teamId,
      cascade: "all, delete-orphan",
      orderBy: () => Player.c.id,
    });
  },
  get captain() {
    return manyToOne(Player, { foreignKeys: () => Team.c.captainId, postUpdate: true });
  },
  get leftHanded() {
    return oneToMany(Player, {
      viewonly: true,
      foreignKeys: () => Player.c.teamId,
      primaryJoin: () => and(Team.c.id.eq(Player.c.teamId), Player.c.isLeftHanded.eq(true)),
    });
  },
}) {}

class Player extends Base("players", {
  id: integer().primaryKey(),
  name: string(),
  isLeftHanded: boolean().default(false),
  get teamId() {
    return integer().references(Team.c.id);
  },
  get team() {
    return manyToOne(Team, { backPopulates: "players", foreignKeys: () => Player.c.teamId, innerJoin: true });
  },
  get friends() {
    return manyToMany(Player, {
      secondary: () => friendships,
      primaryJoin: () => Player.c.id.eq(friendships.c.playerId),
      secondaryJoin: () => Player.c.id.eq(friendships.c.friendId),
      backPopulates: "friendOf",
      orderBy: () => Player.c.id,
    });
  },
  get friendOf() {
    return manyToMany(Player, {
      secondary: () => friendships,
      primaryJoin: () => Player.c.id.eq(friendships.c.friendId),
      secondaryJoin: () => Player.c.id.eq(friendships.c.playerId),
      backPopulates: "friends",
      orderBy: () => Player.c.id,
    });
  },
}) {}

const friendships = table("friendships", Base.metadata, {
  get playerId() {
    return integer().references(Player.c.id).primaryKey();
  },
  get friendId() {
    return integer().references(Player.c.id).primaryKey();
  },
});

// ---------------------------------------------------------------- one parent, passive deletes

class Order extends Base("orders", {
  id: integer().primaryKey(),
  get addressId() {
    return integer().nullable().references(Address.c.id);
  },
  get address() {
    return oneToOne(Address, { cascade: "all, delete-orphan", singleParent: true });
  },
  get items() {
    return oneToMany(Item, { cascade: "all", passiveDeletes: true });
  },
  get logs() {
    return oneToMany(Log, { passiveDeletes: "all" });
  },
}) {}

class Address extends Base("addresses", { id: integer().primaryKey(), street: string() }) {}

class Item extends Base("items", {
  id: integer().primaryKey(),
  get orderId() {
    return integer().references(Order.c.id, { onDelete: "cascade" });
  },
}) {}

class Log extends Base("logs", {
  id: integer().primaryKey(),
  get orderId() {
    return integer().nullable().references(Order.c.id, { onDelete: "set null" });
  },
}) {}

// ---------------------------------------------------------------- loading, and what is kept in step

class Shelf extends Base("shelves", {
  id: integer().primaryKey(),
  name: string(),
  get books() {
    return oneToMany(Book, {
      backPopulates: "shelf",
      syncBackref: false,
      omitJoin: false,
      info: { label: "Books on it" },
      doc: "What stands on the shelf.",
      orderBy: () => Book.c.id,
    });
  },
  get allBooks() {
    return oneToMany(Book, { viewonly: true, distinctTargetKey: false, orderBy: () => Book.c.id });
  },
}) {}

class Book extends Base("books", {
  id: integer().primaryKey(),
  get shelfId() {
    return integer().nullable().references(Shelf.c.id);
  },
  get shelf() {
    return manyToOne(Shelf, { backPopulates: "books", loadOnPending: true });
  },
}) {}

// ---------------------------------------------------------------- to an alias, to a subquery

class Topic extends Base("topics", {
  id: integer().primaryKey(),
  get latest() {
    return oneToMany(latestEntries, {
      viewonly: true,
      primaryJoin: () => and(latestEntries.c.topicId.eq(Topic.c.id), ranked.c.place.le(2)),
      orderBy: () => latestEntries.c.id,
    });
  },
  get newest() {
    return oneToOne(latestEntries, {
      viewonly: true,
      primaryJoin: () => and(latestEntries.c.topicId.eq(Topic.c.id), ranked.c.place.eq(1)),
    });
  },
  get loud() {
    return oneToMany(loudEntries, {
      viewonly: true,
      primaryJoin: () => and(loudEntries.c.topicId.eq(Topic.c.id), loudEntries.c.isLoud.eq(true)),
      orderBy: () => loudEntries.c.id,
    });
  },
}) {}

class Entry extends Base("entries", {
  id: integer().primaryKey(),
  isLoud: boolean().default(false),
  get topicId() {
    return integer().references(Topic.c.id);
  },
}) {}

/** Leads over two tables at once to what is not referred to directly. */
class Fan extends Base("fans", {
  id: integer().primaryKey(),
  get topicId() {
    return integer().references(Topic.c.id);
  },
  get entries() {
    return manyToMany(Entry, {
      viewonly: true,
      secondary: () => topicsAndEntries,
      primaryJoin: () => Fan.c.topicId.eq(topicsAndEntries.c.topicId),
      secondaryJoin: () => topicsAndEntries.c.entryId.eq(Entry.c.id),
      orderBy: () => Entry.c.id,
    });
  },
}) {}

const topicsAndEntries = select(Topic.c.id.label("topicId"), Entry.c.id.label("entryId"))
  .join(Entry, Entry.c.topicId.eq(Topic.c.id))
  .subquery("topics_and_entries");

const loudEntries = aliased(Entry, "loud");
const place = func
  .rowNumber()
  .over({ partitionBy: Entry.c.topicId, orderBy: Entry.c.id.desc() })
  .label("place");
const ranked = select(Entry, place).subquery("ranked");
const latestEntries = aliased(Entry, ranked);

const spec = specWith({ tables: Base.metadata });
const writesOf = (lines: readonly string[]) => lines.filter((line) => /^(INSERT|UPDATE|DELETE)/.test(line));

spec("follows and writes composite foreign keys", async ({ session, openSession, emitted }) => {
  const north = new Region({ country: "SE", code: "N", shops: [new Shop({ sku: "a" })] });
  session.addAll([north, new Region({ country: "SE", code: "S" })]);
  await session.commit();
  const other = openSession();
  const shop = (await other.scalars(select(Shop)).all())[0]!;
  expect((await shop.region)?.code).toBe("N");
  const south = (await other.get(Region, { country: "SE", code: "S" }))!;
  emitted();
  shop.region = south;
  await other.flush();
  expect([shop.country, shop.regionCode]).toEqual(["SE", "S"]);
  expect(writesOf(emitted())).toHaveLength(1);
  south.shops.remove?.(shop);
  await other.flush();
  expect([shop.country, shop.regionCode]).toEqual([null, null]);
});

spec("refers to a unique column that is no primary key", async ({ session, openSession }) => {
  session.add(new Shop({ sku: "a", labels: [new Label(), new Label()] }));
  await session.commit();
  const other = openSession();
  const shop = (await other.scalars(select(Shop)).all())[0]!;
  expect((await shop.labels).map(({ shopSku }) => shopSku)).toEqual(["a", "a"]);
  const label = (await other.get(Label, 1))!;
  expect(await label.shop).toBe(shop);
  await other.delete(shop);
  await other.commit();
  expect(await other.scalars(select(Label.c.id)).all()).toEqual([]);
});

spec("reads through a condition of one's own, and writes nothing by it", async ({ session, emitted }) => {
  const [left, right] = [new Player({ name: "l", isLeftHanded: true }), new Player({ name: "r" })];
  const team = session.add(new Team({ players: [left, right] }));
  await session.commit();
  expect(await team.leftHanded).toEqual([left]);
  emitted();
  (await team.leftHanded).push(right);
  await session.commit();
  expect(writesOf(emitted())).toEqual([]);
});

spec("lets rows refer to each other by a second update", async ({ session, emitted }) => {
  const captain = new Player({ name: "ann" });
  const team = session.add(new Team({ players: [captain, new Player({ name: "bob" })], captain }));
  await session.flush();
  const verbs = writesOf(emitted()).map((line) => line.split(/\s+/).slice(0, 3).join(" "));
  expect(verbs).toEqual(["INSERT INTO teams", "INSERT INTO players", "UPDATE teams SET"]);
  expect(team.captainId).toBe(captain.id);
  await session.delete(team);
  await session.commit();
  expect(await session.scalars(select(Player.c.id)).all()).toEqual([]);
});

spec("joins inward where there always is a row", async ({ session, emitted }) => {
  session.add(new Team({ players: [new Player({ name: "ann" })] }));
  await session.commit();
  await session.close();
  emitted();
  await session.scalars(select(Player).options(joinedload(Player.c.team))).all();
  expect(emitted().join("\n")).toMatch(/\bJOIN teams\b/);
  expect(emitted().join("\n")).not.toMatch(/LEFT/);
});

spec("pairs a class with itself, both ways", async ({ session, openSession }) => {
  const [ann, bob, cid] = ["ann", "bob", "cid"].map((name) => new Player({ name }));
  session.add(new Team({ players: [ann!, bob!, cid!] }));
  ann!.friends = [bob!, cid!];
  expect(await bob!.friendOf).toEqual([ann]);
  await session.commit();
  const other = openSession();
  const again = (await other.scalars(select(Player).where(Player.c.name.eq("ann"))).all())[0]!;
  expect((await again.friends).map(({ name }) => name)).toEqual(["bob", "cid"]);
  again.friends.remove?.((await again.friends)[0]!);
  await other.commit();
  const pairs = await other.execute(select(friendships.c.playerId, friendships.c.friendId)).all();
  expect(pairs.map((pair) => [...pair])).toEqual([[1, 3]]);
});

spec("keeps an object to one parent, and deletes it when that lets go", async ({ session }) => {
  const address = new Address({ street: "x" });
  const order = session.add(new Order({ address }));
  await session.flush();
  expect(() => new Order({ address })).toThrow("relationship/");
  order.address = new Address({ street: "y" });
  await session.flush();
  expect(inspect(address).state).toBe("deleted");
  expect(await session.scalars(select(Address.c.street)).all()).toEqual(["y"]);
});

spec("leaves to the database what it is told to", async ({ session, openSession, emitted }) => {
  session.add(new Order({ items: [new Item(), new Item()], logs: [new Log()] }));
  await session.commit();
  await session.close();
  const other = openSession();
  const again = (await other.get(Order, 1))!;
  emitted();
  await other.delete(again);
  await other.commit();
  expect(emitted().filter((line) => /items|logs/.test(line))).toEqual([]);
  expect(await other.scalars(select(Item.c.id)).all()).toEqual([]);
  expect(await other.scalars(select(Log.c.orderId)).all()).toEqual([null]);
});

spec("keeps the other direction in step, or not", async ({ session }) => {
  const [shelf, book, other] = [new Shelf({ name: "a" }), new Book(), new Book()];
  (await shelf.books).push(book);
  expect(await book.shelf).toBeNull();
  other.shelf = shelf;
  expect(await shelf.books).toEqual([book, other]);
  session.add(shelf);
  await session.commit();
  expect(await session.scalars(select(Book.c.shelfId)).all()).toEqual([1, 1]);
});

spec(
  "joins the own table in a select-in load where it is told to",
  async ({ session, emitted, expectSql }) => {
    session.add(new Shelf({ name: "a", books: [new Book()] }));
    await session.commit();
    await session.close();
    emitted();
    const [shelf] = await session.scalars(select(Shelf).options(selectinload(Shelf.c.books))).all();
    expect(shelf!.books).toHaveLength(1);
    expectSql(emitted(), [
      "BEGIN",
      "SELECT shelves.id, shelves.name FROM shelves",
      `SELECT shelves_1.id, books.id, books.shelf_id FROM shelves AS shelves_1 JOIN books ON shelves_1.id = books.shelf_id
     WHERE shelves_1.id IN (?) ORDER BY books.id -- [1]`,
    ]);
  },
);

spec("makes the keys of a subquery load distinct, or not", async ({ session, emitted }) => {
  session.add(new Shelf({ name: "a", books: [new Book()] }));
  await session.commit();
  await session.close();
  emitted();
  await session.scalars(select(Shelf).options(subqueryload(Shelf.c.allBooks))).all();
  expect(emitted().join("\n")).not.toContain("DISTINCT");
  await session.close();
  await session.scalars(select(Shelf).options(subqueryload(Shelf.c.books))).all();
  expect(emitted().join("\n")).toContain("SELECT DISTINCT shelves.id");
});

spec("looks up what a pending object refers to", async ({ session, emitted, expectSql }) => {
  session.add(new Shelf({ name: "a" }));
  await session.commit();
  await session.close();
  emitted();
  const book = session.add(new Book({ shelfId: 1 }));
  expect((await book.shelf)?.name).toBe("a");
  expect(inspect(book).state).toBe("pending");
  expectSql(emitted(), ["BEGIN", "SELECT shelves.id, shelves.name FROM shelves WHERE shelves.id = ? -- [1]"]);
  expect(await session.add(new Book()).shelf).toBeNull();
  await session.commit();
  expect(await session.scalars(select(Book.c.shelfId).orderBy(Book.c.id)).all()).toEqual([1, null]);
});

spec("lets an object that is not to be written load its relationships", async ({ session }) => {
  session.add(new Team({ players: [new Player({ name: "ann" })] }));
  await session.commit();
  const draft = new Player({ teamId: 1 });
  expect(await draft.team).toBeNull();
  session.enableRelationshipLoading(draft);
  expect(await draft.team).toBe(await session.get(Team, 1));
  expect(session.has(draft)).toBe(false);
  await session.commit();
  expect(await session.query(Player).count()).toBe(1);
});

spec("tells what a relationship is for", async ({ session }) => {
  const { relationships, primaryKey } = inspect(Shelf);
  expect(primaryKey).toEqual(["id"]);
  expect(relationships[0]).toMatchObject({
    name: "books",
    direction: "oneToMany",
    target: "Book",
    reverse: ["Book.shelf"],
    info: { label: "Books on it" },
    doc: "What stands on the shelf.",
  });
  const shelf = session.add(new Shelf({ name: "a" }));
  expect(identityKey(shelf)).toBeNull();
  await session.flush();
  expect(identityKey(shelf)).toEqual(["Shelf", 1]);
});

spec("leads to an alias, and to the rows of a subquery", async ({ session, emitted }) => {
  session.addAll([new Topic(), new Topic()]);
  await session.flush();
  for (const topicId of [1, 2]) {
    session.addAll([true, false, true].map((isLoud) => new Entry({ topicId, isLoud })));
    await session.flush();
  }
  await session.commit();
  await session.close();
  const read = async (statement: object) => {
    const topics = await session
      .scalars(statement as Select<Topic>)
      .unique()
      .all();
    const found = [];
    for (const topic of topics) {
      found.push([(await topic.latest).map(({ id }) => id), (await topic.loud).map(({ id }) => id)]);
    }
    await session.close();
    return found;
  };
  const expected = [
    [
      [2, 3],
      [1, 3],
    ],
    [
      [5, 6],
      [4, 6],
    ],
  ];
  const topics = select(Topic).orderBy(Topic.c.id);
  expect(await read(topics)).toEqual(expected);
  emitted();
  expect(await read(topics.options(selectinload(Topic.c.latest)))).toEqual(expected);
  expect(emitted()[2]).toMatch(
    /FROM \(SELECT .* row_number\(\) OVER \(PARTITION BY .*\) AS ranked\s+WHERE ranked.topic_id .* AND ranked.place <= /s,
  );
  for (const load of [joinedload, subqueryload, lazyload, immediateload]) {
    expect(await read(topics.options(load(Topic.c.latest)))).toEqual(expected);
    expect(await read(topics.options(load(Topic.c.loud)))).toEqual(expected);
  }
  const withTwo = select(Topic.c.id).where(Topic.c.loud.any(loudEntries.c.id.gt(5)));
  expect(await session.scalars(withTwo).all()).toEqual([2]);
});

spec("finds by an object what leads to the rows of a subquery", async ({ session, emitted }) => {
  session.addAll([new Topic(), new Topic()]);
  await session.flush();
  for (const topicId of [1, 2]) {
    session.addAll([true, false, true].map((isLoud) => new Entry({ topicId, isLoud })));
  }
  await session.commit();
  const [first, second] = [(await session.get(Entry, 1))!, (await session.get(Entry, 2))!];
  const having = (condition: Criterion) => session.scalars(select(Topic.c.id).where(condition)).all();
  emitted();
  expect(await having(Topic.c.latest.contains(second))).toEqual([1]);
  expect(emitted().at(-1)).toMatch(/EXISTS \(SELECT 1\s+FROM \(SELECT .* AS ranked\s+WHERE .*ranked.id = /s);
  expect(await having(Topic.c.latest.contains(first))).toEqual([]);
  expect(await having(not(Topic.c.latest.contains(second)))).toEqual([2]);
  expect(await having(Topic.c.latest.of(latestEntries).contains(second))).toEqual([1]);
  expect(await having(Topic.c.loud.contains(first))).toEqual([1]);
  expect(await having(Topic.c.loud.contains(second))).toEqual([]);
  const newest = (entry: Entry) => Topic.c.newest.eq(entry);
  expect(await having(newest((await session.get(Entry, 6))!))).toEqual([2]);
  expect(await having(newest(second))).toEqual([]);
  expect(await having(Topic.c.newest.ne(second))).toEqual([1, 2]);
  expect(await having(Topic.c.newest.ne((await session.get(Entry, 6))!))).toEqual([1]);
});

spec("writes nothing through an alias", async () => {
  const Own = declarativeBase();
  class Parent extends Own("parents", {
    id: integer().primaryKey(),
    get children() {
      return oneToMany(children, { primaryJoin: () => children.c.parentId.eq(Parent.c.id) });
    },
  }) {}
  class Child extends Own("children", {
    id: integer().primaryKey(),
    get parentId() {
      return integer().references(Parent.c.id);
    },
  }) {}
  const children = aliased(Child);
  expect(() => new Parent()).toThrow("the option viewonly expects true with an alias or a subquery");
});

spec("goes through a subquery in the middle", async ({ session }) => {
  session.add(new Topic());
  await session.flush();
  session.addAll([new Entry({ topicId: 1 }), new Entry({ topicId: 1 }), new Fan({ topicId: 1 })]);
  await session.commit();
  for (const load of [lazyload, selectinload, joinedload, subqueryload]) {
    await session.close();
    const fans = await session
      .scalars(select(Fan).options(load(Fan.c.entries)))
      .unique()
      .all();
    expect((await fans[0]!.entries).map(({ id }) => id)).toEqual([1, 2]);
  }
  const loud = select(Fan.c.id).where(Fan.c.entries.any(Entry.c.isLoud.eq(true)));
  expect(await session.scalars(loud).all()).toEqual([]);
});
