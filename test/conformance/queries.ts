/**
 * Queries and loader options of scenarios → statements of the library.
 */
import type { BuildQuery, Scope } from "./expressions.ts";
import { toExpression, toOperand } from "./expressions.ts";
import type { Chain } from "./library.ts";
import { named, send } from "./library.ts";
import type { JoinSpec, Json, OptionSpec, PathStep } from "./scenario.ts";
import { Unsupported } from "./scenario.ts";

/** Makes the statement of a query, to be executed or to stand inside another one. */
export const toStatement: BuildQuery = (query, outer) => {
  let scope = outer;
  for (const { model, as, withPolymorphic } of query.from ?? []) {
    if (withPolymorphic !== undefined) throw new Unsupported("inheritance (withPolymorphic)");
    if (as !== undefined) scope = scope.with(as, model);
  }
  // Aliases of joins are known to the whole query, its SELECT included.
  const joins: ((statement: Chain) => Chain)[] = [];
  for (const join of query.join ?? []) {
    const prepared = prepareJoin(join, scope);
    scope = prepared.scope;
    joins.push(prepared.apply);
  }

  const items = query.select ?? query.from?.map(({ model, as }) => as ?? model) ?? [1];
  let statement = named("select")(...items.map((item) => toItem(item, scope))) as Chain;
  if (query.selectFrom) {
    const entities = query.selectFrom.map((name) => scope.entity(name));
    statement = send(statement, "selectFrom", ...entities);
  }
  for (const apply of joins) statement = apply(statement);
  if (query.where !== undefined) statement = send(statement, "where", toOperand(query.where, scope));
  if (query.filterBy) {
    const values = Object.entries(query.filterBy).map(([key, value]) => [key, toFilterValue(value, scope)]);
    statement = send(statement, "filterBy", Object.fromEntries(values));
  }
  if (query.groupBy) {
    const items = query.groupBy.map((item) => entityOrExpression(item, scope));
    statement = send(statement, "groupBy", ...items);
  }
  if (query.having !== undefined) statement = send(statement, "having", toOperand(query.having, scope));
  if (query.orderBy) {
    const items = query.orderBy.map((item) => toOrdering(item, scope));
    statement = send(statement, "orderBy", ...items);
  }
  if (query.limit !== undefined) statement = send(statement, "limit", query.limit);
  if (query.offset !== undefined) statement = send(statement, "offset", query.offset);
  if (query.distinct) statement = send(statement, "distinct");
  if (query.options)
    statement = send(statement, "options", ...query.options.flatMap((o) => toOptions(o, scope)));
  if (query.populateExisting) {
    statement = send(statement, "executionOptions", { populateExisting: true });
  }
  return statement;
};

function entityOrExpression(item: Json, scope: Scope): unknown {
  return typeof item === "string" && scope.hasEntity(item) ? scope.entity(item) : toExpression(item, scope);
}

function toItem(item: Json, scope: Scope): unknown {
  if (typeof item === "object" && item !== null && "expr" in item) {
    const fields = item as { expr: Json; label?: string };
    const expression = toExpression(fields.expr, scope);
    return fields.label === undefined ? expression : send(expression, "label", fields.label);
  }
  return entityOrExpression(item, scope);
}

function toFilterValue(value: Json, scope: Scope): unknown {
  if (typeof value !== "object" || value === null) return value;
  return "ref" in value ? scope.objects?.get((value as { ref: string }).ref) : toOperand(value, scope);
}

function toOrdering(item: Json, scope: Scope): unknown {
  if (typeof item === "string") {
    const expression = scope.attribute(item.replace(/^-/, ""));
    return item.startsWith("-") ? send(expression, "desc") : expression;
  }
  const fields = item as { expr?: Json; desc?: boolean };
  const expression = toExpression(fields.expr ?? item, scope);
  return fields.desc ? send(expression, "desc") : expression;
}

function prepareJoin(join: JoinSpec, scope: Scope): { scope: Scope; apply: (statement: Chain) => Chain } {
  if (join.ofType !== undefined) throw new Unsupported("inheritance (ofType)");
  const options: Record<string, unknown> = {};
  if (join.outer) options["outer"] = true;
  const { rel, model, as } = join;
  const inner = as === undefined ? scope : scope.with(as, model ?? scope.targetOf(rel ?? ""));
  const apply = (statement: Chain): Chain => {
    if (rel === undefined) {
      if (join.on !== undefined) options["on"] = toOperand(join.on, inner);
      return send(statement, "join", inner.entity(as ?? model ?? ""), options);
    }
    let target = scope.attribute(rel);
    if (as !== undefined) target = send(target, "of", inner.entity(as));
    if (join.on !== undefined) target = send(target, "and", toOperand(join.on, inner));
    return send(statement, "join", target, options);
  };
  return { scope: inner, apply };
}

const strategies: Readonly<Record<string, string>> = {
  selectin: "selectinload",
  joined: "joinedload",
  subquery: "subqueryload",
  immediate: "immediateload",
  lazy: "lazyload",
  raise: "raiseload",
  raiseOnSql: "raiseload",
  noload: "noload",
  containsEager: "containsEager",
  default: "defaultload",
};

/** Makes the loader options of one entry: the path, then what it says about columns. */
export function toOptions(spec: OptionSpec, scope: Scope): Chain[] {
  if (spec.selectinPolymorphic !== undefined) throw new Unsupported("inheritance (selectinPolymorphic)");
  if (spec.criteria) {
    const entity = scope.entity(spec.criteria.model);
    return [named("withLoaderCriteria")(entity, toOperand(spec.criteria.where, scope)) as Chain];
  }
  const root = spec.root ?? "";
  let owner = root;
  let inner = scope;
  let chain: Chain | undefined;
  for (const step of spec.path ?? []) {
    const prepared = prepareStep(step, owner, inner);
    ({ owner, scope: inner } = prepared);
    chain = chain
      ? send(chain, prepared.method, ...prepared.parts)
      : (named(prepared.method)(...prepared.parts) as Chain);
  }
  const then = (method: string, names: readonly string[]) => {
    const attributes = names.map((name) => inner.attribute(`${owner}.${name}`));
    return chain ? send(chain, method, ...attributes) : (named(method)(...attributes) as Chain);
  };
  const columns = [
    ...(spec.defer ?? []).map((name) => then("defer", [name])),
    ...(spec.undefer ?? []).map((name) => then("undefer", [name])),
    ...(spec.loadOnly ? [then("loadOnly", spec.loadOnly)] : []),
  ];
  return columns.length === 0 && chain ? [chain] : columns;
}

interface PreparedStep {
  readonly method: string;
  readonly parts: unknown[];
  readonly owner: string;
  readonly scope: Scope;
}

function prepareStep(step: PathStep, owner: string, scope: Scope): PreparedStep {
  if (step.ofType !== undefined) throw new Unsupported("inheritance (ofType)");
  const method = strategies[step.strategy];
  if (method === undefined) throw new Unsupported(`the loader strategy ${step.strategy}`);
  const path = `${owner}.${step.rel}`;
  const target = scope.targetOf(path);
  let attribute = scope.attribute(path);
  const isContained = step.strategy === "containsEager";
  if (step.alias !== undefined && !isContained) attribute = send(attribute, "of", scope.entity(step.alias));
  if (step.where !== undefined) attribute = send(attribute, "and", toOperand(step.where, scope));
  const parts: unknown[] = [attribute];
  if (step.strategy === "joined" && step.innerJoin !== undefined) parts.push({ innerJoin: step.innerJoin });
  if (step.alias !== undefined && isContained) parts.push({ alias: scope.entity(step.alias) });
  if (step.strategy === "raiseOnSql") parts.push({ sqlOnly: true });
  return { method, parts, owner: step.alias ?? target, scope };
}
