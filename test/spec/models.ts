/** The classes that most specs use: a blog, a tree, and a school. */
import {
  associationProxy,
  declarativeBase,
  integer,
  manyToMany,
  manyToOne,
  oneToMany,
  oneToOne,
  string,
  table,
  text,
} from "../../src/entries/index.ts";

export const Base = declarativeBase();

export class User extends Base("users", {
  id: integer().primaryKey(),
  name: string(50).unique(),
  get posts() {
    return oneToMany(Post, {
      backPopulates: "author",
      cascade: "all, delete-orphan",
      orderBy: () => Post.c.id,
    });
  },
  get profile() {
    return oneToOne(Profile, { backPopulates: "user", cascade: "all, delete-orphan" });
  },
}) {
  get greeting() {
    return `hello ${this.name}`;
  }
}

export class Post extends Base("posts", {
  id: integer().primaryKey(),
  title: string(200),
  body: text().default(""),
  get authorId() {
    return integer().references(User.c.id);
  },
  get author() {
    return manyToOne(User, { backPopulates: "posts" });
  },
  get tags() {
    return manyToMany(Tag, { secondary: postTags, backPopulates: "posts", orderBy: () => Tag.c.label });
  },
}) {}

export class Tag extends Base("tags", {
  id: integer().primaryKey(),
  label: string(20).unique(),
  get posts() {
    return manyToMany(Post, { secondary: postTags, backPopulates: "tags" });
  },
}) {}

export const postTags = table("post_tags", Base.metadata, {
  get postId() {
    return integer().references(Post.c.id).primaryKey();
  },
  get tagId() {
    return integer().references(Tag.c.id).primaryKey();
  },
  weight: integer().default(1),
});

export class Profile extends Base("profiles", {
  id: integer().primaryKey(),
  bio: text().nullable(),
  get userId() {
    return integer().references(User.c.id).unique();
  },
  get user() {
    return oneToOne(User, { backPopulates: "profile" });
  },
}) {}

export class TreeNode extends Base("nodes", {
  id: integer().primaryKey(),
  name: string(20),
  get parentId() {
    return integer().nullable().references(TreeNode.c.id);
  },
  get parent() {
    return manyToOne(TreeNode, { backPopulates: "children", remoteSide: () => TreeNode.c.id });
  },
  get children() {
    return oneToMany(TreeNode, { backPopulates: "parent", orderBy: () => TreeNode.c.id });
  },
}) {}

export class Student extends Base("students", {
  id: integer().primaryKey(),
  name: string(50),
  get enrollments() {
    return oneToMany(Enrollment, { backPopulates: "student", cascade: "all, delete-orphan" });
  },
  get courses() {
    return associationProxy(Enrollment, "course", { via: "enrollments" });
  },
}) {}

export class Course extends Base("courses", {
  id: integer().primaryKey(),
  title: string(50),
  get enrollments() {
    return oneToMany(Enrollment, { backPopulates: "course" });
  },
}) {}

export class Enrollment extends Base("enrollments", {
  get studentId() {
    return integer().references(Student.c.id).primaryKey();
  },
  get courseId() {
    return integer().references(Course.c.id).primaryKey();
  },
  grade: string(2).nullable(),
  get student() {
    return manyToOne(Student, { backPopulates: "enrollments" });
  },
  get course() {
    return manyToOne(Course, { backPopulates: "enrollments" });
  },
}) {}
