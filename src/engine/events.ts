/**
 * What an engine tells about the statements that it sends.
 *
 * Below: foundation. Above: `connection.ts`, which reports, and the shells, whose `on` listens.
 */
import { shorten } from "../foundation/words.ts";

/** One statement that was sent, successful or not. */
export interface StatementEvent {
  readonly sql: string;
  /** Values as the application gave them, in placeholder order. */
  readonly parameters: readonly unknown[];
  /** Which step sent it: `emit insert user`. */
  readonly label: string | undefined;
  readonly durationMs: number;
  /** How many sets of values it was executed with, one after the other; 1 unless it was prepared for many. */
  readonly parameterSets: number | undefined;
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

  /** Tells every listener. */
  emit(event: StatementEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}

/** Writes a statement and its parameters on one line, as `echo` shows it: `SELECT … WHERE id = ? -- [1]`. */
export function echoLine(event: StatementEvent): string {
  const failed = event.error === undefined ? "" : " -- failed";
  if (event.parameters.length === 0) return event.sql + failed;
  return `${event.sql} -- [${event.parameters.map(showValue).join(", ")}]${failed}`;
}

function showValue(value: unknown): string {
  return value === null ? "null" : shorten(value);
}

/** Reads the verb of SQL text: its first word in upper case. */
export function verbOf(sql: string): string {
  return /[a-z]+/i.exec(sql)?.[0].toUpperCase() ?? "";
}
