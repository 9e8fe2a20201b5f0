/**
 * Whatever was done to an object, none of its attributes reads as `undefined`: it is a value, null, something to await,
 * or an error with a code.
 *
 * Every step is written with `await`, which is harmless on the plain values of the synchronous colour.
 */
import {
  deleteFrom,
  inspect,
  isDbError,
  makeTransient,
  makeTransientToDetached,
} from "../../src/entries/index.ts";
import { openSandbox, type Sandbox, type SpecTarget } from "../../src/testing/sandbox.ts";
import type { AnyClass, AnyObject, AnySession, AnyTransaction } from "../conformance/library.ts";
import { classPlans, defineModels, type GraphModels, type Lazies, links } from "./graph-models.ts";
import { makeRows, type Rows } from "./graph-rows.ts";
import { makeLazies, makeQuery, type Query, STRATEGIES, showQuery } from "./load-case.ts";
import { buildStatements } from "./load-statement.ts";
import { Random } from "./random.ts";
import { shrink } from "./shrink.ts";
import { fill, membersIn } from "./strategies.ts";

/** How often each is done. */
const weights = {
  ...{ query: 20, read: 10, readAll: 3, expire: 14, refresh: 6, set: 8, clear: 4, connect: 5 },
  ...{ new: 4, add: 4, delete: 4, removeRow: 2, expunge: 4, makeTransient: 2, detach: 2, merge: 3 },
  ...{ expireAll: 2, expungeAll: 1, flush: 3, commit: 3, rollback: 3, savepoint: 2, undo: 2, reopen: 1 },
};

/** One step; objects and attributes by numbers that are taken modulo how many there are. */
interface Operation {
  readonly kind: Exclude<keyof typeof weights, "query">;
  readonly object: number;
  readonly attribute: number;
}

interface Program {
  readonly seed: number;
  readonly rows: Rows;
  readonly lazies: Lazies;
  readonly operations: readonly (Operation | { readonly kind: "query"; readonly query: Query })[];
}

const targets: readonly SpecTarget[] = [
  { name: "sqlite sync", colour: "sync", url: "sqlite://" },
  { name: "sqlite async", colour: "async", url: "sqlite://" },
];

/** Runs the program of a seed in both colours; gives a report, made as short as possible, when it fails. */
export async function checkUnloaded(seed: number): Promise<string | undefined> {
  const program = makeProgram(seed);
  if ((await failureOf(program)) === undefined) return undefined;
  const short = await shrink(program, async (shorter) => (await failureOf(shorter)) !== undefined);
  return `${show(short)}\n${await failureOf(short)}`;
}

function makeProgram(seed: number): Program {
  const random = new Random(seed);
  const strategies = [...STRATEGIES, "raiseload", "noload"] as const;
  const operations = Array.from({ length: 4 + random.below(25) }, (_, index) => {
    const kind = index === 0 ? "query" : random.weighted(weights);
    if (kind === "query") return { kind, query: makeQuery(random, 2, strategies) } as const;
    return { kind, object: random.below(1000), attribute: random.below(1000) };
  });
  return { seed, rows: makeRows(random), lazies: makeLazies(random), operations };
}

function show({ seed, lazies, rows, operations }: Program): string {
  return [
    `// seed ${seed}`,
    JSON.stringify(lazies),
    JSON.stringify(rows),
    ...operations.map((operation) =>
      operation.kind === "query"
        ? showQuery(operation.query)
        : `${operation.kind} object ${operation.object}, attribute ${operation.attribute}`,
    ),
  ].join("\n");
}

async function failureOf(program: Program): Promise<string | undefined> {
  const models = defineModels(program.lazies);
  for (const target of targets) {
    const sandbox = await openSandbox(target, models.metadata);
    try {
      await fill(sandbox, models, program.rows);
      await new Runner(models, sandbox, {
        isSync: target.colour === "sync",
        expireOnCommit: program.seed % 2 === 0,
      }).run(program);
    } catch (error) {
      return `${error instanceof Error ? error.stack : String(error)}\n(${target.name})`;
    } finally {
      await sandbox.close();
    }
  }
  return undefined;
}

/** Columns of whole numbers; the others hold text. */
const NUMBERS = new Set(["id", "rank", "number", "authorId", "topicId", "parentId", "userId", "postId"]);

interface RunOptions {
  readonly isSync: boolean;
  readonly expireOnCommit: boolean;
}

class Runner {
  readonly #models: GraphModels;
  readonly #sandbox: Sandbox;
  readonly #isSync: boolean;
  readonly #expireOnCommit: boolean;
  #held: AnyObject[] = [];
  #session: AnySession;
  #savepoints: AnyTransaction[] = [];

  constructor(models: GraphModels, sandbox: Sandbox, how: RunOptions) {
    this.#models = models;
    this.#sandbox = sandbox;
    this.#isSync = how.isSync;
    this.#expireOnCommit = how.expireOnCommit;
    this.#session = this.#open();
  }

  #open(): AnySession {
    return this.#sandbox.openSession({ expireOnCommit: this.#expireOnCommit }) as unknown as AnySession;
  }

  async run({ operations }: Program): Promise<void> {
    for (const operation of operations) {
      await refusable(operation.kind, () => this.#perform(operation));
      // A plain read loads nothing in the asynchronous colour, so there nothing is left out.
      const object = operation.kind === "query" ? 0 : operation.object;
      for (const each of this.#isSync ? this.#held.slice(object % 7, (object % 7) + 1) : this.#held)
        await this.#readAll(each, false);
    }
    for (const object of this.#held) await this.#readAll(object, true);
  }

  async #perform(operation: Program["operations"][number]): Promise<void> {
    if (operation.kind === "query") return await this.#query(operation.query);
    const object = this.#held[operation.object % this.#held.length];
    if (operation.kind === "new") return this.#create(operation);
    if (object === undefined) return;
    if (operation.kind in this.#onSession) return void (await this.#onSession[operation.kind]?.());
    await this.#onObject(operation, object);
  }

  async #query(query: Query): Promise<void> {
    const { statement } = buildStatements(this.#models, query);
    this.#hold((await this.#session.scalars(statement).all()) as AnyObject[]);
  }

  #hold(objects: Iterable<AnyObject>): void {
    for (const object of objects) if (!this.#held.includes(object)) this.#held.push(object);
  }

  #create({ object, attribute }: Operation): void {
    const entity = classPlans[object % classPlans.length]?.name as string;
    const created = new (this.#models.classes[entity] as AnyClass)({});
    this.#hold([created]);
    if (attribute % 3 > 0) this.#session.add(created);
  }

  readonly #onSession: Readonly<Record<string, () => unknown>> = {
    expireAll: () => this.#session.expireAll(),
    expungeAll: () => this.#session.expungeAll(),
    flush: () => this.#session.flush(),
    commit: () => this.#session.commit(),
    rollback: () => this.#session.rollback(),
    savepoint: async () => void this.#savepoints.push(await this.#session.beginNested()),
    undo: () => this.#savepoints.pop()?.rollback(),
    readAll: async () => {
      for (const object of this.#held) await this.#readAll(object, true);
    },
    reopen: async () => {
      await this.#session.close();
      // Without expiry on commit, deleted objects stay with their session for good, as in SQLAlchemy.
      this.#held = this.#held.filter((object) => inspect(object).state !== "deleted");
      // Reading what stays would begin a transaction that nobody ends.
      const left = this.#held.find((object) => inspect(object).session !== null);
      if (left !== undefined) throw new Error(`${inspect(left).entity} stays with a closed session`);
      this.#savepoints = [];
      this.#session = this.#open();
    },
  };

  async #onObject({ kind, attribute }: Operation, object: AnyObject): Promise<void> {
    const session = this.#session;
    const names = attributesOf(object);
    const name = names[attribute % names.length] as string;
    switch (kind) {
      case "read":
        if (linkNamed(object, name) === undefined) this.#check(name, await object[name]);
        else this.#hold(membersIn(await object[name]));
        return;
      case "expire":
        return session.expire(object, attribute % 2 > 0 ? undefined : [name]);
      case "refresh":
        return void (await session.refresh(object, attribute % 3 > 0 ? [name] : undefined));
      case "set":
        return this.#set(object, name, attribute);
      case "clear":
        object[name] = linkNamed(object, name)?.isMany ? [] : null;
        return;
      case "connect":
        return this.#connect(object, attribute);
      case "add":
        return void session.add(object);
      case "delete":
        return await session.delete(object);
      case "removeRow":
        return await this.#removeRow(object);
      case "expunge":
        return session.expunge(object);
      case "makeTransient":
        return makeTransient(object);
      case "detach":
        return makeTransientToDetached(object);
      case "merge":
        this.#hold([(await session.merge(object)) as AnyObject]);
    }
  }

  #set(object: AnyObject, name: string, number: number): void {
    if (linkNamed(object, name) === undefined && !name.endsWith("s") && name !== "authorName")
      object[name] = NUMBERS.has(name) ? number % 5 : `${number}`;
  }

  /** Puts an object into the first relationship of another that takes it. */
  #connect(object: AnyObject, number: number): void {
    const others = this.#held.slice(number % this.#held.length);
    for (const link of links.filter(({ owner }) => owner === inspect(object).entity)) {
      const other = others.find((each) => inspect(each).entity === link.target);
      if (other === undefined || number % 2 === 0) continue;
      if (!link.isMany) object[link.key] = other;
      else if (link.key === "comments" && link.owner === "Post") other["post"] = object;
      else (object[link.key] as { readonly [method: string]: (member: AnyObject) => void })["add"]?.(other);
      return;
    }
  }

  async #removeRow(object: AnyObject): Promise<void> {
    const { entity, identity } = inspect(object);
    const { c } = this.#models.classes[entity] as AnyClass;
    const id = c["id"] as { eq(value: unknown): never } | undefined;
    if (id === undefined || identity === null) return;
    const remove = deleteFrom(this.#models.classes[entity] as never).where(id.eq(identity[0]));
    await this.#session.execute(remove, undefined, { synchronizeSession: false });
  }

  async #readAll(object: AnyObject, isAwaited: boolean): Promise<void> {
    for (const name of attributesOf(object)) {
      const place = `${inspect(object).entity}.${name}`;
      await refusable(place, async () => {
        const value = object[name];
        this.#check(place, value);
        if (!isStandIn(value)) return;
        if (this.#isSync) throw new Error(`${place} has to be awaited in the synchronous colour`);
        for (const key of ["length", "size", "0", "id", "name", "map", "forEach", Symbol.iterator])
          await refusable(place, () => refused(`${place}.${String(key)}`, value, key));
        if (isAwaited) this.#check(`await ${place}`, await value);
      });
    }
    for (const [name, value] of Object.entries(inspect(object).loaded)) this.#check(`loaded ${name}`, value);
  }

  #check(place: string, value: unknown): void {
    if (value === undefined) throw new Error(`${place} reads as undefined`);
    if (!(value instanceof Map || value instanceof Set || Array.isArray(value))) return;
    for (const member of value.values())
      if (member === undefined) throw new Error(`${place} has undefined among its members`);
  }
}

/** Runs what the library may refuse, in a sentence with a code; anything else that is thrown is a failure. */
async function refusable(place: string, action: () => unknown): Promise<void> {
  try {
    await action();
  } catch (error) {
    if (!isDbError(error)) throw error;
    if (error.code.startsWith("internal/")) throw new Error(`${place}: ${error.message}`);
  }
}

function refused(place: string, standIn: PromiseLike<unknown>, key: string | symbol): void {
  const value = (standIn as unknown as Readonly<Record<string | symbol, unknown>>)[key];
  throw new Error(`${place} of what is not loaded gives ${String(value)}`);
}

function isStandIn(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value;
}

function attributesOf(object: AnyObject): readonly string[] {
  return inspect(object).attributes;
}

function linkNamed(object: AnyObject, name: string) {
  return links.find(({ owner, key }) => owner === inspect(object).entity && key === name);
}
