import {
  dateTime,
  declarativeBase,
  integer,
  type LazyOne,
  manyToOne,
  oneToMany,
  oneToOne,
  string,
  text,
} from "../../src/entries/index.ts";

export const Base = declarativeBase();

export class User extends Base("users", {
  id: integer().primaryKey(),
  username: string(50).unique(),
  email: string(100).unique(),
  createdAt: dateTime().default(() => new Date()),
  // Deleting a user deletes the posts, and so does taking a post out of the collection.
  get posts() {
    return oneToMany(Post, { backPopulates: "author", cascade: "all, delete-orphan" });
  },
}) {
  /** Made by the backref of `Profile.user`; `declare` tells the compiler of it. */
  declare profile: LazyOne<Profile>;

  override toString() {
    return `<User(username='${this.username}', email='${this.email}')>`;
  }
}

export class Post extends Base("posts", {
  id: integer().primaryKey(),
  title: string(200),
  content: text(),
  createdAt: dateTime().default(() => new Date()),
  get authorId() {
    return integer().references(User.c.id);
  },
  get author() {
    return manyToOne(User, { backPopulates: "posts" });
  },
}) {
  override toString() {
    return `<Post(title='${this.title}', author_id=${this.authorId})>`;
  }
}

export class Profile extends Base("profiles", {
  id: integer().primaryKey(),
  firstName: string(50).nullable(),
  lastName: string(50).nullable(),
  bio: text().nullable(),
  phone: string(20).nullable(),
  // The unique key makes it one profile for one user.
  get userId() {
    return integer().unique().references(User.c.id);
  },
  get user() {
    return oneToOne(User, { backref: "profile" });
  },
}) {
  override toString() {
    return `<Profile(first_name='${this.firstName}', last_name='${this.lastName}')>`;
  }
}
