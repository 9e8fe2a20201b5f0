/**
 * How the rows of a relationship's target find their way to the objects that refer to them: by equal keys.
 *
 * Nearly every relationship is a conjunction of `own column = remote column`; such a one is loaded for many objects by
 * `remote column IN (…)`, without their table. Any other condition needs the table joined; see `selectin.ts`.
 */
import { walk } from "../../sql/children.ts";
import { joinCriteria } from "../../sql/expression.ts";
import type { ColumnNode, ExpressionNode, InNode, ParameterNode, TupleNode } from "../../sql/nodes.ts";
import { booleanType } from "../../types/boolean.ts";
import { nullType } from "../../types/sql-type.ts";
import type { ColumnAttribute, RelationshipAttribute } from "../mapping/mapper.ts";
import type { ObjectState } from "../state/object-state.ts";
import { isRemoteColumn } from "./adapt.ts";

/** The key of a relationship. */
export interface Link {
  /** The attributes of the own class whose values are the key. */
  readonly local: readonly ColumnAttribute[];
  /** The columns of the target, or of the secondary table, that equal them. */
  readonly remote: readonly ColumnNode[];
  /** What the join demands besides; mentions only the remote side. */
  readonly further: readonly ExpressionNode[];
}

const linkByRelationship = new WeakMap<RelationshipAttribute, { readonly link: Link | undefined }>();

/** Finds the key of a relationship; undefined when its join is more than equal columns. */
export function linkOf(relationship: RelationshipAttribute): Link | undefined {
  const known = linkByRelationship.get(relationship);
  if (known !== undefined) return known.link;
  const link = findLink(relationship);
  linkByRelationship.set(relationship, { link });
  return link;
}

function findLink(relationship: RelationshipAttribute): Link | undefined {
  const pairs = relationship.localRemotePairs;
  const local = pairs.map((pair) => relationship.mapper.columnByNode.get(pair.from));
  if (pairs.length === 0 || !local.every((attribute) => attribute !== undefined)) return undefined;
  const further: ExpressionNode[] = [];
  const equated = new Set<number>();
  for (const condition of conjunctsOf(relationship.primaryJoin)) {
    const index = pairs.findIndex(({ from, to }) => isEquality(condition, from, to));
    if (index >= 0) equated.add(index);
    else if (isRemoteOnly(relationship, condition)) further.push(condition);
    else return undefined;
  }
  if (equated.size < pairs.length) return undefined;
  return { local, remote: pairs.map((pair) => pair.to), further };
}

function conjunctsOf(condition: ExpressionNode): readonly ExpressionNode[] {
  const isAnd = condition.kind === "logical" && condition.operator === "and";
  return isAnd ? condition.operands.flatMap(conjunctsOf) : [condition];
}

function isEquality(condition: ExpressionNode, from: ColumnNode, to: ColumnNode): boolean {
  if (condition.kind !== "binary" || condition.operator !== "eq") return false;
  const { left, right } = condition;
  return (isSame(left, from) && isSame(right, to)) || (isSame(left, to) && isSame(right, from));
}

/** Whether both are one column; `remote()` and `foreign()` may have copied it. */
function isSame(expression: ExpressionNode, column: ColumnNode): boolean {
  return (
    expression.kind === "column" && expression.source === column.source && expression.name === column.name
  );
}

function isRemoteOnly(relationship: RelationshipAttribute, condition: ExpressionNode): boolean {
  let isRemote = true;
  walk(condition, (node) => {
    if (node.kind === "select" || node.kind === "setOperation") isRemote = false;
    if (node.kind === "column" && !isRemoteColumn(relationship, node)) isRemote = false;
    return isRemote;
  });
  return isRemote;
}

/** Reads key values out of an object; `undefined` among them: not loaded. */
export function keyValues(state: ObjectState, attributes: readonly ColumnAttribute[]): unknown[] {
  return attributes.map((attribute) => {
    const value = state.values[attribute.slot];
    if (value !== undefined || state.key === undefined) return value;
    // An expired object still knows its identity.
    const keyIndex = state.mapper.primaryKey.indexOf(attribute);
    return keyIndex < 0 ? undefined : state.key.values[keyIndex];
  });
}

/** Reads key values as they were at the last flush or load. */
export function committedValues(state: ObjectState, attributes: readonly ColumnAttribute[]): unknown[] {
  return attributes.map(({ slot }) => {
    const committed = state.committed?.[slot];
    // A symbol says that there was no value, or that nobody knows: the present one is the best there is.
    return committed === undefined || typeof committed === "symbol" ? state.values[slot] : committed;
  });
}

/** The primary key that a many-to-one with `usesGet` refers to, of the values of its own columns. */
export function targetKeyValues(
  { target }: RelationshipAttribute,
  { remote }: Link,
  values: readonly unknown[],
): unknown[] {
  return target.primaryKey.map(
    ({ column }) => values[remote.findIndex((referred) => referred.name === column.name)],
  );
}

/** Makes a bound value of a column's type. */
export function bound(value: unknown, column: ColumnNode): ParameterNode {
  return { kind: "parameter", value, name: undefined, type: column.type };
}

/** Writes `columns = values`. */
export function equalTo(
  columns: readonly ExpressionNode[],
  values: readonly ExpressionNode[],
): ExpressionNode {
  const conditions = columns.map((left, index): ExpressionNode => {
    const right = values[index] as ExpressionNode;
    return { kind: "binary", operator: "eq", left, right, type: booleanType() };
  });
  return joinCriteria("and", conditions);
}

/** Writes `columns IN (keys)`. */
export function inKeys(
  columns: readonly ColumnNode[],
  keys: readonly (readonly unknown[])[],
): ExpressionNode {
  const only = columns[0];
  if (columns.length === 1 && only !== undefined) {
    return inNode(
      only,
      keys.map((key) => bound(key[0], only)),
    );
  }
  const rows = keys.map((key) => key.map((value, index) => bound(value, columns[index] as ColumnNode)));
  if (rows.length === 1) return equalTo(columns, rows[0] as ParameterNode[]);
  return inNode(tuple(columns), rows.map(tuple));
}

function inNode(left: ExpressionNode, items: readonly ExpressionNode[]): InNode {
  return { kind: "in", negated: false, left, items, type: booleanType() };
}

function tuple(items: readonly ExpressionNode[]): TupleNode {
  return { kind: "tuple", items, type: nullType() };
}
