/** Makes modules of the examples in doc comments, to be compiled and run. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../docs/pages.ts";
import { parse, withComparisons } from "./documented.ts";

/** An example, by the file that it stands in. */
export interface Example {
  /** From src on. */
  readonly file: string;
  readonly code: string;
}

/** What stands in an example that is no program, and why it is only read. */
const skipped: readonly (readonly [begins: string, reason: string])[] = [
  ["catch (error)", "it is part of a statement"],
  ["Loaded<", "it is a type"],
  ["const tables = once", "readTables is the reader's"],
  ["const compiledOf", "SelectNode is a type of another file"],
  ["play(flush(session)", "its statements are abridged"],
  ["batch(changes)", "the changes are made by a flush"],
  ["parseCascade(", "the place is made while classes are resolved"],
  ["rewrite(statement", "the statement is any"],
  ["throw fail(", "it throws"],
];

/** Why an example is not run; undefined when it is. */
export function reasonNotToRun({ code }: Example): string | undefined {
  return skipped.find(([begins]) => code.startsWith(begins))?.[1];
}

/** Finds the examples in the doc comments of a file. */
export function examplesOf(file: string): Example[] {
  const text = readFileSync(join(root, "src", file), "utf8");
  const comments = [...text.matchAll(/^ *\/\*\*\n([\s\S]*?)\*\//gm)].map(([, comment]) =>
    comment!.replace(/^ *\* ?/gm, ""),
  );
  return comments
    .flatMap((comment) => comment.split(/^@/m))
    .filter((part) => part.startsWith("example"))
    .map((part) => ({ file, code: part.slice("example".length).trim() }));
}

/** Throws where an example is neither a program nor part of one. */
export function readExample({ code }: Example): void {
  parse(`async function example() {\n${asProgram(code)}\n}`);
}

/** Completes what is a part of a program: a getter of a shape, a type, the end of a statement. */
function asProgram(code: string): string {
  if (code.startsWith("get ")) return `({ ${code} });`;
  if (code.startsWith("catch ")) return `try {} ${code}`;
  if (/^\w+<.*>$/.test(code)) return `type Example = ${code};`;
  return code;
}

/** Where a name may come from, the nearest first: the file itself, the entries, the world of the examples. */
export interface Origin {
  /** As the generated module imports it. */
  readonly path: string;
  readonly names: readonly string[];
}

/** Makes the module of a file's examples, each a function of its own. */
export function moduleOfExamples(examples: readonly Example[], origins: readonly Origin[]): string {
  const wanted = new Set(
    examples.flatMap(({ code }) => code.match(/(?<![\w"]|(?<!\.\.)\.)[A-Za-z_]\w*/g) ?? []),
  );
  const isSync = examples.some(({ file }) => file.includes("sync-"));
  const imports = [...wanted].flatMap((name) => {
    const origin = origins.find(({ names }) => names.includes(name));
    if (origin === undefined) return [];
    const imported = isSync && name === "engine" ? "syncEngine as engine" : name;
    return [`import { ${imported} } from "${origin.path}";`];
  });
  const bodies = examples.map(
    ({ code }) => `await (async () => {\n${withComparisons(asProgram(code))}\n})();`,
  );
  return [...imports, 'import { shows } from "../support/documented.ts";', ...bodies, "export {};"].join(
    "\n",
  );
}
