/**
 * Expressions of scenarios → expressions of the library.
 */
import type { Chain } from "./library.ts";
import { named, send } from "./library.ts";
import type { Models } from "./models.ts";
import type { Json, QuerySpec } from "./scenario.ts";
import { Unsupported } from "./scenario.ts";
import type { Objects } from "./values.ts";
import { toDate } from "./values.ts";

/** An attribute path that leads nowhere. */
export class UnknownAttribute extends Error {
  override readonly name = "UnknownAttribute";
}

/** Something with attributes: a mapped class, an aliased class, a table. */
export interface Entity {
  readonly c: Readonly<Record<string, Chain>>;
}

/** Makes the statement of a subquery; `queries.ts` gives it, so that the two files need not import each other. */
export type BuildQuery = (query: QuerySpec, scope: Scope) => Chain;

/** One name of a query and the model that it stands for. */
interface Alias {
  readonly entity: Entity;
  readonly model: string;
}

/** What names mean inside one query: its aliases, then models and tables. */
export class Scope {
  readonly models: Models;
  readonly objects: Objects | undefined;
  readonly build: BuildQuery | undefined;
  readonly #aliases: ReadonlyMap<string, Alias>;

  constructor(
    models: Models,
    objects?: Objects,
    build?: BuildQuery,
    aliases: ReadonlyMap<string, Alias> = new Map(),
  ) {
    this.models = models;
    this.objects = objects;
    this.build = build;
    this.#aliases = aliases;
  }

  /** The same scope with a new alias of a model. */
  with(name: string, model: string): Scope {
    const entity = named<(entity: unknown) => Entity>("aliased")(this.entity(model));
    const aliases = new Map([...this.#aliases, [name, { entity, model: this.modelName(model) }] as const]);
    return new Scope(this.models, this.objects, this.build, aliases);
  }

  /** Finds an alias, model or table. */
  entity(name: string): Entity {
    const found =
      this.#aliases.get(name)?.entity ?? this.models.classes.get(name) ?? this.models.tables.get(name);
    if (!found) throw new UnknownAttribute(`there is no model, alias or table ${name}`);
    return found;
  }

  /** Whether a name stands for one entity, rather than for an attribute. */
  hasEntity(name: string): boolean {
    return this.#aliases.has(name) || this.models.classes.has(name);
  }

  /** The model that a name stands for. */
  modelName(name: string): string {
    return this.#aliases.get(name)?.model ?? name;
  }

  /** Finds an attribute: `User.name`, `alias.name`, `table.column`. */
  attribute(path: string): Chain {
    const dot = path.indexOf(".");
    const [owner, name] = [path.slice(0, dot), path.slice(dot + 1)];
    const found = this.entity(owner).c[this.models.keyOf(this.modelName(owner), name)];
    if (found === undefined) throw new UnknownAttribute(`there is no attribute ${path}`);
    return found;
  }

  /** The model at the far end of a relationship path. */
  targetOf(path: string): string {
    const [owner = "", name = ""] = path.split(".");
    const relationship = this.models.relationship(this.modelName(owner), name);
    if (!relationship) throw new UnknownAttribute(`there is no relationship ${path}`);
    return relationship.target;
  }
}

interface Fields {
  readonly [key: string]: Json;
}

/** Makes an expression; a value stays a plain value where a method takes one. */
export function toOperand(json: Json | undefined, scope: Scope): unknown {
  if (json === undefined) return null;
  if (typeof json === "string") return scope.attribute(json);
  if (json === null || typeof json !== "object") return json;
  if (Array.isArray(json)) return json.map((item) => toOperand(item, scope));
  const fields: Fields = json;
  if ("op" in fields) return toCondition(fields, scope);
  if ("fn" in fields) return toFunction(fields, scope);
  if ("attr" in fields) return scope.attribute(String(fields["attr"]));
  if ("value" in fields) return fields["value"];
  if ("decimal" in fields) return fields["decimal"];
  if ("date" in fields) return fields["date"];
  if ("datetime" in fields) return toDate(String(fields["datetime"]));
  if ("scalarQuery" in fields) {
    return send(subquery(fields["scalarQuery"] as Fields, scope), "asScalar");
  }
  throw new Unsupported(`expression ${JSON.stringify(json)}`);
}

/** Makes an expression that has methods, of a literal too. */
export function toExpression(json: Json | undefined, scope: Scope): Chain {
  const operand = toOperand(json, scope);
  if (isChain(operand)) return operand;
  const text = typeof json === "object" && json !== null && !Array.isArray(json) ? json : {};
  if ("decimal" in text) {
    const scale = String(operand).split(".")[1]?.length ?? 0;
    return named("literal")(operand, named("numeric")(20, scale)) as Chain;
  }
  if ("date" in text) return named("literal")(operand, named("date")()) as Chain;
  return named("literal")(operand) as Chain;
}

function isChain(value: unknown): value is Chain {
  return (
    value !== null &&
    (typeof value === "object" || typeof value === "function") &&
    typeof (value as Chain)["eq"] === "function"
  );
}

const binary: Readonly<Record<string, string>> = {
  eq: "eq",
  ne: "ne",
  lt: "lt",
  le: "le",
  gt: "gt",
  ge: "ge",
  like: "like",
  notLike: "notLike",
  add: "add",
  sub: "sub",
  mul: "mul",
  div: "div",
  concat: "concat",
};

function toCondition(fields: Fields, scope: Scope): Chain {
  const op = String(fields["op"]);
  const method = binary[op];
  if (method !== undefined) {
    return send(toExpression(fields["left"], scope), method, toOperand(fields["right"], scope));
  }
  switch (op) {
    case "and":
    case "or":
      return named(op)(...(fields["args"] as Json[]).map((arg) => toOperand(arg, scope))) as Chain;
    case "not":
      return named("not")(toOperand(fields["arg"], scope)) as Chain;
    case "isNull":
    case "isNotNull":
      return send(toExpression(fields["arg"], scope), op);
    case "between": {
      const [low, high] = [toOperand(fields["low"], scope), toOperand(fields["high"], scope)];
      return send(toExpression(fields["arg"], scope), "between", low, high);
    }
    case "in":
    case "notIn": {
      const items =
        "query" in fields ? subquery(fields["query"] as Fields, scope) : toOperand(fields["values"], scope);
      return send(toExpression(fields["left"], scope), op, items);
    }
    case "any":
    case "has":
      return related(fields, scope, op);
    case "contains":
      return send(scope.attribute(String(fields["rel"])), "contains", referred(fields["obj"], scope));
    case "relEq":
    case "relNe": {
      const object = fields["obj"] === null ? null : referred(fields["obj"], scope);
      return send(scope.attribute(String(fields["rel"])), op === "relEq" ? "eq" : "ne", object);
    }
    case "exists":
      return send(subquery(fields["query"] as Fields, scope), "exists");
    case "case": {
      const whens = (fields["whens"] as Fields[]).map((branch) => [
        toOperand(branch["when"], scope),
        toOperand(branch["then"], scope),
      ]);
      return named("caseWhen")(whens, toOperand(fields["else"], scope)) as Chain;
    }
    default:
      throw new Unsupported(`the operator ${op}`);
  }
}

function related(fields: Fields, scope: Scope, op: "any" | "has"): Chain {
  if (fields["ofType"] !== undefined) throw new Unsupported("inheritance (ofType)");
  const path = String(fields["rel"]);
  const attribute = scope.attribute(path);
  if (fields["as"] === undefined) {
    return fields["where"] === undefined
      ? send(attribute, op)
      : send(attribute, op, toOperand(fields["where"], scope));
  }
  const name = String(fields["as"]);
  const inner = scope.with(name, scope.targetOf(path));
  const narrowed = send(attribute, "of", inner.entity(name));
  return fields["where"] === undefined
    ? send(narrowed, op)
    : send(narrowed, op, toOperand(fields["where"], inner));
}

function referred(json: Json | undefined, scope: Scope): unknown {
  const handle = typeof json === "object" && json !== null && !Array.isArray(json) ? json["ref"] : json;
  return scope.objects?.get(handle);
}

function subquery(query: Fields, scope: Scope): Chain {
  if (!scope.build) throw new Unsupported("a subquery in a mapping");
  return scope.build(query as unknown as QuerySpec, scope);
}

function toFunction(fields: Fields, scope: Scope): Chain {
  const func = named<Chain>("func");
  const json = (fields["args"] ?? []) as Json[];
  const args = json.map((arg) => toOperand(arg, scope));
  const [first] = args;
  if (fields["distinct"] === true && isChain(first)) args[0] = send(first, "distinct");
  return send(func, String(fields["fn"]), ...args);
}
