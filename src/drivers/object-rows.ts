/**
 * Rows as arrays from a client that gives objects only: `node:sqlite` before Node.js 22.16.
 *
 * In an object, columns of one name would overwrite each other. A query in FROM has no two of them: SQLite calls the
 * second `id` of one `id:1`. Source: https://github.com/sqlite/sqlite/blob/master/src/select.c (sqlite3ColumnsFromExprList)
 */
import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";
import { fail } from "../foundation/errors.ts";

/** A prepared statement whose rows come as objects. */
export interface ObjectStatement {
  readonly statement: StatementSync;
  readonly returnsRows: boolean;
}

/** Prepares a statement so that its rows lose no column. */
export function prepareForObjects(database: DatabaseSync, sql: string): ObjectStatement {
  if (/^\s*(?:select|with|values)\b/i.test(sql) && !/\breturning\b/i.test(sql)) {
    try {
      return { statement: database.prepare(`SELECT * FROM (${sql}\n)`), returnsRows: true };
    } catch {
      // What cannot stand in FROM (WITH … INSERT, a semicolon at the end) is prepared as it is, or fails as it is.
    }
  }
  const statement = database.prepare(sql);
  return { statement, returnsRows: /^\s*(?:select|values|pragma|explain)\b|\breturning\b/i.test(sql) };
}

/** Executes it and gives its rows as arrays; the names of the columns are known when there are rows. */
export function allAsArrays(
  { statement }: ObjectStatement,
  parameters: readonly SQLInputValue[],
): { rows: unknown[][]; columns: readonly string[] } {
  const objects = statement.all(...parameters) as Readonly<Record<string, unknown>>[];
  return { rows: objects.map((row) => Object.values(row)), columns: namesOf(objects[0]) };
}

function namesOf(row: Readonly<Record<string, unknown>> | undefined): readonly string[] {
  const names = Object.keys(row ?? {});
  // JavaScript puts numbers first, wherever they stood.
  if (names.length > 1 && names.some((name) => /^\d+$/.test(name))) {
    throw fail("connection/driver-unsuited", {
      driver: "node:sqlite",
      reason: `that of this Node.js (${process.version}) cannot tell the order of columns that are named by numbers; label them, or take Node.js 22.16`,
    });
  }
  return names.map((name) => name.replace(/:\d+$/, ""));
}
