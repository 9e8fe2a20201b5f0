/**
 * The steps of scenarios. Every one is written with `await`, which is harmless on the plain values of the synchronous
 * colour, so that one text runs on both kinds of session.
 */
import { Scope, toOperand, UnknownAttribute } from "./expressions.ts";
import type {
  AnyConnection,
  AnyObject,
  AnyResult,
  AnySession,
  AnyTransaction,
  Chain,
  Inspection,
  Later,
} from "./library.ts";
import { named, send } from "./library.ts";
import type { Models } from "./models.ts";
import { toOptions, toStatement } from "./queries.ts";
import type { Recorder } from "./recorder.ts";
import type { Json, OptionSpec, QuerySpec, SessionFlags, Step } from "./scenario.ts";
import { Unsupported } from "./scenario.ts";
import { changeRows, countRows, readRows } from "./tables.ts";
import type { Objects } from "./values.ts";
import { ScenarioError, toBag, toColumnValue, toJson } from "./values.ts";

/** Everything that the steps of one scenario share. */
export interface Context {
  readonly models: Models;
  readonly objects: Objects;
  readonly recorder: Recorder;
  readonly sessions: Map<string, AnySession>;
  readonly savepoints: Map<string, AnyTransaction>;
  openSession(options: SessionFlags): AnySession;
  /** Takes a connection of its own; only while no session has one. */
  connect(): Later<AnyConnection>;
}

type Handler = (context: Context, step: Step) => unknown;

/** Runs one step and gives its result; undefined when the step has none. */
export async function runStep(context: Context, step: Step): Promise<Json | undefined> {
  const handler = handlers[step.op];
  if (!handler) throw new Unsupported(`the step ${step.op}`);
  if (!step.noAutoflush) return (await handler(context, step)) as Json | undefined;
  const session = sessionOf(context, step);
  const before = session.autoflush;
  session.autoflush = false;
  try {
    return (await handler(context, step)) as Json | undefined;
  } finally {
    session.autoflush = before;
  }
}

// ---------------------------------------------------------------- shared pieces

const inspect = (object: object): Inspection => named<(object: object) => Inspection>("inspect")(object);
const text = (json: Json | undefined): string => String(json);
const modelOf = (object: AnyObject): string => object.constructor.name;

function sessionOf({ sessions }: Context, step: Step): AnySession {
  const name = step.session ?? "main";
  const found = sessions.get(name);
  if (!found) throw new ScenarioError(`there is no session ${name}`);
  return found;
}

function scopeOf({ models, objects }: Context): Scope {
  return new Scope(models, objects, toStatement);
}

/** A value of a step: a scalar, an object, a list of objects, or an SQL expression. */
function toValue(context: Context, model: string, attribute: string, json: Json | undefined): unknown {
  const column = context.models.column(model, attribute);
  if (json === undefined || json === null || column?.type === "json") return json ?? null;
  if (Array.isArray(json)) return json.map((item) => toValue(context, model, attribute, item));
  if (typeof json !== "object") return toColumnValue(json, column?.type);
  return "ref" in json ? context.objects.get(json["ref"]) : toOperand(json, scopeOf(context));
}

function toValues(context: Context, model: string, json: Json | undefined): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const [key, value] of Object.entries((json ?? {}) as Record<string, Json>)) {
    values[key] = toValue(context, model, key, value);
  }
  return values;
}

/** Shows the value of an attribute: a collection without an order of its own becomes a bag. */
function showAttribute(context: Context, model: string, attribute: string, value: unknown): Json {
  const shown = context.objects.show(value);
  const isCollection = Array.isArray(shown) && context.models.column(model, attribute) === undefined;
  return isCollection && !context.models.isOrdered(model, attribute) ? toBag(shown) : shown;
}

async function readAttribute(context: Context, step: Step): Promise<unknown> {
  const object = context.objects.get(step["obj"]);
  const attribute = text(step["attr"]);
  if (!(attribute in object)) throw new UnknownAttribute(`${modelOf(object)} has no attribute ${attribute}`);
  return await object[attribute];
}

/** A collection, as far as steps change it. */
interface Members extends Array<unknown> {
  remove(member: unknown): void;
}

async function membersOf(context: Context, step: Step): Promise<Members> {
  return (await readAttribute(context, step)) as Members;
}

function memberOf(context: Context, step: Step, json: Json | undefined): unknown {
  const object = context.objects.get(step["obj"]);
  return toValue(context, modelOf(object), text(step["attr"]), json);
}

function positionOf(members: readonly unknown[], index: number, what: string): number {
  const position = index < 0 ? members.length + index : index;
  if (position < 0 || position >= members.length) {
    throw new RangeError(`index ${index} is outside the ${members.length} members: ${what}`);
  }
  return position;
}

/** Whatever a write-only or dynamic collection has to be asked by a query. */
async function membersByQuery(session: AnySession, value: unknown): Promise<unknown> {
  const query = value as { select?: () => unknown; all?: () => unknown };
  if (typeof value !== "object" || value === null || Symbol.iterator in value) return value;
  if (typeof query.select === "function") return await session.scalars(query.select()).all();
  return value;
}

async function withResult(context: Context, step: Step, object: unknown): Promise<Json> {
  if (step["as"] !== undefined) context.objects.bind(text(step["as"]), object);
  return context.objects.show(object);
}

function optionsOf(context: Context, step: Step): Chain[] {
  const specs = (step["options"] ?? []) as unknown as OptionSpec[];
  return specs.flatMap((spec) => toOptions(spec, scopeOf(context)));
}

function namesOf(step: Step): readonly string[] | undefined {
  return step["attrs"] as readonly string[] | undefined;
}

/** Runs something on the session's own connection and inside its transaction, unrecorded and without autoflush. */
async function behindTheBack<Answer>(
  context: Context,
  step: Step,
  run: (connection: AnyConnection) => Promise<Answer>,
  isChange = false,
): Promise<Answer> {
  context.recorder.isOn = false;
  const session = sessionOf(context, step);
  try {
    // Looking at rows begins nothing: without an open transaction they are looked at from outside.
    const isOpen = session.isActive && hasSentStatements(session);
    if (isOpen || isChange) return await run(await session.connection());
    const connection = await context.connect();
    const answer = await run(connection);
    await connection.close();
    return answer;
  } finally {
    context.recorder.isOn = true;
  }
}

/** Whether the session holds a connection, in its transaction or (as a savepoint's parent) around it. */
function hasSentStatements(session: AnySession): boolean {
  let frame = session.core.frame;
  while (frame !== undefined && frame.links.size === 0) frame = frame.parent;
  return frame !== undefined;
}

const changing =
  (verb: "insert" | "update" | "delete"): Handler =>
  (context, step) => {
    const values = (step["values"] ?? {}) as Record<string, Json>;
    const where = (step["where"] ?? {}) as Record<string, Json>;
    const change = { verb, table: text(step["table"]), values, where };
    return behindTheBack(context, step, (connection) => changeRows(connection, context.models, change), true);
  };

// ---------------------------------------------------------------- queries

/** Fetches from a result, made unique when asked to or when the statement needs it. */
async function fetchFrom(
  execute: () => AnyResult,
  how: "all" | "one" | "oneOrNone" | "first" | "scalar",
  isUnique: boolean,
): Promise<unknown> {
  const result = execute();
  return await (isUnique ? result.unique() : result)[how]();
}

function showRow(context: Context, query: QuerySpec, row: unknown): Json {
  const items = query.select ?? [];
  // `avg` has no type in SQLAlchemy: what the driver gives is shown, a float.
  const show = (value: unknown, index: number) =>
    isAverage(items[index]) && typeof value === "string" ? Number(value) : context.objects.show(value);
  if (row === null || row === undefined) return null;
  return items.length > 1 ? Array.from(row as unknown[], show) : show(row, 0);
}

function isAverage(item: Json | undefined): boolean {
  const fields = (typeof item === "object" ? item : null) as { expr?: Json; fn?: Json } | null;
  return fields !== null && (fields.fn === "avg" || (fields.expr !== undefined && isAverage(fields.expr)));
}

async function runQuery(context: Context, step: Step): Promise<Json> {
  const session = sessionOf(context, step);
  const query = step["query"] as unknown as QuerySpec;
  const fetch = text(step["fetch"] ?? "all");
  const statement = toStatement(query, scopeOf(context));
  if (fetch === "count") {
    const count = send(
      named("select")(send(named<Chain>("func"), "count")),
      "selectFrom",
      send(statement, "subquery"),
    );
    return toJson(await session.scalar(count));
  }
  if (fetch === "exists") {
    return toJson(await session.scalar(named("select")(send(statement, "exists"))));
  }
  const isSingle = (query.select?.length ?? 1) === 1 && fetch !== "scalar";
  const execute = () => (isSingle ? session.scalars(statement) : session.execute(statement));
  const found = await fetchFrom(execute, fetch as "all", query.unique === true);

  const rows = fetch === "all" ? (found as unknown[]) : [found];
  const handles = [step["as"] ?? []].flat() as string[];
  handles.forEach((handle, index) => {
    context.objects.bind(handle, rows[index] ?? null);
  });
  if (fetch === "scalar") return showRow(context, { select: (query.select ?? []).slice(0, 1) }, found);
  const shown = rows.map((row) => showRow(context, query, row));
  if (fetch !== "all") return shown[0] ?? null;
  return (query.orderBy ?? []).length > 0 ? shown : toBag(shown);
}

// ---------------------------------------------------------------- the steps

const handlers: Readonly<Record<string, Handler>> = {
  // objects and attributes
  new(context, step) {
    const model = text(step["model"]);
    const values = toValues(context, model, step["values"]);
    context.objects.bind(text(step["as"]), new (context.models.classOf(model))(values));
  },
  set(context, step) {
    const object = context.objects.get(step["obj"]);
    const attribute = text(step["attr"]);
    if (!(attribute in object))
      throw new UnknownAttribute(`${modelOf(object)} has no attribute ${attribute}`);
    object[attribute] = toValue(context, modelOf(object), attribute, step["value"]);
  },
  async append(context, step) {
    const member = memberOf(context, step, step["value"]);
    (await membersOf(context, step)).push(member);
  },
  async extend(context, step) {
    const members = await membersOf(context, step);
    for (const json of step["values"] as Json[]) members.push(memberOf(context, step, json));
  },
  async remove(context, step) {
    const member = memberOf(context, step, step["value"]);
    (await membersOf(context, step)).remove(member);
  },
  async insert(context, step) {
    const member = memberOf(context, step, step["value"]);
    (await membersOf(context, step)).splice(Number(step["index"]), 0, member);
  },
  async setIndex(context, step) {
    const member = memberOf(context, step, step["value"]);
    const members = await membersOf(context, step);
    members[positionOf(members, Number(step["index"]), "setIndex")] = member;
  },
  async pop(context, step) {
    const members = await membersOf(context, step);
    const index = positionOf(members, Number(step["index"] ?? -1), "pop");
    // `pop` and `shift` tell of a removal after it happened, as SQLAlchemy's list.pop(index) does.
    if (index === members.length - 1) return context.objects.show(members.pop());
    return context.objects.show(index === 0 ? members.shift() : members.splice(index, 1)[0]);
  },
  async clear(context, step) {
    (await membersOf(context, step)).splice(0);
  },
  async read(context, step) {
    const object = context.objects.get(step["obj"]);
    const read = await membersByQuery(sessionOf(context, step), await readAttribute(context, step));
    if (step["index"] === undefined) {
      if (step["as"] !== undefined) context.objects.bind(text(step["as"]), read);
      return showAttribute(context, modelOf(object), text(step["attr"]), read);
    }
    const members = Array.from(read as unknown[]);
    const member = members[positionOf(members, Number(step["index"]), "read")];
    return withResult(context, step, member);
  },
  same: ({ objects }, step) => objects.get(step["a"]) === objects.get(step["b"]),

  // what is known without SQL
  state(context, step) {
    const object = context.objects.get(step["obj"]);
    const session = sessionOf(context, step);
    const isIn = (objects: Iterable<object>) => Array.from(objects).includes(object);
    return {
      state: inspect(object).state,
      inSession: session.has(object),
      inNew: isIn(session.new),
      inDirty: isIn(session.dirty),
      inDeleted: isIn(session.deleted),
      modified: session.isModified(object),
    };
  },
  identity: ({ objects }, step) => objects.show(inspect(objects.get(step["obj"])).identity),
  async history(context, step) {
    const object = context.objects.get(step["obj"]);
    const name = text(step["attr"]);
    const load = step["load"] === true;
    const { added, unchanged, deleted } = await sessionOf(context, step).history(object, name, { load });
    const show = (values: readonly unknown[]) => Array.from(values, (value) => context.objects.show(value));
    return { added: show(added), unchanged: show(unchanged), deleted: show(deleted) };
  },
  loaded(context, step) {
    const object = context.objects.get(step["obj"]);
    const entries = Object.entries(inspect(object).loaded).map(([name, value]) => [
      name,
      showAttribute(context, modelOf(object), name, value),
    ]);
    return Object.fromEntries(entries);
  },
  unloaded: ({ objects }, step) => [...inspect(objects.get(step["obj"])).unloaded].sort(),
  sessionInfo(context, step) {
    const session = sessionOf(context, step);
    const labels = (objects: Iterable<object>) =>
      Array.from(objects, (object) => context.objects.label(object as AnyObject)).sort();
    return {
      new: labels(session.new),
      dirty: labels(session.dirty),
      deleted: labels(session.deleted),
      identityMap: session.identityMap.size,
    };
  },
  txState(context, step) {
    const session = sessionOf(context, step);
    return {
      inTransaction: session.inTransaction(),
      inNested: session.inNestedTransaction(),
      isActive: session.isActive,
    };
  },

  // the session
  async add(context, step) {
    await sessionOf(context, step).add(context.objects.get(step["obj"]));
  },
  async addAll(context, step) {
    const objects = (step["objs"] as string[]).map((handle) => context.objects.get(handle));
    await sessionOf(context, step).addAll(objects);
  },
  async delete(context, step) {
    await sessionOf(context, step).delete(context.objects.get(step["obj"]));
  },
  async expunge(context, step) {
    await sessionOf(context, step).expunge(context.objects.get(step["obj"]));
  },
  async expungeAll(context, step) {
    await sessionOf(context, step).expungeAll();
  },
  async flush(context, step) {
    await sessionOf(context, step).flush();
  },
  async begin(context, step) {
    await sessionOf(context, step).begin();
  },
  async commit(context, step) {
    await sessionOf(context, step).commit();
  },
  async rollback(context, step) {
    await sessionOf(context, step).rollback();
  },
  async close(context, step) {
    await sessionOf(context, step).close();
  },
  async beginNested(context, step) {
    const savepoint = await sessionOf(context, step).beginNested();
    context.savepoints.set(text(step["as"]), savepoint);
  },
  async commitNested(context, step) {
    await savepointOf(context, step).commit();
  },
  async rollbackNested(context, step) {
    await savepointOf(context, step).rollback();
  },
  async expire(context, step) {
    await sessionOf(context, step).expire(context.objects.get(step["obj"]), namesOf(step));
  },
  async expireAll(context, step) {
    await sessionOf(context, step).expireAll();
  },
  async refresh(context, step) {
    await sessionOf(context, step).refresh(context.objects.get(step["obj"]), namesOf(step));
  },
  get: (context, step) => get(context, step, "get"),
  getOne: (context, step) => get(context, step, "getOne"),
  async merge(context, step) {
    const options: Record<string, unknown> = {};
    if (step["load"] !== undefined) options["load"] = step["load"];
    if (step["options"] !== undefined) options["options"] = optionsOf(context, step);
    const merged = await sessionOf(context, step).merge(context.objects.get(step["obj"]), options);
    return withResult(context, step, merged);
  },
  makeTransient(context, step) {
    named("makeTransient")(context.objects.get(step["obj"]));
  },
  makeTransientToDetached(context, step) {
    named("makeTransientToDetached")(context.objects.get(step["obj"]));
  },
  async newSession(context, step) {
    await sessionOf(context, step).close();
    const options = (step["options"] ?? {}) as SessionFlags;
    context.sessions.set(step.session ?? "main", context.openSession(options));
  },
  openSession(context, step) {
    const options = (step["options"] ?? {}) as SessionFlags;
    context.sessions.set(text(step["as"]), context.openSession(options));
  },

  // statements
  query: runQuery,
  async bulkUpdate(context, step) {
    const model = text(step["model"]);
    const statement = send(
      named("update")(context.models.classOf(model)),
      "set",
      toValues(context, model, step["values"]),
    );
    return executeBulk(context, step, statement);
  },
  bulkDelete(context, step) {
    return executeBulk(context, step, named("deleteFrom")(context.models.classOf(step["model"])) as Chain);
  },
  async bulkInsert(context, step) {
    const model = text(step["model"]);
    const entity = context.models.classOf(model);
    const rows = (step["rows"] as Json[]).map((row) => toValues(context, model, row));
    const statement = send(named("insert")(entity), "values", rows);
    const session = sessionOf(context, step);
    if (!step["returning"]) {
      await session.execute(statement);
      return undefined;
    }
    const objects = await session.scalars(send(statement, "returning", entity)).all();
    return toBag(objects.map((object) => context.objects.show(object)));
  },
  dbInsert: changing("insert"),
  dbUpdate: changing("update"),
  dbDelete: changing("delete"),
  dump(context, step) {
    const names = (step["tables"] as string[] | undefined) ?? [...context.models.tableSpecs.keys()];
    return behindTheBack(context, step, async (connection) => {
      const dumped: Record<string, unknown> = {};
      for (const name of names) dumped[name] = await readRows(connection, context.models, name);
      return dumped;
    });
  },
  count(context, step) {
    return behindTheBack(context, step, (connection) =>
      countRows(connection, context.models, text(step["table"])),
    );
  },
};

function savepointOf({ savepoints }: Context, step: Step): AnyTransaction {
  const found = savepoints.get(text(step["of"]));
  if (!found) throw new ScenarioError(`there is no savepoint ${text(step["of"])}`);
  return found;
}

async function executeBulk(context: Context, step: Step, statement: Chain): Promise<Json> {
  const filtered =
    step["where"] === undefined
      ? statement
      : send(statement, "where", toOperand(step["where"], scopeOf(context)));
  const options = { synchronizeSession: step["synchronize"] };
  return toJson(await sessionOf(context, step).execute(filtered, undefined, options).rowCount);
}

async function get(context: Context, step: Step, method: "get" | "getOne"): Promise<Json> {
  const entity = context.models.classOf(step["model"]);
  const options: Record<string, unknown> = {};
  if (step["options"] !== undefined) options["options"] = optionsOf(context, step);
  if (step["populateExisting"] !== undefined) options["populateExisting"] = step["populateExisting"];
  const found = await sessionOf(context, step)[method](entity, step["pk"], options);
  return withResult(context, step, found);
}
