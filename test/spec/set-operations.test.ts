import { expect } from "vitest";
import {
  containsEager,
  declarativeBase,
  immediateload,
  inspect,
  integer,
  joinedload,
  loadOnly,
  manyToOne,
  oneToMany,
  type Session,
  select,
  selectinload,
  subqueryload,
  update,
  withLoaderCriteria,
} from "../../src/entries/index.ts";
import { specWith } from "../support/spec.ts";

const Base = declarativeBase();

class User extends Base("users", {
  id: integer().primaryKey(),
  bio: integer().default(0),
  get posts() {
    return oneToMany(Post, { backPopulates: "author", orderBy: () => Post.c.id });
  },
}) {}

class Post extends Base("posts", {
  id: integer().primaryKey(),
  rank: integer().default(0),
  get authorId() {
    return integer().references(User.c.id);
  },
  get author() {
    return manyToOne(User, { backPopulates: "posts", lazy: "joined" });
  },
}) {}

const spec = specWith({ tables: Base.metadata, session: { expireOnCommit: false } });

async function fill(session: Session): Promise<void> {
  session.addAll([
    new User({ id: 1, posts: [new Post({ id: 1 }), new Post({ id: 2 })] }),
    new User({ id: 2, posts: [new Post({ id: 3 })] }),
  ]);
  await session.commit();
  await session.close();
}

spec("what a mapping joins is loaded behind a set operation, and behind RETURNING", async (context) => {
  const { session, openSession, expectStatements } = context;
  await fill(session);
  const posts = (id: number) => select(Post).where(Post.c.id.eq(id));
  for (const statement of [
    posts(2).union(posts(3)).orderBy("id"),
    update(Post).set({ rank: 1 }).returning(Post),
  ]) {
    const again = openSession();
    const found = await expectStatements(2, () => again.scalars(statement).all());
    const read = found.map(({ id, author }) => [id, (author as User | null)?.id]).sort();
    expect(read.slice(-2)).toEqual([
      [2, 1],
      [3, 2],
    ]);
    await again.close();
  }
});

const one = (id: number) => select(User).where(User.c.id.eq(id));
const both = one(1).union(one(2)).orderBy("id");

for (const [name, option, statements] of [
  ["selectinload", selectinload(User.c.posts), 2],
  ["joinedload, as nothing can be joined", joinedload(User.c.posts), 2],
  ["subqueryload", subqueryload(User.c.posts), 2],
  ["immediateload", immediateload(User.c.posts), 3],
] as const) {
  spec(`options of a set operation: ${name}`, async ({ session, openSession, expectStatements }) => {
    await fill(session);
    const again = openSession();
    const users = await expectStatements(statements, () => again.scalars(both.options(option)).all());
    expect(users.map(({ posts }) => posts.map(({ id }) => id))).toEqual([[1, 2], [3]]);
    await again.close();
  });
}

spec("options of a set operation choose columns, in each of its queries", async (context) => {
  const { session, openSession, emitted, expectSql } = context;
  await fill(session);
  const again = openSession();
  emitted();
  const [ann] = await again.scalars(both.options(loadOnly(User.c.id))).all();
  expect(ann?.id).toBe(1);
  expect(inspect(ann!).unloaded).toContain("bio");
  expectSql(
    emitted()[1]!,
    `SELECT users.id FROM users WHERE users.id = ? UNION SELECT users.id FROM users
    WHERE users.id = ? ORDER BY id -- [1, 2]`,
  );
  await again.close();
});

spec("a set operation has criteria, execution options and portions", async (context) => {
  const { session, openSession } = context;
  await fill(session);
  const again = openSession();
  const second = withLoaderCriteria(User, User.c.id.eq(2));
  expect((await again.scalars(both.options(second)).all()).map(({ id }) => id)).toEqual([2]);
  const [user] = await again.scalars(both.limit(1)).all();
  user!.bio = 7;
  await again.scalars(both.executionOptions({ autoflush: false, populateExisting: true })).all();
  expect(user!.bio).toBe(0);
  const sizes: number[] = [];
  for await (const users of again.scalars(both.executionOptions({ yieldPer: 1 })).partitions()) {
    sizes.push(users.length);
  }
  expect(sizes).toEqual([1, 1]);
  await again.close();
});

spec("a set operation refuses what would say nothing", async ({ session }) => {
  const loads = one(1).options(selectinload(User.c.posts));
  const streams = one(1).yieldPer(2);
  const sentence = "makes one statement of several, in which";
  for (const make of [() => loads.union(one(2)), () => one(2).union(loads)]) {
    expect(make).toThrow(
      expect.objectContaining({
        code: "sql/options-of-a-part",
        message: expect.stringContaining(`union() ${sentence} options() of one of them would say nothing`),
        hint: "say it of the whole: select(User).union(select(User)).options(…)",
      }),
    );
  }
  expect(() => streams.except(one(2))).toThrow(
    expect.objectContaining({
      code: "sql/options-of-a-part",
      hint: "say it of the whole: select(User).except(select(User)).executionOptions(…)",
    }),
  );
  expect(() => both.options(selectinload(User.c.posts)).unionAll(one(2))).toThrow(
    expect.objectContaining({ code: "sql/options-of-a-part" }),
  );
  const contained = both.options(containsEager(User.c.posts));
  await expect((async () => await session.scalars(contained).all())()).rejects.toMatchObject({
    code: "load/not-joined",
    message: expect.stringContaining("but this one cannot join any"),
  });
});
