/**
 * Names that nobody gave: columns from attribute keys, constraints and indexes from what they are about.
 *
 * Every constraint has a name, so that a migration can always say what it drops.
 */
import { snakeCase } from "../foundation/words.ts";

/** Makes names; part of it can be replaced per MetaData. */
export interface Naming {
  /** Names the column of an attribute. */
  column(key: string): string;
  primaryKey(table: string): string;
  unique(table: string, columns: readonly string[]): string;
  foreignKey(table: string, columns: readonly string[], target: string): string;
  index(table: string, columns: readonly string[]): string;
  /** Names a check about columns; about none when it belongs to the whole table. */
  check(table: string, columns: readonly string[]): string;
  /** Names the type of an enum column, in databases that have such types. */
  enumType(table: string, column: string): string;
}

/** The names that a MetaData gives unless it is told otherwise: `fk_posts_author_id_users`. */
export const defaultNaming: Naming = Object.freeze({
  column: snakeCase,
  primaryKey: (table: string) => `pk_${table}`,
  unique: (table: string, columns: readonly string[]) => ["uq", table, ...columns].join("_"),
  foreignKey: (table: string, columns: readonly string[], target: string) =>
    ["fk", table, ...columns, target].join("_"),
  index: (table: string, columns: readonly string[]) => ["ix", table, ...columns].join("_"),
  check: (table: string, columns: readonly string[]) => ["ck", table, ...columns].join("_"),
  enumType: (table: string, column: string) => `${table}_${column}`,
});
