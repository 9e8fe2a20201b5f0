/**
 * Runs many random programs: `npm run property -- --programs 10000 [--from SEED] [--property model|colours|postgresql]`.
 * Without `--property` the first two; the third starts a server.
 *
 * Prints each failing program, made as short as possible, and ends with status 1 when there is one.
 */
import { parseArgs } from "node:util";
import { closeSandboxes } from "../../src/testing/sandbox.ts";
import { startPostgres } from "../support/postgres-server.ts";
import { generate } from "./program.ts";
import {
  agreesInBothColours,
  agreesOn,
  agreesWithModel,
  failureOf,
  type Property,
  report,
} from "./properties.ts";

const { values } = parseArgs({
  options: {
    programs: { type: "string", default: "1000" },
    from: { type: "string", default: "1" },
    property: { type: "string" },
    most: { type: "string", default: "10" },
  },
});

const server = values.property === "postgresql" ? await startPostgres() : undefined;
const properties: Record<string, Property> =
  server === undefined
    ? { model: agreesWithModel, colours: agreesInBothColours }
    : { postgresql: agreesOn({ name: "postgresql", colour: "async", url: server.url, isShared: true }) };

const first = Number(values.from);
const count = Number(values.programs);
let failures = 0;
for (const [name, property] of Object.entries(properties)) {
  if (values.property !== undefined && values.property !== name) continue;
  const start = performance.now();
  let found = 0;
  for (let seed = first; seed < first + count; seed++) {
    const program = generate(seed);
    if ((await failureOf(property, program)) === undefined) continue;
    found++;
    if (found <= Number(values.most)) console.log(`${await report(property, program)}\n`);
  }
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`${name}: ${count} programs from seed ${first}, ${found} differences, ${seconds} s`);
  failures += found;
}
await closeSandboxes();
await server?.stop();
process.exitCode = failures > 0 ? 1 : 0;
