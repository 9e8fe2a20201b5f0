/**
 * Rewrites nodes: gives a changed copy, in which everything that did not change is the same object as before.
 */
import { isNode, part, partsOf, walk } from "./children.ts";
import type { AliasSource, ColumnNode, CteSource, Source, SqlNode, SubquerySource } from "./nodes.ts";
import { aliasSource, cteSource, derivedColumns, subquerySource } from "./sources.ts";

/** Gives the replacement of a node, or undefined to keep it and look below. */
export type Replace = (node: SqlNode) => SqlNode | undefined;

/**
 * Replaces nodes, parents first; what a replacement contains is not looked at again.
 *
 * When a source changes, the columns of it change along, wherever they stand: a replaced table takes its columns with
 * it, by name. A subquery below which something changes becomes a new source.
 *
 * `change` alters a node before what is below it is looked at; the same node: nothing changes there.
 *
 * @example rewrite(statement, (node) => (node === users ? usersAlias : undefined))
 */
export function rewrite<Node extends SqlNode>(
  node: Node,
  replace: Replace,
  change: (node: SqlNode) => SqlNode = unchanged,
): Node {
  const sources = new Map<Source, Source>();

  function one(current: SqlNode): SqlNode {
    if (isSource(current)) return source(current);
    const replaced = replace(current);
    if (replaced !== undefined) return replaced;
    if (current.kind === "column") return column(current);
    return rebuilt(change(current));
  }

  function column(current: ColumnNode): SqlNode {
    const owner = source(current.source);
    if (owner === current.source) return current;
    return owner.columnNodes.find((candidate) => candidate.name === current.name) ?? current;
  }

  function source(current: Source): Source {
    const known = sources.get(current);
    if (known !== undefined) return known;
    const replaced = replace(current) as Source | undefined;
    if (replaced !== undefined) return remember(current, replaced);
    if (current.kind === "table" || !changesBelow(current, replace, change))
      return remember(current, current);
    if (current.kind === "cte") return changedCte(current);
    return remember(current, current.kind === "alias" ? changedAlias(current) : changedSubquery(current));
  }

  function remember(before: Source, after: Source): Source {
    sources.set(before, after);
    return after;
  }

  function changedAlias(current: AliasSource): Source {
    const of = source(current.of);
    // What stands for the table here, such as an alias, does not stand for it where it has another name.
    return of.kind === "table" ? aliasSource(of, current.name) : current;
  }

  function changedSubquery(current: SubquerySource): Source {
    return subquerySource(one(current.query) as SubquerySource["query"], current.name, current.lateral);
  }

  function changedCte(current: CteSource): Source {
    const { name, recursive, materialized } = current;
    const options = { recursive, ...(materialized === undefined ? {} : { materialized }) };
    let query: CteSource["query"] | undefined;
    const after = cteSource(
      () => query ?? current.query,
      name,
      options,
      (owner) => derivedColumns(current.query, owner),
    );
    // Known before its query is rewritten: a recursive one meets itself there.
    remember(current, after);
    query = one(current.query) as CteSource["query"];
    return after;
  }

  function rebuilt(current: SqlNode): SqlNode {
    let changed: Record<string, unknown> | undefined;
    for (const [key, role] of partsOf(current)) {
      if (role !== "child") continue;
      const before = part(current, key);
      const after = value(before);
      if (after === before) continue;
      changed ??= { ...current };
      changed[key] = after;
    }
    return changed === undefined ? current : (Object.freeze(changed) as unknown as SqlNode);
  }

  /** Rewrites what a `child` property holds: a node, or lists and records of nodes. */
  function value(before: unknown): unknown {
    if (typeof before !== "object" || before === null) return before;
    if (isNode(before)) return one(before);
    if (Array.isArray(before)) {
      const after = before.map(value);
      return after.some((item, index) => item !== before[index]) ? Object.freeze(after) : before;
    }
    const entries = Object.entries(before);
    const after = entries.map(([key, item]) => [key, value(item)] as const);
    const isChanged = after.some(([, item], index) => item !== entries[index]![1]);
    return isChanged ? Object.freeze(Object.fromEntries(after)) : before;
  }

  return one(node) as Node;
}

function unchanged(node: SqlNode): SqlNode {
  return node;
}

/** Puts one source in the place of another, with all columns of it. */
export function replaceSource<Node extends SqlNode>(node: Node, before: Source, after: Source): Node {
  return rewrite(node, (current) => (current === before ? after : undefined));
}

function isSource(node: SqlNode): node is Source {
  return node.kind === "table" || node.kind === "alias" || node.kind === "subquery" || node.kind === "cte";
}

/** Whether anything below a source is replaced or changed, the sources of columns included. */
function changesBelow(start: Source, replace: Replace, change: (node: SqlNode) => SqlNode): boolean {
  let changes = false;
  const entered = new Set<Source>();
  const enter = (source: Source): void => {
    if (entered.has(source)) return;
    entered.add(source);
    walk(source, (node) => {
      if (changes) return false;
      if (node !== start && (replace(node) !== undefined || change(node) !== node)) changes = true;
      // A source that only its columns mention is not below them.
      if (node.kind === "column") {
        if (node.source !== start && replace(node.source) !== undefined) changes = true;
        enter(node.source);
      }
      return !changes;
    });
  };
  enter(start);
  return changes;
}
