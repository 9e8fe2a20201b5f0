/**
 * A file of SQLite, and those in this process who have it open.
 *
 * One connection writes at a time. SQLite makes the others wait by stopping their thread, but here it is the thread that
 * the writer needs to go on: both would stand still until the time is over. So SQLite is told not to wait. In an engine
 * with promises a statement that finds the file locked stands in line, and is sent again as soon as a transaction of
 * this process ends, and now and then for the sake of other processes. Without promises nobody here can go on
 * meanwhile: SQLite waits for other processes, and for a transaction of this one nothing does.
 *
 * Below: a connection of a client library. Above: the two drivers of SQLite.
 */
import { realpathSync } from "node:fs";
import { resolve } from "node:path";
import { asStale, busyWith, isBusy, isStale } from "../dialects/sqlite/errors.ts";
import type { DriverOptions, LiveConnection, Soon } from "../engine/driver.ts";
import type { DatabaseUrl } from "../engine/url.ts";
import type { Execute, Open, RawCursor, RawResult, Statement } from "../io/ask.ts";

/** A connection of a client library for SQLite, which answers at once. */
export interface SqliteClient extends LiveConnection {
  /** Whether a transaction is open; undefined where the client library does not tell. */
  readonly isInTransaction: boolean | undefined;
  execute(ask: Execute): RawResult;
  /** Reads the first row as well, so that a locked file is noticed here and not by a later `fetch`. */
  open(ask: Open): RawCursor;
}

/** Lets a connection wait for others that use its file; one to a database in memory is alone and stays as it is. */
export function shareFile(client: SqliteClient, url: DatabaseUrl, options: DriverOptions): LiveConnection {
  return url.database === undefined ? client : new FileConnection(client, fileAt(url.database), options);
}

/** How far a transaction is: `begun` ones hold no lock, `reading` ones see the file as it was at their first read. */
type Phase = "outside" | "begun" | "reading" | "writing";

const writing =
  /^\s*(?:begin\s+(?:immediate|exclusive)|insert|update|delete|replace|create|drop|alter|reindex|vacuum|analyze)\b/i;
const writingAfterWith = /^\s*with\b.*\b(?:insert\s+(?:or|into)|replace\s+into|update|delete\s+from)\s/is;
const beginning = /^\s*(?:begin|savepoint)\b/i;
const withoutLock = /^\s*(?:begin|savepoint|release|rollback)\b/i;
const ending = /^\s*(?:commit|end|rollback(?!\s+(?:transaction\s+)?to\b))\b/i;
const committing = /^\s*(?:commit|end|release)\b/i;

/** The phase after a statement that succeeded. */
function phaseAfter(before: Phase, { sql }: Statement, isInTransaction: boolean | undefined): Phase {
  const isInside = isInTransaction ?? (beginning.test(sql) || (before !== "outside" && !ending.test(sql)));
  if (!isInside) return "outside";
  if (before === "writing" || writing.test(sql) || writingAfterWith.test(sql)) return "writing";
  if (withoutLock.test(sql)) return before === "outside" ? "begun" : before;
  return "reading";
}

class FileConnection implements LiveConnection {
  readonly #client: SqliteClient;
  readonly #file: SharedFile;
  readonly #timeoutMs: number;
  readonly #canWait: boolean;
  #phase: Phase = "outside";
  #isClosed = false;

  constructor(client: SqliteClient, file: SharedFile, { timeoutMs, canWait }: DriverOptions) {
    this.#client = client;
    this.#file = file;
    // The longest time that a timer of JavaScript, and SQLite's own, can be set to.
    this.#timeoutMs = Math.min(Math.ceil(timeoutMs), 2 ** 31 - 1);
    this.#canWait = canWait;
    file.connectionCount++;
  }

  get isOpen(): boolean {
    return this.#client.isOpen;
  }

  get isInTransaction(): boolean | undefined {
    return this.#client.isInTransaction;
  }

  get phase(): Phase {
    return this.#phase;
  }

  execute(ask: Execute): Soon<RawResult> {
    return this.#send(ask, () => this.#client.execute(ask));
  }

  open(ask: Open): Soon<RawCursor> {
    return this.#send(ask, () => this.#client.open(ask));
  }

  fetch(cursor: RawCursor, count: number): Soon<unknown[][]> {
    return this.#client.fetch(cursor, count);
  }

  closeCursor(cursor: RawCursor): Soon<void> {
    return this.#client.closeCursor(cursor);
  }

  close(): Soon<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const closing = this.#client.close();
    this.#enter("outside");
    this.#file.leave();
    return closing;
  }

  #send<Answer>(ask: Statement, send: () => Answer): Soon<Answer> {
    const attempt = (): Answer => {
      const answer = send();
      this.#enter(phaseAfter(this.#phase, ask, this.#client.isInTransaction));
      return answer;
    };
    try {
      const answer = attempt();
      if (this.#phase === "outside") this.#file.wake();
      return answer;
    } catch (error) {
      if (isStale(error) || !isBusy(error)) {
        this.#noticeEnd();
        throw error;
      }
      // What this transaction has read is over once somebody else writes, however long it waits.
      const isUpgrade = this.#phase === "reading" && !committing.test(ask.sql);
      if (!this.#canWait) return this.#insist(attempt, error, isUpgrade);
      // For another process SQLite itself does not wait then: that one's commit may wait for this transaction.
      if (isUpgrade && !this.#file.isWrittenBesides(this)) throw asStale(error);
      return this.#file.wait(attempt, {
        error,
        isUpgrade,
        isCommit: committing.test(ask.sql),
        timeoutMs: this.#timeoutMs,
      });
    }
  }

  /** A failure may have ended the transaction: ON CONFLICT ROLLBACK, a full disk. */
  #noticeEnd(): void {
    if (this.#client.isInTransaction !== false || this.#phase === "outside") return;
    this.#enter("outside");
    this.#file.wake();
  }

  #enter(phase: Phase): void {
    if (phase === this.#phase) return;
    this.#phase = phase;
    if (phase === "outside") this.#file.inTransaction.delete(this);
    else this.#file.inTransaction.add(this);
  }

  /** Waits as SQLite does, unless it would be for somebody who cannot go on meanwhile. */
  #insist<Answer>(attempt: () => Answer, error: unknown, isUpgrade: boolean): Answer {
    if (isUpgrade) throw asStale(error);
    if (this.#file.isWrittenBesides(this) || (this.#file.isReadBesides(this) && !this.#isWal())) {
      throw busyWith(
        error,
        "a transaction of this process holds the lock, and cannot end while this statement waits",
      );
    }
    try {
      this.#pragma(`busy_timeout = ${this.#timeoutMs}`);
      const answer = attempt();
      this.#file.wake();
      return answer;
    } catch (again) {
      throw isBusy(again) ? busyWith(again, `it still is after ${this.#timeoutMs} ms`) : again;
    } finally {
      this.#pragma("busy_timeout = 0");
    }
  }

  /** Whether readers and writers go past each other; otherwise a reader of this process holds up the writer of another. */
  #isWal(): boolean {
    try {
      return this.#pragma("journal_mode").rows[0]?.[0] === "wal";
    } catch {
      return false;
    }
  }

  #pragma(text: string): RawResult {
    return this.#client.execute({
      kind: "execute",
      connection: this.#client,
      sql: `PRAGMA ${text}`,
      parameters: [],
    });
  }
}

/** How a statement waits. */
interface Waiting {
  /** What the client said. */
  readonly error: unknown;
  /** It wants to write in a transaction that has read. */
  readonly isUpgrade: boolean;
  readonly isCommit: boolean;
  readonly timeoutMs: number;
}

interface Waiter extends Waiting {
  /** Sends the statement again. False: the file is locked still. */
  tryAgain(): boolean;
  /** Ends the waiting without success. */
  giveUp(error: unknown): void;
}

const LONGEST_PAUSE_MS = 50;

/** One file: who is in a transaction on it, and who waits. */
class SharedFile {
  /** Connections of this process in a transaction. Others are not held, so that those nobody closes can be collected. */
  readonly inTransaction = new Set<FileConnection>();
  connectionCount = 0;
  readonly #path: string;
  /** In the order in which they came. */
  readonly #waiters = new Set<Waiter>();
  #timer: NodeJS.Timeout | undefined;
  #pauseMs = 1;

  constructor(path: string) {
    this.#path = path;
  }

  leave(): void {
    this.connectionCount--;
    this.wake();
    if (this.connectionCount === 0) files.delete(this.#path);
  }

  isWrittenBesides(one: FileConnection): boolean {
    return [...this.inTransaction].some((other) => other !== one && other.phase === "writing");
  }

  isReadBesides(one: FileConnection): boolean {
    return [...this.inTransaction].some((other) => other !== one && other.phase === "reading");
  }

  /**
   * Sends a statement again until the file is free for it.
   *
   * Errors: the client's SQLITE_BUSY when the time is over, SQLITE_BUSY_SNAPSHOT when it can never be free.
   */
  wait<Answer>(attempt: () => Answer, waiting: Waiting): Promise<Answer> {
    return new Promise((fulfil, reject) => {
      const { timeoutMs } = waiting;
      const leave = (): void => {
        clearTimeout(deadline);
        this.#waiters.delete(waiter);
      };
      const waiter: Waiter = {
        ...waiting,
        tryAgain: () => {
          try {
            const answer = attempt();
            leave();
            fulfil(answer);
          } catch (error) {
            if (isBusy(error) && !isStale(error)) return false;
            waiter.giveUp(error);
          }
          return true;
        },
        giveUp: (error) => {
          leave();
          reject(error);
        },
      };
      const deadline = setTimeout(() => {
        if (!waiter.tryAgain()) waiter.giveUp(busyWith(waiting.error, `it still is after ${timeoutMs} ms`));
        else this.wake();
      }, timeoutMs);
      this.#waiters.add(waiter);
      this.#refuseUpgrades();
      this.#poll();
    });
  }

  /** Lets those who wait try again, in order: the lock passes on before anybody else can ask for it. */
  wake(): void {
    // One that succeeds may have been what an earlier one waits for: a commit ends a transaction.
    let isDone = this.#waiters.size === 0;
    while (!isDone) {
      isDone = true;
      for (const waiter of [...this.#waiters]) if (waiter.tryAgain()) isDone = false;
    }
  }

  /**
   * Where the file has no write-ahead log, a commit waits until nobody reads. A reader that waits to write then never
   * gets there: the commit makes what it has read stale.
   */
  #refuseUpgrades(): void {
    const waiters = [...this.#waiters];
    if (!waiters.some(({ isCommit }) => isCommit)) return;
    for (const waiter of waiters) if (waiter.isUpgrade) waiter.giveUp(asStale(waiter.error));
  }

  /** Tries now and then, for nobody tells when another process lets go. */
  #poll(): void {
    if (this.#timer !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#pauseMs = Math.min(this.#pauseMs * 2, LONGEST_PAUSE_MS);
      this.wake();
      if (this.#waiters.size > 0) this.#poll();
      else this.#pauseMs = 1;
    }, this.#pauseMs);
  }
}

/** The files of this process by their real paths, so that all engines on one file know of each other. */
const files = new Map<string, SharedFile>();

function fileAt(path: string): SharedFile {
  const real = realPath(path);
  let file = files.get(real);
  if (file === undefined) {
    file = new SharedFile(real);
    files.set(real, file);
  }
  return file;
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    // Not a path but a `file:` URI, say, which only SQLite reads.
    return resolve(path);
  }
}
