import { existsSync } from "node:fs";
import { join, matchesGlob, posix } from "node:path";
import { describe, expect, test } from "vitest";
import { demandNone, placeOf, readSources, type SourceFile, sourceFile } from "./support/source-files.ts";

/** The floors of src, lowest first. A file imports only from lower floors or its own. */
const floors = [
  "foundation",
  "io",
  "types",
  "sql",
  "schema",
  "compile",
  "engine",
  "dialects",
  "drivers",
  "orm/mapping",
  "orm/state",
  "orm/load",
  "orm/flush",
  "orm/session",
  "orm/ext",
  "migrate",
  "cli",
  "testing",
  "entries",
];

/** The files that may import from io, and so touch a database. All others are pure. */
const mayImportIo = [
  "io/**",
  "engine/**",
  "dialects/*/introspect.ts",
  "drivers/**",
  "orm/load/load-session.ts",
  "orm/load/load.ts",
  "orm/load/load-by-key.ts",
  "orm/load/load-relationship.ts",
  "orm/load/refresh.ts",
  "orm/load/stream.ts",
  "orm/flush/flush.ts",
  "orm/flush/flush-session.ts",
  "orm/flush/collect.ts",
  "orm/flush/histories.ts",
  "orm/flush/needed-columns.ts",
  "orm/flush/reach-deletes.ts",
  "orm/flush/load-lazily.ts",
  "orm/flush/lookup.ts",
  "orm/flush/emit.ts",
  "orm/session/**",
  "orm/ext/**",
  "migrate/*.ts",
  "cli/**",
  "testing/**",
  "entries/**",
];

/** Only drivers load a database client; every other file gets by on Node.js alone. */
const mayImportPackages = ["drivers/**"];

const bannedNames = ["utils", "util", "helpers", "helper", "common", "core"];

interface Import {
  readonly from: SourceFile;
  /** A path from src on, or a package name. */
  readonly to: string;
  readonly isRelative: boolean;
  /** Whether loading the importing file loads the other one: not so for `import type` and `import()`. */
  readonly isEager: boolean;
  readonly place: string;
}

function importsOf(file: SourceFile): Import[] {
  const statement = /\b(?:import|export)\s+(type\s+(?!from\b))?(?:[\w*{}\s,$]+?\bfrom\s*)?"([^"\n]+)"/g;
  const lazy = /\bimport\s*()\(\s*"([^"\n]+)"/g;
  const found = (pattern: RegExp, isEager: boolean): Import[] =>
    [...file.text.matchAll(pattern)]
      // A match whose first word is blanked in `code` lies inside a string.
      .filter((match) => file.code.startsWith(match[0].slice(0, 6), match.index))
      .map(([, type, target = ""], index, all) => ({
        from: file,
        to: target.startsWith(".") ? posix.join(posix.dirname(file.path), target) : target,
        isRelative: target.startsWith("."),
        isEager: isEager && !type,
        place: placeOf(file, all[index]?.index ?? 0),
      }));
  return [...found(statement, true), ...found(lazy, false)];
}

const floorOf = (path: string) => floors.find((floor) => path.startsWith(`${floor}/`));
const matchesAny = (path: string, globs: readonly string[]) => globs.some((glob) => matchesGlob(path, glob));

function misplacedFiles(files: readonly SourceFile[]): string[] {
  const homeless = files.filter((file) => !floorOf(file.path));
  const vague = files.filter((file) => file.path.split(/[/.]/).some((word) => bannedNames.includes(word)));
  return [
    ...homeless.map(
      (file) => `src/${file.path} lies on no floor; move it into one of: ${floors.join(", ")}.`,
    ),
    ...vague.map((file) => `src/${file.path} has a name that says nothing (${bannedNames.join(", ")}).`),
  ];
}

function wrongImports(files: readonly SourceFile[]): string[] {
  return files.flatMap(importsOf).flatMap(({ from, to, isRelative, place }) => {
    if (!isRelative) {
      const allowed = to.startsWith("node:") || matchesAny(from.path, mayImportPackages);
      return allowed ? [] : [`${place} imports the package "${to}", which only drivers may.`];
    }
    const [own, other] = [floorOf(from.path), floorOf(to)];
    if (!own) return [];
    if (!other) return [`${place} imports ${to}, which lies on no floor of src.`];
    if (floors.indexOf(other) > floors.indexOf(own)) {
      return [`${place} (floor ${own}) imports src/${to} from the higher floor ${other}.`];
    }
    if (own === "dialects" && other === "dialects" && from.path.split("/")[1] !== to.split("/")[1]) {
      return [`${place} imports src/${to}: a dialect knows nothing of another one.`];
    }
    if (other === "io" && !matchesAny(from.path, mayImportIo)) {
      return [`${place} imports src/${to}, but only these may import io: ${mayImportIo.join(", ")}.`];
    }
    return [];
  });
}

function importCycles(files: readonly SourceFile[]): string[] {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const finished = new Set<string>();
  const visit = (path: string, trail: readonly string[]): string[] => {
    if (trail.includes(path)) {
      return [
        `These import each other's values: ${[...trail.slice(trail.indexOf(path)), path].join(" → ")}.`,
      ];
    }
    const file = byPath.get(path);
    if (!file || finished.has(path)) return [];
    const cycles = importsOf(file).flatMap((one) => (one.isEager ? visit(one.to, [...trail, path]) : []));
    finished.add(path);
    return cycles;
  };
  return files.flatMap((file) => visit(file.path, []));
}

function bannedCode(files: readonly SourceFile[]): string[] {
  const bans: { pattern: RegExp; sentence: string; except?: string }[] = [
    {
      pattern: /\bthrow\s+new\s+\w*Error\b/g,
      sentence: 'throws a plain error; throw fail("area/what", { … }).',
    },
    { pattern: /\bexport\s*\*/g, sentence: "exports everything; list the names one by one." },
    {
      pattern: /(?<![.\w$])yield\b(?!\s*[*:])/g,
      sentence: "has a bare yield; write yield*.",
      except: "io/ask.ts",
    },
    { pattern: /(?<![.\w$])eval\s*\(|\bnew\s+Function\b/g, sentence: "makes code from text." },
  ];
  return files.flatMap((file) =>
    bans
      .filter((ban) => ban.except !== file.path)
      .flatMap((ban) =>
        [...file.code.matchAll(ban.pattern)].map(({ index }) => `${placeOf(file, index)} ${ban.sentence}`),
      ),
  );
}

describe("the source tree", () => {
  const src = join(import.meta.dirname, "../src");
  const files = existsSync(src) ? readSources(src) : [];

  test("has every file on a floor, under a telling name", () => demandNone(misplacedFiles(files)));
  test("imports only downwards", () => demandNone(wrongImports(files)));
  test("has no cycles of value imports", () => demandNone(importCycles(files)));
  test("keeps to the written rules of the code", () => demandNone(bannedCode(files)));
});

describe("the checks above", () => {
  const files = (texts: Record<string, string>) =>
    Object.entries(texts).map(([path, text]) => sourceFile(path, text));

  test("notice a file without a floor and a vague name", () => {
    expect(misplacedFiles(files({ "orm/x.ts": "", "sql/utils/x.ts": "", "sql/select.ts": "" }))).toHaveLength(
      2,
    );
  });

  test.each([
    ["a higher floor", "sql/a.ts", 'import type { B } from "../engine/b.ts";'],
    ["a higher floor, over several lines", "sql/a.ts", 'import {\n  b,\n  c as d,\n} from "../engine/b.ts";'],
    ["a higher floor, when needed", "sql/a.ts", 'const b = await import("../engine/b.ts");'],
    ["another dialect", "dialects/sqlite/a.ts", 'export { b } from "../postgres/b.ts";'],
    ["io from a pure file", "orm/load/plan.ts", 'import type { Io } from "../../io/ask.ts";'],
    ["a package outside drivers", "engine/a.ts", 'import pg from "pg";'],
  ])("notice an import of %s", (_what, path, text) => {
    expect(wrongImports(files({ [path]: text }))).toHaveLength(1);
  });

  test("let imports downwards, within a floor, and in comments or strings pass", () => {
    const text = [
      'import { a } from "../../sql/a.ts";\nimport { b } from "./b.ts";\nimport { sep } from "node:path";',
      '// import { c } from "../../engine/c.ts"',
      '/** import { c } from "../../entries/index.ts" */',
      'const d = `import { d } from "../../entries/index.ts"`;\nconst e = /[`\'"]/;',
    ].join("\n");
    expect(wrongImports(files({ "orm/load/plan.ts": text }))).toEqual([]);
  });

  test("notice a cycle of values and tolerate one of types", () => {
    const a = 'import { b } from "./b.ts";';
    expect(importCycles(files({ "sql/a.ts": a, "sql/b.ts": 'import { a } from "./a.ts";' }))).toEqual([
      "These import each other's values: sql/a.ts → sql/b.ts → sql/a.ts.",
    ]);
    expect(importCycles(files({ "sql/a.ts": a, "sql/b.ts": 'import type { A } from "./a.ts";' }))).toEqual(
      [],
    );
  });

  test("notice banned code, and name its line", () => {
    const text =
      'const a = "yield 1";\nthrow new Error(a);\nexport * from "./b.ts";\nconst c = yield d;\nyield* e;';
    expect(bannedCode(files({ "sql/a.ts": text })).map((sentence) => sentence.split(" ")[0])).toEqual([
      "src/sql/a.ts:2",
      "src/sql/a.ts:3",
      "src/sql/a.ts:4",
    ]);
  });
});
