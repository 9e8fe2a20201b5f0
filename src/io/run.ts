/**
 * Carries a flow's asks to whoever answers them, and the answers back: once without promises, once with.
 *
 * Contract: answer with `next(value)`, fail with `throw(error)`, and keep driving until the flow is done, so that
 * what a `finally` block asks is still answered. `call` and `all` never reach the answering side.
 */
import { type Caller, callerOf, fail, withCaller } from "../foundation/errors.ts";
import { Abort } from "./abort.ts";
import type { Ask, DriverAsk, Io } from "./ask.ts";
import { begin, claim, end, lend, type RunOptions, type Turn, takeBack } from "./lane.ts";

/** Answers an ask at once. */
export type SyncAnswer = (ask: DriverAsk) => unknown;

/** Answers an ask at once or by a promise; may use the signal to cancel what it began. */
export type AsyncAnswer = (ask: DriverAsk, signal?: AbortSignal) => unknown;

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
