/**
 * The classes whose graphs are loaded in random ways: every kind of relationship, a tree, and keys of two columns. As
 * plain plans, from which a graph is computed without the library, and as mapped classes.
 */
import {
  associationProxy,
  declarativeBase,
  foreignKey,
  integer,
  manyToMany,
  manyToOne,
  oneToMany,
  oneToOne,
  string,
  table,
  text,
} from "../../src/entries/index.ts";
import type { MetaData } from "../../src/schema/metadata.ts";
import type { AnyClass, AnyTable } from "../conformance/library.ts";

/** The strategies that a mapping can have without forbidding anything. */
export const LAZIES = ["siblings", "select", "selectin", "joined", "subquery", "immediate"] as const;

/** One of them. */
export type Lazy = (typeof LAZIES)[number];

/** By `Class.key`, the strategies of a mapping; `siblings` where nothing is said. */
export type Lazies = Readonly<Record<string, Lazy>>;

/** A class: what identifies its rows, and its other columns. */
export interface ClassPlan {
  readonly name: string;
  readonly key: readonly string[];
  readonly columns: readonly string[];
  /** Columns that a statement leaves out unless it is told otherwise. */
  readonly deferred?: readonly string[];
}

/** A relationship. */
export interface LinkPlan {
  readonly owner: string;
  readonly key: string;
  readonly target: string;
  readonly isMany: boolean;
  /** Own column → column of the target, or of the pairs in between. */
  readonly on: Readonly<Record<string, string>>;
  /** Pairs of post and tag stand between; their column for the target. */
  readonly through?: "postId" | "tagId";
  /** The order of the members: columns of the target, descending with a minus. None: any order. */
  readonly order?: readonly string[];
  /** There always is a target. */
  readonly isRequired?: boolean;
}

/** The classes. A row refers to classes that stand before its own. */
export const classPlans: readonly ClassPlan[] = [
  { name: "User", key: ["id"], columns: ["name", "bio"], deferred: ["bio"] },
  { name: "Profile", key: ["id"], columns: ["text", "userId"] },
  { name: "Topic", key: ["id"], columns: ["name", "parentId"] },
  { name: "Tag", key: ["id"], columns: ["label"] },
  { name: "Post", key: ["id"], columns: ["title", "rank", "authorId", "topicId"], deferred: ["rank"] },
  { name: "Comment", key: ["postId", "number"], columns: ["body", "authorId"] },
  { name: "Reaction", key: ["id"], columns: ["postId", "number"] },
];

/** The relationships. */
export const links: readonly LinkPlan[] = [
  many("User", "posts", "Post", { id: "authorId" }, ["-rank", "id"]),
  one("User", "profile", "Profile", { id: "userId" }),
  many("User", "comments", "Comment", { id: "authorId" }),
  { ...one("Profile", "user", "User", { userId: "id" }), isRequired: true },
  one("Topic", "parent", "Topic", { parentId: "id" }),
  many("Topic", "children", "Topic", { id: "parentId" }, ["name", "-id"]),
  many("Topic", "posts", "Post", { id: "topicId" }, ["-id"]),
  { ...many("Tag", "posts", "Post", { id: "tagId" }), through: "postId" },
  one("Post", "author", "User", { authorId: "id" }),
  one("Post", "topic", "Topic", { topicId: "id" }),
  { ...many("Post", "tags", "Tag", { id: "postId" }, ["label", "id"]), through: "tagId" },
  many("Post", "comments", "Comment", { id: "postId" }, ["-number"]),
  { ...one("Comment", "post", "Post", { postId: "id" }), isRequired: true },
  one("Comment", "author", "User", { authorId: "id" }),
  many("Comment", "reactions", "Reaction", { postId: "postId", number: "number" }, ["id"]),
  one("Reaction", "comment", "Comment", { postId: "postId", number: "number" }),
];

function one(owner: string, key: string, target: string, on: LinkPlan["on"]): LinkPlan {
  return { owner, key, target, on, isMany: false };
}

function many(
  owner: string,
  key: string,
  target: string,
  on: LinkPlan["on"],
  order?: readonly string[],
): LinkPlan {
  return { owner, key, target, on, isMany: true, ...(order && { order }) };
}

/** The relationships of a class. */
export function linksOf(owner: string): readonly LinkPlan[] {
  return links.filter((link) => link.owner === owner);
}

/** The plan of a class. */
export function planOf(name: string): ClassPlan {
  return classPlans.find((plan) => plan.name === name) as ClassPlan;
}

/** The mapped classes of one mapping. */
export interface GraphModels {
  readonly metadata: MetaData;
  readonly classes: Readonly<Record<string, AnyClass>>;
  readonly postTags: AnyTable;
}

/** Maps the classes, each relationship with the strategy that it is given. */
export function defineModels(lazies: Lazies): GraphModels {
  const Base = declarativeBase();
  const by = (name: string): { readonly lazy: Lazy } => ({ lazy: lazies[name] ?? "siblings" });

  class User extends Base("users", {
    id: integer().primaryKey(),
    name: string(20).nullable(),
    bio: text().nullable().deferred(),
    get posts() {
      return oneToMany(Post, {
        ...by("User.posts"),
        backPopulates: "author",
        orderBy: () => [Post.c.rank.desc(), Post.c.id],
      });
    },
    get profile() {
      return oneToOne(Profile, { ...by("User.profile"), backPopulates: "user" });
    },
    get comments() {
      return oneToMany(Comment, { ...by("User.comments"), backPopulates: "author" });
    },
    get titles() {
      return associationProxy(Post, "title", { via: "posts" });
    },
  }) {}

  class Profile extends Base("profiles", {
    id: integer().primaryKey(),
    text: text().nullable(),
    get userId() {
      return integer().references(User.c.id).unique();
    },
    get user() {
      return oneToOne(User, { ...by("Profile.user"), backPopulates: "profile" });
    },
  }) {}

  class Topic extends Base("topics", {
    id: integer().primaryKey(),
    name: string(20).nullable(),
    get parentId() {
      return integer().references(Topic.c.id).nullable();
    },
    get parent() {
      return manyToOne(Topic, {
        ...by("Topic.parent"),
        backPopulates: "children",
        remoteSide: () => Topic.c.id,
      });
    },
    get children() {
      return oneToMany(Topic, {
        ...by("Topic.children"),
        backPopulates: "parent",
        orderBy: () => [Topic.c.name, Topic.c.id.desc()],
      });
    },
    get posts() {
      return oneToMany(Post, {
        ...by("Topic.posts"),
        backPopulates: "topic",
        orderBy: () => Post.c.id.desc(),
      });
    },
  }) {}

  class Tag extends Base("tags", {
    id: integer().primaryKey(),
    label: string(20),
    get posts() {
      return manyToMany(Post, {
        ...by("Tag.posts"),
        secondary: postTags,
        backPopulates: "tags",
        collection: "set",
      });
    },
  }) {}

  class Post extends Base("posts", {
    id: integer().primaryKey(),
    title: string(20).nullable(),
    rank: integer().nullable().deferred(),
    get authorId() {
      return integer().references(User.c.id).nullable();
    },
    get topicId() {
      return integer().references(Topic.c.id).nullable();
    },
    get author() {
      return manyToOne(User, { ...by("Post.author"), backPopulates: "posts" });
    },
    get topic() {
      return manyToOne(Topic, { ...by("Post.topic"), backPopulates: "posts" });
    },
    get tags() {
      return manyToMany(Tag, {
        ...by("Post.tags"),
        secondary: postTags,
        backPopulates: "posts",
        orderBy: () => [Tag.c.label, Tag.c.id],
      });
    },
    get comments() {
      return oneToMany(Comment, {
        ...by("Post.comments"),
        backPopulates: "post",
        collection: { keyedBy: "number" },
        orderBy: () => Comment.c.number.desc(),
      });
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

  class Comment extends Base("comments", {
    get postId() {
      return integer().references(Post.c.id).primaryKey();
    },
    number: integer().primaryKey(),
    body: text().nullable(),
    get authorId() {
      return integer().references(User.c.id).nullable();
    },
    get post() {
      return manyToOne(Post, { ...by("Comment.post"), backPopulates: "comments" });
    },
    get author() {
      return manyToOne(User, { ...by("Comment.author"), backPopulates: "comments" });
    },
    get reactions() {
      return oneToMany(Reaction, {
        ...by("Comment.reactions"),
        backPopulates: "comment",
        orderBy: () => Reaction.c.id,
      });
    },
    get authorName() {
      return associationProxy(User, "name", { via: "author" });
    },
  }) {}

  class Reaction extends Base(
    "reactions",
    {
      id: integer().primaryKey(),
      postId: integer().nullable(),
      number: integer().nullable(),
      get comment() {
        return manyToOne(Comment, { ...by("Reaction.comment"), backPopulates: "reactions" });
      },
    },
    (c) => [foreignKey([c.postId, c.number], () => [Comment.c.postId, Comment.c.number])],
  ) {}

  const classes = { User, Profile, Topic, Tag, Post, Comment, Reaction };
  return {
    metadata: Base.metadata,
    classes: classes as unknown as GraphModels["classes"],
    postTags: postTags as unknown as AnyTable,
  };
}
