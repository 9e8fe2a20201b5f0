/**
 * The few texts that drivers of PostgreSQL send on their own: cursors, and the end of prepared statements.
 *
 * Names are made up by the drivers and need no quotes.
 */

/** Writes the statement that opens a cursor; it lives until the transaction ends. */
export function declareCursor(name: string, sql: string): string {
  return `DECLARE ${name} NO SCROLL CURSOR FOR ${sql}`;
}

/** Writes the statement that takes the next rows. */
export function fetchCursor(name: string, count: number): string {
  return `FETCH FORWARD ${count} FROM ${name}`;
}

/** Writes the statement that closes a cursor. */
export function closeCursor(name: string): string {
  return `CLOSE ${name}`;
}

/** How a prepared statement is forgotten. */
interface Forgetting {
  readonly sql: string;
  /** What puts the transaction right again if it fails. */
  readonly undo?: string;
}

/** Writes what forgets a prepared statement, outside of a transaction. */
export function forgetStatement(name: string): Forgetting {
  return { sql: `DEALLOCATE ${name}` };
}

/** Writes what forgets a prepared statement without failing the transaction when there is none of this name. */
export function forgetInTransaction(name: string): Forgetting {
  const savepoint = `forget_${name}`;
  const release = `RELEASE SAVEPOINT ${savepoint}`;
  return {
    sql: `SAVEPOINT ${savepoint}; DEALLOCATE ${name}; ${release}`,
    undo: `ROLLBACK TO SAVEPOINT ${savepoint}; ${release}`,
  };
}
