/**
 * A database of one's own for one test: in memory, or a schema of a shared server.
 *
 * Below: the engines and sessions of both colours. Above: `spec.ts`.
 */
import { nodeSqlite } from "../drivers/node-sqlite.ts";
import { pg } from "../drivers/pg.ts";
import { pglite } from "../drivers/pglite.ts";
import { type Engine, engineMaker } from "../engine/engine.ts";
import { syncEngineMaker } from "../engine/sync-engine.ts";
import { Session, type SessionOptions } from "../orm/session/session.ts";
import { SyncSession } from "../orm/session/sync-session.ts";
import type { MetaData } from "../schema/metadata.ts";

/** A database product and a colour to run tests on. */
export interface SpecTarget {
  /** What the test's name shows: `sqlite sync`. */
  readonly name: string;
  readonly colour: "sync" | "async";
  readonly url: string;
  /** Whether others use this database too, so that each test needs a schema of its own. */
  readonly isShared?: boolean;
}

/** A database of one's own. */
export interface Sandbox {
  readonly engine: Engine;
  /** Opens a session of the target's colour; it is closed with the sandbox. */
  openSession(options?: SessionOptions): Session;
  createAll(metadata: MetaData): Promise<void>;
  /** Ends everything that was opened, and removes the schema. */
  close(): Promise<void>;
}

const createEngine = engineMaker([nodeSqlite, pg, pglite]);
const createSyncEngine = syncEngineMaker([nodeSqlite]);

/** A schema of a shared server with its tables, and the engine that works in it. */
interface OwnSchema {
  readonly engine: Engine;
  readonly name: string | undefined;
}

/** Schemas that a test is done with, by the tables in them: emptying one is quicker than making one. */
const idleSchemas = new Map<MetaData, OwnSchema>();
let schemaCount = 0;

/**
 * Opens a sandbox, in which the tables exist that are asked for.
 *
 * Shape: in the synchronous colour the engine and sessions are those without promises, under the types of the
 * others: a body that awaits everything cannot tell them apart.
 */
export async function openSandbox(target: SpecTarget, tables?: MetaData): Promise<Sandbox> {
  const { engine, name } = takeIdle(target, tables) ?? (await openSchema(target, tables));
  const sessions: Session[] = [];
  let isReusable = target.isShared === true;
  return {
    engine,
    openSession(options) {
      const session = openSessionOn(engine, target, options);
      sessions.push(session);
      return session;
    },
    async createAll(metadata) {
      isReusable = false;
      await metadata.createAll(engine);
    },
    async close() {
      for (const session of sessions) await session.close();
      if (!isReusable || tables === undefined || idleSchemas.has(tables)) {
        await closeSchema({ engine, name });
        return;
      }
      await runScript(engine, emptying(engine, tables));
      idleSchemas.set(tables, { engine, name });
    },
  };
}

/** Removes what sandboxes keep for the next one; a test runner calls it after the last spec of a file. */
export async function closeSandboxes(): Promise<void> {
  for (const schema of idleSchemas.values()) await closeSchema(schema);
  idleSchemas.clear();
}

/** Deletes every row, children first, and starts every sequence anew: several times as quick as TRUNCATE. */
function emptying(engine: Engine, tables: MetaData): string {
  const deletes = [...tables.sortedTables()]
    .reverse()
    .map(({ name }) => `DELETE FROM ${engine.dialect.quote(name)};`);
  const restart = `SELECT setval(oid::regclass, 1, false) FROM pg_class
    WHERE relkind = 'S' AND relnamespace = current_schema()::regnamespace;`;
  return [...deletes, restart].join("\n");
}

function takeIdle(target: SpecTarget, tables: MetaData | undefined): OwnSchema | undefined {
  const found = tables && target.isShared ? idleSchemas.get(tables) : undefined;
  if (tables && found) idleSchemas.delete(tables);
  return found;
}

async function openSchema(target: SpecTarget, tables: MetaData | undefined): Promise<OwnSchema> {
  const name = target.isShared ? `spec_${process.pid}_${++schemaCount}` : undefined;
  const engine = openEngine(target, name);
  if (name !== undefined) await runScript(engine, `CREATE SCHEMA ${name}`);
  if (tables !== undefined) await tables.createAll(engine);
  return { engine, name };
}

async function closeSchema({ engine, name }: OwnSchema): Promise<void> {
  try {
    if (name !== undefined) await runScript(engine, `DROP SCHEMA ${name} CASCADE`);
  } finally {
    await engine.dispose();
  }
}

function openEngine(target: SpecTarget, schema: string | undefined): Engine {
  if (target.colour === "sync") return createSyncEngine(target.url) as unknown as Engine;
  if (schema === undefined) return createEngine(target.url);
  const url = new URL(target.url);
  url.searchParams.set("options", `-c search_path=${schema}`);
  return createEngine(url.href);
}

function openSessionOn(engine: Engine, target: SpecTarget, options: SessionOptions | undefined): Session {
  if (target.colour === "async") return new Session(engine, options);
  const SyncColour = SyncSession as unknown as typeof Session;
  return new SyncColour(engine, options);
}

/** Runs SQL on a shared server; fails rather than waits for a transaction that a test left open. */
async function runScript(engine: Engine, sql: string): Promise<void> {
  await engine.begin((connection) =>
    connection.run(connection.core.executeScript(`SET LOCAL lock_timeout = 2000; ${sql}`)),
  );
}
