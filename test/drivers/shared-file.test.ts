import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, describe, expect, test } from "vitest";
import {
  createEngine,
  declarativeBase,
  type Engine,
  type EngineOptions,
  func,
  integer,
  Session,
  select,
  string,
  update,
} from "../../src/entries/index.ts";
import { createSyncEngine, SyncSession } from "../../src/entries/sync.ts";

const folder = mkdtempSync(join(tmpdir(), "ormolu-file-"));
afterAll(() => rmSync(folder, { recursive: true }));
let count = 0;

const Base = declarativeBase();
class Note extends Base("notes", { id: integer().primaryKey(), text: string(20) }) {}

/** Lets the event loop turn a few times, as other work does. */
async function otherWork(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** Counts the turns of the event loop until `stop`. */
function countTurns(): () => number {
  let turns = 0;
  let isOn = true;
  const turn = () => {
    turns++;
    if (isOn) setImmediate(turn);
  };
  setImmediate(turn);
  return () => {
    isOn = false;
    return turns;
  };
}

describe.each([
  ["sqlite", "delete"],
  ["sqlite", "wal"],
  ["sqlite+better-sqlite3", "delete"],
  ["sqlite+better-sqlite3", "wal"],
])("%s, journal %s", (scheme, journal) => {
  const path = () => join(folder, `${++count}.db`);
  const open = async (file: string, options: EngineOptions = {}): Promise<Engine> => {
    const engine = createEngine(`${scheme}:///${file}`, {
      connectStatements: [`PRAGMA journal_mode = ${journal}`],
      ...options,
    });
    await Base.metadata.createAll(engine);
    return engine;
  };
  const texts = async (engine: Engine) =>
    await engine.execute(select(Note.c.text).orderBy(Note.c.id)).scalars().all();

  /** A lock of which the engine cannot know who holds it, as one of another process. */
  const lock = (file: string, sql: string) => {
    const stranger = openStranger(scheme, file);
    stranger.exec(sql);
    return { free: (how = "COMMIT") => stranger.exec(how), close: () => stranger.close() };
  };

  async function write(engine: Engine, text: string): Promise<void> {
    await using session = new Session(engine);
    session.add(new Note({ text }));
    await session.flush();
    await otherWork();
    await session.commit();
  }

  test("ten sessions that write at once wait for each other, in order", async () => {
    await using engine = await open(path());
    const names = Array.from({ length: 10 }, (_, index) => `n${index}`);
    const stop = countTurns();
    await Promise.all(names.map((name) => write(engine, name)));
    expect(stop()).toBeGreaterThan(20);
    expect(await texts(engine)).toEqual(names);
  });

  test("engines on one file wait for each other, by whatever path they know it", async () => {
    const file = path();
    await using one = await open(file);
    await using other = await open(join(folder, ".", file.slice(folder.length + 1)));
    await Promise.all([write(one, "a"), write(other, "b"), write(one, "c")]);
    expect(await texts(one)).toEqual(["a", "b", "c"]);
  });

  test("transactions that take their lock at once may read and then write", async () => {
    await using engine = await open(path(), { transactionMode: "immediate" });
    await write(engine, "0");
    const countUp = async () => {
      await using session = new Session(engine);
      const note = await session.get(Note, 1);
      await otherWork();
      note!.text = String(Number(note!.text) + 1);
      await session.commit();
    };
    await Promise.all(Array.from({ length: 10 }, countUp));
    expect(await texts(engine)).toEqual(["10"]);
  });

  test("of transactions that read and then write, those that come too late learn it", async () => {
    await using engine = await open(path());
    await write(engine, "0");
    const countUp = async () => {
      await using session = new Session(engine);
      const note = await session.get(Note, 1);
      await otherWork();
      note!.text = String(Number(note!.text) + 1);
      await session.flush();
      await otherWork();
      await session.commit();
    };
    const outcomes = await Promise.allSettled([countUp(), countUp(), countUp()]);
    expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    for (const outcome of outcomes) {
      if (outcome.status === "rejected") {
        expect(outcome.reason).toMatchObject({ code: "conflict/serialization" });
        expect(outcome.reason.message).toMatch(
          /transactionMode "immediate".*run the whole transaction again/s,
        );
      }
    }
    expect(await texts(engine)).toEqual(["1"]);
    // Whoever runs the whole transaction again gets through.
    const persistent = async (): Promise<void> => {
      for (;;) {
        try {
          return await countUp();
        } catch (error) {
          expect(error).toMatchObject({ code: "conflict/serialization" });
        }
      }
    };
    await Promise.all([persistent(), persistent(), persistent(), persistent()]);
    expect(await texts(engine)).toEqual(["5"]);
  });

  test("a transaction that has read may write when the writer gave up", async () => {
    await using engine = await open(path());
    await using first = await engine.connect();
    await using second = await engine.connect();
    await first.executeRaw("INSERT INTO notes (text) VALUES ('a')");
    expect((await second.executeRaw("SELECT count(*) FROM notes")).rows).toEqual([[0]]);
    const writing = second.executeRaw("INSERT INTO notes (text) VALUES ('b')");
    await otherWork();
    await first.rollback();
    await writing;
    await second.commit();
    expect(await texts(engine)).toEqual(["b"]);
  });

  test("readers go on beside a writer", async () => {
    await using engine = await open(path());
    await using writer = await engine.connect();
    await writer.executeRaw("INSERT INTO notes (text) VALUES ('a')");
    expect(await texts(engine)).toEqual([]);
    await using reader = await engine.connect();
    expect((await reader.executeRaw("SELECT count(*) FROM notes")).rows).toEqual([[0]]);
    // Without a write-ahead log, the commit waits for the reader.
    const committing = writer.commit();
    await otherWork();
    await reader.commit();
    await committing;
    expect(await texts(engine)).toEqual(["a"]);
  });

  test("rows are streamed while others write", async () => {
    await using engine = await open(path());
    await write(engine, "a");
    await write(engine, "b");
    const seen: string[] = [];
    let writing: Promise<void> | undefined;
    for await (const [row] of engine.execute(select(Note.c.text).orderBy(Note.c.id)).partitions(1)) {
      writing ??= write(engine, "c");
      seen.push(row!.text);
      await otherWork();
    }
    await writing;
    expect(seen).toEqual(["a", "b"]);
    expect(await texts(engine)).toEqual(["a", "b", "c"]);
  });

  test("a stranger's lock is a conflict when the time is over, and the event loop turns meanwhile", async () => {
    const file = path();
    await using engine = await open(file, { timeoutMs: 30 });
    const stranger = lock(file, "BEGIN IMMEDIATE");
    try {
      const stop = countTurns();
      await expect(write(engine, "a")).rejects.toMatchObject({
        code: "conflict/locked",
        message: expect.stringMatching("it still is after 30 ms"),
      });
      expect(stop()).toBeGreaterThan(5);
      await expect(engine.begin(() => undefined, { mode: "immediate" })).rejects.toThrow("conflict/locked");
    } finally {
      stranger.close();
    }
    await write(engine, "b");
    expect(await texts(engine)).toEqual(["b"]);
  });

  test("a stranger's lock is waited for", async () => {
    const file = path();
    await using engine = await open(file);
    const stranger = lock(file, "BEGIN IMMEDIATE; INSERT INTO notes (text) VALUES ('stranger')");
    const writing = [write(engine, "a"), write(engine, "b")];
    await otherWork();
    stranger.free();
    await Promise.all(writing);
    stranger.close();
    expect(await texts(engine)).toEqual(["stranger", "a", "b"]);
  });

  test("one that has read does not wait for a stranger, who may wait for it", async () => {
    const file = path();
    await using engine = await open(file);
    await using connection = await engine.connect();
    await connection.executeRaw("SELECT count(*) FROM notes");
    const stranger = lock(file, "BEGIN IMMEDIATE");
    await expect(connection.execute(update(Note).values({ text: "x" }))).rejects.toMatchObject({
      code: "conflict/serialization",
    });
    stranger.close();
  });

  test("single statements wait as well, and so do new connections", async () => {
    const file = path();
    await using engine = await open(file);
    await using writer = await engine.connect();
    await writer.begin({ mode: journal === "wal" ? "immediate" : "exclusive" });
    const counting = engine.execute(select(func.count(Note.c.id))).scalarOne();
    const writing = Array.from({ length: 3 }, (_, index) =>
      engine.begin((connection) =>
        connection.executeRaw("INSERT INTO notes (text) VALUES (?)", [`n${index}`]),
      ),
    );
    await otherWork();
    await writer.commit();
    await Promise.all(writing);
    expect([0, 1, 2, 3]).toContain(await counting);
    expect(await texts(engine)).toEqual(["n0", "n1", "n2"]);
  });

  test("without promises, whoever waits for this very process learns at once that it cannot work", () => {
    const file = path();
    using engine = createSyncEngine(`${scheme}:///${file}`, {
      connectStatements: [`PRAGMA journal_mode = ${journal}`],
    });
    Base.metadata.createAll(engine);
    using first = new SyncSession(engine);
    first.add(new Note({ text: "a" }));
    first.flush();
    const second = new SyncSession(engine);
    second.add(new Note({ text: "b" }));
    expect(() => second.flush()).toThrow(/conflict\/locked.*a transaction of this process holds the lock/s);
    second.close();
    first.commit();
    using third = new SyncSession(engine);
    third.add(new Note({ text: "c" }));
    third.commit();
    expect(engine.execute(select(Note.c.text)).scalars().all()).toEqual(["a", "c"]);
  });

  test("without promises, a commit beside a reader of this process fails only where readers count", () => {
    using engine = createSyncEngine(`${scheme}:///${path()}`, {
      connectStatements: [`PRAGMA journal_mode = ${journal}`],
    });
    Base.metadata.createAll(engine);
    using reader = engine.connect();
    reader.executeRaw("SELECT count(*) FROM notes");
    using writer = engine.connect();
    writer.executeRaw("INSERT INTO notes (text) VALUES ('a')");
    if (journal === "wal") writer.commit();
    else expect(() => writer.commit()).toThrow(/conflict\/locked.*of this process/s);
  });

  test("without promises, SQLite waits for strangers", async () => {
    const file = path();
    using engine = createSyncEngine(`${scheme}:///${file}`, { timeoutMs: 20 });
    Base.metadata.createAll(engine);
    const stranger = lock(file, "BEGIN IMMEDIATE");
    expect(() => engine.begin((each) => each.executeRaw("INSERT INTO notes (text) VALUES ('a')"))).toThrow(
      /conflict\/locked.*it still is after 20 ms/s,
    );
    stranger.free();
    stranger.close();
    engine.begin((each) => each.executeRaw("INSERT INTO notes (text) VALUES ('b')"));
  });
});

function openStranger(scheme: string, file: string): { exec(sql: string): unknown; close(): unknown } {
  if (scheme === "sqlite") return new DatabaseSync(file);
  // The same copy of SQLite: two in one process do not see each other's locks.
  const Database = createRequire(import.meta.url)("better-sqlite3");
  return new Database(file);
}
