import { expect, test } from "vitest";
import { definitionOf } from "../../../src/orm/mapping/definition.ts";
import { manyToOne, oneToMany } from "../../../src/orm/mapping/relationship.ts";
import { isMapped, mapperOf } from "../../../src/orm/mapping/resolve.ts";
import { declarativeBase } from "../../../src/orm/state/instrument.ts";
import { integer, string } from "../../../src/schema/column.ts";
import { index } from "../../../src/schema/index-definition.ts";
import { problemOf } from "./support.ts";

test("a class-level attribute runs the getter of its own key and no other", () => {
  const Base = declarativeBase();
  const read: string[] = [];
  class User extends Base("users", {
    get id() {
      read.push("id");
      return integer().primaryKey();
    },
    get name() {
      read.push("name");
      return string();
    },
  }) {}
  expect(User.c.name.name).toBe("name");
  expect(read).toEqual(["name"]);
  expect(User.c.name).toBe(User.c.name);
  expect(mapperOf(User).columns.map((column) => column.key)).toEqual(["id", "name"]);
  expect(read).toEqual(["name", "id"]);
});

test("the mapper belongs to the class that the application wrote, whichever class is asked first", () => {
  const Base = declarativeBase();
  class User extends Base("users", { id: integer().primaryKey() }) {}
  class Admin extends User {}
  expect(mapperOf(Admin).entityClass).toBe(User);
  expect(mapperOf(User)).toBe(mapperOf(Admin));
  expect(mapperOf(User).name).toBe("User");
  expect(mapperOf(new Admin())).toBe(mapperOf(User));
});

test("the result of Base serves without a class of its own", () => {
  const Base = declarativeBase();
  const Tag = Base("tags", { id: integer().primaryKey(), label: string() });
  expect(new Tag({ label: "x" }).label).toBe("x");
  expect(mapperOf(Tag).entityClass).toBe(Tag);
  expect(mapperOf(Tag).name).toBe("tags");
});

test("two classes cannot share one generated class", () => {
  const Base = declarativeBase();
  const Generated = Base("users", { id: integer().primaryKey() });
  class One extends Generated {}
  class Two extends Generated {}
  mapperOf(One);
  expect(problemOf(() => mapperOf(Two)).code).toBe("mapping/two-classes");
});

test("columns of the mapper are the very nodes of the table", () => {
  const Base = declarativeBase();
  class User extends Base("users", { id: integer().primaryKey(), firstName: string(50) }) {}
  const mapper = mapperOf(User);
  expect(mapper.columns[1]?.column).toBe(User.c.firstName.node);
  expect(mapper.columnByNode.get(mapper.table.column("firstName"))?.key).toBe("firstName");
  expect(User.c.firstName.name).toBe("first_name");
  expect(mapper.primaryKey.map((each) => each.key)).toEqual(["id"]);
});

test("slots are places in the list of attributes; constraints in the shape take none", () => {
  const Base = declarativeBase();
  class TreeNode extends Base("nodes", {
    id: integer().primaryKey(),
    get indexes() {
      return [index("ix_parent", TreeNode.c.parentId)];
    },
    get parent() {
      return manyToOne(TreeNode, { backPopulates: "children" });
    },
    get children() {
      return oneToMany(TreeNode, { backPopulates: "parent" });
    },
    get parentId() {
      return integer().references(TreeNode.c.id).nullable();
    },
  }) {}
  const mapper = mapperOf(TreeNode);
  expect(mapper.attributes.map(({ key }) => key)).toEqual(["id", "parent", "children", "parentId"]);
  expect(mapper.attributes.map((each) => each.slot)).toEqual([0, 1, 2, 3]);
  expect(mapper.table.indexes.map((each) => each.name)).toEqual(["ix_parent"]);
});

test("an unknown attribute is told at once, with the nearest name", () => {
  const Base = declarativeBase();
  class User extends Base("users", { id: integer().primaryKey(), username: string() }) {}
  const problem = problemOf(() => Reflect.get(User.c, "usernmae"));
  expect(problem.code).toBe("mapping/unknown-attribute");
  expect(problem.hint).toContain("did you mean username?");
});

test("a naming strategy of the base names columns", () => {
  const Base = declarativeBase({ naming: { column: (key) => key.toUpperCase() } });
  class User extends Base("users", { id: integer().primaryKey() }) {}
  expect(User.c.id.name).toBe("ID");
});

test("tells mapped classes from others", () => {
  const Base = declarativeBase();
  class User extends Base("users", { id: integer().primaryKey() }) {}
  expect(isMapped(User)).toBe(true);
  expect(isMapped(Date)).toBe(false);
  expect(definitionOf(Date)).toBeUndefined();
  expect(problemOf(() => mapperOf(Date)).code).toBe("mapping/not-mapped");
});

test("a class without a primary key is refused", () => {
  const Base = declarativeBase();
  class Log extends Base("logs", { line: string() }) {}
  expect(problemOf(() => mapperOf(Log)).message).toContain("Log (table logs) has no primary key");
});

test("onLoad, deferred columns, validators and the version are known to the mapper", () => {
  const Base = declarativeBase();
  class Doc extends Base("docs", {
    id: integer().primaryKey(),
    body: string().deferred(),
    notes: string().deferred({ group: "long" }),
    title: string()
      .validate((value) => value.trim())
      .validate((value) => value.toLowerCase()),
    revision: integer().version(),
  }) {
    onLoad() {}
  }
  const mapper = mapperOf(Doc);
  const column = (key: string) => mapper.columns.find((each) => each.key === key);
  expect(mapper.onLoad).toBe(Doc.prototype.onLoad);
  expect(column("id")?.deferred).toBe(false);
  expect(column("body")?.deferred).toBe(true);
  expect(column("notes")?.deferred).toBe("long");
  expect(column("title")?.validate?.(" Abc ", "title")).toBe("abc");
  expect(mapper.version?.key).toBe("revision");
});
