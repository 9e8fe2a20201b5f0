import { describe, expect, test } from "vitest";
import { deleteFrom } from "../../src/sql/delete.ts";
import { insert } from "../../src/sql/insert.ts";
import { select } from "../../src/sql/select.ts";
import { update } from "../../src/sql/update.ts";
import { posts, users } from "./tables.ts";

describe("insert", () => {
  test("puts the values of all rows in the order of the first", () => {
    const node = insert(users).values([
      { name: "a", bio: null },
      { bio: "b", name: "c" },
    ]).node;
    expect(node.columns.map((column) => column.name)).toEqual(["name", "bio"]);
    expect(node.rows).toMatchObject([
      [{ value: "a" }, { value: null }],
      [{ value: "c" }, { value: "b" }],
    ]);
  });

  test("refuses rows with other keys, and names the row", () => {
    expect(() => insert(users).values([{ name: "a" }, { bio: "b" }])).toThrow(
      /sql\/uneven-rows: row 2 of the insert into users differs from the first row: it lacks name, it adds bio/,
    );
  });

  test("refuses unknown, undefined and wrong values", () => {
    expect(() => insert(users).values({ nmae: "a" } as never)).toThrow(/sql\/unknown-column.*\n.*name/s);
    expect(() => insert(users).values({ name: undefined } as never)).toThrow(
      /sql\/undefined-value: users\.name/,
    );
    expect(() => insert(users).values({ id: "x" } as never)).toThrow(/sql\/wrong-value: users\.id/);
    expect(() => insert(users).values([])).toThrow(/sql\/empty/);
  });

  test("takes a query of as many columns", () => {
    expect(insert(users).fromSelect(["name"], select(posts.c.title)).node.query).toMatchObject({
      kind: "select",
    });
    expect(() => insert(users).fromSelect(["name", "bio"], select(posts.c.title))).toThrow(
      /sql\/column-count/,
    );
  });

  test("says what to do about a row that exists", () => {
    const node = insert(users)
      .values({ name: "a" })
      .onConflictDoUpdate({
        target: "name",
        set: (row) => ({ bio: row.name }),
        where: users.c.id.gt(1),
      }).node;
    expect(node.conflict).toMatchObject({
      columns: [users.c.name.node],
      set: [{ column: users.c.bio.node, value: { name: "name", source: { name: "excluded" } } }],
      where: { operator: "gt" },
    });
    expect(insert(users).values({ name: "a" }).onConflictDoNothing().node.conflict).toMatchObject({
      columns: [],
      set: undefined,
    });
  });

  test("returns columns, by default all", () => {
    expect(insert(users).returning(users.c.id).node.returning).toEqual([users.c.id.node]);
    expect(insert(users).returning().node.returning).toHaveLength(5);
  });
});

describe("update and delete", () => {
  test("set values and expressions, the later one wins", () => {
    const node = update(posts)
      .set({ title: "a", price: posts.c.price.mul("2") })
      .set({ title: "b" })
      .where(posts.c.id.eq(1)).node;
    expect(node.set.map(({ column }) => column.key)).toEqual(["price", "title"]);
    expect(node.set[1]!.value).toMatchObject({ value: "b" });
  });

  test("filter by names", () => {
    expect(update(posts).filterBy({ title: "a" }).node.where).toMatchObject([{ left: posts.c.title.node }]);
    expect(deleteFrom(posts).filterBy({ title: "a" }).node.where).toMatchObject([
      { left: posts.c.title.node },
    ]);
    // @ts-expect-error: no such column
    expect(() => deleteFrom(posts).filterBy({ titel: "a" })).toThrow(/sql\/unknown-column.*title/s);
  });

  test("refuse what is no table", () => {
    expect(() => update(select(posts.c.id).subquery())).toThrow(/sql\/not-a-source: update\(\)/);
    expect(() => deleteFrom({} as never)).toThrow(/sql\/not-a-source: deleteFrom\(\)/);
  });
});
