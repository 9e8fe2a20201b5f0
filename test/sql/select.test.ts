import { describe, expect, test } from "vitest";
import { alias } from "../../src/sql/alias.ts";
import { func } from "../../src/sql/functions.ts";
import type { JoinPath } from "../../src/sql/join-path.ts";
import { JOIN_PATH, type Source } from "../../src/sql/nodes.ts";
import type { Criterion } from "../../src/sql/row.ts";
import { select } from "../../src/sql/select.ts";
import { comments, islands, posts, users } from "./tables.ts";

const u = users.c;
const p = posts.c;

describe("select", () => {
  test("of a table has all its columns", () => {
    expect(select(users).node.items.map((item) => item.kind === "column" && item.key)).toEqual(users.keys);
  });

  test("leaves the builder that it came from as it was", () => {
    const all = select(u.id);
    const some = all.where(u.id.eq(1)).where(u.name.eq("a"));
    expect(all.node.where).toHaveLength(0);
    expect(some.node.where).toHaveLength(2);
    expect(Object.isFrozen(some.node)).toBe(true);
  });

  test("refuses what is no condition", () => {
    expect(() => select(u.id).where(false as unknown as Criterion)).toThrow(
      /sql\/not-a-condition.*\n.*\.eq/s,
    );
    expect(() => select(3 as never)).toThrow(/sql\/not-an-expression: select\(\)/);
  });

  test("finds labels and columns by name in ORDER BY and GROUP BY", () => {
    const n = func.count().label("n");
    const node = select(u.name, n).groupBy("name").orderBy("n").node;
    expect(node.groupBy).toEqual([u.name.node]);
    expect(node.orderBy).toEqual([n.node]);
    expect(select(u.name).orderBy(u.id).orderBy(null, u.name).node.orderBy).toEqual([u.name.node]);
    expect(() => select(u.name).orderBy("nmae")).toThrow(/sql\/unknown-column.*\n.*name/s);
  });

  test("refuses a limit that is no count", () => {
    expect(() => select(u.id).limit(-1)).toThrow(
      /sql\/wrong-value: limit\(\) expects a whole number from 0 up, got: -1|limit/,
    );
    expect(select(u.id).limit(5).limit(null).node.limit).toBeUndefined();
  });
});

describe("join", () => {
  test("follows the foreign key, whichever side has it", () => {
    const node = select(users).join(posts).node;
    expect(node.from).toEqual([users]);
    expect(node.joins).toMatchObject([
      { type: "inner", target: posts, on: { left: p.authorId.node, right: u.id.node } },
    ]);
    expect(select(posts).join(users).node.joins[0]!.on).toMatchObject({
      left: p.authorId.node,
      right: u.id.node,
    });
  });

  test("prefers what was joined last", () => {
    const node = select(users).join(posts).join(comments).node;
    expect(node.joins[1]!.on).toMatchObject({ right: p.id.node });
  });

  test("goes through an alias", () => {
    const author = alias(users, "author");
    const node = select(posts).join(author).node;
    expect(node.joins[0]!.on).toMatchObject({ left: p.authorId.node, right: author.c.id.node });
  });

  test("names the candidates when there are several, and both tables when there is none", () => {
    expect(() => select(users).join(comments)).toThrow(
      /sql\/ambiguous-join: .*users and comments: comments\.writer_id → users\.id and comments\.reader_id → users\.id/,
    );
    expect(() => select(users).join(islands)).toThrow(/sql\/no-foreign-key: .*users and islands/);
  });

  test("takes a condition, and says which kind of join it is", () => {
    const on = u.id.eq(islands.c.id);
    expect(select(users).join(islands, on).node.joins[0]).toMatchObject({ type: "inner", on: on.node });
    expect(select(users).outerJoin(islands, on).node.joins[0]!.type).toBe("left");
    expect(select(users).join(islands, { on, full: true }).node.joins[0]!.type).toBe("full");
    expect(select(users).crossJoin(islands).node.joins[0]).toMatchObject({ type: "cross", on: undefined });
  });

  test("hangs on the source that its condition mentions", () => {
    const node = select(u.id, islands.c.id).join(posts, p.id.eq(islands.c.id)).node;
    expect(node.from).toEqual([islands]);
  });

  test("finds the left side in the relationship when nothing else is selected", () => {
    const path: JoinPath = { steps: [{ target: posts as Source, on: p.authorId.eq(u.id).node }] };
    const node = select(func.count()).join({ [JOIN_PATH]: path }).node;
    expect(node.from).toEqual([users]);
    expect(() => select(func.count()).join(posts)).toThrow(/sql\/empty: join\(\)/);
  });

  test("follows a relationship of two steps", () => {
    const path: JoinPath = {
      isOuter: true,
      steps: [
        { target: posts as Source, on: p.authorId.eq(u.id).node },
        { target: comments as Source, on: comments.c.postId.eq(p.id).node },
      ],
    };
    const joins = select(users).join({ [JOIN_PATH]: path }, comments.c.id.gt(1)).node.joins;
    expect(joins.map((join) => join.type)).toEqual(["left", "left"]);
    expect(joins[1]!.on).toMatchObject({ kind: "logical", operator: "and" });
  });
});

describe("filterBy", () => {
  test("speaks of what was joined last, else of the first thing selected", () => {
    expect(select(users).filterBy({ name: "a", bio: null }).node.where).toMatchObject([
      { operator: "eq", left: u.name.node },
      { operator: "isNull", operand: u.bio.node },
    ]);
    expect(select(u.id).filterBy({ name: "a" }).node.where).toMatchObject([{ left: u.name.node }]);
    expect(select(users).join(posts).filterBy({ title: "t" }).node.where).toMatchObject([
      { left: p.title.node },
    ]);
    expect(select(posts).selectFrom(users).filterBy({ name: "a" }).node.where).toMatchObject([
      { left: u.name.node },
    ]);
  });

  test("offers the nearest name", () => {
    // @ts-expect-error: no such column
    expect(() => select(users).filterBy({ nmae: "a" })).toThrow(
      /sql\/unknown-column: users has no column nmae\n.*name/s,
    );
    expect(() => select(users).filterBy({ name: undefined as unknown as string })).toThrow(
      /users\.name is undefined/,
    );
  });
});

describe("queries as tables", () => {
  test("have the columns of the query", () => {
    const counts = select(p.authorId, func.count().label("n"), p.id, u.id).subquery("counts");
    expect(Object.keys(counts.c)).toEqual(["authorId", "n", "id", "id_1"]);
    expect(counts.c.authorId.node).toMatchObject({ name: "author_id", type: { name: "integer" } });
    expect(() => (counts.c as Record<string, unknown>)["nn"]).toThrow(
      /sql\/unknown-column: counts has no column nn/,
    );
  });

  test("give one value only when they have one column", () => {
    expect(select(func.max(p.id)).asScalar().node).toMatchObject({
      kind: "scalar",
      type: { name: "integer" },
    });
    expect(() => select(p.id, p.title).asScalar()).toThrow(
      /sql\/column-count: a scalar subquery expects 1 column, got: 2/,
    );
  });

  test("unite when they have as many columns", () => {
    const node = select(u.id).union(select(p.id)).orderBy("id").limit(1).node;
    expect(node).toMatchObject({ operator: "union", queries: [{ kind: "select" }, { kind: "select" }] });
    expect(() => select(u.id).union(select(p.id, p.title) as never)).toThrow(/sql\/column-count/);
  });

  test("can mention themselves as common table expressions", () => {
    const start = select(comments.c.id).where(comments.c.postId.eq(1)).cte("tree", { recursive: true });
    const tree = start.unionAll(select(comments.c.id).join(start, comments.c.postId.eq(start.c.id)));
    const query = tree.source.query;
    expect(query).toMatchObject({ kind: "setOperation", operator: "unionAll" });
    const second = query.kind === "setOperation" ? query.queries[1] : undefined;
    expect(second?.kind === "select" && second.joins[0]!.target).toBe(tree.source);
    expect(second?.kind === "select" && second.joins[0]!.on).toMatchObject({
      right: { source: tree.source },
    });
    expect(tree.c.id.node.source).toBe(tree.source);
  });
});

describe("locks", () => {
  test("are exclusive unless asked otherwise", () => {
    expect(select(users).withForUpdate().node.lock).toMatchObject({
      strength: "update",
      wait: "wait",
      of: [],
    });
    expect(select(users).withForUpdate({ read: true, skipLocked: true, of: users }).node.lock).toMatchObject({
      strength: "share",
      wait: "skipLocked",
      of: [users],
    });
  });
});
