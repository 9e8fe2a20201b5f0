/**
 * Who sends statements through a connection, as far as this floor has to know.
 */
import type { Caller } from "../foundation/errors.ts";

/** A statement, as a meter sees it. */
export interface MeteredStatement {
  readonly sql: string;
  readonly label: string | undefined;
  /** `SELECT`, `INSERT`, … in upper case. */
  readonly verb: string;
}

/** Counts statements and rows, and throws where they are too many. Hears nothing of transactions and savepoints. */
export interface Meter {
  /** Called before a statement is sent; what it throws keeps the statement from being sent. */
  beforeSending(statement: MeteredStatement): void;
  /** Called with the rows of a statement, or the number of rows that it changed, before anything is made of them. */
  afterReading(statement: MeteredStatement, rowCount: number): void;
}

/** Who sends a statement: a session, or who called an engine. */
export interface Sender {
  /** The session as the application holds it, for listeners. */
  readonly session?: object | undefined;
  /** Where the application called the operation that runs now; undefined where the stack tells it. */
  readonly caller?: Caller | undefined;
  readonly meter?: Meter | undefined;
}
