/**
 * Who may run on a lane: one flow at a time, and while it waits for a user's function, the flows that the function begins.
 */
import { fail } from "../foundation/errors.ts";
import type { Io } from "./ask.ts";

/** How a flow is run. */
export interface RunOptions {
  /**
   * Whatever may have only one flow running at a time (a connection). While a flow waits for a user's
   * function (`call`) its lane is lent to the flows that the function begins.
   */
  readonly lane?: object | undefined;
  /** What is run, for messages (`session.flush()`). */
  readonly what?: string | undefined;
}

/** One running flow on its lane. */
export interface Turn {
  readonly what: string;
  readonly lane: object | undefined;
  /** The flow of the same lane that waits for the user's function in which this one was begun. */
  readonly outer: Turn | undefined;
  /** For how many users' functions this flow waits. */
  lent: number;
  hasEnded: boolean;
}

/** Stands on a flow that runs or ran: a WeakSet of all flows costs a twentieth of a short statement. */
const CLAIMED: unique symbol = Symbol("ormolu.claimed");
const innermostByLane = new WeakMap<object, Turn>();

/** Begins a flow, inside the one that has lent the lane. Errors: io/busy, io/already-run. */
export function begin(io: Io<unknown>, { what = "an operation", lane }: RunOptions): Turn {
  const outer = lane && innermostByLane.get(lane);
  if (outer !== undefined && outer.lent === 0) throw fail("io/busy", { what, running: outer.what });
  claim(io, what);
  const turn: Turn = { what, lane, outer, lent: 0, hasEnded: false };
  if (lane !== undefined) innermostByLane.set(lane, turn);
  return turn;
}

/** Notes that a flow runs. Errors: io/already-run. */
export function claim(io: Io<unknown> & { [CLAIMED]?: true }, what: string): void {
  if (io[CLAIMED]) throw fail("io/already-run", { what });
  io[CLAIMED] = true;
}

/** Ends a flow. */
export function end(turn: Turn): void {
  turn.hasEnded = true;
  if (turn.lane === undefined) return;
  // A flow that nobody awaited may outlive the one around it, and then gives up both places.
  let innermost = innermostByLane.get(turn.lane);
  while (innermost?.hasEnded) innermost = innermost.outer;
  if (innermost === undefined) innermostByLane.delete(turn.lane);
  else innermostByLane.set(turn.lane, innermost);
}

/** Lends the lane to a user's function. */
export function lend(turn: Turn): void {
  turn.lent++;
}

/** Takes the lane back. Errors: io/unfinished where the function left a flow running. */
export function takeBack(turn: Turn, what: string): void {
  turn.lent--;
  if (turn.lane === undefined || turn.lent > 0) return;
  if (innermostByLane.get(turn.lane) !== turn) throw fail("io/unfinished", { what });
}
