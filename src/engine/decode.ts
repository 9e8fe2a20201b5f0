/**
 * Turns raw rows into the program's values, in place.
 *
 * Below: the dialect's codecs. Above: `connection.ts`. Hot: one loop per column that needs decoding, none otherwise.
 */
import type { Compiled, ResultColumn } from "../compile/compile.ts";
import type { Codec } from "../compile/target.ts";
import { nullType } from "../types/sql-type.ts";
import type { Dialect } from "./dialect.ts";

/** Raw rows with what the client library told about them. */
interface RawRows {
  readonly rows: unknown[][];
  readonly columns: readonly string[];
  readonly typeIds?: readonly number[] | undefined;
}

/** Tells what each column of the rows is: by the compiled statement, else (raw text, `*`) by the database's names. */
export function resultColumns(
  compiled: Compiled | undefined,
  raw: { readonly columns: readonly string[] },
): readonly ResultColumn[] {
  const known = compiled?.columns;
  if (known !== undefined && (raw.columns.length === 0 || known.length === raw.columns.length)) return known;
  return raw.columns.map((name) => ({ name, key: name, type: nullType() }));
}

/** Decodes a value; null is never one. */
export type Decode = NonNullable<Codec["decode"]>;

/** What decodes the columns of some rows that are still raw, by index. */
export type RawColumns = ReadonlyMap<number, Decode>;

/** Decodes every value of the rows, in place. Null stays null. Gives the columns that were left raw, as `leave` says. */
export function decodeRows(
  raw: RawRows,
  columns: readonly ResultColumn[],
  dialect: Dialect,
  leave?: ReadonlySet<number>,
): RawColumns | undefined {
  const { rows, typeIds } = raw;
  if (rows.length === 0) return undefined;
  let left: Map<number, Decode> | undefined;
  for (let index = 0; index < columns.length; index++) {
    const decode = codecOf(columns[index]!, typeIds?.[index], dialect).decode;
    if (decode === undefined) continue;
    if (leave?.has(index)) {
      left ??= new Map();
      left.set(index, decode);
      continue;
    }
    for (const row of rows) {
      const value = row[index];
      if (value !== null) row[index] = decode(value);
    }
  }
  return left;
}

function codecOf(column: ResultColumn, typeId: number | undefined, dialect: Dialect): Codec {
  return column.type.name === "unknown" ? dialect.codecOfDatabaseType(typeId) : dialect.codec(column.type);
}

/** Whether a result may hold integers that a number cannot: in exact types, and where nobody knows what a column is. */
export function wantsExactIntegers(compiled: Compiled): boolean {
  const { columns, verb } = compiled;
  if (columns === undefined) return verb !== "INSERT" && verb !== "UPDATE" && verb !== "DELETE";
  return columns.some(
    ({ type }) => type.name === "bigInt" || type.name === "unknown" || type.name === "numeric",
  );
}
