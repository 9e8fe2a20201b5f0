import { startPostgres } from "./postgres-server.ts";

/**
 * Starts one PostgreSQL server for the whole run and returns what stops it.
 *
 * `ORMOLU_TEST_POSTGRES` holds its URL for the tests. Set beforehand to a URL, that server is used instead;
 * set to `none`, none is started. Without a server `ORMOLU_TEST_POSTGRES` is unset,
 * `ORMOLU_TEST_POSTGRES_MISSING` holds the reason, and tests that need one are skipped.
 * With `ORMOLU_REQUIRE_POSTGRES` a missing server fails the run.
 */
export async function setup(): Promise<(() => Promise<void>) | undefined> {
  const given = process.env["ORMOLU_TEST_POSTGRES"];
  if (given && given !== "none") return undefined;
  delete process.env["ORMOLU_TEST_POSTGRES"];
  try {
    if (given === "none") throw new Error("ORMOLU_TEST_POSTGRES=none was asked for.");
    const server = await startPostgres();
    process.env["ORMOLU_TEST_POSTGRES"] = server.url;
    return server.stop;
  } catch (error) {
    if (process.env["ORMOLU_REQUIRE_POSTGRES"]) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    process.env["ORMOLU_TEST_POSTGRES_MISSING"] = reason;
    if (given !== "none") console.warn(`Tests on PostgreSQL are skipped: ${reason}`);
    return undefined;
  }
}
