import { expect, test } from "vitest";
import {
  aliased,
  backref,
  declarativeBase,
  type Expression,
  func,
  insert,
  integer,
  manyToMany,
  manyToOne,
  oneToMany,
  select,
  string,
} from "../../src/entries/index.ts";
import { specWith } from "../support/spec.ts";
import { Base, Course, Enrollment, Post, Profile, postTags, Student, Tag, TreeNode, User } from "./models.ts";

const spec = specWith({ tables: Base.metadata, session: { expireOnCommit: false } });

test("both ends of a new pair are equal before anything is sent", async () => {
  const ann = new User({ name: "ann" });
  const post = new Post({ title: "one" });
  (await ann.posts).push(post);
  expect(post.author).toBe(ann);
  post.author = null as never;
  expect(await ann.posts).toEqual([]);
  const other = new Post({ title: "two", author: ann });
  expect(await ann.posts).toEqual([other]);
  const bob = new User({ name: "bob", posts: [other] });
  expect(await ann.posts).toEqual([]);
  expect(await other.author).toBe(bob);
});

test("both ends of a many-to-many are equal, whatever is done to the array", async () => {
  const [red, blue] = [new Tag({ label: "red" }), new Tag({ label: "blue" })];
  const post = new Post({ title: "one", tags: [red] });
  const tags = (await post.tags) as Tag[];
  tags.unshift(blue);
  expect(await blue.posts).toEqual([post]);
  tags.length = 1;
  expect(await red.posts).toEqual([]);
  tags[0] = red;
  expect([await red.posts, await blue.posts]).toEqual([[post], []]);
  tags.splice(0, 1, blue, red);
  expect(tags.map(({ label }) => label)).toEqual(["blue", "red"]);
  post.tags = [];
  expect([await red.posts, await blue.posts]).toEqual([[], []]);
});

spec(
  "sends a row per object, parents first, with their generated keys",
  async ({ session, emitted, expectSql }) => {
    const ann = new User({ name: "ann", posts: [new Post({ title: "one" })] });
    session.add(ann);
    await session.flush();
    expectSql(emitted(), [
      "BEGIN",
      'INSERT INTO users (name) VALUES (?) RETURNING id -- ["ann"]',
      'INSERT INTO posts (title, body, author_id) VALUES (?, ?, ?) RETURNING id -- ["one", "", 1]',
    ]);
    expect([ann.id, (await ann.posts)[0]?.authorId]).toEqual([1, 1]);
  },
);

spec(
  "changes the foreign key when an object moves to another parent",
  async ({ session, emitted, expectSql }) => {
    const [ann, bob] = [new User({ name: "ann" }), new User({ name: "bob" })];
    const post = new Post({ title: "one", author: ann });
    session.addAll([ann, bob]);
    await session.commit();
    emitted();
    post.author = bob;
    await session.commit();
    expectSql(emitted(), ["BEGIN", "UPDATE posts SET author_id = ? WHERE posts.id = ? -- [2, 1]", "COMMIT"]);
    expect(await ann.posts).toEqual([]);
  },
);

spec("keeps one object on either side of a one-to-one", async ({ session, openSession }) => {
  const ann = new User({ name: "ann", profile: new Profile({ bio: "old" }) });
  session.add(ann);
  await session.commit();
  const old = await ann.profile;
  ann.profile = new Profile({ bio: "new" });
  expect(await old?.user).toBeNull();
  await session.commit();
  await session.close();

  const profiles = await openSession().scalars(select(Profile)).all();
  expect(profiles.map(({ bio }) => bio)).toEqual(["new"]);
});

spec(
  "keeps the rows between two tables, with their other columns",
  async ({ session, engine, emitted, expectSql }) => {
    const [red, blue] = [new Tag({ label: "red" }), new Tag({ label: "blue" })];
    const post = new Post({ title: "one", author: new User({ name: "ann" }), tags: [red, blue] });
    session.add(post);
    await session.commit();
    emitted();
    (await post.tags).splice(0, 1);
    await session.commit();
    expectSql(emitted(), [
      "BEGIN",
      "DELETE FROM post_tags WHERE post_tags.post_id = ? AND post_tags.tag_id = ? -- [1, 1]",
      "COMMIT",
    ]);
    const rows = await engine.execute(select(postTags.c.tagId, postTags.c.weight)).all();
    expect(rows.map((row) => [...row])).toEqual([[2, 1]]);
  },
);

spec("shows through an association proxy what lies behind it", async ({ session, openSession }) => {
  const [art, math] = [new Course({ title: "art" }), new Course({ title: "math" })];
  const sue = new Student({ name: "sue" });
  (await sue.courses).push(art);
  sue.enrollments.push(new Enrollment({ course: math, grade: "A" }));
  expect(((await sue.courses) as Course[]).map(({ title }) => title)).toEqual(["art", "math"]);
  session.add(sue);
  await session.commit();
  await session.close();

  const again = openSession();
  const found = await again.scalars(select(Student)).one();
  const courses = (await found.courses) as Course[];
  expect(courses.map(({ title }) => title).sort()).toEqual(["art", "math"]);
  const grades = await again
    .execute(select(Enrollment.c.grade).orderBy(Enrollment.c.courseId))
    .scalars()
    .all();
  expect(grades.sort()).toEqual(["A", null]);
});

spec("inserts a tree from the root down", async ({ session, openSession, expectStatements }) => {
  const root = new TreeNode({ name: "root" });
  const twig = new TreeNode({ name: "twig", parent: new TreeNode({ name: "branch", parent: root }) });
  session.add(twig);
  await expectStatements(3, () => session.commit());
  await session.close();
  const again = openSession();
  const found = await again.scalars(select(TreeNode).where(TreeNode.c.name.eq("root"))).one();
  const [branch] = await found.children;
  expect((await branch?.children)?.map(({ name }) => name)).toEqual(["twig"]);
});

spec(
  "queues changes to a list that is not loaded, and merges them when it is",
  async ({ session, openSession, expectStatements }) => {
    session.add(new User({ name: "ann", posts: [new Post({ title: "one" })] }));
    await session.commit();
    await session.close();

    const again = openSession();
    const ann = await again.scalars(select(User)).one();
    const two = new Post({ title: "two" });
    await expectStatements(0, () => {
      two.author = ann;
    });
    again.add(two);
    expect((await ann.posts).map(({ title }) => title)).toEqual(["one", "two"]);
  },
);

spec("takes a plain array as the new list", async ({ session, engine }) => {
  const ann = new User({ name: "ann", posts: [new Post({ title: "one" }), new Post({ title: "two" })] });
  session.add(ann);
  await session.commit();
  const [, two] = await ann.posts;
  ann.posts = [two as Post, new Post({ title: "three" })];
  await session.commit();
  const titles = await engine.execute(select(Post.c.title).orderBy(Post.c.id)).scalars().all();
  expect(titles).toEqual(["two", "three"]);
});

spec("joins along relationships, and asks about the other side", async ({ session, expectSql }) => {
  const red = new Tag({ label: "red" });
  const [ann, bob] = [new User({ name: "ann" }), new User({ name: "bob" })];
  const one = new Post({ title: "one", author: ann, tags: [red] });
  session.addAll([ann, bob, one, new Post({ title: "two", author: ann })]);
  await session.commit();

  const joined = select(User.c.name, Tag.c.label).join(User.c.posts).join(Post.c.tags);
  expectSql(
    joined,
    `SELECT users.name, tags.label FROM users JOIN posts ON users.id = posts.author_id
     JOIN post_tags ON posts.id = post_tags.post_id JOIN tags ON tags.id = post_tags.tag_id`,
  );
  expect((await session.execute(joined).all()).map((row) => [...row])).toEqual([["ann", "red"]]);

  const counts = select(User.c.name, func.count(Post.c.id).label("n"))
    .outerJoin(User.c.posts)
    .groupBy(User.c.id, User.c.name)
    .orderBy(User.c.name);
  expect((await session.execute(counts).all()).map((row) => [row.name, row.n])).toEqual([
    ["ann", 2],
    ["bob", 0],
  ]);

  const names = async (criterion: Expression<boolean>) =>
    (await session.scalars(select(User).where(criterion)).all()).map(({ name }) => name);
  expect(await names(User.c.posts.any(Post.c.title.eq("two")))).toEqual(["ann"]);
  expect(await names(User.c.posts.contains(one))).toEqual(["ann"]);
  expect(await names(User.c.posts.eq(null))).toEqual(["bob"]);

  const written = await session.scalars(select(Post).where(Post.c.author.has(User.c.name.eq("ann")))).all();
  expect(written).toHaveLength(2);
  expect(await session.scalars(select(Post).where(Post.c.author.eq(bob))).all()).toEqual([]);
});

spec("joins a class to itself by an alias", async ({ session }) => {
  session.add(new TreeNode({ name: "root", children: [new TreeNode({ name: "leaf" })] }));
  await session.commit();
  const parent = aliased(TreeNode);
  const pairs = select(TreeNode.c.name, parent.c.name.label("parent")).join(TreeNode.c.parent.of(parent));
  expect((await session.execute(pairs).all()).map((row) => [...row])).toEqual([["leaf", "root"]]);
});

spec(
  "makes the other side by backref, and takes a secondary table by its name",
  async ({ session, createAll }) => {
    const Own = declarativeBase();
    class Team extends Own("teams", { id: integer().primaryKey(), name: string(20) }) {}
    class Player extends Own("players", {
      id: integer().primaryKey(),
      name: string(20),
      get teamId() {
        return integer().nullable().references(Team.c.id);
      },
      get team() {
        return manyToOne(Team, { backref: backref("players", { orderBy: () => Player.c.id }) });
      },
      get friends() {
        return manyToMany(Player, {
          secondary: "friendships",
          primaryJoin: () => Player.c.id.eq(Friendship.c.oneId),
          secondaryJoin: () => Player.c.id.eq(Friendship.c.otherId),
        });
      },
    }) {}
    class Friendship extends Own("friendships", {
      get oneId() {
        return integer().references(Player.c.id).primaryKey();
      },
      get otherId() {
        return integer().references(Player.c.id).primaryKey();
      },
    }) {}
    await createAll(Own.metadata);
    const red = new Team({ name: "red" });
    const [ann, bob] = [new Player({ name: "ann", team: red }), new Player({ name: "bob", team: red })];
    (await ann.friends).push(bob);
    expect((red as unknown as { players: Player[] }).players).toEqual([ann, bob]);
    session.add(red);
    await session.commit();
    const row = await session.execute(select(Friendship.c.oneId, Friendship.c.otherId)).one();
    expect([...row]).toEqual([ann.id, bob.id]);
  },
);

spec("follows the foreign key that it is told, where there are two", async ({ session, createAll }) => {
  const Own = declarativeBase();
  class City extends Own("cities", {
    id: integer().primaryKey(),
    get departures() {
      return oneToMany(Flight, { backPopulates: "from", foreignKeys: () => Flight.c.fromId });
    },
  }) {}
  class Flight extends Own("flights", {
    id: integer().primaryKey(),
    get fromId() {
      return integer().references(City.c.id);
    },
    get toId() {
      return integer().references(City.c.id);
    },
    get from() {
      return manyToOne(City, { backPopulates: "departures", foreignKeys: () => Flight.c.fromId });
    },
    get to() {
      return manyToOne(City, { foreignKeys: () => Flight.c.toId });
    },
  }) {}
  await createAll(Own.metadata);
  await session.execute(insert(City).values([{ id: 1 }, { id: 2 }])).rowCount;
  const one = await session.getOne(City, 1);
  const flight = new Flight({ to: await session.getOne(City, 2) });
  (await one.departures).push(flight);
  await session.commit();
  expect([flight.fromId, flight.toId]).toEqual([1, 2]);
});
