/**
 * Creating and dropping as nodes, and the plans that put them in order.
 *
 * A foreign key that is part of a cycle is added by ALTER TABLE once both tables exist, and dropped before either
 * goes, where the database can (`features.alterAddConstraint`); else it stands in CREATE TABLE like the others.
 */
import type { SqlType } from "../types/sql-type.ts";
import type { Constraint, ForeignKey } from "./constraints.ts";
import type { Index } from "./index-definition.ts";
import type { Table } from "./table.ts";

/** `CREATE TABLE`. */
export interface CreateTableNode {
  readonly kind: "createTable";
  readonly table: Table;
  /** The foreign keys to write into it; the others follow by ALTER. */
  readonly foreignKeys: readonly ForeignKey[];
}

/** `DROP TABLE`. */
export interface DropTableNode {
  readonly kind: "dropTable";
  readonly table: Table;
}

/** `CREATE INDEX`. */
export interface CreateIndexNode {
  readonly kind: "createIndex";
  readonly index: Index;
}

/** `DROP INDEX`. */
export interface DropIndexNode {
  readonly kind: "dropIndex";
  readonly index: Index;
}

/** `ALTER TABLE … ADD CONSTRAINT`. */
export interface AddConstraintNode {
  readonly kind: "addConstraint";
  readonly constraint: Constraint;
}

/** `ALTER TABLE … DROP CONSTRAINT`. */
export interface DropConstraintNode {
  readonly kind: "dropConstraint";
  readonly constraint: Constraint;
}

/** `CREATE TYPE … AS ENUM`. */
export interface CreateEnumTypeNode {
  readonly kind: "createEnumType";
  readonly name: string;
  readonly schema: string | undefined;
  readonly type: SqlType;
}

/** `DROP TYPE`. */
export interface DropEnumTypeNode {
  readonly kind: "dropEnumType";
  readonly name: string;
  readonly schema: string | undefined;
}

/** A statement that changes the schema. */
export type DdlNode =
  | CreateTableNode
  | DropTableNode
  | CreateIndexNode
  | DropIndexNode
  | AddConstraintNode
  | DropConstraintNode
  | CreateEnumTypeNode
  | DropEnumTypeNode;

/** What DDL plans ask of a database; part of the features of `compile/target.ts`. */
export interface DdlFeatures {
  /** Constraints can be added to tables that exist. */
  readonly alterAddConstraint: boolean;
  /** Enums are types of their own; without them they are texts with a CHECK. */
  readonly nativeEnum: boolean;
}

/** Gives the statements that create what is missing of some tables. */
export function planCreate(
  tables: readonly Table[],
  existing: ReadonlySet<string>,
  features: DdlFeatures,
): readonly DdlNode[] {
  const missing = tables.filter((table) => !existing.has(table.key));
  const late = features.alterAddConstraint ? cyclicForeignKeys(missing) : new Set<ForeignKey>();
  const sorted = sortTables(missing);
  return [
    ...(features.nativeEnum ? enumTypes(missing) : []).filter((type) => !existing.has(qualified(type))),
    ...sorted.flatMap((table): DdlNode[] => [
      { kind: "createTable", table, foreignKeys: table.foreignKeys.filter((key) => !late.has(key)) },
      ...table.indexes.map((index): DdlNode => ({ kind: "createIndex", index })),
    ]),
    ...[...late].map((constraint): DdlNode => ({ kind: "addConstraint", constraint })),
  ];
}

/** Gives the statements that drop some tables; of those in `existing` only, unless that is undefined. */
export function planDrop(
  tables: readonly Table[],
  existing: ReadonlySet<string> | undefined,
  features: DdlFeatures,
): readonly DdlNode[] {
  const present = tables.filter((table) => existing?.has(table.key) ?? true);
  const early = features.alterAddConstraint ? cyclicForeignKeys(present) : new Set<ForeignKey>();
  return [
    ...[...early].map((constraint): DdlNode => ({ kind: "dropConstraint", constraint })),
    ...sortTables(present)
      .toReversed()
      .map((table): DdlNode => ({ kind: "dropTable", table })),
    ...(features.nativeEnum ? enumTypes(tables) : [])
      .filter((type) => existing?.has(qualified(type)) ?? true)
      .map(({ name, schema }): DdlNode => ({ kind: "dropEnumType", name, schema })),
  ];
}

/** Orders tables so that each follows those that it refers to; in a cycle they stay as given. */
export function sortTables(tables: readonly Table[]): readonly Table[] {
  const cyclic = cyclicForeignKeys(tables);
  const included = new Set(tables);
  const sorted = new Set<Table>();
  const place = (table: Table): void => {
    if (sorted.has(table)) return;
    for (const key of table.foreignKeys) {
      if (key.target !== table && included.has(key.target) && !cyclic.has(key)) place(key.target);
    }
    sorted.add(table);
  };
  for (const table of tables) place(table);
  return [...sorted];
}

/** Finds the foreign keys that lead, by way of others, back to their own table; those to itself are harmless. */
function cyclicForeignKeys(tables: readonly Table[]): Set<ForeignKey> {
  const cyclic = new Set<ForeignKey>();
  for (const table of tables) {
    for (const key of table.foreignKeys) {
      if (key.target !== table && reaches(key.target, table)) cyclic.add(key);
    }
  }
  return cyclic;
}

function reaches(start: Table, goal: Table): boolean {
  const seen = new Set<Table>();
  const open = [start];
  for (let table = open.pop(); table !== undefined; table = open.pop()) {
    if (table === goal) return true;
    if (seen.has(table)) continue;
    seen.add(table);
    open.push(...table.foreignKeys.map((key) => key.target));
  }
  return false;
}

function enumTypes(tables: readonly Table[]): readonly CreateEnumTypeNode[] {
  const types = new Map<string, CreateEnumTypeNode>();
  for (const table of tables) {
    for (const { type } of table.columns) {
      const name = type.name === "enum" ? type.enumName : undefined;
      if (name === undefined) continue;
      const node: CreateEnumTypeNode = { kind: "createEnumType", name, schema: table.schema, type };
      types.set(qualified(node), node);
    }
  }
  return [...types.values()];
}

function qualified(type: { readonly name: string; readonly schema: string | undefined }): string {
  return type.schema === undefined ? type.name : `${type.schema}.${type.name}`;
}
