/**
 * What the methods of both shells do, as flows.
 *
 * Below: `connection.ts`, `transaction.ts`. Above: `engine.ts` and `sync-engine.ts`, one line per method.
 */
import type { Io } from "../io/ask.ts";
import { Query } from "../sql/set-operation.ts";
import { type Connection, connect, type ExecuteOptions, type StatementResult } from "./connection.ts";
import type { EngineCore } from "./engine-core.ts";
import type { Executable, Values } from "./expand.ts";
import type { RowSource } from "./reading.ts";

/** Takes a connection for the time of `body`. */
export function* withConnection<Value>(
  engine: EngineCore,
  body: (connection: Connection) => Io<Value>,
): Io<Value> {
  const connection = yield* connect(engine);
  try {
    return yield* body(connection);
  } finally {
    yield* connection.close();
  }
}

/** Executes a statement in the transaction that is open, or in a new one, which stays open. */
export function* executeInTransaction(
  connection: Connection,
  statement: Executable,
  values: Values | undefined,
  options?: ExecuteOptions,
): Io<RowSource> {
  if (!connection.inTransaction) yield* connection.begin();
  return toRowSource(yield* connection.execute(statement, values, options));
}

/** Sends SQL text in the transaction that is open, or in a new one, which stays open. */
export function* executeRawInTransaction(
  connection: Connection,
  sql: string,
  parameters: readonly unknown[] | undefined,
  options: ExecuteOptions | undefined,
): Io<RowSource> {
  if (!connection.inTransaction) yield* connection.begin();
  const { rows, columns, rowCount, lastInsertId } = yield* connection.executeRaw(sql, parameters, options);
  return { rows, keys: columns, rowCount, lastInsertId };
}

/** Executes a statement on a connection of its own. */
export function* executeAlone(
  engine: EngineCore,
  statement: Executable,
  values: Values | undefined,
  options?: ExecuteOptions,
): Io<RowSource> {
  return toRowSource(
    yield* withConnection(engine, (connection) => connection.execute(statement, values, options)),
  );
}

/** How many rows make a portion of a statement's result, as its `yieldPer` says; undefined: it is read as a whole. */
export function yieldPerOf(statement: Executable): number | undefined {
  return statement instanceof Query ? (statement.execution["yieldPer"] as number | undefined) : undefined;
}

/** Commits what is open, if anything is. */
export function* commitIfOpen(connection: Connection): Io<void> {
  if (connection.inTransaction) yield* connection.commit();
}

const keysByColumns = new WeakMap<StatementResult["columns"], readonly string[]>();

/** Gives a statement's rows with the names of their columns; equal statements give the same array of names. */
export function toRowSource(result: StatementResult): RowSource {
  const { rows, columns, rowCount, lastInsertId } = result;
  return { rows, keys: keysOf(columns), rowCount, lastInsertId };
}

/** Gives the names under which rows know these columns. */
export function keysOf(columns: StatementResult["columns"]): readonly string[] {
  let keys = keysByColumns.get(columns);
  if (keys === undefined) {
    keys = columns.map((column) => column.key);
    keysByColumns.set(columns, keys);
  }
  return keys;
}
