/**
 * Where an abort reaches a flow.
 */
import { fail } from "../foundation/errors.ts";
import type { Ask } from "./ask.ts";

/**
 * Throws an abort into a flow: once, in place of the outcome of the ask in flight or of the next one.
 *
 * What an aborted `acquire` or `open` gave is still handed over, for the flow must give it back; `release`, `close`
 * and what is marked `uninterruptible` always run to their end.
 */
export class Abort {
  readonly #signal: AbortSignal;
  #isDelivered = false;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  signalFor(ask: Ask): AbortSignal | undefined {
    return this.#isDelivered || !isInterruptible(ask) ? undefined : this.#signal;
  }

  before(ask: Ask): void {
    if (this.#isDue(ask)) throw this.#deliver();
  }

  after(ask: Ask): void {
    if (ask.kind !== "acquire" && ask.kind !== "open" && this.#isDue(ask)) throw this.#deliver();
  }

  insteadOf(error: unknown, ask: Ask): unknown {
    return this.#isDue(ask) ? this.#deliver() : error;
  }

  #isDue(ask: Ask): boolean {
    return this.#signal.aborted && !this.#isDelivered && isInterruptible(ask);
  }

  #deliver(): unknown {
    this.#isDelivered = true;
    return fail("io/aborted", {}, { cause: this.#signal.reason });
  }
}

function isInterruptible(ask: Ask): boolean {
  if (ask.kind === "execute" || ask.kind === "open") return ask.uninterruptible !== true;
  return ask.kind !== "release" && ask.kind !== "close";
}
