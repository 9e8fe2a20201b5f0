/**
 * What an engine is, in either colour: a dialect, a pool, listeners and settings. The shells add the colour.
 *
 * Below: `dialect.ts`, `events.ts`. Above: `connection.ts`, the shells, and the ORM's sessions.
 */
import type { DriverAsk, PoolPort } from "../io/ask.ts";
import type { Dialect, IsolationLevel } from "./dialect.ts";
import type { EventHub } from "./events.ts";

/** The part of an engine that flows use. */
export interface EngineCore {
  readonly dialect: Dialect;
  readonly pool: PoolPort;
  readonly events: EventHub;
  /** How transactions begin unless they say otherwise; undefined: the product's default. */
  readonly isolationLevel: IsolationLevel | undefined;
  /** SQLite: when a transaction takes its lock unless it says otherwise. */
  readonly transactionMode: "deferred" | "immediate" | "exclusive" | undefined;
  /** Whether errors may show parameter values. */
  readonly showParameters: boolean;
  /** Host and port or file, for messages. */
  readonly address: string;
  /** Answers what a flow asks; `runSync` and `runAsync` take it. */
  readonly answer: (ask: DriverAsk, signal?: AbortSignal) => unknown;
}
