import { expect, test } from "vitest";
import {
  containsEager,
  declarativeBase,
  defer,
  immediateload,
  inspect,
  integer,
  joinedload,
  lazyload,
  loadOnly,
  manyToOne,
  oneToMany,
  queryExpression,
  raiseload,
  type Session,
  select,
  selectinload,
  string,
  undefer,
  undeferGroup,
} from "../../src/entries/index.ts";
import { specWith } from "../support/spec.ts";

const Base = declarativeBase();

class User extends Base("users", {
  id: integer().primaryKey(),
  name: string(20),
  bio: string(20).nullable().deferred(),
  motto: string(20).nullable().deferred({ group: "texts" }),
  notes: string(20).nullable().deferred({ group: "texts" }),
  get twice() {
    return queryExpression<number>(() => User.c.id.mul(2));
  },
  get posts() {
    return oneToMany(Post, { backPopulates: "author", orderBy: () => Post.c.id });
  },
}) {}

class Post extends Base("posts", {
  id: integer().primaryKey(),
  title: string(20),
  body: string(20),
  get authorId() {
    return integer().references(User.c.id);
  },
  get author() {
    return manyToOne(User, { backPopulates: "posts" });
  },
}) {}

class Node extends Base("nodes", {
  id: integer().primaryKey(),
  get parentId() {
    return integer().nullable().references(Node.c.id);
  },
  get children() {
    return oneToMany(Node, { orderBy: () => Node.c.id });
  },
}) {}

const spec = specWith({ tables: Base.metadata, session: { expireOnCommit: false } });

async function fill(session: Session, count = 1): Promise<void> {
  for (let number = 1; number <= count; number++) {
    const posts = [new Post({ title: "one", body: "…" })];
    session.add(new User({ name: `u${number}`, bio: "b", motto: "m", notes: "n", posts }));
  }
  await session.commit();
  await session.close();
}

const cases = [
  ["nothing", [], ["id", "name", "twice"]],
  ["loadOnly", [loadOnly(User.c.bio)], ["id", "bio"]],
  ["defer", [defer(User.c.name)], ["id", "twice"]],
  ["defer with a star", [defer("*")], ["id"]],
  ["defer with a star, and one back", [defer("*"), undefer(User.c.name)], ["id", "name"]],
  ["undefer", [undefer(User.c.bio)], ["id", "name", "bio", "twice"]],
  ["undefer with a star", [undefer("*")], ["id", "name", "bio", "motto", "notes", "twice"]],
  ["undeferGroup", [undeferGroup("texts")], ["id", "name", "motto", "notes", "twice"]],
  [
    "loadOnly and undeferGroup",
    [loadOnly(User.c.name), undeferGroup("texts")],
    ["id", "name", "motto", "notes"],
  ],
] as const;

for (const [name, options, loaded] of cases) {
  spec(`reads the columns that options name: ${name}`, async ({ session, openSession }) => {
    await fill(session);
    const user = await openSession()
      .scalars(select(User).options(...options))
      .one();
    expect(Object.keys(inspect(user).loaded)).toEqual(loaded);
  });

  spec(`reads them behind a relationship, too: ${name}`, async ({ session, openSession }) => {
    await fill(session);
    for (const strategy of [joinedload, selectinload, immediateload, lazyload]) {
      const again = openSession();
      const option = (strategy as typeof joinedload)(Post.c.author).options(...options);
      const post = await again.scalars(select(Post).options(option)).one();
      expect(Object.keys(inspect((await post.author) as User).loaded)).toEqual(loaded);
      await again.close();
    }
  });
}

spec("shows what is read", async ({ session, emitted, expectSql }) => {
  await session.scalars(select(User).options(loadOnly(User.c.name, { raiseload: true }))).all();
  await session.scalars(select(Post).options(joinedload(Post.c.author).defer("*"), defer(Post.c.body))).all();
  expectSql(emitted(), [
    "BEGIN",
    "SELECT users.id, users.name FROM users",
    `SELECT posts.id, posts.title, posts.author_id, users_1.id
     FROM posts LEFT OUTER JOIN users AS users_1 ON users_1.id = posts.author_id`,
  ]);
});

const raising = [
  ["defer", defer(User.c.name, User.c.bio, { raiseload: true }), ["name", "bio"]],
  ["defer with a star", defer("*", { raiseload: true }), ["name", "bio", "motto", "notes", "twice"]],
  ["loadOnly", loadOnly(User.c.bio, { raiseload: true }), ["name", "motto", "notes", "twice"]],
] as const;

for (const [name, option, forbidden] of raising) {
  spec(`forbids to read what ${name} leaves out`, async ({ session, openSession, expectStatements }) => {
    await fill(session);
    const again = openSession();
    const user = await again.scalars(select(User).options(option)).one();
    await expectStatements(0, () => {
      for (const key of forbidden) {
        expect(() => user[key]).toThrow(expect.objectContaining({ code: "load/column-forbidden" }));
      }
    });
    user.name = "changed";
    expect(user.name).toBe("changed");
    await again.flush();
    await again.refresh(user, ["bio"]);
    expect(user.bio).toBe("b");
  });
}

spec(
  "reads what was forbidden once a query brings it, or all is expired",
  async ({ session, openSession }) => {
    await fill(session);
    const again = openSession();
    const strict = select(User).options(defer(User.c.name, { raiseload: true }));
    const user = await again.scalars(strict).one();
    await again.scalars(select(User)).all();
    expect(user.name).toBe("u1");
    await again.close();
    const other = await again.scalars(strict).one();
    expect(() => other.name).toThrow(expect.objectContaining({ code: "load/column-forbidden" }));
    again.expire(other, ["name"]);
    await again.refresh(other, ["name"]);
    expect(other.name).toBe("u1");
  },
);

spec("forbids behind relationships, whatever loads them", async ({ session, openSession }) => {
  await fill(session);
  for (const strategy of [joinedload, selectinload, lazyload]) {
    const again = openSession();
    const option = (strategy as typeof joinedload)(User.c.posts).defer(Post.c.body, { raiseload: true });
    const user = await again.scalars(select(User).options(option)).one();
    const [post] = await user.posts;
    expect(post!.title).toBe("one");
    expect(() => post!.body).toThrow(expect.objectContaining({ code: "load/column-forbidden" }));
    await again.close();
  }
});

spec("asks for as many keys at once as it is told", async ({ session, openSession, expectStatements }) => {
  await fill(session, 7);
  for (const [chunkSize, statements] of [
    [undefined, 2],
    [7, 2],
    [3, 4],
    [1, 8],
  ] as const) {
    const again = openSession();
    const options = chunkSize === undefined ? {} : { chunkSize };
    const statement = select(User).options(selectinload(User.c.posts, options));
    const users = await expectStatements(statements, () => again.scalars(statement).all());
    expect(users.map(({ posts }) => posts.length)).toEqual([1, 1, 1, 1, 1, 1, 1]);
    await again.close();
  }
});

for (const [name, strategy] of [
  ["selectinload", selectinload],
  ["immediateload", immediateload],
] as const) {
  spec(
    `${name} goes on for as many levels as it is told`,
    async ({ session, openSession, expectStatements }) => {
      const deep = (levels: number): Node => new Node({ children: levels === 0 ? [] : [deep(levels - 1)] });
      session.add(deep(4));
      await session.commit();
      await session.close();
      for (const [recursionDepth, statements] of [
        [0, 2],
        [1, 3],
        [2, 4],
        [-1, 6],
      ] as const) {
        const again = openSession();
        const option = strategy(Node.c.children, { recursionDepth });
        const roots = select(Node).where(Node.c.parentId.isNull()).options(option);
        let node: Node | undefined = await expectStatements(statements, () => again.scalars(roots).one());
        let loaded = 0;
        while (node !== undefined && !inspect(node).unloaded.includes("children")) {
          node = (await node.children)[0];
          loaded++;
        }
        expect(loaded).toBe(statements - 1);
        await again.close();
      }
    },
  );
}

const unknownToLoaders = [
  ["selectinload", () => selectinload(User.c.posts, { chunksize: 5 } as never), "chunkSize"],
  [
    "selectinload",
    () => loads().selectinload(Post.c.author, { recursiondepth: 5 } as never),
    "recursionDepth",
  ],
  ["joinedload", () => joinedload(User.c.posts, { innerjoin: true } as never), "innerJoin"],
  ["joinedload", () => loads().joinedload(Post.c.author, { inner: true } as never), undefined],
  ["immediateload", () => immediateload(User.c.posts, { recursionDeph: 2 } as never), "recursionDepth"],
  ["raiseload", () => raiseload(User.c.posts, { sqlonly: true } as never), "sqlOnly"],
  ["raiseload", () => loads().raiseload(Post.c.author, { sqlonly: true } as never), "sqlOnly"],
  ["containsEager", () => containsEager(User.c.posts, { allias: Post } as never), "alias"],
  ["loadOnly", () => loadOnly(User.c.name, { raiseLoad: true } as never), "raiseload"],
] as const;
const loads = () => selectinload(User.c.posts);

for (const [index, [loader, make, nearest]] of unknownToLoaders.entries()) {
  test(`${loader} refuses a name that is none of its options (${index})`, () => {
    expect(make).toThrow(
      expect.objectContaining({
        code: "load/unknown-option",
        message: expect.stringContaining(`${loader}() has no option `),
        hint: nearest === undefined ? expect.any(String) : expect.stringContaining(nearest),
      }),
    );
  });
}

spec("refuses what is no option, or no column of the class", async ({ session }) => {
  const refused = async (run: () => unknown) => {
    try {
      await run();
    } catch (error) {
      return (error as { code?: string }).code;
    }
    return undefined;
  };
  const misspelt = { raiseLoad: true } as never;
  expect(await refused(() => defer(User.c.name, misspelt))).toBe("load/unknown-option");
  expect(await refused(() => defer(User.c.name, { raiseload: 1 as never }))).toBe("load/wrong-option");
  expect(await refused(() => loadOnly("*" as never))).toBe("load/not-a-column");
  expect(await refused(() => selectinload(User.c.posts, { chunkSize: 0 }))).toBe("load/wrong-option");
  expect(await refused(() => joinedload(User.c.posts, { innerJoin: "no" as never }))).toBe(
    "load/wrong-option",
  );
  expect(await refused(() => raiseload(User.c.posts, { sqlOnly: 1 as never }))).toBe("load/wrong-option");
  expect(await refused(() => selectinload(Node.c.children, { recursionDepth: -2 }))).toBe(
    "load/wrong-option",
  );
  const recursive = select(User).options(selectinload(User.c.posts, { recursionDepth: 1 }));
  expect(await refused(() => session.scalars(recursive).all())).toBe("load/not-recursive");
  const strange = select(User).options(joinedload(User.c.posts).loadOnly(User.c.name as never));
  expect(await refused(() => session.scalars(strange).all())).toBe("load/unknown-path");
  const mixed = select(User).options(loadOnly(User.c.name, Post.c.title as never));
  expect(await refused(() => session.scalars(mixed).all())).toBe("load/unknown-path");
});
