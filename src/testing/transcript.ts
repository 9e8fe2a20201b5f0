/**
 * What an engine sent, as lines: `SELECT … -- [1]`. The transcript of a test and its N+1 check.
 *
 * Below: the engine's events. Above: `spec.ts`.
 */
import { echoLine, type StatementEvent } from "../engine/events.ts";

/** Something that reports its statements: an engine of either colour. */
export interface Reporting {
  on(name: "statement", listener: (event: StatementEvent) => void): () => void;
}

const transactionVerbs = new Set(["BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE", "SET"]);

/** Whether a statement only begins or ends a transaction or savepoint. */
export function isTransactionEvent({ verb }: StatementEvent): boolean {
  return transactionVerbs.has(verb);
}

/** Collects the statements of an engine. */
export class Transcript {
  readonly #events: StatementEvent[] = [];
  readonly #stop: () => void;

  constructor(engine: Reporting) {
    this.#stop = engine.on("statement", (event) => {
      this.#events.push(event);
    });
  }

  /** Statements so far, those that only begin and end transactions not counted. */
  get count(): number {
    return this.#events.filter((event) => !isTransactionEvent(event)).length;
  }

  /** Gives one line per statement sent since the last call, and forgets them. */
  take(): string[] {
    return this.#events.splice(0).map(echoLine);
  }

  /** Forgets everything so far. */
  clear(): void {
    this.#events.length = 0;
  }

  /** Ends listening. */
  stop(): void {
    this.#stop();
  }
}
