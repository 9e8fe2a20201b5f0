/** What has to hold for every program. */
import type { SpecTarget } from "../../src/testing/sandbox.ts";
import { generate, type Program, show } from "./program.ts";
import { type Run, run } from "./run.ts";
import { shrink } from "./shrink.ts";

const sqliteSync: SpecTarget = { name: "sqlite sync", colour: "sync", url: "sqlite://" };
const sqliteAsync: SpecTarget = { name: "sqlite async", colour: "async", url: "sqlite://" };

/** Something that holds for a program; throws when it does not. */
export type Property = (program: Program) => Promise<void>;

/** The session agrees with the model, and memory with the tables. */
export const agreesWithModel: Property = async (program) => {
  await run(program, { target: sqliteSync, isChecked: true });
};

/** Both colours send the same statements with the same parameters. */
export const agreesInBothColours: Property = async (program) => {
  const sync = await run(program, { target: sqliteSync, isChecked: false });
  const async = await run(program, { target: sqliteAsync, isChecked: false });
  const at = sync.lines.findIndex((line, index) => line !== async.lines[index]);
  if (at < 0 && sync.lines.length === async.lines.length) return;
  throw new Error(`the colours differ: sync sends\n  ${sync.lines[at]}\nand async\n  ${async.lines[at]}`);
};

/** A server and SQLite end with the same rows, and both agree with the model. */
export function agreesOn(server: SpecTarget): Property {
  return async (program) => {
    const runs: Run[] = [];
    for (const target of [sqliteSync, server]) runs.push(await run(program, { target, isChecked: true }));
    const [here, there] = runs.map(({ tables }) => JSON.stringify(tables));
    if (here !== there) throw new Error(`SQLite ends with\n  ${here}\nand the server with\n  ${there}`);
  };
}

/** Checks the programs of some seeds. Gives the report of the first that fails, made as short as possible. */
export async function check(property: Property, seeds: Iterable<number>): Promise<string | undefined> {
  for (const seed of seeds) {
    const program = generate(seed);
    if ((await failureOf(property, program)) === undefined) continue;
    return await report(property, program);
  }
  return undefined;
}

/** The report of one program that fails. */
export async function report(property: Property, program: Program): Promise<string> {
  const shortest = await shrink(
    program,
    async (shorter) => (await failureOf(property, shorter)) !== undefined,
  );
  const failure = await failureOf(property, shortest);
  return `${show(shortest)}\n${failure instanceof Error ? failure.message : String(failure)}`;
}

/** Why a program fails, or undefined. */
export async function failureOf(property: Property, program: Program): Promise<unknown> {
  try {
    await property(program);
    return undefined;
  } catch (error) {
    return error;
  }
}
