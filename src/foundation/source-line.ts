/**
 * The line of the application that led to where the library is: read from a stack, for messages.
 */
import type { Caller } from "./errors.ts";

/**
 * Finds the innermost line of the application: in what was remembered of a caller, or else on the stack as it is now.
 *
 * Shape: `/app/page.ts:12:9`; undefined where no frame is the application's, as on the far side of an await, and where a
 * bundler put library and application into one file.
 */
export function sourceLine(caller: Caller | undefined): string | undefined {
  const here = positionsIn(wholeStack());
  const library = /^(.*)(?:foundation\/source-line|bundle\/[^/]+)\.[jt]s:/.exec(here[0] ?? "")?.[1];
  if (library === undefined) return undefined;
  const isApplication = (position: string) => !position.startsWith(library) && !foreign.test(position);
  return [...positionsIn(caller?.stack), ...here].find(isApplication)?.replace("file://", "");
}

const foreign = /^node:|[\\/]node_modules[\\/]/;

/** Flows are generators within generators, deeper than a stack is remembered by default. */
function wholeStack(): string | undefined {
  const before = Error.stackTraceLimit;
  Error.stackTraceLimit = Number.POSITIVE_INFINITY;
  const { stack } = new Error();
  Error.stackTraceLimit = before;
  return stack;
}

/** `at run (/app/page.ts:12:9)`, `at async /app/page.ts:12:9` → `/app/page.ts:12:9`. */
function positionsIn(stack: string | undefined): string[] {
  // An application may have replaced what a stack is.
  const frames = String(stack ?? "").matchAll(/^ +at (?:.*? \(|async )?(.+:\d+:\d+)\)?$/gm);
  return Array.from(frames, ([, position]) => position!);
}
