/** `ormolu/sqlite`: SQLite's dialect and drivers, for engines that are put together by hand. */
export { sqlite } from "../dialects/sqlite/index.ts";
export { betterSqlite3 } from "../drivers/better-sqlite3.ts";
export { nodeSqlite } from "../drivers/node-sqlite.ts";
