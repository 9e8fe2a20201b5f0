/**
 * Plans a load: statement + options → the statement to execute, where each class's values stand in its rows, and
 * what is loaded after it. Pure.
 *
 * An entity among the items becomes its columns; joined relationships add theirs behind, under aliases. When a joined
 * collection would multiply rows that LIMIT, DISTINCT or GROUP BY counts, the statement moves into a subquery first.
 */
import { fail } from "../../foundation/errors.ts";
import { firstSelect } from "../../sql/coerce.ts";
import type {
  EntityRef,
  ExpressionNode,
  JoinNode,
  QueryNode,
  SelectNode,
  SetOperationNode,
  Source,
  WriteNode,
} from "../../sql/nodes.ts";
import type { Mapper, RelationshipAttribute } from "../mapping/mapper.ts";
import { rootMapper } from "../state/identity-key.ts";
import type { ObjectState } from "../state/object-state.ts";
import { type ColumnIn, columnIn, columnsOf } from "./adapt.ts";
import { columnsToLoad, forbiddenColumns, isKey } from "./columns.ts";
import { type CriteriaInForce, SESSION_CRITERIA } from "./criteria.ts";
import { DerivedTable } from "./derived-table.ts";
import { expressionsToLoad, onSource } from "./expressions.ts";
import { joinTarget } from "./joined.ts";
import {
  type ChosenStrategy,
  childNode,
  chooseStrategy,
  type LaterStrategies,
  LoadedAt,
  lastingNode,
  laterStrategies,
  NO_OPTIONS,
  type OptionNode,
  optionTrees,
  type StrategyName,
  saysNothing,
} from "./option-tree.ts";
import type { FollowUp } from "./strategy.ts";

/** Where one class's values stand in the rows of a statement, and what comes with its objects. */
export interface EntityPlan {
  readonly mapper: Mapper;
  readonly root: Mapper;
  /** Slot `slots[i]` is filled from `row[indexes[i]]`. */
  readonly slots: readonly number[];
  readonly indexes: readonly number[];
  readonly keyIndexes: readonly number[];
  /** Columns whose values need not be decoded before somebody reads them: those that are watched from then on. */
  readonly late: readonly LateColumn[];
  /** Slots of columns that the statement leaves out. */
  readonly leftOut: readonly number[];
  readonly joined: JoinedPlan[];
  readonly followUps: FollowUp[];
  /** Relationships that look empty. */
  readonly empties: RelationshipAttribute[];
  readonly loadedBy: LoadedAt | undefined;
  /** What options hold for its objects. */
  readonly node: OptionNode;
  /** The classes of the path, its own last. */
  readonly trail: readonly Mapper[];
  /** What the options say about relationships that are read later. */
  readonly later: LaterStrategies;
  /** What stands for a column of the class's table in the statement. */
  readonly column: ColumnIn;
}

/** Where a value stands in the row and in the object. */
interface LateColumn {
  readonly index: number;
  readonly slot: number;
}

/** A relationship whose rows come in the same statement. */
export interface JoinedPlan {
  readonly relationship: RelationshipAttribute;
  readonly entity: EntityPlan;
}

/** One item of a row: an object, or the value at an index. */
export type ItemPlan =
  | { readonly kind: "entity"; readonly entity: EntityPlan }
  | { readonly kind: "value"; readonly index: number };

/** All that is known of a load before it is executed. */
export interface LoadPlan {
  readonly statement: QueryNode | WriteNode;
  readonly items: readonly ItemPlan[];
  /** The names of the items; empty: without one. */
  readonly keys: readonly string[];
  /** A joined collection repeats rows. */
  readonly needsUnique: boolean;
  /** The indexes of all late columns. */
  readonly late: ReadonlySet<number>;
}

/** Which objects a load reads again, and which of their attributes. */
export interface RefreshOnly {
  readonly states: ReadonlySet<ObjectState>;
  /** Slots of columns and relationships; "all": the whole object, changes and unloaded relationships included. */
  readonly slots: ReadonlySet<number> | "all";
  /**
   * The application asks for it: slots that hold a value lose it, and relationships are loaded whatever their strategy.
   * What is read on the way only fills gaps.
   */
  readonly overwrites: boolean;
}

/** What a plan is made for, besides the statement. */
export interface PlanSettings {
  readonly options: readonly object[];
  /** For statements that are made here: what holds for the one entity, instead of `options`. */
  readonly node?: OptionNode | undefined;
  /** The classes on the way to the entity, its own last; for statements that follow another one. */
  readonly trail?: readonly Mapper[] | undefined;
  /** Relationships of the entity that are loaded from it, not with it. */
  readonly leaveLazy?: ReadonlySet<RelationshipAttribute> | undefined;
  /** Objects are read again: relationships load as if they were read one by one. */
  readonly refreshOnly?: RefreshOnly | undefined;
  /** Conditions on classes, for the objects to remember; whoever runs the plan puts them into the statement. */
  readonly criteria?: CriteriaInForce | undefined;
}

/** A statement in the making: what planning adds to it. */
export interface Draft {
  readonly items: ExpressionNode[];
  readonly joins: JoinNode[];
  readonly orderBy: ExpressionNode[];
  /** A joined collection repeats rows of its parent. */
  multipliesRows: boolean;
  /** An eager load adds a join, other than one that the statement has by itself. */
  addsJoins: boolean;
  /** What stands for an expression of the statement as it was given, which may have moved into a subquery. */
  readonly given: (expression: ExpressionNode) => ExpressionNode;
  readonly options: readonly object[];
  /** The statement as it was given; undefined where nothing can be joined to it. */
  readonly select: SelectNode | undefined;
}

/** One class about to be planned. */
export interface EntityRequest {
  readonly mapper: Mapper;
  /** What its rows come from in the statement. */
  readonly source: Source;
  readonly column: ColumnIn;
  readonly node: OptionNode;
  /** The classes of the path across statements, and the first one of this statement. */
  readonly trail: readonly Mapper[];
  readonly trailStart: number;
  /** Whether its rows may be missing, because an outer join leads to it. */
  readonly isOuter: boolean;
  readonly settings: PlanSettings;
  readonly isRoot: boolean;
  /** Writes an expression on what stands for the class; `isOverTable`: it is written over the class's table. */
  readonly express: (expression: ExpressionNode, isOverTable: boolean) => ExpressionNode;
}

/** Plans the load of a statement. Errors: load/unknown-path, load/foreign-step. */
export function planLoad(statement: QueryNode | WriteNode, settings: PlanSettings): LoadPlan {
  const plan = planStatement(statement, settings);
  const late = entitiesOf(plan).flatMap((entity) => entity.late.map(({ index }) => index));
  return { ...plan, late: new Set(late) };
}

type StatementPlan = Omit<LoadPlan, "late">;

function planStatement(statement: QueryNode | WriteNode, settings: PlanSettings): StatementPlan {
  if (statement.kind === "select") return planSelect(statement, settings);
  if (statement.kind === "setOperation") return planSetOperation(statement, settings);
  const { draft, items, keys } = planItems(
    statement.returning,
    nodesOf(statement.returning, settings),
    settings,
  );
  return { statement: { ...statement, returning: draft.items }, items, keys, needsUnique: false };
}

function planSelect(select: SelectNode, settings: PlanSettings): StatementPlan {
  const nodes = nodesOf(select.items, settings);
  const { draft, items, keys } = planItems(select.items, nodes, settings, { select });
  if (draft.multipliesRows && draft.addsJoins && countsRows(select)) {
    return planWrapped(select, nodes, settings);
  }
  return {
    statement: {
      ...select,
      items: draft.items,
      joins: [...select.joins, ...draft.joins],
      orderBy: [...select.orderBy, ...draft.orderBy],
    },
    items,
    keys,
    needsUnique: draft.multipliesRows,
  };
}

/** Whether clauses of a statement depend on how many rows there are. */
function countsRows(select: SelectNode): boolean {
  return (
    select.limit !== undefined ||
    select.offset !== undefined ||
    select.distinct !== false ||
    select.groupBy.length > 0
  );
}

function planWrapped(select: SelectNode, nodes: OptionNodes, settings: PlanSettings): StatementPlan {
  const inner = new DerivedTable(select);
  const { draft, items, keys } = planItems(select.items, nodes, settings, {
    select,
    given: (item) => inner.column(item),
    columnsOf: (entity) => {
      const column = columnsOfEntity(entity);
      return (wanted) => inner.column(column(wanted));
    },
  });
  const statement: SelectNode = {
    ...select,
    items: draft.items,
    from: [inner.source],
    joins: draft.joins,
    where: [],
    groupBy: [],
    having: [],
    orderBy: [...inner.orderBy, ...draft.orderBy],
    limit: undefined,
    offset: undefined,
    distinct: false,
    ctes: [],
    lock: undefined,
  };
  return { statement, items, keys, needsUnique: true };
}

function planSetOperation(query: SetOperationNode, settings: PlanSettings): StatementPlan {
  const { items } = firstSelect(query);
  const nodes = nodesOf(items, settings);
  const first = planItems(items, nodes, settings);
  const statement = withColumns(query, nodes, settings) as SetOperationNode;
  return { statement, items: first.items, keys: first.keys, needsUnique: false };
}

/** Replaces entities by their columns in every part of a set operation: by the same ones, whose options are the first's. */
function withColumns(query: QueryNode, nodes: OptionNodes, settings: PlanSettings): QueryNode {
  if (query.kind !== "setOperation") {
    return { ...query, items: planItems(query.items, nodes, settings).draft.items };
  }
  return { ...query, queries: query.queries.map((part) => withColumns(part, nodes, settings)) };
}

/** What options hold for each item of a statement; undefined: it is no class. */
type OptionNodes = readonly (OptionNode | undefined)[];

function nodesOf(items: readonly (ExpressionNode | EntityRef)[], settings: PlanSettings): OptionNodes {
  const entities = items.filter((item) => item.kind === "entity");
  const trees = settings.node === undefined ? optionTrees(settings.options, entities) : undefined;
  return items.map((item) =>
    item.kind === "entity" ? (settings.node ?? trees?.get(item) ?? NO_OPTIONS) : undefined,
  );
}

interface PlannedItems {
  readonly draft: Draft;
  readonly items: readonly ItemPlan[];
  readonly keys: readonly string[];
}

/** The statement whose items are planned. */
interface ItemsPlace {
  readonly select?: SelectNode;
  readonly given?: Draft["given"];
  readonly columnsOf?: (entity: EntityRef) => ColumnIn;
}

function planItems(
  items: readonly (ExpressionNode | EntityRef)[],
  nodes: OptionNodes,
  settings: PlanSettings,
  { select, given = (expression) => expression, columnsOf = columnsOfEntity }: ItemsPlace = {},
): PlannedItems {
  const draft: Draft = {
    items: [],
    joins: [],
    orderBy: [],
    multipliesRows: false,
    addsJoins: false,
    given,
    options: settings.options,
    select,
  };
  const planned = items.map((item, index): ItemPlan => {
    if (item.kind !== "entity") return { kind: "value", index: draft.items.push(given(item)) - 1 };
    const mapper = item.mapper as Mapper;
    const trail = settings.trail ?? [mapper];
    const ownColumn = columnsOfEntity(item);
    const entity = planEntity(draft, {
      mapper,
      source: item.source,
      column: columnsOf(item),
      node: nodes[index] ?? NO_OPTIONS,
      trail,
      trailStart: trail.length - 1,
      isOuter: false,
      settings,
      isRoot: true,
      express: (expression, isOverTable) =>
        given(isOverTable ? onSource(expression, mapper, ownColumn) : expression),
    });
    return { kind: "entity", entity };
  });
  return { draft, items: planned, keys: items.map(itemKey) };
}

function itemKey(item: ExpressionNode | EntityRef): string {
  if (item.kind === "entity" || item.kind === "label" || item.kind === "function") return item.name;
  return item.kind === "column" ? item.key : "";
}

function columnsOfEntity(entity: EntityRef): ColumnIn {
  if (entity.source.kind === "table" || entity.source.kind === "alias") return columnsOf(entity.source);
  // A class over a subquery: the entity says which of its columns are the class's.
  return (column) => entity.columns.find((own) => own.key === column.key) ?? columnIn(entity.source, column);
}

/** Plans one class: its columns, then the relationships that come with it. */
function planEntity(draft: Draft, request: EntityRequest): EntityPlan {
  const { mapper, column, node, trail, settings } = request;
  const slots = request.isRoot ? settings.refreshOnly?.slots : undefined;
  const only = slots === "all" ? undefined : slots;
  const indexBySlot = planValues(draft, request, only);
  const later = laterStrategies(mapper, node);
  const criteria = (settings.criteria ?? SESSION_CRITERIA).later;
  const forbidden = forbiddenColumns(mapper, node);
  const plan: EntityPlan = {
    mapper,
    root: rootMapper(mapper),
    slots: [...indexBySlot.keys()],
    indexes: [...indexBySlot.values()],
    keyIndexes: mapper.primaryKey.map((attribute) => indexBySlot.get(attribute.slot) as number),
    late: lateColumns(mapper, indexBySlot),
    leftOut: [...mapper.columns, ...mapper.expressions.filter(({ fallback }) => fallback !== undefined)]
      .filter(({ slot }) => !indexBySlot.has(slot))
      .map(({ slot }) => slot),
    joined: [],
    followUps: [],
    empties: [],
    loadedBy:
      saysNothing(node) && criteria === SESSION_CRITERIA
        ? undefined
        : new LoadedAt({
            options: draft.options,
            node: lastingNode(node),
            trail,
            later,
            criteria,
            forbidden,
          }),
    node,
    trail,
    later,
    column,
  };
  for (const relationship of mapper.relationships) {
    if (only !== undefined && !only.has(relationship.slot)) continue;
    planRelationship(draft, request, plan, relationship);
  }
  return plan;
}

/** Adds what a class reads of its row to the statement, and gives the index of each slot. */
function planValues(
  draft: Draft,
  { mapper, column, node, express }: EntityRequest,
  only: ReadonlySet<number> | undefined,
): ReadonlyMap<number, number> {
  const indexBySlot = new Map<number, number>();
  const loaded =
    only === undefined
      ? columnsToLoad(mapper, node)
      : mapper.columns.filter(
          (attribute) => only.has(attribute.slot) || mapper.primaryKey.includes(attribute),
        );
  for (const attribute of loaded) {
    indexBySlot.set(attribute.slot, draft.items.push(column(attribute.column)) - 1);
  }
  for (const { attribute, expression, isOverTable } of expressionsToLoad(mapper, node, only)) {
    indexBySlot.set(attribute.slot, draft.items.push(express(expression, isOverTable)) - 1);
  }
  return indexBySlot;
}

function lateColumns(mapper: Mapper, indexBySlot: ReadonlyMap<number, number>): LateColumn[] {
  return mapper.columns.flatMap((attribute) => {
    const index = indexBySlot.get(attribute.slot);
    const isLate = attribute.column.type.copy !== undefined && !isKey(mapper, attribute);
    return isLate && index !== undefined ? [{ index, slot: attribute.slot }] : [];
  });
}

function planRelationship(
  draft: Draft,
  request: EntityRequest,
  plan: EntityPlan,
  relationship: RelationshipAttribute,
): void {
  const { settings } = request;
  const chosen = chooseStrategy(request.node, relationship);
  const isLazy = request.isRoot && settings.leaveLazy?.has(relationship) === true && !chosen.isExplicit;
  const strategy = isLazy ? "select" : possible(chosen.strategy, draft);
  switch (strategy) {
    case "joined":
    case "containsEager":
      if (!goesInCircles(request, relationship, chosen, request.trailStart)) {
        const target = joinTarget(draft, request, relationship, chosen);
        plan.joined.push({ relationship, entity: planEntity(draft, target) });
      }
      return;
    case "selectin":
    case "subquery":
    case "immediate": {
      if (!goesInCircles(request, relationship, chosen, 0)) {
        plan.followUps.push(followUp(strategy, request, relationship, chosen, true));
      } else if (strategy === "immediate" || settings.refreshOnly !== undefined) {
        // One by one, a circle ends at the first object that is there already.
        plan.followUps.push(followUp("immediate", request, relationship, chosen, !relationship.usesGet));
      }
      return;
    }
    case "noload":
      plan.empties.push(relationship);
      return;
    case "writeOnly":
    case "dynamic":
      return;
    default:
      if (request.isRoot && settings.refreshOnly?.overwrites) {
        plan.followUps.push(followUp("immediate", request, relationship, chosen, true));
      }
  }
}

/** Where nothing can be joined, a joined load follows the statement. */
function possible(strategy: StrategyName, draft: Draft): StrategyName {
  return strategy === "joined" && draft.select === undefined ? "selectin" : strategy;
}

function followUp(
  kind: FollowUp["kind"],
  { node, trail }: Pick<EntityRequest, "node" | "trail">,
  relationship: RelationshipAttribute,
  chosen: ChosenStrategy,
  mayEmit: boolean,
): FollowUp {
  const { target } = relationship;
  // A recursion stays where its first step led.
  const stays =
    chosen.rule?.recursionDepth !== undefined && trail.at(-1) === target && trail.at(-2) === target;
  return {
    kind,
    relationship,
    chosen,
    node: childNode(node, relationship),
    trail: stays ? trail : [...trail, target],
    mayEmit,
  };
}

/** The same relationship one level further, where a rule with a recursion depth goes on. */
export function oneLevelFurther({ relationship, node, trail }: FollowUp): FollowUp | undefined {
  const chosen = chooseStrategy(node, relationship);
  const { strategy, rule } = chosen;
  if (rule?.recursionDepth === undefined) return undefined;
  if (strategy !== "selectin" && strategy !== "immediate") return undefined;
  return followUp(strategy, { node, trail }, relationship, chosen, true);
}

/** Whether an eager load that the mapping asks for would come back to a class that it has passed. */
function goesInCircles(
  request: EntityRequest,
  relationship: RelationshipAttribute,
  chosen: ChosenStrategy,
  from: number,
): boolean {
  if (chosen.isExplicit) return false;
  const trail = request.trail.slice(from);
  if (relationship.joinDepth !== undefined) return trail.length > relationship.joinDepth;
  return trail.some((mapper) => rootMapper(mapper) === rootMapper(relationship.target));
}

/** Gives the entities of a plan, joined ones behind their parents. */
export function entitiesOf(plan: Pick<LoadPlan, "items">): readonly EntityPlan[] {
  const all: EntityPlan[] = [];
  const visit = (entity: EntityPlan): void => {
    all.push(entity);
    for (const { entity: child } of entity.joined) visit(child);
  };
  for (const item of plan.items) if (item.kind === "entity") visit(item.entity);
  return all;
}

/** The one entity of a plan that was made for a request. */
export function targetOf(plan: LoadPlan): EntityPlan {
  const last = plan.items.at(-1);
  if (last?.kind === "entity") return last.entity;
  throw fail("internal/impossible", { what: "a follow-up statement selects no class" });
}
