/**
 * Connections that are kept for reuse, where nobody can wait: who finds none gets an error.
 *
 * Below: `idle.ts`, and a driver, by the function that opens a connection. Above: the sync shell.
 */
import { fail } from "../foundation/errors.ts";
import type { DriverConnection, PoolPort } from "../io/ask.ts";
import type { LiveConnection } from "./driver.ts";
import { IdleConnections } from "./idle.ts";

/** How many connections. */
export interface SyncPoolOptions {
  readonly poolSize: number;
  readonly maxOverflow: number;
  /** The database has one connection, in memory. */
  readonly isShared?: boolean;
  /** Connections older than this are replaced when taken. */
  readonly recycleMs: number | undefined;
  readonly open: () => LiveConnection;
}

/** A pool without waiting. */
export class SyncPool implements PoolPort {
  readonly #options: SyncPoolOptions;
  readonly #idle: IdleConnections;
  #count = 0;
  #isClosed = false;

  constructor(options: SyncPoolOptions) {
    this.#options = options;
    this.#idle = new IdleConnections(options.recycleMs);
  }

  /** Connections in use or idle. */
  get size(): number {
    return this.#count;
  }

  /** Connections that nobody uses. */
  get idleCount(): number {
    return this.#idle.count;
  }

  /**
   * Gives an idle connection or a new one.
   *
   * Errors: pool/timeout or pool/busy-memory when all are in use, pool/closed; whatever opening a connection raises.
   */
  acquire(): DriverConnection {
    if (this.#isClosed) throw fail("pool/closed", {});
    const idle = this.#idle.take((live) => this.#discard(live));
    if (idle !== undefined) return idle;
    if (this.#count >= this.#options.poolSize + this.#options.maxOverflow) {
      if (this.#options.isShared) throw fail("pool/busy-memory", {});
      throw fail("pool/timeout", { timeoutMs: 0, size: this.#count, waiting: 0 });
    }
    const live = this.#options.open();
    this.#count++;
    return this.#idle.noteOpened(live);
  }

  /** Takes a connection back; a broken one is closed. */
  release(connection: DriverConnection, broken: boolean): void {
    const live = connection as LiveConnection;
    if (!broken && !this.#isClosed && live.isOpen && this.#count <= this.#options.poolSize) {
      this.#idle.put(live);
      return;
    }
    this.#discard(live);
  }

  /** Closes every idle connection; those in use are closed when given back. */
  close(): void {
    this.#isClosed = true;
    for (const live of this.#idle.takeAll()) this.#discard(live);
  }

  #discard(live: LiveConnection): void {
    this.#count--;
    void live.close();
  }
}
