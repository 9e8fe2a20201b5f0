/**
 * Reads the schema out of a SQLite database.
 */
import type { Connection } from "../../engine/connection.ts";
import type {
  DatabaseColumn,
  DatabaseForeignKey,
  DatabaseIndex,
  Introspection,
} from "../../engine/dialect.ts";
import type { Io } from "../../io/ask.ts";

/** Reads the schema out of a SQLite database by `sqlite_master` and table-valued pragmas. */
export const introspectSqlite: Introspection = {
  *tableNames(connection: Connection, schema = "main"): Io<string[]> {
    const master = `${connection.dialect.quote(schema)}.sqlite_master`;
    const { rows } = yield* connection.executeRaw(
      `SELECT name FROM ${master} WHERE type = 'table' AND name NOT LIKE 'sqlite~_%' ESCAPE '~' ORDER BY name`,
    );
    return rows.map(([name]) => name as string);
  },

  *enumNames(): Io<string[]> {
    return [];
  },

  *columns(connection: Connection, table: string, schema = "main"): Io<DatabaseColumn[]> {
    const { rows } = yield* connection.executeRaw(
      `SELECT name, type, "notnull", dflt_value, pk FROM pragma_table_info(?, ?) ORDER BY cid`,
      [table, schema],
    );
    return rows.map(([name, typeName, notNull, serverDefault, position]) => ({
      name: name as string,
      typeName: typeName as string,
      isNullable: notNull === 0 && position === 0,
      serverDefault: (serverDefault as string | null) ?? undefined,
      primaryKeyPosition: position as number,
    }));
  },

  *foreignKeys(connection: Connection, table: string, schema = "main"): Io<DatabaseForeignKey[]> {
    const { rows } = yield* connection.executeRaw(
      `SELECT id, "table", "from", "to", on_update, on_delete FROM pragma_foreign_key_list(?, ?) ORDER BY id, seq`,
      [table, schema],
    );
    const byId = new Map<unknown, unknown[][]>();
    for (const row of rows) byId.set(row[0], [...(byId.get(row[0]) ?? []), row]);
    return [...byId.values()].map((parts) => ({
      name: undefined,
      columns: parts.map((part) => part[2] as string),
      targetTable: parts[0]![1] as string,
      // Without a column list the key refers to the other table's primary key.
      targetColumns: parts.map((part) => part[3] as string | null).filter((name) => name !== null),
      onDelete: actionOf(parts[0]![5]),
      onUpdate: actionOf(parts[0]![4]),
    }));
  },

  *indexes(connection: Connection, table: string, schema = "main"): Io<DatabaseIndex[]> {
    const { rows } = yield* connection.executeRaw(
      `SELECT list.name, list."unique", part.name FROM pragma_index_list(?, ?) AS list
       JOIN pragma_index_info(list.name, ?) AS part
       WHERE list.origin = 'c' ORDER BY list.name, part.seqno`,
      [table, schema, schema],
    );
    const byName = new Map<string, DatabaseIndex>();
    for (const [name, unique, column] of rows as [string, number, string | null][]) {
      const columns = [...(byName.get(name)?.columns ?? []), column ?? "(expression)"];
      byName.set(name, { name, columns, isUnique: unique === 1 });
    }
    return [...byName.values()];
  },
};

function actionOf(action: unknown): string | undefined {
  return action === "NO ACTION" ? undefined : (action as string);
}
