/**
 * `ormolu`: expressions, schema, engine, models and the async session.
 *
 * Names are listed one by one, and the drivers are put together here: an engine never looks for one elsewhere.
 */
import { betterSqlite3 } from "../drivers/better-sqlite3.ts";
import { nodeSqlite } from "../drivers/node-sqlite.ts";
import { pg } from "../drivers/pg.ts";
import { pglite } from "../drivers/pglite.ts";
import { engineMaker } from "../engine/engine.ts";
import { urlParser } from "../engine/url.ts";

export type { CompiledStatement } from "../engine/compile-statement.ts";
// ---------------------------------------------------------------- engine
export type {
  DatabaseColumn,
  DatabaseForeignKey,
  DatabaseIndex,
  Dialect,
  Introspection,
  IsolationLevel,
  TransactionOptions,
} from "../engine/dialect.ts";
export type { Driver, DriverOptions, LiveConnection } from "../engine/driver.ts";
export type { Engine, EngineConnection } from "../engine/engine.ts";
export type { EngineCore } from "../engine/engine-core.ts";
export type { EngineEvents, Listener, ListenOptions, StatementEvent } from "../engine/events.ts";
export type { EngineOptions } from "../engine/options.ts";
export type { RowSource } from "../engine/reading.ts";
export { Result } from "../engine/result.ts";
export type { DatabaseUrl } from "../engine/url.ts";
// ---------------------------------------------------------------- errors
export type { ErrorCode, Facts } from "../foundation/errors.ts";
export {
  ConflictError,
  ConnectionError,
  DatabaseError,
  DbError,
  InternalError,
  isDbError,
  UsageError,
} from "../foundation/errors.ts";
export type { FlushPlan, PlannedRow, PlannedStatement } from "../orm/flush/explain.ts";
// ---------------------------------------------------------------- loading
export {
  type LoaderCriteria,
  type LoaderCriteriaOptions,
  withLoaderCriteria,
} from "../orm/load/criteria.ts";
export {
  containsEager,
  defaultload,
  defer,
  immediateload,
  joinedload,
  type LoadOption,
  lazyload,
  loadOnly,
  noload,
  raiseload,
  selectinload,
  subqueryload,
  undefer,
  undeferGroup,
  withExpression,
} from "../orm/load/options.ts";
// ---------------------------------------------------------------- models
export { aliased } from "../orm/mapping/aliased.ts";
export { associationProxy, type Proxied } from "../orm/mapping/association-proxy.ts";
export type { BaseOptions, DeclarativeBase } from "../orm/mapping/declarative.ts";
export type {
  Aliased,
  Collection,
  DynamicCollection,
  InstanceOf,
  LazyCollection,
  LazyMany,
  LazyMap,
  LazyOne,
  LazySet,
  Live,
  LiveMany,
  Loaded,
  LoadedOrPlain,
  MapCollection,
  Mapped,
  MappedClass,
  MembersQuery,
  Pending,
  PendingCollection,
  PendingMap,
  PendingSet,
  SetCollection,
  WriteOnlyCollection,
} from "../orm/mapping/infer.ts";
export { foreign, remote } from "../orm/mapping/marks.ts";
export type { ProxyExpression } from "../orm/mapping/proxy-expression.ts";
export { type QueryExpression, queryExpression } from "../orm/mapping/query-expression.ts";
export {
  backref,
  manyToMany,
  manyToOne,
  oneToMany,
  oneToOne,
  type Relationship,
} from "../orm/mapping/relationship.ts";
export type { RelationshipExpression } from "../orm/mapping/relationship-expression.ts";
export type { Budget } from "../orm/session/budget.ts";
export { explainFlush } from "../orm/session/explain-flush.ts";
export {
  identityKey,
  inspect,
  makeTransient,
  makeTransientToDetached,
  type ObjectInspection,
  type ObjectStatus,
  objectSession,
} from "../orm/session/inspect.ts";
export type { ClassInspection, RelationshipInspection } from "../orm/session/inspect-class.ts";
export { Query } from "../orm/session/query.ts";
export { type ScopedSession, scopedSession } from "../orm/session/scoped-session.ts";
export {
  Session,
  type SessionMaker,
  type SessionOptions,
  SessionTransaction,
  sessionmaker,
} from "../orm/session/session.ts";
export type {
  ExecuteOptions,
  GetOptions,
  HistoryOptions,
  LockOptions,
  MergeOptions,
  RefreshOptions,
} from "../orm/session/statements.ts";
// ---------------------------------------------------------------- sessions
export type { History } from "../orm/state/changes.ts";
export { declarativeBase } from "../orm/state/instrument.ts";
export { RelatedArray } from "../orm/state/tracked-array.ts";
export { RelatedSet } from "../orm/state/tracked-set.ts";
// ---------------------------------------------------------------- schema
export type { Column, ReferenceAction, ReferenceOptions } from "../schema/column.ts";
export {
  bigInt,
  binary,
  boolean,
  columnOf,
  date,
  dateTime,
  enumeration,
  float,
  integer,
  json,
  numeric,
  smallInt,
  string,
  text,
  time,
  uuid,
} from "../schema/column.ts";
export type {
  CheckExtra,
  ForeignKeyExtra,
  PrimaryKeyExtra,
  TableExtra,
  UniqueExtra,
} from "../schema/constraints.ts";
export { check, foreignKey, primaryKey, unique } from "../schema/constraints.ts";
export type { IndexExtra } from "../schema/index-definition.ts";
export { index } from "../schema/index-definition.ts";
export type { DdlOptions } from "../schema/metadata.ts";
export { MetaData } from "../schema/metadata.ts";
export type { Naming } from "../schema/naming.ts";
export { defaultNaming } from "../schema/naming.ts";
export { Table, table } from "../schema/table.ts";
// ---------------------------------------------------------------- expressions
export { type Alias, alias, type ColumnsOf, type NamedColumns, type Subquery } from "../sql/alias.ts";
export { caseWhen } from "../sql/case.ts";
export type { Cte } from "../sql/cte.ts";
export { type Delete, deleteFrom } from "../sql/delete.ts";
export type { NoPaths } from "../sql/entity.ts";
export {
  and,
  asc,
  type ColumnExpression,
  cast,
  desc,
  distinct,
  Expression,
  exists,
  type Labelled,
  literal,
  not,
  type Ordering,
  or,
  parameter,
  tuple,
} from "../sql/expression.ts";
export { type FunctionExpression, func } from "../sql/functions.ts";
export { type Insert, insert } from "../sql/insert.ts";
export type {
  AddedRow,
  AnyLoadOption,
  Criterion,
  NamesOf,
  Row,
  RowFrom,
  RowOf,
  ScalarOf,
  Statement,
  TableRow,
  Valued,
  ValuedColumns,
} from "../sql/row.ts";
export { type Select, select } from "../sql/select.ts";
export type { SetOperation } from "../sql/set-operation.ts";
export { sql, type Template, text as sqlText } from "../sql/template.ts";
export { type Update, update } from "../sql/update.ts";
export { decimal } from "../types/decimal.ts";
export type { Numeric } from "../types/number.ts";

const drivers = [nodeSqlite, betterSqlite3, pg, pglite];

/**
 * Makes an engine: a database and a pool of connections to it. Nothing connects before the first statement.
 *
 * URLs: `sqlite:///file.db`, `sqlite:////absolute/file.db`, `sqlite://` (in memory), `postgresql://user@host/name`,
 * `pglite://` (in memory), `pglite:///folder`, `sqlite+better-sqlite3:///file.db`.
 *
 * Errors: url/malformed, url/unknown-scheme, engine/option, engine/unknown-option.
 *
 * @example
 * const engine = createEngine("sqlite://", { echo: true });
 */
export const createEngine = engineMaker(drivers);

/**
 * Takes a database URL apart.
 *
 * Errors: url/malformed when the text is no URL of a database.
 *
 * @example parseUrl("sqlite:///shop.db").database   // => "shop.db"
 */
export const parseUrl = urlParser(drivers);
