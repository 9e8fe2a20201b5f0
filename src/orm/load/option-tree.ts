/**
 * Merges the loader options of a statement into one tree per selected class: what holds at which path.
 *
 * A plan walks the tree beside the relationships; every loaded object keeps the node of its path, so that what is
 * loaded from it later follows the same options. Below: `options.ts`. Above: `plan.ts`, `lazy.ts`.
 */
import { fail } from "../../foundation/errors.ts";
import type { ColumnNode, EntityRef, ExpressionNode, Source } from "../../sql/nodes.ts";
import { ENTITY } from "../../sql/nodes.ts";
import type { LoadStrategyName, Mapper, RelationshipAttribute } from "../mapping/mapper.ts";
import { isNeverLoaded } from "../mapping/mapper-record.ts";
import { requireTarget } from "../mapping/relationship-expression.ts";
import type { ObjectState } from "../state/object-state.ts";
import type { LoadedBy } from "../state/owner.ts";
import { type CriteriaInForce, SESSION_CRITERIA } from "./criteria.ts";
import { asLoadOption, type ColumnRule, type OptionRule, type OptionStep } from "./options.ts";
import { neverLoaded } from "./raise.ts";

/** Every way to load a relationship: those of a mapping, and what only an option can say. */
export type StrategyName = LoadStrategyName | "containsEager";

/** What options say about one relationship at one path. */
export interface RelationshipRule {
  readonly strategy: StrategyName | undefined;
  readonly criteria: readonly ExpressionNode[];
  readonly innerJoin: boolean | undefined;
  readonly recursionDepth: number | undefined;
  readonly chunkSize: number | undefined;
  /** Another source for the target's rows: an alias that the option or the attribute names. */
  readonly target: EntityRef | undefined;
}

/** What options say about one class at one path. */
export interface OptionNode {
  readonly rules: Map<RelationshipAttribute, RelationshipRule>;
  /** For the relationships of this class without a rule. */
  wildcard: RelationshipRule | undefined;
  /** For the relationships of every class without a rule. */
  everywhere: RelationshipRule | undefined;
  readonly columns: ColumnRule[];
  readonly children: Map<RelationshipAttribute, OptionNode>;
}

/** A node that says nothing. */
export const NO_OPTIONS: OptionNode = emptyNode(undefined);

function emptyNode(everywhere: RelationshipRule | undefined): OptionNode {
  return { rules: new Map(), wildcard: undefined, everywhere, columns: [], children: new Map() };
}

/** What a {@link LoadedAt} remembers. */
interface LoadedAtParts {
  readonly options: readonly object[];
  readonly node: OptionNode;
  readonly trail: readonly Mapper[];
  readonly later: LaterStrategies;
  readonly criteria: CriteriaInForce;
  readonly forbidden: ReadonlySet<number> | undefined;
}

/** Where a loaded object came from: what options hold there, and through which classes the path led. */
export class LoadedAt implements LoadedBy {
  readonly options: readonly object[];
  readonly node: OptionNode;
  /** The classes from the statement's own to the object's. */
  readonly trail: readonly Mapper[];
  /** By slot: relationships that are not read later as the mapping says. */
  readonly later: LaterStrategies;
  /** What further conditions hold for loads from the object. */
  readonly criteria: CriteriaInForce;
  readonly forbidden: ReadonlySet<number> | undefined;

  constructor({ options, node, trail, later, criteria, forbidden }: LoadedAtParts) {
    this.options = options;
    this.node = node;
    this.trail = trail;
    this.later = later;
    this.criteria = criteria;
    this.forbidden = forbidden;
  }
}

/** What further conditions hold for loads from an object. */
export function criteriaBehind(at: LoadedAt | undefined): CriteriaInForce {
  return at?.criteria ?? SESSION_CRITERIA;
}

/** Whether two objects were loaded where the same options and conditions hold, so that one statement can serve both. */
export function isLoadedAlike(one: LoadedAt | undefined, other: LoadedAt | undefined): boolean {
  return (
    (one?.node ?? NO_OPTIONS) === (other?.node ?? NO_OPTIONS) && criteriaBehind(one) === criteriaBehind(other)
  );
}

/** By slot, how relationships are loaded when they are read later; those that the mapping decides are not in it. */
export type LaterStrategies = ReadonlyMap<number, ChosenStrategy>;

const lastingNodes = new WeakMap<OptionNode, OptionNode>();

/**
 * What holds for the statements that load from an object, or read it again: all but `containsEager`, since the joins
 * that it speaks of are those of the first statement.
 */
export function lastingNode(node: OptionNode): OptionNode {
  const known = lastingNodes.get(node);
  if (known !== undefined) return known;
  const rules = new Map([...node.rules].filter(([, { strategy }]) => strategy !== "containsEager"));
  const children = new Map([...node.children].map(([key, child]) => [key, lastingNode(child)]));
  const isSame =
    rules.size === node.rules.size && [...children].every(([key, child]) => node.children.get(key) === child);
  const lasting = isSame ? node : { ...node, rules, children };
  lastingNodes.set(node, lasting);
  return lasting;
}

const NONE_LATER: LaterStrategies = new Map();

/** What options of a path say about reading relationships later. */
export function laterStrategies(mapper: Mapper, node: OptionNode): LaterStrategies {
  if (saysNothing(node)) return NONE_LATER;
  const later = new Map<number, ChosenStrategy>();
  for (const relationship of mapper.relationships) {
    const chosen = chooseStrategy(node, relationship);
    const isAsMapped = chosen.strategy === laterOf(relationship) && !hasCriteria(chosen);
    if (isLater(chosen.strategy) && !isAsMapped) later.set(relationship.slot, chosen);
  }
  return later;
}

/** Gives an object the later strategies of a statement for these slots; `undefined`: for all. */
export function withLater(
  state: ObjectState,
  later: LaterStrategies,
  slots: Iterable<number> | undefined,
): LoadedAt | undefined {
  const at = loadedAt(state.loadedBy);
  if (at === undefined && later.size === 0) return undefined;
  const merged = slots === undefined ? new Map(later) : new Map(at?.later);
  for (const slot of slots ?? []) {
    const chosen = later.get(slot);
    if (chosen === undefined) merged.delete(slot);
    else merged.set(slot, chosen);
  }
  return new LoadedAt({
    options: at?.options ?? [],
    node: at?.node ?? NO_OPTIONS,
    trail: at?.trail ?? [state.mapper],
    later: merged,
    criteria: criteriaBehind(at),
    forbidden: at?.forbidden,
  });
}

/** How a relationship of one object is loaded when it is read. An expired object forgot what options said of it. */
export function laterStrategy(state: ObjectState, relationship: RelationshipAttribute): ChosenStrategy {
  const said = state.expired ? undefined : loadedAt(state.loadedBy)?.later.get(relationship.slot);
  return said ?? { strategy: laterOf(relationship), rule: undefined, isExplicit: false };
}

/** An eager mapping loads one by one what is read later. */
function laterOf(relationship: RelationshipAttribute): StrategyName {
  return isLater(relationship.lazy) || relationship.lazy === "noload" ? relationship.lazy : "select";
}

/** Whether a strategy leaves a relationship unloaded until it is read. */
export function isLater(strategy: StrategyName): boolean {
  return (
    strategy === "select" || strategy === "siblings" || strategy === "raise" || strategy === "raiseOnSql"
  );
}

/** Reads where an object came from; undefined when no options were given there. */
export function loadedAt(loadedBy: LoadedBy | undefined): LoadedAt | undefined {
  return loadedBy instanceof LoadedAt ? loadedBy : undefined;
}

interface ResolvedStep extends RelationshipRule {
  readonly relationship: RelationshipAttribute | "*";
  /** The source that the path so far must have arrived at. */
  readonly owner: EntityRef | undefined;
}

function resolveStep(step: OptionStep): ResolvedStep {
  const { attribute, strategy, innerJoin, recursionDepth, chunkSize } = step;
  if (attribute === "*") {
    const rule = { strategy, innerJoin, recursionDepth, chunkSize, criteria: step.criteria };
    return { ...rule, target: undefined, relationship: "*", owner: undefined };
  }
  const relationship = attribute.attribute;
  if (recursionDepth !== undefined && !relationship.selfReferential) {
    throw fail("load/not-recursive", { attribute: String(attribute) });
  }
  const alias = (step.alias as { readonly [ENTITY]?: EntityRef } | undefined)?.[ENTITY] ?? attribute.target;
  if (alias !== undefined) requireTarget(relationship, alias, `an option for ${attribute}`);
  return {
    relationship,
    owner: attribute.owner,
    strategy,
    innerJoin,
    recursionDepth,
    chunkSize,
    criteria: [...attribute.criteria, ...step.criteria],
    // The class itself is what would be loaded anyway.
    target: alias === relationship.target.entity ? undefined : alias,
  };
}

/** An option with its path resolved. */
interface ResolvedRule {
  readonly steps: readonly ResolvedStep[];
  readonly columns: ColumnRule | undefined;
}

/**
 * Merges options into a tree for each selected class.
 *
 * Errors: load/unknown-path when an option begins at a class that is not selected; load/foreign-step when a step is of
 * another class than the one before leads to.
 */
export function optionTrees(
  options: readonly object[],
  entities: readonly EntityRef[],
): Map<EntityRef, OptionNode> {
  const trees = new Map<EntityRef, OptionNode>();
  if (options.length === 0) return trees;
  const rules = options.flatMap(rulesOf);
  const everywhere = rules
    .map((rule) => rule.steps[0])
    .findLast((step) => step !== undefined && step.relationship === "*");
  for (const entity of entities) trees.set(entity, emptyNode(everywhere));
  for (const rule of rules) {
    const roots = entities.filter((entity) => beginsAt(rule, entity));
    if (roots.length === 0) throw unknownRoot(rule, entities);
    for (const root of roots) plant(trees.get(root) as OptionNode, rule);
  }
  return trees;
}

function rulesOf(option: object): ResolvedRule[] {
  const { steps, rules } = asLoadOption(option);
  const all: OptionRule[] = [{ steps, columns: undefined }, ...rules];
  return all.map((rule) => {
    const resolved = rule.steps.map(resolveStep);
    for (let index = 1; index < resolved.length; index += 1) {
      checkFollows(resolved[index - 1] as ResolvedStep, resolved[index] as ResolvedStep);
    }
    return { steps: resolved, columns: rule.columns };
  });
}

function checkFollows({ relationship: before }: ResolvedStep, step: ResolvedStep): void {
  const { relationship } = step;
  if (before === "*" || relationship === "*" || before.target === relationship.mapper) return;
  throw fail("load/foreign-step", {
    option: optionName(step),
    attribute: `${relationship.mapper.name}.${relationship.key}`,
    after: `${before.mapper.name}.${before.key}`,
    target: before.target.name,
    entity: relationship.mapper.name,
  });
}

function optionName({ strategy }: ResolvedStep): string {
  return `a ${strategy ?? "default"} load`;
}

function beginsAt(rule: ResolvedRule, entity: EntityRef): boolean {
  const source = rootOf(rule);
  return source === undefined || source === entity.source;
}

/** The source at which a rule begins; undefined: any. */
function rootOf(rule: ResolvedRule): Source | undefined {
  const first = rule.steps[0];
  if (first !== undefined) return first.owner?.source;
  if (rule.columns?.expression !== undefined) return rule.columns.expression.owner.source;
  const columns = rule.columns?.columns;
  return columns === undefined || columns === "*" ? undefined : columns[0]?.source;
}

function unknownRoot(rule: ResolvedRule, entities: readonly EntityRef[]) {
  const first = rule.steps[0];
  const column = rule.columns?.columns[0];
  const named = first?.owner?.name ?? rule.columns?.expression?.owner.name;
  const name = named ?? (typeof column === "object" ? ownerName(column) : "*");
  const option =
    first === undefined ? (rule.columns?.kind ?? "option") : `${first.strategy ?? "default"} load`;
  return fail("load/unknown-path", { option, entity: name, roots: entities.map((entity) => entity.name) });
}

/** Names in errors what a column is of. */
export function ownerName(column: ColumnNode): string {
  return "name" in column.source ? (column.source.name ?? column.key) : column.key;
}

function plant(root: OptionNode, rule: ResolvedRule): void {
  let node = root;
  for (const [index, step] of rule.steps.entries()) {
    const { relationship } = step;
    if (relationship === "*") {
      if (index > 0) node.wildcard = step;
      return;
    }
    const present = node.rules.get(relationship);
    node.rules.set(relationship, present === undefined ? step : mergeRules(present, step));
    let child = node.children.get(relationship);
    if (child === undefined) {
      child = emptyNode(root.everywhere);
      node.children.set(relationship, child);
    }
    node = child;
  }
  if (rule.columns !== undefined) node.columns.push(rule.columns);
}

/** The later option wins, but `defaultload` only passes through. */
function mergeRules(before: RelationshipRule, after: RelationshipRule): RelationshipRule {
  return after.strategy === undefined ? before : after;
}

/** How a relationship is loaded at a path. */
export interface ChosenStrategy {
  readonly strategy: StrategyName;
  readonly rule: RelationshipRule | undefined;
  /** An option names this relationship at this path, so that no cycle has to be feared. */
  readonly isExplicit: boolean;
}

/** Whether an option lets only some of the related objects through. */
export function hasCriteria({ rule }: ChosenStrategy): boolean {
  return rule !== undefined && rule.criteria.length > 0;
}

/** Chooses the strategy of a relationship at a path: an option, a wildcard, or the mapping's. */
export function chooseStrategy(node: OptionNode, relationship: RelationshipAttribute): ChosenStrategy {
  const rule = node.rules.get(relationship);
  if (isNeverLoaded(relationship)) {
    if (rule?.strategy !== undefined) throw neverLoaded(relationship);
    return { strategy: relationship.lazy, rule, isExplicit: false };
  }
  if (rule?.strategy !== undefined) return { strategy: rule.strategy, rule, isExplicit: true };
  const fallback = node.wildcard ?? node.everywhere;
  if (fallback?.strategy !== undefined && rule === undefined) {
    return { strategy: fallback.strategy, rule: undefined, isExplicit: false };
  }
  return { strategy: relationship.lazy, rule, isExplicit: false };
}

/**
 * What holds behind a rule with a recursion depth, by what holds there without it: one node for each level, and one for
 * all of them where the depth has no end, so that their objects are loaded alike.
 */
const continuations = new WeakMap<OptionNode, Map<RelationshipRule, OptionNode>>();

/**
 * Gives what options hold behind a relationship. A rule with a recursion depth goes on there, and so does what else
 * holds behind it.
 */
export function childNode(node: OptionNode, relationship: RelationshipAttribute): OptionNode {
  const child = node.children.get(relationship) ?? nodeBehind(node);
  const rule = node.rules.get(relationship);
  const depth = rule?.recursionDepth;
  if (rule === undefined || depth === undefined || depth === 0 || child.rules.has(relationship)) return child;
  const known = continuations.get(child);
  const found = known?.get(rule);
  if (found !== undefined) return found;
  const further = depth < 0 ? rule : { ...rule, recursionDepth: depth - 1 };
  const continued: OptionNode = {
    ...child,
    rules: new Map(child.rules).set(relationship, further),
    children: new Map(child.children).set(relationship, child),
  };
  if (known === undefined) continuations.set(child, new Map([[rule, continued]]));
  else known.set(rule, continued);
  return continued;
}

function nodeBehind({ everywhere }: OptionNode): OptionNode {
  return everywhere === undefined ? NO_OPTIONS : emptyNode(everywhere);
}

/** Whether a node speaks of this relationship at most. */
export function saysOnly(node: OptionNode, relationship: RelationshipAttribute): boolean {
  const { rules, columns, wildcard } = node;
  const others = rules.size - (rules.has(relationship) ? 1 : 0);
  return others === 0 && columns.length === 0 && wildcard === undefined;
}

/** Whether a node says anything at all. */
export function saysNothing(node: OptionNode): boolean {
  return (
    node === NO_OPTIONS ||
    (node.rules.size === 0 &&
      node.columns.length === 0 &&
      node.wildcard === undefined &&
      node.everywhere === undefined)
  );
}
