/** What applications compile: models as declarations, their consumers, and what a hundred of them cost. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { BUDGET, measure } from "../../bench/types/instantiations.ts";
import { compile, withLibrary } from "../../bench/types/library.ts";

const models = `
import { alias, aliased, associationProxy, caseWhen, check, declarativeBase, deleteFrom, foreignKey, func, index, insert, integer, primaryKey, select, selectinload, sql, unique, update, manyToMany, manyToOne, oneToMany, string, table, text } from "ormolu";
export const Base = declarativeBase();
export class User extends Base("users", {
  id: integer().primaryKey(),
  name: string(50),
  bio: text().nullable(),
  get posts() { return oneToMany(Post, { backPopulates: "author" }); },
  get titles() { return associationProxy(Post, "title", { via: "posts" }); },
}) {
  get label() { return this.name; }
}
export class Post extends Base("posts", {
  id: integer().primaryKey(),
  title: string(200),
  get authorId() { return integer().references(User.c.id); },
  get author() { return manyToOne(User, { backPopulates: "posts" }); },
  get tags() { return manyToMany(Tag, { secondary: postTags, collection: "set" }); },
  get constraints() {
    return [index("ix", Post.c.title), unique(Post.c.title), primaryKey(Post.c.id), check("id > 0"), foreignKey([Post.c.authorId], [User.c.id])];
  },
}) {}
export class Tag extends Base("tags", { id: integer().primaryKey(), label: string() }) {}
export const postTags = table("post_tags", Base.metadata, {
  get postId() { return integer().references(Post.c.id).primaryKey(); },
  get tagId() { return integer().references(Tag.c.id).primaryKey(); },
});
export const writer = aliased(User, "writer");
export const counts = select(User.c.name, func.count(Post.c.id).label("n")).join(User.c.posts);
export const users = select(User);
export const posts = User.c.posts;
export const names = counts.subquery("names");
export const isAnn = User.c.name.eq("ann");
export const other = alias(postTags, "other");
export const recent = select(Post).where(Post.c.id.gt(1)).cte("recent");
export const both = select(User.c.name).union(select(Tag.c.label.label("name")));
export const made = insert(User).values({ name: "ann" }).returning(User.c.id);
export const changed = update(User).set({ name: "bob" }).returning(User);
export const gone = deleteFrom(postTags).where(postTags.c.tagId.eq(1));
export const eager = selectinload(User.c.posts).joinedload(Post.c.tags);
export const loaded = select(User).options(eager);
export const pairs = select(postTags);
export const more = counts.addColumns(User.c.bio);
export const total = func.count();
export const running = func.sum(Post.c.id).over({ partitionBy: Post.c.authorId });
export const order = User.c.name.desc();
export const raw = sql\`1\`;
export const grade = caseWhen([[User.c.id.gt(1), "a"]], "b");
`;

const consumer = `
import { select, selectinload, Session, createEngine } from "ormolu";
import { Post, postTags, User } from "./models.js";
export async function program() {
  const session = new Session(createEngine("sqlite://"));
  const user = await session.scalars(select(User).options(selectinload(User.c.posts).selectinload(Post.c.tags))).one();
  const label: string = [...user.posts[0]!.tags][0]!.label + user.label;
  const author: User = (await user.posts[0]!.author)!;
  const bio: string | null = author.bio;
  const titles: string[] = await author.titles;
  postTags.c.postId.eq(1);
  // @ts-expect-error not loaded
  author.posts.length;
  // @ts-expect-error a number is no name
  User.c.name.eq(3);
  // @ts-expect-error an unknown name
  new User({ nmae: "x" });
  return [label, bio, titles];
}
`;

test("declarations of models read as the models were written, and serve who has nothing else", {
  timeout: 60_000,
}, () => {
  withLibrary((folder) => {
    compile(
      folder,
      { "models.ts": models },
      "--declaration",
      "--emitDeclarationOnly",
      "--outDir",
      "declared",
    );
    const text = readFileSync(join(folder, "declared/models.d.ts"), "utf8");
    const lines = text.split("\n").map((line) => line.trim().replaceAll('import("ormolu").', ""));
    expect(lines).toContain("id: Column<number, true>;");
    expect(lines).toContain("bio: Column<string | null, true>;");
    expect(lines).toContain('readonly posts: Relationship<"many", typeof Post>;');
    expect(lines).toContain('readonly author: Relationship<"one", typeof User>;');
    expect(lines).toContain('readonly tags: Relationship<"set", typeof Tag>;');
    expect(lines).toContain('readonly titles: Proxied<Column<string, false>, "posts", "title">;');
    expect(text).not.toMatch(/\bany\b/);
    compile(folder, { "models.d.ts": text, "consumer.ts": consumer }, "--noEmit");
  });
});

test("a hundred models and two hundred queries stay within the budget", { timeout: 60_000 }, () => {
  expect(measure().instantiations).toBeLessThan(BUDGET);
});
