import { expect } from "vitest";
import {
  aliased,
  containsEager,
  declarativeBase,
  defaultload,
  func,
  insert,
  inspect,
  integer,
  joinedload,
  literal,
  loadOnly,
  manyToOne,
  oneToMany,
  queryExpression,
  type Session,
  select,
  selectinload,
  string,
  subqueryload,
  update,
  withExpression,
} from "../../src/entries/index.ts";
import { specWith } from "../support/spec.ts";

const Base = declarativeBase();

class User extends Base("users", {
  id: integer().primaryKey(),
  name: string(20),
  posted: queryExpression<number>(),
  get twice() {
    return queryExpression<number>(() => User.c.id.mul(2));
  },
  get posts() {
    return oneToMany(Post, { backPopulates: "author", orderBy: () => Post.c.id });
  },
}) {}

class Post extends Base("posts", {
  id: integer().primaryKey(),
  title: string(20),
  get authorId() {
    return integer().references(User.c.id);
  },
  get author() {
    return manyToOne(User, { backPopulates: "posts" });
  },
}) {}

const spec = specWith({ tables: Base.metadata, session: { expireOnCommit: false } });

const counted = () =>
  select(func.count(Post.c.id)).where(Post.c.authorId.eq(User.c.id)).correlate(User).asScalar();
const withCount = () => withExpression(User.c.posted, counted());

async function fill(session: Session): Promise<void> {
  session.add(new User({ name: "ann", posts: [new Post({ title: "one" }), new Post({ title: "two" })] }));
  session.add(new User({ name: "bob", posts: [new Post({ title: "three" })] }));
  await session.commit();
  await session.close();
}

spec("computes what a query says, else the default, else nothing", async (context) => {
  const { session, openSession, emitted, expectSql } = context;
  await fill(session);
  const again = openSession();
  emitted();
  const plain = await again.scalars(select(User).orderBy(User.c.id)).all();
  expect(plain.map((user) => [user.posted, user.twice])).toEqual([
    [null, 2],
    [null, 4],
  ]);
  const users = await again.scalars(select(User).options(withCount()).orderBy(User.c.id)).all();
  expect(users.map((user) => [user.posted, user.twice])).toEqual([
    [2, 2],
    [1, 4],
  ]);
  const minus = withExpression(User.c.twice, User.c.id.neg());
  const fresh = select(User).options(minus).where(User.c.id.eq(1));
  expect((await again.scalars(fresh).one()).twice).toBe(2);
  expect((await again.scalars(fresh, undefined, { populateExisting: true }).one()).twice).toBe(-1);
  expectSql(emitted(), [
    "BEGIN",
    "SELECT users.id, users.name, users.id * ? FROM users ORDER BY users.id -- [2]",
    `SELECT users.id, users.name, (SELECT count(posts.id) FROM posts WHERE posts.author_id = users.id),
     users.id * ? FROM users ORDER BY users.id -- [2]`,
    "SELECT users.id, users.name, -users.id FROM users WHERE users.id = ? -- [1]",
    "SELECT users.id, users.name, -users.id FROM users WHERE users.id = ? -- [1]",
  ]);
});

spec("lets the last option win, and counts with groups", async ({ session, openSession }) => {
  await fill(session);
  const statement = select(User)
    .join(User.c.posts)
    .groupBy(User.c.id, User.c.name)
    .orderBy(User.c.id)
    .options(withExpression(User.c.posted, literal(0)), withExpression(User.c.posted, func.count(Post.c.id)));
  const users = await openSession().scalars(statement).all();
  expect(users.map(({ posted }) => posted)).toEqual([2, 1]);
});

const strategies = [
  ["joinedload", joinedload(Post.c.author).withExpression(User.c.posted, counted()), 1],
  ["selectinload", selectinload(Post.c.author).withExpression(User.c.posted, counted()), 2],
  ["subqueryload", subqueryload(Post.c.author).withExpression(User.c.posted, counted()), 2],
  ["defaultload", defaultload(Post.c.author).withExpression(User.c.posted, counted()), 2],
  ["options", joinedload(Post.c.author).options(withCount()), 1],
] as const;

for (const [name, option, statements] of strategies) {
  spec(`computes for what ${name} loads`, async ({ session, openSession, expectStatements }) => {
    await fill(session);
    const read = await expectStatements(statements, async () => {
      const found = [];
      for (const post of await openSession().scalars(select(Post).options(option).orderBy(Post.c.id)).all()) {
        const author = await post.author;
        found.push([author?.posted, author?.twice]);
      }
      return found;
    });
    expect(read).toEqual([
      [2, 2],
      [2, 2],
      [1, 4],
    ]);
  });
}

spec("computes on aliases, and inside of a limit", async (context) => {
  const { session, openSession, emitted, expectSql } = context;
  await fill(session);
  const again = openSession();
  const other = aliased(User, "other");
  emitted();
  const option = withExpression(other.c.posted, other.c.id.add(1));
  const [ann] = await again.scalars(select(other).options(option).orderBy(other.c.id)).all();
  expect([ann!.posted, ann!.twice]).toEqual([2, 2]);
  const limited = select(User)
    .options(joinedload(User.c.posts), withCount())
    .orderBy(User.c.id.desc())
    .limit(1);
  const bob = await again.scalars(limited, undefined, { populateExisting: true }).one();
  expect([bob.posted, (await bob.posts).length]).toEqual([1, 1]);
  const post = select(Post)
    .join(Post.c.author.of(other))
    .orderBy(Post.c.id)
    .options(containsEager(Post.c.author, { alias: other }).withExpression(other.c.posted, other.c.id.neg()));
  const posts = await again.scalars(post, undefined, { populateExisting: true }).all();
  const computed = [];
  for (const each of posts) computed.push((await each.author)?.posted);
  expect(computed).toEqual([-1, -1, -2]);
  expectSql(emitted().slice(0, 3), [
    "BEGIN",
    "SELECT other.id, other.name, other.id + ?, other.id * ? FROM users AS other ORDER BY other.id -- [1, 2]",
    `SELECT anon_1.users_id, anon_1.users_name, anon_1.anon, anon_1.anon_1,
     posts_1.id, posts_1.title, posts_1.author_id
     FROM (SELECT users.id AS users_id, users.name AS users_name,
     (SELECT count(posts.id) FROM posts WHERE posts.author_id = users.id) AS anon, users.id * ? AS anon_1
     FROM users ORDER BY users.id DESC LIMIT ?) AS anon_1
     LEFT OUTER JOIN posts AS posts_1 ON anon_1.users_id = posts_1.author_id
     ORDER BY anon_1.users_id DESC, posts_1.id -- [2, 1]`,
  ]);
});

spec(
  "is computed again with the object, as its query said",
  async ({ session, openSession, expectStatements }) => {
    await fill(session);
    const again = openSession();
    const ann = await again.scalars(select(User).options(withCount()).where(User.c.id.eq(1))).one();
    again.add(new Post({ title: "more", author: ann }));
    await again.flush();
    expect(ann.posted).toBe(2);
    await expectStatements(1, () => again.refresh(ann));
    expect([ann.posted, ann.twice, ann.name]).toEqual([3, 2, "ann"]);
    again.expire(ann, ["posted"]);
    await expectStatements(1, () => again.refresh(ann, ["posted"]));
    expect(ann.posted).toBe(3);
    const bob = await again.getOne(User, 2);
    await again.refresh(bob);
    expect([bob.posted, bob.twice]).toEqual([null, 4]);
  },
);

spec(
  "is read again when it is expired, where that can be waited for",
  { colours: ["sync"] },
  async ({ session, openSession, expectStatements }) => {
    await fill(session);
    const again = openSession({ expireOnCommit: true });
    const ann = await again.scalars(select(User).options(withCount()).where(User.c.id.eq(1))).one();
    const bob = await again.getOne(User, 2);
    await again.commit();
    await expectStatements(1, () => expect([ann.posted, ann.twice, ann.name]).toEqual([2, 2, "ann"]));
    await expectStatements(1, () => expect([bob.posted, bob.twice]).toEqual([null, 4]));
    const named = await again
      .scalars(select(User).options(loadOnly(User.c.name)), undefined, {
        populateExisting: true,
      })
      .all();
    await expectStatements(1, () => expect(named.map(({ twice }) => twice)).toEqual([2, 4]));
  },
);

spec(
  "says that it has to be read again, where a plain read cannot wait",
  { colours: ["async"] },
  async ({ session, openSession }) => {
    await fill(session);
    const again = openSession();
    const ann = await again.scalars(select(User).options(withCount()).where(User.c.id.eq(1))).one();
    const bob = await again.getOne(User, 2);
    again.expireAll();
    expect(() => ann.posted).toThrow(expect.objectContaining({ code: "load/column-needs-refresh" }));
    await again.scalars(select(User)).all();
    expect(bob.posted).toBeNull();
    expect(() => ann.posted).toThrow(expect.objectContaining({ code: "load/column-needs-refresh" }));
    await again.refresh(ann, ["posted"]);
    expect(ann.posted).toBe(2);
  },
);

spec("is never written", async ({ session, emitted }) => {
  const cleo = session.add(new User({ name: "cleo" }));
  expect([cleo.posted, cleo.twice]).toEqual([null, null]);
  await session.commit();
  const thrown = expect.objectContaining({ code: "mapping/query-expression-set" });
  expect(() => {
    Object.assign(cleo, { posted: 3 });
  }).toThrow(thrown);
  expect(() => new User({ posted: 3 } as never)).toThrow(thrown);
  expect(inspect(cleo).history("posted")).toMatchObject({ added: [], deleted: [] });
  emitted();
  cleo.name = "c";
  await session.flush();
  expect(emitted().join()).not.toMatch(/posted|twice/);
  await session.close();
});

spec("comes with what a write returns, and with a union", async ({ session }) => {
  const statement = insert(User).values({ name: "dan" }).returning(User);
  const dan = await session.scalars(statement).one();
  expect([dan.posted, dan.twice]).toEqual([null, dan.id * 2]);
  const [renamed] = await session.scalars(update(User).set({ name: "d" }).returning(User)).all();
  expect([renamed!.name, renamed!.twice]).toEqual(["d", dan.id * 2]);
  const both = select(User).unionAll(select(User));
  expect((await session.scalars(both).all()).map(({ twice }) => twice)).toEqual([dan.id * 2, dan.id * 2]);
});

spec("refuses what it cannot compute", async ({ session }) => {
  const code = (name: string) => expect.objectContaining({ code: name });
  expect(() => withExpression(User.c.name as never, literal(1) as never)).toThrow(
    code("load/not-a-query-expression"),
  );
  expect(() => withExpression(User.c.posted, 3 as never)).toThrow(code("sql/not-an-expression"));
  const wrong = select(Post).options(withCount() as never);
  await expect(Promise.resolve().then(() => session.scalars(wrong).all())).rejects.toThrow(
    code("load/unknown-path"),
  );
  const misplaced = select(User).options(
    selectinload(User.c.posts).withExpression(User.c.posted as never, literal(1)),
  );
  session.add(new User({ name: "ann" }));
  await session.flush();
  await expect(Promise.resolve().then(() => session.scalars(misplaced).all())).rejects.toThrow(
    code("load/unknown-path"),
  );
});
