/**
 * Where each kind of node keeps what: the one table behind walking, rewriting and comparing statements.
 *
 * A new kind, or a new property of a kind, does not compile until it has an entry in {@link parts}.
 */
import type { SqlType } from "../types/sql-type.ts";
import type { AliasSource, ColumnNode, CteSource, SelectNode, Source, SqlNode, SubquerySource } from "./nodes.ts";
import { aliasSource, derivedColumns, subquerySource } from "./sources.ts";

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
  parameter: { value: "plain", name: "plain", type: "type" },
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
