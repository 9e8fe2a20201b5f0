/**
 * Every error that the library can raise: code → kind, sentence, hint. The only file with message text.
 *
 * To add one: an entry in its area below, in alphabetical order, made by the function named as its kind. The first
 * argument gives the sentence and, by its parameter, the facts that `fail` then demands; the second, when there is
 * something to do about it, the hint. Sentences begin in lower case, have no full stop, and show a wrong value after
 * `got:` by `shorten`; an unknown name gets its `suggestion` as hint.
 */
import { list, plural, shorten, shortSql, suggestion } from "./words.ts";

/** What the caller does next: change code, tell the user, wait, look at the SQL, report a bug. */
export type ErrorKind = "usage" | "conflict" | "connection" | "database" | "internal";

/** One error, as the catalogue has it. */
// The parameters are methods so that an entry with definite facts still is an entry.
export interface CatalogueEntry<CodeFacts = Readonly<Record<string, unknown>>> {
  readonly kind: ErrorKind;
  text(facts: CodeFacts): string;
  hint?(facts: CodeFacts): string;
}

type Hint<CodeFacts> = string | ((facts: CodeFacts) => string);

const maker =
  (kind: ErrorKind) =>
  <CodeFacts = NoFacts>(
    text: (facts: CodeFacts) => string,
    hint?: Hint<NoInfer<CodeFacts>>,
  ): CatalogueEntry<CodeFacts> => {
    if (hint === undefined) return { kind, text };
    return { kind, text, hint: typeof hint === "string" ? () => hint : hint };
  };

/** What `fail` takes for a sentence without facts: `{}`. */
type NoFacts = Readonly<Record<string, never>>;

const usage = maker("usage");
const conflict = maker("conflict");
const connection = maker("connection");
const database = maker("database");
const internal = maker("internal");

/** What a constraint failure knows; `constraint` tells which sort it was. */
interface ConstraintFacts {
  constraint: "unique" | "notNull" | "foreignKey" | "check";
  table?: string | undefined;
  columns?: readonly string[] | undefined;
  constraintName?: string | undefined;
  /** In a flush: the class, the attributes, and which object it was about ("a new User", "User 3"). */
  entity?: string | undefined;
  attributes?: readonly string[] | undefined;
  which?: string | undefined;
  /** The number of the execution that failed, of a statement that is executed with many sets of values; from 0. */
  execution?: number | undefined;
  /** What the database said, with values; enumerable, and part of the sentence, only where parameters are shown. */
  detail?: string | undefined;
  showsDetail?: boolean;
  sql?: string | undefined;
  /** By type and length, or by value where the engine option showParameters is set. */
  parameters?: readonly string[] | undefined;
  sqlState?: string | undefined;
}

const place = (facts: ConstraintFacts): string => {
  const columns = (facts.columns ?? []).map((column) => (facts.table ? `${facts.table}.${column}` : column));
  return columns.length > 0 ? list(columns, "and") : (facts.table ?? facts.constraintName ?? "a column");
};
const subject = (facts: ConstraintFacts): string => {
  const { which, entity } = facts;
  if (which === undefined) return "";
  const names = (facts.attributes ?? []).map((attribute) => `${entity}.${attribute}`);
  return names.length > 0 ? `${list(names, "and")} of ${which}: ` : `${which}: `;
};
const named = (facts: ConstraintFacts): string => (facts.constraintName ? ` (${facts.constraintName})` : "");
const said = (facts: ConstraintFacts): string =>
  facts.showsDetail && facts.detail ? `: ${facts.detail}` : "";

/** What a refused statement knows. */
interface StatementFacts {
  /** What the database said. */
  reason: string;
  sql?: string | undefined;
  /** By type and length, or by value where the engine option showParameters is set. */
  parameters?: readonly string[] | undefined;
  sqlState?: string | undefined;
}

/** What a statement beyond a budget knows. */
interface BudgetFacts {
  limit: number;
  /** The number of the statement, or how many rows there were with those of this statement. */
  counted: number;
  label: string | undefined;
  verb: string;
  sql: string;
  /** The line of the application, where it can be told. */
  source: string | undefined;
}

const causeOf = ({ label, verb, source, sql }: BudgetFacts): string =>
  `${label ?? verb}${source === undefined ? "" : `, at ${source}`}, in: ${shortSql(sql)}`;

const indented = (text: string): string => `\n${text.replace(/^/gm, "    ")}`;

/** All errors by code. */
export const catalogue = {
  // ---------------------------------------------------------------- budget
  "budget/limit": usage(
    (facts: { what: string; got: unknown }) =>
      `${facts.what} expects a whole number, from 0 up, got: ${shorten(facts.got)}`,
  ),
  "budget/limits": usage(
    (facts: { got: unknown }) =>
      `a budget has a limit of statements, of rows, or of both, got: ${shorten(facts.got)}`,
    "write session.budget({ statements: 10, rows: 1000 }), or session.budget(null) to lift it",
  ),
  "budget/not-counted": usage(
    (facts: { got: unknown }) =>
      `expectStatements() counts the statements of an engine or a session, got: ${shorten(facts.got)}`,
    "write expectStatements(session, 3, () => …)",
  ),
  "budget/rows": usage(
    (facts: BudgetFacts) =>
      `${plural(facts.counted, "row")} came, beyond the budget of ${plural(facts.limit, "row")}: ${causeOf(facts)}`,
    "select less with where() or limit(), load collections by selectinload() where joinedload() repeats rows, or allow more",
  ),
  "budget/statements": usage(
    (facts: BudgetFacts) =>
      `statement ${facts.counted} is beyond the budget of ${plural(facts.limit, "statement")}, and was not sent: ${causeOf(facts)}`,
    (facts) =>
      /^(INSERT|UPDATE|DELETE)$/.test(facts.verb)
        ? "write several rows with one statement, or allow more"
        : "load what is related with the query, as .options(selectinload(User.c.posts)) does, or allow more",
  ),
  "budget/unexpected": usage(
    (facts: { expected: number; got: number; statements: readonly string[] }) =>
      `expected ${plural(facts.expected, "statement")}, got: ${facts.got}`,
    ({ got, statements }) =>
      got === 0 ? "nothing was sent" : `these were sent:${statements.map(indented).join("")}`,
  ),
  "budget/unknown-limit": usage(
    (facts: { name: string; names: readonly string[] }) => `a budget has no limit ${facts.name}`,
    (facts) => suggestion(facts.name, facts.names),
  ),

  // ---------------------------------------------------------------- bulk
  "bulk/cannot-evaluate": usage(
    (facts: { what: string }) => `synchronizeSession: "evaluate" cannot compute ${facts.what} in memory`,
    'use "auto" or "fetch", which ask the database',
  ),
  "bulk/key-in-values": usage(
    (facts: { table: string; column: string }) =>
      `the values of an UPDATE would change ${facts.table}.${facts.column}, a part of the primary key`,
    "to write the rows of these keys, execute update(User) with a list of values and no where(); to change a key, say so: update(User).set({ id: … }).where(…)",
  ),
  "bulk/missing-key": usage(
    (facts: { table: string; column: string; row: number }) =>
      `row ${facts.row} has no value for ${facts.table}.${facts.column}, by which its row is found`,
    "give each set of values the whole primary key, or write update(User).set({ … }).where(…)",
  ),
  "bulk/not-a-filter": usage(
    (facts: { what: string }) =>
      `${facts.what} works on a query of one class with conditions and nothing else`,
    "write update(User).set({ … }).where(…) or deleteFrom(User).where(…), and execute it with the session",
  ),

  // ---------------------------------------------------------------- conflict: a constraint or a lock
  "conflict/check": conflict(
    (facts: ConstraintFacts) =>
      `${subject(facts)}a value breaks a check of ${facts.table ?? "a table"}${named(facts)}${said(facts)}`,
  ),
  "conflict/deadlock": conflict(
    (facts: StatementFacts) => `the database ended this transaction to resolve a deadlock: ${facts.reason}`,
    "run the whole transaction again",
  ),
  "conflict/foreign-key": conflict(
    (facts: ConstraintFacts) =>
      `${subject(facts)}a row refers to a row that does not exist, or is referred to: ${place(facts)}${named(facts)}${said(facts)}`,
  ),
  "conflict/locked": conflict(
    (facts: StatementFacts) => `someone else holds a lock on what this statement needs: ${facts.reason}`,
    "try again later",
  ),
  "conflict/not-null": conflict(
    (facts: ConstraintFacts) =>
      `${subject(facts)}${place(facts)} must have a value${named(facts)}${said(facts)}`,
  ),
  "conflict/serialization": conflict(
    (facts: StatementFacts) => `another transaction changed what this one read: ${facts.reason}`,
    "run the whole transaction again",
  ),
  "conflict/unique": conflict(
    (facts: ConstraintFacts) =>
      `${subject(facts)}another row has this value of ${place(facts)}${named(facts)}${said(facts)}`,
  ),

  // ---------------------------------------------------------------- connection: the way to the database
  "connection/closed": usage(
    (facts: { what: string }) => `this connection is closed, and cannot ${facts.what}`,
    "take a new one with engine.connect()",
  ),
  "connection/driver-missing": usage(
    (facts: { scheme: string; packageName: string }) =>
      `the URL scheme ${facts.scheme} needs the package ${facts.packageName}, which is not installed`,
    (facts) => `npm install ${facts.packageName}`,
  ),
  "connection/driver-unsuited": usage(
    (facts: { driver: string; reason: string }) =>
      `the driver ${facts.driver} cannot be used here: ${facts.reason}`,
  ),
  "connection/lost": connection(
    (facts: {
      reason: string;
      sql?: string | undefined;
      parameters?: readonly string[] | undefined;
      retryable?: boolean;
    }) => `the connection to the database broke: ${facts.reason}`,
  ),
  "connection/refused": connection(
    (facts: { target: string; reason: string; retryable?: boolean }) =>
      `the database at ${facts.target} refused the connection: ${facts.reason}`,
  ),
  "connection/unreachable": connection(
    (facts: { target: string; reason: string; isFile?: boolean; retryable?: boolean }) =>
      `cannot reach ${facts.target}: ${facts.reason}`,
    (facts) =>
      facts.isFile
        ? "check that the folder exists and that the file may be read and written"
        : "check that the server runs, and the host and port of the URL",
  ),

  // ---------------------------------------------------------------- database: a refused statement
  "database/failed": database(
    (facts: StatementFacts) =>
      `the database refused a statement: ${facts.reason}${facts.sql ? `, in: ${facts.sql.replace(/\s+/g, " ").slice(0, 500)}` : ""}`,
  ),
  "database/missing-table": database(
    (facts: StatementFacts & { table?: string | undefined }) =>
      `there is no such table: ${facts.table ?? facts.reason}`,
    "create the tables first: await metadata.createAll(engine)",
  ),
  "database/read-only": database(
    (facts: StatementFacts) => `the database cannot be written to: ${facts.reason}`,
  ),

  // ---------------------------------------------------------------- engine
  "engine/disposed": usage((facts: { what: string }) => `this engine is disposed, and cannot ${facts.what}`),
  "engine/listener": usage(
    (facts: { reason: string }) => `a listener of this engine threw an error: ${facts.reason}`,
    "the statement went its way; further errors of this listener are not shown",
  ),
  "engine/option": usage(
    (facts: { option: string; expected: string; got: unknown }) =>
      `the engine option ${facts.option} expects ${facts.expected}, got: ${shorten(facts.got)}`,
  ),
  "engine/sync-unsupported": usage(
    (facts: { scheme: string }) => `${facts.scheme} cannot be used without promises`,
    "use createEngine and Session, or a sqlite:// URL",
  ),
  "engine/unknown-option": usage(
    (facts: { option: string; options: readonly string[] }) => `there is no engine option ${facts.option}`,
    (facts) => suggestion(facts.option, facts.options),
  ),

  // ---------------------------------------------------------------- flush
  "flush/cycle": usage(
    (facts: { path: readonly string[] }) =>
      `cannot order these writes, each needs the next one first: ${facts.path.join(" → ")}`,
    "give the relationship postUpdate: true, so that a second UPDATE writes its foreign key, which has to be nullable",
  ),
  "flush/endless": usage(
    () => "a hundred flushes of one commit still left work: something makes new changes in each",
  ),
  "flush/failed-before": usage(
    (facts: { reason: string }) => `an earlier flush of this transaction failed: ${facts.reason}`,
    "roll the session back, then go on",
  ),
  "flush/missing-key": usage(
    (facts: { action: string; entity: string; column: string; target?: string | undefined }) =>
      `cannot ${facts.action} ${facts.entity}: column ${facts.column} is required and ${
        facts.target === undefined ? "has no value" : `no ${facts.target} is linked`
      }`,
    (facts) =>
      facts.target === undefined
        ? `set it, or give the column a default`
        : `link a ${facts.target}, or make the column nullable`,
  ),
  "flush/nulled-primary-key": usage(
    (facts: { entity: string; column: string; relationship: string }) =>
      `removing ${facts.entity} from ${facts.relationship} would set its primary key column ${facts.column} to null`,
    'delete the object, or use cascade: "all, delete-orphan"',
  ),
  "flush/reentered": usage(() => "a flush was begun while another flush of the same session is running"),
  "flush/stale": conflict(
    (facts: { action: string; entity: string; expected: number; matched: number }) =>
      `${facts.action} of ${facts.entity} expected to match ${plural(facts.expected, "row")}, matched: ${facts.matched}`,
    "someone else changed or deleted it: refresh the object and try again",
  ),

  // ---------------------------------------------------------------- graph
  "graph/cycle": usage(
    (facts: { path: readonly string[] }) => `these things need each other first: ${facts.path.join(" → ")}`,
  ),

  // ---------------------------------------------------------------- internal
  "internal/impossible": internal(
    (facts: { what: string }) => `this should be impossible: ${facts.what}`,
    "please report it, with the statement or model that leads here",
  ),

  // ---------------------------------------------------------------- io
  "io/aborted": conflict(() => "the operation was aborted by its signal"),
  "io/already-run": internal(
    (facts: { what: string }) => `${facts.what} was run a second time, but a flow runs once`,
    "make a new one for each run",
  ),
  "io/busy": usage(
    (facts: { what: string; running: string }) =>
      `${facts.what} was begun while ${facts.running} is running on the same session or connection`,
    "await one operation before the next begins, or use a session or connection for each",
  ),
  "io/promise-in-sync": usage(
    (facts: { what: string }) =>
      `${facts.what} returned a promise, which a sync session or connection cannot wait for`,
    "return a plain value there, or use the async Session and createEngine",
  ),
  "io/script": internal(
    (facts: { problem: string }) => `the scripted answers do not fit the flow: ${facts.problem}`,
  ),
  "io/unfinished": usage(
    (facts: { what: string }) =>
      `${facts.what} returned while an operation that it began on the same connection is still running`,
    "await every operation inside it",
  ),

  // ---------------------------------------------------------------- load
  "load/alias-taken": usage(
    (facts: { attribute: string }) =>
      `joinedload(${facts.attribute}.of(alias)) adds a join of an alias that the statement has already`,
    (facts) =>
      `take what is joined by containsEager(${facts.attribute}.of(alias)), or load under another alias`,
  ),
  "load/column-forbidden": usage(
    (facts: { entity: string; attribute: string }) =>
      `${facts.entity}.${facts.attribute} was left out, and raiseload forbids to read it now`,
    (facts) => `select it with the query, or session.refresh(object, ["${facts.attribute}"])`,
  ),
  "load/column-needs-refresh": usage(
    (facts: { entity: string; attribute: string }) =>
      `${facts.entity}.${facts.attribute} has to be read from the database again, and a plain read cannot wait for it`,
    (facts) => `await session.refresh(object, ["${facts.attribute}"]) first, or select it with the query`,
  ),
  "load/column-not-in-source": usage(
    (facts: { column: string; source: string }) =>
      `cannot load the column ${facts.column} from ${facts.source}, which does not have it`,
    "give the aliased class a query that selects all columns of its class",
  ),
  "load/detached": usage(
    (facts: { entity: string; attribute: string }) =>
      `${facts.entity}.${facts.attribute} is not loaded, and the object is in no session that could load it`,
    "load it while the session is open, or add the object to a session",
  ),
  "load/foreign-step": usage(
    (facts: { option: string; attribute: string; after: string; target: string; entity: string }) =>
      `${facts.option} of ${facts.attribute} cannot follow ${facts.after}, which leads to ${facts.target}, not to ${facts.entity}`,
  ),
  "load/lazy-needs-await": usage(
    (facts: { entity: string; attribute: string; read?: string | undefined; path?: string | undefined }) =>
      `${facts.entity}.${facts.attribute} is not loaded, and a plain read${
        facts.read === undefined ? "" : ` of ${facts.read}`
      } cannot wait for the database`,
    (facts) =>
      facts.path === undefined
        ? `await it (await object.${facts.attribute}), load it with the query (.options(selectinload(${facts.entity}.c.${facts.attribute}))), or await session.refresh(object, ["${facts.attribute}"])`
        : `await it (await object.${facts.attribute}), or load it with the query (.options(selectinload(${facts.path})))`,
  ),
  "load/needs-all-rows": usage(
    (facts: { entity: string; attribute: string; how: "joined" | "subquery" }) =>
      `${facts.entity}.${facts.attribute} is loaded by ${
        facts.how === "joined" ? "joining a collection" : "a subquery"
      }, which needs all rows, and this result comes in portions, as yieldPer says`,
    (facts) => `load it for each portion: .options(selectinload(${facts.entity}.c.${facts.attribute}))`,
  ),
  "load/not-a-column": usage(
    (facts: { option: string; got: unknown }) =>
      `${facts.option}() expects columns of a class, got: ${shorten(facts.got)}`,
    "write it as defer(User.c.bio)",
  ),
  "load/not-a-query-expression": usage(
    (facts: { got: unknown }) =>
      `withExpression() expects an attribute that was declared by queryExpression(), got: ${shorten(facts.got)}`,
    "write it as withExpression(User.c.postCount, …), with postCount: queryExpression<number>() in the class",
  ),
  "load/not-a-relationship": usage(
    (facts: { option: string; got: string; kind?: string | undefined; through?: string }) =>
      `${facts.option} expects a relationship, got: ${facts.got}${facts.kind === undefined ? "" : `, which is ${facts.kind}`}`,
    (facts) =>
      facts.through === undefined
        ? "write it as selectinload(User.c.posts)"
        : `load the relationship that it goes through: selectinload(${facts.through})`,
  ),
  "load/not-an-option": usage(
    (facts: { got: unknown }) => `options() expects loader options, got: ${shorten(facts.got)}`,
    "write it as .options(selectinload(User.c.posts))",
  ),
  "load/not-criteria": usage(
    (facts: { got: unknown }) =>
      `a session's criteria are made by withLoaderCriteria(), got: ${shorten(facts.got)}`,
    "write it as addLoaderCriteria(withLoaderCriteria(User, User.c.deletedAt.isNull()))",
  ),
  "load/not-joined": usage(
    (facts: {
      attribute: string;
      /** What the option takes rows of, and what the statement reads from; nothing: it cannot join anything. */
      target: string;
      sources: readonly string[];
      /** The statement has the rows once, for the class that the relationship leads from. */
      isItself: boolean;
      /** The class that the relationship leads from, where its rows are not those of the statement. */
      behind: string | undefined;
      /** An alias of the target that the statement has. */
      alias: string | undefined;
      isAlias: boolean;
    }) => {
      const what = `containsEager(${facts.attribute}) takes rows that the statement joins by itself, but`;
      if (facts.sources.length === 0) return `${what} this one cannot join any`;
      if (facts.behind !== undefined)
        return `${what} ${facts.behind} is loaded by a join or a statement of the loader's own`;
      if (facts.isItself)
        return `${what} it has ${facts.target} once only, as the class that the relationship leads from`;
      return `${what} it has no ${facts.target}: it reads from ${list(facts.sources, "and")}`;
    },
    (facts) => {
      const { attribute, alias } = facts;
      if (facts.sources.length === 0 || facts.behind !== undefined) {
        return `load it by a statement of its own: selectinload(${attribute})`;
      }
      if (alias !== undefined)
        return `name the alias that is joined: containsEager(${attribute}.of(${alias}))`;
      return facts.isItself || facts.isAlias
        ? `join an alias, and name the same: .join(${attribute}.of(alias)).options(containsEager(${attribute}.of(alias)))`
        : `join it: .join(${attribute}); or load it by a statement of its own: selectinload(${attribute})`;
    },
  ),
  "load/not-loaded": usage(
    (facts: { entity: string; attribute: string; path?: string | undefined }) =>
      `${facts.entity}.${facts.attribute} is not loaded, and raiseload forbids to load it now`,
    (facts) =>
      `load it with the query: .options(selectinload(${facts.path ?? `${facts.entity}.c.${facts.attribute}`}))`,
  ),
  "load/not-recursive": usage(
    (facts: { attribute: string }) =>
      `recursionDepth is for relationships of a class to itself, which ${facts.attribute} is not`,
    "name each step instead: selectinload(User.c.posts).selectinload(Post.c.tags)",
  ),
  "load/object-gone": conflict(
    (facts: { entity: string; key: unknown }) =>
      `the row of ${facts.entity} ${shorten(facts.key)} no longer exists`,
  ),
  "load/option-without-path": usage(
    (facts: { method: string }) => `${facts.method} needs an option that names a relationship before it`,
    "write it as selectinload(User.c.posts).and(…)",
  ),
  "load/unknown-option": usage(
    (facts: { loader: string; option: string; options: readonly string[] }) =>
      facts.options.length === 0
        ? `${facts.loader}() takes no options, got: ${facts.option}`
        : `${facts.loader}() has no option ${facts.option}`,
    (facts) => suggestion(facts.option, facts.options),
  ),
  "load/unknown-path": usage(
    (facts: { option: string; entity: string; roots: readonly string[] }) =>
      `${facts.option} begins at ${facts.entity}, which this statement does not select; it selects ${list(facts.roots, "and")}`,
  ),
  "load/wrong-criteria-option": usage(
    (facts: { option: string; options: readonly string[]; got: unknown }) =>
      facts.options.includes(facts.option)
        ? `withLoaderCriteria() takes true or false for ${facts.option}, got: ${shorten(facts.got)}`
        : `withLoaderCriteria() has no option ${facts.option}`,
    (facts) => suggestion(facts.option, facts.options),
  ),
  "load/wrong-option": usage(
    (facts: { option: string; expected: string; got: unknown }) =>
      `the loader option ${facts.option} expects ${facts.expected}, got: ${shorten(facts.got)}`,
  ),

  // ---------------------------------------------------------------- mapping
  "mapping/ambiguous-foreign-key": usage(
    (facts: { entity: string; relationship: string; target: string; candidates: readonly string[] }) =>
      `${facts.entity}.${facts.relationship} can follow more than one foreign key to ${facts.target}: ${list(facts.candidates, "and")}`,
    "say which: { foreignKeys: () => [….c.…] }",
  ),
  "mapping/back-populates-mismatch": usage(
    (facts: { entity: string; relationship: string; other: string; expected: string; got: string }) =>
      `${facts.entity}.${facts.relationship} says backPopulates ${facts.other}, which must say ${facts.expected}, got: ${facts.got}`,
  ),
  "mapping/cascade-orphan": usage(
    (facts: { entity: string; relationship: string; kind: string }) =>
      `${facts.entity}.${facts.relationship} is ${facts.kind} and cannot have the cascade delete-orphan: the object may have other parents`,
    "put delete-orphan on the one-to-many side, or set singleParent: true",
  ),
  "mapping/duplicate-attribute": usage(
    (facts: { entity: string; attribute: string; other: string }) =>
      `${facts.entity}.${facts.attribute} is defined twice: ${facts.other}`,
  ),
  "mapping/no-foreign-key": usage(
    (facts: { entity: string; relationship: string; target: string; from: string; to: string }) =>
      `${facts.entity}.${facts.relationship} has no foreign key to follow: none leads between ${facts.from} and ${facts.to}`,
    (facts) =>
      `add one with .references(${facts.target}.c.…), or give { primaryJoin } with the key marked by foreign(…)`,
  ),
  "mapping/no-primary-key": usage(
    (facts: { entity: string; table: string }) => `${facts.entity} (table ${facts.table}) has no primary key`,
    "mark a column with .primaryKey()",
  ),
  "mapping/no-table-name": usage(
    (facts: { got: unknown }) => `Base() expects the name of a table first, got: ${shorten(facts.got)}`,
    'class User extends Base("users", { … }) {}',
  ),
  "mapping/not-an-equality": usage(
    (facts: { entity: string; relationship: string }) =>
      `${facts.entity}.${facts.relationship} has a join that no flush can keep true: it equates no column with the foreign key`,
    "say viewonly: true, or mark the foreign key with foreign(…) in a comparison by eq",
  ),
  "mapping/not-an-instance": usage(
    (facts: { attribute: string }) =>
      `${facts.attribute} is an attribute of objects, and was set on something else`,
    "set it on an object made with new, or loaded by a session",
  ),
  "mapping/not-mapped": usage(
    (facts: { got: unknown; where: string }) =>
      `${facts.where} expects a mapped class, got: ${shorten(facts.got)}`,
    'a mapped class is written: class User extends Base("users", { … }) {}',
  ),
  "mapping/option": usage(
    (facts: { entity: string; attribute: string; option: string; expected: string; got: unknown }) =>
      `${facts.entity}.${facts.attribute}: the option ${facts.option} expects ${facts.expected}, got: ${shorten(facts.got)}`,
  ),
  "mapping/query-expression-set": usage(
    (facts: { entity: string; attribute: string }) =>
      `${facts.entity}.${facts.attribute} is computed by queries, and cannot be set`,
    "set what it is computed from, or declare a column",
  ),
  "mapping/same-direction": usage(
    (facts: { entity: string; relationship: string; other: string; direction: string }) =>
      `${facts.entity}.${facts.relationship} and its other side ${facts.other} are both ${facts.direction}`,
    "for a table that refers to itself, say { remoteSide: () => … } on the side that holds one object",
  ),
  "mapping/secondary-missing": usage(
    (facts: { entity: string; relationship: string; declared: string }) =>
      `${facts.entity}.${facts.relationship} (${facts.declared}) needs the table in the middle`,
    "say { secondary: … }: a table, its name, or the class that is mapped to it",
  ),
  "mapping/several": usage(
    (facts: { messages: readonly string[] }) =>
      `${facts.messages.length} things are wrong with the mapped classes: ${list(facts.messages, "and")}`,
  ),
  "mapping/shadowed-attribute": usage(
    (facts: { entity: string; attribute: string }) =>
      `${facts.entity}.${facts.attribute} is hidden by a field or an accessor of the class, so that its column is never seen`,
    "take the field or accessor out of the class; `declare name: Type` gives a type without a field",
  ),
  "mapping/too-early": usage(
    (facts: { entity: string; attribute: string; reason: string }) =>
      `${facts.entity}.${facts.attribute} mentions a class that is not there yet: ${facts.reason}`,
    "use the classes only after the last of their declarations",
  ),
  "mapping/two-classes": usage(
    (facts: { table: string; entity: string; other: string }) =>
      `the class made for the table ${facts.table} is extended twice: by ${facts.entity} and by ${facts.other}`,
    "extend the result of one Base(…) call by one class, and that class as you like",
  ),
  "mapping/unclear-sides": usage(
    (facts: { entity: string; relationship: string }) =>
      `${facts.entity}.${facts.relationship} has a join that does not tell its two sides apart`,
    "mark the columns of the other side with remote(…) and those of the foreign key with foreign(…)",
  ),
  "mapping/undefined-value": usage(
    (facts: { entity: string; attribute: string }) =>
      `${facts.entity}.${facts.attribute} cannot be undefined`,
    "leave the attribute out, or set it to null",
  ),
  "mapping/unknown-attribute": usage(
    (facts: { entity: string; attribute: string; attributes: readonly string[] }) =>
      `${facts.entity} has no attribute ${facts.attribute}`,
    (facts) => suggestion(facts.attribute, facts.attributes),
  ),
  "mapping/unknown-back-populates": usage(
    (facts: {
      entity: string;
      relationship: string;
      target: string;
      name: string;
      names: readonly string[];
    }) =>
      `${facts.entity}.${facts.relationship} says backPopulates "${facts.name}", but ${facts.target} has no such relationship`,
    (facts) => suggestion(facts.name, facts.names),
  ),
  "mapping/unknown-cascade": usage(
    (facts: { entity: string; relationship: string; cascade: string; cascades: readonly string[] }) =>
      `${facts.entity}.${facts.relationship} names an unknown cascade: ${facts.cascade}`,
    (facts) => suggestion(facts.cascade, facts.cascades),
  ),
  "mapping/unknown-option": usage(
    (facts: { entity: string; attribute: string; option: string; options: readonly string[] }) =>
      `${facts.entity}.${facts.attribute} has no option ${facts.option}`,
    (facts) => suggestion(facts.option, facts.options),
  ),
  "mapping/unknown-secondary": usage(
    (facts: { entity: string; relationship: string; table: string; tables: readonly string[] }) =>
      `${facts.entity}.${facts.relationship} names the secondary table ${facts.table}, which is not in the metadata`,
    (facts) => suggestion(facts.table, facts.tables),
  ),
  "mapping/unknown-target": usage(
    (facts: { entity: string; relationship: string; got: unknown }) =>
      `${facts.entity}.${facts.relationship} does not lead to a mapped class, got: ${shorten(facts.got)}`,
    "write the relationship as a getter, so that the class exists when it is read: get posts() { return oneToMany(Post) }",
  ),
  "mapping/wrong-alias": usage(
    (facts: { where: string; expected: string; got: string }) =>
      `${facts.where} expects an alias of ${facts.expected}, got one of ${facts.got}`,
    (facts) => `make it by aliased(${facts.expected})`,
  ),
  "mapping/wrong-class": usage(
    (facts: { where: string; expected: string; got: unknown }) =>
      `${facts.where} expects an object of class ${facts.expected}, got: ${shorten(facts.got)}`,
  ),
  "mapping/wrong-direction": usage(
    (facts: { entity: string; relationship: string; declared: string; found: string }) =>
      `${facts.entity}.${facts.relationship} is declared ${facts.declared}, but its foreign key makes it ${facts.found}`,
    (facts) => `declare it with ${facts.found}(…), or move the foreign key to the other table`,
  ),
  "mapping/wrong-order-by": usage(
    (facts: { entity: string; relationship: string; got: string }) =>
      `${facts.entity}.${facts.relationship} can be ordered by columns of the other class (or of the secondary table) only, got a column of: ${facts.got}`,
  ),
  "mapping/wrong-proxy": usage(
    (facts: { entity: string; attribute: string; via: string; target: string; got: unknown }) =>
      `${facts.entity}.${facts.attribute} goes through ${facts.via}, whose objects are of class ${facts.target}, got: ${shorten(facts.got)}`,
  ),
  "mapping/wrong-value": usage(
    (facts: { entity: string; attribute: string; problem: string }) =>
      `${facts.entity}.${facts.attribute} ${facts.problem}`,
  ),
  "mapping/wrong-values": usage(
    (facts: { entity: string; got: unknown }) =>
      `new ${facts.entity}() expects an object of values, got: ${shorten(facts.got)}`,
  ),

  // ---------------------------------------------------------------- pool
  "pool/busy-memory": connection(
    () => "a database in memory has one connection, and somebody else's transaction holds it",
    "end that transaction first: commit(), rollback() or close(); or take a file, sqlite:///file.db",
  ),
  "pool/closed": usage(() => "this pool is closed"),
  "pool/timeout": connection(
    (facts: { timeoutMs: number; size: number; waiting: number }) =>
      `no connection became free within ${facts.timeoutMs} ms: all ${facts.size} are in use, ${facts.waiting} more wait`,
    "close sessions and connections when done (await using …), or raise poolSize",
  ),

  // ---------------------------------------------------------------- relationship
  "relationship/holes": usage(
    (facts: { attribute: string; got: string }) => `${facts.attribute} cannot have holes, got: ${facts.got}`,
    "add with push or splice, remove with remove(member)",
  ),
  "relationship/never-loaded": usage(
    (facts: { attribute: string; what: string }) =>
      `${facts.attribute} is a collection that is never loaded, so it cannot be ${facts.what}`,
    "read it with select(), change it with add() and remove(); for deletes set passiveDeletes: true",
  ),
  "relationship/no-insert": usage(
    (facts: { attribute: string }) =>
      `${facts.attribute} pairs its members in a table between, so insert() alone cannot add them`,
    "add objects with add()",
  ),
  "relationship/not-a-collection": usage(
    (facts: { attribute: string; got: unknown }) =>
      `${facts.attribute} expects an array of objects, got: ${shorten(facts.got)}`,
  ),
  "relationship/not-a-member": usage(
    (facts: { attribute: string }) =>
      `${facts.attribute} does not contain this object, so it cannot be removed from it`,
  ),
  "relationship/single-parent": usage(
    (facts: { attribute: string; member: string }) =>
      `this ${facts.member} is already held by another object through ${facts.attribute}, which allows one parent only`,
    "take it away from the other object first, or leave singleParent out",
  ),
  "relationship/wrong-key": usage(
    (facts: { attribute: string; keyedBy: string; key: unknown; own: unknown }) =>
      `${facts.attribute} is keyed by ${facts.keyedBy}, which is ${shorten(facts.own)} here, got the key: ${shorten(facts.key)}`,
    (facts) => `use the member's own ${facts.keyedBy}`,
  ),

  // ---------------------------------------------------------------- result
  "result/closed": usage(
    (facts: { what: string }) => `this result is closed, and cannot ${facts.what}`,
    "read the rows before close(), or execute the statement again",
  ),
  "result/consumed": usage(
    (facts: { what: string }) => `this result has given its rows already, and cannot ${facts.what}`,
    "keep the rows of .all(), or execute the statement again",
  ),
  "result/multiple-rows": usage(
    (facts: { what: string }) => `${facts.what} expects one row, got: more than one`,
    "narrow the statement, or take .first() or .all()",
  ),
  "result/no-row": usage(
    (facts: { what: string }) => `${facts.what} expects one row, got: none`,
    "take .oneOrNone() or .first() where there may be none",
  ),
  "result/stream-ended": usage(
    () => "the transaction of this result ended before all of its rows were read, and its cursor with it",
    "end the transaction after the loop, or read from a session or connection of its own",
  ),
  "result/streamed": usage(
    (facts: { what: string }) =>
      `this result comes in portions, as yieldPer says, and its ${facts.what} cannot be told`,
    "iterate it, or take .all() first",
  ),
  "result/unique-in-portions": usage(
    () => "unique() needs all rows, and this result comes in portions, as yieldPer says",
    "leave out yieldPer, or select rows that do not repeat",
  ),
  "result/unknown-column": usage(
    (facts: { column: string; columns: readonly string[] }) => `the rows have no column ${facts.column}`,
    (facts) => suggestion(facts.column, facts.columns),
  ),
  "result/wrong-size": usage(
    (facts: { got: unknown }) =>
      `rows come in portions of a whole number of rows, from 1 up, got: ${shorten(facts.got)}`,
  ),

  // ---------------------------------------------------------------- schema
  "schema/duplicate-column": usage(
    (facts: { table: string; column: string }) =>
      `the table ${facts.table} has two columns named ${facts.column}`,
  ),
  "schema/duplicate-table": usage(
    (facts: { table: string }) => `the table ${facts.table} is defined twice in one MetaData`,
    "give it another name, or use the table that is there",
  ),
  "schema/foreign-key-shape": usage(
    (facts: { table: string; columns: number; references: number }) =>
      `a foreign key of ${facts.table} has ${plural(facts.columns, "column")} but ${plural(facts.references, "reference")}`,
  ),
  "schema/foreign-key-tables": usage(
    (facts: { table: string; tables: readonly string[] }) =>
      `a foreign key of ${facts.table} refers to columns of ${plural(facts.tables.length, "table")}: ${list(facts.tables, "and")}`,
    "a foreign key leads to one table; declare one for each",
  ),
  "schema/not-a-column": usage(
    (facts: { table: string; key: string; got: unknown }) =>
      `${facts.table}.${facts.key} is not a column, got: ${shorten(facts.got)}`,
    "write integer(), string(50), … or a getter that returns one",
  ),
  "schema/not-an-engine": usage(
    (facts: { what: string; got: unknown }) =>
      `${facts.what} expects an engine or a connection, got: ${facts.got === undefined ? "nothing" : shorten(facts.got)}`,
    (facts) =>
      typeof facts.got === "string"
        ? "make an engine of the URL: createEngine(url)"
        : "write await metadata.createAll(engine)",
  ),
  "schema/reference-cycle": usage(
    (facts: { table: string; column: string }) =>
      `the column ${facts.table}.${facts.column} refers, by way of others, to itself`,
    "refer to one of them late: .references(() => Other.c.id)",
  ),
  "schema/unknown-column": usage(
    (facts: { table: string; column: string; columns: readonly string[] }) =>
      `the table ${facts.table} has no column ${facts.column}`,
    (facts) => suggestion(facts.column, facts.columns),
  ),
  "schema/unknown-option": usage(
    (facts: { what: string; option: string; options: readonly string[] }) =>
      `${facts.what} has no option ${facts.option}`,
    (facts) => suggestion(facts.option, facts.options),
  ),
  "schema/unknown-table": usage(
    (facts: { table: string; tables: readonly string[]; where?: string | undefined }) =>
      `there is no table ${facts.table}${facts.where ? `, which ${facts.where} refers to` : ""}`,
    (facts) => suggestion(facts.table, facts.tables),
  ),
  "schema/unresolved-reference": usage(
    (facts: { column: string; got: unknown }) =>
      `${facts.column} refers to nothing, got: ${shorten(facts.got)}`,
    "write the column as a getter, so that the other table exists when it is read: get userId() { return integer().references(User.c.id) }",
  ),

  // ---------------------------------------------------------------- session
  "session/attached-elsewhere": usage(
    (facts: { entity: string; key?: unknown }) =>
      `this ${facts.entity}${facts.key === undefined ? "" : ` ${shorten(facts.key)}`} belongs to another session`,
    "expunge it there, or merge it here: session.merge(object)",
  ),
  "session/begun": usage(
    () => "a transaction is already begun on this session",
    "commit or roll it back first",
  ),
  "session/cannot-stream": usage(
    (facts: { got: string }) => `yieldPer is for the rows of one query, got: ${facts.got}`,
    "leave out yieldPer",
  ),
  "session/closed": usage(
    (facts: { what: string }) => `this session is closed, and cannot ${facts.what}`,
    "make a new one",
  ),
  "session/deleted": usage(
    (facts: { entity: string; key: unknown }) => `this ${facts.entity} ${shorten(facts.key)} is deleted`,
    "make a new object; makeTransient(object) turns this one into one",
  ),
  "session/identity-taken": usage(
    (facts: { entity: string; key: unknown }) =>
      `another object of this session is already the ${facts.entity} ${shorten(facts.key)}`,
    "use that one, or merge: session.merge(object)",
  ),
  "session/merge": usage(
    (facts: { entity: string; reason: string }) => `this ${facts.entity} cannot be merged: ${facts.reason}`,
    "flush its changes first, or merge without load: false",
  ),
  "session/no-bind": usage(
    (facts: { session: string; expected: string; got: unknown }) =>
      `a ${facts.session} expects ${facts.expected}, got: ${shorten(facts.got)}`,
    "Session goes with createEngine(), SyncSession with createSyncEngine()",
  ),
  "session/no-scope": usage(
    () => "there is no scope here that a session could belong to",
    "call it within scopedSession(…).run(), or tell scopedSession how to find the scope",
  ),
  "session/not-a-session": usage(
    (facts: { where: string; got: unknown }) =>
      `${facts.where} expects a Session or a SyncSession, got: ${shorten(facts.got)}`,
  ),
  "session/not-an-object": usage(
    (facts: { what: string; got: unknown }) =>
      `${facts.what} expects an object of a mapped class, got: ${shorten(facts.got)}`,
    "make one with new: new User({ … })",
  ),
  "session/not-attached": usage(
    (facts: { entity: string; what: string }) =>
      `this ${facts.entity} is not in the session, which ${facts.what} needs`,
    "session.add(object) first",
  ),
  "session/not-begun": usage(
    () => "no transaction is begun, and this session has autobegin: false",
    "call session.begin() first",
  ),
  "session/not-persistent": usage(
    (facts: { entity: string; what: string }) =>
      `this ${facts.entity} has no row yet, which ${facts.what} needs`,
    "flush the session first",
  ),
  "session/not-transient": usage(
    (facts: { entity: string }) =>
      `this ${facts.entity} is in a session or has a row, so it is not a new object`,
  ),
  "session/option": usage(
    (facts: { option: string; expected: string; got: unknown }) =>
      `the session option ${facts.option} expects ${facts.expected}, got: ${shorten(facts.got)}`,
  ),
  "session/prepared": usage(
    (facts: { what: string }) => `this transaction is prepared, and cannot ${facts.what}`,
    "commit it or roll it back",
  ),
  "session/transaction-closed": usage(
    (facts: { what: string }) => `this transaction has ended, and cannot ${facts.what}`,
  ),
  "session/two-databases": usage(
    (facts: { tables: readonly string[] }) =>
      `a statement cannot reach tables of two databases: ${list(facts.tables, "and")}`,
    "read from each with a statement of its own; load relationships between them by select-in, or one by one",
  ),
  "session/unknown-option": usage(
    (facts: { what: string; option: string; options: readonly string[] }) =>
      `${facts.what} has no option ${facts.option}`,
    (facts) => suggestion(facts.option, facts.options),
  ),
  "session/wrong-key": usage(
    (facts: { entity: string; expected: readonly string[]; got: unknown }) =>
      `${facts.entity} is known by ${list(facts.expected, "and")}, got: ${shorten(facts.got)}`,
  ),

  // ---------------------------------------------------------------- sql
  "sql/ambiguous-join": usage(
    (facts: { left: string; right: string; candidates: readonly string[] }) =>
      `more than one foreign key joins ${facts.left} and ${facts.right}: ${list(facts.candidates, "and")}`,
    "give the condition: .join(target, left.c.….eq(right.c.…))",
  ),
  "sql/any-on-scalar": usage(
    (facts: { attribute: string; method: string; instead: string; holds: string }) =>
      `${facts.attribute} holds ${facts.holds}: ${facts.method} does not apply`,
    (facts) => `use ${facts.instead}`,
  ),
  "sql/column-count": usage(
    (facts: { what: string; expected: number; got: number }) =>
      `${facts.what} expects ${plural(facts.expected, "column")}, got: ${facts.got}`,
  ),
  "sql/empty": usage(
    (facts: { what: string; expected: string }) => `${facts.what} needs ${facts.expected}, got: none`,
  ),
  "sql/from-select": usage(
    (facts: { expected: string; got: unknown }) =>
      `fromSelect() expects ${facts.expected}, got: ${shorten(facts.got)}`,
    'write it as insert(Archive).fromSelect(["id", "title"], select(Post.c.id, Post.c.title))',
  ),
  "sql/fully-correlated": usage(
    (facts: { sources: readonly string[] }) =>
      `every table of this subquery is in the enclosing FROM as well: ${list(facts.sources, "and")}`,
    "say which ones belong to the enclosing statement: .correlate(…)",
  ),
  "sql/missing-parameter": usage(
    (facts: { parameter: string; given: readonly string[] }) =>
      `the parameter ${facts.parameter} has no value`,
    (facts) => (facts.given.length === 0 ? "no values were given" : suggestion(facts.parameter, facts.given)),
  ),
  "sql/no-foreign-key": usage(
    (facts: { left: string; right: string }) => `no foreign key joins ${facts.left} and ${facts.right}`,
    "give the condition: .join(target, left.c.….eq(right.c.…))",
  ),
  "sql/not-a-condition": usage(
    (facts: { where: string; got: unknown }) =>
      `${facts.where} expects a condition, got: ${shorten(facts.got)}`,
    (facts) =>
      typeof facts.got === "boolean" ? "write .eq(…) where === stands" : "compare a column: column.eq(…)",
  ),
  "sql/not-a-source": usage(
    (facts: { where: string; got: unknown }) =>
      `${facts.where} expects a table, mapped class or subquery, got: ${shorten(facts.got)}`,
  ),
  "sql/not-a-statement": usage(
    (facts: { got: unknown }) => `a statement is expected, got: ${shorten(facts.got)}`,
    "make one with select(), insert(), update() or deleteFrom(); text is written sql`…`",
  ),
  "sql/not-an-expression": usage(
    (facts: { where: string; got: unknown }) =>
      `${facts.where} expects a column or expression, got: ${shorten(facts.got)}`,
  ),
  "sql/null-comparison": usage(
    (facts: { where: string; operator: string }) =>
      `${facts.where} is compared with null by ${facts.operator}(), which is never true`,
    "ask for NULL with .eq(null) or .isNull()",
  ),
  "sql/options-of-a-part": usage(
    (facts: { operator: string; method: string }) =>
      `${facts.operator}() makes one statement of several, in which ${facts.method} of one of them would say nothing`,
    (facts) =>
      `say it of the whole: select(User).${facts.operator}(select(User)).${facts.method.slice(0, -1)}…)`,
  ),
  "sql/promise-default": usage(
    (facts: { column: string }) =>
      `the default of ${facts.column} gave a promise, and a default has to give its value at once`,
    "await the value before, and give it with the other values of the row",
  ),
  "sql/several-statements": usage(
    (facts: { second: string }) =>
      `this text holds more than one statement, and one is executed at a time; the next begins with: ${facts.second}`,
    "execute them one by one, best within engine.begin(…)",
  ),
  "sql/too-many-parameters": usage(
    (facts: { count: number; max: number }) =>
      `this statement has ${facts.count} parameters, the database takes ${facts.max}`,
    "execute it in portions, or put the values into a table and join it",
  ),
  "sql/undefined-value": usage(
    (facts: { where: string }) => `${facts.where} is undefined`,
    "use null for NULL, or leave the condition or value out",
  ),
  "sql/uneven-rows": usage(
    (facts: { table: string; row: number; missing: readonly string[]; extra: readonly string[] }) =>
      `row ${facts.row} of the insert into ${facts.table} differs from the first row: ${[
        facts.missing.length > 0 ? `it lacks ${list(facts.missing, "and")}` : "",
        facts.extra.length > 0 ? `it adds ${list(facts.extra, "and")}` : "",
      ]
        .filter(Boolean)
        .join(", ")}`,
    "give every row the same keys, or insert the rows in two statements",
  ),
  "sql/unknown-column": usage(
    (facts: { source: string; column: string; columns: readonly string[] }) =>
      `${facts.source} has no column ${facts.column}`,
    (facts) => suggestion(facts.column, facts.columns),
  ),
  "sql/unknown-option": usage(
    (facts: { what: string; option: string; options: readonly string[] }) =>
      `${facts.what} has no option ${facts.option}`,
    (facts) => suggestion(facts.option, facts.options),
  ),
  "sql/unknown-parameter": usage(
    (facts: { parameter: string; parameters: readonly string[] }) =>
      `a value is given for ${facts.parameter}, which is no parameter of this statement`,
    (facts) => suggestion(facts.parameter, facts.parameters),
  ),
  "sql/unsupported": usage(
    (facts: { dialect: string; feature: string; instead?: string | undefined }) =>
      `${facts.dialect} has no ${facts.feature}`,
    (facts) => facts.instead ?? "write the statement without it, or use another database",
  ),
  "sql/wrong-value": usage(
    (facts: { where: string; problem: string; got: unknown }) => `${facts.where} ${facts.problem}`,
  ),

  // ---------------------------------------------------------------- state: objects and their attributes
  // ---------------------------------------------------------------- transaction
  "transaction/already-begun": usage(
    () => "a transaction has begun already on this connection",
    "use beginNested() for a savepoint inside it",
  ),
  "transaction/failed": database(
    (facts: StatementFacts) => `an earlier statement of this transaction failed: ${facts.reason}`,
    "roll back before sending more",
  ),
  "transaction/in-doubt": database(
    (facts: { id: string; sql: string; reason: string }) =>
      `the prepared transaction ${facts.id} could not be ended: ${facts.reason}`,
    (facts) =>
      `when the database answers again, see whether it is still there, and end it by hand: ${facts.sql}`,
  ),
  "transaction/no-two-phase": usage(
    (facts: { dialect: string }) => `${facts.dialect} cannot commit in two phases`,
  ),
  "transaction/none": usage((facts: { what: string }) => `there is no transaction to ${facts.what}`),
  "transaction/rolled-back": database(
    () => "nothing was committed: an earlier statement of this transaction failed, and it is rolled back",
    "run the whole transaction again, without the statement that failed",
  ),

  // ---------------------------------------------------------------- types
  "types/definition": usage(
    (facts: { type: string; expected: string; got: unknown }) =>
      `${facts.type} expects ${facts.expected}, got: ${shorten(facts.got)}`,
  ),
  "types/not-decimal": usage(
    (facts: { where: string; got: unknown }) =>
      `${facts.where} expects a decimal number such as "12.50", got: ${shorten(facts.got)}`,
  ),
  "types/undecodable": database(
    (facts: { type: string; where: string; got: unknown }) =>
      `the database gave a value for ${facts.where} that is no ${facts.type}: ${shorten(facts.got)}`,
  ),
  "types/wrong-value": usage((facts: { problem: string; got: unknown }) => `the value ${facts.problem}`),

  // ---------------------------------------------------------------- url
  "url/malformed": usage(
    (facts: { url: string; problem: string }) => `the database URL ${shorten(facts.url)} ${facts.problem}`,
    'write sqlite:///file.db, sqlite:// (memory), "postgresql://user:password@host:5432/name" or pglite://',
  ),
  "url/unknown-scheme": usage(
    (facts: { scheme: string; schemes: readonly string[] }) =>
      `no driver is known for the URL scheme ${facts.scheme}`,
    (facts) => suggestion(facts.scheme, facts.schemes),
  ),
};
