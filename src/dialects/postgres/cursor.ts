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

/** Writes the statement that forgets a prepared statement. */
export function forgetStatement(name: string): string {
  return `DEALLOCATE ${name}`;
}
