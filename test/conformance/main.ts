/**
 * Runs conformance scenarios: `npm run conformance -- SCENARIOS --out FOLDER [--colour async] [--only name,…]`.
 *
 * Writes one outcome per scenario and prints how many ran, which are unsupported and why, which depart on purpose,
 * and the command that compares the outcomes with the expected ones.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { departures } from "./departures.ts";
import type { Colour } from "./outcome.ts";
import { runScenario } from "./outcome.ts";
import type { Scenario } from "./scenario.ts";
import { Unsupported } from "./scenario.ts";

const usage =
  "usage: npm run conformance -- SCENARIOS --out FOLDER [--colour sync|async] [--only name,…] [--expected FOLDER]";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    out: { type: "string" },
    colour: { type: "string", default: "sync" },
    only: { type: "string" },
    expected: { type: "string" },
  },
});
const [folder] = positionals;
const { out, colour } = values;
if (folder === undefined || out === undefined || (colour !== "sync" && colour !== "async")) {
  console.error(usage);
  process.exit(2);
}
await main(resolve(folder), resolve(out), colour);

async function main(folder: string, out: string, colour: Colour): Promise<void> {
  mkdirSync(out, { recursive: true });
  const wanted = values.only?.split(",");
  const names = readdirSync(folder)
    .filter((file) => file.endsWith(".json"))
    .map((file) => file.slice(0, -".json".length))
    .filter((name) => wanted === undefined || wanted.includes(name))
    .sort();

  const unsupported: [name: string, reason: string][] = [];
  const unlisted = new Map<string, string[]>();
  let ran = 0;
  for (const name of names) {
    const file = join(out, `${name}.json`);
    // An outcome of an earlier run must not stand for a scenario that is unsupported now.
    rmSync(file, { force: true });
    const scenario = JSON.parse(readFileSync(join(folder, `${name}.json`), "utf8")) as Scenario;
    try {
      const outcome = await runScenario(scenario, {
        colour,
        unlisted: (code, where) => unlisted.set(code, [...(unlisted.get(code) ?? []), where]),
      });
      writeFileSync(file, `${JSON.stringify(outcome)}\n`);
      ran++;
    } catch (error) {
      if (error instanceof Unsupported) unsupported.push([name, error.message]);
      else
        unsupported.push([
          name,
          `the runner failed: ${error instanceof Error ? error.stack : String(error)}`,
        ]);
    }
  }

  console.log(`${ran} of ${names.length} scenarios run on the ${colour} session; outcomes in ${out}`);
  printGrouped("unsupported", unsupported);
  const departing = departures.filter(({ scenario }) => names.includes(scenario));
  console.log(`\n${departing.length} depart on purpose`);
  for (const { scenario, reason } of departing) console.log(`  ${scenario}: ${reason}`);
  if (unlisted.size > 0) {
    console.log(`\n${unlisted.size} errors that errors.ts gives no type`);
    for (const [code, places] of unlisted) console.log(`  ${places.length} × ${code} (${places[0] ?? ""})`);
  }

  const expected = values.expected ?? join(dirname(folder), "expected");
  const judge = resolve(folder, "../../compare.py");
  const script = existsSync(judge) ? judge : "compare.py";
  console.log(`\nCompare with: python3 ${script} ${expected} ${out} --scenarios ${folder}`);
}

function printGrouped(title: string, entries: readonly [name: string, reason: string][]): void {
  console.log(`\n${entries.length} ${title}`);
  const byReason = new Map<string, string[]>();
  for (const [name, reason] of entries) byReason.set(reason, [...(byReason.get(reason) ?? []), name]);
  for (const [reason, names] of byReason) console.log(`  ${names.length} × ${reason}: ${names.join(", ")}`);
}
