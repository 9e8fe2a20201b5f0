/**
 * The class-level attribute of a relationship: `User.c.posts` in statements and loader options.
 *
 * What it stands for is looked up when it is first used in a statement, never when it is read.
 */
import { fail } from "../../foundation/errors.ts";
import { blankSelect } from "../../sql/blank-select.ts";
import { mentionedSources, walk } from "../../sql/children.ts";
import { toCriterion } from "../../sql/coerce.ts";
import type { MappedClass } from "../../sql/entity.ts";
import { Expression, joinCriteria, not } from "../../sql/expression.ts";
import type { JoinPath, JoinStep } from "../../sql/join-path.ts";
import {
  type ColumnNode,
  ENTITY,
  type EntityRef,
  type ExpressionNode,
  JOIN_PATH,
  type Source,
} from "../../sql/nodes.ts";
import { replaceSource, rewrite } from "../../sql/rewrite.ts";
import type { Criterion, OWNER, OwnerOf } from "../../sql/row.ts";
import { anotherOf } from "../../sql/sources.ts";
import { booleanType } from "../../types/boolean.ts";
import { integerType } from "../../types/number.ts";
import { adaptJoin, columnOn } from "./adapt-join.ts";
import type { Mapper, RelationshipAttribute } from "./mapper.ts";
import { ownAlias } from "./own-alias.ts";

interface Parts {
  /** The class, or the alias of it, that has the attribute. */
  readonly owner: EntityRef;
  readonly key: string;
  readonly attribute: () => RelationshipAttribute;
  /** The alias or subclass that `of` named. */
  readonly target?: EntityRef;
  /** What `target` was made of, as the application holds it. */
  readonly targetClass?: object;
  readonly criteria?: readonly ExpressionNode[];
}

/** A relationship of a class, in a statement. `Owner` is the shape that has it, `Target` the related object's type. */
export class RelationshipExpression<out Owner, out Key extends string, out Target> {
  /** Type level only. */
  declare readonly ownerShape: Owner;
  /** Type level only. */
  declare readonly targetType: Target;
  readonly key: Key;
  /** The class (or alias) that has the attribute. */
  readonly owner: EntityRef;
  /** What {@link and} added to the condition. */
  readonly criteria: readonly ExpressionNode[];
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.key = parts.key as Key;
    this.owner = parts.owner;
    this.criteria = parts.criteria ?? [];
  }

  /** The resolved relationship. */
  get attribute(): RelationshipAttribute {
    return this.#parts.attribute();
  }

  /** The alias (or subclass) that {@link of} named. Errors: mapping/wrong-alias. */
  get target(): EntityRef | undefined {
    const { target } = this.#parts;
    if (target !== undefined) requireTarget(this.attribute, target, `${this}.of()`);
    return target;
  }

  /** Whether it leads to many. */
  get isCollection(): boolean {
    return this.attribute.isCollection;
  }

  /** The joins that lead to the target. */
  get [JOIN_PATH](): JoinPath {
    const attribute = this.attribute;
    const target = this.target ?? attribute.targetEntity;
    // Under an alias of the target the relationship may be joined twice, so the rows in between get a name, too.
    const isAliased = this.target !== undefined && attribute.secondary !== undefined;
    const secondary = isAliased ? anotherOf(attribute.secondary) : attribute.secondary;
    const join = adaptJoin(attribute, { own: this.owner.source, target: target.source, secondary });
    const steps: JoinStep[] =
      secondary === undefined || join.secondary === undefined
        ? [{ target: target.source, on: join.primary }]
        : [
            { target: secondary, on: join.primary },
            { target: target.source, on: join.secondary },
          ];
    const last = steps.pop() as JoinStep;
    steps.push({ ...last, on: joinCriteria("and", [last.on, ...this.criteria]) });
    return { steps, entity: this.#parts.targetClass ?? attribute.target.entityClass };
  }

  /** Leads to an alias (or subclass) of the target instead: `join(Node.c.children.of(child))`. */
  of<Other extends MappedClass & (new (...args: never) => Target)>(
    target: Other,
  ): RelationshipExpression<Owner, Key, Target> & {
    readonly [OWNER]: OwnerOf<Other>;
  } {
    const entity = (target as { readonly [ENTITY]?: EntityRef })[ENTITY];
    if (entity === undefined) throw fail("mapping/not-mapped", { got: target, where: `${this}.of()` });
    return new RelationshipExpression({ ...this.#parts, target: entity, targetClass: target }) as never;
  }

  /** Adds conditions to the join: `join(User.c.posts.and(Post.c.isDraft.eq(false)))`. */
  and(...criteria: readonly Criterion[]): this {
    const added = criteria.map((criterion) => toCriterion(criterion, `${this}.and()`));
    return new RelationshipExpression({ ...this.#parts, criteria: [...this.criteria, ...added] }) as this;
  }

  /** At least one related object meets the criterion; for collections. Errors: sql/any-on-scalar. */
  any(criterion?: Criterion): Expression<boolean> {
    if (!this.isCollection) throw this.#arity("any()", "has()", "one object");
    return this.#exists(criterion, "any()");
  }

  /** The related object meets the criterion; for relationships to one object. Errors: sql/any-on-scalar. */
  has(criterion?: Criterion): Expression<boolean> {
    if (this.isCollection) throw this.#arity("has()", "any()", "a collection");
    return this.#exists(criterion, "has()");
  }

  /** The object is a member of the collection. Errors: sql/any-on-scalar. */
  contains(object: Target): Expression<boolean> {
    const attribute = this.attribute;
    if (!attribute.isCollection) throw this.#arity("contains()", "eq()", "one object");
    return new Expression(this.#related(attribute, this.#checked(object, "contains()")));
  }

  /** The related object is this one; null: there is none. Errors: sql/any-on-scalar for an object and a collection. */
  eq(object: Target | null): Expression<boolean> {
    const attribute = this.attribute;
    if (object === null) return this.isNull();
    if (attribute.isCollection) throw this.#arity("eq()", "contains()", "a collection");
    return new Expression(this.#related(attribute, this.#checked(object, "eq()")));
  }

  /** The related object is another one, or there is none; null: there is one. */
  ne(object: Target | null): Expression<boolean> {
    const attribute = this.attribute;
    if (object === null) return this.isNotNull();
    if (attribute.isCollection) throw this.#arity("ne()", "contains()", "a collection");
    const other = this.#checked(object, "ne()");
    if (attribute.direction !== "manyToOne" || !isToldByObject(attribute))
      return not(this.#existsNode(attribute, this.#identifies(attribute, other)));
    const differs = attribute.localRemotePairs.map(({ from, to }): ExpressionNode => {
      const column = columnOn(this.owner.source, from);
      const value = parameterOf(attribute.target, to, other);
      return joinCriteria("or", [binary("ne", column, value), unary("isNull", column)]);
    });
    return new Expression(joinCriteria("or", differs));
  }

  /** There is no related object. */
  isNull(): Expression<boolean> {
    const attribute = this.attribute;
    if (attribute.direction !== "manyToOne") return not(this.#exists(undefined, "isNull()"));
    return new Expression(joinCriteria("and", this.#foreignKeyChecks(attribute, "isNull")));
  }

  /** There is a related object. */
  isNotNull(): Expression<boolean> {
    const attribute = this.attribute;
    if (attribute.direction !== "manyToOne") return this.#exists(undefined, "isNotNull()");
    return new Expression(joinCriteria("and", this.#foreignKeyChecks(attribute, "isNotNull")));
  }

  /** Shows the attribute as the application writes it. */
  toString(): string {
    return `${this.owner.name}.${this.key}`;
  }

  #foreignKeyChecks(attribute: RelationshipAttribute, operator: "isNull" | "isNotNull"): ExpressionNode[] {
    return attribute.localRemotePairs.map(({ from }) => unary(operator, columnOn(this.owner.source, from)));
  }

  #arity(method: string, instead: string, holds: string) {
    return fail("sql/any-on-scalar", { attribute: String(this), method, instead, holds });
  }

  #checked(object: unknown, method: string): object {
    const { target } = this.attribute;
    if (object instanceof target.entityClass) return object;
    throw fail("mapping/wrong-class", { where: `${this}.${method}`, expected: target.name, got: object });
  }

  /** The condition that ties the own row to the row of a known object; where it can, without the target's table. */
  #related(attribute: RelationshipAttribute, object: object): ExpressionNode {
    if (!isToldByObject(attribute)) {
      return this.#existsNode(attribute, this.#identifies(attribute, object)).node;
    }
    const own = this.owner.source;
    return rewrite(attribute.primaryJoin, (node) => {
      if (node.kind !== "column") return undefined;
      if (attribute.remoteColumns.has(node)) return parameterOf(attribute.target, node, object);
      return columnOn(own, node);
    });
  }

  #identifies(attribute: RelationshipAttribute, object: object): ExpressionNode {
    const named = this.target?.source ?? attribute.targetEntity.source;
    const pairs = attribute.target.primaryKey.map(({ column }) =>
      binary("eq", columnOn(named, column), parameterOf(attribute.target, column, object)),
    );
    return joinCriteria("and", pairs);
  }

  #exists(criterion: Criterion | undefined, method: string): Expression<boolean> {
    const condition = criterion === undefined ? undefined : toCriterion(criterion, `${this}.${method}`);
    return this.#existsNode(this.attribute, condition);
  }

  /** `EXISTS (SELECT 1 FROM target WHERE join AND condition)`. A table that refers to itself gets another name inside. */
  #existsNode(attribute: RelationshipAttribute, condition: ExpressionNode | undefined): Expression<boolean> {
    const own = this.owner.source;
    const named = this.target?.source ?? attribute.targetEntity.source;
    const target = named === own ? ownAlias(named) : named;
    const { secondary } = attribute;
    const join = adaptJoin(attribute, { own, target, secondary });
    const inner = [...this.criteria, ...(condition === undefined ? [] : [condition])].map((each) =>
      target === named ? each : replaceSource(each, named, target),
    );
    const where = [join.primary, ...(join.secondary === undefined ? [] : [join.secondary]), ...inner];
    const from: Source[] = secondary === undefined ? [target] : [secondary, target];
    const outside = new Set(where.flatMap((each) => mentionedSources(each)));
    for (const source of from) outside.delete(source);
    outside.add(own);
    const one: ExpressionNode = Object.freeze({
      kind: "template",
      strings: ["1"],
      items: [],
      type: integerType(),
    });
    return new Expression(
      Object.freeze({
        kind: "exists",
        type: booleanType(),
        query: Object.freeze({
          ...blankSelect([one]),
          from,
          where: where.flatMap((each) =>
            each.kind === "logical" && each.operator === "and" ? each.operands : [each],
          ),
          correlate: [...outside],
        }),
      }),
    );
  }
}

/** Whether an object knows everything that the join asks of its row: a subquery may have columns of its own. */
function isToldByObject({
  secondary,
  primaryJoin,
  remoteColumns,
  targetEntity,
  target,
}: RelationshipAttribute): boolean {
  if (secondary !== undefined) return false;
  const known = new Set(target.columns.map(({ column }) => column.key));
  let isTold = true;
  walk(primaryJoin, (node) => {
    if (node.kind !== "column" || known.has(node.key)) return;
    if (remoteColumns.has(node) || node.source === targetEntity.source) isTold = false;
  });
  return isTold;
}

/** Refuses an alias of another class than a relationship leads to. Errors: mapping/wrong-alias. */
export function requireTarget(attribute: RelationshipAttribute, target: EntityRef, where: string): void {
  if (target.mapper === attribute.target) return;
  throw fail("mapping/wrong-alias", { where, expected: attribute.target.name, got: target.name });
}

/** The object's value, read when the statement is executed: the flush before it may have numbered the object. */
function parameterOf(mapper: Mapper, column: ColumnNode, object: object): ExpressionNode {
  const key = mapper.columns.find((each) => each.column.key === column.key)?.key;
  return Object.freeze({
    kind: "parameter",
    get value() {
      return key === undefined ? null : ((object as Readonly<Record<string, unknown>>)[key] ?? null);
    },
    name: undefined,
    type: column.type,
  });
}

function binary(operator: string, left: ExpressionNode, right: ExpressionNode): ExpressionNode {
  return Object.freeze({ kind: "binary", operator, left, right, type: booleanType() });
}

function unary(operator: string, operand: ExpressionNode): ExpressionNode {
  return Object.freeze({ kind: "unary", operator, operand, type: booleanType() });
}
