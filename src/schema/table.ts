/**
 * A table: a name and a shape of column definitions, resolved column by column when somebody asks.
 *
 * Columns may be getters, so that tables can refer to each other whatever the order of their definitions:
 * `table.c.id` runs that getter and no other. Foreign keys, constraints and indexes are found on first use.
 * Below: `column.ts`. Above: `metadata.ts` keeps tables, `ddl.ts` creates them.
 */
import { fail } from "../foundation/errors.ts";
import { unknownKeys } from "../foundation/unknown-keys.ts";
import { nodeOf } from "../sql/coerce.ts";
import type { SHAPE } from "../sql/entity.ts";
import { ColumnExpression } from "../sql/expression.ts";
import { type ExpressionNode, SOURCE, type TableSource } from "../sql/nodes.ts";
import type { OWNER, Valued } from "../sql/row.ts";
import { enumType } from "../types/enum.ts";
import type { SqlType } from "../types/sql-type.ts";
import { Column, type ReferenceOptions, type ReferenceTarget } from "./column.ts";
import type { Check, ForeignKey, PrimaryKey, TableExtra, Unique } from "./constraints.ts";
import type { Index } from "./index-definition.ts";
import type { MetaData } from "./metadata.ts";
import type { TableColumn } from "./table-column.ts";

/** The columns of a shape as expressions. Not filtered by kind: that would resolve every getter's type at once. */
export type TableColumns<Shape, Name = unknown> = {
  readonly [Key in keyof Shape]: Shape[Key] extends Column<infer Value, boolean>
    ? ColumnExpression<Key & string, Value, Name>
    : never;
};

/** What a table may be told besides its name and shape. */
export interface TableOptions<Shape> {
  /** Constraints and indexes over several columns. */
  readonly extras?: ((columns: TableColumns<Shape>) => readonly TableExtra[]) | undefined;
  readonly schema?: string | undefined;
  readonly comment?: string | undefined;
  /** Tells which entries of the shape are no columns and none of the table's business. */
  readonly ignores?: ((entry: unknown) => boolean) | undefined;
}

/** The third argument without its shape, which would make a table of one shape unlike that of a wider one. */
type ExtrasOf = (columns: object) => readonly TableExtra[];

/**
 * A table of a database.
 *
 * Errors: schema/not-a-column, schema/duplicate-column, schema/reference-cycle when columns are first asked for.
 */
export class Table<out Shape = object, out Name extends string = string> implements TableSource {
  /** Type level only: the definitions by attribute key. */
  declare readonly [SHAPE]: Shape;
  /** Type level only: the name, to tell the table's columns from others. */
  declare readonly [OWNER]: Name;
  readonly kind = "table";
  readonly name: string;
  readonly schema: string | undefined;
  readonly comment: string | undefined;
  readonly metadata: MetaData;
  /** The attribute keys in declaration order, columns or not. */
  readonly keys: readonly string[];
  /** The columns as expressions; each is made when it is first read. */
  readonly c: TableColumns<Shape, Name>;

  readonly #shape: Readonly<Record<string, unknown>>;
  readonly #extrasOf: ExtrasOf | undefined;
  readonly #ignores: ((entry: unknown) => boolean) | undefined;
  readonly #resolved = new Map<string, TableColumn | undefined>();
  readonly #resolving = new Set<string>();
  #columns: readonly TableColumn[] | undefined;
  #extras: readonly TableExtra[] | undefined;
  #primaryKey: PrimaryKey | undefined;
  /** Null: not looked for yet. */
  #autoincrementColumn: TableColumn | undefined | null = null;
  #foreignKeys: readonly ForeignKey[] | undefined;
  #uniques: readonly Unique[] | undefined;
  #checks: readonly Check[] | undefined;
  #indexes: readonly Index[] | undefined;

  constructor(name: string, metadata: MetaData, shape: Shape, options: TableOptions<Shape> = {}) {
    this.name = name;
    this.schema = options.schema ?? metadata.schema;
    this.comment = options.comment;
    this.metadata = metadata;
    this.#shape = shape as Readonly<Record<string, unknown>>;
    this.#extrasOf = options.extras as ExtrasOf | undefined;
    this.#ignores = options.ignores;
    this.keys = Object.keys(this.#shape);
    this.c = this.#lazyColumns() as TableColumns<Shape, Name>;
    metadata.add(this);
  }

  /** The name with its schema, as MetaData knows the table. */
  get key(): string {
    return this.schema === undefined ? this.name : `${this.schema}.${this.name}`;
  }

  /** Stands for itself in statements. */
  get [SOURCE](): Table {
    return this as Table;
  }

  /** All columns in declaration order. */
  get columns(): readonly TableColumn[] {
    this.#columns ??= this.#resolveColumns();
    return this.#columns;
  }

  /** All columns, as statements ask for them. */
  get columnNodes(): readonly TableColumn[] {
    return this.columns;
  }

  /** Gives the column of an attribute key. */
  column(key: string): TableColumn {
    const column = this.keys.includes(key) ? this.#resolve(key) : undefined;
    if (column === undefined) throw this.#unknownColumn(key);
    return column;
  }

  /** Gives the column with a name in the database, or failing that the one of an attribute key. */
  columnNamed(name: string): TableColumn {
    const column =
      this.columns.find((each) => each.name === name) ?? this.columns.find((each) => each.key === name);
    if (column === undefined) throw this.#unknownColumn(name);
    return column;
  }

  /** The primary key; its columns are empty when the table has none. */
  get primaryKey(): PrimaryKey {
    this.#primaryKey ??= this.#resolvePrimaryKey();
    return this.#primaryKey;
  }

  /** The foreign keys, those of single columns first. */
  get foreignKeys(): readonly ForeignKey[] {
    this.#foreignKeys ??= this.#resolveForeignKeys();
    return this.#foreignKeys;
  }

  /** The foreign keys, as joins ask for them. */
  get foreignKeyLinks(): readonly ForeignKey[] {
    return this.foreignKeys;
  }

  /** The unique constraints; a unique column that also has an index has a unique index instead. */
  get uniques(): readonly Unique[] {
    this.#uniques ??= this.#resolveUniques();
    return this.#uniques;
  }

  /** The checks, without those that enum columns need in databases that have no enums. */
  get checks(): readonly Check[] {
    this.#checks ??= this.#resolveChecks();
    return this.#checks;
  }

  /** The indexes. */
  get indexes(): readonly Index[] {
    this.#indexes ??= this.#resolveIndexes();
    return this.#indexes;
  }

  /** The column that the database numbers: a single whole-number key with no value from elsewhere. */
  get autoincrementColumn(): TableColumn | undefined {
    if (this.#autoincrementColumn === null) this.#autoincrementColumn = this.#findAutoincrementColumn();
    return this.#autoincrementColumn;
  }

  #findAutoincrementColumn(): TableColumn | undefined {
    const columns = this.primaryKey.columns;
    const asked = columns.find((column) => column.autoincrement === true);
    if (asked !== undefined) return asked;
    const [column] = columns;
    if (column === undefined || columns.length > 1 || column.autoincrement === false) return undefined;
    if (!["integer", "smallInt", "bigInt"].includes(column.type.name)) return undefined;
    if (column.default !== undefined || column.serverDefault !== undefined) return undefined;
    if (this.foreignKeys.some((key) => key.from.includes(column))) return undefined;
    return column;
  }

  #lazyColumns(): object {
    const columns = Object.create(unknownKeys((key) => this.#unknownColumn(key))) as object;
    for (const key of this.keys) {
      Object.defineProperty(columns, key, {
        enumerable: true,
        configurable: true,
        get: () => {
          const column = this.#resolve(key);
          const value = column === undefined ? undefined : new ColumnExpression(column);
          Object.defineProperty(columns, key, { enumerable: true, value });
          return value;
        },
      });
    }
    return columns;
  }

  #unknownColumn(key: string) {
    return fail("schema/unknown-column", { table: this.name, column: key, columns: this.keys });
  }

  #resolve(key: string): TableColumn | undefined {
    if (this.#resolved.has(key)) return this.#resolved.get(key);
    if (this.#resolving.has(key)) throw fail("schema/reference-cycle", { table: this.name, column: key });
    this.#resolving.add(key);
    try {
      const column = this.#tableColumn(key, this.#shape[key]);
      this.#resolved.set(key, column);
      return column;
    } finally {
      this.#resolving.delete(key);
    }
  }

  #tableColumn(key: string, definition: unknown): TableColumn | undefined {
    if (!(definition instanceof Column)) {
      if (this.#ignores?.(definition)) return undefined;
      throw fail("schema/not-a-column", { table: this.name, key, got: definition });
    }
    const { type, name: givenName, ...facts } = definition.facts;
    const name = givenName ?? this.metadata.naming.column(key);
    const own = this.#namedType(type, name);
    const column = { kind: "column", source: this as Table, name, key, ...facts, type: own } as const;
    const [reference] = facts.references;
    const isNameless = own !== type && type.enumName === undefined;
    if (!isNameless || reference === undefined) return Object.freeze(column);
    const ofTarget = () => this.#enumOf(reference.target, name);
    let found: SqlType | undefined;
    let isAsking = false;
    return Object.freeze({
      ...column,
      get type() {
        // Two columns may refer to each other.
        if (isAsking) return own;
        isAsking = true;
        try {
          found ??= ofTarget() ?? own;
          return found;
        } finally {
          isAsking = false;
        }
      },
    });
  }

  /** The type of a foreign key's target, where that is an enum: databases with named enums compare no other with it. */
  #enumOf(target: ReferenceTarget<unknown>, column: string): SqlType | undefined {
    const { type } = this.#referenced(target, column);
    return type.name === "enum" ? type : undefined;
  }

  #namedType(type: SqlType, column: string): SqlType {
    if (type.name !== "enum" || type.values === undefined) return type;
    if (type.enumName !== undefined && type.enumSchema === this.schema) return type;
    const name = type.enumName ?? this.metadata.naming.enumType(this.name, column);
    return enumType(type.values, name, this.schema) as SqlType;
  }

  #resolveColumns(): readonly TableColumn[] {
    const columns = this.keys.flatMap((key) => this.#resolve(key) ?? []);
    const names = new Set<string>();
    for (const { name } of columns) {
      if (names.has(name)) throw fail("schema/duplicate-column", { table: this.name, column: name });
      names.add(name);
    }
    return columns;
  }

  #resolveExtras<Kind extends TableExtra["kind"]>(
    kind: Kind,
  ): readonly Extract<TableExtra, { kind: Kind }>[] {
    this.#extras ??= this.#extrasOf?.(this.c as object) ?? [];
    return this.#extras.filter((extra): extra is Extract<TableExtra, { kind: Kind }> => extra.kind === kind);
  }

  #ownColumns(columns: readonly Valued<unknown>[]): readonly TableColumn[] {
    return columns.map((valued) => {
      const node = nodeOf(valued);
      if (node?.kind !== "column")
        throw fail("schema/not-a-column", { table: this.name, key: "(extras)", got: valued });
      return this.column(node.key);
    });
  }

  #resolvePrimaryKey(): PrimaryKey {
    const together = this.#resolveExtras("primaryKey").flatMap((extra) => this.#ownColumns(extra.columns));
    const columns = together.length > 0 ? together : this.columns.filter((column) => column.primaryKey);
    return {
      kind: "primaryKey",
      table: this as Table,
      name: this.metadata.naming.primaryKey(this.name),
      columns,
    };
  }

  #resolveForeignKeys(): readonly ForeignKey[] {
    const single = this.columns.flatMap((column) =>
      column.references.map((reference) =>
        this.#foreignKey([column], [this.#referenced(reference.target, column.name)], reference.options),
      ),
    );
    const several = this.#resolveExtras("foreignKey").map((extra) => {
      const from = this.#ownColumns(extra.columns);
      const references = typeof extra.references === "function" ? extra.references() : extra.references;
      const names = from.map((column) => column.name).join(", ");
      return this.#foreignKey(
        from,
        references.map((each) => this.#referenced(each, names)),
        extra.options,
      );
    });
    return [...single, ...several];
  }

  #referenced(target: ReferenceTarget<unknown>, column: string): TableColumn {
    const where = `${this.name}.${column}`;
    if (typeof target === "string") return this.metadata.findColumn(target, where);
    const valued = typeof target === "function" ? target() : target;
    const node = nodeOf(valued);
    if (node?.kind !== "column" || !(node.source instanceof Table)) {
      throw fail("schema/unresolved-reference", { column: where, got: valued });
    }
    return node.source.column(node.key);
  }

  #foreignKey(
    from: readonly TableColumn[],
    to: readonly TableColumn[],
    options: ReferenceOptions,
  ): ForeignKey {
    const tables = new Set(to.map((column) => column.source));
    if (tables.size > 1) {
      throw fail("schema/foreign-key-tables", {
        table: this.name,
        tables: [...tables].map(({ name }) => name),
      });
    }
    const [target] = tables;
    if (target === undefined || from.length !== to.length) {
      throw fail("schema/foreign-key-shape", {
        table: this.name,
        columns: from.length,
        references: to.length,
      });
    }
    const names = from.map((column) => column.name);
    return {
      kind: "foreignKey",
      table: this as Table,
      name: options.name ?? this.metadata.naming.foreignKey(this.name, names, target.name),
      from,
      to,
      target,
      onDelete: options.onDelete,
      onUpdate: options.onUpdate,
      deferrable: options.deferrable,
    };
  }

  #resolveUniques(): readonly Unique[] {
    const naming = this.metadata.naming;
    const make = (columns: readonly TableColumn[], name?: string): Unique => ({
      kind: "unique",
      table: this as Table,
      name:
        name ??
        naming.unique(
          this.name,
          columns.map((column) => column.name),
        ),
      columns,
    });
    return [
      ...this.columns
        .filter((column) => column.unique && column.index === false)
        .map((column) => make([column])),
      ...this.#resolveExtras("unique").map((extra) => make(this.#ownColumns(extra.columns), extra.name)),
    ];
  }

  #resolveChecks(): readonly Check[] {
    const taken = new Set<string>();
    const make = (condition: string | ExpressionNode, about: readonly string[], name?: string): Check => {
      const stem = name ?? this.metadata.naming.check(this.name, about);
      let unused = stem;
      for (let count = 2; taken.has(unused); count++) unused = `${stem}_${count}`;
      taken.add(unused);
      return { kind: "check", table: this as Table, name: unused, condition };
    };
    return [
      ...this.columns.flatMap((column) => column.checks.map((condition) => make(condition, [column.name]))),
      ...this.#resolveExtras("check").map((extra) => make(extra.condition, [], extra.name)),
    ];
  }

  #resolveIndexes(): readonly Index[] {
    const make = (
      expressions: readonly ExpressionNode[],
      rest: Omit<Index, "kind" | "table" | "expressions" | "name">,
      name?: string,
    ): Index => ({
      kind: "index",
      table: this as Table,
      name: name ?? this.metadata.naming.index(this.name, expressions.map(nameOfIndexed)),
      expressions,
      ...rest,
    });
    const single = this.columns.filter((column) => column.index !== false);
    return [
      ...single.map((column) =>
        make(
          [column],
          { unique: column.unique, where: undefined },
          typeof column.index === "string" ? column.index : undefined,
        ),
      ),
      ...this.#resolveExtras("index").map((extra) =>
        make(extra.expressions, { unique: extra.unique, where: extra.where }, extra.name),
      ),
    ];
  }
}

function nameOfIndexed(expression: ExpressionNode): string {
  if (expression.kind === "order") return nameOfIndexed(expression.operand);
  return expression.kind === "column" ? expression.name : "expression";
}

/**
 * Declares a table.
 *
 * @example
 * const metadata = new MetaData();
 * const cars = table("cars", metadata, { id: integer().primaryKey(), brand: string(50) },
 *   (c) => [index("idx_brand", c.brand)]);
 */
export function table<Shape extends object, const Name extends string>(
  name: Name,
  metadata: MetaData,
  shape: Shape,
  extras?: (columns: TableColumns<Shape>) => readonly TableExtra[],
  options: { readonly schema?: string; readonly comment?: string } = {},
): Table<Shape, Name> {
  return new Table(name, metadata, shape, { ...options, extras });
}
