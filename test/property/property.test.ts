import { afterAll, expect, test } from "vitest";
import { closeSandboxes } from "../../src/testing/sandbox.ts";
import { agreesInBothColours, agreesOn, agreesWithModel, check } from "./properties.ts";

/** The same programs in every run, and as many that nobody has seen; a failure prints its seed. */
const fixed = Array.from({ length: 100 }, (_, index) => index + 1);
const fresh = Array.from({ length: 50 }, (_, index) => Date.now() + index);

test("random programs leave session, tables and model in agreement", async () => {
  expect(await check(agreesWithModel, [...fixed, ...fresh])).toBeUndefined();
});

test("both colours send the same statements for random programs", async () => {
  expect(await check(agreesInBothColours, [...fixed, ...fresh])).toBeUndefined();
});

const url = process.env["ORMOLU_TEST_POSTGRES"];

test.skipIf(url === undefined)("random programs end with the same rows on PostgreSQL", async () => {
  const server = { name: "postgresql", colour: "async", url: url as string, isShared: true } as const;
  afterAll(closeSandboxes);
  expect(await check(agreesOn(server), fixed.slice(0, 50))).toBeUndefined();
});
