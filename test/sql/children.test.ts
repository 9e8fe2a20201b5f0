import { describe, expect, test } from "vitest";
import { alias } from "../../src/sql/alias.ts";
import { caseWhen } from "../../src/sql/case.ts";
import { childrenOf, mentionedSources, walk } from "../../src/sql/children.ts";
import { deleteFrom } from "../../src/sql/delete.ts";
import { keyOf } from "../../src/sql/equal.ts";
import { and, not, tuple } from "../../src/sql/expression.ts";
import { func } from "../../src/sql/functions.ts";
import { insert } from "../../src/sql/insert.ts";
import type { ColumnNode, SqlNode } from "../../src/sql/nodes.ts";
import { replaceSource, rewrite } from "../../src/sql/rewrite.ts";
import { Select, select } from "../../src/sql/select.ts";
import { sql } from "../../src/sql/template.ts";
import { update } from "../../src/sql/update.ts";
import { comments, posts, users } from "./tables.ts";

const [u, p] = [users.c, posts.c];

/** Makes, anew each time, statements in which every kind of node occurs. */
function statements(): readonly SqlNode[] {
  const counts = select(p.authorId, func.count().label("n")).groupBy(p.authorId).subquery("counts");
  const start = select(comments.c.id).cte("tree", { recursive: true });
  const tree = start.unionAll(select(comments.c.id).join(start, comments.c.postId.eq(start.c.id)));
  const other = alias(users);
  return [
    select(
      u.id,
      caseWhen([[u.id.gt(1), "a"]], "b"),
      func.sum(p.price).filter(u.isActive).over({ orderBy: u.id }),
    )
      .distinct(u.id)
      .join(posts)
      .join(counts, counts.c.authorId.eq(u.id))
      .outerJoin(other, other.c.id.eq(p.authorId))
      .where(and(u.id.in([1, 2]), not(u.name.collate("C").like("a"))), u.id.between(1, 2), u.id.isNull())
      .where(u.id.in(select(p.authorId)), select(p.id).exists(), u.id.eq(select(func.max(p.id)).asScalar()))
      .where(tuple(u.id, u.name).in([[1, "a"]]), u.isActive.is(true))
      .groupBy(u.id)
      .having(func.count().gt(1))
      .orderBy(u.id.cast(posts.c.price).desc())
      .limit(1)
      .offset(2)
      .withForUpdate({ of: users })
      .correlate(comments).node,
    select(tree.c.id).union(select(u.id)).with(tree).limit(3).node,
    insert(users)
      .values({ name: "a" })
      .onConflictDoUpdate({ target: "name", set: (row) => ({ bio: row.name }), where: u.id.gt(0) })
      .returning().node,
    insert(users).fromSelect(["name"], select(p.title)).node,
    update(posts)
      .set({ price: p.price.add("1") })
      .where(p.authorId.eq(u.id))
      .returning(p.id).node,
    deleteFrom(posts).using(users).where(sql<boolean>`${p.id} = ${u.id}`).node,
  ];
}

const kinds = (node: SqlNode): string[] => {
  const found: string[] = [];
  walk(node, (each) => found.push(each.kind));
  return found;
};

describe("walk", () => {
  test("reaches every node of every statement", () => {
    const reached = new Set(statements().flatMap(kinds));
    for (const kind of [
      "case",
      "window",
      "function",
      "tuple",
      "exists",
      "scalar",
      "in",
      "between",
      "collate",
      "cast",
    ]) {
      expect(reached).toContain(kind);
    }
    for (const kind of [
      "label",
      "order",
      "star",
      "template",
      "join",
      "subquery",
      "alias",
      "cte",
      "keyword",
      "unary",
    ]) {
      expect(reached).toContain(kind);
    }
  });

  test("finds every node that a property holds at any depth", () => {
    for (const statement of statements()) {
      walk(statement, (node) => {
        const children = childrenOf(node);
        for (const nested of nodesIn(node)) expect(children, node.kind).toContain(nested);
      });
    }
  });

  test("stops where it is told to", () => {
    const statement = select(u.id).where(u.id.in(select(p.authorId)));
    expect(mentionedSources(statement.node.where[0]!)).toEqual([users]);
  });
});

/** Finds nodes by looking at every property, without the table of children. */
function nodesIn(node: SqlNode): readonly unknown[] {
  if (node.kind === "table" || node.kind === "column") return [];
  return Object.entries(node).flatMap(([key, value]) => (key === "columnNodes" ? [] : nodesOf(value)));
}

function nodesOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value.flatMap(nodesOf);
  if (typeof value !== "object" || value === null || value instanceof Date) return [];
  if ("kind" in value) return [value];
  return Object.values(value).flatMap(nodesOf);
}

describe("rewrite", () => {
  test("gives the same object when nothing changes", () => {
    for (const statement of statements()) expect(rewrite(statement, () => undefined)).toBe(statement);
  });

  test("to copies of everything gives an equal statement", () => {
    for (const statement of statements()) {
      const copy = rewrite(statement, (node) =>
        node.kind === "parameter" ? Object.freeze({ ...node }) : undefined,
      );
      expect(keyOf(copy)).toBe(keyOf(statement));
    }
  });

  test("takes the columns of a source along, in subqueries too", () => {
    const other = alias(posts, "other");
    const counts = select(p.authorId, func.count().label("n")).subquery("counts");
    const before = select(u.id, counts.c.n).join(counts, counts.c.authorId.eq(u.id)).where(p.id.gt(1)).node;
    const after = replaceSource(before, posts, other.source);
    expect(after.where[0]).toMatchObject({ left: { source: other.source, name: "id" } });
    expect(after.items[0]).toBe(u.id.node);
    const derived = after.joins[0]!.target;
    expect(derived).not.toBe(counts.source);
    expect((after.items[1] as ColumnNode).source).toBe(derived);
    expect(after.joins[0]!.on).toMatchObject({ left: { source: derived } });
    expect(
      derived.kind === "subquery" && derived.query.kind === "select" && derived.query.items[0],
    ).toMatchObject({
      source: other.source,
    });
  });

  test("leaves other names of a table alone where an alias takes its place", () => {
    const [before, after] = [alias(posts, "before"), alias(posts, "after")];
    const condition = p.id.eq(before.c.id).node;
    expect(replaceSource(condition, posts, after.source)).toMatchObject({
      left: { source: after.source },
      right: { source: before.source },
    });
  });

  test("goes on below what was changed, and into sources that only columns mention", () => {
    const inner = select(p.id).subquery("inside");
    const outer = select(inner.c.id).subquery("outside");
    const before = select(outer.c.id).node;
    const keep = () => undefined;
    const after = rewrite(before, keep, (node) =>
      node.kind === "select" ? { ...node, where: [...node.where, p.id.gt(1).node] } : node,
    );
    const text = String(new Select(after)).replaceAll(/\s+/g, " ");
    expect(text.match(/posts\.id > \?/g)).toHaveLength(3);
    expect(rewrite(before, keep, (node) => node)).toBe(before);
  });
});

describe("equality", () => {
  test("is of what statements say, not of objects", () => {
    const [left, right] = [statements(), statements()];
    left.forEach((statement, index) => {
      expect(keyOf(statement)).toBe(keyOf(right[index]!));
    });
    expect(new Set(left.map(keyOf)).size).toBe(left.length);
  });

  test("tells values, types and aliases apart", () => {
    expect(keyOf(u.id.eq(1).node)).not.toBe(keyOf(u.id.eq(2).node));
    expect(keyOf(u.name.eq("1").node)).not.toBe(keyOf(u.id.eq(1).node));
    const [first, second] = [alias(users), alias(users)];
    expect(keyOf(first.c.id.eq(first.c.id).node)).toBe(keyOf(second.c.id.eq(second.c.id).node));
    expect(keyOf(first.c.id.eq(first.c.id).node)).not.toBe(keyOf(first.c.id.eq(second.c.id).node));
  });
});
