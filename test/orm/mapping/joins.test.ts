import { describe, expect, test } from "vitest";
import { foreign, remote } from "../../../src/orm/mapping/marks.ts";
import { manyToMany, manyToOne, oneToMany, oneToOne } from "../../../src/orm/mapping/relationship.ts";
import { mapperOf } from "../../../src/orm/mapping/resolve.ts";
import { declarativeBase } from "../../../src/orm/state/instrument.ts";
import { boolean, integer, string } from "../../../src/schema/column.ts";
import { foreignKey, primaryKey } from "../../../src/schema/constraints.ts";
import { table } from "../../../src/schema/table.ts";
import { and } from "../../../src/sql/expression.ts";
import { func } from "../../../src/sql/functions.ts";
import { pairs, problemOf, relationship, sqlOf } from "./support.ts";

describe("along foreign keys", () => {
  const Base = declarativeBase();
  class User extends Base("users", {
    id: integer().primaryKey(),
    get posts() {
      return oneToMany(Post, { backPopulates: "author" });
    },
    get profile() {
      return oneToOne(Profile, { backPopulates: "user" });
    },
  }) {}
  class Post extends Base("posts", {
    id: integer().primaryKey(),
    get authorId() {
      return integer().references(User.c.id);
    },
    get author() {
      return manyToOne(User, { backPopulates: "posts" });
    },
    get tags() {
      return manyToMany(Tag, { secondary: "post_tags", backPopulates: "posts" });
    },
  }) {}
  class Profile extends Base("profiles", {
    id: integer().primaryKey(),
    get userId() {
      return integer().references(User.c.id).unique();
    },
    get user() {
      return oneToOne(User, { backPopulates: "profile" });
    },
  }) {}
  class Tag extends Base("tags", {
    id: integer().primaryKey(),
    get posts() {
      return manyToMany(Post, { secondary: () => postTags, backPopulates: "tags" });
    },
  }) {}
  const postTags = table("post_tags", Base.metadata, {
    get postId() {
      return integer().references(Post.c.id).primaryKey();
    },
    get tagId() {
      return integer().references(Tag.c.id).primaryKey();
    },
  });

  test("one to many", () => {
    const posts = relationship(User, "posts");
    expect(posts.direction).toBe("oneToMany");
    expect(posts.isCollection).toBe(true);
    expect(posts.usesGet).toBe(false);
    expect(sqlOf(posts.primaryJoin)).toBe("users.id = posts.author_id");
    expect(pairs(posts.localRemotePairs)).toEqual(["users.id → posts.author_id"]);
    expect(pairs(posts.synchronizePairs)).toEqual(["users.id → posts.author_id"]);
    expect([...posts.remoteColumns]).toEqual([Post.c.authorId.node]);
    expect(posts.target).toBe(mapperOf(Post));
    expect(posts.reverse).toEqual([relationship(Post, "author")]);
    expect([...posts.cascades]).toEqual(["save-update", "merge"]);
    expect(posts.lazy).toBe("siblings");
  });

  test("many to one looks up by primary key", () => {
    const author = relationship(Post, "author");
    expect(author.direction).toBe("manyToOne");
    expect(author.isCollection).toBe(false);
    expect(author.usesGet).toBe(true);
    expect(pairs(author.localRemotePairs)).toEqual(["posts.author_id → users.id"]);
    expect(pairs(author.synchronizePairs)).toEqual(["users.id → posts.author_id"]);
  });

  test("one to one on either side", () => {
    expect(relationship(User, "profile").direction).toBe("oneToMany");
    expect(relationship(User, "profile").isCollection).toBe(false);
    expect(relationship(Profile, "user").direction).toBe("manyToOne");
    expect(relationship(Profile, "user").usesGet).toBe(true);
  });

  test("many to many by the name of the table", () => {
    const tags = relationship(Post, "tags");
    expect(tags.direction).toBe("manyToMany");
    expect(tags.secondary).toBe(postTags);
    expect(sqlOf(tags.primaryJoin)).toBe("posts.id = post_tags.post_id");
    expect(sqlOf(tags.secondaryJoin!)).toBe("tags.id = post_tags.tag_id");
    expect(pairs(tags.localRemotePairs)).toEqual(["posts.id → post_tags.post_id"]);
    expect(pairs(tags.synchronizePairs)).toEqual(["posts.id → post_tags.post_id"]);
    expect(pairs(tags.secondarySynchronizePairs)).toEqual(["tags.id → post_tags.tag_id"]);
    expect(tags.reverse).toEqual([relationship(Tag, "posts")]);
  });

  test("a mapper knows who refers to it", () => {
    const referrers = mapperOf(User).referrers.map((each) => `${each.mapper.name}.${each.key}`);
    expect(referrers.sort()).toEqual(["Post.author", "Profile.user"]);
  });
});

describe("a table that refers to itself", () => {
  const Base = declarativeBase();
  class TreeNode extends Base("nodes", {
    id: integer().primaryKey(),
    path: string(),
    get parentId() {
      return integer().references(TreeNode.c.id).nullable();
    },
    get parent() {
      return manyToOne(TreeNode, { backPopulates: "children" });
    },
    get children() {
      return oneToMany(TreeNode, { backPopulates: "parent" });
    },
    get descendants() {
      return oneToMany(TreeNode, {
        viewonly: true,
        primaryJoin: () => remote(foreign(TreeNode.c.path)).like(TreeNode.c.path.concat("/%")),
      });
    },
    get friends() {
      return manyToMany(TreeNode, {
        secondary: () => friendships,
        primaryJoin: () => TreeNode.c.id.eq(friendships.c.leftId),
        secondaryJoin: () => TreeNode.c.id.eq(friendships.c.rightId),
      });
    },
  }) {}
  const friendships = table("friendships", Base.metadata, {
    get leftId() {
      return integer().references(TreeNode.c.id).primaryKey();
    },
    get rightId() {
      return integer().references(TreeNode.c.id).primaryKey();
    },
  });

  test("the declared kind tells the sides apart", () => {
    const parent = relationship(TreeNode, "parent");
    const children = relationship(TreeNode, "children");
    expect([parent.direction, children.direction]).toEqual(["manyToOne", "oneToMany"]);
    expect(pairs(parent.localRemotePairs)).toEqual(["nodes.parent_id → nodes.id"]);
    expect(pairs(children.localRemotePairs)).toEqual(["nodes.id → nodes.parent_id"]);
    expect([...parent.remoteColumns]).toEqual([TreeNode.c.id.node]);
    expect([...children.remoteColumns]).toEqual([TreeNode.c.parentId.node]);
    expect(parent.usesGet).toBe(true);
    expect(parent.selfReferential).toBe(true);
  });

  test("a column on both sides keeps a copy of its own on the remote side", () => {
    const descendants = relationship(TreeNode, "descendants");
    expect(descendants.direction).toBe("oneToMany");
    expect(pairs(descendants.localRemotePairs)).toEqual(["nodes.path → nodes.path"]);
    expect(descendants.synchronizePairs).toEqual([]);
    const [copy] = descendants.remoteColumns;
    expect(copy).not.toBe(TreeNode.c.path.node);
    expect(copy).toEqual(TreeNode.c.path.node);
  });

  test("many to many with conditions of its own", () => {
    const friends = relationship(TreeNode, "friends");
    expect(pairs(friends.synchronizePairs)).toEqual(["nodes.id → friendships.left_id"]);
    expect(pairs(friends.secondarySynchronizePairs)).toEqual(["nodes.id → friendships.right_id"]);
  });
});

test("a composite key that shares a column with the row it refers to", () => {
  const Base = declarativeBase();
  class Folder extends Base("folders", {
    accountId: integer(),
    folderId: integer(),
    parentId: integer().nullable(),
    get keys() {
      return [
        primaryKey(Folder.c.accountId, Folder.c.folderId),
        foreignKey([Folder.c.accountId, Folder.c.parentId], [Folder.c.accountId, Folder.c.folderId]),
      ];
    },
    get parent() {
      return manyToOne(Folder, {
        backPopulates: "children",
        remoteSide: () => [Folder.c.accountId, Folder.c.folderId],
      });
    },
    get children() {
      return oneToMany(Folder, { backPopulates: "parent" });
    },
  }) {}
  const parent = relationship(Folder, "parent");
  expect(parent.direction).toBe("manyToOne");
  expect(parent.usesGet).toBe(true);
  expect(pairs(parent.localRemotePairs)).toEqual([
    "folders.account_id → folders.account_id",
    "folders.parent_id → folders.folder_id",
  ]);
  const children = relationship(Folder, "children");
  expect(children.direction).toBe("oneToMany");
  expect(pairs(children.localRemotePairs)).toEqual([
    "folders.account_id → folders.account_id",
    "folders.folder_id → folders.parent_id",
  ]);
});

test("a composite foreign key gives a pair for each of its columns", () => {
  const Base = declarativeBase();
  class Site extends Base("sites", {
    country: string().primaryKey(),
    code: integer().primaryKey(),
    get visits() {
      return oneToMany(Visit);
    },
  }) {}
  class Visit extends Base(
    "visits",
    { id: integer().primaryKey(), siteCountry: string(), siteCode: integer() },
    (c) => [foreignKey([c.siteCountry, c.siteCode], () => [Site.c.country, Site.c.code])],
  ) {}
  expect(pairs(relationship(Site, "visits").synchronizePairs)).toEqual([
    "sites.country → visits.site_country",
    "sites.code → visits.site_code",
  ]);
});

test("a key that is not the primary one does not look up by identity", () => {
  const Base = declarativeBase();
  class User extends Base("users", { id: integer().primaryKey(), name: string().unique() }) {}
  class Post extends Base("posts", {
    id: integer().primaryKey(),
    get author() {
      return manyToOne(User);
    },
    get authorName() {
      return string().references(User.c.name);
    },
  }) {}
  const author = relationship(Post, "author");
  expect(author.usesGet).toBe(false);
  expect(pairs(author.synchronizePairs)).toEqual(["users.name → posts.author_name"]);
});

describe("what is ambiguous", () => {
  function models(options: { foreignKeys?: () => never }) {
    const Base = declarativeBase();
    class User extends Base("users", { id: integer().primaryKey() }) {}
    class Post extends Base("posts", {
      id: integer().primaryKey(),
      get authorId() {
        return integer().references(User.c.id);
      },
      get editorId() {
        return integer().references(User.c.id);
      },
      get author() {
        return manyToOne(User, options);
      },
    }) {}
    return Post;
  }

  test("two foreign keys are refused, with both and what to do", () => {
    const problem = problemOf(() => mapperOf(models({})));
    expect(problem.code).toBe("mapping/ambiguous-foreign-key");
    expect(problem.message).toContain("Post.author can follow more than one foreign key to User");
    expect(problem.message).toContain("(posts.author_id) and (posts.editor_id)");
    expect(problem.hint).toContain("foreignKeys");
  });

  test("foreignKeys chooses", () => {
    const Post = models({ foreignKeys: () => Post.c.editorId as never });
    expect(pairs(relationship(Post, "author").localRemotePairs)).toEqual(["posts.editor_id → users.id"]);
  });

  test("tables that refer to each other are told apart by the declared kind", () => {
    const Base = declarativeBase();
    class User extends Base("users", {
      id: integer().primaryKey(),
      get favoriteId() {
        return integer().references(Post.c.id).nullable();
      },
      get favorite() {
        return manyToOne(Post, { postUpdate: true });
      },
      get posts() {
        return oneToMany(Post);
      },
    }) {}
    class Post extends Base("posts", {
      id: integer().primaryKey(),
      get authorId() {
        return integer().references(User.c.id);
      },
    }) {}
    expect(pairs(relationship(User, "favorite").localRemotePairs)).toEqual(["users.favorite_id → posts.id"]);
    expect(pairs(relationship(User, "posts").localRemotePairs)).toEqual(["users.id → posts.author_id"]);
  });
});

test("what no flush can keep true must only be read", () => {
  const Base = declarativeBase();
  class User extends Base("users", {
    id: integer().primaryKey(),
    name: string(),
    get mentions() {
      return oneToMany(Post, { primaryJoin: () => foreign(Post.c.title).like(User.c.name) });
    },
  }) {}
  class Post extends Base("posts", { id: integer().primaryKey(), title: string() }) {}
  const problem = problemOf(() => mapperOf(User));
  expect(problem.code).toBe("mapping/not-an-equality");
  expect(problem.hint).toContain("viewonly");
});

test("a condition may narrow the join, compare with functions, or name its foreign key", () => {
  const Base = declarativeBase();
  class User extends Base("users", {
    id: integer().primaryKey(),
    name: string(),
    get drafts() {
      return oneToMany(Post, {
        primaryJoin: () => and(User.c.id.eq(Post.c.authorId), Post.c.isDraft.eq(true)),
      });
    },
    get mentions() {
      return oneToMany(Post, {
        viewonly: true,
        primaryJoin: () => func.lower(remote(foreign(Post.c.title))).eq(func.lower(User.c.name)),
      });
    },
    get marked() {
      return oneToMany(Other, { primaryJoin: () => foreign(Other.c.text).eq(User.c.name) });
    },
    get named() {
      return oneToMany(Other, {
        primaryJoin: () => Other.c.text.eq(User.c.name),
        foreignKeys: () => [Other.c.text],
      });
    },
  }) {}
  class Post extends Base("posts", {
    id: integer().primaryKey(),
    title: string(),
    isDraft: boolean(),
    get authorId() {
      return integer().references(User.c.id);
    },
  }) {}
  class Other extends Base("others", { id: integer().primaryKey(), text: string() }) {}
  const drafts = relationship(User, "drafts");
  expect(pairs(drafts.synchronizePairs)).toEqual(["users.id → posts.author_id"]);
  expect([...drafts.remoteColumns]).toEqual([Post.c.authorId.node, Post.c.isDraft.node]);
  expect(pairs(relationship(User, "mentions").localRemotePairs)).toEqual(["users.name → posts.title"]);
  expect(pairs(relationship(User, "marked").synchronizePairs)).toEqual(["users.name → others.text"]);
  expect(pairs(relationship(User, "named").synchronizePairs)).toEqual(["users.name → others.text"]);
});
