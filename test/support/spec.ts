/**
 * The specs of `src/testing` as tests of vitest: each body once per database and colour.
 */
import { afterAll, test } from "vitest";
import { closeSandboxes } from "../../src/testing/sandbox.ts";
import { runSpec, type SpecBody, type SpecOptions, type SpecTarget } from "../../src/testing/spec.ts";

const alwaysThere: readonly SpecTarget[] = [
  { name: "sqlite sync", colour: "sync", url: "sqlite://" },
  { name: "sqlite async", colour: "async", url: "sqlite://" },
];

const pglite: SpecTarget = { name: "pglite", colour: "async", url: "pglite://" };

/** Starting PGlite and loading its files takes longer than a test should. */
const PGLITE_TIMEOUT_MS = 60_000;

/** The test server, or why there is none. */
function postgres(): SpecTarget | string {
  const url = process.env["ORMOLU_TEST_POSTGRES"];
  if (url === undefined) return process.env["ORMOLU_TEST_POSTGRES_MISSING"] ?? "there is no server";
  return { name: "postgresql", colour: "async", url, isShared: true };
}

/** Registers a spec. */
export function spec(name: string, body: SpecBody): void;
export function spec(name: string, options: SpecOptions, body: SpecBody): void;
export function spec(name: string, first: SpecOptions | SpecBody, second?: SpecBody): void {
  const options = typeof first === "function" ? {} : first;
  const body = typeof first === "function" ? first : second!;
  // Once per spec, as nobody tells where a file begins; what is closed already costs nothing.
  afterAll(closeSandboxes);
  for (const target of alwaysThere) register(name, options, target, body);
  const server = postgres();
  if (typeof server === "string") test.skip(`${name} (postgresql: not run, ${server})`);
  else register(name, options, server, body);
  if (options.pglite) register(name, options, pglite, body, PGLITE_TIMEOUT_MS);
}

/** Makes a `spec` whose options are given once for a file. */
export function specWith(defaults: SpecOptions): typeof spec {
  return (name: string, first: SpecOptions | SpecBody, second?: SpecBody) => {
    if (typeof first === "function") spec(name, defaults, first);
    else spec(name, { ...defaults, ...first }, second!);
  };
}

function register(
  name: string,
  options: SpecOptions,
  target: SpecTarget,
  body: SpecBody,
  timeout?: number,
): void {
  const run = (context: { skip: (note?: string) => void }) =>
    runSpec(options, target, body, (reason) => context.skip(reason));
  if (timeout === undefined) test(`${name} (${target.name})`, run);
  else test(`${name} (${target.name})`, { timeout }, run);
}
