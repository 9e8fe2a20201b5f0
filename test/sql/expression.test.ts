import { describe, expect, test } from "vitest";
import { integer } from "../../src/schema/column.ts";
import { caseWhen } from "../../src/sql/case.ts";
import { and, type Expression, literal, not, or, parameter, tuple } from "../../src/sql/expression.ts";
import { func } from "../../src/sql/functions.ts";
import { select } from "../../src/sql/select.ts";
import { sql, text } from "../../src/sql/template.ts";
import { posts, users } from "./tables.ts";

const u = users.c;

describe("comparisons", () => {
  test("take the type of the column for a plain value", () => {
    expect(u.name.eq("ann").node).toMatchObject({
      kind: "binary",
      operator: "eq",
      left: { kind: "column", name: "name" },
      right: { kind: "parameter", value: "ann", type: { name: "string" } },
      type: { name: "boolean" },
    });
  });

  test("turn null into IS NULL", () => {
    expect(u.bio.eq(null).node).toMatchObject({ kind: "unary", operator: "isNull" });
    expect(u.bio.ne(null).node).toMatchObject({ kind: "unary", operator: "isNotNull" });
  });

  test("refuse undefined at once, and name the column", () => {
    const unset = undefined as unknown as string;
    expect(() => u.name.eq(unset)).toThrow(/sql\/undefined-value: users\.name is undefined/);
    expect(() => u.name.in([unset])).toThrow(/users\.name is undefined/);
    expect(() => u.name.like(unset)).toThrow(/users\.name is undefined/);
    expect(() => and(undefined as unknown as Expression<boolean>)).toThrow(/sql\/undefined-value: and\(\)/);
  });

  test("refuse a value of another type", () => {
    expect(() => u.id.eq("5" as unknown as number)).toThrow(
      /sql\/wrong-value: users\.id expects an integer, got: "5"/,
    );
  });

  test("refuse to order by null", () => {
    expect(() => u.id.lt(null as unknown as number)).toThrow(/sql\/null-comparison: users\.id/);
  });

  test("refuse a table or class as a value", () => {
    expect(() => u.id.eq(users as unknown as number)).toThrow(/sql\/not-an-expression/);
  });

  test("take lists, sets and queries for IN", () => {
    expect(u.id.in([]).node).toMatchObject({ kind: "in", negated: false, items: [] });
    expect(u.id.notIn(new Set([1, 2])).node).toMatchObject({
      negated: true,
      items: [{ value: 1 }, { value: 2 }],
    });
    expect(u.id.in(select(posts.c.authorId)).node).toMatchObject({ items: { kind: "select" } });
    expect(() => u.id.in(3 as unknown as number[])).toThrow(/expects a list or a query/);
  });

  test("compare tuples item by item", () => {
    expect(tuple(u.id, u.name).in([[1, "a"]]).node).toMatchObject({
      items: [{ kind: "tuple", items: [{ value: 1 }, { value: "a", type: { name: "string" } }] }],
    });
    expect(() => tuple(u.id, u.name).in([[1]])).toThrow(/expects lists of 2 values/);
  });

  test("escape what LIKE would read as a wildcard", () => {
    expect(u.name.contains("50%_/").node).toMatchObject({
      operator: "like",
      escape: "/",
      right: { value: "%50/%/_//%" },
    });
    expect(u.name.startsWith("a").node).toMatchObject({ right: { value: "a%" } });
    expect(u.name.endsWith("a").node).toMatchObject({ right: { value: "%a" } });
    expect(u.name.contains(u.bio).node).toMatchObject({ right: { operator: "concat" } });
  });

  test("give a named parameter the type of the other side only when it has none", () => {
    expect(u.id.eq(parameter("id")).node).toMatchObject({ right: { name: "id", type: { name: "integer" } } });
    expect(parameter("id").eq(u.id).node).toMatchObject({ left: { name: "id", type: { name: "integer" } } });
  });
});

describe("logic", () => {
  const [a, b, c] = [u.id.eq(1), u.id.eq(2), u.id.eq(3)];

  test("flattens and drops nothing", () => {
    expect(and(a, and(b, c)).node).toMatchObject({ operator: "and", operands: [a.node, b.node, c.node] });
    expect(and(a, or(b, c)).node).toMatchObject({ operands: [a.node, { operator: "or" }] });
    expect(and(a).node).toBe(a.node);
  });

  test("without operands is TRUE and FALSE", () => {
    expect(and().node).toMatchObject({ kind: "keyword", word: "TRUE" });
    expect(or().node).toMatchObject({ kind: "keyword", word: "FALSE" });
  });

  test("turns comparisons around under NOT", () => {
    expect(not(a).node).toMatchObject({ operator: "ne" });
    expect(not(u.id.in([1])).node).toMatchObject({ negated: true });
    expect(not(u.id.isNull()).node).toMatchObject({ operator: "isNotNull" });
    expect(not(not(and(a, b))).node).toMatchObject({ kind: "logical" });
    expect(not(and(a, b)).node).toMatchObject({ kind: "unary", operator: "not" });
  });
});

describe("arithmetic", () => {
  test("keeps the digits of exact numbers", () => {
    const price = posts.c.price;
    expect(price.mul("1.5").type).toMatchObject({ name: "numeric", scale: 3 });
    expect(price.add("1.5").type).toMatchObject({ name: "numeric", scale: 2 });
    expect(u.id.mul(1.5).type.name).toBe("float");
    expect(u.id.add(1).type.name).toBe("integer");
  });

  test("joins text", () => {
    expect(u.name.add("!").node).toMatchObject({ operator: "concat", type: { name: "string" } });
  });
});

describe("functions", () => {
  test("count rows without an argument", () => {
    expect(func.count().node).toMatchObject({
      name: "count",
      arguments: [{ kind: "star" }],
      type: { name: "integer" },
    });
  });

  test("take DISTINCT from their argument", () => {
    expect(func.count(u.name.distinct()).node).toMatchObject({ distinct: true, arguments: [u.name.node] });
  });

  test("know their results", () => {
    expect(func.sum(posts.c.price).type).toMatchObject({ name: "numeric", scale: 2 });
    expect(func.avg(u.id).type.name).toBe("float");
    expect(func.coalesce(u.bio, "none").type.name).toBe("text");
    expect(func.currentTimestamp().node).toMatchObject({ kind: "keyword", word: "CURRENT_TIMESTAMP" });
    expect(func("similarity", u.name, "x").node).toMatchObject({
      name: "similarity",
      type: { name: "unknown" },
    });
    expect(func("similarity", u.name, "x").as(integer()).type.name).toBe("integer");
  });

  test("refuse names that are none", () => {
    expect(() => func("a); drop")).toThrow(/sql\/wrong-value: func expects the name of a function/);
  });

  test("look at windows", () => {
    const ranked = func.rank().over({ partitionBy: u.name, orderBy: [u.id.desc()], rows: [null, 0] });
    expect(ranked.node).toMatchObject({
      kind: "window",
      operand: { name: "rank" },
      partitionBy: [u.name.node],
      frame: "ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW",
    });
  });
});

describe("case", () => {
  test("types its results by each other", () => {
    const node = caseWhen([[u.id.gt(1), u.bio]], "none").node;
    expect(node).toMatchObject({ kind: "case", otherwise: { value: "none", type: { name: "text" } } });
    expect(() => caseWhen([])).toThrow(/sql\/empty: caseWhen\(\)/);
  });
});

describe("templates", () => {
  test("bind what is interpolated", () => {
    expect(sql`length(${u.name}) > ${3}`.node).toMatchObject({
      strings: ["length(", ") > ", ""],
      items: [u.name.node, { kind: "parameter", value: 3 }],
    });
    expect(() => sql`${undefined}`).toThrow(/sql\/undefined-value: value 1 of sql/);
  });

  test("join into one", () => {
    expect(sql`a ${sql.raw("b")} c ${sql`${1} d`}`.node).toMatchObject({ strings: ["a b c ", " d"] });
  });

  test("find named parameters, and leave quotes, casts and comments alone", () => {
    const node = text("SELECT ':no', x::int, :yes -- :neither\n, \\:z, :also").bind({ yes: 1 }).node;
    expect(node.items).toMatchObject([{ value: 1, name: undefined }, { name: "also" }]);
    expect(node.strings).toEqual(["SELECT ':no', x::int, ", " -- :neither\n, :z, ", ""]);
    expect(() => text(":a").bind({ b: 1 })).toThrow(/sql\/unknown-parameter/);
  });
});

describe("labels", () => {
  test("name a value, the latest name wins", () => {
    expect(literal(1).label("a").label("b").node).toMatchObject({
      kind: "label",
      name: "b",
      operand: { value: 1 },
    });
  });
});
