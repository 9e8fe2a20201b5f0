/**
 * What an engine tells about the statements that it sends.
 *
 * Below: foundation. Above: `connection.ts`, which reports, and the shells, whose `on` listens.
 */
import { fail } from "../foundation/errors.ts";
import { shorten } from "../foundation/words.ts";

/** One statement that was sent, successful or not. */
export interface StatementEvent {
  readonly sql: string;
  /** Values as the application gave them, in placeholder order; of several executions those of the first. */
  readonly parameters: readonly unknown[];
  /** Which step sent it: `emit insert user`. */
  readonly label: string | undefined;
  readonly durationMs: number;
  /** How many rows it was to write, as far as the flush knows. */
  readonly parameterSets: number | undefined;
  /** How many times it was executed, each with values of its own. */
  readonly executions: number;
  /** Rows returned, or rows changed by a statement that returns none. */
  readonly rowCount: number;
  /** `SELECT`, `INSERT`, `BEGIN`, … in upper case. */
  readonly verb: string;
  /** Tables read or written, as far as the compiler knows them. */
  readonly tables: readonly string[];
  /** Tells connections of one engine apart. */
  readonly connectionId: number;
  /** Why the statement failed. */
  readonly error: unknown;
  /** The session that sent it; undefined for an engine or a connection. */
  readonly session: object | undefined;
  /** The line of the application that caused it (`/app/page.ts:12:9`), where a listener asks for it and it can be told. */
  readonly source: string | undefined;
}

/** What a listener wants to hear. */
export interface ListenOptions {
  /** Tells the line of the application that caused each statement, which costs some microseconds. Default false. */
  readonly source?: boolean;
}

/** What can be listened to, and what a listener gets. */
export interface EngineEvents {
  readonly statement: StatementEvent;
}

/** Called for each event of one kind. */
export type Listener<Event> = (event: Event) => void;

/** The listeners of one engine. */
export class EventHub {
  readonly #listeners = new Set<Listener<StatementEvent>>();
  readonly #wantSource = new Set<Listener<StatementEvent>>();
  readonly #failed = new WeakSet<Listener<StatementEvent>>();

  /** Whether anybody listens; measuring and collecting is skipped otherwise. */
  get isHeard(): boolean {
    return this.#listeners.size > 0;
  }

  /** Whether anybody wants to know which line of the application causes a statement. */
  get wantsSource(): boolean {
    return this.#wantSource.size > 0;
  }

  /** Adds a listener and returns what removes it. */
  on<Name extends keyof EngineEvents>(
    _name: Name,
    listener: Listener<EngineEvents[Name]>,
    options: ListenOptions = {},
  ): () => void {
    this.#listeners.add(listener);
    if (options.source) this.#wantSource.add(listener);
    return () => {
      this.#listeners.delete(listener);
      this.#wantSource.delete(listener);
    };
  }

  /**
   * Tells every listener. What one throws is no part of the statement's outcome, which has happened already: the first
   * time that a listener fails, the process warns of it (`process.on("warning")` hears it, with the error as cause).
   */
  emit(event: StatementEvent): void {
    for (const listener of this.#listeners) {
      try {
        listener(event);
      } catch (error) {
        this.#warn(listener, error);
      }
    }
  }

  #warn(listener: Listener<StatementEvent>, cause: unknown): void {
    if (this.#failed.has(listener)) return;
    this.#failed.add(listener);
    const reason = cause instanceof Error ? cause.message : String(cause);
    process.emitWarning(fail("engine/listener", { reason }, { cause }));
  }
}

/**
 * Writes a statement and its parameters on one line, as `echo` shows it: `SELECT … WHERE id = ? -- [1]`. Of a statement
 * that was executed several times it shows the first values and the number: `DELETE … WHERE id = ? -- [1] × 3`.
 */
export function echoLine(event: StatementEvent): string {
  const times = event.executions > 1 ? ` × ${event.executions}` : "";
  const failed = event.error === undefined ? "" : " -- failed";
  if (event.parameters.length === 0) return event.sql + failed;
  return `${event.sql} -- [${event.parameters.map(showValue).join(", ")}]${times}${failed}`;
}

function showValue(value: unknown): string {
  return value === null ? "null" : shorten(value);
}

/** Reads the verb of SQL text: its first word in upper case. */
export function verbOf(sql: string): string {
  return /[a-z]+/i.exec(sql)?.[0].toUpperCase() ?? "";
}
