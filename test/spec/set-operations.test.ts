import { expect } from "vitest";
import {
  declarativeBase,
  integer,
  manyToOne,
  oneToMany,
  type Session,
  select,
  update,
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
