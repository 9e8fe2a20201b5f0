/**
 * `npm run demo`: runs the examples and shows what each did beside the SQL that it sent.
 *
 *   npm run demo                                        all of them, on SQLite in memory
 *   npm run demo -- shop raccoons                       some of them
 *   npm run demo -- shop --url postgresql://user@host/name
 */
import { parseArgs, styleText } from "node:util";
import { isDbError } from "../src/entries/index.ts";
import { type LineKind, Notebook } from "./support/notebook.ts";
import { runExamples } from "./support/run-examples.ts";
import { systems } from "./systems.ts";

const styles = { title: "bold", step: "bold", sql: "dim" } as const;

function write(line: string, kind: LineKind): void {
  console.log(kind === "text" ? line : styleText(styles[kind], line));
}

/** Reads the arguments; a string says what is wrong with them. */
function readArguments() {
  const names = systems.map(({ name }) => name).join(", ");
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: { url: { type: "string", default: "sqlite://" }, keep: { type: "boolean", default: false } },
    });
    const unknown = positionals.find((name) => !systems.some((system) => system.name === name));
    if (unknown !== undefined) return `There is no system called "${unknown}"; there are: ${names}.`;
    const chosen = systems.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
    return { chosen, options: values };
  } catch (error) {
    const [problem] = String((error as Error).message).split(". ");
    return `${problem}; there are the options --url URL and --keep, and the systems ${names}.`;
  }
}

const request = readArguments();
if (typeof request === "string") {
  console.error(request);
  process.exitCode = 1;
} else {
  try {
    await runExamples(request.chosen, new Notebook(write), request.options);
  } catch (error) {
    if (!isDbError(error)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}
