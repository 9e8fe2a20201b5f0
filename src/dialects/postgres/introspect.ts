/**
 * Reads the schema out of a PostgreSQL database.
 */
import type { Connection } from "../../engine/connection.ts";
import type {
  DatabaseColumn,
  DatabaseForeignKey,
  DatabaseIndex,
  Introspection,
} from "../../engine/dialect.ts";
import type { Io } from "../../io/ask.ts";

/** The oid of a table, by name and schema; the schema NULL is the current one. */
const tableId = `(SELECT c.oid FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relname = $1 AND n.nspname = coalesce($2, current_schema()))`;

/** Reads the schema out of a PostgreSQL database by its system catalogues. */
export const introspectPostgres: Introspection = {
  *tableNames(connection: Connection, schema?: string): Io<string[]> {
    const { rows } = yield* connection.executeRaw(
      `SELECT c.relname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
       WHERE c.relkind IN ('r', 'p') AND n.nspname = coalesce($1, current_schema()) ORDER BY c.relname`,
      [schema ?? null],
    );
    return rows.map(([name]) => name as string);
  },

  *enumNames(connection: Connection, schema?: string): Io<string[]> {
    const { rows } = yield* connection.executeRaw(
      `SELECT t.typname FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
       WHERE t.typtype = 'e' AND n.nspname = coalesce($1, current_schema()) ORDER BY t.typname`,
      [schema ?? null],
    );
    return rows.map(([name]) => name as string);
  },

  *columns(connection: Connection, table: string, schema?: string): Io<DatabaseColumn[]> {
    const { rows } = yield* connection.executeRaw(
      `SELECT a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod), NOT a.attnotnull,
         pg_catalog.pg_get_expr(d.adbin, d.adrelid),
         coalesce((SELECT array_position(i.indkey::int2[], a.attnum) + 1 FROM pg_catalog.pg_index i
           WHERE i.indrelid = a.attrelid AND i.indisprimary), 0)
       FROM pg_catalog.pg_attribute a
       LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
       WHERE a.attrelid = ${tableId} AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum`,
      [table, schema ?? null],
    );
    return rows.map(([name, typeName, isNullable, serverDefault, position]) => ({
      name: name as string,
      typeName: typeName as string,
      isNullable: isNullable as boolean,
      serverDefault: (serverDefault as string | null) ?? undefined,
      primaryKeyPosition: position as number,
    }));
  },

  *foreignKeys(connection: Connection, table: string, schema?: string): Io<DatabaseForeignKey[]> {
    const names = (columns: string, relation: string) =>
      `ARRAY(SELECT a.attname::text FROM unnest(${columns}) WITH ORDINALITY AS key (number, position)
         JOIN pg_catalog.pg_attribute a ON a.attrelid = ${relation} AND a.attnum = key.number ORDER BY key.position)`;
    const { rows } = yield* connection.executeRaw(
      `SELECT k.conname, ${names("k.conkey", "k.conrelid")}, target.relname,
         ${names("k.confkey", "k.confrelid")}, k.confdeltype, k.confupdtype
       FROM pg_catalog.pg_constraint k JOIN pg_catalog.pg_class target ON target.oid = k.confrelid
       WHERE k.contype = 'f' AND k.conrelid = ${tableId} ORDER BY k.conname`,
      [table, schema ?? null],
    );
    return rows.map(([name, columns, targetTable, targetColumns, onDelete, onUpdate]) => ({
      name: name as string,
      columns: columns as string[],
      targetTable: targetTable as string,
      targetColumns: targetColumns as string[],
      onDelete: actionByLetter[onDelete as string],
      onUpdate: actionByLetter[onUpdate as string],
    }));
  },

  *indexes(connection: Connection, table: string, schema?: string): Io<DatabaseIndex[]> {
    const { rows } = yield* connection.executeRaw(
      `SELECT c.relname, i.indisunique,
         ARRAY(SELECT pg_catalog.pg_get_indexdef(i.indexrelid, position, true)
           FROM generate_series(1, i.indnkeyatts) AS position ORDER BY position)
       FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
       WHERE i.indrelid = ${tableId}
         AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x'))
       ORDER BY c.relname`,
      [table, schema ?? null],
    );
    return rows.map(([name, isUnique, columns]) => ({
      name: name as string,
      isUnique: isUnique as boolean,
      columns: columns as string[],
    }));
  },
};

const actionByLetter: Readonly<Record<string, string>> = {
  c: "CASCADE",
  n: "SET NULL",
  d: "SET DEFAULT",
  r: "RESTRICT",
};
