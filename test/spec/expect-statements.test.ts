import { expect } from "vitest";
import { type DbError, insert, isDbError, lazyload, select, sql } from "../../src/entries/index.ts";
import { expectStatements } from "../../src/entries/testing.ts";
import type { Session } from "../../src/orm/session/session.ts";
import { specWith } from "../support/spec.ts";
import { Base, Post, User } from "./models.ts";

const spec = specWith({ tables: Base.metadata, session: { expireOnCommit: false } });

async function fill(session: Session): Promise<void> {
  for (const name of ["ann", "bob"]) session.add(new User({ name, posts: [new Post({ title: "one" })] }));
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

function nextLine(): string {
  const [, file, line] = /(\/[^\s(]*expect-statements\.test\.ts):(\d+)/.exec(
    new Error().stack!.split("\n")[2]!,
  )!;
  return `${file}:${Number(line) + 1}`;
}

const withoutColumns = (text: string) => text.replace(/(\.ts:\d+):\d+/g, "$1");
const oneByOne = select(User).options(lazyload(User.c.posts)).orderBy(User.c.id);

spec(
  "gives what the function gives, when the number is right",
  { pglite: true },
  async ({ session, engine }) => {
    await fill(session);
    const read = async () => {
      const posts: number[] = [];
      for (const user of await session.scalars(oneByOne).all()) posts.push((await user.posts).length);
      return posts;
    };
    expect(await expectStatements(session, 3, read)).toEqual([1, 1]);
    expect(await expectStatements(session, 0, () => 7)).toBe(7);
    await session.close();
    expect(await expectStatements(engine, 3, read)).toEqual([1, 1]);
  },
);

spec(
  "lists the statements and the line of each, when it is not",
  { pglite: true },
  async ({ session, dialect }) => {
    await fill(session);
    let first = "";
    let second = "";
    const error = await errorOf(() =>
      expectStatements(session, 2, async () => {
        first = nextLine();
        for (const user of await session.scalars(oneByOne).all()) {
          second = nextLine();
          await user.posts;
        }
      }),
    );
    const placeholder = dialect.name === "sqlite" ? "?" : "$1";
    const posts =
      "SELECT posts.id, posts.title, posts.body, posts.author_id FROM posts " +
      `WHERE ${placeholder} = posts.author_id ORDER BY posts.id`;
    expect(withoutColumns(error.message)).toBe(
      [
        "budget/unexpected: expected 2 statements, got: 3",
        "  hint: these were sent:",
        "    SELECT users.id, users.name FROM users ORDER BY users.id",
        `      at ${first}`,
        `    ${posts}`,
        `      at ${second}`,
        `    ${posts}`,
        `      at ${second}`,
      ].join("\n"),
    );
  },
);

spec("says that there were none, and counts no transaction", async ({ session }) => {
  const error = await errorOf(() =>
    expectStatements(session, 1, async () => {
      session.begin();
      await session.beginNested();
      await session.commit();
    }),
  );
  expect(error.message).toBe("budget/unexpected: expected 1 statement, got: 0\n  hint: nothing was sent");
});

spec(
  "counts the statements of one session, or all of an engine",
  async ({ session, openSession, engine }) => {
    await fill(session);
    const other = openSession();
    const readBoth = async () => {
      await session.scalars(select(User)).all();
      await session.commit();
      await other.scalars(select(User)).all();
      await other.commit();
      await engine.execute(sql`SELECT 1`).all();
    };
    await expectStatements(session, 1, readBoth);
    await expectStatements(other, 1, readBoth);
    await expectStatements(engine, 3, readBoth);
  },
);

spec("tells the lines of an engine and a connection", async ({ engine }) => {
  const lines: string[] = [];
  const error = await errorOf(() =>
    expectStatements(engine, 0, async () => {
      lines.push(nextLine());
      await engine.execute(insert(User).values({ name: "dan" }));
      lines.push(nextLine());
      for await (const _row of engine.execute(select(User.c.name)));
      const connection = await engine.connect();
      lines.push(nextLine());
      await connection.execute(select(User.c.name));
      lines.push(nextLine());
      await connection.executeRaw("SELECT 1");
      await connection.close();
    }),
  );
  const sources = [...withoutColumns(error.message).matchAll(/^ +at (.*)$/gm)].map(([, source]) => source);
  expect(sources).toEqual(lines);
});

spec("lets an error of the function through, and counts no longer", async ({ session, engine }) => {
  const boom = new Error("boom");
  const later = expectStatements(session, 3, async () => {
    throw boom;
  });
  await expect(later).rejects.toBe(boom);
  expect(() =>
    expectStatements(session, 3, () => {
      throw boom;
    }),
  ).toThrow(boom);
  expect(engine.core.events.wantsSource).toBe(false);
});

spec("waits for no promise in the sync colour", { colours: ["sync"] }, async ({ session }) => {
  const users: unknown = expectStatements(session, 1, () => session.scalars(select(User)).all());
  expect(users).toEqual([]);
});

spec("says what is wrong with its arguments", async ({ session }) => {
  const wrong = (count: number) => errorOf(() => expectStatements(session, count, () => 1));
  expect((await wrong(-1)).message).toBe(
    "budget/limit: the number of expectStatements() expects a whole number, from 0 up, got: -1",
  );
  expect((await wrong(0.5)).code).toBe("budget/limit");
  const count = 3 as unknown as Session;
  expect((await errorOf(() => expectStatements(count, 3, () => 1))).message).toBe(
    "budget/not-counted: expectStatements() counts the statements of an engine or a session, got: 3\n" +
      "  hint: write expectStatements(session, 3, () => …)",
  );
});
