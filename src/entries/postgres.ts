/** `ormolu/postgres`: PostgreSQL's dialect and drivers, for engines that are put together by hand. */
export { postgres } from "../dialects/postgres/index.ts";
export { pg } from "../drivers/pg.ts";
export { pglite } from "../drivers/pglite.ts";
