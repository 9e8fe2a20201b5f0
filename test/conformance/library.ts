/**
 * The library as the runner uses it: the public entries, with types that know nothing of models, since the models
 * come out of JSON. A name that an entry lacks makes a scenario unsupported, never the run fail.
 */
import * as index from "../../src/entries/index.ts";
import * as sync from "../../src/entries/sync.ts";
import { Unsupported } from "./scenario.ts";

/** A value in the synchronous colour, a promise in the other: both can be awaited. */
export type Later<Value> = Value | PromiseLike<Value>;

type Method = (...values: unknown[]) => unknown;

/** A column builder. */
export interface AnyColumn {
  named(name: string): AnyColumn;
  primaryKey(): AnyColumn;
  nullable(): AnyColumn;
  unique(): AnyColumn;
  index(): AnyColumn;
  default(source: unknown): AnyColumn;
  onUpdate(source: unknown): AnyColumn;
  serverDefault(sql: string): AnyColumn;
  references(target: string, options: object): AnyColumn;
  deferred(): AnyColumn;
  version(): AnyColumn;
}

/** An expression, a relationship attribute, or a builder that takes expressions: whatever has chainable methods. */
export interface Chain {
  readonly [method: string]: ((...values: unknown[]) => Chain) | undefined;
}

/** A mapped class. */
export interface AnyClass {
  new (values?: Record<string, unknown>): AnyObject;
  readonly name: string;
  readonly c: Readonly<Record<string, Chain>>;
}

/** A mapped object. */
export type AnyObject = Record<string, unknown>;

/** A table. */
export interface AnyTable {
  readonly name: string;
  readonly c: Readonly<Record<string, Chain>>;
}

/** The result of `scalars` and `execute`. */
export interface AnyResult {
  all(): Later<unknown[]>;
  one(): Later<unknown>;
  oneOrNone(): Later<unknown>;
  first(): Later<unknown>;
  unique(): AnyResult;
  scalar(): Later<unknown>;
  readonly rowCount: Later<number>;
}

/** A savepoint or transaction. */
export interface AnyTransaction {
  commit(): Later<void>;
  rollback(): Later<void>;
}

/** A session in either colour. */
/** A transaction of a session, as far as the runner looks at it. */
interface AnyFrame {
  readonly parent: AnyFrame | undefined;
  readonly links: ReadonlyMap<object, object>;
}

export interface AnySession {
  readonly core: { readonly frame: AnyFrame | undefined };
  autoflush: boolean;
  readonly new: Iterable<object>;
  readonly dirty: Iterable<object>;
  readonly deleted: Iterable<object>;
  readonly identityMap: { readonly size: number };
  readonly isActive: boolean;
  has(object: object): boolean;
  isModified(object: object): boolean;
  history(object: object, name: string, options: { load: boolean }): Later<AnyHistory>;
  inTransaction(): boolean;
  inNestedTransaction(): boolean;
  add(object: object): unknown;
  addAll(objects: readonly object[]): unknown;
  delete(object: object): Later<void>;
  expunge(object: object): void;
  expungeAll(): void;
  expire(object: object, names?: readonly string[]): void;
  expireAll(): void;
  refresh(object: object, names?: readonly string[]): Later<unknown>;
  merge(object: object, options?: object): Later<object>;
  get(entity: AnyClass, key: unknown, options?: object): Later<object | null>;
  getOne(entity: AnyClass, key: unknown, options?: object): Later<object>;
  flush(): Later<void>;
  begin(): Later<AnyTransaction>;
  beginNested(): Later<AnyTransaction>;
  commit(): Later<void>;
  rollback(): Later<void>;
  close(): Later<void>;
  scalars(statement: unknown): AnyResult;
  execute(statement: unknown, values?: undefined, options?: object): AnyResult;
  scalar(statement: unknown): Later<unknown>;
  connection(): Later<AnyConnection>;
}

/** A connection in either colour. */
export interface AnyConnection {
  execute(statement: unknown): AnyResult;
  executeRaw(sql: string, parameters?: readonly unknown[]): Later<unknown>;
  begin(options: object): Later<void>;
  close(): Later<void>;
}

/** What `inspect` tells about an object. */
export interface Inspection {
  readonly state: string;
  readonly identity: readonly unknown[] | null;
  readonly modified: boolean;
  readonly loaded: Readonly<Record<string, unknown>>;
  readonly unloaded: readonly string[];
  history(name: string): AnyHistory;
}

/** What changed on an attribute. */
export type AnyHistory = Readonly<Record<"added" | "unchanged" | "deleted", readonly unknown[]>>;

/** One statement that an engine sent. */
export interface AnyStatementEvent {
  readonly sql: string;
  readonly verb: string;
  readonly tables: readonly string[];
  readonly rowCount: number;
  readonly parameterSets?: number;
  readonly label?: string;
  readonly error?: unknown;
}

/** An engine in either colour. */
export interface AnyEngine {
  on(name: "statement", listener: (event: AnyStatementEvent) => void): () => void;
  connect(): Later<AnyConnection>;
  dispose(): Later<void>;
}

/** A collection of tables. */
export interface AnyMetaData {
  readonly tables: ReadonlyMap<string, AnyTable>;
  createAll(engine: AnyEngine): Later<void>;
}

/** What `declarativeBase()` gives. */
export interface AnyBase {
  (tableName: string, shape: object, extras?: (c: Record<string, Chain>) => unknown[]): AnyClass;
  readonly metadata: AnyMetaData;
}

const names: Record<string, unknown> = { ...index, ...sync };

/** Gives a function or class of the library by its public name. Errors: {@link Unsupported}. */
export function named<Shape = Method>(name: string): Shape {
  if (names[name] === undefined) throw new Unsupported(`the library exports no ${name}`);
  return names[name] as Shape;
}

/** Calls a method by name. Errors: {@link Unsupported} when there is none. */
export function send(target: unknown, method: string, ...values: unknown[]): Chain {
  const found = (target as Chain)[method];
  if (typeof found !== "function") throw new Unsupported(`there is no method ${method}`);
  return found.apply(target as Chain, values);
}
