/**
 * Connections that are kept for reuse; who finds none waits, until the time is over.
 *
 * Below: `idle.ts`, and a driver, by the function that opens a connection. Above: the shells. `sync-pool.ts` is the same
 * without waiting.
 */
import { fail } from "../foundation/errors.ts";
import type { DriverConnection, PoolPort } from "../io/ask.ts";
import type { LiveConnection, Soon } from "./driver.ts";
import { IdleConnections } from "./idle.ts";

/** How many connections, and for how long. */
export interface PoolOptions {
  /** Connections that are kept open. */
  readonly poolSize: number;
  /** Further connections under load, closed when given back. */
  readonly maxOverflow: number;
  /** The database has one connection, in memory. */
  readonly isShared?: boolean;
  /** How long to wait for a free connection. */
  readonly timeoutMs: number;
  /** Connections older than this are replaced when taken. */
  readonly recycleMs: number | undefined;
  /** Opens a connection. */
  readonly open: () => Soon<LiveConnection>;
}

interface Waiter {
  /** Whether it has its answer, be it the end of its time. */
  isAnswered: boolean;
  readonly resolve: (connection: LiveConnection) => void;
  readonly reject: (error: unknown) => void;
}

/** A pool whose users can wait. Answers at once when it can, so that a database in this process costs no promise. */
export class WaitingPool implements PoolPort {
  readonly #options: PoolOptions;
  readonly #idle: IdleConnections;
  readonly #waiters = new Set<Waiter>();
  /** Connections in use, idle, or being opened. */
  #count = 0;
  #isClosed = false;

  constructor(options: PoolOptions) {
    this.#options = options;
    this.#idle = new IdleConnections(options.recycleMs);
  }

  /** Connections in use, idle, or being opened. */
  get size(): number {
    return this.#count;
  }

  /** Connections that nobody uses. */
  get idleCount(): number {
    return this.#idle.count;
  }

  /**
   * Gives a connection: an idle one, a new one, or the next one to be given back.
   *
   * Errors: pool/timeout, pool/busy-memory, pool/closed, io/aborted; whatever opening a connection raises.
   */
  acquire(signal?: AbortSignal): Soon<DriverConnection> {
    if (this.#isClosed) throw fail("pool/closed", {});
    const idle = this.#idle.take((live) => void this.#discard(live));
    if (idle !== undefined) return idle;
    if (this.#count < this.#options.poolSize + this.#options.maxOverflow) return this.#open();
    return this.#wait(signal);
  }

  /** Takes a connection back; a broken one is closed, and whoever waits gets a new one. */
  release(connection: DriverConnection, broken: boolean): void | Promise<void> {
    const live = connection as LiveConnection;
    if (broken || this.#isClosed || !live.isOpen) return this.#discard(live);
    const waiter = this.#nextWaiter();
    if (waiter !== undefined) {
      waiter.resolve(live);
      return;
    }
    if (this.#count > this.#options.poolSize) return this.#discard(live);
    this.#idle.put(live);
  }

  /** Closes every idle connection; those in use are closed when given back. */
  close(): void | Promise<void> {
    this.#isClosed = true;
    for (const waiter of this.#waiters) waiter.reject(fail("pool/closed", {}));
    this.#waiters.clear();
    const closings = this.#idle.takeAll().map((live) => this.#discard(live));
    const pending = closings.filter((closing) => closing instanceof Promise);
    if (pending.length > 0) return Promise.all(pending).then(() => undefined);
  }

  #open(): Soon<LiveConnection> {
    this.#count++;
    try {
      const opening = this.#options.open();
      return opening instanceof Promise ? this.#opened(opening) : this.#idle.noteOpened(opening);
    } catch (error) {
      this.#count--;
      throw error;
    }
  }

  async #opened(opening: Promise<LiveConnection>): Promise<LiveConnection> {
    try {
      return this.#idle.noteOpened(await opening);
    } catch (error) {
      this.#count--;
      // Whoever waits for this place tries for himself, and learns why it failed.
      this.#openForWaiter();
      throw error;
    }
  }

  #wait(signal: AbortSignal | undefined): Promise<LiveConnection> {
    const { timeoutMs } = this.#options;
    return new Promise((resolve, reject) => {
      const leave = () => {
        waiter.isAnswered = true;
        clearTimeout(timer);
        signal?.removeEventListener("abort", abort);
        this.#waiters.delete(waiter);
      };
      const waiter: Waiter = {
        isAnswered: false,
        resolve: (live) => {
          leave();
          resolve(live);
        },
        reject: (error) => {
          leave();
          reject(error);
        },
      };
      const abort = () => waiter.reject(fail("io/aborted", {}));
      const timer = setTimeout(() => {
        const waiting = this.#waiters.size - 1;
        waiter.reject(
          this.#options.isShared
            ? fail("pool/busy-memory", {})
            : fail("pool/timeout", { timeoutMs, size: this.#count, waiting }),
        );
      }, timeoutMs);
      signal?.addEventListener("abort", abort);
      this.#waiters.add(waiter);
    });
  }

  #nextWaiter(): Waiter | undefined {
    for (const waiter of this.#waiters) return waiter;
    return undefined;
  }

  #discard(live: LiveConnection): void | Promise<void> {
    this.#count--;
    const closing = live.close();
    this.#openForWaiter();
    if (closing instanceof Promise) return closing;
  }

  #openForWaiter(): void {
    const waiter = this.#isClosed ? undefined : this.#nextWaiter();
    if (waiter === undefined) return;
    this.#waiters.delete(waiter);
    try {
      const opening = this.#open();
      if (!(opening instanceof Promise)) {
        waiter.resolve(opening);
        return;
      }
      // Its time may be over before the connection is open.
      const give = (live: LiveConnection) =>
        waiter.isAnswered ? void this.release(live, false) : waiter.resolve(live);
      opening.then(give, waiter.reject);
    } catch (error) {
      waiter.reject(error);
    }
  }
}
