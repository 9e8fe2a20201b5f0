/**
 * PostgreSQL 14 or later, and PGlite.
 */
import { ansiFeatures, ansiTarget } from "../../compile/ansi/target.ts";
import type { Dialect, TransactionOptions } from "../../engine/dialect.ts";
import { fail } from "../../foundation/errors.ts";
import { codecOfPostgresType, postgresCodec } from "./codec.ts";
import { translatePostgresError } from "./errors.ts";
import { introspectPostgres } from "./introspect.ts";
import { postgresLiteral, postgresRenderers, postgresTypeName } from "./render.ts";
import { postgresRowWrites } from "./write-rows.ts";

/** PostgreSQL as the compiler and the engine know it. */
export const postgres: Dialect = Object.freeze({
  ...ansiTarget,
  name: "postgresql",
  renderers: postgresRenderers,
  features: Object.freeze({
    ...ansiFeatures,
    nativeEnum: true,
    maxParameters: 65_535,
    maxIdentifierLength: 63,
  }),
  placeholder: (position: number) => `$${position}`,
  codec: postgresCodec,
  typeName: postgresTypeName,
  literal: postgresLiteral,
  rowWrites: postgresRowWrites,
  isolationLevels: Object.freeze([
    "READ COMMITTED",
    "READ UNCOMMITTED",
    "REPEATABLE READ",
    "SERIALIZABLE",
  ] as const),
  // `now()` in a column without zone is then UTC, and dates come in the form that the codec reads.
  connectStatements: Object.freeze(["SET TIME ZONE 'UTC'", "SET DateStyle = 'ISO, YMD'"]),
  begin: ({ isolationLevel, readOnly, mode }: TransactionOptions) => {
    if (mode !== undefined && mode !== "deferred") {
      throw fail("sql/unsupported", {
        dialect: "postgresql",
        feature: `transactions that begin ${mode}`,
        instead: 'lock rows as they are read, .withForUpdate(), or begin with isolationLevel: "SERIALIZABLE"',
      });
    }
    const level = isolationLevel === undefined ? "" : ` ISOLATION LEVEL ${isolationLevel}`;
    return [`BEGIN${level}${readOnly ? " READ ONLY" : ""}`];
  },
  twoPhase: {
    prepare: (id: string) => `PREPARE TRANSACTION '${id}'`,
    commit: (id: string) => `COMMIT PREPARED '${id}'`,
    rollback: (id: string) => `ROLLBACK PREPARED '${id}'`,
  },
  translateError: translatePostgresError,
  codecOfDatabaseType: codecOfPostgresType,
  introspect: introspectPostgres,
});
