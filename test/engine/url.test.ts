import { expect, test } from "vitest";
import { createEngine, parseUrl } from "../../src/entries/index.ts";
import { createSyncEngine } from "../../src/entries/sync.ts";

test("file URLs name a file, relative or absolute, or nothing", () => {
  expect(parseUrl("sqlite:///shop.db").database).toBe("shop.db");
  expect(parseUrl("sqlite:////var/shop.db").database).toBe("/var/shop.db");
  expect(parseUrl("sqlite:///C:/shop.db").database).toBe("C:/shop.db");
  expect(parseUrl("sqlite://").database).toBeUndefined();
  expect(parseUrl("sqlite:///:memory:").database).toBeUndefined();
  expect(parseUrl("sqlite+better-sqlite3:///a.db?mode=ro").query).toEqual({ mode: "ro" });
  expect(parseUrl("pglite:///folder").database).toBe("folder");
});

test("server URLs come in parts, and their passwords are not shown", () => {
  const url = parseUrl("postgresql://ann:p%40ss@db.example:5433/shop?sslmode=require");
  expect(url).toMatchObject({
    username: "ann",
    password: "p@ss",
    host: "db.example",
    port: 5433,
    database: "shop",
    query: { sslmode: "require" },
    display: "postgresql://ann:***@db.example:5433/shop?sslmode=require",
  });
  expect(parseUrl("postgresql://[::1]/shop").host).toBe("::1");
});

test.each([
  ["", "url/malformed"],
  ["shop.db", "url/malformed"],
  ["sqlite://shop.db", "url/malformed"],
  ["postgresql://ann:p#ss@host:x/db", "url/malformed"],
  ["postgresqll://host/db", "url/unknown-scheme"],
  ["mysql://host/db", "url/unknown-scheme"],
])("%j is refused in a sentence", (text, code) => {
  expect(() => createEngine(text)).toThrow(expect.objectContaining({ code }));
});

test("what is wrong with a URL is said without its password", () => {
  const error = catchError(() => createEngine("postgresql://ann:secret@ho st/db"));
  expect(error.message).not.toContain("secret");
  expect(catchError(() => createEngine("sqlite://shop.db")).message).toContain("sqlite:///shop.db");
  expect(catchError(() => createEngine("postgresqll://h/d")).message).toContain("did you mean postgresql?");
});

test("a network database is refused without promises", () => {
  expect(() => createSyncEngine("postgresql://localhost/shop")).toThrow("engine/sync-unsupported");
});

test("wrong options are refused in a sentence", () => {
  const refused = (options: object) => catchError(() => createEngine("sqlite://", options)).message;
  expect(refused({ ecko: true })).toContain("did you mean echo?");
  expect(refused({ poolSize: 0 })).toContain(
    "engine/option: the engine option poolSize expects a whole number from 1",
  );
  expect(refused({ isolationLevel: "READ COMMITTED" })).toContain("SERIALIZABLE or AUTOCOMMIT");
});

function catchError(act: () => unknown): Error {
  try {
    act();
  } catch (error) {
    return error as Error;
  }
  expect.unreachable();
}
