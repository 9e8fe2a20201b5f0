import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** One file under src, ready to be searched by pattern. Positions and line numbers are those of the file itself. */
export interface SourceFile {
  /** From src on, with forward slashes: `orm/flush/flush.ts`. */
  readonly path: string;
  /** The text with comments blanked. */
  readonly text: string;
  /** The text with comments and the contents of strings and regular expressions blanked. */
  readonly code: string;
}

const stringOrComment = new RegExp(
  [
    /(?<comment>\/\*[\s\S]*?\*\/|\/\/[^\n]*)/,
    /"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'/,
    /`(?:\\[\s\S]|[^`\\])*`/,
    // A slash opens a regular expression only where an operand may stand.
    /(?<=(?:[(,=:[!&|?{};]|\breturn)\s*)\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/[dgimsuvy]*/,
  ]
    .map((part) => part.source)
    .join("|"),
  "g",
);

/** Reads every TypeScript file of a folder, sorted by path. */
export function readSources(folder: string): SourceFile[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((path) => path.replaceAll("\\", "/"))
    .filter((path) => path.endsWith(".ts") && !path.endsWith(".d.ts"))
    .sort()
    .map((path) => sourceFile(path, readFileSync(join(folder, path), "utf8")));
}

/** Prepares one text for searching. */
export function sourceFile(path: string, original: string): SourceFile {
  const blank = (text: string) => text.replace(/[^\n]/g, " ");
  const isComment = (match: string) => /^\/[/*]/.test(match);
  return {
    path,
    text: original.replace(stringOrComment, (match) => (isComment(match) ? blank(match) : match)),
    code: original.replace(stringOrComment, (match) =>
      isComment(match) ? blank(match) : match.charAt(0) + blank(match.slice(1, -1)) + match.charAt(0),
    ),
  };
}

/** Names the place of a position in a file: `src/io/run.ts:12`. */
export function placeOf(file: SourceFile, position: number): string {
  return `src/${file.path}:${file.code.slice(0, position).split("\n").length}`;
}

/** Fails a test with one sentence per line, or does nothing when there are none. */
export function demandNone(sentences: readonly string[]): void {
  if (sentences.length > 0) throw new Error(sentences.join("\n"));
}
