/**
 * Runs many random programs: `npm run property -- --programs 10000 [--from SEED] [--property model|colours]`.
 *
 * Prints each failing program, made as short as possible, and ends with status 1 when there is one.
 */
import { parseArgs } from "node:util";
import { generate } from "./program.ts";
import { agreesInBothColours, agreesWithModel, failureOf, report } from "./properties.ts";

const properties = { model: agreesWithModel, colours: agreesInBothColours };

const { values } = parseArgs({
  options: {
    programs: { type: "string", default: "1000" },
    from: { type: "string", default: "1" },
    property: { type: "string" },
    most: { type: "string", default: "10" },
  },
});

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
process.exitCode = failures > 0 ? 1 : 0;
