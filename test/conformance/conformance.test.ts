import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Colour } from "./outcome.ts";
import { runScenario } from "./outcome.ts";
import type { Outcome, Scenario, SqlEntry, StepOutcome } from "./scenario.ts";
import { Unsupported } from "./scenario.ts";

const folder = (name: string) => join(import.meta.dirname, name);
const read = <Shape>(...parts: [folder: string, file: string]) =>
  JSON.parse(readFileSync(join(folder(parts[0]), parts[1]), "utf8")) as Shape;

const files = readdirSync(folder("scenarios")).sort();

/** What is compared of a step: rows written by verb and table, and the number of SELECTs. */
function essence({ i, op, result, error, sql = [] }: StepOutcome) {
  const rows: Record<string, number> = {};
  const count = (key: string, sets: number) => {
    rows[key] = (rows[key] ?? 0) + sets;
  };
  for (const [verb, tables, sets] of sql as SqlEntry[]) {
    if (verb === "SELECT") count("SELECT", 1);
    else if (tables !== "") count(`${verb} ${tables}`, sets);
  }
  return { i, op, result, error: error && [error.type, error.constraint], rows };
}

const essenceOf = (outcome: Outcome) => ({
  configure: outcome.configure?.error.type,
  steps: outcome.steps.map(essence),
  tables: outcome.tables,
  foreignKeys: outcome.foreignKeys,
});

async function run(scenario: Scenario, colour: Colour): Promise<Outcome> {
  const unlisted: string[] = [];
  const outcome = await runScenario(scenario, { colour, unlisted: (code) => unlisted.push(code) });
  expect(unlisted).toEqual([]);
  return outcome;
}

describe("the conformance runner", () => {
  test.each(files)("agrees on %s", async (file) => {
    const outcome = await run(read<Scenario>("scenarios", file), "sync");
    expect(essenceOf(outcome)).toEqual(essenceOf(read<Outcome>("expected", file)));
  });

  test.each(files)("agrees on %s in the other colour, or says why it cannot wait", async (file) => {
    const scenario = read<Scenario>("scenarios", file);
    try {
      const outcome = await run(scenario, "async");
      expect(essenceOf(outcome)).toEqual(essenceOf(read<Outcome>("expected", file)));
    } catch (error) {
      if (!(error instanceof Unsupported)) throw error;
      expect(error.message).toContain("cannot wait");
    }
  });

  test("says what it does not support", async () => {
    const scenario = read<Scenario>("scenarios", "failed-flush.json");
    const models = scenario.models.map((model) => ({ ...model, inheritance: { discriminator: "type" } }));
    const running = runScenario({ ...scenario, models }, { colour: "sync" });
    await expect(running).rejects.toThrow(new Unsupported("inheritance"));
  });
});
