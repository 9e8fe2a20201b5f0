/**
 * The library's error codes in the words of the format. A code that is not listed is reported, never guessed.
 */
import { DbError } from "../../src/foundation/errors.ts";
import { UnknownAttribute } from "./expressions.ts";
import type { OutcomeError } from "./scenario.ts";
import { ScenarioError } from "./values.ts";

/** A type, or types that depend on the operation that failed. */
type TypeName = string | ((op: string, facts: Readonly<Record<string, unknown>>) => string);

const typeByCode: Readonly<Record<string, TypeName>> = {
  "conflict/check": "IntegrityError",
  "conflict/foreign-key": "IntegrityError",
  "conflict/locked": "OperationalError",
  "conflict/not-null": "IntegrityError",
  "conflict/unique": "IntegrityError",
  "database/failed": "OperationalError",
  "database/missing-table": "OperationalError",
  "database/read-only": "OperationalError",
  "flush/cycle": "CircularDependencyError",
  "flush/failed-before": "PendingRollbackError",
  "flush/missing-key": "FlushError",
  "flush/nulled-primary-key": "DependencyRuleError",
  "flush/stale": "StaleDataError",
  "graph/cycle": "CircularDependencyError",
  "load/detached": "DetachedInstanceError",
  "load/foreign-step": "ArgumentError",
  "load/not-a-relationship": "ArgumentError",
  "load/not-an-option": "ArgumentError",
  "load/not-loaded": "LazyLoadRaisedError",
  "load/object-gone": "ObjectDeletedError",
  "load/option-without-path": "ArgumentError",
  "load/unknown-path": "ArgumentError",
  "mapping/ambiguous-foreign-key": "AmbiguousForeignKeysError",
  "mapping/back-populates-mismatch": "ArgumentError",
  "mapping/cascade-orphan": "ArgumentError",
  "mapping/no-foreign-key": "NoForeignKeysError",
  "mapping/no-primary-key": "ArgumentError",
  "mapping/not-mapped": "UnmappedInstanceError",
  "mapping/option": "ArgumentError",
  "mapping/same-direction": "ArgumentError",
  "mapping/unclear-sides": "ArgumentError",
  "mapping/unknown-attribute": (op) => (op === "new" ? "TypeError" : "AttributeError"),
  "mapping/unknown-back-populates": "InvalidRequestError",
  "mapping/unknown-cascade": "ArgumentError",
  "mapping/unknown-option": "ArgumentError",
  "mapping/unknown-secondary": "InvalidRequestError",
  "mapping/unknown-target": "InvalidRequestError",
  "mapping/wrong-class": "AssertionError",
  "mapping/wrong-direction": "ArgumentError",
  "relationship/holes": "IndexOutOfRangeError",
  "relationship/not-a-collection": "TypeError",
  "relationship/not-a-member": "NotInCollectionError",
  "relationship/single-parent": "InvalidRequestError",
  "result/multiple-rows": "MultipleResultsFound",
  "result/no-row": "NoResultFound",
  "session/attached-elsewhere": "InvalidRequestError",
  "session/closed": "InvalidRequestError",
  "session/deleted": "InvalidRequestError",
  "session/identity-taken": "InvalidRequestError",
  "session/merge": "InvalidRequestError",
  "session/not-an-object": "UnmappedInstanceError",
  "session/not-attached": "InvalidRequestError",
  "session/not-persistent": "InvalidRequestError",
  "session/not-transient": "InvalidRequestError",
  "session/transaction-closed": "ResourceClosedError",
  "session/wrong-key": "InvalidRequestError",
  "sql/any-on-scalar": "InvalidRequestError",
  "sql/unknown-column": "AttributeError",
  "sql/unsupported": "CompileError",
  "sql/wrong-value": "StatementError",
  "transaction/already-begun": "InvalidRequestError",
  "transaction/none": "InvalidRequestError",
  "types/wrong-value": "StatementError",
};

const constraintByCode: Readonly<Record<string, string>> = {
  "conflict/check": "check",
  "conflict/foreign-key": "foreignKey",
  "conflict/not-null": "notNull",
  "conflict/unique": "unique",
};

/** The operations that flush because they were asked to; in the others a failing flush is an autoflush. */
const flushes = new Set(["flush", "commit", "commitNested", "beginNested", "begin"]);

/** Whether the statement that failed was sent by a flush, as far as the recorder saw. */
export interface Circumstances {
  readonly op: string;
  readonly failedInFlush: boolean;
}

/**
 * Turns a caught failure into an outcome's error. `unknown` is called with a code (or class) that has no type.
 *
 * Shape: the constraint is left out when an autoflush failed: SQLAlchemy's message does not tell it there.
 */
export function toOutcomeError(
  error: unknown,
  { op, failedInFlush }: Circumstances,
  unknown: (code: string) => void,
): OutcomeError {
  const message = error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error);
  if (error instanceof ScenarioError) return { type: "ScenarioError", message };
  if (error instanceof UnknownAttribute) return { type: "AttributeError", message };
  if (error instanceof RangeError && error.message.startsWith("index ")) {
    return { type: "IndexOutOfRangeError", message };
  }
  if (!(error instanceof DbError)) {
    const where = error instanceof Error ? (error.stack?.split("\n")[1]?.trim() ?? "") : "";
    const name = error instanceof Error ? error.constructor.name : typeof error;
    unknown(`${name}: ${message} ${where}`);
    return { type: `unlisted ${name}`, message: `${message} ${where}` };
  }
  const known = typeByCode[error.code];
  if (known === undefined) {
    unknown(error.code);
    return { type: `unlisted ${error.code}`, message };
  }
  const type = typeof known === "string" ? known : known(op, error.facts);
  const constraint = constraintByCode[error.code];
  const isTold = constraint !== undefined && (flushes.has(op) || !failedInFlush);
  return isTold ? { type, constraint, message } : { type, message };
}
