import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { catalogue } from "../../src/foundation/catalogue.ts";
import {
  ConflictError,
  ConnectionError,
  DatabaseError,
  DbError,
  during,
  fail,
  InternalError,
  isDbError,
  UsageError,
} from "../../src/foundation/errors.ts";
import { readSources } from "../support/source-files.ts";

describe("fail", () => {
  test("makes a sentence from the code and the facts, and a hint", () => {
    const error = fail("mapping/unknown-attribute", {
      entity: "User",
      attribute: "usernmae",
      attributes: ["id", "username"],
    });
    expect(error).toBeInstanceOf(UsageError);
    expect(error).toBeInstanceOf(DbError);
    expect(error.name).toBe("UsageError");
    expect(error.code).toBe("mapping/unknown-attribute");
    expect(error.facts).toMatchObject({ entity: "User" });
    expect(error.hint).toBe("did you mean username? there are: id and username");
    expect(error.message).toBe(
      "mapping/unknown-attribute: User has no attribute usernmae\n  hint: did you mean username? there are: id and username",
    );
  });

  test("picks the class by kind", () => {
    expect(fail("conflict/unique", { constraint: "unique" })).toBeInstanceOf(ConflictError);
    expect(fail("pool/timeout", { timeoutMs: 1, size: 1, waiting: 0 })).toBeInstanceOf(ConnectionError);
    expect(fail("database/failed", { reason: "no" })).toBeInstanceOf(DatabaseError);
    expect(fail("internal/impossible", { what: "x" })).toBeInstanceOf(InternalError);
  });

  test("keeps the cause, and begins the stack at the caller", () => {
    const cause = new TypeError("inner");
    const error = fail("pool/closed", {}, { cause });
    expect(error.cause).toBe(cause);
    expect(error.stack?.split("\n").find((line) => line.includes(" at "))).toContain("errors.test.ts");
    expect(Object.keys(error)).not.toContain("name");
  });

  test("demands the facts of the code", () => {
    // @ts-expect-error: target is missing
    expect(fail("connection/unreachable", { reason: "x" })).toBeInstanceOf(DbError);
    // @ts-expect-error: no such code
    expect(() => fail("no/such", {})).toThrow();
    expect(fail("io/aborted", {})).toBeInstanceOf(DbError);
  });

  test("a connection error is retryable unless it is said not to be", () => {
    const facts = { target: "localhost:5432", reason: "no" };
    expect((fail("connection/refused", facts) as ConnectionError).retryable).toBe(true);
    expect((fail("connection/refused", { ...facts, retryable: false }) as ConnectionError).retryable).toBe(
      false,
    );
  });

  test("a database error shows its SQL and state", () => {
    const error = fail("database/failed", {
      reason: "no",
      sql: "SELEC 1",
      sqlState: "42601",
    }) as DatabaseError;
    expect([error.sql, error.sqlState]).toEqual(["SELEC 1", "42601"]);
    const bare = fail("database/failed", { reason: "no" }) as DatabaseError;
    expect([bare.sql, bare.sqlState]).toEqual([undefined, undefined]);
  });

  test("a constraint failure names the columns when it knows them", () => {
    const full = fail("conflict/unique", {
      constraint: "unique",
      table: "users",
      columns: ["email"],
      constraintName: "uq_users_email",
    });
    expect(full.message).toBe("conflict/unique: another row has this value of users.email (uq_users_email)");
    const table = fail("conflict/unique", { constraint: "unique", table: "users" });
    expect(table.message).toBe("conflict/unique: another row has this value of users");
  });
});

test("every code is raised somewhere", () => {
  const others = readSources(join(import.meta.dirname, "../../src")).filter(
    ({ path }) => path !== "foundation/catalogue.ts",
  );
  const dead = Object.keys(catalogue).filter(
    (code) => !others.some(({ text }) => text.includes(`"${code}"`)),
  );
  expect(dead).toEqual([]);
});

describe("isDbError", () => {
  test("tells errors of the library, and of one code", () => {
    const error: unknown = fail("io/aborted", {});
    expect(isDbError(error)).toBe(true);
    expect(isDbError(error, "io/aborted")).toBe(true);
    expect(isDbError(error, "io/busy")).toBe(false);
    expect(isDbError(new Error("x"))).toBe(false);
  });
});

describe("during", () => {
  test("puts the outer step in front, before the hint, in message and stack", () => {
    const error = fail("result/no-row", { what: "one()" });
    expect(during(during(error, "load User"), "query")).toBe(error);
    expect(error.during).toBe("query › load User");
    const message =
      "result/no-row: one() expects one row, got: none\n  during: query › load User\n  hint: take .oneOrNone() or .first() where there may be none";
    expect(error.message).toBe(message);
    expect(error.stack).toContain(message);
  });

  test("writes its lines once into a stack that nobody has read yet", () => {
    const error = during(during(fail("result/no-row", { what: "one()" }), "load User"), "query");
    expect(error.stack?.match(/during:/g)).toHaveLength(1);
  });

  test("names a step once, however many places note it", () => {
    const error = fail("result/no-row", { what: "one()" });
    expect(during(during(error, "flush › emit insert users"), "flush")).toBe(error);
    expect(error.during).toBe("flush › emit insert users");
  });

  test("leaves other errors alone", () => {
    const error = new TypeError("x");
    expect(during(error, "flush")).toBe(error);
    expect(error.message).toBe("x");
  });
});

describe("catalogue", () => {
  // Facts that no text asks for read as this: enough to see the words of every entry.
  const anyFacts: Record<string, unknown> = new Proxy(
    {},
    { get: (_, name) => (LISTS.has(String(name)) ? ["first", "second"] : "x") },
  );
  const LISTS = new Set([
    "path",
    "candidates",
    "options",
    "attributes",
    "names",
    "cascades",
    "tables",
    "columns",
    "schemes",
    "sources",
    "parameters",
    "given",
    "expected",
    "roots",
    "statements",
  ]);

  test.each(Object.entries(catalogue))("%s reads as a sentence of one line", (code, entry) => {
    expect(code).toMatch(/^[a-z]+\/[a-z]+(-[a-z]+)*$/);
    const text = (entry.text as (facts: unknown) => string)(anyFacts);
    expect(text).not.toMatch(/\n|\.$|\[object/);
    if (!code.endsWith("/undefined-value")) expect(text).not.toContain("undefined");
    const hint = (entry.hint as ((facts: unknown) => string) | undefined)?.(anyFacts);
    expect(hint ?? "").not.toMatch(/undefined|\[object|\.$/);
  });

  test("areas are in order, and codes in order inside them", () => {
    const codes = Object.keys(catalogue);
    expect(codes).toEqual(codes.toSorted());
  });
});
