import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect } from "vitest";
import type { Engine, EngineConnection } from "../../src/engine/engine.ts";
import { SyncResult } from "../../src/engine/sync-result.ts";
import {
  func,
  immediateload,
  insert,
  joinedload,
  select,
  selectinload,
  sql,
  subqueryload,
  update,
} from "../../src/entries/index.ts";
import type { Session } from "../../src/orm/session/session.ts";
import type { SpecContext } from "../../src/testing/spec.ts";
import { specWith } from "../support/spec.ts";
import { Base, Post, Profile, Tag, User } from "./models.ts";

const spec = specWith({ tables: Base.metadata, session: { expireOnCommit: false } });

const users = select(User).orderBy(User.c.id);

async function fill(session: Session, count = 5): Promise<void> {
  const red = new Tag({ label: "red" });
  session.addAll(
    Array.from({ length: count }, (_, index) => {
      const posts = [new Post({ title: `${index} a`, tags: [red] }), new Post({ title: `${index} b` })];
      return new User({ name: `u${index}`, profile: new Profile({ bio: `b${index}` }), posts });
    }),
  );
  await session.commit();
  await session.close();
}

/** Runs a step in every round of a loop over the users, two at a time. */
async function eachUser(
  session: Session,
  step: (user: User) => unknown,
  statement = users.yieldPer(2),
): Promise<void> {
  for await (const user of session.scalars(statement)) await step(user);
}

/** Cursors that the database still has open, where it tells. */
async function openCursors({ dialect, session }: SpecContext): Promise<number> {
  if (dialect.name !== "postgresql") return 0;
  return Number(await session.scalar(sql`SELECT count(*) FROM pg_cursors WHERE name LIKE 'ormolu%'`));
}

describe("a result in portions", () => {
  spec("comes by a cursor", { pglite: true }, async ({ session, expectStatements }) => {
    await fill(session);
    const names: string[] = [];
    await expectStatements(1, () => eachUser(session, (user) => names.push(user.name)));
    expect(names).toEqual(["u0", "u1", "u2", "u3", "u4"]);
  });

  spec("comes in partitions", async ({ session, expectStatements }) => {
    await fill(session);
    const sizes = async (partitions: AsyncIterable<unknown[]>) => {
      const all: number[] = [];
      for await (const portion of partitions) all.push(portion.length);
      return all;
    };
    await expectStatements(3, async () => {
      expect(await sizes(session.scalars(users.yieldPer(2)).partitions())).toEqual([2, 2, 1]);
      expect(await sizes(session.scalars(users.yieldPer(2)).partitions(3))).toEqual([3, 2]);
      // Without yieldPer the rows are read at once, and cut.
      expect(await sizes(session.scalars(users).partitions(4))).toEqual([4, 1]);
    });
  });

  spec("is asked for in four ways", async ({ session, expectStatements }) => {
    await fill(session);
    const count = async (rows: AsyncIterable<unknown>) => {
      let found = 0;
      for await (const row of rows) found += row === undefined ? 0 : 1;
      return found;
    };
    const loaded = users.options(selectinload(User.c.profile));
    // One statement for the users, and one for the profiles of each portion.
    const options = { yieldPer: 2 };
    await expectStatements(4, async () => {
      const all = await session.scalars(loaded, undefined, options).all();
      expect(all.map(({ profile }) => profile?.bio)).toEqual(["b0", "b1", "b2", "b3", "b4"]);
    });
    await session.close();
    await expectStatements(4, () => count(session.execute(loaded, undefined, options)));
    await expectStatements(4, () => count(session.scalars(loaded.executionOptions(options))));
    const query = session.query(User).options(selectinload(User.c.profile)).yieldPer(2);
    await expectStatements(4, () => count(query));
  });

  spec("gives rows, mappings and columns too", async ({ session, expectStatements }) => {
    await fill(session, 3);
    const rows = await expectStatements(1, () =>
      session.execute(select(User.c.id, User).orderBy(User.c.id).yieldPer(2)).all(),
    );
    expect(rows.map(([id, user]) => [id, user.name])).toEqual([
      [1, "u0"],
      [2, "u1"],
      [3, "u2"],
    ]);
    const named = session.execute(select(User.c.name).orderBy(User.c.id).yieldPer(2)).mappings();
    expect(await named.all()).toEqual([{ name: "u0" }, { name: "u1" }, { name: "u2" }]);
    const options = { yieldPer: 2 };
    const byHand = session.scalars(sql`SELECT name FROM users ORDER BY id`, undefined, options);
    expect(await byHand.all()).toEqual(["u0", "u1", "u2"]);
    const one = (id: number) => select(User.c.id).where(User.c.id.eq(id));
    const either = one(1).union(one(3));
    expect((await session.scalars(either, undefined, options).all()).sort()).toEqual([1, 3]);
  });

  spec("can be taken as a whole, or in pieces", async ({ session }) => {
    await fill(session);
    const result = session.scalars(users.yieldPer(2));
    expect((await result.fetchMany(3)).map(({ id }) => id)).toEqual([1, 2, 3]);
    expect((await result.all()).map(({ id }) => id)).toEqual([4, 5]);
    expect((await session.scalars(users.yieldPer(2)).first())?.name).toBe("u0");
    expect((await session.scalars(users.where(User.c.id.eq(2)).yieldPer(2)).one()).name).toBe("u1");
    expect(await session.scalars(users.where(User.c.id.eq(9)).yieldPer(2)).first()).toBeNull();
    expect(await session.scalars(users.where(User.c.id.eq(9)).yieldPer(2)).all()).toEqual([]);
  });

  spec("is read once", async ({ session }) => {
    await fill(session);
    const result = session.scalars(users.yieldPer(2));
    expect(await result.first()).toMatchObject({ id: 1 });
    const again = async () => await result.all();
    await expect(again()).rejects.toMatchObject({ code: "result/consumed" });
  });

  spec("cannot tell what only a whole result knows", async ({ session }) => {
    await fill(session);
    const result = session.execute(users.yieldPer(2));
    const told = ["rowCount", "lastInsertId"] as const;
    for (const name of told) {
      await expect(async () => await result[name]).rejects.toMatchObject({ code: "result/streamed" });
    }
    await expect(async () => await result.keys()).rejects.toMatchObject({ code: "result/streamed" });
    await expect(async () => await result.unique()).rejects.toMatchObject({
      code: "result/unique-in-portions",
    });
  });

  spec("has no positions", { colours: ["sync"] }, async ({ session }) => {
    await fill(session);
    const result = session.scalars(users.yieldPer(2)) as unknown as User[];
    const streamed = expect.objectContaining({ code: "result/streamed" });
    expect(() => result.length).toThrow(streamed);
    expect(() => result[0]).toThrow(streamed);
    expect(() => result[1]).toThrow(expect.objectContaining({ facts: { what: "[1]" } }));
    expect(() => result[12]).toThrow(streamed);
    expect(await session.scalars(users.yieldPer(2)).mappings().fetchMany(1)).toHaveLength(1);
    expect(result).toBeInstanceOf(SyncResult);
    expect(await session.scalars(users.yieldPer(2).limit(1)).one()).toMatchObject({ id: 1 });
  });

  spec("is of one query", async ({ session }) => {
    const options = { yieldPer: 2 };
    const cannot = { code: "session/cannot-stream" };
    const made = insert(User).values({ name: "ann" }).returning(User);
    await expect(async () => await session.scalars(made, undefined, options).all()).rejects.toMatchObject(
      cannot,
    );
    const lists = async () => await session.scalars(users, [{}, {}], options).all();
    await expect(lists).rejects.toMatchObject(cannot);
    expect(() => users.yieldPer(0)).toThrow(expect.objectContaining({ code: "result/wrong-size" }));
    const half = async () => await session.scalars(users, undefined, { yieldPer: 1.5 }).all();
    await expect(half).rejects.toMatchObject({ code: "result/wrong-size" });
  });
});

describe("what is loaded with a portion", () => {
  spec("comes with each portion: selectinload", async ({ session, expectStatements }) => {
    await fill(session);
    const statement = users
      .yieldPer(2)
      .options(selectinload(User.c.posts).selectinload(Post.c.tags), selectinload(User.c.profile));
    let tags = 0;
    // The users, and three statements for each of three portions.
    await expectStatements(10, async () => {
      for await (const user of session.scalars(statement)) {
        expect(user.profile?.bio).toBe(`b${user.id - 1}`);
        for (const post of user.posts) tags += post.tags.length;
      }
    });
    expect(tags).toBe(5);
  });

  spec("comes with each object: immediateload", async ({ session, expectStatements }) => {
    await fill(session);
    const statement = users.yieldPer(2).options(immediateload(User.c.posts));
    await expectStatements(6, () =>
      eachUser(session, (user) => expect(user.posts).toHaveLength(2), statement),
    );
  });

  spec("comes with the statement: joinedload of one object", async ({ session, expectStatements }) => {
    await fill(session);
    const statement = select(Post).orderBy(Post.c.id).options(joinedload(Post.c.author)).yieldPer(3);
    const authors = new Set<unknown>();
    await expectStatements(1, async () => {
      for await (const post of session.scalars(statement)) authors.add(post.author);
    });
    expect(authors.size).toBe(5);
  });

  spec("is loaded for the siblings of the portion when it is read", async ({ session, expectStatements }) => {
    await fill(session);
    await expectStatements(4, () => eachUser(session, async (user) => await user.posts));
  });

  spec("needs no rows but those of the portion", async ({ session }) => {
    await fill(session);
    const whole = { code: "load/needs-all-rows" };
    const joined = users.yieldPer(2).options(joinedload(User.c.posts));
    await expect(eachUser(session, () => undefined, joined)).rejects.toMatchObject({
      ...whole,
      message: expect.stringContaining(
        "User.posts is loaded by joining a collection, which needs all rows, and this result comes in portions",
      ),
    });
    const subquery = users.yieldPer(2).options(subqueryload(User.c.posts));
    await expect(eachUser(session, () => undefined, subquery)).rejects.toMatchObject(whole);
    const behind = select(Post).yieldPer(2).options(joinedload(Post.c.author).joinedload(User.c.posts));
    await expect(async () => await session.scalars(behind).all()).rejects.toMatchObject(whole);
    // Behind a select-in load, a statement has all rows of its own.
    const apart = users.yieldPer(2).options(selectinload(User.c.posts).joinedload(Post.c.tags));
    expect(await session.scalars(apart).all()).toHaveLength(5);
  });

  spec("replaces each object once: populateExisting", async ({ session, openSession }) => {
    await fill(session, 3);
    const again = openSession({ autoflush: false });
    const [first] = await again.scalars(users).all();
    first!.name = "unsaved";
    const statement = select(Post)
      .orderBy(Post.c.authorId, Post.c.id)
      .options(joinedload(Post.c.author))
      .executionOptions({ populateExisting: true, yieldPer: 1 });
    const names: string[] = [];
    for await (const post of again.scalars(statement)) {
      const { author } = post;
      names.push(author!.name);
      author!.name = "changed";
    }
    // The second post of an author comes in a later portion.
    expect(names).toEqual(["u0", "changed", "u1", "changed", "u2", "changed"]);
  });
});

describe("an open cursor", () => {
  spec("is closed by whoever leaves the loop", async (context) => {
    const { session } = context;
    await fill(session);
    for await (const user of session.scalars(users.yieldPer(2))) if (user.id === 3) break;
    expect(await openCursors(context)).toBe(0);
    const failing = eachUser(session, (user) => {
      if (user.id === 3) throw new Error("enough");
    });
    await expect(failing).rejects.toThrow("enough");
    expect(await openCursors(context)).toBe(0);
    await eachUser(session, () => undefined);
    expect(await openCursors(context)).toBe(0);
    await session.commit();
  });

  spec("is closed by what fails in the database", async ({ session, openSession }) => {
    await fill(session);
    const again = openSession();
    const shifted = sql`SELECT name FROM users ORDER BY nowhere`;
    const read = async () => await again.scalars(shifted, undefined, { yieldPer: 2 }).all();
    await expect(read).rejects.toMatchObject({ code: expect.stringMatching(/^database\//) });
    await again.rollback();
    expect(await again.scalars(users.yieldPer(2)).all()).toHaveLength(5);
  });

  spec("is closed by a row that cannot be computed", async (context) => {
    const { session, openSession, dialect } = context;
    // SQLite gives NULL for a division by zero.
    if (dialect.name !== "postgresql") return;
    await fill(session);
    const again = openSession();
    const met: unknown[] = [];
    const failing = async () => {
      const shifted = sql`SELECT 1 / (id - 4) FROM users ORDER BY id`;
      for await (const value of again.scalars(shifted, undefined, { yieldPer: 2 })) met.push(value);
    };
    await expect(failing).rejects.toMatchObject({ code: "database/failed" });
    expect(met).toHaveLength(2);
    await again.rollback();
    expect(await openCursors(context)).toBe(0);
  });

  spec("lets the session send other statements", async ({ session, openSession, expectStatements }) => {
    await fill(session);
    const again = openSession();
    await expectStatements(11, () =>
      eachUser(again, async (user) => {
        user.name = `new ${user.id}`;
        await again.flush();
        expect(await again.scalar(select(func.count()).selectFrom(User))).toBe(5);
      }),
    );
    await again.commit();
    expect(await again.scalars(select(User.c.name).orderBy(User.c.id)).all()).toEqual([
      "new 1",
      "new 2",
      "new 3",
      "new 4",
      "new 5",
    ]);
  });

  spec("may stand beside another one", async ({ session }) => {
    await fill(session, 3);
    const pairs: string[] = [];
    await eachUser(session, async (outer) => {
      await eachUser(session, (inner) => pairs.push(`${outer.id}${inner.id}`));
    });
    expect(pairs).toEqual(["11", "12", "13", "21", "22", "23", "31", "32", "33"]);
  });

  spec("is preceded by a flush, and by none when told so", async ({ session, openSession }) => {
    await fill(session, 2);
    const again = openSession();
    again.add(new User({ name: "new" }));
    const quiet = { yieldPer: 2, autoflush: false };
    expect(await again.scalars(users, undefined, quiet).all()).toHaveLength(2);
    expect(await again.scalars(users.yieldPer(2)).all()).toHaveLength(3);
  });

  for (const ending of ["commit", "rollback", "close"] as const) {
    spec(`ends with the transaction: ${ending}`, async ({ session, openSession }) => {
      await fill(session);
      const again = openSession();
      const met: number[] = [];
      const loop = eachUser(again, async (user) => {
        met.push(user.id);
        if (user.id === 1) await again[ending]();
      });
      await expect(loop).rejects.toMatchObject({
        code: "result/stream-ended",
        message: expect.stringContaining(
          "the transaction of this result ended before all of its rows were read",
        ),
      });
      // The rest of the portion was there already.
      expect(met).toEqual([1, 2]);
      expect(await again.scalars(users.yieldPer(2)).all()).toHaveLength(5);
    });
  }

  spec("has ended by itself after the last portion", async ({ session }) => {
    await fill(session, 3);
    await eachUser(session, async (user) => {
      if (user.id === 3) await session.commit();
    });
  });

  spec("outlives savepoints within its transaction, and ends with its own", async ({ session }) => {
    await fill(session);
    let count = 0;
    await eachUser(session, async (user) => {
      count++;
      const savepoint = await session.beginNested();
      await session.execute(
        update(User)
          .where(User.c.id.eq(user.id))
          .values({ name: `new ${user.id}` }),
      );
      if (user.id % 2 === 0) await savepoint.commit();
      else await savepoint.rollback();
    });
    expect(count).toBe(5);
    const savepoint = await session.beginNested();
    const loop = eachUser(session, async (user) => {
      if (user.id === 1) await savepoint.rollback();
    });
    await expect(loop).rejects.toMatchObject({ code: "result/stream-ended" });
    const names = await session.scalars(select(User.c.name).orderBy(User.c.id)).all();
    expect(names).toEqual(["u0", "new 2", "u2", "new 4", "u4"]);
  });

  spec("ends with a flush that fails", async ({ session, openSession }) => {
    await fill(session);
    const again = openSession();
    const loop = eachUser(again, async (user) => {
      if (user.id !== 1) return;
      again.add(new User({ name: "u4" }));
      await expect(async () => await again.flush()).rejects.toMatchObject({ code: "conflict/unique" });
      await again.rollback();
    });
    await expect(loop).rejects.toMatchObject({ code: "result/stream-ended" });
  });

  spec("counts its rows in a budget", async ({ session }) => {
    await fill(session);
    const met: number[] = [];
    session.budget({ rows: 3 });
    const loop = eachUser(session, (user) => met.push(user.id));
    await expect(loop).rejects.toMatchObject({ code: "budget/rows" });
    session.budget(null);
    expect(met).toEqual([1, 2]);
  });
});

describe("a cursor of a connection", () => {
  const numbers = select(Tag.c.label).orderBy(Tag.c.id).yieldPer(2);
  const made = (label: string) => insert(Tag).values({ label });

  async function fillTags(engine: Engine): Promise<void> {
    await engine.execute(
      insert(Tag),
      Array.from({ length: 5 }, (_, index) => ({ label: `t${index}` })),
    ).rowCount;
  }

  async function labels(engine: Engine): Promise<string[]> {
    return await engine.execute(select(Tag.c.label).orderBy(Tag.c.id)).scalars().all();
  }

  const endings = {
    commit: (connection: EngineConnection) => connection.commit(),
    rollback: (connection: EngineConnection) => connection.rollback(),
  };
  for (const [name, end] of Object.entries(endings)) {
    spec(`leaves the next transaction alone: ${name}`, { pglite: true }, async ({ engine }) => {
      await fillTags(engine);
      const connection = await engine.connect();
      for await (const label of connection.execute(numbers).scalars()) {
        expect(label).toBe("t0");
        await end(connection);
        await connection.execute(made("new")).rowCount;
        break;
      }
      await connection.commit();
      await connection.close();
      expect(await labels(engine)).toEqual(["t0", "t1", "t2", "t3", "t4", "new"]);
    });

    spec(`gives no rows after its transaction: ${name}`, { pglite: true }, async ({ engine }) => {
      await fillTags(engine);
      const connection = await engine.connect();
      const met: string[] = [];
      const loop = async () => {
        for await (const label of connection.execute(numbers).scalars()) {
          met.push(label);
          if (label !== "t1") continue;
          await end(connection);
          await connection.execute(made("new")).rowCount;
        }
      };
      await expect(loop).rejects.toMatchObject({ code: "result/stream-ended" });
      expect(met).toEqual(["t0", "t1"]);
      await connection.commit();
      await connection.close();
      expect(await labels(engine)).toHaveLength(6);
    });
  }

  spec("ends with the connection", async ({ engine }) => {
    await fillTags(engine);
    const connection = await engine.connect();
    const loop = async () => {
      for await (const label of connection.execute(numbers).scalars()) {
        if (label === "t0") await connection.close();
      }
    };
    await expect(loop).rejects.toMatchObject({ code: "result/stream-ended" });
    expect(await labels(engine)).toHaveLength(5);
  });

  spec("has no more to give after the last portion", async ({ engine }) => {
    await fillTags(engine);
    const connection = await engine.connect();
    const met: string[] = [];
    for await (const label of connection.execute(numbers).scalars()) {
      met.push(label);
      if (label === "t4") await connection.commit();
    }
    expect(met).toHaveLength(5);
    await connection.close();
  });

  spec("ends with the savepoint within which it was opened", { pglite: true }, async ({ engine }) => {
    await fillTags(engine);
    const connection = await engine.connect();
    const outer = connection.execute(numbers).scalars();
    expect(await outer.fetchMany(2)).toEqual(["t0", "t1"]);
    const first = await connection.savepoint();
    const inner = connection.execute(numbers).scalars();
    expect(await inner.fetchMany(2)).toEqual(["t0", "t1"]);
    const second = await connection.savepoint();
    const kept = connection.execute(numbers).scalars();
    expect(await kept.fetchMany(2)).toEqual(["t0", "t1"]);
    // What is released belongs to what is around it, and to no later savepoint.
    await connection.releaseSavepoint(second);
    const third = await connection.savepoint();
    await connection.rollbackTo(third);
    expect(await kept.fetchMany(2)).toEqual(["t2", "t3"]);
    await connection.rollbackTo(first);
    for (const ended of [inner, kept]) {
      await expect(async () => await ended.fetchMany(2)).rejects.toMatchObject({
        code: "result/stream-ended",
      });
    }
    await connection.execute(made("new")).rowCount;
    expect(await outer.fetchMany(2)).toEqual(["t2", "t3"]);
    await connection.commit();
    await connection.close();
    expect(await labels(engine)).toHaveLength(6);
  });
});

describe("memory", () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const heldMegabytes = () => {
    collect();
    return process.memoryUsage().heapUsed / 2 ** 20;
  };

  spec("stays where it is for 100,000 rows that leave the session", async ({ session, openSession }) => {
    await session.execute(
      sql`INSERT INTO users (id, name)
            WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 100000)
            SELECT n, 'user number ' || n FROM numbers`,
    );
    await session.commit();
    const again = openSession();
    const held: number[] = [];
    let count = 0;
    for await (const portion of again.scalars(users.yieldPer(500)).partitions()) {
      count += portion.length;
      if (count % 25_000 === 0) held.push(heldMegabytes());
      again.expungeAll();
    }
    expect(count).toBe(100_000);
    // What 75,000 objects in the session hold is ten times as much.
    expect(Math.max(...held) - Math.min(...held)).toBeLessThan(4);
  });
});

describe("a result that is closed", () => {
  const refusal = (what: string) =>
    expect.objectContaining({
      code: "result/closed",
      message: expect.stringContaining(`this result is closed, and cannot ${what}`),
    });
  /** What a read fails with, at once or by a promise. */
  const failure = async (read: () => unknown) => {
    try {
      await read();
    } catch (error) {
      return error;
    }
    return undefined;
  };
  const next = async (rows: AsyncIterable<unknown> | Iterable<unknown>) => {
    for await (const row of rows) return row;
    return undefined;
  };

  spec("gives the engine's connection back", async ({ engine, session }) => {
    await fill(session);
    const ids = select(User.c.id).orderBy(User.c.id).yieldPer(1);
    // More of them than the pool has connections.
    for (let turn = 0; turn < 30; turn++) {
      const result = engine.execute(ids);
      expect(await result.fetchMany(2)).toEqual([[1], [2]]);
      expect(result.closed).toBe(false);
      await result.close();
      await result.close();
      expect(result.closed).toBe(true);
    }
    expect(await engine.execute(ids).scalars().all()).toEqual([1, 2, 3, 4, 5]);
  });

  spec("ends its cursor in a session, which goes on", async (context) => {
    const { session } = context;
    await fill(session);
    const result = session.scalars(users.yieldPer(2));
    expect((await result.fetchMany(1)).map(({ name }) => name)).toEqual(["u0"]);
    await result.close();
    expect(await openCursors(context)).toBe(0);
    expect(await session.scalars(users).all()).toHaveLength(5);
    const ended = session.scalars(users.yieldPer(2));
    await ended.fetchMany(1);
    await session.close();
    await ended.close();
    expect(session.inTransaction()).toBe(false);
  });

  spec("refuses to give what is left", async ({ session, engine }) => {
    await fill(session);
    const ids = select(User.c.id);
    for (const begin of [
      () => engine.execute(ids.yieldPer(2)),
      () => engine.execute(ids),
      () => session.scalars(users.yieldPer(2)),
      () => session.scalars(users),
    ]) {
      const result = begin();
      await result.fetchMany(1);
      const values = result.scalars();
      await result.close();
      expect(values.closed).toBe(true);
      for (const each of [result, values]) {
        expect(await failure(() => each.all())).toEqual(refusal("all()"));
        expect(await failure(() => each.first())).toEqual(refusal("first()"));
        expect(await failure(() => each.fetchMany(1))).toEqual(refusal("fetchMany()"));
        expect(await failure(() => each.one())).toEqual(refusal("all()"));
        expect(await failure(() => next(each.partitions(2)))).toEqual(refusal("partitions()"));
        expect(await failure(() => next(each))).toEqual(refusal(""));
      }
    }
  });

  spec("is refused to the loop that is about it", async ({ session }) => {
    await fill(session);
    for (const statement of [users.yieldPer(2), users.yieldPer(10)]) {
      const result = session.scalars(statement);
      const names: string[] = [];
      const loop = async () => {
        for await (const { name } of result) {
          names.push(name);
          await result.close();
        }
      };
      expect(await failure(loop)).toEqual(refusal("give its next row"));
      expect(names).toEqual(["u0"]);
    }
  });

  spec("was not run when nothing was asked of it", { colours: ["async"] }, async (context) => {
    const { session, engine, expectStatements } = context;
    await fill(session);
    await expectStatements(0, async () => {
      const result = engine.execute(users);
      await result.close();
      expect(await failure(() => result.all())).toEqual(refusal("all()"));
      expect(await failure(() => result.rowCount)).toEqual(refusal("rowCount"));
      await using portions = engine.execute(users.yieldPer(2));
      expect(portions.closed).toBe(false);
    });
  });

  spec("closes at the end of a block", { colours: ["async"] }, async ({ session, engine }) => {
    await fill(session);
    let seen: { readonly closed: boolean } | undefined;
    {
      await using result = engine.execute(users.yieldPer(1));
      await result.fetchMany(1);
      seen = result;
    }
    expect(seen.closed).toBe(true);
  });

  spec("has no positions any more", { colours: ["sync"] }, async ({ session }) => {
    await fill(session);
    const result = session.scalars(users) as unknown as SyncResult<User>;
    const rows = result.mappings();
    expect([result[0]?.name, result.length]).toEqual(["u0", 5]);
    result[Symbol.dispose]();
    expect(() => result[0]).toThrow(refusal("[0]"));
    expect(() => rows[4]).toThrow(refusal("[4]"));
    expect(() => result.length).toThrow(refusal("tell its length"));
    expect(result.closed).toBe(true);
  });
});
