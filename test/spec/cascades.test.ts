import { expect } from "vitest";
import {
  declarativeBase,
  func,
  inspect,
  integer,
  makeTransient,
  manyToOne,
  oneToMany,
  select,
  string,
} from "../../src/entries/index.ts";
import { specWith } from "../support/spec.ts";
import { Base, Course, Enrollment, Post, Profile, Student, Tag, TreeNode, User } from "./models.ts";

const spec = specWith({ tables: Base.metadata, session: { expireOnCommit: false } });

function blog(): User {
  const red = new Tag({ label: "red" });
  return new User({
    name: "ann",
    profile: new Profile({ bio: "b" }),
    posts: [new Post({ title: "one", tags: [red] }), new Post({ title: "two", tags: [red] })],
  });
}

spec(
  "brings everything that can be reached into the session, one statement per kind of row",
  async ({ session, emitted, expectSql }) => {
    session.add(blog());
    expect(Array.from(session.new)).toHaveLength(5);
    await session.commit();
    expectSql(
      emitted().map((line) => line.split(/\s/).slice(0, 3).join(" ")),
      [
        "BEGIN",
        "INSERT INTO users",
        "INSERT INTO tags",
        "INSERT INTO posts",
        "INSERT INTO profiles",
        "INSERT INTO post_tags",
        "COMMIT",
      ],
    );
  },
);

spec("pulls a child in through an attached list, never an object through its scalar", async ({ session }) => {
  const ann = session.add(new User({ name: "ann" }));
  await session.flush();
  const listed = new Post({ title: "listed" });
  (await ann.posts).push(listed);
  expect(session.has(listed)).toBe(true);
  const assigned = new Post({ title: "assigned" });
  assigned.author = ann;
  expect(session.has(assigned)).toBe(false);
});

spec("deletes what belongs to a deleted object, children first", async ({ session, emitted, expectSql }) => {
  const ann = session.add(blog());
  await session.commit();
  emitted();
  await session.delete(ann);
  await session.commit();
  const writes = emitted().filter((line) => line.startsWith("DELETE"));
  expectSql(
    [...new Set(writes.map((line) => line.split(/\s/).slice(0, 3).join(" ")))],
    ["DELETE FROM post_tags", "DELETE FROM posts", "DELETE FROM profiles", "DELETE FROM users"],
  );
  expect(await session.scalar(select(func.count(Tag.c.id)))).toBe(1);
  expect(inspect(ann).state).toBe("deleted");
});

spec("deletes an orphan", async ({ session }) => {
  const ann = session.add(blog());
  await session.commit();
  const posts = await ann.posts;
  const [one] = posts;
  posts.splice(0, 1);
  await session.flush();
  expect(inspect(one as Post).state).toBe("deleted");
  await session.commit();
  expect(await session.scalar(select(func.count(Post.c.id)))).toBe(1);
});

spec("forgets a new object that loses its only parent before it has a row", async ({ session }) => {
  const ann = session.add(new User({ name: "ann" }));
  await session.flush();
  const post = new Post({ title: "one" });
  const posts = await ann.posts;
  posts.push(post);
  posts.pop();
  expect(session.has(post)).toBe(false);
  await session.commit();
});

spec("empties the foreign key where nothing is to be deleted", async ({ session, emitted, expectSql }) => {
  const root = session.add(new TreeNode({ name: "root", children: [new TreeNode({ name: "leaf" })] }));
  await session.commit();
  const [leaf] = await root.children;
  emitted();
  await session.delete(root);
  await session.commit();
  expectSql(emitted(), [
    "BEGIN",
    "UPDATE nodes SET parent_id = ? WHERE nodes.id = ? -- [null, 2]",
    "DELETE FROM nodes WHERE nodes.id = ? -- [1]",
    "COMMIT",
  ]);
  expect(leaf?.parentId).toBeNull();
});

spec("refuses to empty a part of a primary key, and stays usable after a rollback", async ({ session }) => {
  const art = new Course({ title: "art" });
  const sue = new Student({ name: "sue" });
  session.add(new Enrollment({ student: sue, course: art }));
  await session.commit();
  await session.delete(art);
  await expect(Promise.resolve().then(() => session.flush())).rejects.toMatchObject({
    code: "flush/nulled-primary-key",
  });
  await session.rollback();
  expect(await session.scalar(select(func.count(Course.c.id)))).toBe(1);
});

spec(
  "leaves rows that are not loaded to the database",
  async ({ session, openSession, createAll, emitted, expectSql }) => {
    const Own = declarativeBase();
    class Box extends Own("boxes", {
      id: integer().primaryKey(),
      get things() {
        return oneToMany(Thing, { cascade: "all", passiveDeletes: true, backPopulates: "box" });
      },
    }) {}
    class Thing extends Own("things", {
      id: integer().primaryKey(),
      get boxId() {
        return integer().references(Box.c.id, { onDelete: "cascade" });
      },
      get box() {
        return manyToOne(Box, { backPopulates: "things" });
      },
    }) {}
    await createAll(Own.metadata);
    session.add(new Box({ things: [new Thing(), new Thing()] }));
    await session.commit();
    await session.close();

    const again = openSession();
    const box = await again.getOne(Box, 1);
    emitted();
    await again.delete(box);
    await again.commit();
    expectSql(emitted(), ["DELETE FROM boxes WHERE boxes.id = ? -- [1]", "COMMIT"]);
    expect(await again.scalar(select(func.count(Thing.c.id)))).toBe(0);
  },
);

spec("takes a tree out of the session with its root", async ({ session }) => {
  const ann = session.add(blog());
  await session.commit();
  const [one] = await ann.posts;
  session.expunge(ann);
  expect([session.has(ann), session.has(one as Post)]).toEqual([false, false]);
  expect(inspect(ann).state).toBe("detached");
});

spec("merges an object with all that it holds into the session's own", async ({ session, openSession }) => {
  session.add(blog());
  await session.commit();
  await session.close();

  const again = openSession();
  const edited = new User({ id: 1, name: "anna", posts: [new Post({ id: 1, title: "first" })] });
  const merged = await again.merge(edited);
  expect(merged).not.toBe(edited);
  await again.commit();
  const titles = await again.scalars(select(Post.c.title)).all();
  expect([merged.name, titles]).toEqual(["anna", ["first"]]);
});

spec("makes new objects transient again when the transaction is rolled back", async ({ session }) => {
  const ann = session.add(new User({ name: "ann" }));
  await session.flush();
  expect(inspect(ann).state).toBe("persistent");
  await session.rollback();
  expect(inspect(ann).state).toBe("transient");
  expect(session.has(ann)).toBe(false);
  makeTransient(ann);
  session.add(ann);
  await session.commit();
  expect(await session.scalar(select(func.count(User.c.id)))).toBe(1);
});

spec("undoes only its part by a savepoint", async ({ session }) => {
  const ann = session.add(new User({ name: "ann" }));
  await session.flush();
  const nested = await session.beginNested();
  const bob = session.add(new User({ name: "bob" }));
  await session.flush();
  await nested.rollback();
  expect([inspect(ann).state, inspect(bob).state]).toEqual(["persistent", "transient"]);
  await session.commit();
  expect(await session.scalars(select(User.c.name)).all()).toEqual(["ann"]);
});

const Places = declarativeBase();
class Seat extends Places("seats", {
  id: integer().primaryKey(),
  place: string(5).unique().nullable(),
}) {}

spec("swaps unique values", async ({ session, createAll, emitted, expectSql }) => {
  await createAll(Places.metadata);
  const [one, two] = [new Seat({ place: "1a" }), new Seat({ place: "1b" })];
  session.addAll([one, two]);
  await session.flush();
  emitted();
  [one.place, two.place] = [two.place, one.place];
  await session.flush();
  expectSql(emitted(), ["UPDATE seats SET place = ? WHERE seats.id = ? -- [null, 1] × 3"]);
  expect(await session.scalars(select(Seat.c.place).orderBy(Seat.c.id)).all()).toEqual(["1b", "1a"]);
});

spec("passes unique values on", async ({ session, createAll, emitted, expectSql }) => {
  await createAll(Places.metadata);
  const seats = ["1a", "1b", "1c"].map((place) => new Seat({ place }));
  session.addAll(seats);
  await session.flush();
  emitted();
  seats.forEach((seat, index) => {
    seat.place = ["1b", "1c", "1d"][index] ?? null;
  });
  await session.flush();
  expectSql(emitted(), ['UPDATE seats SET place = ? WHERE seats.id = ? -- ["1d", 3] × 3']);
  expect(await session.scalars(select(Seat.c.place).orderBy(Seat.c.id)).all()).toEqual(["1b", "1c", "1d"]);
});

spec("moves thousands of unique values at once", async ({ session, createAll }) => {
  await createAll(Places.metadata);
  const seats = Array.from({ length: 2000 }, (_, index) => new Seat({ place: `s${index}` }));
  session.addAll(seats);
  await session.flush();
  const places = () => session.scalars(select(Seat.c.place).orderBy(Seat.c.id)).all();
  const moves = [
    (index: number) => `s${index + 1}`,
    (index: number) => `s${2000 - index}`,
    (index: number) => `s${((index + 1) % 2000) + 1}`,
  ];
  for (const move of moves) {
    seats.forEach((seat, index) => {
      seat.place = move(index);
    });
    await session.flush();
    expect(await places()).toEqual(seats.map((_, index) => move(index)));
  }
});

spec("rotates unique values", async ({ session, createAll, expectStatements }) => {
  await createAll(Places.metadata);
  const seats = ["1a", "1b", "1c"].map((place) => new Seat({ place }));
  session.addAll(seats);
  await session.flush();
  seats.forEach((seat, index) => {
    seat.place = ["1b", "1c", "1a"][index] ?? null;
  });
  await expectStatements(1, () => session.flush());
  expect(await session.scalars(select(Seat.c.place).orderBy(Seat.c.id)).all()).toEqual(["1b", "1c", "1a"]);
});

spec("reuses the unique values of deleted rows", async ({ session, createAll, expectStatements }) => {
  await createAll(Places.metadata);
  const seats = Array.from({ length: 50 }, (_, index) => new Seat({ place: `p${index}` }));
  session.addAll(seats);
  await session.flush();
  for (const seat of seats) {
    await session.delete(seat);
    session.add(new Seat({ place: seat.place }));
  }
  await expectStatements(2, () => session.flush());
  expect(await session.query(Seat).count()).toBe(50);
});

spec("sends one statement for many rows of a kind", async ({ session, expectStatements }) => {
  session.addAll(Array.from({ length: 100 }, (_, index) => new User({ name: `u${index}` })));
  await expectStatements(1, () => session.commit());
  const users = await session.scalars(select(User).orderBy(User.c.id)).all();
  expect(users.map(({ name }) => name)).toEqual(Array.from({ length: 100 }, (_, index) => `u${index}`));
});

spec("sends nothing when nothing changed", async ({ session, expectStatements }) => {
  const ann = session.add(new User({ name: "ann" }));
  await session.commit();
  ann.name = "bob";
  ann.name = "ann";
  await expectStatements(0, () => session.commit());
});
