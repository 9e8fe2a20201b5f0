import { beforeEach, describe, expect, test } from "vitest";
import { loadByKey } from "../../../src/orm/load/load-by-key.ts";
import { loadRelationship } from "../../../src/orm/load/load-relationship.ts";
import {
  containsEager,
  defaultload,
  defer,
  immediateload,
  joinedload,
  lazyload,
  loadOnly,
  noload,
  raiseload,
  selectinload,
  subqueryload,
  undefer,
} from "../../../src/orm/load/options.ts";
import { refresh } from "../../../src/orm/load/refresh.ts";
import { manyToMany, manyToOne, oneToMany, oneToOne } from "../../../src/orm/mapping/relationship.ts";
import { mapperOf } from "../../../src/orm/mapping/resolve.ts";
import { declarativeBase } from "../../../src/orm/state/instrument.ts";
import { type ObjectState, stateOf } from "../../../src/orm/state/object-state.ts";
import { integer, string, text } from "../../../src/schema/column.ts";
import { table } from "../../../src/schema/table.ts";
import { select } from "../../../src/sql/select.ts";
import { expire, FakeSession } from "./fake-session.ts";

const Base = declarativeBase();

class User extends Base("users", {
  id: integer().primaryKey(),
  name: string(50),
  bio: text().nullable().deferred(),
  get posts() {
    return oneToMany(Post, { backPopulates: "author", orderBy: () => Post.c.id });
  },
  get profile() {
    return oneToOne(Profile, { backPopulates: "user" });
  },
}) {}

class Post extends Base("posts", {
  id: integer().primaryKey(),
  title: string(200),
  get authorId() {
    return integer().nullable().references(User.c.id);
  },
  get author() {
    return manyToOne(User, { backPopulates: "posts" });
  },
  get tags() {
    return manyToMany(Tag, { secondary: postTags, backPopulates: "posts", orderBy: () => Tag.c.id });
  },
}) {}

class Tag extends Base("tags", {
  id: integer().primaryKey(),
  label: string(20),
  get posts() {
    return manyToMany(Post, { secondary: postTags, backPopulates: "tags", orderBy: () => Post.c.id });
  },
}) {}

const postTags = table("post_tags", Base.metadata, {
  get postId() {
    return integer().references(Post.c.id).primaryKey();
  },
  get tagId() {
    return integer().references(Tag.c.id).primaryKey();
  },
});

class Profile extends Base("profiles", {
  id: integer().primaryKey(),
  motto: text(),
  get userId() {
    return integer().references(User.c.id).unique();
  },
  get user() {
    return oneToOne(User, { backPopulates: "profile" });
  },
}) {}

class Node extends Base("nodes", {
  id: integer().primaryKey(),
  get parentId() {
    return integer().nullable().references(Node.c.id);
  },
  get parent() {
    return manyToOne(Node, { backPopulates: "children", remoteSide: () => Node.c.id });
  },
  get children() {
    return oneToMany(Node, { backPopulates: "parent", orderBy: () => Node.c.id });
  },
}) {}

const session = new FakeSession();
session.script(`
  CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT, bio TEXT);
  CREATE TABLE posts (id INTEGER PRIMARY KEY, title TEXT, author_id INTEGER);
  CREATE TABLE tags (id INTEGER PRIMARY KEY, label TEXT);
  CREATE TABLE post_tags (post_id INTEGER, tag_id INTEGER, PRIMARY KEY (post_id, tag_id));
  CREATE TABLE profiles (id INTEGER PRIMARY KEY, motto TEXT, user_id INTEGER UNIQUE);
  CREATE TABLE nodes (id INTEGER PRIMARY KEY, parent_id INTEGER);
  INSERT INTO users VALUES (1, 'ann', 'about ann'), (2, 'bob', 'about bob'), (3, 'cyd', NULL);
  INSERT INTO posts VALUES (1, 'one', 1), (2, 'two', 1), (3, 'three', 2), (4, 'nobody''s', NULL);
  INSERT INTO tags VALUES (1, 'red'), (2, 'blue');
  INSERT INTO post_tags VALUES (1, 1), (1, 2), (3, 2);
  INSERT INTO profiles VALUES (1, 'onward', 1), (2, 'inward', 2);
  INSERT INTO nodes VALUES (1, NULL), (2, 1), (3, 1), (4, 2), (5, 4)
`);

beforeEach(() => session.clear());

const titlesOf = (users: readonly unknown[]) =>
  (users as User[]).map((user) => (user.posts as Post[]).map((post) => post.title));
const everyTitle = [["one", "two"], ["three"], []];
const users = () => select(User).orderBy(User.c.id);
const state = (object: unknown): ObjectState => stateOf(object) as ObjectState;
const attribute = (entity: object, key: string) => {
  const found = mapperOf(entity).attributeByKey.get(key);
  if (found?.kind !== "relationship") throw new TypeError(key);
  return found;
};

describe("a load", () => {
  test("makes objects of rows, and finds them again", () => {
    const [ann, bob] = session.scalars(users()) as User[];
    expect([ann?.name, bob?.name, ann instanceof User]).toEqual(["ann", "bob", true]);
    expect(session.scalars(users())[0]).toBe(ann);
    expect(session.statements[0]).toBe("SELECT users.id, users.name FROM users ORDER BY users.id");
    expect(session.labels[0]).toBe("load User");
  });

  test("gives values beside objects", () => {
    const { rows, keys } = session.load(select(User, User.c.name.label("called")).where(User.c.id.eq(1)));
    expect((rows[0]?.[0] as User).id).toBe(1);
    expect(rows[0]?.[1]).toBe("ann");
    expect(keys).toEqual(["User", "called"]);
  });

  test("takes a row without a primary key for no object", () => {
    const rows = session.load(select(Post, User).outerJoin(Post.c.author).where(Post.c.id.eq(4))).rows;
    expect(rows[0]?.[1]).toBeNull();
  });

  test("keeps what is loaded, unless it overwrites", () => {
    const [ann] = session.scalars(users()) as [User];
    state(ann).values[1] = "changed";
    session.scalars(users());
    expect(ann.name).toBe("changed");
    session.scalars(users(), { populateExisting: true });
    expect(ann.name).toBe("ann");
  });

  test("reads an object by its key", () => {
    const found = session.run(loadByKey(session, mapperOf(User), [2], { options: [] }));
    expect((found?.object as User).name).toBe("bob");
    expect(session.run(loadByKey(session, mapperOf(User), [9], { options: [] }))).toBeUndefined();
    expect(session.run(loadByKey(session, mapperOf(User), [null], { options: [] }))).toBeUndefined();
    expect(session.statements).toHaveLength(2);
  });

  test("refuses options for a class that is not selected", () => {
    // @ts-expect-error: the option begins at another class
    expect(() => session.load(select(Tag).options(selectinload(User.c.posts)))).toThrow(/load\/unknown-path/);
  });
});

describe("every strategy", () => {
  const strategies = { selectinload, joinedload, subqueryload, immediateload };
  const counts = { selectinload: 2, joinedload: 1, subqueryload: 2, immediateload: 4 };

  for (const [name, strategy] of Object.entries(strategies)) {
    test(`gives the same collections: ${name}`, () => {
      const found = session.scalars(users().options(strategy(User.c.posts)));
      expect(session.statements).toHaveLength(counts[name as keyof typeof counts]);
      expect(titlesOf(found)).toEqual(everyTitle);
      expect(session.statements).toHaveLength(counts[name as keyof typeof counts]);
    });

    test(`gives the same references: ${name}`, () => {
      const posts = session.scalars(
        select(Post).orderBy(Post.c.id).options(strategy(Post.c.author)),
      ) as Post[];
      const before = session.statements.length;
      expect(posts.map((post) => (post.author as User | null)?.name)).toEqual([
        "ann",
        "ann",
        "bob",
        undefined,
      ]);
      expect(session.statements).toHaveLength(before);
    });

    test(`gives the same many-to-many members: ${name}`, () => {
      const posts = session.scalars(select(Post).orderBy(Post.c.id).options(strategy(Post.c.tags))) as Post[];
      const before = session.statements.length;
      expect(posts.map((post) => (post.tags as Tag[]).map((tag) => tag.label))).toEqual([
        ["red", "blue"],
        [],
        ["blue"],
        [],
      ]);
      expect(session.statements).toHaveLength(before);
    });

    test(`gives the same one-to-one: ${name}`, () => {
      const found = session.scalars(users().options(strategy(User.c.profile))) as User[];
      expect(found.map((user) => (user.profile as Profile | null)?.motto)).toEqual([
        "onward",
        "inward",
        undefined,
      ]);
      expect(session.statements.length).toBeLessThanOrEqual(4);
    });

    test(`respects LIMIT and criteria: ${name}`, () => {
      const found = session.scalars(
        users()
          .limit(2)
          .options(strategy(User.c.posts).and(Post.c.title.like("t%"))),
      );
      expect(titlesOf(found)).toEqual([["two"], ["three"]]);
    });
  }
});

describe("the SQL of strategies", () => {
  test("joinedload joins under an alias and appends the order", () => {
    session.scalars(users().options(joinedload(User.c.posts)));
    expect(session.statements).toEqual([
      "SELECT users.id, users.name, posts_1.id, posts_1.title, posts_1.author_id FROM users " +
        "LEFT OUTER JOIN posts AS posts_1 ON users.id = posts_1.author_id ORDER BY users.id, posts_1.id",
    ]);
  });

  test("joinedload moves a limited statement into a subquery", () => {
    session.scalars(users().limit(1).options(joinedload(User.c.posts)));
    expect(session.statements).toEqual([
      "SELECT anon_1.users_id, anon_1.users_name, posts_1.id, posts_1.title, posts_1.author_id FROM " +
        "(SELECT users.id AS users_id, users.name AS users_name FROM users ORDER BY users.id LIMIT ?) AS anon_1 " +
        "LEFT OUTER JOIN posts AS posts_1 ON anon_1.users_id = posts_1.author_id ORDER BY anon_1.users_id, posts_1.id",
    ]);
  });

  test("a limited many-to-one is joined as it is, by an inner join if asked", () => {
    session.scalars(
      select(Post)
        .limit(1)
        .options(joinedload(Post.c.author, { innerJoin: true })),
    );
    expect(session.statements).toEqual([
      "SELECT posts.id, posts.title, posts.author_id, users_1.id, users_1.name FROM posts " +
        "JOIN users AS users_1 ON users_1.id = posts.author_id LIMIT ?",
    ]);
  });

  test("selectinload asks the target's table alone", () => {
    session.scalars(users().options(selectinload(User.c.posts)));
    expect(session.statements[1]).toBe(
      "SELECT posts.author_id, posts.id, posts.title, posts.author_id FROM posts " +
        "WHERE posts.author_id IN (?, ?, ?) ORDER BY posts.id",
    );
    expect(session.labels[1]).toBe("load User › selectin posts");
  });

  test("selectinload of a many-to-many joins the secondary table", () => {
    session.scalars(select(Post).options(selectinload(Post.c.tags)));
    expect(session.statements[1]).toBe(
      "SELECT post_tags.post_id, tags.id, tags.label FROM post_tags JOIN tags ON tags.id = post_tags.tag_id " +
        "WHERE post_tags.post_id IN (?, ?, ?, ?) ORDER BY tags.id",
    );
  });

  test("subqueryload holds the original statement", () => {
    session.scalars(users().limit(2).options(subqueryload(User.c.posts)));
    expect(session.statements[1]).toBe(
      "SELECT anon_1.users_id, posts.id, posts.title, posts.author_id FROM " +
        "(SELECT users.id AS users_id FROM users ORDER BY users.id LIMIT ?) AS anon_1 " +
        "JOIN posts ON anon_1.users_id = posts.author_id ORDER BY posts.id",
    );
  });

  test("nothing to ask for, no statement", () => {
    session.scalars(select(Post).where(Post.c.id.eq(4)).options(selectinload(Post.c.author)));
    session.scalars(select(User).where(User.c.id.eq(77)).options(selectinload(User.c.posts)));
    expect(session.statements).toHaveLength(2);
  });
});

describe("chains", () => {
  test("load level by level, in any mixture", () => {
    const read = (found: readonly unknown[]) =>
      (found as User[]).map((user) =>
        (user.posts as Post[]).map((post) => (post.tags as Tag[]).map((tag) => tag.label)),
      );
    const expected = [[["red", "blue"], []], [["blue"]], []];
    const options = [
      selectinload(User.c.posts).selectinload(Post.c.tags),
      selectinload(User.c.posts).joinedload(Post.c.tags),
      joinedload(User.c.posts).selectinload(Post.c.tags),
      joinedload(User.c.posts).joinedload(Post.c.tags),
      subqueryload(User.c.posts).subqueryload(Post.c.tags),
      joinedload(User.c.posts).subqueryload(Post.c.tags),
      selectinload(User.c.posts).options(subqueryload(Post.c.tags), joinedload(Post.c.author)),
    ];
    const counts = [3, 2, 2, 1, 3, 2, 3];
    for (const [index, option] of options.entries()) {
      session.clear();
      const found = session.scalars(users().options(option));
      expect(read(found)).toEqual(expected);
      expect(session.statements).toHaveLength(counts[index] as number);
    }
  });

  test("follow a tree to the depth that is named, and lazily from there", () => {
    const roots = session.scalars(
      select(Node)
        .where(Node.c.parentId.isNull())
        .options(selectinload(Node.c.children).joinedload(Node.c.children)),
    ) as Node[];
    expect(session.statements).toHaveLength(2);
    const two = ((roots[0] as Node).children as Node[])[0] as Node;
    const four = (two.children as Node[])[0] as Node;
    expect(four.id).toBe(4);
    expect(session.statements).toHaveLength(2);
    expect((four.children as Node[]).map((node) => node.id)).toEqual([5]);
    expect(session.statements).toHaveLength(3);
  });

  test("follow a tree to the end with a recursion depth of -1", () => {
    const [root] = session.scalars(
      select(Node)
        .where(Node.c.id.eq(1))
        .options(selectinload(Node.c.children, { recursionDepth: -1 })),
    ) as Node[];
    const before = session.statements.length;
    const ids = (node: Node): unknown => [node.id, ...(node.children as Node[]).map(ids)];
    expect(ids(root as Node)).toEqual([1, [2, [4, [5]]], [3]]);
    expect(session.statements).toHaveLength(before);
  });
});

describe("reading later", () => {
  test("loads a relationship for all objects of the result, level by level", () => {
    const found = session.scalars(users()) as User[];
    for (const user of found) for (const post of user.posts as Post[]) expect(post.tags).toBeDefined();
    expect(session.statements).toHaveLength(3);
  });

  test("loads references for all, each key once, and asks the identity map first", () => {
    session.scalars(select(User).where(User.c.id.eq(1)));
    const posts = session.scalars(select(Post).orderBy(Post.c.id)) as Post[];
    session.statements = [];
    expect(posts.map((post) => (post.author as User | null)?.name)).toEqual(["ann", "ann", "bob", undefined]);
    expect(session.statements).toEqual([
      "SELECT users.id, users.id, users.name FROM users WHERE users.id IN (?)",
    ]);
  });

  test("splits many keys of a select-in load into chunks, those of siblings only where it must", () => {
    const ids = Array.from({ length: 1200 }, (_, index) => index + 100);
    session.script(`INSERT INTO users (id, name) VALUES ${ids.map((id) => `(${id}, 'u')`).join(", ")}`);
    session.scalars(select(User).where(User.c.id.ge(100)).options(selectinload(User.c.posts)));
    expect(session.statements.map((sql) => sql.replace(/^.*FROM posts/, "…"))).toEqual([
      "SELECT users.id, users.name FROM users WHERE users.id >= ?",
      ...Array(3).fill("… WHERE posts.author_id IN (SELECT value FROM json_each(?)) ORDER BY posts.id"),
    ]);
    session.clear();
    const many = session.scalars(select(User).where(User.c.id.ge(100))) as User[];
    expect(many.reduce((sum, user) => sum + (user.posts as Post[]).length, 0)).toBe(0);
    expect(session.statements).toHaveLength(2);
    session.script("DELETE FROM users WHERE id >= 100");
  });

  test("one by one with lazyload", () => {
    const found = session.scalars(users().options(lazyload(User.c.posts))) as User[];
    expect(titlesOf(found)).toEqual(everyTitle);
    expect(session.statements).toHaveLength(4);
    expect(session.statements[1]).toBe(
      "SELECT posts.id, posts.title, posts.author_id FROM posts WHERE ? = posts.author_id ORDER BY posts.id",
    );
  });

  test("a reference that is there needs no SQL, nor does a null key", () => {
    session.scalars(users());
    const posts = session.scalars(select(Post).orderBy(Post.c.id).options(lazyload(Post.c.author))) as Post[];
    session.statements = [];
    expect(posts.map((post) => (post.author as User | null)?.name)).toEqual(["ann", "ann", "bob", undefined]);
    expect(session.statements).toEqual([]);
  });

  test("follows the options of the statement that the object came with", () => {
    const found = session.scalars(
      users().options(defaultload(User.c.posts).joinedload(Post.c.tags), lazyload(User.c.posts)),
    ) as User[];
    const [one] = (found[0] as User).posts as Post[];
    expect(session.statements).toHaveLength(2);
    expect(((one as Post).tags as Tag[]).length).toBe(2);
    expect(session.statements).toHaveLength(2);
  });

  test("raises where it must", () => {
    const [ann] = session.scalars(users().options(raiseload(User.c.posts))) as [User];
    expect(() => ann.posts).toThrow(/load\/not-loaded: User.posts/);
    session.clear();
    const [first] = session.scalars(select(Post).options(raiseload(Post.c.author, { sqlOnly: true }))) as [
      Post,
    ];
    expect(() => first.author).toThrow(/load\/not-loaded/);
    session.scalars(users());
    expect((first.author as User).name).toBe("ann");
    session.clear();
    const [all] = session.scalars(users().options(raiseload("*"), selectinload(User.c.profile))) as [User];
    expect((all.profile as Profile).motto).toBe("onward");
    expect(() => (all.profile as Profile).user).not.toThrow(TypeError);
    expect(() => all.posts).toThrow(/load\/not-loaded/);
  });

  test("noload looks empty", () => {
    const [ann] = session.scalars(users().options(noload(User.c.posts))) as [User];
    expect(Array.from(ann.posts as Post[])).toEqual([]);
    expect(session.statements).toHaveLength(1);
  });

  test("only what is there without SQL, when SQL is not allowed", () => {
    const [one] = session.scalars(select(Post).where(Post.c.id.eq(1))) as [Post];
    const io = () =>
      loadRelationship(session, state(one), attribute(Post, "author"), { siblings: "none", mayEmit: false });
    expect(session.run(io())).toBeUndefined();
    session.scalars(users());
    expect(session.run(io())).toBeInstanceOf(User);
  });
});

describe("containsEager", () => {
  test("takes the rows that the statement joins", () => {
    const statement = select(User)
      .join(User.c.posts)
      .where(Post.c.title.eq("two"))
      .options(containsEager(User.c.posts));
    expect(titlesOf(session.scalars(statement))).toEqual([["two"]]);
    expect(session.statements).toHaveLength(1);
  });
});

describe("columns", () => {
  test("are deferred, and loaded for all siblings when one is read", () => {
    const found = session.scalars(users()) as User[];
    expect(found.map((user) => user.bio)).toEqual(["about ann", "about bob", null]);
    expect(session.statements).toHaveLength(2);
    expect(session.statements[1]).toBe("SELECT users.id, users.bio FROM users WHERE users.id IN (?, ?, ?)");
  });

  test("are undeferred, left out and picked by options", () => {
    session.scalars(users().options(undefer(User.c.bio)));
    session.scalars(users().options(defer(User.c.name)));
    session.scalars(users().options(loadOnly(User.c.bio)));
    session.scalars(select(Post).options(joinedload(Post.c.author).loadOnly(User.c.name)));
    expect(session.statements.map((sql) => sql.replace(/ FROM.*/, ""))).toEqual([
      "SELECT users.id, users.name, users.bio",
      "SELECT users.id",
      "SELECT users.id, users.bio",
      "SELECT posts.id, posts.title, posts.author_id, users_1.id, users_1.name",
    ]);
  });
});

describe("a refresh", () => {
  test("reads expired objects again in one statement", () => {
    const found = session.scalars(users()) as User[];
    for (const user of found) expire(state(user));
    session.statements = [];
    expect(found.map((user) => user.name)).toEqual(["ann", "bob", "cyd"]);
    expect(session.statements).toHaveLength(1);
  });

  test("reads the key of an expired object before its relationship", () => {
    const found = session.scalars(users()) as User[];
    for (const user of found) expire(state(user));
    session.statements = [];
    expect(titlesOf(found)).toEqual(everyTitle);
    expect(session.statements).toHaveLength(2);
  });

  test("replaces everything, and unloads what it does not read", () => {
    const [ann] = session.scalars(users().options(selectinload(User.c.posts))) as [User];
    const before = ann.posts;
    state(ann).values[1] = "changed";
    session.statements = [];
    session.run(refresh(session, [state(ann)], "all"));
    expect(ann.name).toBe("ann");
    expect(session.statements).toHaveLength(2);
    expect(titlesOf([ann])).toEqual([["one", "two"]]);
    expect(ann.posts).not.toBe(before);
  });

  test("reads named attributes, relationships too", () => {
    const [ann] = session.scalars(users()) as [User];
    session.statements = [];
    session.run(refresh(session, [state(ann)], [attribute(User, "posts").slot], { isExplicit: true }));
    expect(session.statements).toHaveLength(2);
    expect(state(ann).values[attribute(User, "posts").slot]).toBeDefined();
  });

  test("raises for a row that is gone", () => {
    session.script("INSERT INTO users (id, name) VALUES (50, 'gone')");
    const [gone] = session.scalars(select(User).where(User.c.id.eq(50))) as [User];
    session.script("DELETE FROM users WHERE id = 50");
    expire(state(gone));
    expect(() => gone.name).toThrow(/load\/object-gone/);
    expect(() => gone.posts).toThrow(/load\/object-gone/);
  });
});
