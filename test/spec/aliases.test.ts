import { expect } from "vitest";
import {
  aliased,
  containsEager,
  immediateload,
  joinedload,
  lazyload,
  type Session,
  select,
  selectinload,
  subqueryload,
} from "../../src/entries/index.ts";
import type { AnyLoadOption } from "../../src/sql/row.ts";
import { specWith } from "../support/spec.ts";
import { Base, Post, Tag, TreeNode, User } from "./models.ts";

const spec = specWith({ tables: Base.metadata, session: { expireOnCommit: false } });

async function fill(session: Session): Promise<void> {
  const red = new Tag({ label: "red" });
  session.addAll([
    new User({ name: "ann", posts: [new Post({ title: "one", tags: [red] }), new Post({ title: "two" })] }),
    new User({ name: "bob", posts: [new Post({ title: "three" })] }),
  ]);
  await session.commit();
  await session.close();
}

const post = aliased(Post, "p");
const tag = aliased(Tag, "t");
const author = aliased(User, "a");
const columns = "p.id, p.title, p.body, p.author_id";

/** How each strategy reads from the alias, with a condition on it, besides the first statement. */
const oneToMany = {
  selectinload: {
    option: selectinload(User.c.posts.of(post).and(post.c.title.ne("two"))),
    ansi: [
      `SELECT p.author_id, ${columns} FROM posts AS p WHERE p.author_id IN (?, ?) AND p.title != ?
       ORDER BY p.id -- [1, 2, "two"]`,
    ],
    postgresql: [
      `SELECT p.author_id, ${columns} FROM posts AS p WHERE p.author_id = ANY (?) AND p.title != ?
       ORDER BY p.id -- [[1, 2], "two"]`,
    ],
  },
  subqueryload: {
    option: subqueryload(User.c.posts.of(post).and(post.c.title.ne("two"))),
    ansi: [
      `SELECT anon_1.users_id, ${columns} FROM (SELECT DISTINCT users.id AS users_id FROM users) AS anon_1
       JOIN posts AS p ON anon_1.users_id = p.author_id WHERE p.title != ? ORDER BY p.id -- ["two"]`,
    ],
  },
  immediateload: {
    option: immediateload(User.c.posts.of(post).and(post.c.title.ne("two"))),
    ansi: [1, 2].map(
      (key) =>
        `SELECT ${columns} FROM posts AS p WHERE ? = p.author_id AND p.title != ? ORDER BY p.id -- [${key}, "two"]`,
    ),
  },
  lazyload: {
    option: lazyload(User.c.posts.of(post).and(post.c.title.ne("two"))),
    ansi: [1, 2].map(
      (key) =>
        `SELECT ${columns} FROM posts AS p WHERE ? = p.author_id AND p.title != ? ORDER BY p.id -- [${key}, "two"]`,
    ),
  },
} as const;

for (const [name, { option, ansi, ...others }] of Object.entries(oneToMany)) {
  spec(`${name} reads from an alias`, async ({ session, openSession, emitted, expectSql }) => {
    await fill(session);
    const again = openSession();
    emitted();
    const users = await again.scalars(select(User).options(option).orderBy(User.c.id)).all();
    const titles = [];
    for (const user of users) titles.push((await user.posts).map(({ title }) => title));
    expect(titles).toEqual([["one"], ["three"]]);
    const following = emitted().slice(2);
    expectSql(following, { ansi: [...ansi], ...others } as never);
  });
}

spec("joinedload joins the alias, so that the statement can speak of it", async (context) => {
  const { session, openSession, emitted, expectSql } = context;
  await fill(session);
  const again = openSession();
  emitted();
  const statement = select(User)
    .options(joinedload(User.c.posts.of(post).and(post.c.title.ne("two"))).joinedload(post.c.tags.of(tag)))
    .orderBy(post.c.title.desc());
  const users = await again.scalars(statement).all();
  expect(
    users.map(({ name, posts }) => [name, posts.map(({ title, tags }) => [title, tags.length])]),
  ).toEqual([
    ["bob", [["three", 0]]],
    ["ann", [["one", 1]]],
  ]);
  expectSql(emitted(), [
    "BEGIN",
    `SELECT users.id, users.name, ${columns}, t.id, t.label FROM users
     LEFT OUTER JOIN posts AS p ON users.id = p.author_id AND p.title != ?
     LEFT OUTER JOIN post_tags AS post_tags_1 ON p.id = post_tags_1.post_id
     LEFT OUTER JOIN tags AS t ON t.id = post_tags_1.tag_id
     ORDER BY p.title DESC, p.id, t.label -- ["two"]`,
  ]);
});

spec("containsEager takes the alias that the statement joins", async (context) => {
  const { session, openSession, emitted, expectSql, expectStatements } = context;
  await fill(session);
  const again = openSession();
  emitted();
  const statement = select(User)
    .join(User.c.posts.of(post))
    .outerJoin(post.c.tags.of(tag))
    .where(post.c.title.ne("two"))
    .orderBy(User.c.id)
    .options(containsEager(User.c.posts.of(post)).containsEager(post.c.tags.of(tag)));
  const read = await expectStatements(1, async () => {
    const users = await again.scalars(statement).all();
    return users.map(({ posts }) => posts.map(({ title, tags }) => [title, tags.length]));
  });
  expect(read).toEqual([[["one", 1]], [["three", 0]]]);
  expectSql(emitted(), [
    "BEGIN",
    `SELECT users.id, users.name, ${columns}, t.id, t.label FROM users
     JOIN posts AS p ON users.id = p.author_id
     LEFT OUTER JOIN post_tags AS post_tags_1 ON p.id = post_tags_1.post_id
     LEFT OUTER JOIN tags AS t ON t.id = post_tags_1.tag_id
     WHERE p.title != ? ORDER BY users.id -- ["two"]`,
  ]);
  const same = containsEager(User.c.posts, { alias: post }).containsEager(post.c.tags, { alias: tag });
  await again.close();
  const [ann] = await again
    .scalars(
      select(User)
        .join(User.c.posts.of(post))
        .outerJoin(post.c.tags.of(tag))
        .orderBy(post.c.id)
        .options(same),
    )
    .all();
  expect(ann!.posts.map(({ tags }) => tags.length)).toEqual([1, 0]);
});

const further: readonly (readonly [name: string, option: AnyLoadOption, statements: number])[] = [
  ["selectinload of one object", selectinload(Post.c.author.of(author)), 2],
  ["subqueryload of one object", subqueryload(Post.c.author.of(author)), 2],
  ["joinedload of one object", joinedload(Post.c.author.of(author)), 1],
  ["selectinload by a table in between", selectinload(Post.c.tags.of(tag)), 3],
  ["subqueryload by a table in between", subqueryload(Post.c.tags.of(tag)), 3],
  ["of() on the option", selectinload(Post.c.author).of(author), 2],
  ["of() with the class itself", joinedload(Post.c.author.of(User)), 1],
];

for (const [name, option, statements] of further) {
  spec(`reads from an alias: ${name}`, async ({ session, openSession, expectStatements }) => {
    await fill(session);
    const read = await expectStatements(statements, async () => {
      const found = [];
      for (const each of await openSession()
        .scalars(select(Post).options(option).orderBy(Post.c.title))
        .all()) {
        found.push([(await each.author)?.name, (statements === 3 ? await each.tags : []).length]);
      }
      return found;
    });
    const tags = statements === 3 ? 1 : 0;
    expect(read).toEqual([
      ["ann", tags],
      ["bob", 0],
      ["ann", 0],
    ]);
  });
}

spec("goes on from an alias, and picks its columns", async (context) => {
  const { session, openSession, emitted, expectSql } = context;
  await fill(session);
  const again = openSession();
  emitted();
  const option = joinedload(User.c.posts.of(post)).loadOnly(post.c.title).selectinload(post.c.tags);
  const [ann] = await again.scalars(select(User).options(option).orderBy(User.c.id)).all();
  expect(ann!.posts.map(({ title, tags }) => [title, tags.length])).toEqual([
    ["one", 1],
    ["two", 0],
  ]);
  expectSql(emitted().slice(1, 2), [
    `SELECT users.id, users.name, p.id, p.title FROM users LEFT OUTER JOIN posts AS p ON users.id = p.author_id
     ORDER BY users.id, p.id`,
  ]);
});

spec(
  "joins a tree to itself, asks about it, and loads it",
  async ({ session, openSession, expectStatements }) => {
    const leaf = new TreeNode({ name: "leaf" });
    session.add(
      new TreeNode({ name: "root", children: [new TreeNode({ name: "branch", children: [leaf] })] }),
    );
    await session.commit();
    await session.close();
    const [child, grandchild] = [aliased(TreeNode, "c"), aliased(TreeNode, "g")];
    const again = openSession();
    const deep = select(TreeNode)
      .join(TreeNode.c.children.of(child))
      .join(child.c.children.of(grandchild))
      .where(grandchild.c.name.eq("leaf"))
      .options(containsEager(TreeNode.c.children.of(child)).containsEager(child.c.children.of(grandchild)));
    const root = await expectStatements(1, () => again.scalars(deep).one());
    expect(root.children[0]?.children[0]?.name).toBe("leaf");
    const asked = select(TreeNode.c.name).where(TreeNode.c.children.of(child).any(child.c.name.eq("leaf")));
    expect(await again.scalars(asked).all()).toEqual(["branch"]);
  },
);

spec("refuses the alias of another class, and one that is joined already", async ({ session }) => {
  const refused = async (statement: Parameters<typeof session.scalars>[0]) => {
    try {
      await session.scalars(statement).all();
    } catch (error) {
      return (error as { code?: string }).code;
    }
    return undefined;
  };
  const wrong = User.c.posts.of(tag as never);
  expect(await refused(select(User).options(joinedload(wrong)))).toBe("mapping/wrong-alias");
  expect(await refused(select(User).options(joinedload(User.c.posts).of(tag)))).toBe("mapping/wrong-alias");
  expect(() => wrong.any()).toThrow(expect.objectContaining({ code: "mapping/wrong-alias" }));
  const joined = select(User)
    .join(User.c.posts.of(post))
    .options(joinedload(User.c.posts.of(post)));
  expect(await refused(joined)).toBe("load/alias-taken");
});
