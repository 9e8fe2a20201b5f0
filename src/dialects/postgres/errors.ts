/**
 * PostgreSQL's errors, by SQLSTATE and, where no server answered, by the system's error codes.
 *
 * Source: https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
import type { ErrorContext } from "../../engine/dialect.ts";
import { propertyOf, refusedFacts, textOf } from "../../engine/refused.ts";
import { type DbError, fail } from "../../foundation/errors.ts";

const unreachable = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ETIMEDOUT",
  "ENOENT",
]);
const broken = new Set(["ECONNRESET", "EPIPE", "ECONNABORTED"]);

/** Turns what a client of PostgreSQL threw into an error that says what to do. */
export function translatePostgresError(error: unknown, context: ErrorContext): DbError {
  const reason = reasonOf(error);
  const sqlState = textOf(error, "code");
  const refused = refusedFacts(context);
  const said = { ...refused, reason, sqlState };
  const cause = { cause: error };
  const place = {
    ...refused,
    sqlState,
    table: textOf(error, "table"),
    constraintName: textOf(error, "constraint"),
  };
  const detail = textOf(error, "detail");
  const target = context.address ?? "the server";
  // Without a statement it was the start of the connection that failed: then what matters is where to.
  const gone = () =>
    context.sql === undefined
      ? fail("connection/unreachable", { target, reason }, cause)
      : fail("connection/lost", { ...refused, reason }, cause);
  if (!context.showParameters) hideDetail(error);

  switch (sqlState) {
    case "23505":
    case "23P01":
      return fail(
        "conflict/unique",
        withDetail({ ...place, constraint: "unique", columns: keyColumns(detail) }, detail, context),
        cause,
      );
    case "23503":
    case "23001":
      return fail(
        "conflict/foreign-key",
        withDetail({ ...place, constraint: "foreignKey", columns: keyColumns(detail) }, detail, context),
        cause,
      );
    case "23502": {
      const column = textOf(error, "column");
      // The detail shows the whole row; the sentence needs only the column.
      const columns = column === undefined ? undefined : [column];
      return fail("conflict/not-null", { ...place, constraint: "notNull", columns }, cause);
    }
    case "23514":
      return fail("conflict/check", { ...place, constraint: "check" }, cause);
    case "40001":
      return fail("conflict/serialization", said, cause);
    case "40P01":
      return fail("conflict/deadlock", said, cause);
    case "55P03":
      return fail("conflict/locked", said, cause);
    case "25006":
      return fail("database/read-only", said, cause);
    case "25P02":
      return fail("transaction/failed", { ...said }, cause);
    case "42P01":
      return fail("database/missing-table", { ...said, table: /"(.+)"/.exec(reason)?.[1] }, cause);
    case "53300":
    case "57P03":
      return fail("connection/refused", { target, reason }, cause);
    case "3D000":
      return fail("connection/refused", { target, reason, retryable: false }, cause);
    case "57P01":
    case "57P02":
    case "57P05":
    case "25P03":
      return gone();
  }
  if (sqlState?.startsWith("28"))
    return fail("connection/refused", { target, reason, retryable: false }, cause);
  if (sqlState !== undefined && unreachable.has(sqlState)) {
    return fail("connection/unreachable", { target, reason }, cause);
  }
  const isGone =
    sqlState?.startsWith("08") ||
    broken.has(sqlState ?? "") ||
    /connection terminated|connection ended|client has encountered a connection error|client was closed|not queryable/i.test(
      reason,
    );
  if (isGone) return gone();
  if (/timeout expired/i.test(reason)) return fail("connection/unreachable", { target, reason }, cause);
  if (/password must be a string|server requested|SSL|certificate/i.test(reason) && sqlState?.length !== 5) {
    return fail("connection/refused", { target, reason, retryable: false }, cause);
  }
  return fail("database/failed", said, cause);
}

/**
 * Adds what the server said of the values. Whoever looks for the object that was meant finds it in the facts; messages
 * and logs have it only where the engine shows parameters.
 */
function withDetail<Place extends object>(
  place: Place,
  detail: string | undefined,
  { showParameters = false }: ErrorContext,
): Place & { readonly showsDetail: boolean } {
  const facts = { ...place, showsDetail: showParameters };
  return Object.defineProperty(facts, "detail", { value: detail, enumerable: showParameters });
}

/** Keeps the values out of what is printed of the client's own error, which is the cause of ours. */
function hideDetail(error: unknown): void {
  if (textOf(error, "detail") !== undefined) {
    Object.defineProperty(error, "detail", { enumerable: false });
  }
}

/** An attempt at several addresses fails with one error for each and no message of its own. */
function reasonOf(error: unknown): string {
  if (error instanceof Error && error.message !== "") return error.message;
  const errors = propertyOf(error, "errors");
  if (Array.isArray(errors) && errors[0] instanceof Error) return errors[0].message;
  return textOf(error, "code") ?? String(error);
}

/** Reads the columns from `Key (email, name)=(…) already exists.` */
function keyColumns(detail: string | undefined): readonly string[] | undefined {
  const columns = /^Key \(([^=]+)\)=/.exec(detail ?? "")?.[1];
  return columns?.split(", ").map((column) => column.replaceAll('"', ""));
}
