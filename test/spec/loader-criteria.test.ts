import { expect } from "vitest";
import {
  aliased,
  containsEager,
  declarativeBase,
  deleteFrom,
  func,
  immediateload,
  integer,
  joinedload,
  lazyload,
  manyToMany,
  manyToOne,
  oneToMany,
  type Session,
  select,
  selectinload,
  string,
  subqueryload,
  table,
  update,
  withLoaderCriteria,
} from "../../src/entries/index.ts";
import { specWith } from "../support/spec.ts";

const Base = declarativeBase();

class User extends Base("users", {
  id: integer().primaryKey(),
  name: string(20),
  gone: string(20).nullable(),
  get posts() {
    return oneToMany(Post, { backPopulates: "author", orderBy: () => Post.c.id });
  },
}) {}

class Post extends Base("posts", {
  id: integer().primaryKey(),
  title: string(20),
  gone: string(20).nullable(),
  get authorId() {
    return integer().references(User.c.id).nullable();
  },
  get parentId() {
    return integer().references(Post.c.id).nullable();
  },
  get author() {
    return manyToOne(User, { backPopulates: "posts" });
  },
  get answers() {
    return oneToMany(Post, { foreignKeys: () => Post.c.parentId });
  },
  get tags() {
    return manyToMany(Tag, { secondary: postTags });
  },
}) {}

class Tag extends Base("tags", {
  id: integer().primaryKey(),
  label: string(20),
  gone: string(20).nullable(),
}) {}

const postTags = table("post_tags", Base.metadata, {
  get postId() {
    return integer().references(Post.c.id).primaryKey();
  },
  get tagId() {
    return integer().references(Tag.c.id).primaryKey();
  },
});

class Shelf extends Base("shelves", {
  id: integer().primaryKey(),
  get books() {
    return oneToMany(Book, { lazy: "selectin" });
  },
}) {}

class Book extends Base("books", {
  id: integer().primaryKey(),
  gone: string(20).nullable(),
  get shelfId() {
    return integer().references(Shelf.c.id);
  },
}) {}

const spec = specWith({ tables: Base.metadata, session: { expireOnCommit: false } });

const users = withLoaderCriteria(User, (user) => user.c.gone.isNull());
const posts = withLoaderCriteria(Post, Post.c.gone.isNull());
const tags = withLoaderCriteria(Tag, (tag) => tag.c.gone.isNull());
const all = [users, posts, tags];

async function fill(session: Session): Promise<void> {
  const [red, old] = [new Tag({ label: "red" }), new Tag({ label: "old", gone: "x" })];
  session.add(
    new User({
      name: "ann",
      posts: [
        new Post({ title: "here", tags: [red, old] }),
        new Post({ title: "gone", gone: "x", tags: [red] }),
      ],
    }),
  );
  session.add(new User({ name: "bob", gone: "x", posts: [new Post({ title: "of bob" })] }));
  await session.commit();
  await session.close();
}

spec("filters the class in FROM, in joins, and in columns", async (context) => {
  const { session, openSession, emitted, expectSql } = context;
  await fill(session);
  const again = openSession();
  emitted();
  await again.scalars(select(User).options(users)).all();
  await again.execute(select(User.c.name).options(users)).all();
  await again.scalars(select(User.c.name).outerJoin(User.c.posts).options(users, posts)).all();
  await again.scalars(select(Post.c.title).outerJoin(Post.c.tags).options(tags)).all();
  await again.scalars(select(func.count()).selectFrom(Post).options(posts)).all();
  expectSql(emitted(), [
    "BEGIN",
    "SELECT users.id, users.name, users.gone FROM users WHERE users.gone IS NULL",
    "SELECT users.name FROM users WHERE users.gone IS NULL",
    `SELECT users.name FROM users LEFT OUTER JOIN posts ON users.id = posts.author_id AND posts.gone IS NULL
     WHERE users.gone IS NULL`,
    `SELECT posts.title FROM posts LEFT OUTER JOIN post_tags ON posts.id = post_tags.post_id
     LEFT OUTER JOIN tags ON tags.id = post_tags.tag_id AND tags.gone IS NULL`,
    "SELECT count(*) FROM posts WHERE posts.gone IS NULL",
  ]);
});

spec("filters any(), has(), and what stands inside of a statement", async (context) => {
  const { session, openSession, emitted, expectSql } = context;
  await fill(session);
  const again = openSession();
  emitted();
  const names = (statement: Parameters<typeof again.scalars>[0]) => again.scalars(statement).all();
  expect(
    await names(
      select(User.c.name)
        .where(User.c.posts.any(Post.c.title.eq("gone")))
        .options(posts),
    ),
  ).toEqual([]);
  expect(
    await names(select(Post.c.title).where(Post.c.author.has()).orderBy(Post.c.id).options(users)),
  ).toEqual(["here", "gone"]);
  expect(await names(select(Post.c.title).where(Post.c.answers.any()).options(posts))).toEqual([]);
  expect(
    await names(
      select(User.c.name)
        .where(User.c.id.in(select(Post.c.authorId).where(Post.c.title.eq("gone"))))
        .options(posts),
    ),
  ).toEqual([]);
  const counted = select(func.count(Post.c.id)).where(Post.c.authorId.eq(User.c.id)).asScalar();
  expect(await names(select(counted).selectFrom(User).orderBy(User.c.id).options(posts))).toEqual([1, 1]);
  const inner = select(Post.c.title, Post.c.authorId).subquery("inner_posts");
  expect(await names(select(inner.c.title).orderBy(inner.c.title).options(posts))).toEqual([
    "here",
    "of bob",
  ]);
  const cte = select(Post.c.title).cte("titles");
  expect(await names(select(cte.c.title).orderBy(cte.c.title).options(posts))).toEqual(["here", "of bob"]);
  expectSql(emitted(), [
    "BEGIN",
    `SELECT users.name FROM users WHERE EXISTS (SELECT 1 FROM posts
     WHERE users.id = posts.author_id AND posts.title = ? AND posts.gone IS NULL) -- ["gone"]`,
    `SELECT posts.title FROM posts WHERE EXISTS (SELECT 1 FROM users
     WHERE users.id = posts.author_id AND users.gone IS NULL) ORDER BY posts.id`,
    `SELECT posts.title FROM posts WHERE EXISTS (SELECT 1 FROM posts AS posts_1
     WHERE posts.id = posts_1.parent_id AND posts_1.gone IS NULL) AND posts.gone IS NULL`,
    `SELECT users.name FROM users WHERE users.id IN
     (SELECT posts.author_id FROM posts WHERE posts.title = ? AND posts.gone IS NULL) -- ["gone"]`,
    `SELECT (SELECT count(posts.id) FROM posts WHERE posts.author_id = users.id AND posts.gone IS NULL)
     FROM users ORDER BY users.id`,
    `SELECT inner_posts.title FROM (SELECT posts.title, posts.author_id FROM posts WHERE posts.gone IS NULL)
     AS inner_posts ORDER BY inner_posts.title`,
    `WITH titles AS (SELECT posts.title FROM posts WHERE posts.gone IS NULL)
     SELECT titles.title FROM titles ORDER BY titles.title`,
  ]);
});

spec(
  "filters each query of a set operation that a SELECT stands around",
  async ({ session, openSession }) => {
    await fill(session);
    const both = select(Post.c.title)
      .unionAll(select(User.c.name.label("title")))
      .subquery("both");
    const found = await openSession()
      .scalars(
        select(both.c.title)
          .orderBy(both.c.title)
          .options(...all),
      )
      .all();
    expect(found).toEqual(["ann", "here", "of bob"]);
  },
);

spec("leaves aliases alone unless they are meant", async ({ session, openSession, emitted, expectSql }) => {
  await fill(session);
  const again = openSession();
  const other = aliased(User, "other");
  const withAliases = withLoaderCriteria(User, (user) => user.c.gone.isNull(), { includeAliases: true });
  const onlyOther = withLoaderCriteria(other, (user) => user.c.gone.isNull());
  emitted();
  const found = [];
  for (const option of [users, withAliases, onlyOther]) {
    const statement = select(Post.c.title).join(Post.c.author.of(other)).options(option);
    found.push((await again.scalars(statement).all()).length);
  }
  expect(found).toEqual([3, 2, 2]);
  const join = "SELECT posts.title FROM posts JOIN users AS other ON other.id = posts.author_id";
  expectSql(emitted(), ["BEGIN", join, `${join} AND other.gone IS NULL`, `${join} AND other.gone IS NULL`]);
});

const strategies = [
  ["selectinload", selectinload, 3],
  ["subqueryload", subqueryload, 3],
  ["joinedload", joinedload, 1],
  ["immediateload", immediateload, 3],
  ["lazyload", lazyload, 3],
] as const;

for (const [name, strategy, statements] of strategies) {
  spec(`filters what ${name} loads`, async ({ session, openSession, expectStatements }) => {
    await fill(session);
    const statement = select(User).options(strategy(User.c.posts)[name](Post.c.tags as never), ...all);
    const read = await expectStatements(statements, async () => {
      const [ann, ...others] = await openSession().scalars(statement).all();
      expect(others).toEqual([]);
      const found: Record<string, string[]> = {};
      for (const post of await ann!.posts) found[post.title] = (await post.tags).map(({ label }) => label);
      return found;
    });
    expect(read).toEqual({ here: ["red"] });
  });

  spec(`filters the object that ${name} loads`, async ({ session, openSession }) => {
    await fill(session);
    const statement = select(Post).options(strategy(Post.c.author), users).orderBy(Post.c.id);
    const authors = [];
    for (const post of await openSession().scalars(statement).all()) authors.push((await post.author)?.name);
    expect(authors).toEqual(["ann", "ann", undefined]);
  });
}

spec("shows the conditions of eager loads", async ({ session, openSession, emitted, expectSql }) => {
  await fill(session);
  emitted();
  const joined = select(User)
    .options(joinedload(User.c.posts).joinedload(Post.c.tags), ...all)
    .limit(1);
  const again = openSession();
  await again.scalars(joined).all();
  expectSql(emitted(), [
    "BEGIN",
    `SELECT anon_1.users_id, anon_1.users_name, anon_1.users_gone, posts_1.id, posts_1.title, posts_1.gone,
     posts_1.author_id, posts_1.parent_id, tags_1.id, tags_1.label, tags_1.gone
     FROM (SELECT users.id AS users_id, users.name AS users_name, users.gone AS users_gone FROM users
     WHERE users.gone IS NULL LIMIT ?) AS anon_1
     LEFT OUTER JOIN posts AS posts_1 ON anon_1.users_id = posts_1.author_id AND posts_1.gone IS NULL
     LEFT OUTER JOIN post_tags AS post_tags_1 ON posts_1.id = post_tags_1.post_id
     LEFT OUTER JOIN tags AS tags_1 ON tags_1.id = post_tags_1.tag_id AND tags_1.gone IS NULL
     ORDER BY posts_1.id -- [1]`,
  ]);
  await again.scalars(select(User).options(subqueryload(User.c.posts), users, posts)).all();
  expectSql(emitted(), [
    "SELECT users.id, users.name, users.gone FROM users WHERE users.gone IS NULL",
    `SELECT anon_1.users_id, posts.id, posts.title, posts.gone, posts.author_id, posts.parent_id
     FROM (SELECT DISTINCT users.id AS users_id FROM users WHERE users.gone IS NULL) AS anon_1
     JOIN posts ON anon_1.users_id = posts.author_id AND posts.gone IS NULL ORDER BY posts.id`,
  ]);
  await again.scalars(select(User).join(User.c.posts).options(containsEager(User.c.posts), posts)).all();
  expectSql(emitted(), [
    `SELECT users.id, users.name, users.gone, posts.id, posts.title, posts.gone, posts.author_id, posts.parent_id
     FROM users JOIN posts ON users.id = posts.author_id AND posts.gone IS NULL`,
  ]);
});

spec("follows the objects of the statement, siblings included", async (context) => {
  const { session, openSession, expectStatements, emitted, expectSql } = context;
  await fill(session);
  const again = openSession();
  emitted();
  const found = await again.scalars(select(User).options(posts).orderBy(User.c.id)).all();
  await expectStatements(1, async () => {
    for (const user of found) expect(await user.posts).toHaveLength(1);
  });
  const select_ = `SELECT posts.author_id, posts.id, posts.title, posts.gone, posts.author_id, posts.parent_id
    FROM posts WHERE posts.author_id`;
  expectSql(emitted().slice(2), {
    ansi: [`${select_} IN (?, ?) AND posts.gone IS NULL ORDER BY posts.id -- [1, 2]`],
    postgresql: [`${select_} = ANY (?) AND posts.gone IS NULL ORDER BY posts.id -- [[1, 2]]`],
  });
});

spec("does not follow the objects when told so", async ({ session, openSession }) => {
  await fill(session);
  const here = withLoaderCriteria(Post, Post.c.gone.isNull(), { propagateToLoaders: false });
  const again = openSession();
  const ann = await again.scalars(select(User).options(here).limit(1)).one();
  expect(await ann.posts).toHaveLength(2);
  await again.close();
  const eager = await again.scalars(select(User).options(here, selectinload(User.c.posts)).limit(1)).one();
  expect(eager.posts).toHaveLength(1);
});

spec("does not load objects of different criteria together", async ({ session, openSession }) => {
  await fill(session);
  const again = openSession();
  const ann = await again.scalars(select(User).where(User.c.name.eq("ann"))).one();
  const [same, bob] = await again.scalars(select(User).options(posts).orderBy(User.c.id)).all();
  expect(same).toBe(ann);
  expect(await bob!.posts).toHaveLength(1);
  expect(await ann.posts).toHaveLength(2);
});

spec("finds what the session holds, and reads it again, whatever the criteria", async (context) => {
  const { session, openSession, expectStatements, emitted, expectSql } = context;
  await fill(session);
  const again = openSession();
  emitted();
  expect(await again.get(User, 2, { options: [users] })).toBeNull();
  expectSql(emitted(), [
    "BEGIN",
    "SELECT users.id, users.name, users.gone FROM users WHERE users.id = ? AND users.gone IS NULL -- [2]",
  ]);
  const bob = await again.getOne(User, 2);
  await expectStatements(0, async () => expect(await again.get(User, 2, { options: [users] })).toBe(bob));
  const post = await again.scalars(select(Post).where(Post.c.title.eq("of bob")).options(users)).one();
  await expectStatements(0, async () => expect(await post.author).toBe(bob));
  again.addLoaderCriteria(users);
  await again.refresh(bob);
  expect(bob.name).toBe("bob");
});

spec("filters rows that are updated by their keys", async (context) => {
  const { session, openSession, emitted, expectSql } = context;
  await fill(session);
  const again = openSession({ loaderCriteria: all });
  emitted();
  await again.execute(
    update(Post),
    [1, 2].map((id) => ({ id, title: "new" })),
  );
  expectSql(emitted(), [
    "BEGIN",
    'UPDATE posts SET title = ? WHERE posts.id = ? AND posts.gone IS NULL -- ["new", 1]',
    'UPDATE posts SET title = ? WHERE posts.id = ? AND posts.gone IS NULL -- ["new", 2]',
  ]);
  await again.commit();
  const titles = select(Post.c.title).where(Post.c.id.le(2)).orderBy(Post.c.id);
  expect(await session.scalars(titles).all()).toEqual(["new", "gone"]);
});

spec("reads again under the conditions that an object was loaded with", async ({ session, openSession }) => {
  session.addAll([1, 2].map(() => new Shelf({ books: [new Book({ gone: "x" }), new Book()] })));
  await session.commit();
  await session.close();
  const again = openSession();
  const [present, gone] = [Book.c.gone.isNull(), Book.c.gone.isNotNull()].map((condition) =>
    select(Shelf).options(withLoaderCriteria(Book, condition)),
  );
  const first = await again.scalars(present!.where(Shelf.c.id.eq(1))).one();
  const second = await again.scalars(gone!.where(Shelf.c.id.eq(2))).one();
  again.expireAll();
  expect((await first.books).map(({ gone: value }) => value)).toEqual([null]);
  expect((await second.books).map(({ gone: value }) => value)).toEqual(["x"]);
});

spec("filters UPDATE and DELETE, and what they mean for objects", async (context) => {
  const { session, openSession, emitted, expectSql } = context;
  await fill(session);
  const again = openSession();
  const [here, gone] = await again.scalars(select(Post).orderBy(Post.c.id)).all();
  emitted();
  await again.execute(update(Post).set({ title: "new" }), undefined, { options: [posts] });
  expect([here!.title, gone!.title]).toEqual(["new", "gone"]);
  again.addLoaderCriteria(...all);
  await again.execute(update(Post).set({ title: "newer" }), undefined, { synchronizeSession: "fetch" });
  expect([here!.title, gone!.title]).toEqual(["newer", "gone"]);
  await again.execute(
    update(User)
      .set({ name: "x" })
      .where(User.c.id.in(select(Post.c.authorId))),
    undefined,
    {
      synchronizeSession: "none",
    },
  );
  await again.execute(deleteFrom(postTags));
  await again.execute(deleteFrom(Tag));
  expectSql(emitted(), [
    `UPDATE posts SET title = ? WHERE posts.gone IS NULL -- ["new"]`,
    `UPDATE posts SET title = ? WHERE posts.gone IS NULL RETURNING id -- ["newer"]`,
    `UPDATE users SET name = ? WHERE users.id IN (SELECT posts.author_id FROM posts WHERE posts.gone IS NULL)
     AND users.gone IS NULL -- ["x"]`,
    "DELETE FROM post_tags",
    "DELETE FROM tags WHERE tags.gone IS NULL",
  ]);
  expect(await again.scalars(select(Tag), undefined, { loaderCriteria: false }).all()).toHaveLength(1);
});

spec(
  "holds for a session, except where it is left out",
  async ({ session, openSession, expectStatements }) => {
    await fill(session);
    let tenant = "x";
    const ofTenant = withLoaderCriteria(User, (user) => user.c.gone.eq(tenant));
    const again = openSession({ loaderCriteria: [ofTenant, posts] });
    const names = () => again.scalars(select(User.c.name).orderBy(User.c.id)).all();
    expect(await names()).toEqual(["bob"]);
    tenant = "y";
    expect(await names()).toEqual([]);
    const everyone = select(User).orderBy(User.c.id).executionOptions({ loaderCriteria: false });
    const [ann, bob] = await again.scalars(everyone).all();
    await expectStatements(1, async () => {
      expect(await ann!.posts).toHaveLength(2);
      expect(await bob!.posts).toHaveLength(1);
    });
    await again.close();
    const other = openSession({ loaderCriteria: [ofTenant, posts] });
    expect(await other.get(User, 1)).toBeNull();
    const got = await other.get(User, 1, { loaderCriteria: false });
    expect(await got!.posts).toHaveLength(2);
    const added = other.add(new User({ name: "cleo" }));
    await other.commit();
    expect(await added.posts).toEqual([]);
  },
);

spec("holds for whatever a query of the session does", async ({ session, openSession }) => {
  await fill(session);
  const again = openSession();
  const gone = again.query(Post).options(posts).filter(Post.c.title.eq("gone"));
  expect(await gone.all()).toEqual([]);
  expect(await gone.count()).toBe(0);
  expect(await gone.exists()).toBe(false);
  expect(await gone.update({ title: "x" })).toBe(0);
  expect(await gone.delete()).toBe(0);
  again.addLoaderCriteria(posts);
  const any = again.query(Post).filter(Post.c.title.eq("gone"));
  expect(await any.count()).toBe(0);
  const all_ = any.executionOptions({ loaderCriteria: false });
  expect([await all_.count(), await all_.exists(), (await all_.all()).length]).toEqual([1, true, 1]);
  expect(await all_.update({ gone: null })).toBe(1);
  expect(await any.count()).toBe(1);
});

spec("asks about the class itself, and reaches recursive queries", async (context) => {
  const { session, openSession, emitted, expectSql } = context;
  await fill(session);
  const answered = withLoaderCriteria(Post, Post.c.answers.any());
  const again = openSession();
  const answer = new Post({ title: "answer", gone: "x" });
  again.add(
    new Post({
      title: "asked",
      answers: [answer, new Post({ title: "more", answers: [new Post({ title: "end" })] })],
    }),
  );
  await again.flush();
  emitted();
  const joined = select(Post).options(joinedload(Post.c.answers), answered).orderBy(Post.c.id);
  const found = await again.scalars(joined, undefined, { populateExisting: true }).all();
  const titles = [];
  for (const each of found) titles.push([each.title, (await each.answers).map(({ title }) => title)]);
  expect(titles).toEqual([
    ["asked", ["more"]],
    ["more", []],
  ]);
  const start = select(Post.c.id, Post.c.title)
    .where(Post.c.title.eq("asked"))
    .cte("thread", { recursive: true });
  const thread = start.unionAll(select(Post.c.id, Post.c.title).join(start, Post.c.parentId.eq(start.c.id)));
  const all_ = await again.scalars(select(thread.c.title).options(posts).orderBy(thread.c.title)).all();
  expect(all_).toEqual(["asked", "end", "more"]);
  expectSql(emitted(), [
    `SELECT posts.id, posts.title, posts.gone, posts.author_id, posts.parent_id,
     posts_1.id, posts_1.title, posts_1.gone, posts_1.author_id, posts_1.parent_id
     FROM posts LEFT OUTER JOIN posts AS posts_1 ON posts.id = posts_1.parent_id
     AND EXISTS (SELECT 1 FROM posts AS posts_2 WHERE posts_1.id = posts_2.parent_id)
     WHERE EXISTS (SELECT 1 FROM posts AS posts_2 WHERE posts.id = posts_2.parent_id) ORDER BY posts.id`,
    `WITH RECURSIVE thread (id, title) AS (SELECT posts.id, posts.title FROM posts
     WHERE posts.title = ? AND posts.gone IS NULL UNION ALL SELECT posts.id, posts.title
     FROM posts JOIN thread ON posts.parent_id = thread.id WHERE posts.gone IS NULL)
     SELECT thread.title FROM thread ORDER BY thread.title -- ["asked"]`,
  ]);
});

spec("refuses what is no criterion", async ({ session, openSession }) => {
  const refused = async (run: () => unknown) => {
    try {
      await run();
    } catch (error) {
      return (error as { code?: string }).code;
    }
    return undefined;
  };
  expect(await refused(() => withLoaderCriteria(Date as never, User.c.gone.isNull()))).toBe(
    "mapping/not-mapped",
  );
  expect(await refused(() => withLoaderCriteria(User, 3 as never))).toBe("sql/not-a-condition");
  expect(await refused(() => withLoaderCriteria(User, users as never))).toBe("sql/not-a-condition");
  const misspelt = { includeAlias: true } as never;
  expect(await refused(() => withLoaderCriteria(User, User.c.gone.isNull(), misspelt))).toBe(
    "load/wrong-criteria-option",
  );
  expect(await refused(() => session.addLoaderCriteria(User.c.gone.isNull() as never))).toBe(
    "load/not-criteria",
  );
  expect(await refused(() => openSession({ loaderCriteria: users as never }))).toBe("session/option");
  expect(await refused(() => selectinload(User.c.posts).options(posts as never))).toBe("load/not-an-option");
  const wrong = { loaderCriteria: "no" } as never;
  expect(await refused(() => session.scalars(select(User), undefined, wrong).all())).toBe("session/option");
});

spec("filters what comes in portions", async ({ session, openSession }) => {
  await fill(session);
  const again = openSession({ loaderCriteria: [withLoaderCriteria(User, User.c.gone.isNull())] });
  const names: string[] = [];
  const statement = select(User).orderBy(User.c.id).yieldPer(1);
  for await (const user of again.scalars(statement)) names.push(user.name);
  const whole = await again.scalars(select(User.c.name).orderBy(User.c.id)).all();
  expect(names).toEqual(whole);
  expect(names).not.toContain("bob");
});
