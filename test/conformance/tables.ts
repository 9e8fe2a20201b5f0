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
  const bound: Record<string, unknown> = {};
  const bind = (prefix: string, values: Readonly<Record<string, Json>>) =>
    Object.entries(values).map(([name, value], index) => {
      const spec = specs.find((each) => each.name === name || each.column === name);
      const parameter = `${prefix}${index}`;
      bound[parameter] = toStored(value, spec);
      return { column: `"${spec?.column ?? name}"`, parameter: `:${parameter}`, value };
    });
  const values = bind("v", change.values);
  const conditions = bind("w", change.where).map(({ column, parameter, value }) => {
    return value === null ? `${column} IS ${parameter}` : `${column} = ${parameter}`;
  });
  const where = conditions.length > 0 ? ` WHERE ${conditions.join(" AND ")}` : "";
  const texts = {
    insert: `INSERT INTO "${change.table}" (${values.map(({ column }) => column).join(", ")}) VALUES (${values
      .map(({ parameter }) => parameter)
      .join(", ")})`,
    update: `UPDATE "${change.table}" SET ${values
      .map(({ column, parameter }) => `${column} = ${parameter}`)
      .join(", ")}${where}`,
    delete: `DELETE FROM "${change.table}"${where}`,
  };
  const statement = (named("text")(texts[change.verb]) as { bind(values: object): unknown }).bind(bound);
  await connection.execute(statement).all?.();
}

/** What SQLite stores for a value of a column. */
function toStored(value: Json, spec: ColumnSpec | undefined): unknown {
  if (value === null) return null;
  if (spec?.type === "json") return JSON.stringify(value);
  if (typeof value === "boolean") return value ? 1 : 0;
  if (spec?.type === "datetime")
    return toDate(String(value)).toISOString().replace("T", " ").replace("Z", "000");
  return value;
}
