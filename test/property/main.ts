/**
 * Runs many random programs: `npm run property -- --programs 10000 [--from SEED] [--property NAME]`. The names are
 * `model`, `colours`, `strategies`, `unloaded`, and `postgresql`, which starts a server and is run only when it is named.
 *
 * Prints each failing program, made as short as possible, and ends with status 1 when there is one.
 */
import { parseArgs } from "node:util";
import { closeSandboxes } from "../../src/testing/sandbox.ts";
import { startPostgres } from "../support/postgres-server.ts";
import { agreesInBothColours, agreesOn, agreesWithModel, check, type Property } from "./properties.ts";
import { checkStrategies } from "./strategies.ts";
import { checkUnloaded } from "./unloaded.ts";

const { values } = parseArgs({
  options: {
    programs: { type: "string", default: "1000" },
    from: { type: "string", default: "1" },
    property: { type: "string" },
    most: { type: "string", default: "10" },
  },
});

const server = values.property === "postgresql" ? await startPostgres() : undefined;
/** Gives the report of a seed that fails. */
type Check = (seed: number) => Promise<string | undefined>;

const ofPrograms =
  (property: Property): Check =>
  (seed) =>
    check(property, [seed]);
const checks: Record<string, Check> =
  server === undefined
    ? {
        model: ofPrograms(agreesWithModel),
        colours: ofPrograms(agreesInBothColours),
        strategies: checkStrategies,
        unloaded: checkUnloaded,
      }
    : {
        postgresql: ofPrograms(
          agreesOn({ name: "postgresql", colour: "async", url: server.url, isShared: true }),
        ),
      };

const first = Number(values.from);
const count = Number(values.programs);
let failures = 0;
for (const [name, checkSeed] of Object.entries(checks)) {
  if (values.property !== undefined && values.property !== name) continue;
  const start = performance.now();
  let found = 0;
  for (let seed = first; seed < first + count; seed++) {
    const failure = await checkSeed(seed);
    if (failure === undefined) continue;
    found++;
    if (found <= Number(values.most)) console.log(`${failure}\n`);
  }
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`${name}: ${count} programs from seed ${first}, ${found} differences, ${seconds} s`);
  failures += found;
}
await closeSandboxes();
await server?.stop();
process.exitCode = failures > 0 ? 1 : 0;
