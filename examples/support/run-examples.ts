import { createEngine, type Engine } from "../../src/entries/index.ts";
import { createSyncEngine, type SyncEngine } from "../../src/entries/sync.ts";
import type { Example } from "./example.ts";
import type { Notebook } from "./notebook.ts";

/** Where examples run. */
export interface RunOptions {
  readonly url: string;
  /** Whether the tables stay, to be looked at, when an example has ended. */
  readonly keep?: boolean;
}

/** Runs examples one after the other, each on tables of its own. */
export async function runExamples(
  examples: readonly Example[],
  notebook: Notebook,
  options: RunOptions,
): Promise<void> {
  for (const example of examples) {
    if (example.runSync !== undefined && options.url.startsWith("sqlite")) {
      const engine = createSyncEngine(options.url);
      const body = () => example.runSync?.(engine, notebook);
      await runOn(engine, "SyncSession", example, notebook, options, body);
    } else {
      const { engine, leave } = await enter(options, `demo_${example.name.replaceAll("-", "_")}`);
      await runOn(engine, "Session", example, notebook, options, () => example.run(engine, notebook));
      await leave();
    }
  }
}

async function runOn(
  engine: Engine | SyncEngine,
  colour: "Session" | "SyncSession",
  example: Example,
  notebook: Notebook,
  { keep = false }: RunOptions,
  body: () => Promise<void> | undefined,
): Promise<void> {
  // Both colours create and drop tables; a synchronous engine has only nothing to wait for.
  const target = engine as Engine;
  try {
    notebook.title(`${example.name}: ${example.title} (${colour}, ${engine.dialect.name})`);
    notebook.step("Create the tables");
    const dropAll = async () => {
      for (const metadata of example.metadata.toReversed()) await metadata.dropAll(target);
    };
    await dropAll();
    const stopListening = engine.on("statement", (event) => notebook.statement(event));
    for (const metadata of example.metadata) await metadata.createAll(target, { checkFirst: false });
    await body();
    stopListening();
    if (!keep) await dropAll();
  } finally {
    await engine.dispose();
  }
}

/**
 * Opens an engine. On a PostgreSQL server the tables go to a schema of their own,
 * so that nobody's table of the same name is touched.
 */
async function enter({ url, keep = false }: RunOptions, schema: string) {
  if (!/^postgres(ql)?:/.test(url)) return { engine: createEngine(url), leave: async () => {} };
  const run = async (sql: string) => {
    await using engine = createEngine(url);
    await engine.begin((connection) => connection.executeRaw(sql));
  };
  await run(`CREATE SCHEMA IF NOT EXISTS ${schema}`);
  const separator = url.includes("?") ? "&" : "?";
  return {
    engine: createEngine(`${url}${separator}options=${encodeURIComponent(`-c search_path=${schema}`)}`),
    leave: async () => {
      if (!keep) await run(`DROP SCHEMA ${schema}`);
    },
  };
}
