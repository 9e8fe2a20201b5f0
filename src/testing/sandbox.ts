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

let schemaCount = 0;

/**
 * Opens a sandbox.
 *
 * Shape: in the synchronous colour the engine and sessions are those without promises, under the types of the
 * others: a body that awaits everything cannot tell them apart.
 */
export async function openSandbox(target: SpecTarget): Promise<Sandbox> {
  const schema = target.isShared ? `spec_${process.pid}_${++schemaCount}` : undefined;
  const engine = openEngine(target, schema);
  if (schema !== undefined) await runScript(engine, `CREATE SCHEMA ${schema}`);
  const sessions: Session[] = [];
  return {
    engine,
    openSession(options) {
      const session = openSessionOn(engine, target, options);
      sessions.push(session);
      return session;
    },
    async createAll(metadata) {
      await metadata.createAll(engine);
    },
    async close() {
      try {
        for (const session of sessions) await session.close();
        if (schema !== undefined) await runScript(engine, `DROP SCHEMA ${schema} CASCADE`);
      } finally {
        await engine.dispose();
      }
    },
  };
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

async function runScript(engine: Engine, sql: string): Promise<void> {
  await engine.begin((connection) => connection.executeRaw(sql));
}
