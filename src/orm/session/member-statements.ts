/**
 * The statements about the members of a collection that is never loaded.
 */
import { fail } from "../../foundation/errors.ts";
import { deleteFrom } from "../../sql/delete.ts";
import type { MappedClass } from "../../sql/entity.ts";
import { Expression } from "../../sql/expression.ts";
import { insert } from "../../sql/insert.ts";
import type { ExpressionNode } from "../../sql/nodes.ts";
import { type Select, select } from "../../sql/select.ts";
import { update } from "../../sql/update.ts";
import { booleanType } from "../../types/boolean.ts";
import { planLazy } from "../load/lazy.ts";
import type { RelationshipAttribute } from "../mapping/mapper.ts";
import { readAttribute } from "../state/attributes.ts";
import type { ObjectState } from "../state/object-state.ts";
import type { MemberStatements } from "../state/owner.ts";
import type { SessionCore } from "./session-core.ts";

/** Errors: session/not-persistent for an object that has no row yet. */
export function memberStatements(
  session: SessionCore,
  state: ObjectState,
  relationship: RelationshipAttribute,
): MemberStatements {
  const target = relationship.target.entityClass as unknown as MappedClass;
  const { conditions, orderBy } = membership(state, relationship);
  const selectMembers = () =>
    select(target)
      .where(...conditions)
      .orderBy(...orderBy) as Select<unknown>;
  return {
    select: selectMembers,
    insert: (rows) => {
      const key = foreignKeyOf(state, relationship);
      return insert(target).values(rows.map((row) => ({ ...key, ...row })));
    },
    update: () => update(target).where(...conditions),
    delete: () => deleteFrom(target).where(...conditions),
    query: () => session.access.query(selectMembers()),
  };
}

/** Conditions on the target alone, so that an UPDATE can have them: what a secondary table pairs comes by its key. */
function membership(
  state: ObjectState,
  relationship: RelationshipAttribute,
): { conditions: Expression<boolean>[]; orderBy: Expression<unknown>[] } {
  if (state.key === undefined) {
    throw fail("session/not-persistent", { entity: state.mapper.name, what: `${relationship.key}.select()` });
  }
  // What the join compares must be known: where reading may wait, an expired object is read again.
  for (const { from } of relationship.localRemotePairs) {
    const attribute = relationship.mapper.columnByNode.get(from);
    if (attribute !== undefined) readAttribute(state, attribute);
  }
  const chosen = { strategy: "select", rule: undefined, isExplicit: false } as const;
  const statement = planLazy(state, relationship, chosen, false);
  if (statement === undefined) return { conditions: [new Expression(FALSE)], orderBy: [] };
  const orderBy = statement.orderBy.map((node) => new Expression<unknown>(node));
  if (relationship.secondary === undefined) {
    return { conditions: statement.where.map((node) => new Expression<boolean>(node)), orderBy };
  }
  const keys = relationship.target.primaryKey.map(({ column }) => column);
  const left: ExpressionNode =
    keys.length === 1 ? keys[0]! : { kind: "tuple", items: keys, type: booleanType() };
  const query = { ...statement, items: keys, orderBy: [] };
  const node: ExpressionNode = { kind: "in", left, items: query, negated: false, type: booleanType() };
  return { conditions: [new Expression<boolean>(node)], orderBy };
}

const FALSE: ExpressionNode = { kind: "keyword", word: "FALSE", type: booleanType() };

/** Errors: relationship/no-insert for members that a secondary table pairs. */
function foreignKeyOf(state: ObjectState, relationship: RelationshipAttribute): Record<string, unknown> {
  if (relationship.direction !== "oneToMany") {
    throw fail("relationship/no-insert", { attribute: `${relationship.mapper.name}.${relationship.key}` });
  }
  const entries = relationship.synchronizePairs.map(({ from, to }) => {
    const own = state.mapper.columnByNode.get(from);
    const theirs = relationship.target.columnByNode.get(to);
    return [theirs?.key ?? to.key, own === undefined ? null : state.values[own.slot]];
  });
  return Object.fromEntries(entries) as Record<string, unknown>;
}
