import { expect } from "vitest";
import {
  type DbError,
  declarativeBase,
  insert,
  integer,
  isDbError,
  joinedload,
  lazyload,
  manyToOne,
  oneToMany,
  select,
  selectinload,
  sql,
  UsageError,
} from "../../src/entries/index.ts";
import type { Session } from "../../src/orm/session/session.ts";
import { specWith } from "../support/spec.ts";
import { Base, Post, User } from "./models.ts";

const spec = specWith({ tables: Base.metadata, session: { expireOnCommit: false } });

/** Three users with two posts each. */
async function fill(session: Session): Promise<void> {
  for (const name of ["ann", "bob", "cleo"]) {
    session.add(new User({ name, posts: [new Post({ title: "one" }), new Post({ title: "two" })] }));
  }
  await session.commit();
  await session.close();
}

async function errorOf(run: () => unknown): Promise<DbError> {
  try {
    await run();
  } catch (error) {
    if (isDbError(error)) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}

/** The line under the one that calls it, without its column. */
function nextLine(): string {
  const [, file, line] = /(\/[^\s(]*budget\.test\.ts):(\d+)/.exec(new Error().stack!.split("\n")[2]!)!;
  return `${file}:${Number(line) + 1}`;
}

const sourceOf = (error: DbError) => String(error.facts["source"]).replace(/:\d+$/, "");
const users = select(User).orderBy(User.c.id);
const oneByOne = users.options(lazyload(User.c.posts));

// ---------------------------------------------------------------- statements

spec(
  "refuses the statement beyond a budget, and names it and the line that read the attribute",
  { pglite: true },
  async ({ session, dialect, emitted }) => {
    await fill(session);
    emitted();
    session.budget({ statements: 3 });
    const read: string[] = [];
    let line = "";
    const error = await errorOf(async () => {
      for (const user of await session.scalars(oneByOne).all()) {
        line = nextLine();
        await user.posts;
        read.push(user.name);
      }
    });
    expect(read).toEqual(["ann", "bob"]);
    expect(emitted().filter((text) => text.startsWith("SELECT"))).toHaveLength(3);
    expect(error).toBeInstanceOf(UsageError);
    expect(sourceOf(error)).toBe(line);
    const placeholder = dialect.name === "sqlite" ? "?" : "$1";
    expect(error.message.replace(String(error.facts["source"]), "…")).toBe(
      "budget/statements: statement 4 is beyond the budget of 3 statements, and was not sent: load User › lazy posts, " +
        "at …, in: SELECT posts.id, posts.title, posts.body, posts.author_id FROM posts " +
        `WHERE ${placeholder} = posts.author_id ORDER BY posts.id\n` +
        "  hint: load what is related with the query, as .options(selectinload(User.c.posts)) does, or allow more",
    );
    expect(error.facts).toMatchObject({ limit: 3, counted: 4, verb: "SELECT" });
  },
);

spec("leaves a session that was refused a statement as it was", async ({ session, expectSql, emitted }) => {
  await fill(session);
  const [ann] = await session.scalars(oneByOne).all();
  ann!.name = "anna";
  await session.flush();
  session.budget({ statements: 0 });
  for (let attempt = 0; attempt < 2; attempt++) {
    const error = await errorOf(() => session.get(Post, 1));
    expect(error.message).toContain("budget/statements: statement 1 is beyond the budget of 0 statements");
    expect(error.message).toContain(": get Post, at ");
  }
  expect(session.isActive).toBe(true);
  expect(session.inTransaction()).toBe(true);
  emitted();
  await session.commit();
  expectSql(emitted(), ["COMMIT"]);
  session.budget(null);
  expect((await ann!.posts).map(({ title }) => title)).toEqual(["one", "two"]);
  await session.refresh(ann!);
  expect(ann!.name).toBe("anna");
});

spec("names the line of each kind of operation", async ({ session, target }) => {
  await fill(session);
  const ann = (await session.getOne(User, 1)) as User;
  session.budget({ statements: 0 });
  let line = "";
  const operations = [
    () => {
      line = nextLine();
      return session.get(User, 2);
    },
    () => {
      line = nextLine();
      return session.refresh(ann);
    },
    () => {
      line = nextLine();
      return session.execute(select(User.c.name)).all();
    },
    () => {
      line = nextLine();
      return session.scalar(sql`SELECT 1`);
    },
    () => {
      line = nextLine();
      return session.query(User).filterBy({ name: "ann" }).first();
    },
    () => {
      line = nextLine();
      return session.execute(insert(User).values({ name: "dan" })).rowCount;
    },
    () => {
      line = nextLine();
      return session.query(User).count();
    },
  ];
  for (const operation of operations) expect(sourceOf(await errorOf(operation))).toBe(line);
  if (target.colour === "sync") {
    session.expire(ann);
    line = nextLine();
    const plainRead = () => ann.name;
    expect(sourceOf(await errorOf(plainRead))).toBe(line);
  }
});

spec("never counts what begins and ends transactions and savepoints", async ({ session, emitted }) => {
  emitted();
  session.budget({ statements: 1 });
  session.begin();
  await session.beginNested();
  await session.execute(sql`SELECT 1`).all();
  await session.rollback();
  const nested = await session.beginNested();
  expect((await errorOf(() => session.execute(sql`SELECT 1`).all())).code).toBe("budget/statements");
  await nested.commit();
  await session.commit();
  const verbs = emitted().map((text) => text.split(" ")[0]);
  expect(verbs.slice(0, 4)).toEqual(["BEGIN", "SAVEPOINT", "SELECT", "ROLLBACK"]);
  expect(verbs.filter((verb) => verb === "SELECT")).toHaveLength(1);
  expect(verbs.at(-1)).toBe("COMMIT");
});

spec("counts what the session sends, not its connection", async ({ session }) => {
  session.budget({ statements: 0, rows: 0 });
  const connection = await session.connection();
  expect(await connection.execute(sql`SELECT 1`).all()).toHaveLength(1);
});

spec("counts what is executed with many sets of values once", async ({ session, expectStatements }) => {
  const ann = session.add(new User({ name: "ann" }));
  const bob = session.add(new User({ name: "bob" }));
  await session.commit();
  ann.name = "anna";
  bob.name = "rob";
  session.budget({ statements: 1 });
  await expectStatements(1, () => session.commit());
});

spec("fails a flush that goes beyond it, which is rolled back as any", async ({ session }) => {
  session.budget({ statements: 1 });
  session.add(new User({ name: "ann", posts: [new Post({ title: "one" })] }));
  const error = await errorOf(() => session.flush());
  expect(error.message).toContain(
    "statement 2 is beyond the budget of 1 statement, and was not sent: flush › emit",
  );
  expect(error.hint).toBe("write several rows with one statement, or allow more");
  expect((await errorOf(() => session.commit())).code).toBe("flush/failed-before");
  await session.rollback();
  session.budget(null);
  expect(await session.scalars(users).all()).toEqual([]);
});

spec(
  "keeps what a flush was to write, where flushes have savepoints",
  { session: { savepointFlush: true } },
  async ({ session }) => {
    session.budget({ statements: 1 });
    session.add(new User({ name: "ann", posts: [new Post({ title: "one" })] }));
    expect((await errorOf(() => session.commit())).code).toBe("budget/statements");
    session.budget(null);
    await session.commit();
    expect(await session.query(Post).count()).toBe(1);
  },
);

const NoteBase = declarativeBase();
const told: string[] = [];

class Folder extends NoteBase("folders", {
  id: integer().primaryKey(),
  get notes() {
    return oneToMany(Note, { backPopulates: "folder" });
  },
}) {
  onLoad() {
    told.push(`folder ${this.id}`);
  }
}

class Note extends NoteBase("notes", {
  id: integer().primaryKey(),
  get folderId() {
    return integer().references(Folder.c.id);
  },
  get folder() {
    return manyToOne(Folder, { backPopulates: "notes" });
  },
}) {}

spec(
  "leaves whole objects behind, when what should come with them is refused",
  { tables: NoteBase.metadata },
  async ({ session }) => {
    session.add(new Folder({ notes: [new Note({})] }));
    await session.commit();
    await session.close();
    told.length = 0;
    session.budget({ statements: 1 });
    const statement = select(Folder).options(selectinload(Folder.c.notes));
    expect((await errorOf(() => session.scalars(statement).one())).message).toContain(
      ": load Folder › selectin notes, at ",
    );
    expect(told).toEqual(["folder 1"]);
    session.budget(null);
    const folder = await session.getOne(Folder, 1);
    expect(await folder.notes).toHaveLength(1);
    expect((await session.scalars(statement).one()).notes).toHaveLength(1);
  },
);

// ---------------------------------------------------------------- rows

spec("refuses rows beyond a budget, before anything is made of them", async ({ session }) => {
  await fill(session);
  session.budget({ rows: 4 });
  expect(await session.scalars(users).all()).toHaveLength(3);
  await session.close();
  const line = nextLine();
  const error = await errorOf(() => session.scalars(users).all());
  expect(sourceOf(error)).toBe(line);
  expect(error.message.replace(String(error.facts["source"]), "…")).toBe(
    "budget/rows: 6 rows came, beyond the budget of 4 rows: load User, at …, " +
      "in: SELECT users.id, users.name FROM users ORDER BY users.id\n" +
      "  hint: select less with where() or limit(), load collections by selectinload() where joinedload() repeats rows, " +
      "or allow more",
  );
  expect(session.identityMap.size).toBe(0);
  expect(await session.scalars(users.where(User.c.name.eq("nobody"))).all()).toEqual([]);
  await session.commit();
});

spec("counts the rows that a join repeats, and none that a write returns", async ({ session }) => {
  await fill(session);
  session.budget({ rows: 5 });
  await session.execute(insert(User).values({ name: "dan" }).returning(User.c.id)).all();
  session.add(new User({ name: "eve" }));
  await session.commit();
  const error = await errorOf(() => session.scalars(users.options(joinedload(User.c.posts))).all());
  expect(error.facts).toMatchObject({ limit: 5, counted: 8 });
});

// ---------------------------------------------------------------- how long it holds

spec("holds until it is replaced or lifted, and counts anew", async ({ session }) => {
  await fill(session);
  const read = () => session.scalars(users).all();
  const isRefused = async () => (await errorOf(read)).code;
  session.budget({ statements: 1 });
  await read();
  session.budget({ statements: 2, rows: 3 });
  await read();
  expect(await isRefused()).toBe("budget/rows");
  expect(await isRefused()).toBe("budget/statements");
  session.budget(null);
  await read();
});

spec("holds for a function, and puts the former one back", async ({ session }) => {
  await fill(session);
  const read = () => session.scalars(users).all();
  session.budget({ statements: 2 });
  await read();
  expect(await session.budget({ statements: 1 }, read)).toHaveLength(3);
  const inner = await errorOf(() => session.budget({ statements: 0 }, read));
  expect(inner.message).toContain("beyond the budget of 0 statements");
  expect(await session.budget(null, read)).toHaveLength(3);
  await read();
  const outer = await errorOf(read);
  expect(outer.message).toContain("statement 3 is beyond the budget of 2 statements");
});

spec(
  "holds for several statements of a function that is async",
  { colours: ["async"] },
  async ({ session }) => {
    await fill(session);
    const error = await errorOf(() =>
      session.budget({ statements: 2 }, async () => {
        for (const user of await session.scalars(oneByOne)) await user.posts;
      }),
    );
    expect(error.facts).toMatchObject({ limit: 2, counted: 3 });
    await session.scalars(users).all();
  },
);

spec("holds for a transaction, whose commit flushes", async ({ session }) => {
  const line = nextLine();
  const write = () => session.begin(() => void session.add(new User({ name: "ann" })));
  const error = await errorOf(() => session.budget({ statements: 0 }, write));
  expect(error.during).toBe("flush");
  expect(sourceOf(error)).toBe(line);
  expect(session.inTransaction()).toBe(false);
});

// ---------------------------------------------------------------- wrong arguments

spec("says what is wrong with a budget", async ({ session }) => {
  const wrong: [unknown, string][] = [
    [{}, "budget/limits: a budget has a limit of statements, of rows, or of both, got: {}"],
    [3, "budget/limits: a budget has a limit of statements, of rows, or of both, got: 3"],
    [undefined, "budget/limits: a budget has a limit of statements, of rows, or of both, got: undefined"],
    [{ statement: 3 }, "budget/unknown-limit: a budget has no limit statement"],
    [{ rows: -1 }, "budget/limit: the limit rows of a budget expects a whole number, from 0 up, got: -1"],
    [
      { statements: 2.5 },
      "budget/limit: the limit statements of a budget expects a whole number, from 0 up, got: 2.5",
    ],
    [
      { statements: undefined },
      "budget/limit: the limit statements of a budget expects a whole number, from 0 up, got: undefined",
    ],
  ];
  for (const [limits, sentence] of wrong) {
    const error = await errorOf(() => session.budget(limits as { rows: number }));
    expect(error.message.split("\n")[0]).toBe(sentence);
    const within = await errorOf(() => session.budget(limits as { rows: number }, () => 1));
    expect(within.message).toBe(error.message);
  }
  expect((await errorOf(() => session.budget({ statement: 3 } as object))).hint).toBe(
    "did you mean statements? there are: statements and rows",
  );
  await session.execute(sql`SELECT 1`).all();
});
