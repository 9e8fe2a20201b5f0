/** What the examples in doc comments speak of: classes, tables, an engine and a session of each colour. */
import {
  alias,
  createEngine,
  declarativeBase,
  integer,
  json,
  MetaData,
  manyToMany,
  manyToOne,
  numeric,
  oneToMany,
  oneToOne,
  Session,
  string,
  table,
} from "../../src/entries/index.ts";
import { createSyncEngine } from "../../src/entries/sync.ts";

const World = declarativeBase();

export class User extends World("users", {
  id: integer().primaryKey(),
  username: string(50).nullable(),
  name: string(50).nullable(),
  email: string(50).nullable().unique(),
  age: integer().nullable(),
  city: string(50).nullable(),
  get posts() {
    return oneToMany(Post, { backPopulates: "author" });
  },
  get profile() {
    return oneToOne(Profile, { backPopulates: "user" });
  },
}) {}

export class Post extends World("posts", {
  id: integer().primaryKey(),
  title: string(50),
  authorName: string(50).nullable(),
  get authorId() {
    return integer().nullable().references(User.c.id);
  },
  get author() {
    return manyToOne(User, { backPopulates: "posts" });
  },
  get tags() {
    return manyToMany(Tag, { secondary: postTags, backPopulates: "posts" });
  },
}) {}

export class Tag extends World("tags", {
  id: integer().primaryKey(),
  get posts() {
    return manyToMany(Post, { secondary: postTags, backPopulates: "tags" });
  },
}) {}

export const postTags = table("post_tags", World.metadata, {
  get postId() {
    return integer().references(Post.c.id).primaryKey();
  },
  get tagId() {
    return integer().references(Tag.c.id).primaryKey();
  },
});

export class Profile extends World("profiles", {
  id: integer().primaryKey(),
  get userId() {
    return integer().references(User.c.id);
  },
  get user() {
    return oneToOne(User, { backPopulates: "profile" });
  },
}) {}

export class Employee extends World("employees", {
  id: integer().primaryKey(),
  name: string(50),
  get managerId() {
    return integer().nullable().references(Employee.c.id);
  },
  get manager() {
    return manyToOne(Employee, { remoteSide: () => Employee.c.id });
  },
}) {}

export class Folder extends World("folders", { id: integer().primaryKey(), path: string() }) {}

export class Enrollment extends World("enrollments", {
  id: integer().primaryKey(),
  get course() {
    return manyToOne(Post, { primaryJoin: () => Post.c.id.eq(Enrollment.c.id), viewonly: true });
  },
}) {}

export const Base = declarativeBase();
export const metadata = new MetaData();

export const lines = table("lines", metadata, { orderId: integer(), number: integer() });
export const nodes = table("nodes", metadata, {
  id: integer().primaryKey(),
  parentId: integer().nullable(),
});
export const node = nodes;
export const users = table("users", new MetaData(), { id: integer().primaryKey(), name: string(50) });
export const a = alias(table("documents", metadata, { doc: json() }), "a");
export const { c } = table("columns", metadata, {
  firstName: string(),
  lastName: string(),
  orderId: integer(),
  lineNumber: integer(),
  price: numeric(10, 2),
  carId: integer(),
});
export const row = { id: 1, name: "ann", email: "a@example.com" };

export const engine = createEngine("sqlite://");
export const syncEngine = createSyncEngine("sqlite://");
await World.metadata.createAll(engine);
World.metadata.createAll(syncEngine);

export const session = new Session(engine);
export const user = new User({ name: "ann", posts: [] });
session.add(user);
await session.commit();
