/**
 * Programs compiled against the library's declarations, as an application does that has installed it.
 */
import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "../..");
const compiler = join(root, "node_modules/typescript/bin/tsc");

const compilerOptions = {
  target: "es2023",
  lib: ["es2023", "esnext.disposable"],
  module: "nodenext",
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  skipLibCheck: true,
  types: ["node"],
  typeRoots: [join(root, "node_modules/@types")],
};

/** Makes a folder in which the library's declarations are installed, lends it, and removes it. */
export function withLibrary<Outcome>(use: (folder: string) => Outcome): Outcome {
  const folder = mkdtempSync(join(tmpdir(), "ormolu-types-"));
  try {
    const installed = join(folder, "node_modules/ormolu");
    const target = ["--outDir", join(installed, "dist"), "--tsBuildInfoFile", join(folder, "build.json")];
    run(root, "-p", "tsconfig.build.json", "--emitDeclarationOnly", "--noCheck", ...target);
    cpSync(join(root, "package.json"), join(installed, "package.json"));
    writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
    return use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Writes files into a folder and compiles them; gives what the compiler printed. Throws its complaints. */
export function compile(
  folder: string,
  files: Readonly<Record<string, string>>,
  ...options: string[]
): string {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const include = Object.keys(files);
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files: include }));
  return run(folder, "-p", ".", ...options);
}

function run(folder: string, ...options: string[]): string {
  try {
    return execFileSync(process.execPath, [compiler, ...options], { cwd: folder, encoding: "utf8" });
  } catch (error) {
    const { stdout } = error as { stdout?: string };
    throw new Error(`the compiler refused:\n${stdout}`, { cause: error });
  }
}
