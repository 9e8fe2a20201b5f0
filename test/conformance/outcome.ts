/**
 * Runs one scenario on an empty in-memory database and tells what happened, in the words of the format.
 */

import { isDbError } from "../../src/foundation/errors.ts";
import { isMapped } from "../../src/orm/mapping/resolve.ts";
import { toOutcomeError } from "./errors.ts";
import type { AnyEngine, AnySession, AnyTransaction } from "./library.ts";
import { named } from "./library.ts";
import { foreignKeyPairs, Models } from "./models.ts";
import { Recorder } from "./recorder.ts";
import type {
  Json,
  Outcome,
  OutcomeError,
  Scenario,
  SqlEntry,
  Step,
  StepOutcome,
  TableRows,
} from "./scenario.ts";
import { Unsupported } from "./scenario.ts";
import type { Context } from "./steps.ts";
import { runStep } from "./steps.ts";
import { readRows } from "./tables.ts";
import { Objects } from "./values.ts";

/** The kind of session that a scenario runs on. */
export type Colour = "sync" | "async";

/** How a scenario is run. */
export interface RunOptions {
  readonly colour: Colour;
  /** Called with each error code, or class of a foreign error, that the format has no word for. */
  readonly unlisted?: (code: string, where: string) => void;
}

const colours = {
  sync: { engine: "createSyncEngine", session: "SyncSession" },
  async: { engine: "createEngine", session: "Session" },
} as const;

/**
 * Runs one scenario.
 *
 * Errors: {@link Unsupported} when it uses what the library does not have, or cannot have in this colour.
 */
export async function runScenario(scenario: Scenario, options: RunOptions): Promise<Outcome> {
  const outcome = (
    steps: StepOutcome[],
    tables: Record<string, TableRows>,
    error?: OutcomeError,
  ): Outcome => ({
    format: 1,
    name: scenario.name,
    foreignKeys: foreignKeyPairs(scenario),
    ...(error && { configure: { error } }),
    steps,
    tables,
  });
  const unlisted = (op: string) => (code: string) => options.unlisted?.(code, `${scenario.name}: ${op}`);

  let models: Models;
  try {
    models = new Models(scenario);
    models.configure();
  } catch (error) {
    if (error instanceof Unsupported) throw error;
    const circumstances = { op: "configure", failedInFlush: false };
    return outcome([], {}, toOutcomeError(error, circumstances, unlisted("configure")));
  }

  const { engine: createName, session: sessionName } = colours[options.colour];
  const engine = named<(url: string) => AnyEngine>(createName)("sqlite://");
  try {
    await prepare(engine, models, scenario.foreignKeys ?? true);
    const recorder = new Recorder(engine);
    const SessionClass = named<new (engine: AnyEngine, options: object) => AnySession>(sessionName);
    const flags = { autoflush: true, expireOnCommit: true };
    const opened: AnySession[] = [];
    const openSession: Context["openSession"] = (more) => {
      const session = new SessionClass(engine, { ...flags, ...more });
      opened.push(session);
      return session;
    };
    const context: Context = {
      models,
      objects: new Objects((value) => isMapped(value.constructor)),
      recorder,
      sessions: new Map([["main", openSession(scenario.session ?? {})]]),
      savepoints: new Map<string, AnyTransaction>(),
      openSession,
      connect: () => engine.connect(),
    };

    const steps: StepOutcome[] = [];
    for (const [i, step] of scenario.steps.entries()) {
      steps.push(await runRecorded(context, step, i, unlisted(`step ${i} (${step.op})`)));
    }
    for (const session of opened) await session.close();
    return outcome(steps, await finalTables(engine, models));
  } finally {
    await engine.dispose();
  }
}

async function prepare(engine: AnyEngine, models: Models, checksForeignKeys: boolean): Promise<void> {
  await models.base.metadata.createAll(engine);
  if (checksForeignKeys) return;
  const connection = await engine.connect();
  // SQLite ignores the pragma inside a transaction.
  await connection.begin({ isolationLevel: "AUTOCOMMIT" });
  await connection.executeRaw("PRAGMA foreign_keys = OFF");
  await connection.close();
}

async function runRecorded(
  context: Context,
  step: Step,
  i: number,
  unlisted: (code: string) => void,
): Promise<StepOutcome> {
  const { recorder } = context;
  recorder.isOn = true;
  let result: Json | undefined;
  let error: OutcomeError | undefined;
  try {
    result = await runStep(context, step);
  } catch (caught) {
    if (caught instanceof Unsupported) throw caught;
    if (
      isDbError(caught) &&
      (caught.code === "load/lazy-needs-await" || caught.code === "load/column-needs-refresh")
    ) {
      throw new Unsupported(`a plain read of what has expired cannot wait (${caught.code})`);
    }
    const { failedInFlush } = recorder;
    error = toOutcomeError(caught, { op: step.op, failedInFlush }, unlisted);
  } finally {
    recorder.isOn = false;
  }
  const sql: SqlEntry[] = recorder.take();
  return {
    i,
    op: step.op,
    ...(error === undefined && result !== undefined && { result }),
    ...(error && { error }),
    ...(sql.length > 0 && { sql }),
  };
}

async function finalTables(engine: AnyEngine, models: Models): Promise<Record<string, TableRows>> {
  const connection = await engine.connect();
  const tables: Record<string, TableRows> = {};
  for (const name of models.tableSpecs.keys()) tables[name] = await readRows(connection, models, name);
  await connection.close();
  return tables;
}
