import { execFile } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { isExecuted, readPages, root, stalePlaces } from "../docs/pages.ts";
import { beginsPage, moduleOf } from "./support/documented.ts";
import { demandNone } from "./support/source-files.ts";

const pages = readPages();
const executed = pages.filter(isExecuted);
const folder = join(import.meta.dirname, ".pages");
const fileOf = (path: string) => join(folder, `${path.replace(/\.md$/, "").replaceAll("/", "-")}.ts`);

beforeAll(() => {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  for (const page of executed) writeFileSync(fileOf(page.path), `${moduleOf(page)}\nexport {};\n`);
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
