/**
 * Records the statements of an engine in the words of the format.
 */
import type { AnyEngine, AnyStatementEvent } from "./library.ts";
import type { SqlEntry } from "./scenario.ts";

const writes = new Set(["INSERT", "UPDATE", "DELETE"]);
const transactionVerbs = new Set(["BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE"]);

/** Collects what an engine sends between two calls of {@link Recorder.take}. */
export class Recorder {
  /** While false, statements are not recorded. */
  isOn = false;
  /** Whether the last statement that failed was sent by a flush. */
  failedInFlush = false;
  #entries: SqlEntry[] = [];

  constructor(engine: AnyEngine) {
    engine.on("statement", (event) => this.#note(event));
  }

  /** Gives what was recorded since the last call; neighbouring SELECTs are sorted, as their order means nothing. */
  take(): SqlEntry[] {
    const taken = this.#entries;
    this.#entries = [];
    this.failedInFlush = false;
    for (let start = 0; start < taken.length; start++) {
      let end = start;
      while (taken[end]?.[0] === "SELECT") end++;
      if (end > start + 1) {
        const sorted = taken.slice(start, end).sort(([, left], [, right]) => (left < right ? -1 : 1));
        taken.splice(start, end - start, ...sorted);
      }
      if (end > start) start = end - 1;
    }
    return taken;
  }

  #note(event: AnyStatementEvent): void {
    if (!this.isOn) return;
    if (event.error !== undefined && event.error !== null) this.failedInFlush = isOfFlush(event);
    if (transactionVerbs.has(event.verb)) {
      const verb = /^\s*ROLLBACK\s+TO\b/i.test(event.sql) ? "ROLLBACK TO" : event.verb;
      this.#entries.push([verb, "", 0]);
    } else if (writes.has(event.verb)) {
      this.#entries.push([event.verb, event.tables[0] ?? "", event.parameterSets ?? setsOf(event)]);
    } else if (event.verb === "SELECT" && !isOfFlush(event)) {
      this.#entries.push(["SELECT", [...new Set(event.tables)].sort().join("+"), 1]);
    }
  }
}

/** A flush puts its name first into the label of each of its statements. */
function isOfFlush({ label }: AnyStatementEvent): boolean {
  return label?.startsWith("flush") === true;
}

/** Counts the rows of a write whose event does not tell: an INSERT by its lists of values. */
function setsOf(event: AnyStatementEvent): number {
  const { verb, sql, rowCount } = event;
  if (verb !== "INSERT") return isOfFlush(event) ? Math.max(rowCount, 1) : 1;
  return Math.max(sql.slice(sql.indexOf("VALUES")).match(/\((?=[?$'\d]|NULL|DEFAULT)/g)?.length ?? 1, 1);
}
