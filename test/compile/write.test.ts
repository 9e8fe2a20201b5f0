import { describe, expect, test } from "vitest";
import { ansiFeatures, ansiTarget } from "../../src/compile/ansi/target.ts";
import { bindParameters, compile } from "../../src/compile/compile.ts";
import type { Target } from "../../src/compile/target.ts";
import { integer } from "../../src/schema/column.ts";
import { deleteFrom } from "../../src/sql/delete.ts";
import { parameter } from "../../src/sql/expression.ts";
import { func } from "../../src/sql/functions.ts";
import { insert } from "../../src/sql/insert.ts";
import { select } from "../../src/sql/select.ts";
import { text } from "../../src/sql/template.ts";
import { update } from "../../src/sql/update.ts";
import { expectSql } from "../support/expect-sql.ts";
import { posts, tags, users } from "./library.ts";

const numbered: Target = { ...ansiTarget, placeholder: (position) => `$${position}` };

describe("INSERT", () => {
  test("of several rows gives back what is asked for", () => {
    expectSql(
      insert(tags)
        .values([
          { id: 1, label: "a" },
          { id: 2, label: "b" },
        ])
        .returning(tags.c.id, tags.c.label),
      "INSERT INTO tags (id, label) VALUES (?, ?), (?, ?) RETURNING id, label",
      [1, "a", 2, "b"],
    );
  });

  test("of nothing takes the defaults", () => {
    expectSql(insert(tags), "INSERT INTO tags DEFAULT VALUES");
  });

  test("of a query", () => {
    expectSql(
      insert(tags).fromSelect(["label"], select(users.c.name).where(users.c.id.gt(1))),
      "INSERT INTO tags (label) SELECT users.name FROM users WHERE users.id > ?",
      [1],
    );
  });

  test("of rows that exist does nothing, or updates them", () => {
    expectSql(
      insert(users).values({ name: "a", email: "e" }).onConflictDoNothing({ target: "email" }),
      "INSERT INTO users (name, email) VALUES (?, ?) ON CONFLICT (email) DO NOTHING",
      ["a", "e"],
    );
    expectSql(
      insert(users)
        .values({ name: "a", email: "e" })
        .onConflictDoUpdate({
          target: "email",
          set: (excluded) => ({ name: excluded.name }),
          where: users.c.isActive.eq(true),
        })
        .returning(users.c.id),
      `INSERT INTO users (name, email) VALUES (?, ?) ON CONFLICT (email) DO UPDATE SET name = excluded.name
        WHERE users.is_active = ? RETURNING id`,
      ["a", "e", true],
    );
  });
});

describe("UPDATE", () => {
  test("sets columns of the rows that meet the condition", () => {
    expectSql(
      update(users)
        .set({ name: func.upper(users.c.name), email: null })
        .where(users.c.id.eq(1))
        .returning(users.c.name),
      "UPDATE users SET name = upper(users.name), email = ? WHERE users.id = ? RETURNING name",
      [null, 1],
    );
  });

  test("takes values from other tables that it mentions", () => {
    expectSql(
      update(posts).set({ title: users.c.name }).where(posts.c.authorId.eq(users.c.id)).returning(posts.c.id),
      "UPDATE posts SET title = users.name FROM users WHERE posts.author_id = users.id RETURNING posts.id",
    );
  });

  test("a subquery correlates to the table", () => {
    expectSql(
      update(users).set({
        name: select(func.max(posts.c.title)).where(posts.c.authorId.eq(users.c.id)).asScalar(),
      }),
      "UPDATE users SET name = (SELECT max(posts.title) FROM posts WHERE posts.author_id = users.id)",
    );
  });
});

describe("DELETE", () => {
  const statement = deleteFrom(posts).where(posts.c.authorId.eq(users.c.id), users.c.name.eq("x"));

  test("has USING where the database has it", () => {
    expectSql(
      statement,
      "DELETE FROM posts USING users WHERE posts.author_id = users.id AND users.name = ?",
      ["x"],
    );
  });

  test("has EXISTS elsewhere", () => {
    expectSql(
      statement,
      `DELETE FROM posts WHERE EXISTS
        (SELECT 1 FROM users WHERE posts.author_id = users.id AND users.name = ?)`,
      ["x"],
      { ...ansiTarget, features: { ...ansiFeatures, deleteUsing: false } },
    );
  });

  test("cannot return where RETURNING is not there", () => {
    const target = { ...ansiTarget, features: { ...ansiFeatures, returning: "insert" } as const };
    expect(() => compile(deleteFrom(tags).returning(tags.c.id).node, target)).toThrow(
      "sql/unsupported: ansi has no RETURNING in DELETE",
    );
  });
});

describe("parameters", () => {
  test("are numbered in the order of the text, common table expressions first", () => {
    const recent = select(posts.c.authorId).where(posts.c.title.eq("first")).cte("recent");
    const compiled = compile(
      select(users.c.id).join(recent, recent.c.authorId.eq(users.c.id)).where(users.c.name.eq("second")).node,
      numbered,
    );
    expect(compiled.sql.match(/\$\d/g)).toEqual(["$1", "$2"]);
    expect(bindParameters(compiled, undefined, numbered)).toEqual(["first", "second"]);
  });

  test("written twice are one where placeholders are numbered", () => {
    const first = func.substr(users.c.name, 1, 1);
    const statement = select(first.label("initial"), func.count()).groupBy(first);
    expectSql(
      statement,
      "SELECT substr(users.name, $1, $2) AS initial, count(*) FROM users GROUP BY substr(users.name, $1, $2)",
      [1, 1],
      numbered,
    );
    expectSql(
      statement,
      "SELECT substr(users.name, ?, ?) AS initial, count(*) FROM users GROUP BY substr(users.name, ?, ?)",
      [1, 1, 1, 1],
    );
  });

  test("are encoded by the target, null is not", () => {
    const target: Target = {
      ...ansiTarget,
      codec: (type) => ({ encode: (value) => `${type.name}:${value}` }),
    };
    const compiled = compile(update(users).set({ email: null }).where(users.c.id.eq(1)).node, target);
    expect(bindParameters(compiled, undefined, target)).toEqual([null, "integer:1"]);
  });

  test("with a name get their value at execution", () => {
    const compiled = compile(
      select(users.c.id).where(users.c.id.eq(parameter("id", integer()))).node,
      ansiTarget,
    );
    expect(bindParameters(compiled, { id: 7 }, ansiTarget)).toEqual([7]);
    expect(() => bindParameters(compiled, { ids: 7 }, ansiTarget)).toThrow("the parameter id has no value");
    expect(() => bindParameters(compiled, { id: undefined }, ansiTarget)).toThrow(
      "the parameter id is undefined",
    );
    expect(() => bindParameters(compiled, { id: "x" }, ansiTarget)).toThrow(
      "the parameter id expects an integer",
    );
    expect(() => bindParameters(compile(text("SELECT :a").node, ansiTarget), undefined, ansiTarget)).toThrow(
      "sql/missing-parameter",
    );
  });
});
