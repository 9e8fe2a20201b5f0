/** Who takes part. */
import { drizzlePg } from "./contenders/drizzle-pg.ts";
import { drizzleSqlite } from "./contenders/drizzle-sqlite.ts";
import { kysely } from "./contenders/kysely.ts";
import { mikroOrm } from "./contenders/mikro-orm.ts";
import { ormolu, ormoluSync } from "./contenders/ormolu.ts";
import { prisma } from "./contenders/prisma.ts";
import { rawPg } from "./contenders/raw-pg.ts";
import { rawBetterSqlite, rawNodeSqlite } from "./contenders/raw-sqlite.ts";
import { tunedPg } from "./contenders/tuned-pg.ts";
import { tunedSqlite } from "./contenders/tuned-sqlite.ts";
import { typeorm } from "./contenders/typeorm.ts";
import type { Contender, Place } from "./tasks.ts";

/** The contenders on a database; the raw driver first. */
export function contendersOn(database: Place["database"]): readonly Contender[] {
  return database === "sqlite"
    ? [
        rawBetterSqlite,
        rawNodeSqlite,
        tunedSqlite,
        ormoluSync("better-sqlite3"),
        ormoluSync("node:sqlite"),
        ormolu,
        drizzleSqlite,
        kysely,
        mikroOrm,
        prisma,
        typeorm,
      ]
    : [rawPg, tunedPg, ormolu, drizzlePg, kysely, mikroOrm, prisma, typeorm];
}
