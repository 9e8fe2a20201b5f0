import { describe, expect, test } from "vitest";
import { sourceLine } from "../../src/foundation/source-line.ts";

const lineIn = (...frames: string[]) => sourceLine({ stack: ["Error", ...frames].join("\n") });
const library = new URL("../../src/", import.meta.url).pathname;

describe("sourceLine", () => {
  test("finds the line that calls it", () => {
    const here = new Error().stack!.split("\n")[1]!.replace(/^.*\(|\)$|^ +at /g, "");
    const [file, line] = here.replace("file://", "").split(":");
    expect(sourceLine(undefined)).toMatch(new RegExp(`^${file}:${Number(line) + 2}:\\d+$`));
  });

  test("passes over the library, packages and Node.js", () => {
    expect(
      lineIn(
        `    at Session.get (${library}orm/session/session.ts:1:1)`,
        "    at new Promise (<anonymous>)",
        "    at async Promise.all (index 0)",
        "    at process.processTicksAndRejections (node:internal/process/task_queues:104:5)",
        "    at each (file:///app/node_modules/lodash/each.js:3:4)",
        "    at page (file:///app/page.ts:12:9)",
        "    at main (/app/main.ts:1:1)",
      ),
    ).toBe("/app/page.ts:12:9");
  });

  test.each([
    ["    at /app/page.ts:12:9", "/app/page.ts:12:9"],
    ["    at async file:///app/page.ts:12:9", "/app/page.ts:12:9"],
    ["    at async Page.load [as run] (/app/(shop)/page.ts:12:9)", "/app/(shop)/page.ts:12:9"],
    ["    at load (C:\\app\\page.ts:12:9)", "C:\\app\\page.ts:12:9"],
  ])("reads the frame %s", (frame, line) => {
    expect(lineIn(frame)).toBe(line);
  });

  test("leaves the limit of stacks as it was", () => {
    const before = Error.stackTraceLimit;
    sourceLine(undefined);
    expect(Error.stackTraceLimit).toBe(before);
  });
});
