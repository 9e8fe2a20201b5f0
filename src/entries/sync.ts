/** `ormolu/sync`: the engine without promises, for databases in this process. */
import { betterSqlite3 } from "../drivers/better-sqlite3.ts";
import { nodeSqlite } from "../drivers/node-sqlite.ts";
import { pg } from "../drivers/pg.ts";
import { pglite } from "../drivers/pglite.ts";
import { syncEngineMaker } from "../engine/sync-engine.ts";

export type { SyncEngine, SyncEngineConnection } from "../engine/sync-engine.ts";
export { SyncResult } from "../engine/sync-result.ts";
export { SyncQuery } from "../orm/session/sync-query.ts";
export {
  SyncSession,
  type SyncSessionMaker,
  SyncSessionTransaction,
  syncSessionmaker,
} from "../orm/session/sync-session.ts";

/**
 * Makes an engine without promises. Nothing connects before the first statement.
 *
 * URLs: `sqlite:///file.db`, `sqlite:////absolute/file.db`, `sqlite://` (in memory), `sqlite+better-sqlite3:///file.db`.
 *
 * Errors: as `createEngine`, and engine/sync-unsupported for a database that is reached by a network.
 *
 * @example
 * const engine = createSyncEngine("sqlite://");
 */
// The drivers of PostgreSQL are known here, too, so that their URLs get the error that says why.
export const createSyncEngine = syncEngineMaker([nodeSqlite, betterSqlite3, pg, pglite]);
