/**
 * Prepared statements of one connection by their text; the longest unused goes first.
 */

/** A bounded map whose oldest entry leaves when a new one comes. */
export class StatementCache<Statement> {
  readonly #capacity: number;
  readonly #onEvict: ((statement: Statement) => void) | undefined;
  // A Map keeps insertion order: its first key is the one that was not used for longest.
  readonly #statements = new Map<string, Statement>();
  #latestSql: string | undefined;

  constructor(capacity: number, onEvict?: (statement: Statement) => void) {
    this.#capacity = capacity;
    this.#onEvict = onEvict;
  }

  /** Gives the statement of this text, which thereby becomes the youngest. */
  get(sql: string): Statement | undefined {
    const statement = this.#statements.get(sql);
    if (statement === undefined || sql === this.#latestSql) return statement;
    // Until the cache is half full the order does not matter yet, and keeping it costs more than the look-up.
    if (this.#statements.size * 2 < this.#capacity) return statement;
    this.#statements.delete(sql);
    this.#statements.set(sql, statement);
    this.#latestSql = sql;
    return statement;
  }

  /** Keeps a statement. */
  set(sql: string, statement: Statement): void {
    this.delete(sql);
    if (this.#capacity <= 0) {
      this.#onEvict?.(statement);
      return;
    }
    if (this.#statements.size >= this.#capacity) this.delete(this.#statements.keys().next().value!);
    this.#statements.set(sql, statement);
    this.#latestSql = sql;
  }

  /** Drops the statement of this text. */
  delete(sql: string): void {
    const statement = this.#statements.get(sql);
    if (statement === undefined) return;
    this.#statements.delete(sql);
    if (this.#latestSql === sql) this.#latestSql = undefined;
    this.#onEvict?.(statement);
  }

  /** Drops all. */
  clear(): void {
    for (const sql of [...this.#statements.keys()]) this.delete(sql);
  }
}
