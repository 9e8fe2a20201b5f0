/**
 * What loading needs of a session, and the settings of a load. Types only.
 */
import type { StatementCursor, StatementResult } from "../../engine/connection.ts";
import type { Dialect } from "../../engine/dialect.ts";
import type { Io } from "../../io/ask.ts";
import type { StatementNode, TableSource } from "../../sql/nodes.ts";
import type { Owner } from "../state/owner.ts";
import type { LoaderCriteria } from "./criteria.ts";
import type { ChosenStrategy } from "./option-tree.ts";

/** The part of a session that loading uses. */
export interface LoadSession extends Owner {
  /** The database product that has a table. */
  dialectOf(table: TableSource): Dialect;
  /**
   * Executes a statement in the session's transaction, which it begins when none is open. Never flushes. The columns
   * `leave`, by index, come undecoded, with what decodes them.
   */
  execute(
    statement: StatementNode,
    during: string,
    values?: Readonly<Record<string, unknown>>,
    leave?: ReadonlySet<number>,
  ): Io<StatementResult>;
  /** Conditions on classes that hold for all statements. */
  readonly loaderCriteria: readonly LoaderCriteria[];
  /** Executes a statement in the same way, and leaves its rows to be fetched in portions. */
  open(
    statement: StatementNode,
    during: string,
    values?: Readonly<Record<string, unknown>>,
  ): Io<StatementCursor>;
}

/** How a statement is loaded. */
export interface LoadOptions {
  readonly options: readonly object[];
  /** For the named parameters of the statement. */
  readonly values?: Readonly<Record<string, unknown>> | undefined;
  /** Overwrites objects that the session holds already. */
  readonly populateExisting?: boolean | undefined;
  /** False: without the criteria of the session. */
  readonly loaderCriteria?: boolean | undefined;
  /** First part of the statements' labels; "load User" unless given. */
  readonly during?: string | undefined;
}

/**
 * How many siblings a load serves. `some`: none at first, then twice as many each time, for a cascade that may be about
 * one object or about all of them.
 */
export type Siblings = "all" | "some" | "none";

/** How a relationship is loaded on access. */
export interface RelationshipLoad {
  /** Which objects of the same result are loaded along, where the strategy is "siblings". */
  readonly siblings: Siblings;
  /** Uses the foreign key as it was at the last flush, and stores nothing in the object. */
  readonly fromCommitted?: boolean | undefined;
  /** False: only what the session holds already; undefined is returned where SQL would be needed. Default true. */
  readonly mayEmit?: boolean | undefined;
  /** With `mayEmit: false`: an expired object is given as it is, not taken for absent. */
  readonly mayBeExpired?: boolean | undefined;
  /** The strategy, where the caller settled it before it read the object again. */
  readonly chosen?: ChosenStrategy | undefined;
  /** False: strategies that raise are ignored, as a flush and a cascade do. Default true. */
  readonly mayRaise?: boolean | undefined;
}
