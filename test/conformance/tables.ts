/**
 * The rows of the database as outcomes show them, and changes to them behind the session's back.
 */
import type { AnyConnection, AnyTable, Chain } from "./library.ts";
import { named } from "./library.ts";
import type { Models } from "./models.ts";
import type { ColumnSpec, Json, TableRows } from "./scenario.ts";
import { Unsupported } from "./scenario.ts";
import { toDate, toJson } from "./values.ts";

function tableOf(models: Models, name: string): AnyTable {
  const table = models.base.metadata.tables.get(name);
  if (!table) throw new Unsupported(`a table that is not defined: ${name}`);
  return table;
}

/** Reads all rows of a table, ordered by primary key. */
export async function readRows(connection: AnyConnection, models: Models, name: string): Promise<TableRows> {
  const table = tableOf(models, name);
  const specs = models.tableSpecs.get(name)?.columns ?? [];
  const column = (spec: ColumnSpec) => table.c[spec.name];
  let statement = named("select")(...specs.map(column)) as Chain;
  const keys = specs.filter(({ primaryKey }) => primaryKey).map(column);
  if (keys.length > 0 && statement["orderBy"]) statement = statement["orderBy"](...keys);
  const rows = (await connection.execute(statement).all()) as unknown[][];
  return {
    columns: specs.map((spec) => spec.column ?? spec.name),
    rows: rows.map((row) => Array.from(row, toJson)),
  };
}

/** Counts the rows of a table. */
export async function countRows(connection: AnyConnection, models: Models, name: string): Promise<number> {
  return (await readRows(connection, models, name)).rows.length;
}

/** A change to rows that the unit of work is not to know of. */
export interface RowChange {
  readonly verb: "insert" | "update" | "delete";
  readonly table: string;
  readonly values: Readonly<Record<string, Json>>;
  readonly where: Readonly<Record<string, Json>>;
}

/** Changes rows by SQL text, so that neither defaults nor versions of the models take part. */
export async function changeRows(
  connection: AnyConnection,
  models: Models,
  change: RowChange,
): Promise<void> {
  const specs = models.tableSpecs.get(tableOf(models, change.table).name)?.columns ?? [];
  const named = (values: Readonly<Record<string, Json>>) =>
    Object.entries(values).map(([name, value]) => {
      const spec = specs.find((each) => each.name === name || each.column === name);
      return { column: `"${spec?.column ?? name}"`, value: toStored(value, spec) };
    });
  const values = named(change.values);
  const conditions = named(change.where);
  const set = values.map(({ column }) => `${column} = ?`).join(", ");
  const condition = conditions.map(({ column }) => `${column} IS ?`).join(" AND ");
  const where = condition === "" ? "" : ` WHERE ${condition}`;
  const columns = values.map(({ column }) => column).join(", ");
  const places = values.map(() => "?").join(", ");
  const texts = {
    insert: `INSERT INTO "${change.table}" (${columns}) VALUES (${places})`,
    update: `UPDATE "${change.table}" SET ${set}${where}`,
    delete: `DELETE FROM "${change.table}"${where}`,
  };
  const bound = [...values, ...conditions].map(({ value }) => value);
  await connection.executeRaw(texts[change.verb], bound);
}

/** What SQLite stores for a value of a column. */
function toStored(value: Json, spec: ColumnSpec | undefined): unknown {
  if (value === null) return null;
  if (spec?.type === "json") return JSON.stringify(value);
  if (typeof value === "boolean") return value ? 1 : 0;
  if (spec?.type === "datetime")
    return toDate(String(value)).toISOString().replace("T", " ").replace("Z", "000");
  return typeof value === "number" && Number.isInteger(value) ? BigInt(value) : value;
}
