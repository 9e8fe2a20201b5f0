/**
 * The format of scenarios and outcomes, as far as the runner reads it. `FORMAT.md` beside the scenarios defines it.
 */

/** Any JSON. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** One scenario: models, then steps. */
export interface Scenario {
  readonly name: string;
  readonly title: string;
  readonly tags: readonly string[];
  readonly session?: SessionFlags;
  /** Whether SQLite checks foreign keys; true unless said. */
  readonly foreignKeys?: boolean;
  readonly tables?: readonly TableSpec[];
  readonly models: readonly ModelSpec[];
  readonly steps: readonly Step[];
}

/** Options of a session. */
export interface SessionFlags {
  readonly autoflush?: boolean;
  readonly expireOnCommit?: boolean;
}

/** A table without a model, or the part of a model that is its table. */
export interface TableSpec {
  readonly name: string;
  readonly columns: readonly ColumnSpec[];
  readonly foreignKeys?: readonly ForeignKeySpec[];
  readonly unique?: readonly (readonly string[])[];
}

/** A mapped class. */
export interface ModelSpec extends TableSpec {
  readonly table?: string;
  readonly relationships?: readonly RelationshipSpec[];
  readonly proxies?: readonly ProxySpec[];
  readonly version?: string;
  readonly inheritance?: Json;
}

/** The types that columns of scenarios have. */
export type ColumnTypeName =
  | "integer"
  | "string"
  | "text"
  | "boolean"
  | "float"
  | "decimal"
  | "json"
  | "date"
  | "datetime";

/** A column. `name` is the attribute; `column` the name in the database where it differs. */
export interface ColumnSpec {
  readonly name: string;
  readonly type: ColumnTypeName;
  readonly column?: string;
  readonly primaryKey?: boolean;
  readonly nullable?: boolean;
  readonly unique?: boolean;
  readonly index?: boolean;
  readonly default?: DefaultSpec;
  readonly onUpdate?: DefaultSpec;
  readonly serverDefault?: string;
  readonly foreignKey?: { table: string; column: string; onDelete?: string; onUpdate?: string };
  readonly deferred?: boolean;
  readonly length?: number;
  readonly precision?: number;
  readonly scale?: number;
}

/** A value, or a counter that starts at a number. */
export type DefaultSpec = { readonly value: Json } | { readonly counter: number };

/** A composite foreign key. */
export interface ForeignKeySpec {
  readonly columns: readonly string[];
  readonly refTable: string;
  readonly refColumns: readonly string[];
  readonly onDelete?: string;
  readonly onUpdate?: string;
}

/** A relationship. */
export interface RelationshipSpec {
  readonly name: string;
  readonly target: string;
  readonly kind: "o2m" | "m2m" | "m2o" | "o2o";
  readonly backPopulates?: string;
  readonly secondary?: string;
  readonly cascade?: string;
  readonly orderBy?: readonly string[];
  readonly foreignKeys?: readonly string[];
  readonly remoteSide?: readonly string[];
  readonly primaryJoin?: Json;
  readonly secondaryJoin?: Json;
  readonly passiveDeletes?: boolean | "all";
  readonly passiveUpdates?: boolean;
  readonly postUpdate?: boolean;
  readonly singleParent?: boolean;
  readonly viewonly?: boolean;
  readonly innerJoin?: boolean;
  readonly activeHistory?: boolean;
  readonly lazy?: string;
}

/** An association proxy. */
export interface ProxySpec {
  readonly name: string;
  readonly via: string;
  readonly attr: string;
  readonly creator?: { model: string; arg: string };
}

/** One step; what else it has depends on `op`. */
export interface Step {
  readonly op: string;
  readonly session?: string;
  readonly noAutoflush?: boolean;
  readonly [key: string]: Json | undefined;
}

/** A query, as steps and expressions contain it. */
export interface QuerySpec {
  readonly select?: readonly Json[];
  readonly from?: readonly { model: string; as?: string; withPolymorphic?: Json }[];
  readonly selectFrom?: readonly string[];
  readonly join?: readonly JoinSpec[];
  readonly where?: Json;
  readonly filterBy?: Record<string, Json>;
  readonly groupBy?: readonly Json[];
  readonly having?: Json;
  readonly orderBy?: readonly Json[];
  readonly limit?: number;
  readonly offset?: number;
  readonly distinct?: boolean;
  readonly unique?: boolean;
  readonly populateExisting?: boolean;
  readonly options?: readonly OptionSpec[];
}

/** One join of a query: along a relationship, or to a model on a condition. */
export interface JoinSpec {
  readonly rel?: string;
  readonly model?: string;
  readonly as?: string;
  readonly outer?: boolean;
  readonly ofType?: string;
  readonly on?: Json;
}

/** A loader option. */
export interface OptionSpec {
  readonly root?: string;
  readonly path?: readonly PathStep[];
  readonly defer?: readonly string[];
  readonly undefer?: readonly string[];
  readonly loadOnly?: readonly string[];
  readonly selectinPolymorphic?: Json;
  readonly criteria?: { model: string; where: Json };
}

/** One relationship of a loader option's path. */
export interface PathStep {
  readonly rel: string;
  readonly strategy: string;
  readonly where?: Json;
  readonly ofType?: string;
  readonly innerJoin?: boolean;
  readonly alias?: string;
}

/** One statement as outcomes list it: verb, tables joined by `+`, number of parameter sets. */
export type SqlEntry = [verb: string, tables: string, sets: number];

/** A failure in the words of the format. */
export interface OutcomeError {
  readonly type: string;
  readonly constraint?: string;
  readonly message?: string;
}

/** What one step did. */
export interface StepOutcome {
  readonly i: number;
  readonly op: string;
  readonly result?: Json;
  readonly error?: OutcomeError;
  readonly sql?: SqlEntry[];
}

/** The rows of one table. */
export interface TableRows {
  readonly columns: readonly string[];
  readonly rows: Json[][];
}

/** What a scenario did. */
export interface Outcome {
  readonly format: 1;
  readonly name: string;
  readonly foreignKeys: [child: string, parent: string][];
  readonly configure?: { readonly error: OutcomeError };
  readonly steps: StepOutcome[];
  readonly tables: Record<string, TableRows>;
}

/** Thrown when a scenario uses what the library does not have. The scenario gets no outcome, and the reason is printed. */
export class Unsupported extends Error {
  override readonly name = "Unsupported";
}
