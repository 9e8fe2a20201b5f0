import { inspect as show } from "node:util";
import { expect, test } from "vitest";
import { declarativeBase, integer, manyToOne, oneToMany, string } from "../../src/entries/index.ts";

const Base = declarativeBase();
class User extends Base("users", {
  id: integer().primaryKey(),
  name: string(50),
  get posts() {
    return oneToMany(Post, { backPopulates: "author" });
  },
}) {}
class Post extends Base("posts", {
  id: integer().primaryKey(),
  title: string(50),
  get authorId() {
    return integer().references(User.c.id);
  },
  get author() {
    return manyToOne(User, { backPopulates: "posts" });
  },
}) {}

test("JSON holds what is loaded, once, and ends at what leads back", () => {
  const ann = new User({ name: "ann", posts: [new Post({ title: "one" })] });
  expect(JSON.stringify(ann)).toBe('{"name":"ann","posts":[{"title":"one"}]}');
});

test("a log line shows the class and what is loaded, and marks circles", () => {
  const ann = new User({ name: "ann", posts: [new Post({ title: "one" })] });
  expect(show(ann, { breakLength: Number.POSITIVE_INFINITY })).toMatch(
    /User \{ name: 'ann', posts: \[ Post \{ title: 'one'/,
  );
});
