/**
 * `scopedSession`: one session for each request (or whatever the scope is), found from anywhere below it.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { fail } from "../../foundation/errors.ts";

/** A `Session` or a `SyncSession`. */
interface Closable {
  close(): unknown;
}

/** What a call gives with sessions of this colour. */
export type InColourOf<Opened, Value> = Opened extends AsyncDisposable ? Promise<Awaited<Value>> : Value;

/** The session of the scope that runs. */
export interface ScopedSession<Opened extends Closable> {
  /** The session of the scope; opened on first use. Errors: session/no-scope. */
  (): Opened;
  /** Whether the scope has opened its session. */
  has(): boolean;
  /** Closes the scope's session and forgets it: the next use opens another. */
  remove(): InColourOf<Opened, void>;
  /** Runs a function in a scope of its own, and closes its session at the end. Commits nothing by itself. */
  run<Value>(body: (session: Opened) => Value): InColourOf<Opened, Value>;
}

/** A place for one scope's session. */
interface Scope<Opened> {
  session: Opened | undefined;
}

/**
 * Makes a function that gives the session of the scope: of the `run()` that it is called in, across `await`s. With
 * `scopeOf` the scope is what that function gives, such as the request that some framework keeps; then `remove()` has to
 * be called at its end.
 *
 * @example
 * const current = scopedSession(sessionmaker(engine));
 * await current.run(async () => {
 *   current().add(new User({ username: "zoe", email: "zoe@example.com" }));
 *   await current().commit();
 * });
 */
export function scopedSession<Opened extends Closable>(
  open: () => Opened,
  scopeOf?: () => object,
): ScopedSession<Opened> {
  const storage = new AsyncLocalStorage<Scope<Opened>>();
  const scopes = new WeakMap<object, Scope<Opened>>();

  const scope = (): Scope<Opened> | undefined => {
    const running = storage.getStore();
    if (running !== undefined || scopeOf === undefined) return running;
    const key = scopeOf();
    const known = scopes.get(key) ?? { session: undefined };
    scopes.set(key, known);
    return known;
  };
  const current = (): Opened => {
    const found = scope();
    if (found === undefined) throw fail("session/no-scope", {});
    found.session ??= open();
    return found.session;
  };
  const remove = (): unknown => {
    const found = scope();
    const session = found?.session;
    if (found !== undefined) found.session = undefined;
    return session?.close();
  };
  const run = (body: (session: Opened) => unknown): unknown =>
    storage.run({ session: undefined }, () => inTurn(() => body(current()), remove));
  return Object.assign(current, {
    has: () => scope()?.session !== undefined,
    remove,
    run,
  }) as ScopedSession<Opened>;
}

/** Does one thing and then, whatever became of it, another: at once, or when what they promise is done. */
function inTurn(first: () => unknown, last: () => unknown): unknown {
  let value: unknown;
  try {
    value = first();
  } catch (error) {
    const ended = last();
    if (isPromise(ended)) return ended.then(() => Promise.reject(error));
    throw error;
  }
  if (isPromise(value)) return Promise.resolve(value).finally(last);
  const ended = last();
  return isPromise(ended) ? ended.then(() => value) : value;
}

/** Results that are executed when they are awaited are promises, too. */
function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}
