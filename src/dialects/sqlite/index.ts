/**
 * SQLite 3.46 or later, the one that comes with Node.js 22.
 */
import { ansiFeatures, ansiTarget } from "../../compile/ansi/target.ts";
import type { Dialect, TransactionOptions } from "../../engine/dialect.ts";
import { fail } from "../../foundation/errors.ts";
import { nullType } from "../../types/sql-type.ts";
import { sqliteCodec } from "./codec.ts";
import { translateSqliteError } from "./errors.ts";
import { introspectSqlite } from "./introspect.ts";
import { sqliteRenderers, sqliteTypeName } from "./render.ts";
import { sqliteListWrites } from "./write-rows.ts";

/** SQLite as the compiler and the engine know it. */
export const sqlite: Dialect = Object.freeze({
  ...ansiTarget,
  name: "sqlite",
  renderers: sqliteRenderers,
  features: Object.freeze({
    ...ansiFeatures,
    defaultInValues: false,
    deleteUsing: false,
    compoundParentheses: false,
    alterAddConstraint: false,
    nativeEnum: false,
    ilike: false,
    forUpdate: false,
    skipLocked: false,
    maxParameters: 32_766,
    rowValues: false,
    lateral: false,
    distinctOn: false,
    sequences: false,
    deferrableConstraints: true,
    transactionalDdl: true,
    maxIdentifierLength: 255,
  }),
  codec: sqliteCodec,
  typeName: sqliteTypeName,
  isolationLevels: Object.freeze(["SERIALIZABLE"] as const),
  connectStatements: Object.freeze(["PRAGMA foreign_keys = ON"]),
  begin: ({ mode, readOnly }: TransactionOptions) => {
    if (readOnly) {
      throw fail("sql/unsupported", {
        dialect: "sqlite",
        feature: "transactions that only read",
        instead: "open the file for reading only: sqlite:///file.db?mode=ro",
      });
    }
    return mode === undefined || mode === "deferred" ? ["BEGIN"] : [`BEGIN ${mode.toUpperCase()}`];
  },
  translateError: translateSqliteError,
  codecOfDatabaseType: () => sqliteCodec(nullType()),
  introspect: introspectSqlite,
  listWrites: sqliteListWrites,
});
