/**
 * Finds how two tables are joined by a relationship: the condition, its direction, and which columns it holds equal.
 *
 * In four steps: find the condition (given, or along a foreign key); tell the foreign columns of it; tell the remote
 * ones; read direction and pairs from that. A column may occur twice in a condition, once on each side, so every
 * occurrence is looked at by itself until the end.
 * Source: the rules are those of SQLAlchemy's relationships; the declared kind settles what is ambiguous there.
 */
import { fail } from "../../foundation/errors.ts";
import type { Table } from "../../schema/table.ts";
import { walk } from "../../sql/children.ts";
import { describe } from "../../sql/coerce.ts";
import { joinCriteria } from "../../sql/expression.ts";
import type { BinaryNode, ColumnNode, ExpressionNode, ForeignKeyLink, Source } from "../../sql/nodes.ts";
import { booleanType } from "../../types/boolean.ts";
import type { ColumnPair, RelationshipAttribute } from "./mapper.ts";
import { mapColumns, marked, markOf } from "./marks.ts";
import type { DeclaredKind } from "./relationship.ts";

/** What is known before. */
export interface JoinRequest {
  /** The class and attribute, for errors. */
  readonly entity: string;
  readonly relationship: string;
  readonly targetName: string;
  readonly declared: DeclaredKind;
  readonly own: Table;
  readonly target: Source;
  readonly secondary: Source | undefined;
  readonly primaryJoin: ExpressionNode | undefined;
  readonly secondaryJoin: ExpressionNode | undefined;
  readonly foreignKeys: readonly ColumnNode[];
  readonly remoteSide: readonly ColumnNode[];
  readonly viewonly: boolean;
}

/** What is found. */
export type JoinFound = Pick<
  RelationshipAttribute,
  | "direction"
  | "primaryJoin"
  | "secondaryJoin"
  | "localRemotePairs"
  | "synchronizePairs"
  | "secondarySynchronizePairs"
  | "remoteColumns"
>;

/** One occurrence of a column in a condition. */
interface Occurrence {
  readonly column: ColumnNode;
  foreign: boolean;
  remote: boolean;
}

/** A condition whose columns are occurrences. */
interface Condition {
  readonly node: ExpressionNode;
  readonly occurrences: ReadonlyMap<ColumnNode, Occurrence>;
  /** The comparisons, with the occurrences of either side. */
  readonly comparisons: readonly Comparison[];
}

interface Comparison {
  readonly isEquality: boolean;
  /** The side's only column, when the side is nothing else. */
  readonly plainLeft: Occurrence | undefined;
  readonly plainRight: Occurrence | undefined;
  readonly left: readonly Occurrence[];
  readonly right: readonly Occurrence[];
}

/**
 * Finds the join of a relationship.
 *
 * Errors: mapping/no-foreign-key, mapping/ambiguous-foreign-key, mapping/not-an-equality, mapping/unclear-sides,
 * mapping/wrong-direction.
 */
export function findJoin(request: JoinRequest): JoinFound {
  const { own, target, secondary } = request;
  const primary = conditionOf(
    request.primaryJoin ?? joinAlongForeignKey(request, own, (secondary ?? target) as Table),
  );
  const further =
    secondary === undefined
      ? undefined
      : conditionOf(
          request.secondaryJoin ?? joinAlongForeignKey(request, target as Table, secondary as Table),
        );
  markForeign(request, primary, further);
  markRemote(request, primary, further);
  const pairs = pairsOf(request, primary);
  const secondaryPairs = further === undefined ? undefined : pairsOf(request, further);
  demandForeign(request, primary, pairs);
  if (further !== undefined && secondaryPairs !== undefined) demandForeign(request, further, secondaryPairs);
  if (pairs.localRemote.length === 0) throw fail("mapping/unclear-sides", place(request));
  const direction = secondary === undefined ? directionOf(request, primary) : "manyToMany";
  demandDeclared(request, direction);
  return { direction, ...written(primary, further), ...found(pairs, secondaryPairs) };
}

function found(pairs: Pairs, secondaryPairs: Pairs | undefined) {
  return {
    localRemotePairs: pairs.localRemote,
    synchronizePairs: pairs.synchronize,
    secondarySynchronizePairs: secondaryPairs?.synchronize ?? [],
  };
}

function place(request: JoinRequest) {
  return { entity: request.entity, relationship: request.relationship };
}

// ---------------------------------------------------------------- 1. the condition

/** Makes the condition that a foreign key between two tables gives: `to = from` for each pair. */
function joinAlongForeignKey(request: JoinRequest, left: Table, right: Table): ExpressionNode {
  let links = linksBetween(left, right);
  const { foreignKeys } = request;
  if (foreignKeys.length > 0) {
    const chosen = links.map((link) => onlyPairs(link, foreignKeys)).filter((link) => link.from.length > 0);
    const exact = chosen.filter((link) => link.from.length === foreignKeys.length);
    links = chosen.length > 1 ? exact : chosen;
  }
  links = links.length > 1 ? withoutRepeats(byDirection(request, links, left)) : links;
  const tables = { from: left.name, to: right.name };
  const link = links[0];
  if (link === undefined) {
    throw fail("mapping/no-foreign-key", { ...place(request), target: request.targetName, ...tables });
  }
  if (links.length > 1) {
    const candidates = links.map((each) => `(${each.from.map(describe).join(", ")})`);
    throw fail("mapping/ambiguous-foreign-key", {
      ...place(request),
      target: request.targetName,
      candidates,
    });
  }
  const equalities = link.from.map(
    (from, index): ExpressionNode =>
      Object.freeze({
        kind: "binary",
        operator: "eq",
        left: link.to[index]!,
        right: from,
        type: booleanType(),
      }),
  );
  return joinCriteria("and", equalities);
}

function linksBetween(left: Table, right: Table): readonly ForeignKeyLink[] {
  const toLeft = right.foreignKeyLinks.filter((link) => link.to[0]?.source === left);
  if (left === right) return toLeft;
  return [...toLeft, ...left.foreignKeyLinks.filter((link) => link.to[0]?.source === right)];
}

function onlyPairs(link: ForeignKeyLink, columns: readonly ColumnNode[]): ForeignKeyLink {
  const kept = link.from.flatMap((column, index) => (columns.includes(column) ? [index] : []));
  return { from: kept.map((index) => link.from[index]!), to: kept.map((index) => link.to[index]!) };
}

/** Where tables refer to each other, the declared kind says which foreign key is meant. */
function byDirection(
  request: JoinRequest,
  links: readonly ForeignKeyLink[],
  left: Table,
): readonly ForeignKeyLink[] {
  if (request.secondary !== undefined || request.own === request.target) return links;
  if (request.declared === "manyToOne") return links.filter((link) => link.from[0]?.source === left);
  if (request.declared === "oneToMany") return links.filter((link) => link.from[0]?.source !== left);
  return links;
}

function withoutRepeats(links: readonly ForeignKeyLink[]): readonly ForeignKeyLink[] {
  const isSame = (one: ForeignKeyLink, other: ForeignKeyLink) =>
    one.from.length === other.from.length &&
    one.from.every((column, index) => column === other.from[index] && one.to[index] === other.to[index]);
  return links.filter((link, index) => links.findIndex((other) => isSame(other, link)) === index);
}

/** Takes a condition apart into occurrences and comparisons. */
function conditionOf(node: ExpressionNode): Condition {
  const occurrences = new Map<ColumnNode, Occurrence>();
  const taken = mapColumns(node, (column) => {
    const mark = markOf(column);
    const copy = marked(mark);
    occurrences.set(copy, { column: mark.column, foreign: mark.foreign, remote: mark.remote });
    return copy;
  });
  const comparisons: Comparison[] = [];
  walk(taken, (each) => {
    if (each.kind === "select" || each.kind === "setOperation") return false;
    if (each.kind === "binary" && isComparison(each)) {
      comparisons.push({
        isEquality: each.operator === "eq",
        plainLeft: occurrences.get(each.left as ColumnNode),
        plainRight: occurrences.get(each.right as ColumnNode),
        left: below(each.left, occurrences),
        right: below(each.right, occurrences),
      });
    } else if (each.kind === "in" || each.kind === "between") {
      const [left, ...others] =
        each.kind === "in" ? [each.left, ...[each.items].flat()] : [each.operand, each.low, each.high];
      comparisons.push({
        isEquality: false,
        plainLeft: undefined,
        plainRight: undefined,
        left: below(left, occurrences),
        right: others.flatMap((other) => below(other as ExpressionNode, occurrences)),
      });
    }
    return true;
  });
  return { node: taken, occurrences, comparisons };
}

const COMPUTING = new Set(["add", "sub", "mul", "div", "mod", "concat"]);

function isComparison(node: BinaryNode): boolean {
  return !COMPUTING.has(node.operator);
}

function below(
  node: ExpressionNode,
  occurrences: ReadonlyMap<ColumnNode, Occurrence>,
): readonly Occurrence[] {
  const inside: Occurrence[] = [];
  walk(node, (each) => {
    const occurrence = each.kind === "column" ? occurrences.get(each) : undefined;
    if (occurrence !== undefined) inside.push(occurrence);
    return each.kind !== "select" && each.kind !== "setOperation";
  });
  return inside;
}

function all(...conditions: readonly (Condition | undefined)[]): Occurrence[] {
  return conditions.flatMap((condition) =>
    condition === undefined ? [] : [...condition.occurrences.values()],
  );
}

// ---------------------------------------------------------------- 2. foreign columns

function markForeign(request: JoinRequest, primary: Condition, further: Condition | undefined): void {
  const occurrences = all(primary, further);
  if (occurrences.some((each) => each.foreign)) return;
  if (request.foreignKeys.length > 0) {
    for (const each of occurrences) each.foreign = request.foreignKeys.includes(each.column);
    return;
  }
  for (const condition of [primary, further]) {
    for (const { plainLeft, plainRight } of condition?.comparisons ?? []) {
      if (plainLeft === undefined || plainRight === undefined) continue;
      const referring = referringSide(plainLeft, plainRight, request.secondary);
      if (referring !== undefined) referring.foreign = true;
    }
  }
  if (request.target.kind !== "table" && !occurrences.some((each) => each.foreign)) {
    // A subquery's columns have no foreign keys; as nothing is written by them, the declared kind says enough.
    const referring = request.declared === "manyToOne" ? request.own : request.target;
    for (const each of occurrences) each.foreign = each.column.source === referring;
  }
}

function referringSide(
  left: Occurrence,
  right: Occurrence,
  secondary: Source | undefined,
): Occurrence | undefined {
  if (references(left.column, right.column)) return left;
  if (references(right.column, left.column)) return right;
  if (secondary === undefined || (left.column.source === secondary) === (right.column.source === secondary)) {
    return undefined;
  }
  return left.column.source === secondary ? left : right;
}

function references(left: ColumnNode, right: ColumnNode): boolean {
  const [child, parent] = [ofTable(left), ofTable(right)];
  if (child.source.kind !== "table") return false;
  return child.source.foreignKeyLinks.some((link) =>
    link.from.some((column, index) => column === child && link.to[index] === parent),
  );
}

/** The column of the table that an alias stands for. */
function ofTable(column: ColumnNode): ColumnNode {
  if (column.source.kind !== "alias") return column;
  return column.source.of.columnNodes.find(({ name }) => name === column.name) ?? column;
}

// ---------------------------------------------------------------- 3. remote columns

function markRemote(request: JoinRequest, primary: Condition, further: Condition | undefined): void {
  const { own, target, secondary, remoteSide } = request;
  const occurrences = all(primary, further);
  if (occurrences.some((each) => each.remote)) return;
  if (secondary !== undefined) {
    for (const each of occurrences) each.remote = each.column.source === secondary;
    return;
  }
  if (own === target) {
    markRemoteOfSelf(request, primary);
    return;
  }
  for (const each of occurrences) {
    each.remote = remoteSide.length > 0 ? remoteSide.includes(each.column) : each.column.source === target;
  }
}

/** A table joined to itself: `remoteSide` tells, else the declared kind. */
function markRemoteOfSelf({ remoteSide, declared }: JoinRequest, primary: Condition): void {
  const isRemote = (occurrence: Occurrence): boolean => {
    if (remoteSide.length > 0) return remoteSide.includes(occurrence.column);
    return declared === "manyToOne" ? !occurrence.foreign : occurrence.foreign;
  };
  for (const { plainLeft, plainRight } of primary.comparisons) {
    if (plainLeft === undefined || plainRight === undefined) continue;
    if (plainLeft.column === plainRight.column) {
      // The column equals itself in the other row: one side of it is the other row's.
      plainLeft.remote = isRemote(plainLeft) || isRemote(plainRight);
      continue;
    }
    plainLeft.remote = isRemote(plainLeft);
    plainRight.remote = isRemote(plainRight);
  }
}

// ---------------------------------------------------------------- 4. pairs and direction

interface Pairs {
  readonly localRemote: readonly ColumnPair[];
  readonly synchronize: readonly ColumnPair[];
}

function pairsOf(request: JoinRequest, condition: Condition): Pairs {
  const localRemote: ColumnPair[] = [];
  const synchronize: ColumnPair[] = [];
  const tables: ReadonlySet<unknown> = new Set([request.own, request.target, request.secondary]);
  const isMapped = (...occurrences: Occurrence[]) =>
    occurrences.every((each) => tables.has(each.column.source));
  for (const { left, right, isEquality } of condition.comparisons) {
    for (const one of left) {
      for (const other of right) {
        if (other.remote && !one.remote && isMapped(one)) addPair(localRemote, one, other);
        else if (one.remote && !other.remote && isMapped(other)) addPair(localRemote, other, one);
        if (!isEquality || !isMapped(one, other)) continue;
        if (other.foreign) addPair(synchronize, one, other);
        else if (one.foreign) addPair(synchronize, other, one);
      }
    }
  }
  return { localRemote, synchronize };
}

function addPair(pairs: ColumnPair[], from: Occurrence, to: Occurrence): void {
  if (pairs.some((pair) => pair.from === from.column && pair.to === to.column)) return;
  pairs.push({ from: from.column, to: to.column });
}

function demandForeign(request: JoinRequest, condition: Condition, pairs: Pairs): void {
  const hasForeign = all(condition).some((each) => each.foreign);
  if (!hasForeign) {
    const { own, target, secondary, targetName } = request;
    const tables = { from: own.name, to: (secondary ?? target).name ?? targetName };
    throw fail("mapping/no-foreign-key", { ...place(request), target: targetName, ...tables });
  }
  if (!request.viewonly && pairs.synchronize.length === 0)
    throw fail("mapping/not-an-equality", place(request));
}

function directionOf(request: JoinRequest, primary: Condition): "oneToMany" | "manyToOne" {
  const foreign = all(primary).filter((each) => each.foreign);
  const onTarget = foreign.filter((each) => each.column.source === request.target);
  const onOwn = foreign.filter((each) => each.column.source === request.own);
  if (onTarget.length > 0 && onOwn.length === 0) return "oneToMany";
  if (onOwn.length > 0 && onTarget.length === 0) return "manyToOne";
  if (onOwn.length === 0) throw fail("mapping/unclear-sides", place(request));
  return directionBetween(request, primary, foreign);
}

/** Foreign columns on both sides: those that are remote point here, the others there. */
function directionBetween(request: JoinRequest, primary: Condition, foreign: readonly Occurrence[]) {
  const locals = new Set(
    all(primary)
      .filter((each) => !each.remote)
      .map((each) => each.column),
  );
  const remotes = new Set(
    all(primary)
      .filter((each) => each.remote)
      .map((each) => each.column),
  );
  // A column that equals itself in the other row says nothing, unless there is nothing else.
  const isSelfEquated = (each: Occurrence) => locals.has(each.column) && remotes.has(each.column);
  const isMixed = foreign.some((each) => each.remote) && foreign.some((each) => !each.remote);
  const telling = isMixed ? foreign.filter((each) => !isSelfEquated(each)) : foreign;
  const pointHere = telling.some((each) => each.remote);
  const pointThere = telling.some((each) => !each.remote);
  if (pointHere === pointThere) throw fail("mapping/unclear-sides", place(request));
  return pointHere ? "oneToMany" : "manyToOne";
}

const WORDS = { oneToMany: "oneToMany", manyToOne: "manyToOne", manyToMany: "manyToMany" } as const;

function demandDeclared(request: JoinRequest, direction: keyof typeof WORDS): void {
  const { declared } = request;
  if (direction === "manyToMany" || declared === "oneToOne" || declared === direction) return;
  throw fail("mapping/wrong-direction", { ...place(request), declared, found: direction });
}

// ---------------------------------------------------------------- the outcome

/**
 * Writes the conditions with the tables' own columns again. Only a column that stands on both sides keeps a copy on
 * the remote side, or nobody could tell the two apart.
 */
function written(primary: Condition, further: Condition | undefined) {
  const remoteColumns = new Set<ColumnNode>();
  const locals = new Set(
    all(primary, further)
      .filter((each) => !each.remote)
      .map((each) => each.column),
  );
  const write = (condition: Condition) =>
    mapColumns(condition.node, (node) => {
      const occurrence = condition.occurrences.get(node);
      if (occurrence === undefined) return node;
      if (!occurrence.remote) return occurrence.column;
      const column = locals.has(occurrence.column)
        ? Object.freeze({ ...occurrence.column })
        : occurrence.column;
      remoteColumns.add(column);
      return column;
    });
  return {
    primaryJoin: write(primary),
    secondaryJoin: further === undefined ? undefined : write(further),
    remoteColumns: remoteColumns as ReadonlySet<ColumnNode>,
  };
}

/** Swaps the sides of a condition that marks them, for the other direction of the relationship. */
export function reversed(condition: ExpressionNode): ExpressionNode {
  let hasRemote = false;
  mapColumns(condition, (column) => {
    hasRemote ||= markOf(column).remote;
    return column;
  });
  if (!hasRemote) return condition;
  return mapColumns(condition, (column) => {
    const mark = markOf(column);
    return marked({ ...mark, remote: !mark.remote });
  });
}

/** Whether a condition is exactly "these columns equal the primary key", so that the identity map can answer it. */
export function isLookupByKey(join: JoinFound, primaryKey: readonly ColumnNode[]): boolean {
  if (join.direction !== "manyToOne") return false;
  const { primaryJoin, remoteColumns, localRemotePairs } = join;
  const parts =
    primaryJoin.kind === "logical" && primaryJoin.operator === "and" ? primaryJoin.operands : [primaryJoin];
  const areEqualities = parts.every((part) => {
    if (part.kind !== "binary" || part.operator !== "eq") return false;
    if (part.left.kind !== "column" || part.right.kind !== "column") return false;
    return remoteColumns.has(part.left) !== remoteColumns.has(part.right);
  });
  return (
    areEqualities &&
    parts.length === primaryKey.length &&
    primaryKey.every((column) => localRemotePairs.some((pair) => pair.to === column))
  );
}
