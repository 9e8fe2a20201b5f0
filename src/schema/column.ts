/**
 * Column builders: what a shape is made of.
 *
 * A definition is immutable and belongs to no table; the table that resolves it makes a `TableColumn` of it. The
 * same definition may serve in many tables.
 */
import { nodeOf, toColumnExpression } from "../sql/coerce.ts";
import type { ExpressionNode } from "../sql/nodes.ts";
import type { Valued } from "../sql/row.ts";
import { binaryType } from "../types/binary.ts";
import { booleanType } from "../types/boolean.ts";
import { dateTimeType, dateType, timeType } from "../types/datetime.ts";
import { enumType } from "../types/enum.ts";
import { jsonType } from "../types/json.ts";
import {
  bigIntType,
  floatType,
  type Given,
  integerType,
  type Numeric,
  numericType,
  type Plain,
  smallIntType,
} from "../types/number.ts";
import type { SqlType, VALUE } from "../types/sql-type.ts";
import { stringType, textType } from "../types/text.ts";
import { uuidType } from "../types/uuid.ts";
import type { ClientDefault, ColumnReference } from "./table-column.ts";

export type { TableColumn } from "./table-column.ts";

/** What happens to a row when the row that it refers to goes or changes its key. */
export type ReferenceAction = "cascade" | "set null" | "set default" | "restrict" | "no action";

/** Options of a foreign key. */
export interface ReferenceOptions {
  readonly onDelete?: ReferenceAction;
  readonly onUpdate?: ReferenceAction;
  /** The constraint's name; the naming strategy makes one up. */
  readonly name?: string;
  /** When the database checks: at once, or (deferrable) at commit. */
  readonly deferrable?: boolean | "initially deferred" | "initially immediate";
}

/** What a column may refer to: a column, a function that gives it later, or `"table.column"`. */
export type ReferenceTarget<Value> = Valued<Value> | (() => Valued<Value>) | string;

/** A value, a function that makes one per row, or an expression that the database evaluates. */
export type DefaultSource<Value> = Given<Value> | (() => Given<Value>) | Valued<Value>;

/** Everything said about a column, before a table gives it its name. */
export interface ColumnFacts {
  readonly type: SqlType;
  readonly name: string | undefined;
  readonly nullable: boolean;
  readonly primaryKey: boolean;
  readonly autoincrement: boolean | undefined;
  readonly unique: boolean;
  readonly index: boolean | string;
  readonly default: ClientDefault | undefined;
  readonly onUpdate: ClientDefault | undefined;
  readonly serverDefault: string | ExpressionNode | undefined;
  readonly references: readonly ColumnReference[];
  readonly checks: readonly (string | ExpressionNode)[];
  readonly comment: string | undefined;
  readonly deferred: string | undefined;
  readonly activeHistory: boolean;
  readonly version: boolean;
  readonly validators: readonly ((value: unknown, key: string) => unknown)[];
}

/**
 * A column as it is declared; each method gives a new one.
 *
 * `Value` is what the attribute holds; `Optional` says whether a new row may leave it out.
 *
 * @example integer().primaryKey()
 * @example string(50).unique().nullable()
 */
export class Column<out Value, out Optional extends boolean> {
  /** Type level only: what the attribute holds. */
  declare readonly [VALUE]: Value;
  /** Type level only: a new row may leave it out. */
  declare readonly optional: Optional;
  /** What has been said so far. */
  readonly facts: ColumnFacts;

  constructor(facts: ColumnFacts) {
    this.facts = facts;
  }

  /** The SQL type of the value. */
  get type(): SqlType<Value> {
    return this.facts.type as SqlType<Value>;
  }

  private with<NewValue, NewOptional extends boolean>(
    facts: Partial<ColumnFacts>,
  ): Column<NewValue, NewOptional> {
    return new Column<NewValue, NewOptional>(Object.freeze({ ...this.facts, ...facts }));
  }

  /** Gives the column this name in the database. */
  named(name: string): Column<Value, Optional> {
    return this.with({ name });
  }

  /** Makes the column (part of) the primary key. */
  primaryKey(options: { autoincrement?: boolean } = {}): Column<Value, true> {
    return this.with({ primaryKey: true, nullable: false, autoincrement: options.autoincrement });
  }

  /** Lets the column be NULL. */
  nullable(): Column<Value | null, true> {
    return this.with({ nullable: true });
  }

  /** Lets no two rows have the same value. */
  unique(): Column<Value, Optional> {
    return this.with({ unique: true });
  }

  /** Puts an index on the column. */
  index(name?: string): Column<Value, Optional> {
    return this.with({ index: name ?? true });
  }

  /** Gives the value of a new row that has none: a value, a function called per row, or an expression. */
  default(source: DefaultSource<Value>): Column<Value, true> {
    return this.with({ default: clientDefault(source) });
  }

  /** Lets the database give the value of a new row that has none: SQL text or an expression. */
  serverDefault(source: string | Valued<unknown>): Column<Value, true> {
    return this.with({
      serverDefault: typeof source === "string" ? source : toColumnExpression(source, "serverDefault()"),
    });
  }

  /** Gives the value of an updated row for which the update has none. */
  onUpdate(source: DefaultSource<Value>): Column<Value, Optional> {
    return this.with({ onUpdate: clientDefault(source) });
  }

  /** Makes the column a foreign key. */
  references(target: ReferenceTarget<Value>, options: ReferenceOptions = {}): Column<Value, Optional> {
    return this.with({
      references: [...this.facts.references, { target: target as ReferenceTarget<unknown>, options }],
    });
  }

  /** Lets the database refuse rows for which this is false: SQL text or an expression. */
  check(condition: string | Valued<unknown>): Column<Value, Optional> {
    return this.with({
      checks: [
        ...this.facts.checks,
        typeof condition === "string" ? condition : toColumnExpression(condition, "check()"),
      ],
    });
  }

  /** Describes the column to readers of the database. */
  comment(text: string): Column<Value, Optional> {
    return this.with({ comment: text });
  }

  /** Leaves the column out of loads until it is asked for, together with the others of its group. */
  deferred(options: { group?: string } = {}): Column<Value, Optional> {
    return this.with({ deferred: options.group ?? "" });
  }

  /** Loads the old value before it is replaced. */
  activeHistory(): Column<Value, Optional> {
    return this.with({ activeHistory: true });
  }

  /** Counts the row's versions, so that a write to a row that somebody else changed is refused. */
  version(): Column<Value, true> {
    return this.with({ version: true });
  }

  /** Passes each assigned value through `validate`, which gives the value to keep or throws. */
  validate(validate: (value: Plain<Value>, key: string) => Plain<Value>): Column<Value, Optional> {
    return this.with({
      validators: [...this.facts.validators, validate as (value: unknown, key: string) => unknown],
    });
  }
}

/** The name under which the internals know {@link Column}. */
export { Column as ColumnDefinition };

function clientDefault(source: unknown): ClientDefault {
  if (nodeOf(source) !== undefined) {
    return { kind: "expression", node: toColumnExpression(source, "default()") };
  }
  if (typeof source === "function") return { kind: "call", make: source as () => unknown };
  return { kind: "value", value: source };
}

function column<Value>(type: SqlType<Value>, name: string | undefined): Column<Value, false> {
  return new Column<Value, false>(
    Object.freeze({
      type: type as SqlType,
      name,
      nullable: false,
      primaryKey: false,
      autoincrement: undefined,
      unique: false,
      index: false,
      default: undefined,
      onUpdate: undefined,
      serverDefault: undefined,
      references: [],
      checks: [],
      comment: undefined,
      deferred: undefined,
      activeHistory: false,
      version: false,
      validators: [],
    }),
  );
}

/** Declares a column of a type made elsewhere. */
export function columnOf<Value>(type: SqlType<Value>, name?: string): Column<Value, false> {
  return column(type, name);
}

/** Declares a 32-bit integer. */
export function integer(name?: string): Column<number, false> {
  return column<number>(integerType(), name);
}

/** Declares a 16-bit integer. */
export function smallInt(name?: string): Column<number, false> {
  return column<number>(smallIntType(), name);
}

/** Declares a 64-bit integer, a `bigint` in JavaScript. */
export function bigInt(name?: string): Column<bigint, false> {
  return column<bigint>(bigIntType(), name);
}

/** Declares a text, of limited length if one is given: `string(50)`, `string("user_name", 50)`. */
export function string(length?: number): Column<string, false>;
export function string(name: string, length?: number): Column<string, false>;
export function string(first?: number | string, second?: number): Column<string, false> {
  return typeof first === "string"
    ? column<string>(stringType(second), first)
    : column<string>(stringType(first), undefined);
}

/** Declares a text of any length. */
export function text(name?: string): Column<string, false> {
  return column<string>(textType(), name);
}

/** Declares a truth value. */
export function boolean(name?: string): Column<boolean, false> {
  return column<boolean>(booleanType(), name);
}

/** Declares a floating-point number. */
export function float(name?: string): Column<number, false> {
  return column<number>(floatType(), name);
}

/** Declares an exact decimal number, a string in JavaScript: `numeric(10, 2)`, `numeric("price", 10, 2)`. */
export function numeric(precision?: number, scale?: number): Column<Numeric, false>;
export function numeric(name: string, precision?: number, scale?: number): Column<Numeric, false>;
export function numeric(first?: number | string, second?: number, third?: number): Column<Numeric, false> {
  const [name, precision, scale] =
    typeof first === "string" ? [first, second, third] : [undefined, first, second];
  return column(numericType(precision, scale) as SqlType<Numeric>, name);
}

/** Declares a calendar date, `"YYYY-MM-DD"` in JavaScript. */
export function date(name?: string): Column<string, false> {
  return column<string>(dateType(), name);
}

/** Declares a time of day, `"HH:MM:SS"` in JavaScript. */
export function time(name?: string): Column<string, false> {
  return column<string>(timeType(), name);
}

/** Declares a point in time, a `Date` in JavaScript, UTC in the database. */
export function dateTime(options?: { timezone?: boolean }): Column<Date, false>;
export function dateTime(name: string, options?: { timezone?: boolean }): Column<Date, false>;
export function dateTime(
  first?: string | { timezone?: boolean },
  second?: { timezone?: boolean },
): Column<Date, false> {
  return typeof first === "string"
    ? column<Date>(dateTimeType(second), first)
    : column<Date>(dateTimeType(first), undefined);
}

/** Declares a JSON document. */
export function json<Document = unknown>(name?: string): Column<Document, false> {
  return column<Document>(jsonType<Document>(), name);
}

/** Declares a UUID, a string in JavaScript. */
export function uuid(name?: string): Column<string, false> {
  return column<string>(uuidType(), name);
}

/** Declares bytes. */
export function binary(name?: string): Column<Uint8Array, false> {
  return column<Uint8Array>(binaryType(), name);
}

/** Declares one of a few texts; `.named("…")` gives the column's name. */
export function enumeration<const Values extends readonly [string, ...string[]]>(
  ...values: Values
): Column<Values[number], false> {
  return column<Values[number]>(enumType(values), undefined);
}
