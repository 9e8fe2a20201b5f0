/**
 * The error class of the library, in five kinds by what the caller does next, and `fail`, which makes every one.
 *
 * The words are in `catalogue.ts`. Flows add where they were with {@link during}.
 */
import { type CatalogueEntry, catalogue } from "./catalogue.ts";

/** What an error is about, by name: the values that its sentence was made of, and what more a program may ask. */
export type Facts = Readonly<Record<string, unknown>>;

/** Every code there is. */
export type ErrorCode = keyof typeof catalogue;

/** The facts that one code needs. */
export type FactsOf<Code extends ErrorCode> =
  (typeof catalogue)[Code] extends CatalogueEntry<infer CodeFacts> ? CodeFacts : never;

/**
 * What every failure of the library is: a code for programs, a sentence for people, facts for both.
 *
 * Shape: message = `code: sentence`, then when known a line `during: …` and a line `hint: …`.
 */
export class DbError extends Error {
  /** `area/what`, as in the catalogue. */
  readonly code: ErrorCode;
  readonly facts: Facts;
  /** What to do about it, when there is something to say. */
  readonly hint: string | undefined;
  /** The flow and step that failed (`flush › emit insert user`). Set by {@link during}. */
  during?: string;

  constructor(code: ErrorCode, facts: Facts, options?: ErrorOptions) {
    const entry: CatalogueEntry = catalogue[code] as CatalogueEntry;
    const sentence = `${code}: ${entry.text(facts)}`;
    const hint = entry.hint?.(facts);
    super(withLines(sentence, undefined, hint), options);
    this.code = code;
    this.facts = facts;
    this.hint = hint;
  }

  static {
    // On the prototype, as the built-in errors have it: an own property would show in every printed error.
    Object.defineProperty(DbError.prototype, "name", {
      value: "DbError",
      configurable: true,
      writable: true,
    });
  }
}

/** The place in the application that an operation was called from; made cheap by formatting only on failure. */
export interface Caller {
  stack?: string;
}

/** Remembers the caller of `below`. */
export function callerOf(below: (...given: never[]) => unknown): Caller {
  const caller: Caller = {};
  Error.captureStackTrace(caller, below);
  return caller;
}

/** Appends the frames of the application to an error that happened too deep, or on the far side of an await. */
export function withCaller<Failure>(error: Failure, caller: Caller): Failure {
  if (!(error instanceof Error) || error.stack === undefined) return error;
  const frames = (caller.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line));
  const own = frames.filter((line) => !error.stack?.includes(line.trim()));
  // An application's own error may be frozen.
  if (own.length > 0) Reflect.set(error, "stack", `${error.stack}\n${own.join("\n")}`);
  return error;
}

/** The program is wrong: change the code. */
export class UsageError extends DbError {
  static {
    Object.defineProperty(UsageError.prototype, "name", {
      value: "UsageError",
      configurable: true,
      writable: true,
    });
  }
}

/** The database holds something else than expected (a constraint, a lock, a stale row): tell the user or try again. */
export class ConflictError extends DbError {
  /** In a flush, the objects that can have been meant; one alone wherever that can be told. Not part of what is logged. */
  declare readonly objects?: readonly object[];

  static {
    Object.defineProperty(ConflictError.prototype, "name", {
      value: "ConflictError",
      configurable: true,
      writable: true,
    });
  }
}

/** The database cannot be reached, or not now: wait. */
export class ConnectionError extends DbError {
  static {
    Object.defineProperty(ConnectionError.prototype, "name", {
      value: "ConnectionError",
      configurable: true,
      writable: true,
    });
  }

  /** Whether the same attempt may succeed later; a fact `retryable: false` denies it. */
  get retryable(): boolean {
    return this.facts["retryable"] !== false;
  }
}

/** The server refused a statement. */
export class DatabaseError extends DbError {
  static {
    Object.defineProperty(DatabaseError.prototype, "name", {
      value: "DatabaseError",
      configurable: true,
      writable: true,
    });
  }

  /** The five characters of the SQL standard, or the driver's own code where it has no such thing. */
  get sqlState(): string | undefined {
    const state = this.facts["sqlState"];
    return typeof state === "string" ? state : undefined;
  }

  /** The statement, with placeholders: parameters are never part of an error. */
  get sql(): string | undefined {
    const sql = this.facts["sql"];
    return typeof sql === "string" ? sql : undefined;
  }
}

/** The library is wrong: report it. */
export class InternalError extends DbError {
  static {
    Object.defineProperty(InternalError.prototype, "name", {
      value: "InternalError",
      configurable: true,
      writable: true,
    });
  }
}

const classByKind = {
  usage: UsageError,
  conflict: ConflictError,
  connection: ConnectionError,
  database: DatabaseError,
  internal: InternalError,
} as const;

/**
 * Makes the error of a code; the caller throws it.
 *
 * @example throw fail("result/no-row", { what: "one()" })
 */
export function fail<Code extends ErrorCode>(
  code: Code,
  facts: FactsOf<Code>,
  options?: ErrorOptions,
): DbError {
  const ErrorClass = classByKind[catalogue[code].kind];
  const error = new ErrorClass(code, facts as Facts, options);
  // The stack begins at whoever called `fail`.
  Error.captureStackTrace?.(error, fail);
  return error;
}

/** Tells whether a caught value is an error of this library, and of the given code. */
export function isDbError(error: unknown, code?: ErrorCode): error is DbError {
  return error instanceof DbError && (code === undefined || error.code === code);
}

/**
 * Notes in an error which step of which flow it passed through, outermost last; returns the error for rethrowing.
 *
 * Anything but an error of this library passes unchanged, and so does an error whose outermost step is this one.
 *
 * @example catch (error) { throw during(error, "flush") }   // during: flush › emit insert user
 */
export function during<Failure>(error: Failure, step: string): Failure {
  if (!(error instanceof DbError)) return error;
  if (error.during === step || error.during?.startsWith(`${step} › `)) return error;
  // V8 writes the message into the stack when the stack is first read, and never again.
  const { message: before, stack } = error;
  const sentence = before.split("\n  during: ", 1)[0]!.split("\n  hint: ", 1)[0]!;
  error.during = error.during === undefined ? step : `${step} › ${error.during}`;
  error.message = withLines(sentence, error.during, error.hint);
  if (stack !== undefined) error.stack = stack.replace(before, () => error.message);
  return error;
}

/** The same error with more facts, told in its sentence; what its facts hide stays hidden. */
export function withFacts(error: DbError, more: Facts): DbError {
  const kept = Object.getOwnPropertyDescriptors(error.facts);
  const facts = Object.defineProperties({}, { ...kept, ...Object.getOwnPropertyDescriptors(more) });
  const richer = new classByKind[catalogue[error.code].kind](error.code, facts, { cause: error.cause });
  const { stack } = error;
  if (error.during !== undefined) during(richer, error.during);
  if (stack !== undefined) richer.stack = stack.replace(error.message, () => richer.message);
  return richer;
}

function withLines(sentence: string, step: string | undefined, hint: string | undefined): string {
  return [sentence, step && `  during: ${step}`, hint && `  hint: ${hint}`].filter(Boolean).join("\n");
}
