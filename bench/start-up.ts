/** T10: a process that imports the library, declares ten models and writes one statement, against an empty one. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { type Measured, summaryOf } from "./report.ts";

const PROGRAMS = ["empty", "ormolu", "drizzle", "kysely", "mikro-orm", "typeorm"];

export function measureStartUp(rounds: number, chosen: readonly string[] = PROGRAMS): Measured[] {
  const programs = PROGRAMS.filter((program) => program === "empty" || chosen.includes(program));
  const samples = programs.map((): number[] => []);
  for (let turn = 0; turn < rounds + 2; turn++) {
    programs.forEach((program, index) => {
      const start = performance.now();
      const { status } = spawnSync(process.execPath, [join(import.meta.dirname, `start-up/${program}.js`)]);
      if (status !== 0) throw new Error(`start-up/${program}.js failed`);
      if (turn >= 2) samples[index]!.push(performance.now() - start);
    });
  }
  return programs.map((program, index) => ({
    database: "process",
    task: "T10",
    title: "start-up with 10 models",
    contender: program,
    ...summaryOf(samples[index]!),
  }));
}
