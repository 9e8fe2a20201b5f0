/**
 * `npm run demo`: runs the examples and shows what each did beside the SQL that it sent.
 *
 *   npm run demo                                        all of them, on SQLite in memory
 *   npm run demo -- shop raccoons                       some of them
 *   npm run demo -- shop --url postgresql://user@host/name
 */
import { parseArgs, styleText } from "node:util";
import { isDbError } from "../src/entries/index.ts";
import { blogAndSchool } from "./blog-and-school/main.ts";
import { carDataMart } from "./car-data-mart/main.ts";
import { dealership } from "./dealership/main.ts";
import { raccoons } from "./raccoons/main.ts";
import { shop } from "./shop/main.ts";
import { type LineKind, Notebook } from "./support/notebook.ts";
import { runExamples } from "./support/run-examples.ts";

const examples = [dealership, carDataMart, blogAndSchool, raccoons, shop];

const usage = `npm run demo -- [${examples.map(({ name }) => name).join(" | ")}]… [--url URL] [--keep]`;

const styles = { title: "bold", step: "bold", sql: "dim", text: "reset" } as const;

function write(line: string, kind: LineKind): void {
  console.log(kind === "text" ? line : styleText(styles[kind], line));
}

function readArguments() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { url: { type: "string", default: "sqlite://" }, keep: { type: "boolean", default: false } },
  });
  const chosen = positionals.map((name) => {
    const found = examples.find((example) => example.name === name);
    if (found !== undefined) return found;
    const names = examples.map((example) => example.name).join(", ");
    throw new TypeError(`There is no example called "${name}"; there are ${names}.`);
  });
  return { chosen: chosen.length === 0 ? examples : chosen, ...values };
}

try {
  const { chosen, url, keep } = readArguments();
  await runExamples(chosen, new Notebook(write), { url, keep });
} catch (error) {
  // What the user can mend is a sentence; anything else is a fault of the program and keeps its stack.
  if (error instanceof TypeError) console.error(`${error.message}\nUsage: ${usage}`);
  else if (isDbError(error)) console.error(error.message);
  else throw error;
  process.exitCode = 1;
}
