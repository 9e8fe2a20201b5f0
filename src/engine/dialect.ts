/**
 * A database product as the engine knows it: a compile target, and what a connection needs besides.
 *
 * Below: `compile/target.ts`. Above: `dialects/*`, one object each; nothing above asks a dialect for its name.
 */
import type { Codec, Target } from "../compile/target.ts";
import type { DbError } from "../foundation/errors.ts";
import type { Io } from "../io/ask.ts";
import type { Table } from "../schema/table.ts";
import type { TableColumn } from "../schema/table-column.ts";
import type { StatementNode } from "../sql/nodes.ts";
import type { SqlType } from "../types/sql-type.ts";
import type { Connection } from "./connection.ts";

/** How far a transaction is kept apart from others. `AUTOCOMMIT`: no transaction, each statement for itself. */
export type IsolationLevel =
  | "READ UNCOMMITTED"
  | "READ COMMITTED"
  | "REPEATABLE READ"
  | "SNAPSHOT"
  | "SERIALIZABLE"
  | "AUTOCOMMIT";

/** How a transaction begins. */
export interface TransactionOptions {
  readonly isolationLevel?: IsolationLevel | undefined;
  readonly readOnly?: boolean | undefined;
  /** SQLite: whether the lock is taken at the first read or write (the default), or at once. */
  readonly mode?: "deferred" | "immediate" | "exclusive" | undefined;
}

/** What was going on when a client library threw. */
export interface ErrorContext {
  readonly sql?: string | undefined;
  readonly parameters?: readonly unknown[] | undefined;
  /** Whether messages may show parameter values, not only their types. */
  readonly showParameters?: boolean | undefined;
  /** Host and port, or file. Never a password. */
  readonly address?: string | undefined;
}

/** A column as the database describes it. */
export interface DatabaseColumn {
  readonly name: string;
  /** The type's name as the database writes it: `VARCHAR(50)`, `numeric(10,2)`. */
  readonly typeName: string;
  readonly isNullable: boolean;
  /** SQL text of the default. */
  readonly serverDefault: string | undefined;
  /** Place in the primary key, from 1; 0 when it is no part of it. */
  readonly primaryKeyPosition: number;
}

/** A foreign key as the database describes it. */
export interface DatabaseForeignKey {
  readonly name: string | undefined;
  readonly columns: readonly string[];
  readonly targetTable: string;
  readonly targetColumns: readonly string[];
  readonly onDelete: string | undefined;
  readonly onUpdate: string | undefined;
}

/** An index as the database describes it. */
export interface DatabaseIndex {
  readonly name: string;
  readonly columns: readonly string[];
  readonly isUnique: boolean;
}

/** Reads the schema out of a database. */
export interface Introspection {
  tableNames(connection: Connection, schema?: string): Io<string[]>;
  /** Names of the enum types; empty where the product has none. */
  enumNames(connection: Connection, schema?: string): Io<string[]>;
  columns(connection: Connection, table: string, schema?: string): Io<DatabaseColumn[]>;
  foreignKeys(connection: Connection, table: string, schema?: string): Io<DatabaseForeignKey[]>;
  indexes(connection: Connection, table: string, schema?: string): Io<DatabaseIndex[]>;
}

/**
 * Statements that write many rows whose values come as one array per column: parameters `name` for what is written and
 * `key_name` for the key of the row, by the names of the columns.
 */
export interface RowWrites {
  /** Whether values of this type can be in such an array. */
  takes(type: SqlType): boolean;
  insert(table: Table, columns: readonly TableColumn[], returning: readonly TableColumn[]): StatementNode;
  update(table: Table, columns: readonly TableColumn[], keys: readonly TableColumn[]): StatementNode;
  delete(table: Table, keys: readonly TableColumn[]): StatementNode;
}

/**
 * Statements that write many rows whose values come one by one, row by row: what is written, then the key of the row.
 * A refused statement leaves the transaction as it was.
 */
export interface ListWrites {
  update(
    table: Table,
    columns: readonly TableColumn[],
    keys: readonly TableColumn[],
    count: number,
  ): StatementNode;
  delete(table: Table, keys: readonly TableColumn[], count: number): StatementNode;
}

/** The statements of a commit in two phases, by the name of the transaction. */
export interface TwoPhase {
  prepare(id: string): string;
  commit(id: string): string;
  rollback(id: string): string;
}

/** A database product. */
export interface Dialect extends Target {
  /** How a transaction is committed in two phases, where the product can do that. */
  readonly twoPhase?: TwoPhase;
  /** How many rows are written from arrays, where the product can do that. */
  readonly rowWrites?: RowWrites;
  /** How many rows are updated or deleted from a list, where the product has no arrays. */
  readonly listWrites?: ListWrites;
  /** Levels that a transaction of this product can have, the default first. */
  readonly isolationLevels: readonly IsolationLevel[];
  /** Statements that a new connection runs before its first use. */
  readonly connectStatements: readonly string[];
  /** Statements that begin a transaction. */
  begin(options: TransactionOptions): readonly string[];
  /** Turns what a client library threw into an error that says what to do. */
  translateError(error: unknown, context: ErrorContext): DbError;
  /** How a value travels of which only the database knows the type; `typeId` is the database's number for it. */
  codecOfDatabaseType(typeId: number | undefined): Codec;
  readonly introspect: Introspection;
}
