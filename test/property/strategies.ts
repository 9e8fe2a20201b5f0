/**
 * Whatever loads it, the graph is the same: random loads are compared with the graph that their rows make.
 *
 * Every step is written with `await`, which is harmless on the plain values of the synchronous colour.
 */
import { insert, inspect } from "../../src/entries/index.ts";
import { openSandbox, type Sandbox, type SpecTarget } from "../../src/testing/sandbox.ts";
import type { AnyObject, AnyResult, AnySession, Later } from "../conformance/library.ts";
import {
  classPlans,
  defineModels,
  type GraphModels,
  type LinkPlan,
  links,
  linksOf,
  planOf,
} from "./graph-models.ts";
import { type Filter, type Graph, graphOf, type Row, type Rows, shown } from "./graph-rows.ts";
import { type Act, EAGER, type LoadCase, makeCase, type Query, type Step, showCase } from "./load-case.ts";
import { buildStatements } from "./load-statement.ts";
import { Random } from "./random.ts";
import { simplest } from "./simpler-case.ts";

/** A difference between what was loaded and the rows. */
class Difference extends Error {}

const targets: readonly SpecTarget[] = [
  { name: "sqlite sync", colour: "sync", url: "sqlite://" },
  { name: "sqlite async", colour: "async", url: "sqlite://" },
];

/** Checks the load of a seed in both colours; gives a report, made as short as possible, when it fails. */
export async function checkStrategies(seed: number): Promise<string | undefined> {
  const load = makeCase(new Random(seed), seed);
  const failure = await failureOf(load);
  if (failure === undefined) return undefined;
  const kind = kindOf(failure);
  const short = await simplest(load, async (simpler) => kindOf(await failureOf(simpler)) === kind);
  return `${showCase(short)}\n${await failureOf(short)}`;
}

/** Failures of one kind: a shorter load that fails in another way is another failure. */
function kindOf(failure: string | undefined): string | undefined {
  return failure
    ?.split(":")
    .slice(0, 2)
    .join(":")
    .replaceAll(/[\d/]+/g, "");
}

async function failureOf(load: LoadCase): Promise<string | undefined> {
  const models = defineModels(load.lazies);
  for (const target of targets) {
    const sandbox = await openSandbox(target, models.metadata);
    try {
      await new LoadRun(load, models, { sandbox, target }).run();
    } catch (error) {
      return `${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n(${target.name})`;
    } finally {
      await sandbox.close();
    }
  }
  return undefined;
}

/** Inserts rows. */
export async function fill(sandbox: Sandbox, models: GraphModels, rows: Rows): Promise<void> {
  const session = sandbox.openSession();
  const put = async (into: unknown, values: readonly Row[]): Promise<void> => {
    if (values.length > 0) await session.execute(insert(into as never), values as never);
  };
  for (const { name } of classPlans) await put(models.classes[name], rows.byClass[name] ?? []);
  await put(models.postTags, rows.pairs);
  await session.commit();
  await session.close();
}

/** The members of a relationship, however it holds them. */
export function membersIn(value: unknown): AnyObject[] {
  if (value === null) return [];
  if (value instanceof Map || Array.isArray(value) || value instanceof Set)
    return Array.from(value.values()) as AnyObject[];
  return [value as AnyObject];
}

interface Place {
  readonly sandbox: Sandbox;
  readonly target: SpecTarget;
}

class LoadRun {
  readonly #load: LoadCase;
  readonly #models: GraphModels;
  readonly #sandbox: Sandbox;
  readonly #isSync: boolean;
  readonly #random: Random;
  /** Objects that the session is kept from forgetting. */
  readonly #held: AnyObject[] = [];

  constructor(load: LoadCase, models: GraphModels, { sandbox, target }: Place) {
    this.#load = load;
    this.#models = models;
    this.#sandbox = sandbox;
    this.#isSync = target.colour === "sync";
    this.#random = new Random(load.seed);
  }

  async run(): Promise<void> {
    const { query, before, after, rows } = this.#load;
    await fill(this.#sandbox, this.#models, rows);
    const expected = await this.#rootNames(query);
    const session = this.#open();
    for (const act of before) await this.#perform(session, act);
    const found = await this.#query(session, query);
    const roots = found.map(objectName);
    same("the objects of the statement", ordered(query, roots), ordered(query, expected));
    // An object that comes again by another path is populated again, without what its first path loaded.
    if (!query.populateExisting) checkEager(found, query.steps);
    this.#held.push(...found);
    for (const act of after) await this.#perform(session, act);
    const graph = graphOf(rows, expected, filterOf(query, expected));
    await this.#compare(session, found, graph);
  }

  #open(): AnySession {
    return this.#sandbox.openSession() as unknown as AnySession;
  }

  async #rootNames(query: Query): Promise<string[]> {
    const session = this.#open();
    const { keys } = buildStatements(this.#models, query);
    const rows = (await session.execute(keys).all()) as Iterable<unknown>[];
    await session.close();
    return unique(rows.map((row) => `${query.root} ${Array.from(row).join("/")}`));
  }

  async #query(session: AnySession, query: Query): Promise<AnyObject[]> {
    const { statement } = buildStatements(this.#models, query);
    const scalars = session.scalars.bind(session) as (...values: unknown[]) => AnyResult;
    const found = await scalars(statement, undefined, { populateExisting: query.populateExisting }).all();
    return unique(found as AnyObject[]);
  }

  async #perform(session: AnySession, act: Act): Promise<void> {
    if (act.kind === "query") {
      this.#held.push(...(await this.#query(session, act.query)));
      return;
    }
    const object = this.#held[act.object % this.#held.length];
    if (object === undefined) return;
    const { entity } = inspect(object);
    if (act.kind === "read") {
      const own = linksOf(entity);
      const { key } = own[act.link % own.length] as LinkPlan;
      this.#held.push(...membersIn(await object[key]));
      return;
    }
    const names = [...planOf(entity).columns, ...linksOf(entity).map(({ key }) => key)];
    const some = act.what === "all" ? undefined : this.#random.some(names, 2);
    await session[act.kind](object, some);
  }

  /** A column that is not loaded has to be waited for in one colour, and is simply read in the other. */
  async #readColumn(session: AnySession, object: AnyObject, column: string): Promise<unknown> {
    if (!this.#isSync && inspect(object).unloaded.includes(column)) await session.refresh(object, [column]);
    return object[column];
  }

  /** Walks from the objects, reading the attributes of each in any order, and compares with the graph. */
  async #compare(session: AnySession, roots: readonly AnyObject[], graph: Graph): Promise<void> {
    const waiting = [...roots];
    const seen = new Set<AnyObject>();
    while (waiting.length > 0) {
      const [object] = waiting.splice(this.#random.below(waiting.length), 1) as [AnyObject];
      if (seen.has(object)) continue;
      seen.add(object);
      const { entity } = inspect(object);
      const name = objectName(object);
      const expected = graph.get(name);
      if (expected === undefined) throw new Difference(`${name}: no row leads there`);
      const { key, columns } = planOf(entity);
      const own = linksOf(entity);
      const attributes = [...key, ...columns, ...own.map((link) => link.key)];
      for (const attribute of this.#random.some(attributes, attributes.length)) {
        const link = own.find((each) => each.key === attribute);
        const value = link ? await object[attribute] : await this.#readColumn(session, object, attribute);
        same(`${name}.${attribute}`, link ? namesIn(link, value) : value, expected[attribute]);
        if (link) waiting.push(...membersIn(value));
      }
    }
    const names = new Set(Array.from(seen, objectName));
    if (names.size !== seen.size) throw new Difference("identity: two objects stand for one row");
    if (names.size !== graph.size) throw new Difference(`reach: ${names.size} objects of ${graph.size}`);
  }
}

function objectName(object: AnyObject): string {
  const { entity, identity } = inspect(object);
  return `${entity} ${(identity as readonly Later<unknown>[]).join("/")}`;
}

function namesIn(link: LinkPlan, value: unknown): unknown {
  const names = membersIn(value).map(objectName);
  if (value instanceof Map) {
    const keys = Array.from(value.keys(), (key) => String(key));
    same(
      `keys of ${link.owner}.${link.key}`,
      keys,
      names.map((name) => name.split("/")[1]),
    );
  }
  return shown(link, names);
}

/** What an option loads has to be there. */
function checkEager(objects: readonly AnyObject[], steps: readonly Step[]): void {
  for (const { link, strategy, steps: behind } of steps) {
    if (!EAGER.has(strategy)) continue;
    const members = new Set<AnyObject>();
    for (const object of objects) {
      if (inspect(object).unloaded.includes(link.key))
        throw new Difference(`${strategy}: ${objectName(object)}.${link.key} is not loaded`);
      for (const member of membersIn(object[link.key])) members.add(member);
    }
    // A load one by one stops at what the session holds already, as SQLAlchemy's does.
    if (strategy !== "immediateload") checkEager([...members], behind);
  }
}

function filterOf(query: Query, owners: readonly string[]): Filter | undefined {
  const step = query.steps.find(({ criterion }) => criterion !== undefined);
  if (step?.criterion === undefined) return undefined;
  const { column, operator, value } = step.criterion;
  const link = links.find((each) => each === step.link) as LinkPlan;
  const keeps = (row: Row): boolean =>
    row[column] !== null && (operator === "eq" ? row[column] === value : row[column] !== value);
  return { link, owners, keeps };
}

function ordered(query: Query, names: readonly string[]): readonly string[] {
  return query.orderBy === undefined ? names.toSorted() : names;
}

function unique<Item>(items: readonly Item[]): Item[] {
  return [...new Set(items)];
}

function same(what: string, got: unknown, expected: unknown): void {
  const [left, right] = [JSON.stringify(got), JSON.stringify(expected)];
  if (left !== right) throw new Difference(`${what}: loaded ${left}, the rows say ${right}`);
}
