import { expect } from "vitest";
import {
  type AnyLoadOption,
  containsEager,
  declarativeBase,
  defaultload,
  immediateload,
  inspect,
  integer,
  joinedload,
  lazyload,
  loadOnly,
  manyToOne,
  oneToMany,
  raiseload,
  type Select,
  select,
  selectinload,
  subqueryload,
} from "../../src/entries/index.ts";
import type { Session } from "../../src/orm/session/session.ts";
import { specWith } from "../support/spec.ts";
import { Base, Post, Profile, Tag, TreeNode, User } from "./models.ts";

const spec = specWith({ tables: Base.metadata, session: { expireOnCommit: false } });

async function fill(session: Session, count = 3): Promise<void> {
  const red = new Tag({ label: "red" });
  const users = Array.from({ length: count }, (_, index) => {
    return new User({
      name: `u${index}`,
      profile: new Profile({ bio: `b${index}` }),
      posts: [new Post({ title: `one of ${index}`, tags: [red] }), new Post({ title: `two of ${index}` })],
    });
  });
  session.addAll(users);
  await session.commit();
  await session.close();
}

for (const count of [1, 100, 10_000]) {
  spec(
    `reads posts and tags of ${count} users with three statements`,
    async ({ session, openSession, expectStatements }) => {
      await fill(session, count);
      const again = openSession();
      const read = await expectStatements(3, async () => {
        let tags = 0;
        for (const user of await again.scalars(select(User)).all()) {
          for (const post of await user.posts) tags += (await post.tags).length;
        }
        return tags;
      });
      expect(read).toBe(count);
    },
  );
}

spec(
  "gets an object with what options load, also one that is there already",
  async ({ openSession, session, expectStatements }) => {
    await fill(session, 1);
    const again = openSession();
    const options = [selectinload(User.c.posts).selectinload(Post.c.tags)] as const;
    const user = await expectStatements(3, () => again.getOne(User, 1, { options }));
    expect(user.posts.map((post) => post.tags.length)).toEqual([1, 0]);
    await again.close();
    const third = openSession();
    const plain = await third.getOne(User, 1);
    plain.name = "changed";
    const loaded = await third.getOne(User, 1, { options });
    expect(loaded).toBe(plain);
    expect(loaded.posts[0]?.tags).toHaveLength(1);
    expect(loaded.name).toBe("changed");
    expect(await expectStatements(0, () => third.getOne(User, 1))).toBe(plain);
  },
);

spec("loads what options name for each class of a row", async ({ openSession, session }) => {
  await fill(session, 1);
  const again = openSession();
  const statement = select(User, Post.c.title, Post)
    .join(User.c.posts)
    .options(selectinload(User.c.posts), selectinload(Post.c.tags))
    .orderBy(Post.c.id);
  const rows = await again.execute(statement).all();
  expect(rows.map(([user, title, post]) => [user.posts.length, title, post.tags.length])).toEqual([
    [2, "one of 0", 1],
    [2, "two of 0", 0],
  ]);
});

spec("lets the last option for a relationship decide", async ({ session, openSession, expectStatements }) => {
  await fill(session, 1);
  const unloaded = async (count: number, option: Select<User>, others: readonly AnyLoadOption[] = []) => {
    const again = openSession();
    const user = await expectStatements(count, () =>
      again.scalars(option, undefined, { options: others }).one(),
    );
    const isUnloaded = inspect(user).unloaded.includes("posts");
    await again.close();
    return isUnloaded;
  };
  const both = select(User).options(selectinload(User.c.posts), raiseload(User.c.posts));
  expect(await unloaded(1, both)).toBe(true);
  expect(await unloaded(2, both.options(selectinload(User.c.posts)))).toBe(false);
  const loading = select(User).options(selectinload(User.c.posts));
  expect(await unloaded(1, loading.options(lazyload(User.c.posts)))).toBe(true);
  expect(await unloaded(2, loading.options(defaultload(User.c.posts), lazyload("*")))).toBe(false);
  // What the execution adds comes before.
  expect(await unloaded(2, loading, [lazyload(User.c.posts)])).toBe(false);

  const behind = loading.options(
    selectinload(User.c.posts).selectinload(Post.c.tags),
    defaultload(User.c.posts).options(joinedload(Post.c.author), lazyload(Post.c.tags)),
  );
  const user = await expectStatements(2, () => openSession().scalars(behind).one());
  expect(inspect(user.posts[0]!).unloaded).toEqual(["tags"]);
});

for (const strategy of [selectinload, joinedload, subqueryload, immediateload]) {
  spec(
    `${strategy.name} follows what options name behind objects of which no row tells`,
    async ({ session, openSession }) => {
      await fill(session);
      const again = openSession();
      const [post, moved, user, other] = [
        await again.getOne(Post, 1),
        await again.getOne(Post, 3),
        await again.getOne(User, 1),
        await again.getOne(User, 3),
      ];
      const others = await other.posts;
      post.author = other;
      others.push(new Post({ title: "new" }));
      user.posts.push(moved);
      const autoflush = false;
      const byPost = select(Post)
        .where(Post.c.id.eq(1))
        .options(strategy(Post.c.author).options(strategy(User.c.profile), strategy(User.c.posts)));
      const { author } = await again.scalars(byPost, undefined, { autoflush }).one();
      expect(author).toBe(other);
      expect(inspect(author!).unloaded).toEqual([]);
      expect(author!.posts.map(({ title }) => title)).toEqual(["one of 2", "two of 2", "one of 0", "new"]);

      const byUser = select(User)
        .where(User.c.id.eq(1))
        .options(strategy(User.c.posts).options(strategy(Post.c.tags)));
      const { posts } = await again.scalars(byUser, undefined, { autoflush }).one();
      expect(posts.length).toBe(2);
      expect(posts).toContain(moved);
      for (const each of posts) expect(inspect(each).unloaded).not.toContain("tags");
      await again.rollback();
    },
  );
}

spec(
  "follows what options name behind members that a filter of theirs leaves out",
  async ({ session, openSession, expectStatements }) => {
    await fill(session, 2);
    const again = openSession();
    const [first] = await again.scalars(select(User).options(selectinload(User.c.posts))).all();
    const filtered = select(User).options(
      selectinload(User.c.posts.and(Post.c.title.like("one%"))).selectinload(Post.c.tags),
    );
    const users = await expectStatements(4, () => again.scalars(filtered).all());
    expect(users[0]).toBe(first);
    expect(users.flatMap(({ posts }) => posts.map(({ tags }) => tags.length))).toEqual([1, 0, 1, 0]);
    await expectStatements(3, () => again.scalars(filtered).all());
  },
);

spec("reads one by one where it is told to", async ({ session, openSession, expectStatements }) => {
  await fill(session);
  const again = openSession();
  await expectStatements(4, async () => {
    for (const user of await again.scalars(select(User).options(lazyload(User.c.posts))).all()) {
      expect(await user.posts).toHaveLength(2);
    }
  });
});

spec(
  "finds a parent in the session without asking the database",
  async ({ session, openSession, expectStatements }) => {
    await fill(session);
    const again = openSession();
    const users = await again.scalars(select(User)).all();
    const posts = await again.scalars(select(Post)).all();
    await expectStatements(0, async () => {
      for (const post of posts) expect(users).toContain(await post.author);
    });
  },
);

const strategies = [
  ["selectinload", selectinload, 3],
  ["subqueryload", subqueryload, 3],
  ["joinedload", joinedload, 1],
  ["immediateload", immediateload, 10],
] as const;

for (const [name, strategy, statements] of strategies) {
  spec(
    `loads two levels with ${name} in ${statements} statements`,
    async ({ session, openSession, expectStatements }) => {
      await fill(session);
      const again = openSession();
      const statement = select(User)
        .orderBy(User.c.id)
        .options(strategy(User.c.posts)[name](Post.c.tags as never));
      const users = await expectStatements(statements, () => again.scalars(statement).unique().all());
      await expectStatements(0, async () => {
        for (const user of users) {
          const posts = await user.posts;
          expect(posts).toHaveLength(2);
          expect((await (posts[0] as Post).tags).map(({ label }) => label)).toEqual(["red"]);
        }
      });
    },
  );
}

spec("shows the join of a joined load", async ({ session, emitted, expectSql }) => {
  await session.scalars(select(Post).options(joinedload(Post.c.author))).all();
  expectSql(emitted(), [
    "BEGIN",
    `SELECT posts.id, posts.title, posts.body, posts.author_id, users_1.id, users_1.name
     FROM posts LEFT OUTER JOIN users AS users_1 ON users_1.id = posts.author_id`,
  ]);
});

spec("shows the keys of a select-in load", async ({ session, openSession, emitted, expectSql }) => {
  await fill(session, 2);
  const again = openSession();
  emitted();
  await again.scalars(select(User).options(selectinload(User.c.profile))).all();
  const withKeys = (keys: string) => [
    "BEGIN",
    "SELECT users.id, users.name FROM users",
    `SELECT profiles.user_id, profiles.id, profiles.bio, profiles.user_id FROM profiles
     WHERE profiles.user_id ${keys}`,
  ];
  expectSql(emitted(), {
    ansi: withKeys("IN (?, ?) -- [1, 2]"),
    postgresql: withKeys("= ANY (?) -- [[1, 2]]"),
  });
});

spec(
  "mixes strategies, and limits parents rather than joined rows",
  async ({ session, openSession, expectStatements }) => {
    await fill(session);
    const again = openSession();
    const statement = select(User)
      .orderBy(User.c.id)
      .limit(2)
      .options(joinedload(User.c.posts).selectinload(Post.c.tags), selectinload(User.c.profile));
    const users = await expectStatements(3, () => again.scalars(statement).unique().all());
    expect(users.map((user) => [user.name, user.posts.length, user.profile?.bio])).toEqual([
      ["u0", 2, "b0"],
      ["u1", 2, "b1"],
    ]);
  },
);

spec("asks about what is related in the condition of a joined load", async ({ session, openSession }) => {
  await fill(session);
  const named = Post.c.author.and(User.c.posts.any(Post.c.title.eq("one of 1")));
  const posts = await openSession()
    .scalars(select(Post).options(joinedload(named)).orderBy(Post.c.title))
    .all();
  expect(posts.map(({ author }) => author?.name ?? null)).toEqual([null, "u1", null, null, "u1", null]);
});

spec("loads nothing where it is forbidden", async ({ session, openSession }) => {
  await fill(session);
  const again = openSession();
  const user = await again.scalars(select(User).options(raiseload(User.c.posts)).limit(1)).one();
  await expect(Promise.resolve().then(() => user.posts)).rejects.toMatchObject({ code: "load/not-loaded" });
});

spec(
  "says how to read what a plain read cannot wait for",
  { colours: ["async"] },
  async ({ session, openSession }) => {
    await fill(session);
    const again = openSession();
    const user = await again.getOne(User, 1);
    const read = () => (user.posts as unknown as Post[]).length;
    expect(read).toThrow(expect.objectContaining({ code: "load/lazy-needs-await" }));
    expect(await user.posts).toHaveLength(2);
    expect(read()).toBe(2);
  },
);

spec(
  "loads on a plain read where that can be waited for",
  { colours: ["sync"] },
  async ({ session, openSession }) => {
    await fill(session);
    const user = await openSession().getOne(User, 1);
    expect((user.posts as Post[]).length).toBe(2);
    expect((user.profile as Profile).bio).toBe("b0");
  },
);

spec("gives the same object for the same row", async ({ session, openSession, expectStatements }) => {
  await fill(session);
  const again = openSession();
  const one = await again.getOne(User, 1);
  expect(await again.scalars(select(User).where(User.c.name.eq("u0"))).one()).toBe(one);
  await expectStatements(0, async () => {
    expect(await again.get(User, 1)).toBe(one);
  });
  expect(await again.get(User, 99)).toBeNull();
});

spec("flushes before a query, and not when told not to", async ({ session, openSession }) => {
  await fill(session, 1);
  const again = openSession();
  const user = await again.getOne(User, 1);
  user.name = "new";
  expect(await again.scalars(select(User.c.name)).all()).toEqual(["new"]);
  const quiet = openSession({ autoflush: false });
  await again.rollback();
  const same = await quiet.getOne(User, 1);
  same.name = "newer";
  expect(await quiet.scalars(select(User.c.name)).all()).toEqual(["u0"]);
});

spec("reads a row again when asked, and when it is expired", async ({ session, expectStatements }) => {
  const ann = session.add(new User({ name: "ann" }));
  await session.commit();
  ann.name = "changed";
  await expectStatements(1, () => session.refresh(ann));
  expect(ann.name).toBe("ann");
  session.expire(ann, ["name"]);
  expect(inspect(ann).unloaded).toContain("name");
  await session.refresh(ann, ["name"]);
  expect(ann.name).toBe("ann");
});

spec("follows a tree as far as it is told", async ({ session, openSession, expectStatements }) => {
  session.add(
    new TreeNode({
      name: "root",
      children: [new TreeNode({ name: "branch", children: [new TreeNode({ name: "leaf" })] })],
    }),
  );
  await session.commit();
  await session.close();
  const statement = select(TreeNode)
    .where(TreeNode.c.parentId.isNull())
    .options(selectinload(TreeNode.c.children).selectinload(TreeNode.c.children));
  const root = await expectStatements(3, () => openSession().scalars(statement).one());
  expect(root.children[0]?.children[0]?.name).toBe("leaf");
});

spec(
  "loads by the strategy of the mapping",
  async ({ session, openSession, createAll, expectStatements }) => {
    const Own = declarativeBase();
    class Shelf extends Own("shelves", {
      id: integer().primaryKey(),
      get books() {
        return oneToMany(Book, { lazy: "selectin", backPopulates: "shelf" });
      },
    }) {}
    class Book extends Own("books", {
      id: integer().primaryKey(),
      get shelfId() {
        return integer().references(Shelf.c.id);
      },
      get shelf() {
        return manyToOne(Shelf, { lazy: "joined", backPopulates: "books" });
      },
    }) {}
    await createAll(Own.metadata);
    session.add(new Shelf({ books: [new Book(), new Book()] }));
    await session.commit();
    await session.close();
    const again = openSession();
    const shelf = await expectStatements(2, () => again.scalars(select(Shelf)).one());
    await expectStatements(0, async () => {
      for (const book of await shelf.books) expect(await book.shelf).toBe(shelf);
    });
  },
);

spec("loads what a cascade needs for more and more siblings at once", async (context) => {
  const { session, openSession, expectStatements, emitted } = context;
  for (let n = 0; n < 30; n++)
    session.add(new User({ name: `user ${n}`, posts: [new Post({ title: "one" })] }));
  await session.commit();
  await session.close();
  const other = openSession();
  const users = await other.scalars(select(User).orderBy(User.c.id)).all();
  emitted();
  for (const user of users) await other.delete(user);
  await other.flush();
  const read = emitted().flatMap((line) => /^SELECT (\w+)\./.exec(line)?.[1] ?? []);
  // For 1, 2, 4, 8 and the last 15 users; what was deleted is flushed before each of these reads.
  expect(read.filter((table) => table === "posts")).toHaveLength(5);
  expect(read.filter((table) => table === "profiles")).toHaveLength(5);
  expect(read).toHaveLength(15);
  await other.rollback();
  const [first] = await other.scalars(select(User).orderBy(User.c.id)).all();
  await expectStatements(2, () => other.delete(first!));
});

spec("takes its own joins into the subquery that a limit needs", async ({ session, openSession }) => {
  await fill(session);
  const statement = select(User)
    .outerJoin(User.c.profile)
    .orderBy(User.c.id)
    .limit(2)
    .options(containsEager(User.c.profile), joinedload(User.c.posts));
  const users = await openSession().scalars(statement).unique().all();
  expect(users.map(({ profile, posts }) => [profile?.bio, posts.length])).toEqual([
    ["b0", 2],
    ["b1", 2],
  ]);
});

spec("forgets its own joins when it reads an object again", async ({ session, openSession }) => {
  await fill(session);
  const again = openSession();
  const statement = select(User)
    .join(User.c.posts)
    .where(Post.c.title.eq("one of 1"))
    .options(containsEager(User.c.posts).containsEager(Post.c.tags))
    .outerJoin(Post.c.tags);
  const user = await again.scalars(statement).one();
  expect(user.posts).toHaveLength(1);
  again.expire(user);
  await again.refresh(user);
  const posts = await (user as User).posts;
  expect(posts.map(({ title }) => title)).toEqual(["one of 1", "two of 1"]);
  expect((await (posts[0] as Post).tags).map(({ label }) => label)).toEqual(["red"]);
});

spec("loads by a subquery for distinct rows behind an offset", async ({ session, openSession }) => {
  await fill(session, 1);
  const statement = select(Post)
    .distinct()
    .orderBy(Post.c.id)
    .limit(1)
    .offset(1)
    .options(subqueryload(Post.c.author));
  const post = await openSession().scalars(statement).one();
  expect(post.author?.name).toBe("u0");
});

spec("loads by a subquery for objects without their foreign key", async ({ session, openSession }) => {
  await fill(session, 1);
  const statement = select(Post).options(loadOnly(Post.c.title), subqueryload(Post.c.author));
  for (const post of await openSession().scalars(statement).all()) expect(post.author?.name).toBe("u0");
});

spec("loads siblings of an object whose options went with its expiry", async ({ session, openSession }) => {
  await fill(session);
  const again = openSession();
  const users = await again.scalars(select(User).options(lazyload(User.c.posts))).all();
  again.expire(users[0]!);
  expect(await users[0]!.posts).toHaveLength(2);
});
