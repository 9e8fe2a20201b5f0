/** The tables that the compiler's tests speak of. */
import { boolean, dateTime, integer, numeric, string, text } from "../../src/schema/column.ts";
import { MetaData } from "../../src/schema/metadata.ts";
import { table } from "../../src/schema/table.ts";

export const metadata = new MetaData();

export const users = table("users", metadata, {
  id: integer().primaryKey(),
  name: string(50),
  email: string(100).unique().nullable(),
  isActive: boolean().default(true),
});

export const posts = table("posts", metadata, {
  id: integer().primaryKey(),
  title: string(200),
  body: text(),
  price: numeric(10, 2),
  createdAt: dateTime(),
  authorId: integer().references(users.c.id, { onDelete: "cascade" }),
});

export const tags = table("tags", metadata, { id: integer().primaryKey(), label: string() });

export const postTags = table("post_tags", metadata, {
  postId: integer().references(posts.c.id).primaryKey(),
  tagId: integer().references(tags.c.id).primaryKey(),
});

export const nodes = table("nodes", metadata, {
  id: integer().primaryKey(),
  name: string(),
  get parentId() {
    return integer()
      .nullable()
      .references(() => nodes.c.id);
  },
});
