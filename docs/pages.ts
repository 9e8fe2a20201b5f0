/**
 * The documentation as `npm run docs` and the tests read it: the pages, the catalogue page that is generated, and what
 * in them is no longer true of the repository.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { type CatalogueEntry, catalogue } from "../src/foundation/catalogue.ts";

/** The repository's folder. */
export const root = join(import.meta.dirname, "..");

/** One page of the documentation. */
export interface Page {
  /** From the repository's folder on: `docs/guide/queries.md`. */
  readonly path: string;
  readonly text: string;
}

/** A fenced block of a page. */
export interface Fence {
  /** What follows the opening fence: `ts`. */
  readonly language: string;
  readonly code: string;
  /** The line of the opening fence, from 0. */
  readonly line: number;
}

/** Reads all pages; those with programs to run are {@link isExecuted}. */
export function readPages(): Page[] {
  const guide = readdirSync(join(root, "docs/guide")).sort();
  const others = ["ARCHITECTURE.md", "errors.md"].filter((name) => existsSync(join(root, "docs", name)));
  const paths = [
    "README.md",
    "CONTRIBUTING.md",
    ...others.map((name) => `docs/${name}`),
    ...guide.map((name) => `docs/guide/${name}`),
  ];
  return paths.map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }));
}

/** Whether the programs of a page are run by the tests. */
export function isExecuted({ path }: Page): boolean {
  return path === "README.md" || path.startsWith("docs/guide/");
}

/** Finds the fenced blocks of a page. */
export function fencesOf({ text }: Page): Fence[] {
  const fences: Fence[] = [];
  const lines = text.split("\n");
  for (let line = 0; line < lines.length; line++) {
    const opening = /^```(\S*)/.exec(lines[line]!);
    if (opening === null) continue;
    const end = lines.indexOf("```", line + 1);
    fences.push({ language: opening[1]!, code: lines.slice(line + 1, end).join("\n"), line });
    line = end;
  }
  return fences;
}

// ---------------------------------------------------------------- errors.md

const kinds = {
  usage: ["`UsageError`", "the program is wrong: change the code"],
  conflict: [
    "`ConflictError`",
    "the database holds something else than expected: tell the user, or try again",
  ],
  connection: ["`ConnectionError`", "the database cannot be reached, or not now: wait"],
  database: ["`DatabaseError`", "the database refused a statement: look at its SQL"],
  internal: ["`InternalError`", "the library is wrong: please report it"],
} as const;

/** Writes the page of all errors from the catalogue. */
export function errorsPage(): string {
  const codes = Object.keys(catalogue).sort() as (keyof typeof catalogue)[];
  const lines = [
    "# Errors",
    "",
    "Generated from `src/foundation/catalogue.ts` by `npm run docs`. Every error of the library has a code, which is",
    "listed here with its sentence; words in ‹angle brackets› are facts of the case and stand, under that name, in",
    "`error.facts`. The class says what to do next:",
    "",
    ...Object.values(kinds).map(([name, meaning]) => `- ${name}: ${meaning}.`),
    "",
    'All are `DbError`s. `isDbError(error, "conflict/unique")` asks for one code.',
  ];
  let area = "";
  for (const code of codes) {
    const [own = ""] = code.split("/");
    if (own !== area) lines.push("", `## ${own}`);
    area = own;
    const entry = catalogue[code] as CatalogueEntry;
    const [name] = kinds[entry.kind];
    const hint = hintOf(entry);
    lines.push("", `### ${code}`, "", `${name}: ${inOneLine(sentenceOf(entry.text.bind(entry)))}.`);
    if (hint !== undefined) lines.push("", `What to do: ${inOneLine(hint)}.`);
  }
  return `${lines.join("\n")}\n`;
}

function hintOf(entry: CatalogueEntry): string | undefined {
  if (entry.hint === undefined) return undefined;
  const usesSuggestion = String(entry.hint).includes("suggestion");
  return usesSuggestion
    ? "take the name that the message suggests, or one of those that it lists"
    : sentenceOf(entry.hint.bind(entry));
}

function inOneLine(sentence: string): string {
  return sentence
    .replaceAll("\n", " ")
    .replace(/"(‹\w+›)"/g, "$1")
    .replace(/</g, "\\<");
}

/**
 * Writes a sentence with the names of its facts instead of their values. A fact is a text until the sentence fails
 * with that; then it is a list.
 */
function sentenceOf(text: (facts: Readonly<Record<string, unknown>>) => string): string {
  const lists = new Set<string>();
  for (;;) {
    let last = "";
    const facts = new Proxy<Record<string, unknown>>(
      {},
      {
        get(_target, name) {
          last = String(name);
          const shown = `‹${last}›`;
          return lists.has(last) ? [shown] : shown;
        },
      },
    );
    try {
      return text(facts);
    } catch (error) {
      if (last === "" || lists.has(last)) throw error;
      lists.add(last);
    }
  }
}

// ---------------------------------------------------------------- what is stale

/** Tells, a sentence each, what the pages say that is not so. */
export function stalePlaces(pages: readonly Page[]): string[] {
  return [
    ...staleErrors(pages),
    ...pages.flatMap((page) => deadLinks(page, pages)),
    ...pages.flatMap(staleQuotes),
    ...staleFileList(pages),
  ];
}

function staleErrors(pages: readonly Page[]): string[] {
  const page = pages.find(({ path }) => path === "docs/errors.md");
  return page?.text === errorsPage()
    ? []
    : ["docs/errors.md differs from the catalogue; run `npm run docs`."];
}

/** GitHub's name for the place of a heading. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, "")
    .replaceAll(" ", "-");
}

function deadLinks(page: Page, pages: readonly Page[]): string[] {
  const prose = page.text.replace(/^```[\s\S]*?^```/gm, "");
  const links = [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target!);
  return links
    .filter((link) => !/^https?:/.test(link))
    .filter((link) => {
      const [path = "", anchor] = link.split("#");
      const file = path === "" ? page.path : relative(root, join(root, dirname(page.path), path));
      if (!existsSync(join(root, file))) return true;
      if (anchor === undefined) return false;
      const target = pages.find((other) => other.path === file)?.text ?? "";
      return ![...target.matchAll(/^#+ (.+)$/gm)].some(([, heading]) => anchorOf(heading!) === anchor);
    })
    .map((link) => `${page.path} links to ${link}, which is not there.`);
}

/** A fence that begins with `// src/….ts` quotes that file, word by word. */
function staleQuotes(page: Page): string[] {
  return fencesOf(page).flatMap(({ code }) => {
    const [first = "", ...quoted] = code.split("\n");
    const path = /^\/\/ (src\/\S+\.ts)$/.exec(first)?.[1];
    if (path === undefined) return [];
    const source = existsSync(join(root, path)) ? readFileSync(join(root, path), "utf8") : "";
    return source.includes(quoted.join("\n"))
      ? []
      : [`${page.path} quotes ${path}, which says something else.`];
  });
}

/** The page on architecture has one line for each file of src, under the heading of its folder. */
function staleFileList(pages: readonly Page[]): string[] {
  const page = pages.find(({ path }) => path === "docs/ARCHITECTURE.md");
  if (page === undefined) return ["docs/ARCHITECTURE.md is missing."];
  const tree = fencesOf(page).find(({ code }) => code.startsWith("src/"))?.code ?? "";
  const listed = new Set<string>();
  let folder = "";
  for (const line of tree.split("\n")) {
    folder = /^(?:\d+ +| {3})?([\w/-]+)\/(?: |$)/.exec(line)?.[1] ?? folder;
    const names = /^ {4}(\S+\.ts)(?: |$)/.exec(line)?.[1];
    if (names !== undefined) listed.add(folder === "src" ? names : `${folder}/${names}`);
  }
  const present = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" })
    .map((path) => path.replaceAll("\\", "/"))
    .filter((path) => path.endsWith(".ts"));
  return [
    ...present
      .filter((path) => !listed.has(path))
      .map((path) => `docs/ARCHITECTURE.md does not list src/${path}.`),
    ...[...listed]
      .filter((path) => !present.includes(path))
      .map((path) => `docs/ARCHITECTURE.md lists src/${path}, which is not there.`),
  ];
}
