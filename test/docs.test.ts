import { execFile } from "node:child_process";
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { isExecuted, readPages, root, stalePlaces } from "../docs/pages.ts";
import { beginsPage, moduleOf } from "./support/documented.ts";
import { examplesOf, moduleOfExamples, readExample, reasonNotToRun } from "./support/examples.ts";
import { demandNone } from "./support/source-files.ts";

const pages = readPages();
const executed = pages.filter(isExecuted);
const folder = join(import.meta.dirname, ".pages");
const documented = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" })
  .filter((path) => path.endsWith(".ts"))
  .map((path) => ({ path, examples: examplesOf(path) }))
  .filter(({ examples }) => examples.length > 0);
const fileOf = (path: string) => join(folder, `${path.replace(/\.(?:md|ts)$/, "").replaceAll("/", "-")}.ts`);

const namesOf = async (path: string) => Object.keys(await import(/* @vite-ignore */ join(folder, path)));

beforeAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  for (const page of executed) writeFileSync(fileOf(page.path), `${moduleOf(page)}\nexport {};\n`);
  const shared = await Promise.all(
    [
      ...["index", "sync", "sqlite", "postgres"].map((entry) => `../../src/entries/${entry}.ts`),
      "../support/example-world.ts",
    ].map(async (path) => ({ path, names: await namesOf(path) })),
  );
  for (const { path, examples } of documented) {
    const own = `../../src/${path}`;
    const run = examples.filter((example) => reasonNotToRun(example) === undefined);
    const origins = [{ path: own, names: await namesOf(own) }, ...shared];
    writeFileSync(fileOf(`src/${path}`), moduleOfExamples(run, origins));
  }
  const settings = { extends: "../../tsconfig.json", include: ["*.ts"] };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(settings));
});

afterEach(() => {
  vi.restoreAllMocks();
});

describe("the documentation", () => {
  test("says nothing that is not so of the repository", () => demandNone(stalePlaces(pages)));

  test("has programs that compile", async () => {
    const compiler = join(root, "node_modules/.bin/tsc");
    const { stdout } = await promisify(execFile)(compiler, ["-p", folder, "--noEmit"]).catch(
      (failure: { stdout: string }) => failure,
    );
    // A line of a module is the same line of its page.
    demandNone(stdout.split("\n").filter((line) => line.includes(".pages/")));
  }, 60_000);

  test.each(executed.map(({ path }) => path))("runs as %s shows it", async (path) => {
    vi.spyOn(console, "log").mockReturnValue(undefined);
    beginsPage();
    expect(await import(/* @vite-ignore */ fileOf(path))).toBeDefined();
  });
});

describe("the examples in doc comments", () => {
  test.each(documented)("of src/$path read as programs", ({ examples }) => {
    for (const example of examples) readExample(example);
  });

  test.each(documented.map(({ path }) => path))("of src/%s give what they show", async (path) => {
    expect(await import(/* @vite-ignore */ fileOf(`src/${path}`))).toBeDefined();
  });
});
