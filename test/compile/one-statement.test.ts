import { describe, expect, test } from "vitest";
import { requireOneStatement } from "../../src/compile/one-statement.ts";

describe("a text of one statement", () => {
  test.each([
    "SELECT 1",
    "SELECT 1;",
    "SELECT 1; -- and; so; on",
    "SELECT 1 /* ; */ ; ;",
    "SELECT ';', \"a;b\", `c;d`, 'it''s; so'",
    "SELECT E'a\\'; b' FROM t;",
    "SELECT $$ a; b $$, $tag$ c; $$ d; $tag$",
    "SELECT data$1;",
    "CREATE TRIGGER t AFTER INSERT ON a BEGIN UPDATE b SET x = CASE WHEN y THEN 1 ELSE 2 END; DELETE FROM c; END;",
    "CREATE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1; SELECT 2; END",
    "CREATE FUNCTION f() RETURNS int AS $$ SELECT 1; SELECT 2; $$ LANGUAGE sql;",
    "BEGIN;",
    "SELECT 'not closed; ",
  ])("is taken: %s", (text) => {
    expect(() => requireOneStatement(text)).not.toThrow();
  });
});

describe("a text of several statements", () => {
  test.each([
    ["SELECT 1; SELECT 2", "SELECT 2"],
    ["SELECT ';'; DROP TABLE users", "DROP TABLE users"],
    ["SELECT 1;; -- x\nSELECT 2;", "SELECT 2;"],
    ["BEGIN; SELECT 1", "SELECT 1"],
    ["CREATE TABLE a (b int); CREATE TABLE c (d int)", "CREATE TABLE c"],
    ["CREATE TRIGGER t AFTER INSERT ON a BEGIN DELETE FROM c; END; DROP TABLE a", "DROP TABLE a"],
    ["CREATE FUNCTION f() AS $$ SELECT 1; $$ LANGUAGE sql; SELECT 2", "SELECT 2"],
  ])("is refused: %s", (text, second) => {
    expect(() => requireOneStatement(text)).toThrow(second);
  });
});
