/**
 * What the engine needs from a client library.
 *
 * A driver opens connections; a connection executes SQL text with encoded parameters and answers raw rows. It knows
 * no SQL, no types and no pool. Below: the asks of `io/`. Above: one file per client in `drivers/`.
 */
import type { DriverConnection, Execute, Open, RawCursor, RawResult } from "../io/ask.ts";
import type { Dialect } from "./dialect.ts";
import type { DatabaseUrl } from "./url.ts";

/** A value at once, from a database in this process, or a promise of it. */
export type Soon<Value> = Value | Promise<Value>;

/** An open connection of a client library. One statement at a time. */
export interface LiveConnection extends DriverConnection {
  /** False once the server or the file is gone: the pool then replaces the connection. */
  readonly isOpen: boolean;
  /** Whether a transaction is open; undefined where the client library does not tell. */
  readonly isInTransaction?: boolean | undefined;
  /** Whether a statement of the open transaction failed, so that COMMIT would undo it without a word. */
  readonly isTransactionFailed?: boolean;
  execute(ask: Execute): Soon<RawResult>;
  open(ask: Open): Soon<RawCursor>;
  fetch(cursor: RawCursor, count: number): Soon<unknown[][]>;
  closeCursor(cursor: RawCursor): Soon<void>;
  /** Tells that the connection goes to rest in the pool, or is taken from there. */
  setIdle?(isIdle: boolean): void;
  /** Ends the connection; never fails, and closing twice is harmless. */
  close(): Soon<void>;
}

/** Settings of an engine that reach the driver. */
export interface DriverOptions {
  /** Whether statements are prepared by name on the server. Off for a pooler that shares server connections. */
  readonly preparedStatements: boolean;
  /** How many prepared statements a connection keeps. */
  readonly statementCacheSize: number;
  /** How long opening a connection, and waiting for another's lock on a file, may take. */
  readonly timeoutMs: number;
  /** Whether answers may be promises; an engine without promises needs each at once. */
  readonly canWait: boolean;
  /** Handed to the client library as they are, over everything else. */
  readonly clientOptions: Readonly<Record<string, unknown>>;
}

/** Where databases are: in files, or behind a port of a server. */
export type DatabasePlace = "file" | { readonly defaultPort: number };

/** A client library. */
export interface Driver {
  /** As in `connection/driver-missing`: the name of the npm package, or of the built-in module. */
  readonly name: string;
  /** URL schemes that mean this driver: `["postgresql", "postgres", "postgresql+pg"]`. */
  readonly schemes: readonly string[];
  readonly dialect: Dialect;
  /** Where its databases are: in files that the paths of URLs name (or in memory), or on servers. */
  readonly place: DatabasePlace;
  /** Whether every answer comes at once, so that a sync engine can use it. */
  readonly isSync: boolean;
  /** Whether all users of this database must share one connection, as those of a database in memory must. */
  hasOneConnection(url: DatabaseUrl): boolean;
  /** Opens a connection. Errors: whatever the client throws; the engine translates it. */
  connect(url: DatabaseUrl, options: DriverOptions): Soon<LiveConnection>;
}
