/**
 * Creating and dropping as nodes, and the plans that put them in order.
 *
 * A foreign key that is part of a cycle is added by ALTER TABLE once both tables exist, and dropped before either
 * goes, where the database can (`features.alterAddConstraint`); else it stands in CREATE TABLE like the others, and
 * holds at the end of the transaction in which both go.
 */
import { type Edge, edgesOnCycles, sortTopologically } from "../foundation/graph.ts";
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

/** Lets foreign keys be broken until the transaction ends. */
export interface DeferForeignKeysNode {
  readonly kind: "deferForeignKeys";
}

/** A statement that changes the schema. */
export type DdlNode =
  | DeferForeignKeysNode
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
  return [
    ...loosen([...cyclicForeignKeys(present)], features),
    ...sortTables(present)
      .toReversed()
      .map((table): DdlNode => ({ kind: "dropTable", table })),
    ...(features.nativeEnum ? enumTypesOnlyIn(tables, existing) : [])
      .filter((type) => existing?.has(qualified(type)) ?? true)
      .map(({ name, schema }): DdlNode => ({ kind: "dropEnumType", name, schema })),
  ];
}

/** Takes away what would keep the tables of a cycle, whichever is dropped first, if they hold rows. */
function loosen(cyclic: readonly ForeignKey[], features: DdlFeatures): readonly DdlNode[] {
  if (features.alterAddConstraint)
    return cyclic.map((constraint) => ({ kind: "dropConstraint", constraint }));
  return cyclic.length > 0 ? [{ kind: "deferForeignKeys" }] : [];
}

/** Orders tables so that each follows those that it refers to; in a cycle they stay as given. */
export function sortTables(tables: readonly Table[]): readonly Table[] {
  const needs = [...needsOf(tables).keys()];
  const cyclic = new Set(edgesOnCycles(tables, needs));
  return sortTopologically(
    tables,
    needs.filter((need) => !cyclic.has(need)),
  );
}

/** Finds the foreign keys that lead, by way of others of these tables, back to their own. */
function cyclicForeignKeys(tables: readonly Table[]): Set<ForeignKey> {
  const needs = needsOf(tables);
  return new Set(edgesOnCycles(tables, needs.keys()).map((need) => needs.get(need)!));
}

/** Which table has to be there before which, and by which key; a table that refers to itself needs nothing. */
function needsOf(tables: readonly Table[]): ReadonlyMap<Edge<Table>, ForeignKey> {
  const needs = new Map<Edge<Table>, ForeignKey>();
  for (const table of tables) {
    for (const key of table.foreignKeys) if (key.target !== table) needs.set([key.target, table], key);
  }
  return needs;
}

function enumTypes(tables: readonly Table[]): readonly CreateEnumTypeNode[] {
  const types = new Map<string, CreateEnumTypeNode>();
  for (const table of tables) {
    for (const { type } of table.columns) {
      const name = type.name === "enum" ? type.enumName : undefined;
      if (name === undefined) continue;
      const node: CreateEnumTypeNode = { kind: "createEnumType", name, schema: type.enumSchema, type };
      types.set(qualified(node), node);
    }
  }
  return [...types.values()];
}

/** The types that no table uses which stays: a foreign key has the type of its target. */
function enumTypesOnlyIn(
  tables: readonly Table[],
  existing: ReadonlySet<string> | undefined,
): readonly CreateEnumTypeNode[] {
  const types = enumTypes(tables);
  if (types.length === 0) return types;
  const all = new Set(tables.flatMap(({ metadata }) => [...metadata.tables.values()]));
  const staying = [...all].filter((table) => !tables.includes(table) && (existing?.has(table.key) ?? true));
  const used = new Set(enumTypes(staying).map(qualified));
  return types.filter((type) => !used.has(qualified(type)));
}

function qualified(type: { readonly name: string; readonly schema: string | undefined }): string {
  return type.schema === undefined ? type.name : `${type.schema}.${type.name}`;
}
