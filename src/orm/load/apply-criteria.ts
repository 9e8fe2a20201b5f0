/**
 * Puts loader criteria into a statement: for each query in it, those inside of it included, into the ON of a join that
 * reads the class, else into WHERE. Pure.
 */
import { planFrom, sourcesOf } from "../../compile/ansi/from.ts";
import { childrenOf } from "../../sql/children.ts";
import { joinCriteria } from "../../sql/expression.ts";
import type {
  DeleteNode,
  ExpressionNode,
  JoinNode,
  SelectNode,
  Source,
  SqlNode,
  StatementNode,
  UpdateNode,
} from "../../sql/nodes.ts";
import { replaceSource, rewrite } from "../../sql/rewrite.ts";
import { isOwnAlias } from "../mapping/own-alias.ts";
import type { LoaderCriteria } from "./criteria.ts";

/** The queries around a part of a statement, as the compiler sees them. */
interface Scope {
  readonly own: ReadonlySet<Source>;
  readonly enclosing: ReadonlySet<Source>;
}

const OUTSIDE: Scope = { own: new Set(), enclosing: new Set() };

/** Gives a statement with the criteria in it; the same one where no class of theirs is read. `spared`: not this one. */
export function applyCriteria<Statement extends StatementNode>(
  statement: Statement,
  criteria: readonly LoaderCriteria[],
  spared?: Source,
): Statement {
  if (criteria.length === 0) return statement;
  const search = new Search(criteria, spared);
  search.visit(statement, OUTSIDE);
  const { changed } = search;
  if (changed.size === 0) return statement;
  return rewrite(
    statement,
    () => undefined,
    (node) => changed.get(node) ?? node,
  );
}

/** One walk over a statement; it remembers how each query has to change. */
class Search {
  readonly changed = new Map<SqlNode, SqlNode>();
  readonly #criteria: readonly LoaderCriteria[];
  readonly #spared: Source | undefined;
  readonly #entered = new Set<SqlNode>();

  constructor(criteria: readonly LoaderCriteria[], spared: Source | undefined) {
    this.#criteria = criteria;
    this.#spared = spared;
  }

  visit(node: SqlNode, scope: Scope): void {
    switch (node.kind) {
      case "select":
        this.#visitSelect(node, scope);
        return;
      case "update":
        this.#visitChange(node, [node.table, ...node.from]);
        return;
      case "delete":
        this.#visitChange(node, [node.table, ...node.using]);
        return;
      case "cte":
        this.#visitSource(node, OUTSIDE);
        return;
      case "subquery":
        this.#visitSource(node, node.lateral ? scope : { ...OUTSIDE, enclosing: scope.enclosing });
        return;
      default:
        for (const child of childrenOf(node)) this.visit(child, scope);
    }
  }

  #visitSource(source: Extract<Source, { readonly kind: "cte" | "subquery" }>, scope: Scope): void {
    // One source may be mentioned many times, and a recursive one mentions itself.
    if (this.#entered.has(source)) return;
    this.#entered.add(source);
    this.visit(source.query, scope);
  }

  #visitSelect(select: SelectNode, scope: Scope): void {
    const { own } = planFrom(select, { ...scope, labels: new Map() });
    const joined = new Map(select.joins.map((join) => [join.target, join]));
    const where: ExpressionNode[] = [];
    const joins = new Map<JoinNode, JoinNode>();
    for (const source of own) {
      const conditions = this.#conditionsOn(source);
      if (conditions.length === 0) continue;
      const join = joined.get(source);
      if (join?.on === undefined) where.push(...conditions);
      else joins.set(join, { ...join, on: joinCriteria("and", [join.on, ...conditions]) });
    }
    if (where.length > 0 || joins.size > 0) {
      this.changed.set(select, {
        ...select,
        joins: select.joins.map((join) => joins.get(join) ?? join),
        where: [...select.where, ...where],
      });
    }
    this.#visitInside(select, own, scope);
  }

  #visitChange(node: UpdateNode | DeleteNode, sources: readonly Source[]): void {
    const own = new Set([...sources, ...sourcesOf(node.where)]);
    const where = [...own].flatMap((source) => this.#conditionsOn(source));
    if (where.length > 0) this.changed.set(node, { ...node, where: [...node.where, ...where] });
    this.#visitInside(node, own, OUTSIDE);
  }

  #visitInside(node: SqlNode, own: ReadonlySet<Source>, around: Scope): void {
    const scope: Scope = { own, enclosing: new Set([...around.own, ...around.enclosing]) };
    for (const child of childrenOf(node)) this.visit(child, scope);
    // Some are only mentioned by their columns.
    for (const source of own) this.visit(source, scope);
  }

  #conditionsOn(source: Source): ExpressionNode[] {
    if (source === this.#spared) return [];
    return this.#criteria.flatMap((criteria) => {
      if (criteria.source === source) return [criteria.condition];
      if (source.kind !== "alias" || source.of !== criteria.source) return [];
      if (!criteria.includeAliases && !isOwnAlias(source)) return [];
      return [replaceSource(criteria.condition, criteria.source, source)];
    });
  }
}
