import { describe, expect, test } from "vitest";
import { ansiFeatures, ansiTarget } from "../../src/compile/ansi/target.ts";
import { compile } from "../../src/compile/compile.ts";
import { alias } from "../../src/sql/alias.ts";
import { caseWhen } from "../../src/sql/case.ts";
import { and, exists, literal, not, or, tuple } from "../../src/sql/expression.ts";
import { func } from "../../src/sql/functions.ts";
import { select } from "../../src/sql/select.ts";
import { union, unionAll } from "../../src/sql/set-operation.ts";
import { sql, text } from "../../src/sql/template.ts";
import { textType } from "../../src/types/text.ts";
import { expectSql } from "../support/expect-sql.ts";
import { nodes, posts, postTags, tags, users } from "./library.ts";

describe("columns and conditions", () => {
  test("a table stands for its columns in declaration order", () => {
    expectSql(select(users), "SELECT users.id, users.name, users.email, users.is_active FROM users");
  });

  test("conditions are joined by AND, values are bound", () => {
    expectSql(
      select(users.c.id).where(users.c.name.eq("ann"), users.c.id.gt(3)),
      "SELECT users.id FROM users WHERE users.name = ? AND users.id > ?",
      ["ann", 3],
    );
  });

  test("null compares as IS NULL", () => {
    expectSql(
      select(users.c.id).where(or(users.c.email.eq(null), users.c.email.ne(null))),
      "SELECT users.id FROM users WHERE users.email IS NULL OR users.email IS NOT NULL",
    );
  });

  test("parentheses stand where precedence needs them and nowhere else", () => {
    const { id, name } = users.c;
    expectSql(
      select(id).where(and(or(id.eq(1), id.eq(2)), name.eq("a"))),
      "SELECT users.id FROM users WHERE (users.id = ? OR users.id = ?) AND users.name = ?",
      [1, 2, "a"],
    );
    expectSql(
      select(id).where(or(and(id.eq(1), id.eq(2)), name.eq("a"))),
      "SELECT users.id FROM users WHERE users.id = ? AND users.id = ? OR users.name = ?",
      [1, 2, "a"],
    );
    expectSql(
      select(id.add(1).mul(2), id.sub(id.sub(1)), id.add(id).add(id), id.mul(2).add(1).neg()),
      `SELECT (users.id + ?) * ?, users.id - (users.id - ?), users.id + users.id + users.id,
        -(users.id * ? + ?) FROM users`,
      [1, 2, 1, 2, 1],
    );
    expectSql(
      select(id).where(not(or(id.eq(1), name.eq("a")))),
      "SELECT users.id FROM users WHERE NOT (users.id = ? OR users.name = ?)",
      [1, "a"],
    );
  });

  test("two conditions of which one is an OR", () => {
    const { id } = users.c;
    expectSql(
      select(id).where(or(id.eq(1), id.eq(2)), id.gt(0)),
      "SELECT users.id FROM users WHERE (users.id = ? OR users.id = ?) AND users.id > ?",
      [1, 2, 0],
    );
  });

  test("IN takes a list, nothing, rows or a query", () => {
    const { id } = users.c;
    expectSql(
      select(id).where(id.in([1, 2, 3])),
      "SELECT users.id FROM users WHERE users.id IN (?, ?, ?)",
      [1, 2, 3],
    );
    expectSql(select(id).where(id.in([])), "SELECT users.id FROM users WHERE 1 = 0");
    expectSql(select(id).where(id.notIn([])), "SELECT users.id FROM users WHERE 1 = 1");
    expectSql(
      select(id).where(id.notIn(select(posts.c.authorId).where(posts.c.title.eq("x")))),
      "SELECT users.id FROM users WHERE users.id NOT IN (SELECT posts.author_id FROM posts WHERE posts.title = ?)",
      ["x"],
    );
    const pairs = select(users.c.id).where(
      tuple(users.c.id, users.c.name).in([
        [1, "a"],
        [2, "b"],
      ]),
    );
    expectSql(pairs, "SELECT users.id FROM users WHERE (users.id, users.name) IN ((?, ?), (?, ?))", [
      1,
      "a",
      2,
      "b",
    ]);
    expectSql(
      pairs,
      "SELECT users.id FROM users WHERE (users.id, users.name) IN (VALUES (?, ?), (?, ?))",
      [1, "a", 2, "b"],
      { ...ansiTarget, features: { ...ansiFeatures, rowValues: false } },
    );
  });

  test("LIKE, BETWEEN, CASE, CAST, functions", () => {
    const { id, name } = users.c;
    expectSql(
      select(id).where(name.startsWith("50%"), name.ilike("a%"), id.between(1, 5)),
      `SELECT users.id FROM users WHERE users.name LIKE ? ESCAPE '/' AND users.name ILIKE ? AND users.id BETWEEN ? AND ?`,
      ["50/%%", "a%", 1, 5],
    );
    expectSql(
      select(id).where(name.ilike("a%")),
      "SELECT users.id FROM users WHERE lower(users.name) LIKE lower(?)",
      ["a%"],
      { ...ansiTarget, features: { ...ansiFeatures, ilike: false } },
    );
    expectSql(
      select(caseWhen([[id.lt(10), "few"]], "many").label("size"), id.cast(textType())),
      "SELECT CASE WHEN users.id < ? THEN ? ELSE ? END AS size, CAST(users.id AS TEXT) FROM users",
      [10, "few", "many"],
    );
    expectSql(
      select(func.count(), func.count(name.distinct()), func.coalesce(users.c.email, "none")),
      "SELECT count(*), count(DISTINCT users.name), coalesce(users.email, ?) FROM users",
      ["none"],
    );
  });

  test("a window has its parts in order", () => {
    expectSql(
      select(
        func
          .rowNumber()
          .over({ partitionBy: posts.c.authorId, orderBy: posts.c.createdAt.desc(), rows: [null, 0] })
          .label("n"),
      ),
      `SELECT row_number() OVER (PARTITION BY posts.author_id ORDER BY posts.created_at DESC
        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS n FROM posts`,
    );
  });

  test("identifiers are quoted when they have to be", () => {
    const mixed = alias(users, "Order");
    expectSql(select(mixed.c.id.label("group")), 'SELECT "Order".id AS "group" FROM users AS "Order"');
  });

  test("hand-written SQL takes part", () => {
    expectSql(
      select(users.c.id).where(sql<boolean>`length(${users.c.name}) > ${3}`, users.c.id.eq(1)),
      "SELECT users.id FROM users WHERE (length(users.name) > ?) AND users.id = ?",
      [3, 1],
    );
    expectSql(
      sql`SELECT * FROM ${users} WHERE ${users.c.id} = ${1}`,
      "SELECT * FROM users WHERE users.id = ?",
      [1],
    );
    const compiled = compile(text("SELECT :one, :two").bind({ one: 1 }).node, ansiTarget);
    expect(compiled.sql).toBe("SELECT ?, ?");
    expect(compiled.verb).toBe("SELECT");
  });
});

describe("from and joins", () => {
  test("whatever is mentioned stands in FROM", () => {
    expectSql(
      select(users.c.name, posts.c.title).where(posts.c.authorId.eq(users.c.id)),
      "SELECT users.name, posts.title FROM users, posts WHERE posts.author_id = users.id",
    );
  });

  test("joins run along foreign keys", () => {
    expectSql(
      select(users.c.name, tags.c.label).join(posts).join(postTags).outerJoin(tags),
      `SELECT users.name, tags.label FROM users JOIN posts ON posts.author_id = users.id
        JOIN post_tags ON post_tags.post_id = posts.id LEFT OUTER JOIN tags ON post_tags.tag_id = tags.id`,
    );
  });

  test("an anonymous alias is numbered, in order of appearance", () => {
    const parent = alias(nodes);
    const grandparent = alias(nodes);
    expectSql(
      select(nodes.c.name, parent.c.name, grandparent.c.name)
        .join(parent, nodes.c.parentId.eq(parent.c.id))
        .join(grandparent, parent.c.parentId.eq(grandparent.c.id)),
      `SELECT nodes.name, nodes_1.name, nodes_2.name FROM nodes
        JOIN nodes AS nodes_1 ON nodes.parent_id = nodes_1.id
        JOIN nodes AS nodes_2 ON nodes_1.parent_id = nodes_2.id`,
    );
  });

  test("group by, having and an order by label", () => {
    const count = func.count(posts.c.id).label("n");
    expectSql(
      select(users.c.name, count)
        .join(posts)
        .groupBy(users.c.name)
        .having(func.count(posts.c.id).gt(2))
        .orderBy(count.desc(), users.c.name)
        .limit(10)
        .offset(5),
      `SELECT users.name, count(posts.id) AS n FROM users JOIN posts ON posts.author_id = users.id
        GROUP BY users.name HAVING count(posts.id) > ? ORDER BY n DESC, users.name LIMIT ? OFFSET ?`,
      [2, 10, 5],
    );
  });

  test("distinct and locks", () => {
    expectSql(
      select(users.c.name).distinct().withForUpdate({ skipLocked: true, of: users }),
      "SELECT DISTINCT users.name FROM users FOR UPDATE OF users SKIP LOCKED",
    );
    expect(() =>
      compile(select(users.c.name).distinct(users.c.id).node, {
        ...ansiTarget,
        features: { ...ansiFeatures, distinctOn: false },
      }),
    ).toThrow("sql/unsupported: ansi has no DISTINCT ON");
  });
});

describe("subqueries", () => {
  test("an EXISTS correlates to the query around it", () => {
    expectSql(
      select(users.c.id).where(exists(select(posts.c.id).where(posts.c.authorId.eq(users.c.id)))),
      `SELECT users.id FROM users WHERE EXISTS
        (SELECT posts.id FROM posts WHERE posts.author_id = users.id)`,
    );
  });

  test("a scalar subquery correlates, and has a name by its label", () => {
    expectSql(
      select(
        users.c.name,
        select(func.count(posts.c.id)).where(posts.c.authorId.eq(users.c.id)).asScalar().label("posts"),
      ),
      `SELECT users.name, (SELECT count(posts.id) FROM posts WHERE posts.author_id = users.id) AS posts FROM users`,
    );
  });

  test("a query with one source keeps it", () => {
    expectSql(
      select(users.c.id).where(users.c.id.in(select(users.c.id).where(users.c.name.eq("x")))),
      `SELECT users.id FROM users WHERE users.id IN (SELECT users.id FROM users WHERE users.name = ?)`,
      ["x"],
    );
  });

  test("correlation reaches over two levels", () => {
    const inner = select(postTags.c.tagId).where(
      postTags.c.postId.eq(posts.c.id),
      postTags.c.tagId.eq(users.c.id),
    );
    expectSql(
      select(users.c.id).where(
        exists(select(posts.c.id).where(posts.c.authorId.eq(users.c.id), exists(inner))),
      ),
      `SELECT users.id FROM users WHERE EXISTS (SELECT posts.id FROM posts WHERE posts.author_id = users.id AND
        EXISTS (SELECT post_tags.tag_id FROM post_tags WHERE post_tags.post_id = posts.id AND post_tags.tag_id = users.id))`,
    );
  });

  test("nothing left in FROM is an error, and correlate() says what is meant", () => {
    const inner = select(literal(1)).where(posts.c.authorId.eq(users.c.id));
    const outer = select(users.c.id, posts.c.id);
    expect(() => compile(outer.where(exists(inner)).node, ansiTarget)).toThrow(
      "every table of this subquery is in the enclosing FROM as well: posts and users",
    );
    expectSql(
      outer.where(exists(inner.correlate(users))),
      `SELECT users.id, posts.id FROM users, posts WHERE EXISTS (SELECT ? FROM posts WHERE posts.author_id = users.id)`,
      [1],
    );
  });

  test("a subquery in FROM sees nothing around it and gives each column a name of its own", () => {
    const counts = select(
      posts.c.authorId,
      posts.c.id.label("authorId"),
      func.count(),
      func.count().label("n"),
    )
      .groupBy(posts.c.authorId)
      .subquery();
    expectSql(
      select(users.c.name, counts.c.n).join(counts, counts.c.authorId.eq(users.c.id)),
      `SELECT users.name, anon_1.n FROM users JOIN (SELECT posts.author_id, posts.id AS "authorId", count(*) AS count, count(*) AS n
        FROM posts GROUP BY posts.author_id) AS anon_1 ON anon_1.author_id = users.id`,
    );
  });
});

describe("common table expressions", () => {
  test("stand first, and their parameters too", () => {
    const recent = select(posts.c.authorId).where(posts.c.title.eq("first")).cte("recent");
    expectSql(
      select(users.c.name).join(recent, recent.c.authorId.eq(users.c.id)).where(users.c.name.eq("second")),
      `WITH recent AS (SELECT posts.author_id FROM posts WHERE posts.title = ?)
        SELECT users.name FROM users JOIN recent ON recent.author_id = users.id WHERE users.name = ?`,
      ["first", "second"],
    );
  });

  test("one that mentions another comes after it", () => {
    const one = select(users.c.id).cte("one");
    const two = select(one.c.id).cte("two");
    expectSql(
      select(two.c.id),
      "WITH one AS (SELECT users.id FROM users), two AS (SELECT one.id FROM one) SELECT two.id FROM two",
    );
  });

  test("a recursive one mentions itself", () => {
    const top = select(nodes.c.id, nodes.c.parentId)
      .where(nodes.c.parentId.eq(null))
      .cte("tree", { recursive: true });
    const tree = top.unionAll(select(nodes.c.id, nodes.c.parentId).join(top, nodes.c.parentId.eq(top.c.id)));
    expectSql(
      select(tree.c.id),
      `WITH RECURSIVE tree (id, parent_id) AS (
        SELECT nodes.id, nodes.parent_id FROM nodes WHERE nodes.parent_id IS NULL UNION ALL
        SELECT nodes.id, nodes.parent_id FROM nodes JOIN tree ON nodes.parent_id = tree.id)
        SELECT tree.id FROM tree`,
    );
  });
});

describe("unions", () => {
  test("have an order and a limit over the whole", () => {
    expectSql(
      union(select(users.c.name), select(tags.c.label.label("name")))
        .orderBy("name")
        .limit(3),
      "SELECT users.name FROM users UNION SELECT tags.label AS name FROM tags ORDER BY name LIMIT ?",
      [3],
    );
  });

  test("a part with its own order is set apart", () => {
    const limited = unionAll(
      select(users.c.name).orderBy(users.c.id).limit(1),
      select(tags.c.label.label("name")),
    );
    expectSql(
      limited,
      "(SELECT users.name FROM users ORDER BY users.id LIMIT ?) UNION ALL SELECT tags.label AS name FROM tags",
      [1],
    );
    expectSql(
      limited,
      "SELECT * FROM (SELECT users.name FROM users ORDER BY users.id LIMIT ?) UNION ALL SELECT tags.label AS name FROM tags",
      [1],
      { ...ansiTarget, features: { ...ansiFeatures, compoundParentheses: false } },
    );
  });

  test("a label is ordered by its name", () => {
    const label = users.c.name.label("title");
    expectSql(
      union(select(label), select(tags.c.label.label("title"))).orderBy(label.desc()),
      "SELECT users.name AS title FROM users UNION SELECT tags.label AS title FROM tags ORDER BY title DESC",
    );
  });
});

describe("what a compiled statement says", () => {
  test("columns, verb and tables", () => {
    const compiled = compile(
      select(users.c.isActive, func.count().label("n")).join(posts).groupBy(users.c.isActive).node,
      ansiTarget,
    );
    expect(compiled.columns?.map(({ name, key, type }) => [name, key, type.name])).toEqual([
      ["is_active", "isActive", "boolean"],
      ["n", "n", expect.any(String)],
    ]);
    expect(compiled.verb).toBe("SELECT");
    expect(compiled.tables).toEqual(["users", "posts"]);
  });

  test("a node is compiled once per target", () => {
    const { node } = select(users);
    expect(compile(node, ansiTarget)).toBe(compile(node, ansiTarget));
  });

  test("String(statement) shows SQL", () => {
    expect(String(select(users.c.id).where(users.c.id.eq(1)))).toBe(
      "SELECT users.id\nFROM users\nWHERE users.id = ?",
    );
    expect(String(users.c.name.eq("a"))).toBe("users.name = ?");
  });
});
