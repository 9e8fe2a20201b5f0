/** Random loads: a mapping, rows, what the session did before, and a statement with loader options. */
import { LAZIES, type Lazies, type LinkPlan, links, linksOf, planOf } from "./graph-models.ts";
import { makeRows, type Row, type Rows } from "./graph-rows.ts";
import type { Random } from "./random.ts";

/** The options, by the name of their function. */
export const STRATEGIES = [
  "selectinload",
  "joinedload",
  "subqueryload",
  "immediateload",
  "containsEager",
  "lazyload",
  "defaultload",
] as const;

/** One of them, or one that does not load what is there. */
export type Strategy = (typeof STRATEGIES)[number] | "raiseload" | "noload";

/** The options that load with the statement. */
export const EAGER: ReadonlySet<Strategy> = new Set(STRATEGIES.slice(0, 5));

/** What a statement says about the columns of a class. */
export interface ColumnChoice {
  readonly kind: "loadOnly" | "defer" | "undefer";
  readonly columns: readonly string[];
}

/** A condition on one column. */
export interface Condition {
  readonly column: string;
  readonly operator: "eq" | "ne";
  readonly value: string;
}

/** One step of an option's path, with those behind it. */
export interface Step {
  readonly link: LinkPlan;
  readonly strategy: Strategy;
  /** An inner join: of `joinedload`, or of the statement for `containsEager`. */
  readonly isInner: boolean;
  /** `containsEager`: how an alias is named, if there is one. */
  readonly alias: "of" | "option" | undefined;
  readonly depth: number | undefined;
  readonly columns: ColumnChoice | undefined;
  /** Leaves out members. */
  readonly criterion: Condition | undefined;
  /** A single step behind this one is chained to it, not put into `options()`. */
  readonly isChained: boolean;
  readonly steps: readonly Step[];
}

/** A statement. */
export interface Query {
  readonly root: string;
  readonly where: Condition | undefined;
  /** A join that only filters, and repeats rows. */
  readonly filterJoin: LinkPlan | undefined;
  /** Columns, descending with a minus; the key follows. Undefined: any order. */
  readonly orderBy: readonly string[] | undefined;
  readonly limit: number | undefined;
  readonly offset: number | undefined;
  readonly isDistinct: boolean;
  readonly populateExisting: boolean;
  /** `lazyload("*")`. */
  readonly isLazyElsewhere: boolean;
  readonly columns: ColumnChoice | undefined;
  readonly steps: readonly Step[];
}

/** What a session does besides; objects and relationships by a number that is taken modulo how many there are. */
export type Act =
  | { readonly kind: "query"; readonly query: Query }
  | { readonly kind: "read"; readonly object: number; readonly link: number }
  | { readonly kind: "expire" | "refresh"; readonly object: number; readonly what: "all" | "some" };

/** One load. */
export interface LoadCase {
  readonly seed: number;
  readonly rows: Rows;
  readonly lazies: Lazies;
  readonly before: readonly Act[];
  readonly query: Query;
  /** Between the statement and the reading. */
  readonly after: readonly Act[];
}

/** Makes the load of a random generator. */
export function makeCase(random: Random, seed: number): LoadCase {
  const rows = makeRows(random);
  if (random.chance(20)) return { seed, rows, ...makeFiltered(random), before: [], after: [] };
  return {
    seed,
    rows,
    lazies: makeLazies(random),
    before: makeActs(random, random.pick([0, 0, 2, 4])),
    query: makeQuery(random, 3),
    after: makeActs(random, random.pick([0, 0, 0, 3])),
  };
}

/** Half of the mappings say nothing; of the others each relationship has a strategy of its own. */
export function makeLazies(random: Random): Lazies {
  if (random.chance(50)) return {};
  const all = links.map(({ owner, key }) => [`${owner}.${key}`, random.pick(LAZIES)] as const);
  return Object.fromEntries(all);
}

function makeActs(random: Random, count: number): Act[] {
  return Array.from({ length: count }, (): Act => {
    const object = random.below(100);
    const kind = random.weighted({ query: 35, read: 30, expire: 25, refresh: 10 });
    if (kind === "query") return { kind, query: makeQuery(random, 2) };
    if (kind === "read") return { kind, object, link: random.below(100) };
    return { kind, object, what: random.pick(["all", "some"]) };
  });
}

/** Makes a statement whose options go so many levels deep. */
export function makeQuery(
  random: Random,
  levels: number,
  strategies: readonly Strategy[] = STRATEGIES,
): Query {
  const root = random.pick(["User", "Post", "Post", "Tag", "Topic", "Comment", "Reaction", "Profile"]);
  const isLimited = random.chance(35);
  const own = linksOf(root);
  return {
    root,
    where: random.chance(25) ? makeCondition(random, root) : undefined,
    filterJoin: random.chance(15) ? random.pick(own.filter(({ target }) => target !== root)) : undefined,
    orderBy: isLimited || random.chance(60) ? makeOrder(random, root) : undefined,
    limit: isLimited ? random.below(5) : undefined,
    offset: isLimited && random.chance(40) ? random.below(3) : undefined,
    isDistinct: random.chance(20),
    populateExisting: random.chance(15),
    isLazyElsewhere: random.chance(10),
    columns: makeColumns(random, root),
    steps: makeSteps(random, root, { levels, isLimited, mayContain: true, strategies }),
  };
}

/**
 * A statement with one option, which leaves out members. Another path that leads to the same objects would not leave
 * them out, so there is none.
 */
function makeFiltered(random: Random): Pick<LoadCase, "lazies" | "query"> {
  const query = makeQuery(random, 0);
  const many = linksOf(query.root).filter(({ isMany }) => isMany);
  if (many.length === 0) return { lazies: {}, query };
  const link = random.pick(many);
  const step: Step = {
    ...makeStep(random, link, { levels: 0, isLimited: false, mayContain: false, strategies: STRATEGIES }),
    depth: undefined,
    criterion: makeCondition(random, link.target),
  };
  // An eager mapping loads all members for whoever comes first, such as a query that reads the tree's other level.
  const isLater = link.owner === link.target || step.strategy === "lazyload";
  return {
    lazies: isLater ? {} : { [`${link.owner}.${link.key}`]: random.pick(LAZIES) },
    query: { ...query, populateExisting: false, isLazyElsewhere: false, steps: [step] },
  };
}

function makeCondition(random: Random, entity: string): Condition | undefined {
  const column = {
    User: "name",
    Profile: "text",
    Topic: "name",
    Tag: "label",
    Post: "title",
    Comment: "body",
  }[entity];
  if (column === undefined) return undefined;
  return { column, operator: random.pick(["eq", "ne"]), value: random.pick(["a", "b"]) };
}

function makeOrder(random: Random, entity: string): string[] {
  const { columns } = planOf(entity);
  return random.some(columns, random.below(3)).map((column) => (random.chance(40) ? `-${column}` : column));
}

/** A choice of columns, now and then. */
export function makeColumns(random: Random, entity: string): ColumnChoice | undefined {
  if (random.chance(80)) return undefined;
  const { columns } = planOf(entity);
  const chosen = random.some(columns, 1 + random.below(columns.length));
  return { kind: random.pick(["loadOnly", "defer", "undefer"]), columns: chosen };
}

interface Place {
  readonly levels: number;
  readonly isLimited: boolean;
  /** The statement joins the owner of these steps itself. */
  readonly mayContain: boolean;
  readonly strategies: readonly Strategy[];
}

function makeSteps(random: Random, entity: string, place: Place): Step[] {
  if (place.levels <= 0) return [];
  return linksOf(entity)
    .filter(() => random.chance(45))
    .map((link) => makeStep(random, link, place));
}

function makeStep(random: Random, link: LinkPlan, place: Place): Step {
  const mayContain = place.mayContain && !(place.isLimited && link.isMany);
  const strategy = random.pick(place.strategies.filter((name) => mayContain || name !== "containsEager"));
  const isContained = strategy === "containsEager";
  const steps = makeSteps(random, link.target, {
    ...place,
    levels: place.levels - 1,
    mayContain: isContained,
  });
  const isTree = link.owner === link.target && (strategy === "selectinload" || strategy === "immediateload");
  return {
    link,
    strategy,
    isInner: link.isRequired === true && random.chance(50),
    alias: isContained ? random.pick(["of", "option"]) : undefined,
    depth: isTree && random.chance(50) ? random.pick([-1, 1, 2]) : undefined,
    columns: makeColumns(random, link.target),
    criterion: undefined,
    isChained: random.chance(50),
    steps,
  };
}

// ---------------------------------------------------------------- showing

/** Shows a load as a program. */
export function showCase(load: LoadCase): string {
  const said = Object.entries(load.lazies).filter(([, lazy]) => lazy !== "siblings");
  return [
    `// seed ${load.seed}`,
    ...said.map(([name, lazy]) => `${name}: { lazy: "${lazy}" }`),
    ...Object.entries(load.rows.byClass).flatMap(([entity, rows]) => rows.map((row) => showRow(entity, row))),
    ...load.rows.pairs.map((pair) => showRow("postTags", pair)),
    ...load.before.map(showAct),
    `${showQuery(load.query)} // compared`,
    ...load.after.map(showAct),
  ].join("\n");
}

function showRow(entity: string, row: Row): string {
  return `insert(${entity}).values(${JSON.stringify(row)})`;
}

function showAct(act: Act): string {
  if (act.kind === "query") return showQuery(act.query);
  if (act.kind === "read") return `// read relationship ${act.link} of object ${act.object}`;
  return `// ${act.kind} ${act.what} of object ${act.object}`;
}

/** Shows a statement as the program would write it. */
export function showQuery(query: Query): string {
  const order = query.orderBy?.concat(planOf(query.root).key).join(", ");
  const options = [
    ...showColumns(query.columns),
    ...(query.isLazyElsewhere ? ['lazyload("*")'] : []),
    ...query.steps.map(showStep),
  ];
  return [
    `select(${query.root})`,
    query.filterJoin && `.join(${query.root}.c.${query.filterJoin.key})`,
    ...joinsOf(query.steps).map(
      ({ link, isInner }) => `.${isInner ? "join" : "outerJoin"}(${link.owner}.c.${link.key})`,
    ),
    query.where && `.where(${query.root}.c.${showCondition(query.where)})`,
    order && `.orderBy(${order})`,
    query.limit !== undefined && `.limit(${query.limit})`,
    query.offset !== undefined && `.offset(${query.offset})`,
    query.isDistinct && ".distinct()",
    query.populateExisting && ".executionOptions({ populateExisting: true })",
    options.length > 0 && `.options(${options.join(", ")})`,
  ]
    .filter((part) => typeof part === "string")
    .join("");
}

/** The steps that the statement has to join for itself. */
export function joinsOf(steps: readonly Step[]): Step[] {
  return steps
    .filter(({ strategy }) => strategy === "containsEager")
    .flatMap((step) => [step, ...joinsOf(step.steps)]);
}

function showStep(step: Step): string {
  const { link, strategy, depth, criterion } = step;
  const settings = [
    depth !== undefined && `recursionDepth: ${depth}`,
    step.isInner && "innerJoin: true",
    step.alias === "option" && "alias",
  ].filter((part) => part !== false);
  const target = step.alias === "of" ? ".of(alias)" : "";
  const filter = criterion === undefined ? "" : `.and(${link.target}.c.${showCondition(criterion)})`;
  const given = settings.length > 0 ? `, { ${settings.join(", ")} }` : "";
  const head = `${strategy}(${link.owner}.c.${link.key}${target}${given})${filter}`;
  const columns = showColumns(step.columns).map((shown) => `.${shown}`);
  const [only] = step.steps;
  if (only === undefined) return [head, ...columns].join("");
  if (step.isChained && step.steps.length === 1) return `${head}${columns.join("")}.${showStep(only)}`;
  return `${head}${columns.join("")}.options(${step.steps.map(showStep).join(", ")})`;
}

function showColumns(choice: ColumnChoice | undefined): string[] {
  return choice === undefined ? [] : [`${choice.kind}(${choice.columns.join(", ")})`];
}

function showCondition({ column, operator, value }: Condition): string {
  return `${column}.${operator}(${JSON.stringify(value)})`;
}
