import pg from "pg";
import { expect, test } from "vitest";

const url = process.env["ORMOLU_TEST_POSTGRES"];

test.skipIf(!url)("the test run's PostgreSQL answers over TCP", async () => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query("select current_setting('server_version_num')::int as version");
    expect(rows[0].version).toBeGreaterThanOrEqual(180000);
  } finally {
    await client.end();
  }
});

test("tests run on the pinned Node.js", () => {
  expect(Number(process.versions.node.split(".")[0])).toBeGreaterThanOrEqual(22);
});
