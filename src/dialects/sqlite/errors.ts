/**
 * SQLite's errors, by their extended result codes.
 *
 * Source: https://sqlite.org/rescode.html
 */
import type { ErrorContext } from "../../engine/dialect.ts";
import { propertyOf, refusedFacts, textOf } from "../../engine/refused.ts";
import { type DbError, fail } from "../../foundation/errors.ts";

/** Result codes by the names that better-sqlite3 throws; `node:sqlite` throws the numbers. */
const codeByName: Readonly<Record<string, number>> = {
  SQLITE_BUSY: 5,
  SQLITE_BUSY_SNAPSHOT: 517,
  SQLITE_LOCKED: 6,
  SQLITE_READONLY: 8,
  SQLITE_CANTOPEN: 14,
  SQLITE_NOTADB: 26,
  SQLITE_CONSTRAINT_CHECK: 275,
  SQLITE_CONSTRAINT_FOREIGNKEY: 787,
  SQLITE_CONSTRAINT_NOTNULL: 1299,
  SQLITE_CONSTRAINT_PRIMARYKEY: 1555,
  SQLITE_CONSTRAINT_TRIGGER: 1811,
  SQLITE_CONSTRAINT_UNIQUE: 2067,
  SQLITE_CONSTRAINT_ROWID: 2579,
};

const BUSY = 5;
const BUSY_SNAPSHOT = 517;

const staleness =
  'a transaction that has read cannot write after or beside another; with transactionMode "immediate" it waits before it reads';

function codeOf(error: unknown): number {
  const name = textOf(error, "code");
  const given = propertyOf(error, "errcode");
  return typeof given === "number" ? given : (codeByName[name ?? ""] ?? codeByPrefix(name));
}

/** Whether somebody else has locked the file. */
export function isBusy(error: unknown): boolean {
  return (codeOf(error) & 0xff) === BUSY;
}

/** Whether a transaction wants to write that has read what is no longer the latest: waiting does not help. */
export function isStale(error: unknown): boolean {
  return codeOf(error) === BUSY_SNAPSHOT;
}

/** The same error of the client, of which is known that waiting does not help. */
export function asStale(error: unknown): Error {
  const { message } = error as Error;
  return Object.assign(new Error(message, { cause: error }), {
    code: textOf(error, "code"),
    errcode: BUSY_SNAPSHOT,
  });
}

/** The same error of the client, with more to say. */
export function busyWith(error: unknown, more: string): Error {
  const { message } = error as Error;
  return Object.assign(new Error(`${message}: ${more}`, { cause: error }), {
    code: textOf(error, "code"),
    errcode: codeOf(error),
  });
}

/** Turns what a client of SQLite threw into an error that says what to do. */
export function translateSqliteError(error: unknown, context: ErrorContext): DbError {
  const reason = error instanceof Error ? error.message : String(error);
  const name = textOf(error, "code");
  const code = codeOf(error);
  const refused = refusedFacts(context);
  const cause = { cause: error };
  const said = { ...refused, reason, sqlState: name === "ERR_SQLITE_ERROR" ? String(code) : name };

  switch (code) {
    case 1555:
    case 2067:
    case 2579:
      return fail("conflict/unique", { ...refused, constraint: "unique", ...placeOf(reason) }, cause);
    case 1299:
      return fail("conflict/not-null", { ...refused, constraint: "notNull", ...placeOf(reason) }, cause);
    case 787:
      return fail(
        "conflict/foreign-key",
        { ...refused, constraint: "foreignKey", ...tableOf(context) },
        cause,
      );
    case 275:
      return fail(
        "conflict/check",
        { ...refused, constraint: "check", ...tableOf(context), constraintName: afterColon(reason) },
        cause,
      );
    case BUSY_SNAPSHOT:
      return fail("conflict/serialization", { ...said, reason: `${reason}, and ${staleness}` }, cause);
  }
  switch (code & 0xff) {
    case 5:
    case 6:
      return fail("conflict/locked", said, cause);
    case 8:
      return fail("database/read-only", said, cause);
    case 14:
      return fail(
        "connection/unreachable",
        { target: context.address ?? "the database file", reason, isFile: true },
        cause,
      );
    case 26:
      return fail(
        "connection/refused",
        { target: context.address ?? "the database file", reason, retryable: false },
        cause,
      );
  }
  if (/database (connection )?is not open/i.test(reason)) {
    return fail("connection/lost", { ...refused, reason }, cause);
  }
  const missing = /no such table: (\S+)/.exec(reason)?.[1];
  if (missing !== undefined) return fail("database/missing-table", { ...said, table: missing }, cause);
  return fail("database/failed", said, cause);
}

/** Reads the family of a code that has no name of its own here: `SQLITE_BUSY_TIMEOUT` is a SQLITE_BUSY. */
function codeByPrefix(name: string | undefined): number {
  const family = /^SQLITE_[A-Z]+/.exec(name ?? "")?.[0];
  return codeByName[family ?? ""] ?? 1;
}

/** Reads table and columns from `UNIQUE constraint failed: users.email, users.name`. */
function placeOf(reason: string): { table?: string; columns?: readonly string[]; constraintName?: string } {
  const rest = afterColon(reason);
  if (rest === undefined) return {};
  const index = /^index '(.*)'$/.exec(rest)?.[1];
  if (index !== undefined) return { constraintName: index };
  const places = rest.split(", ").map((place) => {
    const dot = place.lastIndexOf(".");
    return { table: place.slice(0, dot), column: place.slice(dot + 1) };
  });
  return { table: places[0]!.table, columns: places.map(({ column }) => column) };
}

/** SQLite does not say whose foreign key or check failed: the table that the statement writes is the best guess. */
function tableOf(context: ErrorContext): { table?: string } {
  const written =
    /^\s*(?:insert\s+(?:or\s+\w+\s+)?into|update|delete\s+from|drop\s+table)\s+("[^"]+"|[\w.]+)/i.exec(
      context.sql ?? "",
    )?.[1];
  return written === undefined ? {} : { table: written.replaceAll('"', "") };
}

function afterColon(reason: string): string | undefined {
  return /constraint failed: (.*)$/s.exec(reason)?.[1];
}
