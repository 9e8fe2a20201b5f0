/**
 * A piece of work that happens wholly or not at all.
 *
 * Below: `connection.ts`. Above: the shells and the ORM's flush.
 */
import type { Io } from "../io/ask.ts";
import type { Connection } from "./connection.ts";
import type { TransactionOptions } from "./dialect.ts";

/**
 * Runs `body` in a transaction: a new one, or a savepoint within the one that is open.
 * Commits (or releases) what succeeds and undoes what fails.
 *
 * Errors: those of `body`, after the undoing.
 */
export function* transaction<Value>(
  connection: Connection,
  body: () => Io<Value>,
  options: TransactionOptions = {},
): Io<Value> {
  return connection.inTransaction
    ? yield* nested(connection, body)
    : yield* outermost(connection, body, options);
}

function* outermost<Value>(
  connection: Connection,
  body: () => Io<Value>,
  options: TransactionOptions,
): Io<Value> {
  yield* connection.begin(options);
  try {
    const value = yield* body();
    yield* connection.commit();
    return value;
  } catch (error) {
    yield* undo(() => connection.rollback());
    throw error;
  }
}

function* nested<Value>(connection: Connection, body: () => Io<Value>): Io<Value> {
  const name = yield* connection.savepoint();
  try {
    const value = yield* body();
    yield* connection.releaseSavepoint(name);
    return value;
  } catch (error) {
    yield* undo(function* () {
      yield* connection.rollbackTo(name);
      yield* connection.releaseSavepoint(name);
    });
    throw error;
  }
}

/** Undoes after a failure. If that fails as well (the server is gone), the first failure is the one to tell. */
function* undo(work: () => Io<void>): Io<void> {
  try {
    yield* work();
  } catch {
    // Whatever cannot be undone ends with the connection.
  }
}
