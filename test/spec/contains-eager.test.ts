import { expect } from "vitest";
import {
  aliased,
  containsEager,
  joinedload,
  type Session,
  select,
  selectinload,
} from "../../src/entries/index.ts";
import type { Statement } from "../../src/sql/row.ts";
import { specWith } from "../support/spec.ts";
import { Base, Post, Tag, TreeNode, User } from "./models.ts";

const spec = specWith({ tables: Base.metadata, session: { expireOnCommit: false } });

const draft = aliased(Post, "draft");
const nameless = aliased(Post);
const child = aliased(TreeNode, "child");

async function fill(session: Session): Promise<void> {
  const red = new Tag({ label: "red" });
  session.addAll([
    new User({ name: "ann", posts: [new Post({ title: "one", tags: [red] }), new Post({ title: "two" })] }),
    new User({ name: "bob", posts: [new Post({ title: "three" })] }),
    new TreeNode({ name: "root", children: [new TreeNode({ name: "leaf" })] }),
  ]);
  await session.commit();
  await session.close();
}

const byJoin = select(User).join(User.c.posts);
const what = "takes rows that the statement joins by itself, but";
const both = (attribute: string) =>
  `join an alias, and name the same: .join(${attribute}.of(alias)).options(containsEager(${attribute}.of(alias)))`;

const refused: Record<string, readonly [statement: Statement<unknown>, sentence: string, hint: string]> = {
  "what is not joined": [
    select(User).options(containsEager(User.c.posts)),
    `containsEager(User.c.posts) ${what} it has no posts: it reads from users`,
    "join it: .join(User.c.posts); or load it by a statement of its own: selectinload(User.c.posts)",
  ],
  "one object that is not joined": [
    select(Post).options(containsEager(Post.c.author)),
    `containsEager(Post.c.author) ${what} it has no users: it reads from posts`,
    "join it: .join(Post.c.author); or load it by a statement of its own: selectinload(Post.c.author)",
  ],
  "an order alone": [
    select(User).options(containsEager(User.c.posts)).orderBy(Post.c.id),
    `containsEager(User.c.posts) ${what} it has no posts: it reads from users`,
    "join it: .join(User.c.posts); or load it by a statement of its own: selectinload(User.c.posts)",
  ],
  "what only a condition's subquery has": [
    select(User).where(User.c.posts.any()).options(containsEager(User.c.posts)),
    `containsEager(User.c.posts) ${what} it has no posts: it reads from users`,
    "join it: .join(User.c.posts); or load it by a statement of its own: selectinload(User.c.posts)",
  ],
  "an alias that is not joined": [
    byJoin.options(containsEager(User.c.posts.of(draft))),
    `containsEager(User.c.posts) ${what} it has no posts AS draft: it reads from users and posts`,
    both("User.c.posts"),
  ],
  "the class where an alias is joined": [
    select(User).join(User.c.posts.of(draft)).options(containsEager(User.c.posts)),
    `containsEager(User.c.posts) ${what} it has no posts: it reads from users and posts AS draft`,
    "name the alias that is joined: containsEager(User.c.posts.of(draft))",
  ],
  "the class where a nameless alias is joined": [
    select(User).join(User.c.posts.of(nameless)).options(containsEager(User.c.posts)),
    `containsEager(User.c.posts) ${what} it has no posts: it reads from users and an alias of posts`,
    "name the alias that is joined: containsEager(User.c.posts.of(alias))",
  ],
  "a tree that is its own child": [
    select(TreeNode).options(containsEager(TreeNode.c.children)),
    `containsEager(TreeNode.c.children) ${what} it has nodes once only, as the class that the relationship leads from`,
    both("TreeNode.c.children"),
  ],
  "a tree whose alias is joined": [
    select(TreeNode).join(TreeNode.c.children.of(child)).options(containsEager(TreeNode.c.children)),
    `containsEager(TreeNode.c.children) ${what} it has nodes once only, as the class that the relationship leads from`,
    "name the alias that is joined: containsEager(TreeNode.c.children.of(child))",
  ],
  "the next step": [
    byJoin.options(containsEager(User.c.posts).containsEager(Post.c.tags)),
    `containsEager(Post.c.tags) ${what} it has no tags: it reads from users and posts`,
    "join it: .join(Post.c.tags); or load it by a statement of its own: selectinload(Post.c.tags)",
  ],
  "a step behind a joined load": [
    byJoin.join(Post.c.tags).options(joinedload(User.c.posts).containsEager(Post.c.tags)),
    `containsEager(Post.c.tags) ${what} Post is loaded by a join or a statement of the loader's own`,
    "load it by a statement of its own: selectinload(Post.c.tags)",
  ],
  "a step behind a select-in load": [
    byJoin.join(Post.c.tags).options(selectinload(User.c.posts).containsEager(Post.c.tags)),
    `containsEager(Post.c.tags) ${what} Post is loaded by a join or a statement of the loader's own`,
    "load it by a statement of its own: selectinload(Post.c.tags)",
  ],
  "a statement that a limit wraps": [
    select(User).options(joinedload(User.c.posts), containsEager(User.c.profile)).limit(1),
    `containsEager(User.c.profile) ${what} it has no profiles: it reads from users`,
    "join it: .join(User.c.profile); or load it by a statement of its own: selectinload(User.c.profile)",
  ],
};

for (const [name, [statement, sentence, hint]] of Object.entries(refused)) {
  spec(`containsEager refuses ${name}`, async ({ session, expectStatements }) => {
    await fill(session);
    await expectStatements(name.includes("select-in") ? 1 : 0, async () => {
      const read = async () => await session.scalars(statement).all();
      await expect(read()).rejects.toMatchObject({
        code: "load/not-joined",
        message: expect.stringContaining(`load/not-joined: ${sentence}\n`),
        hint,
      });
    });
  });
}

const outer = aliased(User, "outer_user");
const found = select(User).where(User.c.name.eq("ann")).subquery("found");
const anns = aliased(User, found);
const links = (from: typeof User | typeof outer) => from.c.id.eq(Post.c.authorId);

const legal = {
  "a join along the relationship": byJoin.options(containsEager(User.c.posts)),
  "a join on a condition": select(User).join(Post, links(User)).options(containsEager(User.c.posts)),
  "an outer join of the class": select(User).outerJoin(Post).options(containsEager(User.c.posts)),
  "a join of an alias": select(User)
    .join(User.c.posts.of(draft))
    .options(containsEager(User.c.posts, { alias: draft })),
  "a join of a nameless alias": select(User)
    .join(User.c.posts.of(nameless))
    .options(containsEager(User.c.posts.of(nameless))),
  "a join from the other side": select(User)
    .selectFrom(Post)
    .join(Post.c.author)
    .options(containsEager(User.c.posts)),
  "both in FROM": select(User).selectFrom(User, Post).where(links(User)).options(containsEager(User.c.posts)),
  "a condition that mentions it": select(User).where(links(User)).options(containsEager(User.c.posts)),
  "an alias of the owner": select(outer).join(Post, links(outer)).options(containsEager(outer.c.posts)),
  "a limit": byJoin.options(containsEager(User.c.posts)).limit(10),
  "a limit that another load wraps": byJoin
    .options(containsEager(User.c.posts).joinedload(Post.c.tags))
    .limit(10),
} as const;

for (const [name, statement] of Object.entries(legal)) {
  spec(`containsEager takes ${name}`, async ({ session, openSession, expectStatements }) => {
    await fill(session);
    const again = openSession();
    const users = await expectStatements(1, () => again.scalars(statement).unique().all());
    const titles = users.map(({ name, posts }) => [name, posts.map(({ title }) => title).sort()]);
    expect(titles.sort()).toEqual([
      ["ann", ["one", "two"]],
      ["bob", ["three"]],
    ]);
  });
}

spec("containsEager takes both of a pair, and the way back", async (context) => {
  const { session, openSession, expectStatements } = context;
  await fill(session);
  const again = openSession();
  const pairs = select(User, Post)
    .where(links(User))
    .options(containsEager(User.c.posts), containsEager(Post.c.author))
    .orderBy(Post.c.id);
  const rows = await expectStatements(1, () => again.execute(pairs).all());
  expect(rows.map(([user, post]) => [user.name, user.posts.length, post.author?.name])).toEqual([
    ["ann", 2, "ann"],
    ["ann", 2, "ann"],
    ["bob", 1, "bob"],
  ]);
  await again.close();
  const back = byJoin.options(containsEager(User.c.posts).containsEager(Post.c.author));
  const users = await expectStatements(1, () => again.scalars(back).unique().all());
  for (const user of users) for (const post of user.posts) expect(post.author).toBe(user);
});

spec("containsEager takes what is joined to a subquery, and what is one", async (context) => {
  const { session, openSession, expectStatements } = context;
  await fill(session);
  const again = openSession();
  const joined = select(anns).join(anns.c.posts).options(containsEager(anns.c.posts));
  const [ann] = await expectStatements(1, () => again.scalars(joined).unique().all());
  expect(ann?.posts).toHaveLength(2);
  await again.close();
  const authored = select(Post)
    .join(Post.c.author.of(anns))
    .options(containsEager(Post.c.author.of(anns)));
  const posts = await expectStatements(1, () => again.scalars(authored).all());
  expect(posts.map(({ author }) => author?.name)).toEqual(["ann", "ann"]);
  await again.close();
  const without = select(Post)
    .join(Post.c.author)
    .options(containsEager(Post.c.author.of(anns)));
  await expect((async () => await again.scalars(without).all())()).rejects.toMatchObject({
    code: "load/not-joined",
    facts: { target: "found", sources: ["posts", "users"] },
  });
});
