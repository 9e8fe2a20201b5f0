import { describe, expect, test } from "vitest";
import {
  declarativeBase,
  type ErrorCode,
  explainFlush,
  integer,
  MetaData,
  manyToOne,
  oneToMany,
  or,
  select,
  string,
  table,
} from "../../src/entries/index.ts";
import { createSyncEngine, SyncSession } from "../../src/entries/sync.ts";
import { specWith } from "../support/spec.ts";
import { Base, Post, Tag, User } from "./models.ts";

const spec = specWith({ tables: Base.metadata });

class Gone extends declarativeBase()("gone", { id: integer().primaryKey() }) {}

/** Runs something that must fail, and gives the error, whose message must be one sentence with hints below it. */
async function failure(run: () => unknown, code: ErrorCode): Promise<string> {
  try {
    await run();
  } catch (error) {
    expect(error).toMatchObject({ code });
    const { message } = error as Error;
    expect(message.split("\n").filter((line) => !/^ {2}(during|hint): /.test(line))).toHaveLength(1);
    return message;
  }
  throw new Error(`nothing failed, but ${code} was expected`);
}

spec("names the nearest attribute for one that does not exist, and goes on", async ({ session }) => {
  const unknown: Record<string, unknown> = { nmae: "ann" };
  expect(await failure(() => new User(unknown), "mapping/unknown-attribute")).toContain("name");
  const columns = User.c as unknown as Record<string, unknown>;
  expect(await failure(() => columns["psots"], "mapping/unknown-attribute")).toContain("posts");
  const filter = () => session.scalars(select(User).filterBy({ nmae: "x" } as never)).all();
  await failure(filter, "sql/unknown-column");
  expect(await session.scalars(select(User)).all()).toEqual([]);
});

spec("refuses undefined as a value, and takes null for NULL", async ({ session }) => {
  const nothing = undefined as unknown as string;
  await failure(
    () => session.scalars(select(User).where(User.c.name.eq(nothing))).all(),
    "sql/undefined-value",
  );
  await failure(() => {
    new User({ name: nothing });
  }, "mapping/undefined-value");
  expect(await session.scalars(select(User).where(User.c.name.eq(null as never))).all()).toEqual([]);
});

spec("refuses a value of the wrong type", async ({ session }) => {
  const text = "1" as unknown as number;
  expect(
    await failure(() => session.scalars(select(User).where(User.c.id.eq(text))).all(), "sql/wrong-value"),
  ).toContain("integer");
});

spec("refuses an object of the wrong class in a relationship", async ({ session }) => {
  const ann = session.add(new User({ name: "ann" }));
  await session.flush();
  const tag = new Tag({ label: "red" }) as unknown as Post;
  const posts = (await ann.posts) as Post[];
  expect(await failure(() => posts.push(tag), "mapping/wrong-class")).toContain("Post");
  await failure(() => {
    const post = new Post({ title: "x" });
    post.author = tag as unknown as User;
  }, "mapping/wrong-class");
  await session.commit();
});

spec("says what a failed flush needs, and is usable after the rollback", async ({ session }) => {
  session.add(new User({ name: "ann" }));
  await session.commit();
  session.add(new User({ name: "ann" }));
  expect(await failure(() => session.flush(), "conflict/unique")).toContain("name");
  await failure(() => session.scalars(select(User)).all(), "flush/failed-before");
  await session.rollback();
  expect(await session.scalars(select(User.c.name)).all()).toEqual(["ann"]);
});

spec("names the column that a row lacks", async ({ session }) => {
  session.add(new Post({ title: "x" }));
  const message = await failure(() => session.flush(), "conflict/not-null");
  expect(message).toMatch(/author/);
  await session.rollback();
});

spec("can be closed and used again", async ({ session }) => {
  await session.close();
  session.add(new User({ name: "ann" }));
  await session.commit();
  expect(await session.scalars(select(User)).all()).toHaveLength(1);
});

spec("says that a detached object cannot load", async ({ session, openSession }) => {
  session.add(new User({ name: "ann" }));
  await session.commit();
  await session.close();
  const again = openSession();
  const ann = await again.getOne(User, 1);
  again.expunge(ann);
  await failure(() => ann.posts, "load/detached");
});

describe("a mapping that cannot be", () => {
  const Own = () => declarativeBase();
  const use = (entity: Parameters<typeof select>[0]) => () => {
    using session = new SyncSession(createSyncEngine("sqlite://"));
    session.scalars(select(entity as typeof User)).all();
  };

  test("has a relationship to nothing", async () => {
    const base = Own();
    class House extends base("houses", {
      id: integer().primaryKey(),
      get rooms() {
        return oneToMany(undefined as unknown as typeof User);
      },
    }) {}
    expect(await failure(use(House), "mapping/unknown-target")).toContain("House.rooms");
    await failure(use(House), "mapping/unknown-target");
  });

  test("has no foreign key to follow", async () => {
    const base = Own();
    class Room extends base("rooms", { id: integer().primaryKey() }) {}
    class House extends base("houses", {
      id: integer().primaryKey(),
      get rooms() {
        return oneToMany(Room);
      },
    }) {}
    expect(await failure(use(House), "mapping/no-foreign-key")).toContain("House.rooms");
  });

  test("has two foreign keys to choose from", async () => {
    const base = Own();
    class House extends base("houses", { id: integer().primaryKey() }) {}
    class Move extends base("moves", {
      id: integer().primaryKey(),
      get fromId() {
        return integer().references(House.c.id);
      },
      get toId() {
        return integer().references(House.c.id);
      },
      get house() {
        return manyToOne(House);
      },
    }) {}
    expect(await failure(use(Move), "mapping/ambiguous-foreign-key")).toMatch(/from_id.*to_id/);
  });

  test("names a reverse side that does not exist, or is another's", async () => {
    const base = Own();
    class House extends base("houses", {
      id: integer().primaryKey(),
      get rooms() {
        return oneToMany(Room, { backPopulates: "hause" as "house" });
      },
    }) {}
    class Room extends base("rooms", {
      id: integer().primaryKey(),
      get houseId() {
        return integer().references(House.c.id);
      },
      get house() {
        return manyToOne(House);
      },
    }) {}
    expect(await failure(use(House), "mapping/unknown-back-populates")).toContain("house");
  });

  test("has no primary key", async () => {
    const base = Own();
    class Log extends base("logs", { line: string() }) {}
    await failure(use(Log), "mapping/no-primary-key");
  });
});

const Made = declarativeBase();
class Coupon extends Made("coupons", {
  id: integer().primaryKey(),
  code: string().default(() => 5 as unknown as string),
}) {}

spec("refuses what a default makes wrongly", { tables: Made.metadata }, async ({ session }) => {
  session.add(new Coupon());
  expect(await failure(() => session.flush(), "sql/wrong-value")).toContain("the default of coupons.code");
  await session.rollback();
});

spec(
  "says what is no statement, no portion, nothing to select, and too much",
  async ({ session, dialect }) => {
    const text = "select 1" as unknown as ReturnType<typeof select>;
    expect(await failure(() => session.execute(text).all(), "sql/not-a-statement")).toContain("sql`");
    const portions = async () => {
      for await (const portion of session.scalars(select(User.c.id)).partitions(0))
        expect(portion).toEqual([]);
    };
    await failure(portions, "result/wrong-size");
    for (const count of [-1, 0, 1.5, Number.NaN, "2" as unknown as number])
      await failure(() => session.execute(select(User.c.id)).fetchMany(count), "result/wrong-size");
    await failure(() => session.execute(select()).all(), "sql/empty");
    await failure(() => explainFlush({} as never), "session/not-a-session");
    const ids = Array.from({ length: dialect.features.maxParameters + 1 }, (_, id) => id);
    // A list of numbers would be one parameter.
    const many = select(User).where(or(...ids.map((id) => User.c.id.eq(id))));
    await failure(() => session.scalars(many).all(), "sql/too-many-parameters");
    expect(await session.scalars(select(User)).all()).toEqual([]);
  },
);

spec("names the nearest option of a join or a lock for one that does not exist", async () => {
  const join = { isOuter: true } as object;
  expect(
    await failure(() => select(User).join(Post, join as { outer?: boolean }), "sql/unknown-option"),
  ).toContain("join() has no option isOuter");
  const lock = { nowiat: true } as object;
  expect(await failure(() => select(User).withForUpdate(lock), "sql/unknown-option")).toContain("nowait");
});

const Failing = declarativeBase();
class Late extends Failing("lates", {
  id: integer().primaryKey(),
  name: string(10).default((async () => {
    throw new Error("nobody hears of it");
  }) as never),
}) {}

spec("refuses a default that gives a promise, whose failure is nobody's", async ({ session, createAll }) => {
  await createAll(Failing.metadata);
  session.add(new Late({}));
  await failure(() => session.flush(), "sql/promise-default");
});

/** The line of this file that calls it, as a stack shows it. */
function thisLine(): string {
  return /errors\.test\.ts:\d+/.exec(new Error().stack!.split("\n")[2]!)![0];
}

spec("has the line of the application on its stack, however the result is awaited", async (context) => {
  const { engine, openSession } = context;
  const gone = table("gone", new MetaData(), { id: integer().primaryKey() });
  const session = openSession();
  const attempts: [line: string, run: () => unknown][] = [
    [thisLine(), () => session.execute(select(gone)).all()],
    [thisLine(), () => session.execute(select(gone))],
    [thisLine(), () => engine.execute(select(gone)).first()],
    [thisLine(), () => engine.execute(select(gone))],
    [thisLine(), () => session.begin(() => session.get(Gone, 1))],
    [thisLine(), () => session.getOne(Gone, 1)],
    [thisLine(), () => Promise.all([session.get(Gone, 1), session.get(Gone, 2)])],
  ];
  for (const [line, run] of attempts) {
    try {
      await run();
      expect.unreachable();
    } catch (error) {
      expect((error as Error).stack).toContain(line);
      expect(error).toMatchObject({ code: "database/missing-table" });
    }
    await session.rollback();
  }
});
