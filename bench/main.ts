/**
 * `npm run bench`: every contender on every task, on both databases, interleaved in one run.
 *
 * `--quick` measures less often; `--only T3,T4`, `--database sqlite` and `--contenders ormolu,pg` choose; `--out results`
 * writes a page and JSON.
 * Medians of the measurements; what a contender gives back must be what the others give back.
 */
import { copyFileSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import pg from "pg";
import { startPostgres } from "../test/support/postgres-server.ts";
import { contendersOn } from "./contenders.ts";
import { costs } from "./costs.ts";
import { type Measured, report, summaryOf } from "./report.ts";
import { measureStartUp } from "./start-up.ts";
import { type Contender, type Opened, type Outcome, type Place, TASKS, type Task } from "./tasks.ts";
import { build, type Keeper, keeperOf, resetOf } from "./world.ts";

const { values: options } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    only: { type: "string" },
    database: { type: "string" },
    contenders: { type: "string" },
    out: { type: "string" },
  },
});
const ROUNDS = options.quick ? 5 : 15;
const chosen = options.contenders?.split(",");
const tasks = TASKS.filter(
  ({ name }) => options.only === undefined || options.only.split(",").includes(name),
);

interface Runner {
  readonly contender: Contender;
  readonly opened: Opened;
  readonly keeper: Keeper;
  readonly database: Place["database"];
}

const folder = mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "ormolu-bench-"));
const measured: Measured[] = [];
let round = 0;
try {
  if (options.database !== "postgresql") await onSqlite();
  if (options.database !== "sqlite") await onPostgres();
  if (options.only === undefined || options.only.includes("T10"))
    measured.push(...measureStartUp(ROUNDS, chosen));
  const isWhole = options.only === undefined && chosen === undefined;
  const text = report(measured, ROUNDS) + (isWhole ? `\n${costs(folder)}` : "");
  console.log(text);
  if (options.out !== undefined) {
    writeFileSync(`${options.out}.md`, text);
    writeFileSync(`${options.out}.json`, `${JSON.stringify(measured, undefined, 1)}\n`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function onSqlite(): Promise<void> {
  const template = join(folder, "template.db");
  await build({ database: "sqlite", target: template });
  await compete("sqlite", async (_contender, index) => {
    const target = join(folder, `${index}.db`);
    copyFileSync(template, target);
    return { database: "sqlite", target };
  });
}

async function onPostgres(): Promise<void> {
  const server = await startPostgres();
  const admin = new pg.Client({ connectionString: server.url });
  await admin.connect();
  const urlOf = (name: string) => Object.assign(new URL(server.url), { pathname: `/${name}` }).href;
  try {
    await admin.query("CREATE DATABASE bench_template");
    await build({ database: "postgresql", target: urlOf("bench_template") });
    await compete("postgresql", async (_contender, index) => {
      await admin.query(`CREATE DATABASE bench_${index} TEMPLATE bench_template`);
      return { database: "postgresql", target: urlOf(`bench_${index}`) };
    });
  } finally {
    await admin.end();
    await server.stop();
  }
}

/** Opens all contenders on places of their own, and lets them take turns. */
async function compete(
  database: Place["database"],
  placeOf: (contender: Contender, index: number) => Promise<Place>,
): Promise<void> {
  const contenders = contendersOn(database).filter(({ name }) => chosen?.includes(name) ?? true);
  const runners: Runner[] = [];
  try {
    for (const [index, contender] of contenders.entries()) {
      const place = await placeOf(contender, index);
      runners.push({
        contender,
        opened: await contender.open(place),
        keeper: await keeperOf(place),
        database,
      });
    }
    for (const task of tasks) await runTask(database, task, runners);
  } finally {
    for (const { opened, keeper } of runners) {
      await opened.close();
      await keeper.close();
    }
  }
}

async function runTask(database: Place["database"], task: Task, runners: readonly Runner[]): Promise<void> {
  const able = runners.filter(({ opened }) => opened.tasks[task.name] !== undefined);
  const samples = new Map<Runner, number[]>(able.map((runner) => [runner, []]));
  const outcomes = new Map<Runner, Outcome>();
  const warmUps = options.quick ? 2 : 4;
  for (let turn = 0; turn < ROUNDS + warmUps; turn++) {
    // Another one begins each time, so that nobody always comes after the same neighbour.
    for (let index = 0; index < able.length; index++) {
      const runner = able[(index + turn) % able.length] as Runner;
      const { ms, outcome } = await measure(task, runner);
      if (turn >= warmUps) samples.get(runner)!.push(ms);
      outcomes.set(runner, outcome);
    }
  }
  demandEqual(task, outcomes);
  for (const [{ contender }, times] of samples) {
    measured.push({
      database,
      task: task.name,
      title: task.title,
      contender: contender.name,
      ...summaryOf(times),
    });
  }
  process.stderr.write(`${database} ${task.name}\n`);
}

async function measure(task: Task, runner: Runner): Promise<{ ms: number; outcome: Outcome }> {
  const resets = resetOf(task.name, runner.database);
  const runs = resets.length === 0 ? task.repeats : 1;
  let ms = 0;
  let outcome: Outcome = 0;
  for (let turn = 0; turn < task.repeats; turn += runs) {
    await runner.keeper.run(resets);
    // Nobody clears away what another one left.
    globalThis.gc?.({ type: "minor" });
    const start = performance.now();
    outcome = await repeat(runs, runner.opened.tasks[task.name]!);
    ms += performance.now() - start;
  }
  return { ms: ms / task.repeats, outcome };
}

async function repeat(times: number, run: (round: number) => Outcome | Promise<Outcome>): Promise<Outcome> {
  let outcome: Outcome = 0;
  for (let turn = 0; turn < times; turn++) {
    const given = run(round++);
    outcome = given instanceof Promise ? await given : given;
  }
  return outcome;
}

/** T7 gives the length of a text that each writes its own way, T1 a name that depends on the round. */
function demandEqual(task: Task, outcomes: ReadonlyMap<Runner, Outcome>): void {
  if (task.name === "T7" || task.name === "T1") return;
  const [first, ...others] = outcomes;
  for (const [runner, outcome] of others) {
    const isSame = typeof outcome === "number" && Math.abs(outcome - (first![1] as number)) < 1e-6;
    if (!isSame)
      throw new Error(
        `${task.name}: ${runner.contender.name} gave ${outcome}, ${first![0].contender.name} gave ${first![1]}`,
      );
  }
}
