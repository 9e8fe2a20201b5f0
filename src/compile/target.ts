/**
 * What the compiler asks of a database: an object, implemented by each dialect and, for `String(statement)`, by
 * `ansi/target.ts`.
 *
 * A dialect is `{ ...ansiTarget, renderers: { ...ansiRenderers, limit, … }, features: { … } }`: it says what
 * differs and inherits the rest by spreading.
 */
import type { DdlFeatures } from "../schema/ddl.ts";
import type { Codec } from "../types/codec.ts";
import type { SqlType } from "../types/sql-type.ts";
import type { Renderers } from "./renderers.ts";

export type { Codec } from "../types/codec.ts";

/** What a database can do. Renderers, planners, tests and docs read the same list. */
export interface Features extends DdlFeatures {
  /** Which statements may end in RETURNING. */
  readonly returning: "all" | "insert" | false;
  /** `INSERT INTO t DEFAULT VALUES`. */
  readonly insertDefaultValues: boolean;
  /** The keyword DEFAULT in a VALUES row. */
  readonly defaultInValues: boolean;
  /** `DELETE FROM t USING u`; without it the condition moves into an EXISTS. */
  readonly deleteUsing: boolean;
  /** Parentheses around one query of a UNION; without them it becomes a subquery. */
  readonly compoundParentheses: boolean;
  /** The operator ILIKE; without it both sides are lowered. */
  readonly ilike: boolean;
  /** `NULLS FIRST`, `NULLS LAST`. */
  readonly nullsOrdering: boolean;
  readonly forUpdate: boolean;
  readonly skipLocked: boolean;
  readonly savepoints: boolean;
  /** How many parameters one statement may have. */
  readonly maxParameters: number;
  /** `(a, b) IN ((1, 2))`. */
  readonly rowValues: boolean;
  readonly lateral: boolean;
  readonly distinctOn: boolean;
  readonly fullJoin: boolean;
  readonly sequences: boolean;
  readonly deferrableConstraints: boolean;
  readonly transactionalDdl: boolean;
  /** The longest identifier, in characters; longer made-up names are shortened. */
  readonly maxIdentifierLength: number;
}

/** A database as the compiler sees it. */
export interface Target {
  readonly name: string;
  readonly renderers: Renderers;
  readonly features: Features;
  /** Writes an identifier, quoted when it has to be. */
  quote(identifier: string): string;
  /** Writes the placeholder of the parameter with this 1-based position. */
  placeholder(position: number): string;
  /** Says how values of a type travel. */
  codec(type: SqlType): Codec;
  /** Writes a type, as in CAST and CREATE TABLE. */
  typeName(type: SqlType): string;
  /** Writes a value into the text: DDL takes no parameters. Everything else binds. */
  literal(value: unknown, type: SqlType): string;
}
