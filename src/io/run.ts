/**
 * Carries a flow's asks to whoever answers them, and the answers back: once without promises, once with.
 *
 * Contract: answer with `next(value)`, fail with `throw(error)`, and keep driving until the flow is done, so that
 * what a `finally` block asks is still answered. `call` and `all` never reach the answering side.
 */
import { type Caller, callerOf, fail, withCaller } from "../foundation/errors.ts";
import type { Ask, DriverAsk, Io } from "./ask.ts";

/** Answers an ask at once. */
export type SyncAnswer = (ask: DriverAsk) => unknown;

/** Answers an ask at once or by a promise; may use the signal to cancel what it began. */
export type AsyncAnswer = (ask: DriverAsk, signal?: AbortSignal) => unknown;

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

/** How a flow is run with promises. */
export interface AsyncRunOptions extends RunOptions {
  /** Throws io/aborted into the flow, once, at the first ask that may be interrupted. */
  readonly signal?: AbortSignal | undefined;
  /** Where it was called from, if the stack does not tell; errors name it. */
  readonly caller?: Caller | undefined;
}

/**
 * Runs a flow to its end and returns its value, without promises.
 *
 * Errors: io/promise-in-sync when a user's function or the answering side returns a promise; io/already-run;
 *         io/busy and io/unfinished by lane; whatever the flow throws.
 */
export function runSync<T>(io: Io<T>, answer: SyncAnswer, options: RunOptions = {}): T {
  const turn = begin(io, options);
  try {
    return driveSync(io, answer, turn);
  } catch (error) {
    // Flows are generators within generators: the ten frames of a stack end before the application's.
    throw withCaller(error, callerOf(runSync));
  } finally {
    end(turn);
  }
}

/**
 * Runs a flow to its end, awaiting those answers that are promises and no others.
 *
 * Errors: io/aborted; io/already-run; io/busy and io/unfinished by lane; whatever the flow throws.
 */
export function runAsync<T>(io: Io<T>, answer: AsyncAnswer, options: AsyncRunOptions = {}): Promise<T> {
  try {
    return Promise.resolve(runAtOnce(io, answer, options));
  } catch (error) {
    return Promise.reject(error);
  }
}

/**
 * The same, but returns or throws at once what needed no waiting: an in-process database costs no promises, and its
 * errors have the application's line on their stack. That line is remembered only before the first wait.
 */
export function runAtOnce<T>(io: Io<T>, answer: AsyncAnswer, options: AsyncRunOptions = {}): T | Promise<T> {
  const turn = begin(io, options);
  const drive = new AsyncDrive(io, answer, turn, options.signal);
  let waiting: Waiting | undefined;
  try {
    waiting = drive.start();
  } catch (error) {
    end(turn);
    throw withCaller(error, options.caller ?? callerOf(runAtOnce));
  }
  if (waiting !== undefined) return finish(drive, waiting, turn, options.caller ?? callerOf(runAtOnce));
  end(turn);
  return drive.value;
}

async function finish<T>(drive: AsyncDrive<T>, waiting: Waiting, turn: Turn, caller: Caller): Promise<T> {
  try {
    return await drive.goOn(waiting);
  } catch (error) {
    throw withCaller(error, caller);
  } finally {
    end(turn);
  }
}

function driveSync<T>(io: Io<T>, answer: SyncAnswer, turn: Turn): T {
  let step = io.next();
  while (!step.done) {
    let value: unknown;
    try {
      value = answerSync(step.value, answer, turn);
    } catch (error) {
      step = io.throw(error);
      continue;
    }
    step = io.next(value);
  }
  return step.value;
}

function answerSync(ask: Ask, answer: SyncAnswer, turn: Turn): unknown {
  switch (ask.kind) {
    case "call":
      lend(turn);
      try {
        return refusePromise(ask.run(), ask.what);
      } finally {
        takeBack(turn, ask.what);
      }
    case "all":
      for (const io of ask.ios) claim(io, turn.what);
      return ask.ios.map((io) => driveSync(io, answer, turn));
    default:
      return refusePromise(answer(ask), ("label" in ask && ask.label) || `the driver's ${ask.kind}`);
  }
}

/** An ask whose answer is not there yet. */
interface Waiting {
  readonly ask: Ask;
  readonly answer: PromiseLike<unknown>;
}

/** Drives one flow from wait to wait. */
class AsyncDrive<T> {
  readonly #io: Io<T>;
  readonly #answer: AsyncAnswer;
  readonly #turn: Turn;
  readonly #abort: Abort | undefined;
  #value: T | undefined;

  constructor(io: Io<T>, answer: AsyncAnswer, turn: Turn, signal: AbortSignal | undefined) {
    this.#io = io;
    this.#answer = answer;
    this.#turn = turn;
    this.#abort = signal && new Abort(signal);
  }

  /** What the flow ended with. */
  get value(): T {
    return this.#value as T;
  }

  /** Runs the flow until it waits; undefined when it has ended. */
  start(): Waiting | undefined {
    return this.#advance(this.#io.next());
  }

  /** Runs the flow from a wait to its end. */
  async goOn(first: Waiting): Promise<T> {
    let waiting: Waiting | undefined = first;
    while (waiting !== undefined) {
      const { ask, answer }: Waiting = waiting;
      let value: unknown;
      let failed = false;
      try {
        value = await answer;
        this.#abort?.after(ask);
      } catch (error) {
        value = this.#errorOf(error, ask);
        failed = true;
      }
      waiting = this.#advance(failed ? this.#io.throw(value) : this.#io.next(value));
    }
    return this.value;
  }

  // Only a promise is awaited: an in-process database costs no turns of the event loop.
  #advance(from: IteratorResult<Ask, T>): Waiting | undefined {
    let step = from;
    while (!step.done) {
      const ask = step.value;
      let value: unknown;
      try {
        this.#abort?.before(ask);
        value = this.#answered(ask, this.#abort?.signalFor(ask));
        if (isPromise(value)) return { ask, answer: value };
        this.#abort?.after(ask);
      } catch (error) {
        step = this.#io.throw(this.#errorOf(error, ask));
        continue;
      }
      step = this.#io.next(value);
    }
    this.#value = step.value;
    return undefined;
  }

  #answered(ask: Ask, signal: AbortSignal | undefined): unknown {
    switch (ask.kind) {
      case "call":
        return callAsync(ask.run, ask.what, this.#turn);
      case "all":
        for (const io of ask.ios) claim(io, this.#turn.what);
        return overlap(ask.ios.map((io) => this.#besides(io, signal)));
      default:
        return signal === undefined ? this.#answer(ask) : this.#answer(ask, signal);
    }
  }

  async #besides(io: Io<unknown>, signal: AbortSignal | undefined): Promise<unknown> {
    const drive = new AsyncDrive(io, this.#answer, this.#turn, signal);
    const waiting = drive.start();
    return waiting === undefined ? drive.value : await drive.goOn(waiting);
  }

  #errorOf(error: unknown, ask: Ask): unknown {
    return this.#abort === undefined ? error : this.#abort.insteadOf(error, ask);
  }
}

function callAsync(run: () => unknown, what: string, turn: Turn): unknown {
  lend(turn);
  let value: unknown;
  try {
    value = run();
  } catch (error) {
    turn.lent--;
    throw error;
  }
  if (!isPromise(value)) {
    takeBack(turn, what);
    return value;
  }
  return Promise.resolve(value).then(
    (settled) => {
      takeBack(turn, what);
      return settled;
    },
    (error: unknown) => {
      // The function's own failure says more than the operations that it left running.
      turn.lent--;
      throw error;
    },
  );
}

/** Waits for all, also after a failure, so that nothing still runs when the flow goes on to clean up. */
async function overlap(promises: readonly Promise<unknown>[]): Promise<unknown[]> {
  const outcomes = await Promise.allSettled(promises);
  return outcomes.map((outcome) => {
    if (outcome.status === "rejected") throw outcome.reason;
    return outcome.value;
  });
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === "object" && value !== null && typeof (value as { then?: unknown }).then === "function"
  );
}

function refusePromise(value: unknown, what: string): unknown {
  if (!isPromise(value)) return value;
  // Its failure would otherwise end the process as an unhandled rejection, after this error told of it.
  value.then(undefined, () => undefined);
  throw fail("io/promise-in-sync", { what });
}

// ---------------------------------------------------------------- lanes

/** One running flow on its lane. */
interface Turn {
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

function begin(io: Io<unknown>, options: RunOptions): Turn {
  const what = options.what ?? "an operation";
  const outer = options.lane && innermostByLane.get(options.lane);
  if (outer !== undefined && outer.lent === 0) throw fail("io/busy", { what, running: outer.what });
  claim(io, what);
  const turn: Turn = { what, lane: options.lane, outer, lent: 0, hasEnded: false };
  if (turn.lane !== undefined) innermostByLane.set(turn.lane, turn);
  return turn;
}

function claim(io: Io<unknown> & { [CLAIMED]?: true }, what: string): void {
  if (io[CLAIMED]) throw fail("io/already-run", { what });
  io[CLAIMED] = true;
}

function end(turn: Turn): void {
  turn.hasEnded = true;
  if (turn.lane === undefined) return;
  // A flow that nobody awaited may outlive the one around it, and then gives up both places.
  let innermost = innermostByLane.get(turn.lane);
  while (innermost?.hasEnded) innermost = innermost.outer;
  if (innermost === undefined) innermostByLane.delete(turn.lane);
  else innermostByLane.set(turn.lane, innermost);
}

function lend(turn: Turn): void {
  turn.lent++;
}

function takeBack(turn: Turn, what: string): void {
  turn.lent--;
  if (turn.lane === undefined || turn.lent > 0) return;
  if (innermostByLane.get(turn.lane) !== turn) throw fail("io/unfinished", { what });
}

// ---------------------------------------------------------------- abort

/**
 * Decides where an abort reaches a flow: once, in place of the outcome of the ask in flight or of the next one.
 *
 * What an aborted `acquire` or `open` gave is still handed over, for the flow must give it back; `release`, `close`
 * and what is marked `uninterruptible` always run to their end.
 */
class Abort {
  readonly #signal: AbortSignal;
  #isDelivered = false;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  signalFor(ask: Ask): AbortSignal | undefined {
    return this.#isDelivered || !isInterruptible(ask) ? undefined : this.#signal;
  }

  before(ask: Ask): void {
    if (this.#isDue(ask)) throw this.#deliver();
  }

  after(ask: Ask): void {
    if (ask.kind !== "acquire" && ask.kind !== "open" && this.#isDue(ask)) throw this.#deliver();
  }

  insteadOf(error: unknown, ask: Ask): unknown {
    return this.#isDue(ask) ? this.#deliver() : error;
  }

  #isDue(ask: Ask): boolean {
    return this.#signal.aborted && !this.#isDelivered && isInterruptible(ask);
  }

  #deliver(): unknown {
    this.#isDelivered = true;
    return fail("io/aborted", {}, { cause: this.#signal.reason });
  }
}

function isInterruptible(ask: Ask): boolean {
  if (ask.kind === "execute" || ask.kind === "open") return ask.uninterruptible !== true;
  return ask.kind !== "release" && ask.kind !== "close";
}
