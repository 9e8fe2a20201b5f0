/**
 * Where each kind of node keeps what: the one table behind walking, rewriting (`rewrite.ts`) and comparing
 * (`equal.ts`) statements.
 *
 * A new kind, or a new property of a kind, does not compile until it has an entry in {@link parts}.
 */
import type { Source, SqlNode } from "./nodes.ts";

/**
 * What a property holds:
 * - `child`: nodes, alone, in a list, or in records (`CaseBranch`, `Assignment`) at any depth; walked and rewritten;
 * - `source`: the source that a column belongs to; not walked, and rewritten only as that source is rewritten;
 * - `type`: a SQL type; compared by what it says;
 * - `plain`: anything else; compared by value;
 * - `identity`: compared by identity (a mapper);
 * - `derived`: follows from the other properties; looked at by nobody.
 */
export type Role = "child" | "source" | "type" | "plain" | "identity" | "derived";

type NodeOf<Kind extends SqlNode["kind"]> = Extract<SqlNode, { readonly kind: Kind }>;

/** Every property of every kind with its {@link Role}. */
export const parts: {
  readonly [Kind in SqlNode["kind"]]: {
    readonly [Key in Exclude<keyof NodeOf<Kind>, "kind">]-?: Role;
  };
} = {
  table: {
    name: "plain",
    schema: "plain",
    columnNodes: "derived",
    foreignKeyLinks: "derived",
  },
  alias: { of: "child", name: "plain", columnNodes: "derived" },
  subquery: { query: "child", name: "plain", lateral: "plain", columnNodes: "derived" },
  cte: { query: "child", name: "plain", recursive: "plain", materialized: "plain", columnNodes: "derived" },
  join: { type: "plain", target: "child", on: "child" },
  entity: { source: "child", columns: "child", name: "plain", mapper: "identity" },
  column: { source: "source", name: "plain", key: "plain", type: "type" },
  parameter: { value: "plain", name: "plain", type: "type", where: "derived" },
  keyword: { word: "plain", type: "type" },
  binary: { operator: "plain", left: "child", right: "child", escape: "plain", type: "type" },
  unary: { operator: "plain", operand: "child", type: "type" },
  logical: { operator: "plain", operands: "child", type: "type" },
  in: { negated: "plain", left: "child", items: "child", type: "type" },
  between: { negated: "plain", operand: "child", low: "child", high: "child", type: "type" },
  function: { name: "plain", arguments: "child", distinct: "plain", filter: "child", type: "type" },
  window: { operand: "child", partitionBy: "child", orderBy: "child", frame: "plain", type: "type" },
  case: { whens: "child", otherwise: "child", type: "type" },
  cast: { operand: "child", type: "type" },
  collate: { operand: "child", collation: "plain", type: "type" },
  tuple: { items: "child", type: "type" },
  exists: { query: "child", type: "type" },
  scalar: { query: "child", type: "type" },
  label: { operand: "child", name: "plain", type: "type" },
  order: { operand: "child", direction: "plain", nulls: "plain", type: "type" },
  star: { type: "type" },
  template: { strings: "plain", items: "child", type: "type" },
  select: {
    items: "child",
    from: "child",
    joins: "child",
    where: "child",
    groupBy: "child",
    having: "child",
    orderBy: "child",
    limit: "child",
    offset: "child",
    distinct: "child",
    ctes: "child",
    lock: "child",
    correlate: "child",
  },
  setOperation: {
    operator: "plain",
    queries: "child",
    orderBy: "child",
    limit: "child",
    offset: "child",
    ctes: "child",
  },
  insert: {
    table: "child",
    columns: "child",
    rows: "child",
    query: "child",
    conflict: "child",
    returning: "child",
    ctes: "child",
  },
  update: {
    table: "child",
    set: "child",
    from: "child",
    where: "child",
    returning: "child",
    ctes: "child",
  },
  delete: { table: "child", using: "child", where: "child", returning: "child", ctes: "child" },
};

const entriesByKind = new Map(Object.entries(parts).map(([kind, roles]) => [kind, Object.entries(roles)]));

/** Gives the properties of a kind with their roles, as a list. */
export function partsOf(node: SqlNode): readonly (readonly [key: string, role: Role])[] {
  return entriesByKind.get(node.kind) as [string, Role][];
}

/** Reads a property of a node by name. */
export function part(node: SqlNode, key: string): unknown {
  return (node as unknown as Readonly<Record<string, unknown>>)[key];
}

/** Tells a node from a record or a plain value. */
export function isNode(value: unknown): value is SqlNode {
  return (
    typeof value === "object" && value !== null && "kind" in value && entriesByKind.has(String(value.kind))
  );
}

/** Gives the nodes directly below a node, in the order of its properties. */
export function childrenOf(node: SqlNode): readonly SqlNode[] {
  const children: SqlNode[] = [];
  for (const [key, role] of partsOf(node)) if (role === "child") gather(part(node, key), children);
  return children;
}

function gather(value: unknown, into: SqlNode[]): void {
  if (typeof value !== "object" || value === null) return;
  if (isNode(value)) into.push(value);
  else for (const item of Object.values(value)) gather(item, into);
}

/**
 * Visits a node and everything below it, parents first; `visit` gives false to leave out what is below.
 *
 * A common table expression is entered once: a recursive one contains itself. The source of a column is not entered.
 */
export function walk(node: SqlNode, visit: (node: SqlNode) => unknown): void {
  const entered = new Set<SqlNode>();
  const step = (current: SqlNode): void => {
    if (current.kind === "cte") {
      if (entered.has(current)) return;
      entered.add(current);
    }
    if (visit(current) === false) return;
    for (const child of childrenOf(current)) step(child);
  };
  step(node);
}

/** Gives the sources that the columns of an expression belong to, in order of appearance; those inside subqueries not. */
export function mentionedSources(node: SqlNode): readonly Source[] {
  const sources = new Set<Source>();
  walk(node, (current) => {
    if (current.kind === "column") sources.add(current.source);
    if (current.kind === "entity") sources.add(current.source);
    return current.kind !== "select" && current.kind !== "setOperation" && current.kind !== "entity";
  });
  return [...sources];
}

/** Gives the names that the sources of a statement have of their own, also of those that only columns mention. */
export function sourceNames(node: SqlNode): readonly string[] {
  const names = new Set<string>();
  const entered = new Set<Source>();
  const enter = (source: Source): void => {
    if (entered.has(source)) return;
    entered.add(source);
    walk(source, visit);
  };
  const visit = (current: SqlNode): void => {
    if (current.kind === "column") enter(current.source);
    else if ("name" in current && isSource(current) && current.name !== undefined) names.add(current.name);
  };
  walk(node, visit);
  return [...names];
}

function isSource({ kind }: SqlNode): boolean {
  return kind === "table" || kind === "alias" || kind === "subquery" || kind === "cte";
}
