import { describe, expect } from "vitest";
import {
  containsEager,
  declarativeBase,
  defer,
  immediateload,
  integer,
  joinedload,
  lazyload,
  loadOnly,
  noload,
  raiseload,
  select,
  selectinload,
  subqueryload,
  text,
  undefer,
} from "../../src/entries/index.ts";
import type { Session } from "../../src/orm/session/session.ts";
import type { AnyLoadOption } from "../../src/sql/row.ts";
import type { SpecContext } from "../../src/testing/spec.ts";
import { specWith } from "../support/spec.ts";
import { Base, Post, Profile, Tag, User } from "./models.ts";

const spec = specWith({ tables: Base.metadata, session: { expireOnCommit: false } });

const users = select(User).orderBy(User.c.id);

async function fill(session: Session): Promise<void> {
  const red = new Tag({ label: "red" });
  for (const index of [0, 1, 2]) {
    const posts = [
      new Post({ title: `one of ${index}`, tags: [red] }),
      new Post({ title: `two of ${index}` }),
    ];
    session.add(new User({ name: `u${index}`, profile: new Profile({ bio: `b${index}` }), posts }));
    // Posts are numbered as their users are.
    await session.flush();
  }
  await session.commit();
  await session.close();
}

/** How many statements a query sends, and reading posts, profiles, authors and tags afterwards. */
async function countsOf(
  { session, openSession, emitted }: SpecContext,
  ...options: AnyLoadOption[]
): Promise<number[]> {
  await fill(session);
  const again = openSession();
  const sent = () => emitted().filter((line) => line.startsWith("SELECT")).length;
  sent();
  const all: User[] = await again.scalars(users.options(...options)).all();
  const counts = [sent()];
  const posts: Post[] = [];
  for (const user of all) for (const post of await user.posts) posts.push(post);
  counts.push(sent());
  for (const user of all) await user.profile;
  counts.push(sent());
  for (const post of posts) await post.author;
  counts.push(sent());
  for (const post of posts) await post.tags;
  counts.push(sent());
  return counts;
}

// ---------------------------------------------------------------- one relationship

/** Statements of the query, and then of its posts, profiles, authors and tags. */
const ofPosts: [name: string, option: AnyLoadOption, counts: number[]][] = [
  ["selectinload", selectinload(User.c.posts), [2, 0, 1, 0, 1]],
  ["joinedload", joinedload(User.c.posts), [1, 0, 1, 0, 1]],
  ["subqueryload", subqueryload(User.c.posts), [2, 0, 1, 0, 1]],
  // The posts of one user are siblings; those of two are not.
  ["immediateload", immediateload(User.c.posts), [4, 0, 1, 0, 3]],
  ["lazyload", lazyload(User.c.posts), [1, 3, 1, 0, 3]],
  ["noload", noload(User.c.posts), [1, 0, 1, 0, 0]],
];

describe("an option for one relationship", () => {
  for (const [name, option, counts] of ofPosts) {
    spec(`${name} sends ${counts.join(", ")} statements`, async (context) => {
      expect(await countsOf(context, option)).toEqual(counts);
    });
  }
});

// ---------------------------------------------------------------- every relationship

const ofAll: [name: string, options: AnyLoadOption[], counts: number[]][] = [
  ["selectinload", [selectinload("*")], [4, 0, 0, 0, 0]],
  ["joinedload", [joinedload("*")], [1, 0, 0, 0, 0]],
  ["subqueryload", [subqueryload("*")], [4, 0, 0, 0, 0]],
  ["lazyload", [lazyload("*")], [1, 3, 3, 0, 6]],
  ["noload", [noload("*")], [1, 0, 0, 0, 0]],
  ["joinedload, but for one", [joinedload("*"), selectinload(User.c.posts)], [2, 0, 0, 0, 0]],
  ["lazyload, but for one", [lazyload("*"), selectinload(User.c.posts)], [2, 0, 3, 0, 6]],
  ["noload, but for one", [noload("*"), selectinload(User.c.posts)], [2, 0, 0, 0, 0]],
  ["selectinload behind a path", [selectinload(User.c.posts).selectinload("*")], [3, 0, 1, 0, 0]],
  ["joinedload behind a path", [selectinload(User.c.posts).joinedload("*")], [2, 0, 1, 0, 0]],
  ["lazyload behind a path", [selectinload(User.c.posts).lazyload("*")], [2, 0, 1, 0, 6]],
  ["noload behind a path", [selectinload(User.c.posts).noload("*")], [2, 0, 1, 0, 0]],
];

describe("an option for all relationships", () => {
  for (const [name, options, counts] of ofAll) {
    spec(`${name} sends ${counts.join(", ")} statements`, async (context) => {
      expect(await countsOf(context, ...options)).toEqual(counts);
    });
  }

  spec("raises but for those that are named", async ({ session, openSession, expectStatements }) => {
    await fill(session);
    const again = openSession();
    const statement = users.options(
      raiseload("*"),
      selectinload(User.c.posts).selectinload(Post.c.tags),
      joinedload(User.c.profile),
    );
    const all = await expectStatements(3, () => again.scalars(statement).all());
    const [post] = all[0]!.posts;
    await expectStatements(0, async () => {
      expect(all[0]!.profile?.bio).toBe("b0");
      expect((await post!.tags).map(({ label }) => label)).toEqual(["red"]);
      await expect(async () => await post!.tags[0]!.posts).rejects.toMatchObject({ code: "load/not-loaded" });
      // Without sqlOnly it is an error, too, to read what the session holds.
      await expect(async () => await post!.author).rejects.toMatchObject({ code: "load/not-loaded" });
    });
  });

  spec("raises behind a path", async ({ session, openSession, expectStatements }) => {
    await fill(session);
    const again = openSession();
    const [user] = await again.scalars(users.options(selectinload(User.c.posts).raiseload("*"))).all();
    await expect(async () => await user!.posts[0]!.tags).rejects.toMatchObject({ code: "load/not-loaded" });
    await expectStatements(1, async () => await user!.profile);
  });
});

// ---------------------------------------------------------------- raising, and looking empty

describe("raiseload", () => {
  const notLoaded = { code: "load/not-loaded" };

  spec("with sqlOnly lets what the session holds be read", async (context) => {
    const { session, openSession, expectStatements } = context;
    await fill(session);
    const again = openSession();
    const statement = select(Post)
      .orderBy(Post.c.id)
      .options(raiseload(Post.c.author, { sqlOnly: true }));
    const posts = await expectStatements(1, () => again.scalars(statement).all());
    await expectStatements(0, async () => {
      await expect(async () => await posts[0]!.author).rejects.toMatchObject(notLoaded);
    });
    const [ann] = await again.scalars(users.limit(1)).all();
    await expectStatements(0, async () => {
      expect(await posts[0]!.author).toBe(ann);
      await expect(async () => await posts[2]!.author).rejects.toMatchObject(notLoaded);
    });
  });

  spec("with sqlOnly never asks for a collection, of none of the siblings", async (context) => {
    const { session, openSession, expectStatements } = context;
    await fill(session);
    const again = openSession();
    const strict = users.options(raiseload("*", { sqlOnly: true }), selectinload(User.c.posts));
    const [first] = await expectStatements(2, () => again.scalars(strict).all());
    await expectStatements(0, async () => {
      expect(await first!.posts[0]!.author).toBe(first);
      await expect(async () => await first!.profile).rejects.toMatchObject(notLoaded);
      await expect(async () => await first!.posts[0]!.tags).rejects.toMatchObject(notLoaded);
    });
  });

  spec("is of the objects of its statement", async ({ session, openSession, expectStatements }) => {
    await fill(session);
    const again = openSession();
    const [first] = await again.scalars(users.where(User.c.id.eq(1)).options(raiseload(User.c.posts))).all();
    const all = await again.scalars(users.where(User.c.id.gt(1))).all();
    await expectStatements(1, async () => {
      for (const user of all) expect(await user.posts).toHaveLength(2);
    });
    await expect(async () => await first!.posts).rejects.toMatchObject(notLoaded);
    // A refresh that names the relationship loads it all the same.
    await expectStatements(2, () => again.refresh(first!, ["posts"]));
    expect(await first!.posts).toHaveLength(2);
  });

  spec("does not stand in the way of a flush", async ({ session, openSession }) => {
    await fill(session);
    const again = openSession();
    const [first] = await again.scalars(users.options(raiseload("*")).limit(1)).all();
    await again.delete(first!);
    await again.commit();
    expect(await again.scalars(select(Post)).all()).toHaveLength(4);
  });
});

describe("noload", () => {
  spec("looks empty, and takes what is added", async ({ session, openSession, expectStatements }) => {
    await fill(session);
    const again = openSession();
    const statement = users.limit(1).options(noload(User.c.posts), noload(User.c.profile));
    const [first] = await expectStatements(1, () => again.scalars(statement).all());
    expect(first!.posts).toHaveLength(0);
    expect(first!.profile).toBeNull();
    first!.posts.push(new Post({ title: "three" }));
    await again.commit();
    await again.close();
    const titles = await again.scalars(select(Post.c.title).where(Post.c.authorId.eq(1))).all();
    expect(titles.sort()).toEqual(["one of 0", "three", "two of 0"]);
  });
});

describe("immediateload", () => {
  spec("asks for nothing that the session holds", async ({ session, openSession, expectStatements }) => {
    await fill(session);
    const again = openSession();
    const all = await again.scalars(users).all();
    const posts = select(Post).orderBy(Post.c.id).options(immediateload(Post.c.author));
    const found = await expectStatements(1, () => again.scalars(posts).all());
    expect(found.map(({ author }) => author?.name)).toEqual(["u0", "u0", "u1", "u1", "u2", "u2"]);
    expect(all.map((user) => user.name)).toEqual(["u0", "u1", "u2"]);
    await again.close();
    // One statement for each author.
    await expectStatements(4, () => again.scalars(posts).all());
  });
});

describe("a wildcard for columns", () => {
  const Own = declarativeBase();
  class Page extends Own("pages", {
    id: integer().primaryKey(),
    title: text(),
    body: text().deferred(),
    notes: text().deferred({ group: "more" }),
  }) {}

  spec("defers all, or none", { tables: Own.metadata }, async ({ session, openSession, emitted }) => {
    session.add(new Page({ title: "a", body: "b", notes: "c" }));
    await session.commit();
    const again = openSession();
    await session.close();
    const columnsFor = async (...options: AnyLoadOption[]) => {
      emitted();
      await again.scalars(select(Page).options(...options)).all();
      return /^SELECT (.*?)\s+FROM/s.exec(emitted().at(-1) ?? "")?.[1]?.replaceAll("pages.", "");
    };
    expect(await columnsFor()).toBe("id, title");
    expect(await columnsFor(undefer("*"))).toBe("id, title, body, notes");
    expect(await columnsFor(defer("*"))).toBe("id");
    expect(await columnsFor(defer("*"), undefer(Page.c.body))).toBe("id, body");
    expect(await columnsFor(loadOnly(Page.c.body))).toBe("id, body");
  });
});

// ---------------------------------------------------------------- populateExisting

/** What changed objects are like after a query with populateExisting: statements, and what they hold. */
async function repopulated({ session, openSession, emitted }: SpecContext, ...options: AnyLoadOption[]) {
  await fill(session);
  const again = openSession({ autoflush: false });
  const [first] = await again
    .scalars(users.options(selectinload(User.c.posts), selectinload(User.c.profile)))
    .all();
  const user: User = first!;
  const [post] = first!.posts;
  user.name = "x";
  post!.title = "y";
  user.posts.push(new Post({ title: "z" }));
  first!.profile!.bio = "w";
  emitted();
  await again.scalars(users.options(...options).executionOptions({ populateExisting: true })).all();
  const statements = emitted().length;
  const titles = (await user.posts).map(({ title }) => title);
  return [statements, user.name, titles.join(), (await user.profile)?.bio];
}

const replaced: [name: string, options: AnyLoadOption[], expected: unknown[]][] = [
  ["nothing", [], [1, "u0", "y,two of 0", "w"]],
  ["selectinload", [selectinload(User.c.posts)], [2, "u0", "one of 0,two of 0", "w"]],
  ["joinedload", [joinedload(User.c.posts)], [1, "u0", "one of 0,two of 0", "w"]],
  ["subqueryload", [subqueryload(User.c.posts)], [2, "u0", "one of 0,two of 0", "w"]],
  // It reads what is not loaded, and nothing else.
  ["immediateload", [immediateload(User.c.posts)], [1, "u0", "y,two of 0,z", "w"]],
  ["lazyload", [lazyload(User.c.posts)], [1, "u0", "y,two of 0", "w"]],
  [
    "two levels and another relationship",
    [selectinload(User.c.posts).selectinload(Post.c.tags), joinedload(User.c.profile)],
    [3, "u0", "one of 0,two of 0", "b0"],
  ],
];

describe("populateExisting replaces what the statement loads", () => {
  for (const [name, options, expected] of replaced) {
    spec(`with ${name}`, async (context) => {
      expect(await repopulated(context, ...options)).toEqual(expected);
    });
  }

  spec("by the rows that containsEager takes", async ({ session, openSession }) => {
    await fill(session);
    const again = openSession({ autoflush: false });
    const [first] = await again.scalars(users.options(selectinload(User.c.posts)).limit(1)).all();
    first!.posts[0]!.title = "y";
    const joined = select(User)
      .join(User.c.posts)
      .where(Post.c.title.eq("one of 0"))
      .options(containsEager(User.c.posts))
      .executionOptions({ populateExisting: true });
    await again.scalars(joined).all();
    expect(first!.posts.map(({ title }) => title)).toEqual(["one of 0"]);
  });

  spec("also where a key is got", async ({ session, openSession, expectStatements }) => {
    await fill(session);
    const again = openSession({ autoflush: false });
    const first = await again.getOne(User, 1);
    first.name = "x";
    const options = { populateExisting: true, options: [selectinload(User.c.posts)] };
    const same = await expectStatements(2, () => again.getOne(User, 1, options));
    expect(same).toBe(first);
    expect(first.name).toBe("u0");
    await expectStatements(0, async () => expect(await first.posts).toHaveLength(2));
  });
});
