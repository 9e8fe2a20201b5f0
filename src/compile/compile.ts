/**
 * Turns a statement into text and parameters for one target.
 *
 * 1. One walk over the nodes, each written by the target's renderer of its kind (`writer.ts` collects).
 * 2. Common table expressions found on the way are put first, placeholders are numbered.
 * 3. The result is remembered per node object: nodes never change.
 */
import { fail, isDbError } from "../foundation/errors.ts";
import type { DdlNode } from "../schema/ddl.ts";
import { isNode, sourceNames } from "../sql/children.ts";
import type { EntityRef, SqlNode, StatementNode } from "../sql/nodes.ts";
import { setStringifier } from "../sql/stringifier.ts";
import { resultColumns } from "./ansi/items.ts";
import { ansiTarget } from "./ansi/target.ts";
import type { Codec, Target } from "./target.ts";
import { type Parameter, type ResultColumn, Writer } from "./writer.ts";

export type { Parameter, ResultColumn } from "./writer.ts";

/** What a statement does; `OTHER` for text that begins with none of these words. */
export type Verb = "SELECT" | "INSERT" | "UPDATE" | "DELETE" | "DDL" | "OTHER";

/** A statement ready to be sent. */
export interface Compiled {
  readonly sql: string;
  /** In the order of the placeholders. */
  readonly parameters: readonly Parameter[];
  /** What the rows hold; undefined when there are none, or nobody can know (text). */
  readonly columns: readonly ResultColumn[] | undefined;
  readonly verb: Verb;
  /** Tables read or written, in the order of their appearance. */
  readonly tables: readonly string[];
  /** A query that asks for no locks on rows. */
  readonly onlyReads: boolean;
}

/** Everything that can be compiled; expressions and sources only to be shown. */
export type Compilable = StatementNode | DdlNode | Exclude<SqlNode, EntityRef>;

const compiledByTarget = new WeakMap<Target, WeakMap<object, Compiled>>();

/**
 * Compiles a statement for a target.
 *
 * Errors: sql/unsupported when the target cannot do it; sql/fully-correlated.
 *
 * @example compile(select(users).node, sqlite).sql   // => SELECT users.id, … FROM users
 */
export function compile(node: Compilable, target: Target): Compiled {
  let compiledByNode = compiledByTarget.get(target);
  if (compiledByNode === undefined) {
    compiledByNode = new WeakMap();
    compiledByTarget.set(target, compiledByNode);
  }
  const known = compiledByNode.get(node);
  if (known !== undefined) return known;
  const compiled = compileAnew(node, target);
  compiledByNode.set(node, compiled);
  return compiled;
}

function compileAnew(node: Compilable, target: Target): Compiled {
  const writer = new Writer(target, () => namesTaken(node));
  writer.node(node);
  writer.prependCtes();
  return Object.freeze({
    ...writer.finish(),
    columns: columnsOf(node),
    verb: verbOfNode(node),
    onlyReads: onlyReads(node),
  });
}

/** The names that a made-up one would collide with; in lower case, as some databases do not tell the cases apart. */
function namesTaken(node: Compilable): ReadonlySet<string> {
  return new Set(isNode(node) ? sourceNames(node).map((name) => name.toLowerCase()) : []);
}

function columnsOf(node: Compilable): readonly ResultColumn[] | undefined {
  switch (node.kind) {
    case "select":
      return resultColumns(node.items);
    case "setOperation":
      return node.queries[0] && columnsOf(node.queries[0]);
    case "insert":
    case "update":
    case "delete":
      return node.returning.length > 0 ? resultColumns(node.returning) : undefined;
    default:
      return undefined;
  }
}

function onlyReads(node: Compilable): boolean {
  if (node.kind === "setOperation") return node.queries.every(onlyReads);
  return node.kind === "select" && node.lock === undefined;
}

/** Tells what a statement does, as {@link Compiled.verb} will have it. */
export function verbOfNode(node: Compilable): Verb {
  switch (node.kind) {
    case "select":
    case "setOperation":
      return "SELECT";
    case "insert":
      return "INSERT";
    case "update":
      return "UPDATE";
    case "delete":
      return "DELETE";
    case "template":
      return verbOfText(node.strings[0] ?? "");
    case "createTable":
    case "dropTable":
    case "createIndex":
    case "dropIndex":
    case "addConstraint":
    case "dropConstraint":
    case "createEnumType":
    case "dropEnumType":
    case "deferForeignKeys":
      return "DDL";
    default:
      return "OTHER";
  }
}

const verbByWord: Readonly<Record<string, Verb>> = {
  SELECT: "SELECT",
  VALUES: "SELECT",
  INSERT: "INSERT",
  REPLACE: "INSERT",
  UPDATE: "UPDATE",
  DELETE: "DELETE",
  CREATE: "DDL",
  ALTER: "DDL",
  DROP: "DDL",
  TRUNCATE: "DDL",
};

function verbOfText(sql: string): Verb {
  const word = /^\s*(\w+)/.exec(sql)?.[1]?.toUpperCase() ?? "";
  return verbByWord[word] ?? "OTHER";
}

/**
 * Gives the values to send, encoded for the target, in the order of the placeholders.
 *
 * Errors: sql/missing-parameter, sql/undefined-value, sql/wrong-value for values given by name.
 */
export function bindParameters(
  compiled: Compiled,
  values: Readonly<Record<string, unknown>> | undefined,
  target: Target,
): unknown[] {
  return compiled.parameters.map((parameter) => {
    const value = valueFor(parameter, values);
    const { encode } = target.codec(parameter.type);
    return value === null || encode === undefined ? value : encoded(value, parameter, encode);
  });
}

/** A value as it travels. Errors: sql/wrong-value when the database has no such value. */
function encoded(value: unknown, parameter: Parameter, encode: NonNullable<Codec["encode"]>): unknown {
  try {
    return encode(value);
  } catch (error) {
    throw withPlace(error, value, parameter);
  }
}

/** Codecs know values and no columns. */
function withPlace(error: unknown, got: unknown, { where }: Parameter): unknown {
  if (where === undefined || !isDbError(error, "types/wrong-value")) return error;
  return fail("sql/wrong-value", { where, problem: String(error.facts["problem"]), got });
}

/** The same for values that are given in the order of the placeholders and known to be right. */
export function encodeParameters(compiled: Compiled, values: readonly unknown[], target: Target): unknown[] {
  const { parameters } = compiled;
  const encoders = encodersOf(compiled, target);
  const sent = new Array<unknown>(values.length);
  let index = 0;
  try {
    for (; index < values.length; index++) {
      const value = values[index];
      const encode = encoders[index];
      sent[index] = value === null || encode === undefined ? value : encode(value);
    }
  } catch (error) {
    throw withPlace(error, values[index], parameters[index] as Parameter);
  }
  return sent;
}

const encodersByCompiled = new WeakMap<Compiled, readonly Codec["encode"][]>();

/** How each parameter is encoded; undefined: it travels as it is. Kept, since a statement for 500 rows has thousands. */
function encodersOf(compiled: Compiled, target: Target): readonly Codec["encode"][] {
  let encoders = encodersByCompiled.get(compiled);
  if (encoders === undefined) {
    encoders = compiled.parameters.map(({ type }) => target.codec(type).encode);
    encodersByCompiled.set(compiled, encoders);
  }
  return encoders;
}

function valueFor(
  { name, value, type }: Parameter,
  values: Readonly<Record<string, unknown>> | undefined,
): unknown {
  if (name === undefined) return value;
  if (values === undefined || !Object.hasOwn(values, name)) {
    if (value !== undefined) return value;
    throw fail("sql/missing-parameter", { parameter: name, given: Object.keys(values ?? {}) });
  }
  const given = values[name];
  if (given === undefined) throw fail("sql/undefined-value", { where: `the parameter ${name}` });
  const problem = given === null ? undefined : type.check(given);
  if (problem !== undefined)
    throw fail("sql/wrong-value", { where: `the parameter ${name}`, problem, got: given });
  return given;
}

setStringifier((node) => compile(node, ansiTarget).sql);
