import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { demandNone, placeOf, readSources, type SourceFile, sourceFile } from "./support/source-files.ts";

// An Io does nothing until somebody drives it. A call whose Io is dropped compiles and silently never runs,
// so this looks for such calls by their text.

/** The names of all functions whose written return type is Io. */
function ioFunctions(files: readonly SourceFile[]): Set<string> {
  const declaration =
    /\b(?:function\s*\*?\s*([\w$]+)|const\s+([\w$]+)\s*=\s*(?:function\s*\*?\s*)?)\s*(?=[<(])/g;
  const names = new Set<string>();
  for (const { code } of files) {
    for (const match of code.matchAll(declaration)) {
      const parameters = code.indexOf("(", endOfTypeParameters(code, match.index + match[0].length));
      const result = code.slice(endOfBrackets(code, parameters));
      if (/^\s*:\s*Io</.test(result)) names.add(match[1] ?? match[2] ?? "");
    }
  }
  return names;
}

/** The position after the bracket that closes the one at `start`. */
function endOfBrackets(code: string, start: number): number {
  let depth = 0;
  for (let position = start; position < code.length; position++) {
    const character = code.charAt(position);
    if ("([{".includes(character)) depth++;
    if (")]}".includes(character) && --depth === 0) return position + 1;
  }
  return code.length;
}

function endOfTypeParameters(code: string, start: number): number {
  if (code.charAt(start) !== "<") return start;
  let depth = 0;
  for (let position = start; position < code.length; position++) {
    if (code.charAt(position) === "<") depth++;
    // The > of an arrow closes nothing.
    if (code.charAt(position) === ">" && code.charAt(position - 1) !== "=" && --depth === 0)
      return position + 1;
  }
  return code.length;
}

function floatingCalls(files: readonly SourceFile[]): string[] {
  const names = ioFunctions(files);
  return files.flatMap((file) =>
    [...file.code.matchAll(/(?<![.\w$])(yield\s+|await\s+|void\s+)?([\w$]+)(?=\()/g)].flatMap((match) => {
      const [, before, name = ""] = match;
      if (!names.has(name)) return [];
      const call = `${placeOf(file, match.index)} calls ${name}(), which returns an Io,`;
      if (before) return [`${call} after "${before.trim()}"; write yield*.`];
      const startsStatement = /(?:^|[;{}]|\belse|\n\s*if \(.*\))\s*$/.test(file.code.slice(0, match.index));
      const rest = file.code.slice(endOfBrackets(file.code, match.index + match[0].length));
      return startsStatement && /^\s*;/.test(rest) ? [`${call} and drops it; write yield* before it.`] : [];
    }),
  );
}

describe("Io", () => {
  test("is never dropped: every call is driven with yield* or passed on", () => {
    const src = join(import.meta.dirname, "../src");
    demandNone(existsSync(src) ? floatingCalls(readSources(src)) : []);
  });
});

describe("the check above", () => {
  const declarations = [
    "export function* save<Row extends (a: 1) => 2>(row: Row, options: { deep: boolean }): Io<void> {}",
    "export const load = (key: string): Io<number> => start(key);",
    "function plan(key: string): number { return 1; }",
  ].join("\n");
  const lines = (body: string) =>
    floatingCalls([sourceFile("sql/a.ts", declarations), sourceFile("sql/b.ts", body)]).map(
      (one) => one.split(" ")[0],
    );

  test("notices dropped calls and calls driven the wrong way", () => {
    const body =
      "{\n  save(a);\n  if (b) save(\n    c,\n  );\n  yield load(d);\n  const e = await load(f);\n}";
    expect(lines(body)).toEqual(["src/sql/b.ts:2", "src/sql/b.ts:3", "src/sql/b.ts:6", "src/sql/b.ts:7"]);
  });

  test("lets driven calls, calls passed on, pure calls and methods of the same name pass", () => {
    const body = [
      "yield* save(a);\nconst b = yield* load(c);\nreturn load(d);\nrun(save(e), driver);\nplan(f);\nthis.load(g);",
      "class Session {\n  save(row: Row): Promise<void> {\n    return run(save(row));\n  }\n  load(key: string) {}\n}",
    ].join("\n");
    expect(lines(body)).toEqual([]);
  });
});
