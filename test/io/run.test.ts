import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import {
  acquire,
  all,
  call,
  close,
  type DriverAsk,
  execute,
  fetch,
  type Io,
  open,
  type RawResult,
  release,
  type Statement,
} from "../../src/io/ask.ts";
import { playPool } from "../../src/io/play.ts";
import { runAsync, runSync } from "../../src/io/run.ts";

const connection = {};
const statement = (sql: string): Statement => ({ connection, sql, parameters: [] });
const result = (value: unknown): RawResult => ({ rows: [[value]], columns: ["value"], rowCount: 1 });

/** Answers `execute` by the SQL itself; a text that begins with `fail` fails. */
function echo(ask: DriverAsk): unknown {
  if (ask.kind !== "execute") return undefined;
  if (ask.sql.startsWith("fail")) throw new TypeError(ask.sql);
  return result(ask.sql);
}

const echoLater = async (ask: DriverAsk): Promise<unknown> => {
  await sleep(1);
  return echo(ask);
};

function* value(sql: string): Io<unknown> {
  return (yield* execute(statement(sql))).rows[0]![0];
}

/** Runs a flow in both colours, and expects the same of both. */
const colours = [
  ["sync", async <T>(io: Io<T>) => runSync(io, echo)],
  ["async, at once", async <T>(io: Io<T>) => runAsync(io, echo)],
  ["async, later", async <T>(io: Io<T>) => runAsync(io, echoLater)],
] as const;

describe.each(colours)("a flow run %s", (_, run) => {
  test("gets each answer and gives its value", async () => {
    function* flow(): Io<string> {
      const first = yield* value("one");
      const second = yield* value("two");
      return `${first} ${second}`;
    }
    expect(await run(flow())).toBe("one two");
  });

  test("gets a failure as an exception, and may go on", async () => {
    function* flow(): Io<unknown> {
      try {
        return yield* value("fail here");
      } catch (error) {
        return [(error as Error).message, yield* value("after")];
      }
    }
    expect(await run(flow())).toEqual(["fail here", "after"]);
  });

  test("still asks in finally after a throw, and then throws", async () => {
    const cleaned: unknown[] = [];
    function* flow(): Io<void> {
      try {
        yield* value("fail here");
      } finally {
        cleaned.push(yield* value("rollback"));
        cleaned.push(yield* value("release"));
      }
    }
    await expect(run(flow())).rejects.toThrow("fail here");
    expect(cleaned).toEqual(["rollback", "release"]);
  });

  test("calls a user's function, and throws what it throws", async () => {
    function* flow(): Io<unknown> {
      const doubled = yield* call(() => 21 * 2, "the test");
      try {
        yield* call(() => {
          throw new RangeError("user");
        }, "the test");
      } catch (error) {
        return [doubled, (error as Error).message];
      }
      return undefined;
    }
    expect(await run(flow())).toEqual([42, "user"]);
  });

  test("runs several flows to values in order", async () => {
    function* flow(): Io<readonly [unknown, number, string[]]> {
      return yield* all([value("one"), call(() => 2, "two"), all([call(() => "3", "three")])]);
    }
    expect(await run(flow())).toEqual(["one", 2, ["3"]]);
    expect(await run(all([]))).toEqual([]);
  });

  test("throws the first failure of several after all have ended", async () => {
    const ended: string[] = [];
    function* one(sql: string): Io<void> {
      try {
        yield* value(sql);
      } finally {
        ended.push(sql);
      }
    }
    await expect(run(all([one("a"), one("fail b"), one("fail c")]))).rejects.toThrow("fail b");
    expect(ended.slice(0, 2)).toEqual(["a", "fail b"]);
  });

  test("runs once", async () => {
    const flow = value("one");
    await run(flow);
    await expect(run(flow)).rejects.toMatchObject({ code: "io/already-run" });
    await expect(run(all([flow]))).rejects.toMatchObject({ code: "io/already-run" });
  });
});

describe("runSync", () => {
  test("refuses the promise of a user's function, by its name, inside the flow", () => {
    const rejected = Promise.reject(new Error("never seen"));
    function* flow(): Io<string> {
      try {
        yield* call(() => rejected, "the default of users.createdAt");
        return "no error";
      } catch (error) {
        return (error as Error).message;
      }
    }
    expect(runSync(flow(), echo)).toMatch(
      /^io\/promise-in-sync: the default of users.createdAt returned a promise/,
    );
  });

  test("refuses a promise of the answering side", () => {
    expect(() => runSync(value("one"), echoLater)).toThrow("the driver's execute returned a promise");
    const labelled = execute({ ...statement("one"), label: "emit insert user" });
    expect(() => runSync(labelled, echoLater)).toThrow("emit insert user returned a promise");
  });
});

describe("runAsync", () => {
  test("awaits a user's promise", async () => {
    const flow = call(async () => {
      await sleep(1);
      return "later";
    }, "the test");
    const given: Promise<string> = runAsync(flow, echo);
    expect(await given).toBe("later");
  });

  test("takes no turn of the event loop for answers that are no promises", () => {
    let hasEnded = false;
    function* flow(): Io<void> {
      for (let index = 0; index < 100; index++) yield* value("one");
      yield* call(() => 1, "the test");
      hasEnded = true;
    }
    const promise = runAsync(flow(), echo);
    expect(hasEnded).toBe(true);
    return promise;
  });

  test("overlaps the flows of all", async () => {
    let running = 0;
    let most = 0;
    const answer = async (): Promise<RawResult> => {
      most = Math.max(most, ++running);
      await sleep(2);
      running--;
      return result(1);
    };
    await runAsync(all([value("a"), value("b"), value("c")]), answer);
    expect(most).toBe(3);
  });

  test("rejects, and does not throw, whatever is wrong at the start", async () => {
    const flow = value("one");
    runSync(flow, echo);
    await expect(runAsync(flow, echo)).rejects.toMatchObject({ code: "io/already-run" });
  });
});

describe("a lane", () => {
  test("holds one flow at a time", async () => {
    const lane = {};
    const first = runAsync(value("one"), echoLater, { lane, what: "session.flush()" });
    await expect(runAsync(value("two"), echoLater, { lane, what: "session.get()" })).rejects.toThrow(
      "io/busy: session.get() was begun while session.flush() is running",
    );
    expect(await first).toBe("one");
    expect(await runAsync(value("three"), echoLater, { lane })).toBe("three");
    expect(
      await Promise.all([
        runAsync(value("a"), echoLater, { lane: {} }),
        runAsync(value("b"), echoLater, { lane: {} }),
      ]),
    ).toEqual(["a", "b"]);
  });

  test("is free again after a failure", async () => {
    const lane = {};
    expect(() => runSync(value("fail"), echo, { lane })).toThrow("fail");
    await expect(runAsync(value("fail"), echoLater, { lane })).rejects.toThrow("fail");
    expect(runSync(value("one"), echo, { lane })).toBe("one");
  });

  test("is lent to what a user's function begins", async () => {
    const lane = {};
    const inner = (): unknown => runSync(value("inner"), echo, { lane });
    expect(runSync(call(inner, "the body"), echo, { lane })).toBe("inner");

    const body = async () => [
      await runAsync(value("one"), echoLater, { lane }),
      await runAsync(
        call(() => runAsync(value("two"), echoLater, { lane }), "the inner body"),
        echoLater,
        { lane },
      ),
    ];
    expect(await runAsync(call(body, "the body"), echoLater, { lane })).toEqual(["one", "two"]);
  });

  test("is lent to one flow at a time", async () => {
    const lane = {};
    const body = () =>
      Promise.all([runAsync(value("one"), echoLater, { lane }), runAsync(value("two"), echoLater, { lane })]);
    await expect(runAsync(call(body, "the body"), echoLater, { lane })).rejects.toMatchObject({
      code: "io/busy",
    });
    await sleep(5);
    expect(await runAsync(value("after"), echoLater, { lane })).toBe("after");
  });

  test("is not lent while the flow itself works", () => {
    const lane = {};
    const answer = () => runSync(value("inner"), echo, { lane, what: "an event listener" });
    expect(() => runSync(value("outer"), answer, { lane })).toThrow("io/busy: an event listener");
  });

  test("tells of an operation that the user's function did not await", async () => {
    const lane = {};
    let forgotten: Promise<unknown> | undefined;
    const body = async (): Promise<void> => {
      forgotten = runAsync(value("forgotten"), echoLater, { lane });
    };
    await expect(runAsync(call(body, "the transaction body"), echoLater, { lane })).rejects.toThrow(
      "io/unfinished: the transaction body returned while an operation",
    );
    expect(await forgotten).toBe("forgotten");
    expect(await runAsync(value("after"), echoLater, { lane })).toBe("after");
  });
});

describe("an abort", () => {
  /** Records what is asked; a query named `slow` never ends by itself, and obeys its signal. */
  function recorder() {
    const asked: string[] = [];
    const answer = (ask: DriverAsk, signal?: AbortSignal): unknown => {
      asked.push(ask.kind === "execute" ? ask.sql : ask.kind);
      if (ask.kind === "acquire") return sleep(2, connection);
      if (ask.kind !== "execute" || ask.sql !== "slow") return result(ask.kind);
      return new Promise((_, reject) => {
        signal?.addEventListener("abort", () => reject(new TypeError("cancelled")), { once: true });
      });
    };
    return { asked, answer };
  }

  function* transaction(...statements: string[]): Io<void> {
    const taken = yield* acquire(playPool);
    try {
      for (const sql of statements) yield* value(sql);
      yield* execute({ ...statement("COMMIT"), uninterruptible: true });
    } catch (error) {
      yield* execute({ ...statement("ROLLBACK"), uninterruptible: true });
      throw error;
    } finally {
      yield* release(playPool, taken);
    }
  }

  test("cancels the statement in flight, once, and lets the flow clean up", async () => {
    const { asked, answer } = recorder();
    const controller = new AbortController();
    const promise = runAsync(transaction("slow", "never"), answer, { signal: controller.signal });
    await sleep(5);
    controller.abort(new Error("enough"));
    await expect(promise).rejects.toMatchObject({ code: "io/aborted", cause: { message: "enough" } });
    expect(asked).toEqual(["acquire", "slow", "ROLLBACK", "release"]);
  });

  test("before the start asks nothing", async () => {
    const { asked, answer } = recorder();
    const signal = AbortSignal.abort();
    await expect(runAsync(transaction("one"), answer, { signal })).rejects.toMatchObject({
      code: "io/aborted",
    });
    expect(asked).toEqual([]);
  });

  test("while a connection is awaited loses no connection", async () => {
    const { asked, answer } = recorder();
    const controller = new AbortController();
    const promise = runAsync(transaction("one"), answer, { signal: controller.signal });
    controller.abort();
    await expect(promise).rejects.toMatchObject({ code: "io/aborted" });
    expect(asked).toEqual(["acquire", "ROLLBACK", "release"]);
  });

  test("after the last statement changes nothing", async () => {
    const controller = new AbortController();
    const { asked, answer } = recorder();
    const abortAtCommit = (ask: DriverAsk, signal?: AbortSignal): unknown => {
      if (ask.kind === "execute" && ask.sql === "COMMIT") {
        controller.abort();
        expect(signal).toBeUndefined();
      }
      return answer(ask, signal);
    };
    await runAsync(transaction("one"), abortAtCommit, { signal: controller.signal });
    expect(asked).toEqual(["acquire", "one", "COMMIT", "release"]);
  });

  test("reaches every flow of all", async () => {
    const { asked, answer } = recorder();
    const controller = new AbortController();
    const promise = runAsync(all([transaction("slow"), transaction("slow")]), answer, {
      signal: controller.signal,
    });
    await sleep(5);
    controller.abort();
    await expect(promise).rejects.toMatchObject({ code: "io/aborted" });
    expect(asked.toSorted()).toEqual(
      ["ROLLBACK", "ROLLBACK", "acquire", "acquire", "release", "release", "slow", "slow"].toSorted(),
    );
  });
});

describe("the makers", () => {
  test("give each ask its fields", () => {
    const asked: DriverAsk[] = [];
    const cursor = { columns: ["id"] };
    function* flow(): Io<void> {
      const taken = yield* acquire(playPool);
      const opened = yield* open({ connection: taken, sql: "SELECT 1", parameters: [1], prepare: true });
      yield* fetch(opened, 10);
      yield* close(opened);
      yield* release(playPool, taken, true);
    }
    runSync(flow(), (ask) => {
      asked.push(ask);
      return ask.kind === "acquire" ? connection : ask.kind === "open" ? cursor : [];
    });
    expect(asked).toEqual([
      { kind: "acquire", pool: playPool },
      { kind: "open", connection, sql: "SELECT 1", parameters: [1], prepare: true },
      { kind: "fetch", cursor, count: 10 },
      { kind: "close", cursor },
      { kind: "release", pool: playPool, connection, broken: true },
    ]);
  });
});
