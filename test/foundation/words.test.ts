import { describe, expect, test } from "vitest";
import { list, nearestName, plural, shorten, snakeCase, suggestion } from "../../src/foundation/words.ts";

describe("case styles", () => {
  test.each([
    ["id", "id"],
    ["createdAt", "created_at"],
    ["dealershipID", "dealership_id"],
    ["htmlBody", "html_body"],
    ["HTMLBody", "html_body"],
    ["line2Text", "line2_text"],
    ["already_snake", "already_snake"],
    ["_private", "_private"],
    ["größeÄnderung", "größe_änderung"],
  ])("%s is %s in the database", (attribute, column) => {
    expect(snakeCase(attribute)).toBe(column);
  });
});

describe("sentences", () => {
  test("list joins with or and and", () => {
    expect([list([]), list(["a"]), list(["a", "b"]), list(["a", "b", "c"], "and")]).toEqual([
      "",
      "a",
      "a or b",
      "a, b and c",
    ]);
  });

  test("plural counts", () => {
    expect([plural(1, "row"), plural(0, "row"), plural(2, "query", "queries")]).toEqual([
      "1 row",
      "0 rows",
      "2 queries",
    ]);
  });
});

describe("shorten", () => {
  class User {
    name = "ann";
  }
  test.each<[unknown, string]>([
    ["a\nb", '"a\\nb"'],
    [5, "5"],
    [-0, "-0"],
    [5n, "5n"],
    [undefined, "undefined"],
    [null, "null"],
    [true, "true"],
    [Symbol("x"), "Symbol(x)"],
    [Number.NaN, "NaN"],
    [new Date(0), "Date 1970-01-01T00:00:00.000Z"],
    [new Date(Number.NaN), "an invalid Date"],
    [[1, "a", [2, [3]]], '[1, "a", [2, […]]]'],
    [[1, 2, 3, 4, 5, 6, 7], "[1, 2, 3, 4, 5, … 2 more]"],
    [{ a: 1, b: { c: 2 } }, "{ a: 1, b: { c: 2 } }"],
    [{}, "{}"],
    [Object.create(null), "{}"],
    [new User(), "a User"],
    [User, "the class User"],
    [() => 1, "a function"],
    [snakeCase, "the function snakeCase"],
    [new Map(), "a Map"],
    [new Uint8Array(3), "Uint8Array of 3 bytes"],
    [new Error("x"), "an Error"],
  ])("shows %o", (value, text) => {
    expect(shorten(value)).toBe(text);
  });

  test("cuts long values, and never half a character", () => {
    expect(shorten("x".repeat(100), 10)).toBe('"xxxxxxx…"');
    expect(shorten("x".repeat(100), 10)).toHaveLength(10);
    expect(shorten("😀".repeat(50), 10)).toBe('"😀😀😀…"');
    expect(shorten(Array.from({ length: 5 }, () => "xxxxxxxxxxxxxxxxxxxx"))).toHaveLength(60);
  });

  test("runs no getter", () => {
    const value = Object.defineProperty({}, "posts", {
      enumerable: true,
      get: () => expect.unreachable(),
    });
    expect(shorten(value)).toBe("{ posts: … }");
  });
});

describe("nearestName", () => {
  const columns = ["id", "username", "email", "createdAt", "name"];
  test.each([
    ["usernmae", "username"],
    ["user_name", "username"],
    ["created_at", "createdAt"],
    ["CREATEDAT", "createdAt"],
    ["emial", "email"],
    ["Id", "id"],
    ["nam", "name"],
  ])("%s means %s", (name, meant) => {
    expect(nearestName(name, columns)).toBe(meant);
  });

  test.each(["zzz", "title", "x", "", "passwordHash"])("%s means none of them", (name) => {
    expect(nearestName(name, columns)).toBeUndefined();
  });

  test("takes the nearest, and of equals the first", () => {
    expect(nearestName("posts", ["ports", "post"])).toBe("ports");
    expect(nearestName("posts", ["hosts", "posts_"])).toBe("posts_");
  });

  test("suggestion offers it with what there is", () => {
    expect(suggestion("titel", ["title", "id"])).toBe("did you mean title? there are: title and id");
    expect(suggestion("zzz", ["title", "id"])).toBe("there are: title and id");
    expect(suggestion("zzz", ["title"])).toBe("the only one is title");
    expect(suggestion("zzz", [])).toBe("there are none");
    const many = Array.from({ length: 20 }, (_, index) => `column${index}`);
    expect(suggestion("zzz", many)).toMatch(/column11 and 8 more$/);
  });
});
