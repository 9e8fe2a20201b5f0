import type { Engine, MetaData } from "../../src/entries/index.ts";
import type { SyncEngine } from "../../src/entries/sync.ts";
import type { Notebook } from "./notebook.ts";

/** One of the systems that the demo shows. */
export interface Example {
  /** How the command line calls it. */
  readonly name: string;
  readonly title: string;
  /** The tables that it works with: they are dropped and created before it runs. */
  readonly metadata: readonly MetaData[];
  /** Runs on an asynchronous engine. */
  run(engine: Engine, notebook: Notebook): Promise<void>;
  /** Runs without promises, where the database is in this process. */
  runSync?(engine: SyncEngine, notebook: Notebook): Promise<void>;
}
