/** What is no time: the memory that entities hold, and T11, what models and queries cost the compiler. */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { measure } from "./types/instantiations.ts";

/** A page's section of it. */
export function costs(folder: string): string {
  const [raw, ormolu] = ["raw", "ormolu"].map((program) => heldBy(program, join(folder, `${program}.db`)));
  const { instantiations, types, seconds } = measure(50, 100);
  return [
    "## memory and types",
    "",
    `10,000 users held as rows of better-sqlite3: ${megabytes(raw!)}; as entities with their session: ${megabytes(ormolu!)}, ${(ormolu! / raw!).toFixed(2)} times that.`,
    "",
    `T11, 50 models and 100 queries: ${instantiations} instantiations, ${types} types, ${seconds} s of the compiler.`,
    "",
  ].join("\n");
}

/** The smallest of a few processes: a collection that comes late adds, and nothing takes away. */
function heldBy(program: string, file: string): number {
  const run = (turn: number) =>
    Number(
      execFileSync(
        process.execPath,
        ["--expose-gc", join(import.meta.dirname, `memory/${program}.js`), `${file}${turn}`],
        {
          encoding: "utf8",
        },
      ),
    );
  return Math.min(...[1, 2, 3].map(run));
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
