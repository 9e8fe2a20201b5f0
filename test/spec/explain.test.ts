import { expect } from "vitest";
import {
  declarativeBase,
  explainFlush,
  integer,
  manyToOne,
  oneToMany,
  string,
} from "../../src/entries/index.ts";
import { specWith } from "../support/spec.ts";
import { Base, Post, Tag, User } from "./models.ts";

const spec = specWith({ tables: Base.metadata });

spec("shows what a flush would send, and sends nothing", async ({ session, emitted, target }) => {
  const red = new Tag({ label: "red" });
  session.add(new User({ name: "ann", posts: [new Post({ title: "one", tags: [red] })] }));
  const plan = explainFlush(session);
  expect(plan.reads).toEqual([]);
  expect(plan.statements.map(({ kind, table }) => `${kind} ${table}`)).toEqual([
    "insert users",
    "insert tags",
    "insert posts",
    "insert post_tags",
  ]);
  expect(plan.statements[1]?.rows).toEqual([{ object: red, values: { label: "red" }, key: {} }]);
  if (target.name !== "postgresql") {
    expect(String(plan).split("\n")).toEqual([
      "INSERT INTO users (name) VALUES (?) RETURNING id",
      '  a new User: name = "ann"',
      "INSERT INTO tags (label) VALUES (?) RETURNING id",
      '  a new Tag: label = "red"',
      "INSERT INTO posts (title, body, author_id) VALUES (?, ?, ?) RETURNING id",
      '  a new Post: title = "one", body = (default), author_id = (id of the new User)',
      "INSERT INTO post_tags (post_id, tag_id, weight) VALUES (?, ?, ?)",
      "  a row of post_tags: post_id = (id of the new Post), tag_id = (id of the new Tag), weight = (default)",
    ]);
  }
  expect(emitted()).toEqual([]);
  expect(session.new.size).toBe(3);
});

spec("is what the flush then does", async ({ session, emitted }) => {
  const ann = session.add(new User({ name: "ann" }));
  const bob = session.add(new User({ name: "bob", posts: [new Post({ title: "one" })] }));
  await session.commit();
  [ann.name, bob.name] = ["cid", "ann"];
  bob.posts.push(new Post({ title: "two" }));
  await session.delete((await bob.posts)[0]!);
  const planned = explainFlush(session).statements.map(({ sql }) => sql);
  emitted();
  await session.flush();
  const sent = emitted().map((line) => line.replace(/ -- .*$/, ""));
  expect(sent.filter((line) => line !== "BEGIN" && !line.startsWith("SELECT"))).toEqual(planned);
});

spec("names what would be read first", { colours: ["async"] }, async (context) => {
  const { session, openSession, emitted } = context;
  session.add(new User({ name: "ann", posts: [new Post({ title: "one" })] }));
  await session.commit();
  const other = openSession();
  const ann = (await other.get(User, 1))!;
  emitted();
  ann.posts = [];
  const plan = explainFlush(other);
  expect(plan.reads).toEqual(["User.posts of User 1"]);
  expect(String(plan)).toBe("first reads\n  User.posts of User 1");
  expect(emitted()).toEqual([]);
  await other.commit();
  expect(await other.get(Post, 1)).toBeNull();
});

const Circular = declarativeBase();
class Link extends Circular("links", {
  id: integer().primaryKey(),
  name: string(),
  get nextId() {
    return integer().nullable().references(Link.c.id);
  },
  get next() {
    return manyToOne(Link, { backPopulates: "previous", remoteSide: () => Link.c.id });
  },
  get previous() {
    return oneToMany(Link, { backPopulates: "next" });
  },
}) {}

spec("fails as the flush would", { tables: Circular.metadata }, async ({ session, emitted }) => {
  const one = session.add(new Link({ name: "one" }));
  one.next = new Link({ name: "two", next: one });
  expect(() => explainFlush(session)).toThrow("flush/cycle");
  expect(emitted()).toEqual([]);
});

const Versioned = declarativeBase();
class Page extends Versioned("pages", {
  id: integer().primaryKey(),
  title: string(20),
  revision: integer().version(),
}) {}

spec("says that a version is not known yet", { tables: Versioned.metadata }, async (context) => {
  const { session, emitted, target } = context;
  const [first, second] = ["a", "b"].map((title) => session.add(new Page({ title })));
  await session.commit();
  session.expireAll();
  first!.title = "c";
  await session.delete(second!);
  emitted();
  const plan = explainFlush(session);
  expect(plan.reads).toEqual(["Page 1", "Page 2"]);
  expect(plan.statements.map(({ rows }) => rows.map(({ values, key }) => [values, key].map(shown)))).toEqual([
    [
      [
        { title: "c", revision: "(revision of Page 1 + 1)" },
        { id: "1", revision: "(revision of Page 1)" },
      ],
    ],
    [[{}, { id: "2", revision: "(revision of Page 2)" }]],
  ]);
  if (target.name !== "postgresql") {
    expect(String(plan).split("\n").slice(3)).toEqual([
      "UPDATE pages SET title = ?, revision = ? WHERE pages.id = ? AND pages.revision = ?",
      '  Page 1: title = "c", revision = (revision of Page 1 + 1)',
      "DELETE FROM pages WHERE pages.id = ? AND pages.revision = ?",
      "  Page 2: id = 2, revision = (revision of Page 2)",
    ]);
  }
  expect(emitted()).toEqual([]);
  await session.commit();
  expect(first!.revision).toBe(2);
});

const shown = (values: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, String(value)]));
