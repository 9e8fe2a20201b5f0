/**
 * Runs a program on a session and compares it with the model as it goes.
 *
 * Every step is written with `await`, which is harmless on the plain values of the synchronous colour.
 */
import { inspect, select } from "../../src/entries/index.ts";
import { isDbError } from "../../src/foundation/errors.ts";
import { openSandbox, type Sandbox, type SpecTarget } from "../../src/testing/sandbox.ts";
import { Transcript } from "../../src/testing/transcript.ts";
import type { AnyConnection, AnyObject, AnySession, AnyTransaction } from "../conformance/library.ts";
import { Model, type Prediction } from "./model.ts";
import {
  isCollection,
  type Operation,
  type Program,
  type Side,
  showOperation,
  type Value,
} from "./program.ts";
import {
  type ClassPlan,
  foreignKeyOf,
  type LinkPlan,
  secondaryOf,
  tableOf,
  type World,
  worldOf,
} from "./worlds.ts";

/** A difference between the library and the model. */
export class Difference extends Error {}

/** How a program is run. */
export interface RunOptions {
  readonly target: SpecTarget;
  /** Compares with the model after every step; false: only runs. */
  readonly isChecked: boolean;
}

/** What a program did. */
export interface Run {
  /** Statements with their parameters, a line before them for each step. */
  readonly lines: readonly string[];
  /** The rows at the end, keys replaced by tags. */
  readonly tables: unknown;
  /** Operations that made sense. */
  readonly stepCount: number;
}

/** Runs a program in a database of its own. Errors: {@link Difference}, whatever the library throws unexpectedly. */
export async function run(program: Program, options: RunOptions): Promise<Run> {
  const world = worldOf(program.plan);
  const sandbox = await openSandbox(options.target, world.metadata);
  try {
    const runner = new Runner(program, world, sandbox, options);
    return await runner.run();
  } finally {
    await sandbox.close();
  }
}

/** A collection, as far as programs change it. */
interface Members extends Iterable<AnyObject> {
  push(member: AnyObject): number;
  unshift(member: AnyObject): number;
  remove(member: AnyObject): void;
}

type Rows = readonly Readonly<Record<string, unknown>>[];

class Runner {
  readonly #program: Program;
  readonly #world: World;
  readonly #sandbox: Sandbox;
  readonly #isChecked: boolean;
  readonly #model: Model;
  readonly #objects = new Map<string, AnyObject>();
  readonly #names = new Map<object, string>();
  readonly #transcript: Transcript;
  readonly #lines: string[] = [];
  #savepoints: AnyTransaction[] = [];
  #session: AnySession;

  constructor(program: Program, world: World, sandbox: Sandbox, options: RunOptions) {
    this.#program = program;
    this.#world = world;
    this.#sandbox = sandbox;
    this.#isChecked = options.isChecked;
    this.#model = new Model(program.plan);
    this.#transcript = new Transcript(sandbox.engine);
    this.#session = this.#open();
  }

  // Autoflush would make a flush depend on what is loaded, which the model does not know.
  #open(): AnySession {
    return this.#sandbox.openSession({ autoflush: false, expireOnCommit: true }) as unknown as AnySession;
  }

  async run(): Promise<Run> {
    let stepCount = 0;
    for (const operation of this.#program.operations) {
      if (!this.#model.apply(operation)) continue;
      stepCount++;
      await this.#perform(operation);
      if (this.#isChecked) this.#checkStatuses(operation);
      this.#note(operation);
    }
    await this.#perform({ kind: "commit" });
    await this.#perform({ kind: "reopen" });
    await this.#readEverything();
    const tables = await this.#tables();
    this.#transcript.stop();
    return { lines: this.#lines, tables, stepCount };
  }

  #note(operation: Operation): void {
    this.#lines.push(`// ${showOperation(this.#program.plan, operation)}`, ...this.#transcript.take());
  }

  // ---------------------------------------------------------------- operations

  async #perform(operation: Operation): Promise<void> {
    const session = this.#session;
    switch (operation.kind) {
      case "new":
        this.#create(operation.name, operation.entity);
        if (operation.isAdded) session.add(this.#objects.get(operation.name) as AnyObject);
        return;
      case "add":
        session.add(await this.#object(operation.name));
        return;
      case "delete":
        await session.delete(await this.#object(operation.name));
        return;
      case "set": {
        const object = await this.#object(operation.name);
        await this.#readUnique(operation.name, object, operation.column);
        this.#set(object, operation.column, operation.value);
        return;
      }
      case "expire":
      case "refresh":
        await session[operation.kind](
          await this.#object(operation.name),
          operation.column === undefined ? undefined : [operation.column],
        );
        return;
      case "get":
        return await this.#get(operation.name);
      case "query":
        return await this.#query(operation.entity);
      case "read":
        return await this.#readEverything();
      case "refer":
      case "append":
      case "insert":
      case "remove":
      case "replace":
        return await this.#change(operation);
      default:
        return await this.#end(operation.kind);
    }
  }

  /** A flush that does not know which unique value a row gives up cannot order its writes by it. */
  async #readUnique(name: string, object: AnyObject, column: string): Promise<void> {
    if (column !== "label" || this.#model.thing(name).entity.isUnique !== true) return;
    const { state, unloaded } = inspect(object);
    if (state === "persistent" && unloaded.includes(column)) await this.#session.refresh(object, [column]);
  }

  /** A size is a list, which is changed in place where it is there. */
  #set(object: AnyObject, column: string, value: Value): void {
    const held = column === "size" ? inspect(object).loaded[column] : undefined;
    if (Array.isArray(held) && value !== null) held[0] = value;
    else object[column] = column === "size" && value !== null ? [value] : value;
  }

  #create(name: string, entity: string): void {
    this.#bind(name, new (this.#world.classOf(entity))({ tag: name }));
  }

  #bind(name: string, object: AnyObject): void {
    this.#objects.set(name, object);
    this.#names.set(object, name);
  }

  /** The object of a name; after the session was reopened it is looked up by its tag. */
  async #object(name: string): Promise<AnyObject> {
    const known = this.#objects.get(name);
    if (known !== undefined) return known;
    const entity = this.#world.classOf(this.#model.thing(name).entity.name);
    const statement = select(entity as never).where((entity.c["tag"] as unknown as Column).eq(name));
    const found = (await this.#session.scalars(statement).one()) as AnyObject;
    this.#bind(name, found);
    return found;
  }

  async #get(name: string): Promise<void> {
    const object = await this.#object(name);
    const { identity } = inspect(object);
    if (identity === null) return;
    const entity = this.#world.classOf(this.#model.thing(name).entity.name);
    const found = await this.#session.get(entity, identity);
    this.#expect(found === object, `get gives ${this.#nameOf(found)} instead of ${name}`);
  }

  async #query(entityName: string): Promise<void> {
    const found = (await this.#session
      .scalars(select(this.#world.classOf(entityName) as never))
      .all()) as AnyObject[];
    const expected = Array.from(this.#model.tables.rows.keys()).filter(
      (name) => this.#model.thing(name).entity.name === entityName,
    );
    for (const object of found) this.#learn(object);
    const isRight = (object: AnyObject, name: string) => this.#objects.get(name) === object;
    this.#expectSame(
      found.map((object) => this.#nameOf(object)).sort(),
      expected.sort(),
      `the ${entityName} objects`,
    );
    for (const object of found) {
      const name = this.#nameOf(object);
      this.#expect(isRight(object, name), `a second object stands for ${name}`);
    }
  }

  /** Gives an object that the session loaded by itself its name. */
  #learn(object: AnyObject): void {
    if (this.#names.has(object)) return;
    const tag = inspect(object).loaded["tag"] as string | undefined;
    if (tag === undefined) return;
    this.#expect(!this.#objects.has(tag), `a second object stands for ${tag}`);
    this.#bind(tag, object);
  }

  #isKnown(object: AnyObject): boolean {
    this.#learn(object);
    return this.#names.has(object);
  }

  #nameOf(object: unknown): string {
    if (object == null) return "null";
    this.#learn(object as AnyObject);
    return this.#names.get(object as object) ?? "an object without a name";
  }

  async #change(operation: Extract<Operation, { link: string }>): Promise<void> {
    const link = this.#model.link(operation.link);
    const object = await this.#object(operation.name);
    const attribute = link[operation.side] as string;
    if (operation.kind === "refer") {
      const value = operation.to === null ? null : await this.#object(operation.to);
      await this.#touch(link, operation.side, object, value);
      object[attribute] = value;
      return;
    }
    const members = (await object[attribute]) as Members;
    if (operation.kind === "replace") {
      const values: AnyObject[] = [];
      for (const member of operation.members) values.push(await this.#object(member));
      for (const value of [...members, ...values])
        await this.#touch(link, opposite(operation.side), value, object);
      object[attribute] = values;
      return;
    }
    const member = await this.#object(operation.member);
    await this.#touch(link, opposite(operation.side), member, object);
    if (operation.kind === "append") members.push(member);
    else if (operation.kind === "insert") members.unshift(member);
    else members.remove(member);
  }

  /**
   * Reads the references that a change replaces. Changed without having been read, they would leave the object that
   * they held unaware of it until it is read anew, which is SQLAlchemy's rule, too, but not the model's.
   */
  async #touch(link: LinkPlan, side: Side, object: AnyObject, value: AnyObject | null): Promise<void> {
    if (isCollection(link, side)) return;
    const own = link[side];
    if (own !== undefined) await object[own];
    const other = link[opposite(side)];
    if (value !== null && other !== undefined && link.kind === "oneToOne") await value[other];
  }

  // ---------------------------------------------------------------- flushing and the ends of transactions

  async #end(
    kind: "flush" | "commit" | "rollback" | "savepoint" | "release" | "undo" | "reopen",
  ): Promise<void> {
    const model = this.#model;
    const session = this.#session;
    switch (kind) {
      case "flush":
        await this.#flushing(
          () => session.flush(),
          () => {},
        );
        return;
      case "commit":
        await this.#flushing(
          () => session.commit(),
          () => {
            model.committed();
            this.#savepoints = [];
          },
        );
        return;
      case "savepoint":
        await this.#flushing(
          async () => {
            this.#savepoints.push(await session.beginNested());
          },
          () => model.began(),
        );
        return;
      case "release":
        await this.#flushing(
          () => this.#savepoints.at(-1)?.commit(),
          () => {
            model.released();
            this.#savepoints.pop();
          },
        );
        return;
      case "undo":
        await this.#savepoints.pop()?.rollback();
        model.undone();
        model.released();
        break;
      case "rollback":
        await session.rollback();
        model.rolledBack();
        this.#savepoints = [];
        break;
      case "reopen":
        await session.close();
        model.reopened();
        this.#objects.clear();
        this.#names.clear();
        this.#savepoints = [];
        this.#session = this.#open();
        break;
    }
    if (this.#isChecked) await this.#check();
  }

  /** Runs what flushes; a failure that the model foresees ends in a rollback. */
  async #flushing(action: () => unknown, succeeded: () => void): Promise<void> {
    const prediction = this.#model.predict();
    try {
      await action();
    } catch (error) {
      await this.#failed(prediction, error);
      return;
    }
    this.#expect(prediction.verdict !== "fails", `the flush succeeds, although ${prediction.reason}`);
    this.#model.flushed(prediction);
    succeeded();
    if (!this.#isChecked) return;
    await this.#expectNothingToFlush();
    await this.#check();
  }

  async #failed(prediction: Prediction, error: unknown): Promise<void> {
    if (!isDbError(error) || error.code.startsWith("internal/")) throw error;
    this.#lines.push(`// ${error.code}`);
    if (prediction.verdict === "succeeds") throw error;
    if (this.#model.depth > 0) await this.#savepoints.pop()?.rollback();
    else await this.#session.rollback();
    this.#model.failed();
    if (this.#isChecked) await this.#check();
  }

  async #expectNothingToFlush(): Promise<void> {
    const before = this.#transcript.count;
    await this.#session.flush();
    this.#expect(this.#transcript.count === before, "a second flush sends statements");
  }

  // ---------------------------------------------------------------- comparing

  #expect(isTrue: boolean, otherwise: string): void {
    if (!isTrue) throw new Difference(otherwise);
  }

  #expectSame(actual: unknown, expected: unknown, what: string): void {
    const [got, wanted] = [JSON.stringify(actual), JSON.stringify(expected)];
    this.#expect(got === wanted, `${what}: the library has ${got}, the model ${wanted}`);
  }

  #checkStatuses(operation: Operation): void {
    for (const [name, object] of this.#objects) {
      const { status } = this.#model.thing(name);
      this.#expectSame(inspect(object).state, status, `the state of ${name} after ${operation.kind}`);
    }
    const names = (objects: Iterable<object>) => Array.from(objects, (object) => this.#nameOf(object)).sort();
    const session = this.#session;
    this.#expectSame(names(session.new), this.#model.pending.sort(), "session.new");
    this.#expectSame(names(session.deleted), Array.from(this.#model.marked).sort(), "session.deleted");
    const several = [...session.new, ...session.dirty, ...session.deleted];
    this.#expect(new Set(several).size === several.length, "an object is in two of new, dirty and deleted");
    const held = (session as unknown as { identityMap: Iterable<object> }).identityMap;
    // What the session loaded and expired again without the program has no tag to tell it by.
    const heldNames = names(Array.from(held).filter((object) => this.#isKnown(object as AnyObject)));
    const persistent = this.#model.persistent.filter((name) => this.#objects.has(name));
    this.#expectSame(heldNames, persistent.sort(), "the identity map");
  }

  /** Memory, tables and model say the same. */
  async #check(): Promise<void> {
    const tables = await this.#tables();
    this.#expectSame(tables, this.#modelTables(), "the tables");
    for (const name of this.#model.persistent) {
      const object = this.#objects.get(name);
      if (object !== undefined) this.#checkObject(name, object);
    }
  }

  #checkObject(name: string, object: AnyObject): void {
    const { loaded } = inspect(object);
    const { entity } = this.#model.thing(name);
    const row = this.#rawRows.get(name) as Readonly<Record<string, unknown>>;
    for (const [column, value] of Object.entries(row)) {
      const own = column === "size" ? sizeOf : (raw: unknown) => raw;
      if (loaded[column] !== undefined)
        this.#expectSame(own(loaded[column]), own(value), `${name}.${column} in memory`);
    }
    this.#expect(entity.name === object.constructor.name, `${name} is of another class`);
    for (const end of this.#model.endsOf(name)) {
      const attribute = end.link[end.side] as string;
      if (loaded[attribute] !== undefined) this.#checkEnd(name, end, loaded[attribute]);
    }
  }

  /** Compares an end with the model, objects outside the session aside: a deleted one stays visible until expiry. */
  #checkEnd(name: string, end: { link: LinkPlan; side: Side }, value: unknown): void {
    const { link, side } = end;
    if (!this.#model.isSure(name, link)) return;
    const members =
      value === null ? [] : isCollection(link, side) ? Array.from(value as Members) : [value as AnyObject];
    const isThere = (member: string) => this.#model.things.has(member) && this.#model.isInside(member);
    this.#expectSame(
      members
        .map((member) => this.#nameOf(member))
        .filter(isThere)
        .sort(),
      this.#model.membersOf(name, end).filter(isThere).sort(),
      `${name}.${link[side]}`,
    );
  }

  async #readEverything(): Promise<void> {
    for (const name of this.#model.persistent) {
      const object = await this.#object(name);
      for (const end of this.#model.endsOf(name)) {
        const value = await object[end.link[end.side] as string];
        if (this.#isChecked) this.#checkEnd(name, end, value);
      }
    }
  }

  /** The rows as they were last read, by tag. */
  #rawRows = new Map<string, Readonly<Record<string, unknown>>>();

  async #tables(): Promise<unknown> {
    const { plan } = this.#world;
    const tags = new Map<string, string>();
    const rowsOf = new Map<ClassPlan, Rows>();
    this.#rawRows = new Map();
    for (const entity of plan.classes) {
      const rows = await this.#read(tableOf(entity));
      rowsOf.set(entity, rows);
      for (const row of rows) {
        const tag = String(row["tag"]);
        tags.set(`${entity.name} ${row["id"]}`, tag);
        this.#expect(!this.#rawRows.has(tag), `there are two rows of ${tag}`);
        this.#rawRows.set(tag, row);
      }
    }
    const tagOf = (entity: string, key: unknown) =>
      key === null ? null : tags.get(`${entity} ${Number(key)}`);
    const rows: unknown[] = [];
    for (const [entity, entityRows] of rowsOf) {
      const own = plan.links.filter((link) => link.kind !== "manyToMany" && link.to === entity.name);
      for (const { tag, label, size, ...row } of entityRows) {
        rows.push([
          tag,
          label,
          sizeOf(size),
          ...own.map((link) => [link.name, tagOf(link.from, row[foreignKeyOf(link)])]),
        ]);
      }
    }
    const pairs: unknown[] = [];
    for (const link of plan.links.filter(({ kind }) => kind === "manyToMany")) {
      for (const row of await this.#read(secondaryOf(link))) {
        pairs.push([link.name, tagOf(link.from, row["leftKey"]), tagOf(link.to, row["rightKey"])]);
      }
    }
    return { rows: sorted(rows), pairs: sorted(pairs) };
  }

  async #read(table: string): Promise<Rows> {
    const connection = (await this.#session.connection()) as AnyConnection;
    const answer = (await connection.executeRaw(`SELECT * FROM "${table}"`)) as {
      rows: readonly (readonly unknown[])[];
      keys: readonly string[];
    };
    return answer.rows.map((row) =>
      Object.fromEntries(row.map((value, index) => [camelCase(answer.keys[index] as string), value])),
    );
  }

  #modelTables(): unknown {
    const rows = Array.from(this.#model.tables.rows, ([name, { columns, refs }]) => {
      return [name, columns.label, columns.size, ...Object.entries(refs)];
    });
    const pairs = Array.from(this.#model.tables.pairs).flatMap(([link, members]) =>
      Array.from(members, (pair) => [link, ...pair.split(" ")]),
    );
    return { rows: sorted(rows), pairs: sorted(pairs) };
  }
}

/** What is in the list, be it in memory or in a row, where some drivers show JSON as text. */
function sizeOf(value: unknown): unknown {
  if (typeof value === "string") return sizeOf(JSON.parse(value));
  return Array.isArray(value) ? value[0] : value;
}

/** A column of a class, as far as it is used here. */
interface Column {
  eq(value: unknown): never;
}

const opposite = (side: Side): Side => (side === "down" ? "up" : "down");

function camelCase(name: string): string {
  return name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
}

function sorted(items: readonly unknown[]): unknown[] {
  return items
    .map((item) => JSON.stringify(item))
    .sort()
    .map((text) => JSON.parse(text) as unknown);
}
