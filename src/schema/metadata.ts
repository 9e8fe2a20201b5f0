/**
 * MetaData: a set of tables that know each other by name, and their creation in a database.
 *
 * Below: `table.ts`, `ddl.ts`. The engine is a floor above; {@link DdlRunner} is what is asked of it.
 */
import { fail } from "../foundation/errors.ts";
import { type DdlFeatures, type DdlNode, planCreate, planDrop, sortTables } from "./ddl.ts";
import { defaultNaming, type Naming } from "./naming.ts";
import type { Table } from "./table.ts";
import type { TableColumn } from "./table-column.ts";

/** Asks an engine or connection to carry out a {@link DdlPlan}. */
export const RUN_DDL: unique symbol = Symbol("ormolu.runDdl");

/** What has to be done, said once the runner knows what exists. */
export interface DdlPlan {
  /** Whether `existing` has to be looked up. */
  readonly checkFirst: boolean;
  /** The schemas to look into; undefined is the default one. */
  readonly schemas: readonly (string | undefined)[];
  /**
   * Gives the statements, in order.
   *
   * `existing` holds names of tables and of enum types, with their schema before a dot unless it is the default
   * one; empty when `checkFirst` is false.
   */
  statements(existing: ReadonlySet<string>, features: DdlFeatures): readonly DdlNode[];
}

/** Whatever can carry out DDL: `Outcome` is a promise on an async engine and nothing on a sync one. */
export interface DdlRunner<Outcome> {
  [RUN_DDL](plan: DdlPlan): Outcome;
}

/** Options of `createAll` and `dropAll`. */
export interface DdlOptions {
  /** Leaves alone what exists (or, when dropping, what does not). Default true. */
  readonly checkFirst?: boolean;
  /** Only these tables. */
  readonly tables?: readonly Table[];
}

/**
 * A set of tables.
 *
 * @example
 * const metadata = new MetaData();
 * const users = table("users", metadata, { id: integer().primaryKey() });
 * metadata.tables.get("users") === users;   // => true
 */
export class MetaData {
  /** The schema of tables that name none. */
  readonly schema: string | undefined;
  readonly naming: Naming;
  readonly #tables = new Map<string, Table>();

  constructor(options: { readonly schema?: string; readonly naming?: Partial<Naming> } = {}) {
    this.schema = options.schema;
    this.naming = Object.freeze({ ...defaultNaming, ...options.naming });
  }

  /** The tables by name (`schema.name` where there is a schema), in the order of their definition. */
  get tables(): ReadonlyMap<string, Table> {
    return this.#tables;
  }

  /** Adds a table; its constructor calls this. Errors: schema/duplicate-table. */
  add(table: { readonly key: string }): void {
    if (this.#tables.has(table.key)) throw fail("schema/duplicate-table", { table: table.key });
    this.#tables.set(table.key, table as Table);
  }

  /** Takes a table out, for a definition that turned out wrong. */
  remove(table: { readonly key: string }): void {
    this.#tables.delete(table.key);
  }

  /** Finds a table by name. Errors: schema/unknown-table with the nearest name. */
  table(name: string, where?: string): Table {
    const table = this.#tables.get(name) ?? this.#tables.get(`${this.schema}.${name}`);
    if (table !== undefined) return table;
    throw fail("schema/unknown-table", { table: name, tables: [...this.#tables.keys()], where });
  }

  /** Finds the column that `"table.column"` names. Errors: schema/unknown-table, schema/unknown-column. */
  findColumn(path: string, where: string): TableColumn {
    const dot = path.lastIndexOf(".");
    if (dot < 0) throw fail("schema/unresolved-reference", { column: where, got: path });
    return this.table(path.slice(0, dot), where).columnNamed(path.slice(dot + 1));
  }

  /** All tables, each after those that it refers to; in a cycle as they were defined. */
  sortedTables(): readonly Table[] {
    return sortTables([...this.#tables.values()]);
  }

  /**
   * Creates the tables that do not exist, in an order that foreign keys allow.
   *
   * Errors: schema/not-an-engine, schema/unknown-option.
   *
   * @example await metadata.createAll(engine);
   */
  createAll<Outcome>(engine: DdlRunner<Outcome>, options: DdlOptions = {}): Outcome {
    checkOptions(options, "createAll()");
    const tables = options.tables ?? [...this.#tables.values()];
    return run(
      engine,
      plan(tables, options, (existing, features) => planCreate(tables, existing, features)),
      "createAll()",
    );
  }

  /**
   * Drops the tables that exist, in an order that foreign keys allow.
   *
   * Errors: schema/not-an-engine, schema/unknown-option.
   *
   * @example await metadata.dropAll(engine);
   */
  dropAll<Outcome>(engine: DdlRunner<Outcome>, options: DdlOptions = {}): Outcome {
    checkOptions(options, "dropAll()");
    const tables = options.tables ?? [...this.#tables.values()];
    const checkFirst = options.checkFirst ?? true;
    return run(
      engine,
      plan(tables, options, (existing, features) =>
        planDrop(tables, checkFirst ? existing : undefined, features),
      ),
      "dropAll()",
    );
  }
}

const optionNames: readonly (keyof DdlOptions)[] = ["checkFirst", "tables"];

function checkOptions(options: DdlOptions, what: string): void {
  const option = Object.keys(options).find((name) => !(optionNames as readonly string[]).includes(name));
  if (option !== undefined) throw fail("schema/unknown-option", { what, option, options: optionNames });
}

function run<Outcome>(engine: DdlRunner<Outcome>, plan: DdlPlan, what: string): Outcome {
  const isRunner = typeof engine === "object" && engine !== null && RUN_DDL in engine;
  if (!isRunner) throw fail("schema/not-an-engine", { what, got: engine });
  return engine[RUN_DDL](plan);
}

function plan(tables: readonly Table[], options: DdlOptions, statements: DdlPlan["statements"]): DdlPlan {
  return {
    checkFirst: options.checkFirst ?? true,
    schemas: [...new Set(tables.map((table) => table.schema))],
    statements,
  };
}
