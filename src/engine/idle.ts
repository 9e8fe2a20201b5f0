/**
 * Connections at rest: what both pools keep for reuse.
 *
 * Below: `driver.ts`. Above: `pool.ts` and `sync-pool.ts`.
 */
import type { LiveConnection } from "./driver.ts";

/** Connections that nobody uses; those that are gone, or too old, are not given out again. */
export class IdleConnections {
  readonly #recycleMs: number | undefined;
  readonly #idle: LiveConnection[] = [];
  readonly #openedAtMs = new WeakMap<LiveConnection, number>();

  constructor(recycleMs: number | undefined) {
    this.#recycleMs = recycleMs;
  }

  /** How many there are. */
  get count(): number {
    return this.#idle.length;
  }

  /** Notes when a connection was opened. */
  noteOpened(live: LiveConnection): LiveConnection {
    if (this.#recycleMs !== undefined) this.#openedAtMs.set(live, performance.now());
    return live;
  }

  /** Puts a connection to rest. */
  put(live: LiveConnection): void {
    live.setIdle?.(true);
    this.#idle.push(live);
  }

  /** Takes the one that rested last; those that cannot be used any more go to `discard`. */
  take(discard: (live: LiveConnection) => void): LiveConnection | undefined {
    for (let live = this.#idle.pop(); live !== undefined; live = this.#idle.pop()) {
      if (live.isOpen && !this.#isOld(live)) {
        live.setIdle?.(false);
        return live;
      }
      discard(live);
    }
    return undefined;
  }

  /** Takes all of them, to close them. */
  takeAll(): LiveConnection[] {
    return this.#idle.splice(0);
  }

  #isOld(live: LiveConnection): boolean {
    const openedAtMs = this.#openedAtMs.get(live);
    return openedAtMs !== undefined && performance.now() - openedAtMs > (this.#recycleMs ?? Infinity);
  }
}
