import { describe, expect, test } from "vitest";
import { boolean, enumeration, integer, numeric, string } from "../../src/schema/column.ts";
import { foreignKey, primaryKey } from "../../src/schema/constraints.ts";
import { type DdlPlan, MetaData, RUN_DDL } from "../../src/schema/metadata.ts";
import { Table, table } from "../../src/schema/table.ts";
import { SOURCE } from "../../src/sql/nodes.ts";

describe("columns", () => {
  test("are named in snake case unless named, and keep the order of the shape", () => {
    const cars = table("cars", new MetaData(), {
      id: integer().primaryKey(),
      modelYear: integer(),
      dealer: integer("dealership_id"),
      price: numeric("list_price", 10, 2),
      state: enumeration("new", "used").named("condition"),
    });
    expect(Object.keys(cars.c)).toEqual(["id", "modelYear", "dealer", "price", "state"]);
    expect(cars.columns.map((column) => column.name)).toEqual([
      "id",
      "model_year",
      "dealership_id",
      "list_price",
      "condition",
    ]);
    expect(cars.c.modelYear.node).toBe(cars.column("modelYear"));
    expect(cars[SOURCE]).toBe(cars);
    expect(cars.column("state").type.enumName).toBe("cars_condition");
  });

  test("are resolved one by one, when they are first read", () => {
    const read: string[] = [];
    const lazy = table("lazy", new MetaData(), {
      get one() {
        read.push("one");
        return integer();
      },
      get two() {
        read.push("two");
        return integer();
      },
    });
    expect(Object.keys(lazy.c)).toEqual(["one", "two"]);
    expect(read).toEqual([]);
    expect(lazy.c.two).toBe(lazy.c.two);
    expect(read).toEqual(["two"]);
    expect(lazy.columns).toHaveLength(2);
    expect(read).toEqual(["two", "one"]);
  });

  test("may refer to tables that come later, in cycles and to themselves", () => {
    const metadata = new MetaData();
    const left = table("left_side", metadata, {
      id: integer().primaryKey(),
      get other() {
        return integer().references(right.c.id);
      },
      get parentId() {
        return integer()
          .nullable()
          .references(() => left.c.id);
      },
    });
    const right = table("right_side", metadata, {
      id: integer().primaryKey(),
      get other() {
        return integer().references(left.c.id);
      },
    });
    expect(left.foreignKeys.map((key) => [key.from[0]?.name, key.target.name, key.name])).toEqual([
      ["other", "right_side", "fk_left_side_other_right_side"],
      ["parent_id", "left_side", "fk_left_side_parent_id_left_side"],
    ]);
    expect(right.foreignKeys[0]?.to[0]).toBe(left.column("id"));
  });

  test("that refer to themselves by way of each other are an error", () => {
    const metadata = new MetaData();
    const one: Table<{ id: ReturnType<typeof integer> }> = table("one", metadata, {
      get id(): ReturnType<typeof integer> {
        return integer().references(two.c.id);
      },
    });
    const two: Table<{ id: ReturnType<typeof integer> }> = table("two", metadata, {
      get id(): ReturnType<typeof integer> {
        return integer().references(one.c.id);
      },
    });
    expect(() => one.c.id).toThrow(
      "schema/reference-cycle: the column one.id refers, by way of others, to itself",
    );
  });

  test("with one name are an error, and so is what is no column", () => {
    const twice = table("twice", new MetaData(), { a: integer("x"), b: integer("x") });
    expect(() => twice.columns).toThrow("schema/duplicate-column: the table twice has two columns named x");
    const wrong = table("wrong", new MetaData(), { a: 5 });
    expect(() => wrong.columns).toThrow("schema/not-a-column: wrong.a is not a column, got: 5");
    const mixed = new Table(
      "mixed",
      new MetaData(),
      { id: integer(), posts: "relation" },
      {
        ignores: (entry) => entry === "relation",
      },
    );
    expect(mixed.columns.map((column) => column.key)).toEqual(["id"]);
  });

  test("that are misspelt are told at once, with the nearest name", () => {
    const cars = table("cars", new MetaData(), { brand: string() });
    const columns = cars.c as unknown as Record<string, unknown>;
    expect(() => columns["brnad"]).toThrow(/the table cars has no column brnad[\s\S]*brand/);
    expect(() => cars.column("brnad")).toThrow("schema/unknown-column");
    expect(String(Object.prototype.toString.call(cars.c))).toBe("[object Object]");
  });

  test("definitions are immutable", () => {
    const plain = string(10);
    expect(plain.nullable()).not.toBe(plain);
    expect(plain.facts.nullable).toBe(false);
    const defaulted = boolean()
      .default(() => true)
      .onUpdate(false);
    expect(defaulted.facts.default).toMatchObject({ kind: "call" });
    expect(defaulted.facts.onUpdate).toEqual({ kind: "value", value: false });
  });
});

describe("keys", () => {
  test("a single whole-number key is numbered by the database, unless something else gives it", () => {
    const metadata = new MetaData();
    const users = table("users", metadata, { id: integer().primaryKey() });
    const profiles = table("profiles", metadata, { id: integer().references(users.c.id).primaryKey() });
    const given = table("given", metadata, { id: integer().primaryKey({ autoincrement: false }) });
    const defaulted = table("defaulted", metadata, { id: integer().default(7).primaryKey() });
    const named = table("named", metadata, { id: string().primaryKey() });
    const pair = table("pair", metadata, { a: integer().primaryKey(), b: integer().primaryKey() });
    expect(users.autoincrementColumn?.name).toBe("id");
    for (const each of [profiles, given, defaulted, named, pair]) {
      expect([each.name, each.autoincrementColumn]).toEqual([each.name, undefined]);
    }
  });

  test("may be said together", () => {
    const metadata = new MetaData();
    const lines = table("lines", metadata, { order: integer(), number: integer() }, (c) => [
      primaryKey(c.order, c.number),
    ]);
    expect(lines.primaryKey.columns.map((column) => column.key)).toEqual(["order", "number"]);
    const notes = table("notes", metadata, { order: integer(), number: integer() }, (c) => [
      foreignKey([c.order, c.number], () => [lines.c.order, "lines.number"]),
    ]);
    expect(notes.foreignKeys[0]?.to).toEqual(lines.columns);
    const wrong = table("wrong", metadata, { order: integer() }, (c) => [
      foreignKey([c.order], [lines.c.order, lines.c.number]),
    ]);
    expect(() => wrong.foreignKeys).toThrow("a foreign key of wrong has 1 column but 2 references");
    const torn = table("torn", metadata, { order: integer(), number: integer() }, (c) => [
      foreignKey([c.order, c.number], [lines.c.order, notes.c.number]),
    ]);
    expect(() => torn.foreignKeys).toThrow(
      "a foreign key of torn refers to columns of 2 tables: lines and notes",
    );
  });

  test("by name are resolved late, and a wrong name is told with the nearest one", () => {
    const metadata = new MetaData();
    const posts = table("posts", metadata, { author: integer().references("users.id") });
    const users = table("users", metadata, { id: integer().primaryKey() });
    expect(posts.foreignKeys[0]?.to[0]).toBe(users.column("id"));
    const lost = table("lost", metadata, { author: integer().references("user.id") });
    expect(() => lost.foreignKeys).toThrow(/there is no table user, which lost.author refers to[\s\S]*users/);
    const loose = table("loose", metadata, { author: integer().references("users.idd") });
    expect(() => loose.foreignKeys).toThrow("the table users has no column idd");
  });
});

describe("MetaData", () => {
  test("refuses a second table of one name", () => {
    const metadata = new MetaData();
    table("users", metadata, { id: integer() });
    expect(() => table("users", metadata, { id: integer() })).toThrow(
      "schema/duplicate-table: the table users is defined twice in one MetaData",
    );
  });

  test("gives tables its schema and its names", () => {
    const metadata = new MetaData({ schema: "app", naming: { column: (key) => key.toUpperCase() } });
    const users = table("users", metadata, { id: integer().primaryKey() });
    expect(users.key).toBe("app.users");
    expect(users.columns[0]?.name).toBe("ID");
    expect(metadata.table("users")).toBe(users);
  });

  test("hands a plan to the engine, and gives what the engine gives", () => {
    const metadata = new MetaData();
    table("users", metadata, { id: integer().primaryKey() });
    const features = { alterAddConstraint: true, nativeEnum: false };
    const engine = {
      [RUN_DDL]: (plan: DdlPlan) => ({
        checkFirst: plan.checkFirst,
        kinds: plan.statements(new Set(["other"]), features).map((node) => node.kind),
      }),
    };
    expect(metadata.createAll(engine)).toEqual({ checkFirst: true, kinds: ["createTable"] });
    expect(metadata.dropAll(engine)).toEqual({ checkFirst: true, kinds: [] });
    expect(metadata.dropAll(engine, { checkFirst: false })).toEqual({
      checkFirst: false,
      kinds: ["dropTable"],
    });
  });
});
