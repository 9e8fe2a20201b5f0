import { describe, expect, test } from "vitest";
import { aliased } from "../../../src/orm/mapping/aliased.ts";
import { manyToMany, manyToOne, oneToMany, oneToOne } from "../../../src/orm/mapping/relationship.ts";
import { declarativeBase } from "../../../src/orm/state/instrument.ts";
import { integer, string } from "../../../src/schema/column.ts";
import { table } from "../../../src/schema/table.ts";
import type { Criterion, Valued } from "../../../src/sql/row.ts";
import { select } from "../../../src/sql/select.ts";
import { problemOf, sqlOf } from "./support.ts";

const Base = declarativeBase();
class User extends Base("users", {
  id: integer().primaryKey(),
  name: string(),
  get posts() {
    return oneToMany(Post, { backPopulates: "author" });
  },
  get profile() {
    return oneToOne(Profile);
  },
}) {}
class Profile extends Base("profiles", {
  id: integer().primaryKey(),
  get userId() {
    return integer().references(User.c.id);
  },
}) {}
class Post extends Base("posts", {
  id: integer().primaryKey(),
  title: string(),
  get authorId() {
    return integer().references(User.c.id);
  },
  get author() {
    return manyToOne(User, { backPopulates: "posts" });
  },
  get tags() {
    return manyToMany(Tag, { secondary: () => postTags });
  },
}) {}
class Tag extends Base("tags", { id: integer().primaryKey(), label: string() }) {}
const postTags = table("post_tags", Base.metadata, {
  get postId() {
    return integer().references(Post.c.id).primaryKey();
  },
  get tagId() {
    return integer().references(Tag.c.id).primaryKey();
  },
});
class TreeNode extends Base("nodes", {
  id: integer().primaryKey(),
  name: string(),
  get parentId() {
    return integer().references(TreeNode.c.id).nullable();
  },
  get parent() {
    return manyToOne(TreeNode);
  },
  get children() {
    return oneToMany(TreeNode);
  },
}) {}

const where = (condition: Criterion, entity: { readonly c: { readonly id: Valued<number> } } = User) =>
  sqlOf(select(entity.c.id).where(condition));

describe("any and has", () => {
  test("ask for a related row", () => {
    expect(where(User.c.posts.any())).toBe(
      "SELECT users.id FROM users WHERE EXISTS (SELECT 1 FROM posts WHERE users.id = posts.author_id)",
    );
    expect(where(User.c.posts.any(Post.c.title.eq("x")))).toContain(
      "(SELECT 1 FROM posts WHERE users.id = posts.author_id AND posts.title = ?)",
    );
    expect(where(Post.c.author.has(User.c.name.eq("ann")), Post)).toContain(
      "EXISTS (SELECT 1 FROM users WHERE users.id = posts.author_id AND users.name = ?)",
    );
  });

  test("go through the table in the middle", () => {
    expect(where(Post.c.tags.any(Tag.c.label.eq("x")), Post)).toContain(
      "(SELECT 1 FROM post_tags, tags WHERE posts.id = post_tags.post_id AND tags.id = post_tags.tag_id AND tags.label = ?)",
    );
  });

  test("give a table that refers to itself another name", () => {
    expect(where(TreeNode.c.children.any(TreeNode.c.name.eq("x")), TreeNode)).toBe(
      "SELECT nodes.id FROM nodes WHERE EXISTS (SELECT 1 FROM nodes AS nodes_1 WHERE nodes.id = nodes_1.parent_id AND nodes_1.name = ?)",
    );
    expect(where(TreeNode.c.parent.has(TreeNode.c.name.eq("x")), TreeNode)).toContain(
      "WHERE nodes_1.id = nodes.parent_id AND nodes_1.name = ?",
    );
  });

  test("hold even where the target is in the statement too", () => {
    expect(sqlOf(select(User.c.id).join(User.c.posts).where(User.c.posts.any()))).toContain(
      "EXISTS (SELECT 1 FROM posts WHERE users.id = posts.author_id)",
    );
  });

  test("are for collections and for single objects", () => {
    expect(problemOf(() => Post.c.author.any()).message).toContain(
      "Post.author holds one object: any() does not apply",
    );
    expect(problemOf(() => User.c.posts.has()).hint).toBe("use any()");
  });
});

describe("comparing with objects", () => {
  const ann = new User({ id: 5, name: "ann" });

  test("compares the foreign key", () => {
    expect(where(Post.c.author.eq(ann), Post)).toBe("SELECT posts.id FROM posts WHERE ? = posts.author_id");
    expect(where(Post.c.author.ne(ann), Post)).toBe(
      "SELECT posts.id FROM posts WHERE posts.author_id != ? OR posts.author_id IS NULL",
    );
    expect(where(Post.c.author.eq(null), Post)).toBe(
      "SELECT posts.id FROM posts WHERE posts.author_id IS NULL",
    );
    expect(where(Post.c.author.ne(null), Post)).toContain("posts.author_id IS NOT NULL");
  });

  test("reads the object's key as late as the statement is compiled", () => {
    const bob = new User({ name: "bob" });
    const { node } = Post.c.author.eq(bob);
    const value = () =>
      node.kind === "binary" && node.left.kind === "parameter" ? node.left.value : undefined;
    expect(value()).toBeNull();
    bob.id = 6;
    expect(value()).toBe(6);
  });

  test("asks whether there is none", () => {
    expect(where(User.c.posts.eq(null))).toContain("WHERE NOT EXISTS (SELECT 1 FROM posts");
    expect(where(User.c.profile.isNotNull())).toContain("WHERE EXISTS (SELECT 1 FROM profiles");
  });

  test("asks for a member", () => {
    expect(where(User.c.posts.contains(new Post({ authorId: 5 })))).toBe(
      "SELECT users.id FROM users WHERE users.id = ?",
    );
    expect(where(Post.c.tags.contains(new Tag({ id: 1 })), Post)).toContain("AND tags.id = ?)");
    expect(problemOf(() => User.c.posts.eq(new Post())).hint).toBe("use contains()");
    expect(problemOf(() => Post.c.author.contains(ann)).hint).toBe("use eq()");
  });

  test("takes objects of the target's class only", () => {
    const problem = problemOf(() => Post.c.author.eq(new Tag() as unknown as User));
    expect(problem.message).toContain("Post.author.eq() expects an object of class User, got: a Tag");
  });
});

describe("joins", () => {
  test("lead along the relationship", () => {
    expect(sqlOf(select(User.c.id).join(User.c.posts).join(Post.c.tags))).toBe(
      "SELECT users.id FROM users JOIN posts ON users.id = posts.author_id JOIN post_tags ON posts.id = post_tags.post_id JOIN tags ON tags.id = post_tags.tag_id",
    );
    expect(sqlOf(select(User.c.id).outerJoin(User.c.posts.and(Post.c.title.eq("x"))))).toContain(
      "LEFT OUTER JOIN posts ON users.id = posts.author_id AND posts.title = ?",
    );
  });

  test("lead from and to other names", () => {
    const parent = aliased(TreeNode, "parent");
    const grandparent = aliased(TreeNode, "grandparent");
    expect(
      sqlOf(
        select(TreeNode.c.id, grandparent.c.name)
          .join(TreeNode.c.parent.of(parent))
          .join(parent.c.parent.of(grandparent)),
      ),
    ).toBe(
      "SELECT nodes.id, grandparent.name FROM nodes JOIN nodes AS parent ON parent.id = nodes.parent_id JOIN nodes AS grandparent ON grandparent.id = parent.parent_id",
    );
    expect(problemOf(() => Reflect.get(parent.c, "nmae")).hint).toContain("did you mean name?");
    expect(problemOf(() => aliased(Date as never)).code).toBe("mapping/not-mapped");
  });
});
