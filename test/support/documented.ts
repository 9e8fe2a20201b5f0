/** Runs the programs of the documentation: makes a module of a page, and compares what it shows with what it says. */
import { expect } from "vitest";
import { parseAst } from "vitest/node";
import { type Fence, fencesOf, type Page } from "../../docs/pages.ts";
import { type Reporting, Transcript } from "../../src/testing/transcript.ts";
import { words } from "./expect-sql.ts";

/** A statement of a program, with its place in the text. */
interface Placed {
  readonly type: string;
  readonly start: number;
  readonly end: number;
}

/** An assertion: `// => value` or `// => throws area/what`, about the statement that ends before it. */
const assertion = /\/\/ => ?(.*)/g;

const entries = { ormolu: "index", "ormolu/sync": "sync", "ormolu/testing": "testing" } as const;
const engineMakers = ["createEngine", "createSyncEngine"];

/**
 * Makes one module of the TypeScript fences of a page. A line of the module is the same line of the page.
 *
 * Shape: imports of `ormolu` lead to the sources; engines report to {@link watched}; each `// =>` is a comparison; each
 *        `sql` fence compares what the fence before it sent.
 */
export function moduleOf(page: Page): string {
  const lines: string[] = page.text.split("\n").map(() => "");
  const put = (line: number, code: string) => {
    for (const [index, text] of code.split("\n").entries()) lines[line + index] += text;
  };
  put(0, 'import { begins, sent, shows, throws, watched } from "../support/documented.ts"; ');
  const fences = fencesOf(page);
  for (const [index, fence] of fences.entries()) {
    if (fence.language === "ts") {
      put(fence.line, "begins(); ");
      put(fence.line + 1, programOf(fence));
    }
    const isChecked = fence.language === "sql" && fences[index - 1]?.language === "ts";
    if (isChecked) put(fence.line, `sent(${JSON.stringify(fence.code)}); `);
  }
  return lines.join("\n");
}

function programOf({ code }: Fence): string {
  return withComparisons(code).replace(/^import [^;]* from "(ormolu[^"]*)";/gm, leadToSources);
}

/** Turns every `// =>` into a comparison of the value before it. */
export function withComparisons(code: string): string {
  const program = parse(code);
  const edits: { start: number; end: number; text: string }[] = [];
  for (const match of code.matchAll(assertion)) {
    const statement = lastBefore(program, match.index);
    if (statement !== undefined) edits.push(...comparison(code, statement, match[1]!.trim()));
  }
  let text = code;
  for (const { start, end, text: inserted } of edits.sort((left, right) => right.start - left.start)) {
    text = text.slice(0, start) + inserted + text.slice(end);
  }
  return text;
}

/** Makes `import { … } from "ormolu"` an import of the sources, in which engines are watched. */
function leadToSources(statement: string, name: string): string {
  const path = entries[name as keyof typeof entries];
  const makers = engineMakers.filter((maker) => new RegExp(`\\b${maker}\\b`).test(statement));
  let text = statement.replace(`"${name}"`, `"../../src/entries/${path}.ts"`);
  for (const maker of makers) text = text.replace(new RegExp(`\\b${maker}\\b`), `${maker} as make_${maker}`);
  return text + makers.map((maker) => ` const ${maker} = watched(make_${maker});`).join("");
}

/** Reads TypeScript. Throws where it is none. */
export function parse(code: string): unknown {
  return parseAst(code, { lang: "ts", sourceType: "module" });
}

/** The innermost statement that ends last before a position, with nothing but space between. */
function lastBefore(node: unknown, position: number): Placed | undefined {
  let found: Placed | undefined;
  const visit = (each: unknown): void => {
    if (typeof each !== "object" || each === null) return;
    if (Array.isArray(each)) {
      each.forEach(visit);
      return;
    }
    const placed = each as Placed;
    const isStatement = placed.type === "ExpressionStatement" || placed.type === "VariableDeclaration";
    if (isStatement && placed.end <= position && placed.end >= (found?.end ?? 0)) found = placed;
    Object.values(each).forEach(visit);
  };
  visit(node);
  return found;
}

function comparison(code: string, statement: Placed, expected: string) {
  const { start, end } = statement;
  const at = (position: number, text: string) => ({ start: position, end: position, text });
  const source = code.slice(start, end).replace(/;$/, "");
  const thrown = /^throws (\S+)/.exec(expected)?.[1];
  if (thrown !== undefined) {
    return [
      at(start, "await throws(async () => ("),
      { start: start + source.length, end, text: `), "${thrown}");` },
    ];
  }
  const wanted = isExpression(expected) ? `() => (${expected})` : JSON.stringify(expected);
  if (statement.type === "VariableDeclaration") {
    const name = /^\w+ ([\w$]+|\[[^\]]*\]|\{[^}]*\})/.exec(source)?.[1] ?? "";
    return [at(end, ` shows((${name}), ${wanted});`)];
  }
  return [at(start, "shows(("), { start: start + source.length, end, text: `), ${wanted});` }];
}

/** Whether a text can be read as a value; what cannot, such as SQL, is compared as text. */
export function isExpression(text: string): boolean {
  try {
    parse(`(${text});`);
    return true;
  } catch {
    return false;
  }
}

// ---------------------------------------------------------------- what the modules call

let transcripts: Transcript[] = [];

/** Begins a page: what was sent before no longer counts. */
export function beginsPage(): void {
  transcripts = [];
}

/** Begins a fence. */
export function begins(): void {
  for (const transcript of transcripts) transcript.clear();
}

/** Makes engines that are listened to. Files become databases in memory, so that a program leaves nothing behind. */
export function watched<Engine extends Reporting, Options>(
  make: (url: string, options?: Options) => Engine,
): (url: string, options?: Options) => Engine {
  return (url, options) => {
    const engine = make(url.replace(/^(sqlite[\w+-]*):\/\/\/.*/, "$1://"), quiet(options));
    transcripts.push(new Transcript(engine));
    return engine;
  };
}

function quiet<Options>(options: Options): Options {
  const isEchoing =
    typeof options === "object" && options !== null && "echo" in options && options.echo === true;
  return isEchoing ? { ...options, echo: false } : options;
}

/** Compares a value with what the page says it is. */
export function shows(value: unknown, expected: string | (() => unknown)): void {
  if (typeof expected === "string") expect(words(String(value))).toMatch(abridged(words(expected)));
  else if (typeof value === "object" && value !== null && "node" in value) {
    expect(words(String(value))).toBe(words(String(expected())));
  } else expect(plain(value)).toEqual(plain(expected()));
}

/** An ellipsis stands for anything. */
function abridged(text: string): RegExp {
  return new RegExp(`^${text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&").replaceAll("…", ".*")}$`, "s");
}

/** Rows and tracked collections are arrays of their own classes: only their items are compared. */
function plain(value: unknown): unknown {
  return Array.isArray(value) ? Array.from(value, plain) : value;
}

/** Expects a failure with a code. */
export async function throws(run: () => unknown, code: string): Promise<void> {
  const error: unknown = await Promise.resolve()
    .then(run)
    .then(
      () => undefined,
      (reason: unknown) => reason,
    );
  expect(error).toMatchObject({ code });
}

/** Compares the statements of a fence with those that the page shows; parameters where it shows them. */
export function sent(sql: string): void {
  const wanted = sql
    .split("\n\n")
    .map((statement) => words(statement.replace(/;\s*$/, "")))
    .filter((statement) => statement !== "");
  const lines = transcripts.flatMap((transcript) => transcript.take()).map(words);
  const given = lines.filter((line) => !/^(?:BEGIN|COMMIT)\b/.test(line));
  const shown = given.map((line, index) =>
    wanted[index]?.includes(" -- [") ? line : line.replace(/ -- \[.*\]$/, ""),
  );

  expect(shown).toEqual(wanted);
}
