import { expect } from "vitest";
import {
  declarativeBase,
  deleteFrom,
  inspect,
  integer,
  json,
  loadOnly,
  makeTransient,
  makeTransientToDetached,
  manyToOne,
  objectSession,
  oneToMany,
  Session,
  scopedSession,
  select,
  string,
  text,
  update,
} from "../../src/entries/index.ts";
import { SyncSession } from "../../src/entries/sync.ts";
import type { SpecContext } from "../../src/testing/spec.ts";
import { specWith } from "../support/spec.ts";

const Base = declarativeBase();

class Author extends Base("authors", {
  id: integer().primaryKey(),
  name: string(20)
    .unique()
    .validate((name) => {
      if (name === "") throw new RangeError("a name is not empty");
      return String(name).trim();
    }),
  bio: text().nullable().deferred(),
  motto: text().nullable().deferred({ group: "texts" }),
  notes: text().nullable().deferred({ group: "texts" }),
  data: json<{ tags: string[] }>().nullable(),
  revision: integer().version(),
  get books() {
    return oneToMany(Book, {
      backPopulates: "author",
      cascade: "all, delete-orphan",
      orderBy: () => Book.c.id,
      validate: (book) => {
        if ((book as Book).title === "banned") throw new RangeError("this book is banned");
        return book;
      },
    });
  },
}) {}

class Book extends Base("books", {
  id: integer().primaryKey(),
  title: string(20),
  get authorId() {
    return integer().references(Author.c.id);
  },
  get author() {
    return manyToOne(Author, { backPopulates: "books" });
  },
}) {}

class Town extends Base("towns", {
  code: string(5).primaryKey(),
  name: string().nullable(),
  get streets() {
    return oneToMany(Street, { backPopulates: "town" });
  },
}) {}

class Street extends Base("streets", {
  id: integer().primaryKey(),
  get townCode() {
    return string(5).nullable().references(Town.c.code, { onUpdate: "cascade" });
  },
  get town() {
    return manyToOne(Town, { backPopulates: "streets" });
  },
}) {}

const spec = specWith({ tables: Base.metadata });

/** Runs in either colour: what throws at once and what rejects look the same. */
const rejection = async (run: () => unknown): Promise<unknown> => {
  try {
    await run();
  } catch (error) {
    return error;
  }
  throw new Error("nothing failed");
};

// ---------------------------------------------------------------- states

spec(
  "follows an object from transient to detached",
  { session: { expireOnCommit: true } },
  async ({ session }) => {
    const ann = new Author({ name: "ann" });
    expect(inspect(ann).state).toBe("transient");
    session.add(ann);
    expect(inspect(ann).state).toBe("pending");
    expect(objectSession(ann)).toBe(session);
    await session.flush();
    expect(inspect(ann)).toMatchObject({ state: "persistent", identity: [1], modified: false });
    await session.delete(ann);
    expect(session.deleted.has(ann)).toBe(true);
    await session.flush();
    expect(inspect(ann).state).toBe("deleted");
    await session.commit();
    expect(inspect(ann).state).toBe("detached");
    expect(objectSession(ann)).toBeNull();
    makeTransient(ann);
    expect(inspect(ann)).toMatchObject({ state: "transient", identity: null });
    session.add(ann);
    await session.commit();
    expect(inspect(ann).state).toBe("persistent");
  },
);

spec("makes a detached object of a known key, and attaches it", async ({ session, openSession }) => {
  session.add(new Author({ name: "ann" }));
  await session.commit();
  await session.close();
  const other = openSession();
  const known = new Author({ id: 1 });
  makeTransientToDetached(known);
  expect(inspect(known)).toMatchObject({ state: "detached", identity: [1] });
  other.add(known);
  await other.refresh(known);
  expect(known.name).toBe("ann");
});

spec("undoes states and values with a savepoint and with the transaction", async ({ session }) => {
  const ann = session.add(new Author({ name: "ann" }));
  await session.commit();
  ann.name = "anne";
  await session.flush();
  const savepoint = await session.beginNested();
  const bob = session.add(new Author({ name: "bob" }));
  await session.delete(ann);
  await session.flush();
  await savepoint.rollback();
  expect([inspect(ann).state, inspect(bob).state]).toEqual(["persistent", "transient"]);
  await session.refresh(ann);
  expect(ann.name).toBe("anne");
  await session.rollback();
  await session.refresh(ann);
  expect(ann.name).toBe("ann");
});

spec("tells what changed", async ({ session }) => {
  const ann = session.add(new Author({ name: "ann", books: [new Book({ title: "one" })] }));
  await session.flush();
  const [one] = await ann.books;
  ann.name = "anne";
  ann.books.push(new Book({ title: "two" }));
  expect(inspect(ann).history("name")).toEqual({ added: ["anne"], unchanged: [], deleted: ["ann"] });
  const { added, unchanged } = inspect(ann).history("books");
  expect([(added as Book[]).map(({ title }) => title), unchanged]).toEqual([["two"], [one]]);
  expect(session.isModified(ann)).toBe(true);
  expect([...session.dirty]).toEqual([ann]);
  await session.flush();
  expect(session.isModified(ann)).toBe(false);
});

spec("takes an object out with what its expunge cascade reaches", async ({ session }) => {
  const ann = session.add(new Author({ name: "ann", books: [new Book({ title: "one" })] }));
  await session.commit();
  const [one] = await ann.books;
  ann.name = "anne";
  session.expunge(ann);
  expect([inspect(ann).state, inspect(one!).state]).toEqual(["detached", "detached"]);
  await session.commit();
  expect(await session.scalars(select(Author.c.name)).all()).toEqual(["ann"]);
});

// ---------------------------------------------------------------- flush

spec("does not flush within noAutoflush", async ({ session }) => {
  session.add(new Author({ name: "ann" }));
  const within = () => session.scalars(select(Author.c.name)).all();
  expect(await session.noAutoflush(within)).toEqual([]);
  expect(await within()).toEqual(["ann"]);
});

spec("turns a delete and an insert of one key into an update", async ({ session, emitted }) => {
  const old = session.add(new Town({ code: "LON", name: "London" }));
  await session.commit();
  await session.delete(old);
  const next = session.add(new Town({ code: "LON", name: "Londinium" }));
  emitted();
  await session.flush();
  const writes = emitted().filter((line) => !/^(BEGIN|SELECT)/.test(line));
  expect(writes).toHaveLength(1);
  expect(writes[0]).toContain("UPDATE towns");
  expect(inspect(next).state).toBe("persistent");
});

spec("carries a changed primary key to the rows that refer to it", async ({ session, emitted }) => {
  const town = session.add(new Town({ code: "LON", streets: [new Street(), new Street()] }));
  await session.commit();
  const streets = [...(await town.streets)];
  for (const street of streets) await session.refresh(street);
  emitted();
  town.code = "LDN";
  await session.flush();
  // ON UPDATE CASCADE writes the rows; the objects follow.
  expect(emitted().filter((line) => line.startsWith("UPDATE"))).toHaveLength(1);
  expect(streets.map(({ townCode }) => townCode)).toEqual(["LDN", "LDN"]);
  expect(await session.scalars(select(Street.c.townCode)).all()).toEqual(["LDN", "LDN"]);
  expect(await session.get(Town, "LDN")).toBe(town);
  expect(await session.get(Town, "LON")).toBeNull();
});

spec(
  "mends a failed flush within a savepoint",
  { session: { savepointFlush: true } },
  async ({ session }) => {
    const ann = session.add(new Author({ name: "ann" }));
    const gone = session.add(new Author({ name: "gone", books: [new Book({ title: "one" })] }));
    await session.flush();
    await session.delete(gone);
    ann.data = { tags: ["x"] };
    const twin = session.add(new Author({ name: "ann" }));
    for (let attempt = 0; attempt < 2; attempt++) {
      expect(await rejection(() => session.flush())).toMatchObject({
        code: "conflict/unique",
        objects: [twin],
      });
      expect([...session.new]).toEqual([twin]);
      expect(session.deleted.has(gone)).toBe(true);
      expect(session.dirty.has(ann)).toBe(true);
      expect([inspect(twin).state, inspect(ann).modified]).toEqual(["pending", true]);
      expect(session.isActive).toBe(true);
    }
    twin.name = "twin";
    await session.commit();
    expect(await session.scalars(select(Author.c.name).orderBy(Author.c.id)).all()).toEqual(["ann", "twin"]);
    expect(await session.scalars(select(Author.c.data).where(Author.c.name.eq("ann"))).all()).toEqual([
      { tags: ["x"] },
    ]);
  },
);

spec("counts versions, and notices a row that someone else changed", async ({ session }) => {
  const ann = session.add(new Author({ name: "ann" }));
  await session.flush();
  expect(ann.revision).toBe(1);
  ann.name = "anne";
  await session.flush();
  expect(ann.revision).toBe(2);
  const elsewhere = update(Author).set({ revision: 9 });
  await session.execute(elsewhere, undefined, { synchronizeSession: "none" });
  ann.name = "anna";
  expect(await rejection(() => session.flush())).toMatchObject({ code: "flush/stale" });
  expect(await rejection(() => session.scalars(select(Author)).all())).toMatchObject({
    code: "flush/failed-before",
  });
  await session.rollback();
});

spec("says that the row of an object is gone", async ({ session }) => {
  const ann = session.add(new Author({ name: "ann" }));
  await session.flush();
  await session.execute(deleteFrom(Author), undefined, { synchronizeSession: "none" });
  expect(await rejection(() => session.refresh(ann))).toMatchObject({ code: "load/object-gone" });
});

// ---------------------------------------------------------------- attributes

spec("passes values through validators, wherever they come from", async ({ session }) => {
  const ann = session.add(new Author({ name: " ann " }));
  expect(ann.name).toBe("ann");
  expect(() => {
    ann.name = "";
  }).toThrow(RangeError);
  expect(() => new Author({ books: [new Book({ title: "banned" })] })).toThrow("banned");
  const book = new Book({ title: "banned" });
  expect(() => {
    book.author = ann;
  }).toThrow("banned");
  await session.commit();
  expect(await session.scalars(select(Book.c.id)).all()).toEqual([]);
});

spec("finds what changed inside a value", async ({ session, emitted }) => {
  const ann = session.add(new Author({ name: "ann", data: { tags: ["a"] } }));
  await session.commit();
  await session.refresh(ann);
  emitted();
  await session.flush();
  expect(emitted()).toEqual([]);
  ann.data?.tags.push("b");
  expect(session.isModified(ann)).toBe(true);
  await session.commit();
  expect(await session.scalars(select(Author.c.data)).all()).toEqual([{ tags: ["a", "b"] }]);
});

spec("reads deferred columns when asked, a group together", async (context) => {
  const { session, openSession, emitted, target } = context;
  session.add(new Author({ name: "ann", bio: "b", motto: "m", notes: "n" }));
  await session.commit();
  await session.close();
  const other = openSession();
  const ann = await other.scalars(select(Author)).one();
  expect(inspect(ann).unloaded).toEqual(expect.arrayContaining(["bio", "motto", "notes"]));
  emitted();
  if (target.colour === "sync") {
    expect([ann.motto, ann.notes]).toEqual(["m", "n"]);
  } else {
    expect(() => ann.motto).toThrow("load/column-needs-refresh");
    await other.refresh(ann, ["motto", "notes"]);
    expect([ann.motto, ann.notes]).toEqual(["m", "n"]);
  }
  expect(emitted()).toHaveLength(1);
  ann.bio = "new";
  await other.commit();
  expect(await other.scalars(select(Author.c.bio)).all()).toEqual(["new"]);
});

spec("expires and refreshes some attributes", async ({ session, emitted }) => {
  const ann = session.add(new Author({ name: "ann", data: { tags: [] } }));
  await session.flush();
  await session.execute(update(Author).set({ name: "anne" }), undefined, { synchronizeSession: "none" });
  expect(ann.name).toBe("ann");
  session.expire(ann, ["name"]);
  emitted();
  await session.refresh(ann, ["name"]);
  expect(emitted()).toHaveLength(1);
  expect(ann.name).toBe("anne");
});

spec("merges a detached graph, and takes values as they are where told", async ({ session, openSession }) => {
  const ann = session.add(new Author({ name: "ann", books: [new Book({ title: "one" })] }));
  await session.commit();
  await session.refresh(ann);
  const [one] = await ann.books;
  await session.refresh(one!);
  await session.close();
  ann.name = "anne";
  one!.title = "uno";
  const other = openSession();
  const merged = (await other.merge(ann)) as Author;
  expect(merged).not.toBe(ann);
  await other.commit();
  expect(await other.scalars(select(Book.c.title)).all()).toEqual(["uno"]);
  await other.close();
  const unchanged = (await other.scalars(select(Author)).all())[0]!;
  await other.close();
  const third = openSession();
  const taken = (await third.merge(unchanged, { load: false })) as Author;
  expect(taken).not.toBe(unchanged);
  expect(taken.name).toBe("anne");
  expect(third.isModified(taken)).toBe(false);
});

// ---------------------------------------------------------------- locks and foreign transactions

spec("locks rows", { needs: ["forUpdate"] }, async ({ session, emitted }) => {
  session.add(new Author({ name: "ann" }));
  await session.commit();
  const ann = await session.get(Author, 1, { withForUpdate: true });
  await session.refresh(ann!, undefined, { withForUpdate: { nowait: true } });
  await session.scalars(select(Author).withForUpdate({ skipLocked: true, of: [Author] })).all();
  const locks = emitted().flatMap((line) => /FOR UPDATE.*?(?= --|$)/.exec(line)?.[0] ?? []);
  expect(locks).toEqual(["FOR UPDATE", "FOR UPDATE NOWAIT", "FOR UPDATE OF authors SKIP LOCKED"]);
});

/** A session of the spec's colour on a connection that somebody else began a transaction on. */
async function joined(
  { engine, target }: SpecContext,
  mode: "conditional_savepoint" | "rollback_only" | "control_fully" | "create_savepoint",
) {
  const connection = await engine.connect();
  await connection.begin();
  const options = { joinTransactionMode: mode, expireOnCommit: false };
  const session =
    target.colour === "sync"
      ? (new SyncSession(connection as never, options) as unknown as Session)
      : new Session(connection, options);
  return { connection, session };
}

const count = select(Author.c.id);

for (const mode of ["rollback_only", "conditional_savepoint", "create_savepoint"] as const) {
  spec(`leaves the transaction that it was given to its owner (${mode})`, async (context) => {
    const { connection, session } = await joined(context, mode);
    session.add(new Author({ name: "ann" }));
    await session.commit();
    session.add(new Author({ name: "bob" }));
    await session.commit();
    await session.close();
    expect(await connection.execute(count).all()).toHaveLength(2);
    await connection.rollback();
    await connection.close();
    expect(await context.session.scalars(count).all()).toEqual([]);
  });
}

spec("ends the transaction that it was given, where told", async (context) => {
  const { connection, session } = await joined(context, "control_fully");
  session.add(new Author({ name: "ann" }));
  await session.commit();
  await session.close();
  await connection.close();
  expect(await context.session.scalars(count).all()).toHaveLength(1);
});

spec("undoes only its own part where it joins by a savepoint", async (context) => {
  const { connection, session } = await joined(context, "create_savepoint");
  await connection.execute(update(Author).set({ name: "x" }));
  session.add(new Author({ name: "ann" }));
  await session.commit();
  session.add(new Author({ name: "bob" }));
  await session.flush();
  await session.rollback();
  await session.close();
  await connection.commit();
  await connection.close();
  expect(await context.session.scalars(select(Author.c.name)).all()).toEqual(["ann"]);
});

// ---------------------------------------------------------------- beginning and ending

spec("begins by itself only where it may", { session: { autobegin: false } }, async ({ session }) => {
  expect(await rejection(() => session.scalars(count).all())).toMatchObject({ code: "session/not-begun" });
  const transaction = session.begin();
  session.add(new Author({ name: "ann" }));
  await transaction.commit();
  expect(await rejection(() => session.commit())).toMatchObject({ code: "session/not-begun" });
});

spec("drops a connection that nobody trusts any more", async ({ session, engine, target }) => {
  session.add(new Author({ name: "ann" }));
  await session.commit();
  session.add(new Author({ name: "bob" }));
  await session.flush();
  await session.invalidate();
  expect(session.inTransaction()).toBe(false);
  expect(engine.poolStatus.size).toBe(0);
  // A database in memory goes with its connection.
  if (target.name === "postgresql") {
    expect(await session.scalars(select(Author.c.name)).all()).toEqual(["ann"]);
  }
});

spec("deletes many objects with a few reads", async ({ session, openSession, emitted }) => {
  for (let n = 0; n < 10; n++) session.add(new Author({ name: `a${n}`, books: [new Book({ title: "t" })] }));
  await session.commit();
  await session.close();
  const other = openSession();
  const authors = await other.scalars(select(Author)).all();
  emitted();
  const withNew = [...authors, new Author({ name: "new" })];
  expect(await rejection(() => other.deleteAll(withNew))).toMatchObject({ code: "session/not-persistent" });
  expect([emitted(), other.deleted.size]).toEqual([[], 0]);
  await other.deleteAll(authors);
  expect(emitted()).toHaveLength(1);
  await other.commit();
  expect(await other.scalars(select(Book.c.id)).all()).toEqual([]);
});

spec("does not begin anew for an object that it deleted", async ({ session, openSession }) => {
  session.add(new Author({ name: "ann", books: [new Book({ title: "a" })] }));
  await session.commit();
  const other = openSession();
  const book = (await other.get(Book, 1))!;
  await other.delete(book);
  await other.flush();
  await other.close();
  expect(inspect(book).state).toBe("deleted");
  expect(await rejection(async () => await book.author)).toMatchObject({ code: "load/detached" });
  expect(other.inTransaction()).toBe(false);
  expect(() => session.add(book)).toThrow("is deleted");
});

// ---------------------------------------------------------------- scopes

spec("gives the session of the scope that runs", async ({ openSession }) => {
  const opened: object[] = [];
  const current = scopedSession(() => {
    const session = openSession();
    opened.push(session);
    return session;
  });
  expect(() => current()).toThrow("there is no scope here that a session could belong to");
  await current.run(async (session) => {
    expect(current()).toBe(session);
    session.add(new Town({ code: "a" }));
    await session.commit();
    expect(current()).toBe(session);
    expect(current.has()).toBe(true);
    await current.remove();
    expect(current.has()).toBe(false);
    expect(await current().query(Town).count()).toBe(1);
  });
  const failed = await rejection(() =>
    current.run((session) => {
      session.add(new Town({ code: "b" }));
      throw new RangeError("no");
    }),
  );
  expect(failed).toBeInstanceOf(RangeError);
  await current.run(async (session) => expect(await session.query(Town).count()).toBe(1));
  expect(new Set(opened).size).toBe(4);
});

spec("finds the scope where it is told to look", async ({ openSession }) => {
  let request = { number: 1 };
  const current = scopedSession(
    () => openSession(),
    () => request,
  );
  const first = current();
  expect(current()).toBe(first);
  request = { number: 2 };
  expect(current()).not.toBe(first);
  await current.remove();
  expect(current.has()).toBe(false);
});

spec("reads the version with whatever columns are chosen", async ({ session, openSession }) => {
  session.add(new Author({ name: "ann", books: [] }));
  await session.commit();
  const other = openSession();
  const ann = await other.scalars(select(Author).options(loadOnly(Author.c.name))).one();
  ann.name = "bea";
  await other.commit();
  expect(await other.scalars(select(Author.c.name)).all()).toEqual(["bea"]);
});

spec(
  "keeps the order of what a listener begins while a statement is on its way",
  { colours: ["async"] },
  async ({ session, engine }) => {
    session.addAll([new Author({ name: "ann", books: [] }), new Author({ name: "bob", books: [] })]);
    await session.commit();
    const order: string[] = [];
    let later: Promise<unknown> | undefined;
    engine.on("statement", ({ verb }) => {
      order.push(verb);
      later ??= session.scalars(select(Author).where(Author.c.name.eq("bob"))).all();
    });
    expect(await session.scalars(select(Author)).all()).toHaveLength(2);
    expect(await later).toHaveLength(1);
    expect(await session.get(Author, 1)).toMatchObject({ name: "ann", books: [] });
    await Promise.all([session.commit(), session.scalars(select(Author)).all()]);
    expect(order.filter((verb) => verb === "SELECT")).toHaveLength(3);
    expect(session.inTransaction()).toBe(true);
  },
);

spec(
  "refuses names that are none of a method's options",
  async ({ session, openSession, expectStatements }) => {
    const ann = new Author({ name: "ann", books: [] });
    session.add(ann);
    await session.commit();
    const { id } = ann;
    const all = select(Author);
    const wrong: readonly (readonly [
      what: string,
      option: string,
      nearest: string | undefined,
      run: (options: never) => unknown,
    ])[] = [
      ["get()", "opts", "options", (options) => session.get(Author, id, options)],
      ["get()", "populateexisting", "populateExisting", (options) => session.getOne(Author, id, options)],
      ["refresh()", "options", undefined, (options) => session.refresh(ann, undefined, options)],
      ["merge()", "laod", "load", (options) => session.merge(ann, options)],
      ["merge()", "laod", "load", (options) => session.mergeAll([ann], options)],
      ["history()", "loads", "load", (options) => session.history(ann, "name", options)],
      [
        "execute() or scalars()",
        "yieldper",
        "yieldPer",
        (options) => session.scalars(all, undefined, options).all(),
      ],
      [
        "execute() or scalars()",
        "autoFlush",
        "autoflush",
        (options) => session.execute(all, undefined, options).all(),
      ],
      [
        "execute() or scalars()",
        "yieldper",
        "yieldPer",
        (options) => session.scalars(all, undefined, { yieldPer: 2, ...(options as object) }).all(),
      ],
      ["withForUpdate", "nowiat", "nowait", (options) => session.get(Author, id, { withForUpdate: options })],
      [
        "executionOptions of a session",
        "populateExsting",
        "populateExisting",
        (executionOptions) => openSession({ executionOptions }),
      ],
    ];
    await expectStatements(0, async () => {
      for (const [what, option, nearest, run] of wrong) {
        const refused = (async () => await run({ [option]: true } as never))();
        await expect(refused).rejects.toMatchObject({
          code: "session/unknown-option",
          message: expect.stringContaining(`${what} has no option ${option}`),
          hint: expect.stringContaining(nearest ?? ""),
        });
      }
    });
  },
);
