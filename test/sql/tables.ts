/** The tables that the tests of the expression language speak of. */
import { boolean, dateTime, integer, numeric, string, text } from "../../src/schema/column.ts";
import { MetaData } from "../../src/schema/metadata.ts";
import { table } from "../../src/schema/table.ts";

export const metadata = new MetaData();

export const users = table("users", metadata, {
  id: integer().primaryKey(),
  name: string(50),
  bio: text().nullable(),
  isActive: boolean(),
  createdAt: dateTime(),
});

export const posts = table("posts", metadata, {
  id: integer().primaryKey(),
  title: string(200),
  price: numeric(10, 2),
  authorId: integer().references(users.c.id),
});

export const comments = table("comments", metadata, {
  id: integer().primaryKey(),
  postId: integer().references(posts.c.id),
  writerId: integer().references(users.c.id),
  readerId: integer().references(users.c.id),
});

export const islands = table("islands", metadata, { id: integer().primaryKey(), name: string(20) });
