import Table from "cli-table3";
import type { StatementEvent } from "../../src/entries/index.ts";

/** What a line of the demo is, so that a terminal can colour it. */
export type LineKind = "title" | "step" | "sql" | "text";

const WIDTH = 120;
const MARGIN = "    ";
const SQL_MARK = "  sql ";
const SQL_MORE = "    | ";

/** Writes down what a program does, step by step, with the SQL that each step sends where it is sent. */
export class Notebook {
  readonly #write: (line: string, kind: LineKind) => void;
  #stepCount = 0;
  #isAside = false;
  #statementCount = 0;

  constructor(write: (line: string, kind: LineKind) => void) {
    this.#write = write;
  }

  /** Begins the program of one system. */
  title(text: string): void {
    this.#stepCount = 0;
    this.#write("", "text");
    this.#write(`=== ${text} `.padEnd(WIDTH, "="), "title");
  }

  /** Begins a step, described in plain words. */
  step(text: string): void {
    this.#write("", "text");
    this.#write(`${++this.#stepCount}. ${text}`, "step");
  }

  /** Says something about the step. */
  say(text: string): void {
    const lines = text.split("\n").flatMap((line) => wrap(line, WIDTH - MARGIN.length));
    for (const line of lines) this.#write(MARGIN + line, "text");
  }

  /** Shows rows as an aligned table under the names of their fields. */
  table(rows: readonly object[], emptyText = "(no rows)"): void {
    const [first] = rows;
    if (first === undefined) {
      this.say(emptyText);
      return;
    }
    const names = Object.keys(first);
    const grid = new Table({
      head: names,
      colAligns: names.map((name) => (isNumber(Reflect.get(first, name)) ? "right" : "left")),
      style: { head: [], border: [], compact: true },
    });
    for (const row of rows) grid.push(names.map((name) => cell(Reflect.get(row, name))));
    for (const line of grid.toString().split("\n")) this.#write(MARGIN + line, "text");
  }

  /** Runs some work whose SQL is no part of the step: looking at a table before and after. */
  async aside(work: () => Promise<void>): Promise<void> {
    this.#isAside = true;
    await work();
    this.#isAside = false;
  }

  /** Writes down a statement that an engine sent. */
  statement(event: StatementEvent): void {
    if (this.#isAside) return;
    if (!transactionVerbs.has(event.verb)) this.#statementCount++;
    const values = event.parameters.map(literal).join(", ");
    const times = event.executions > 1 ? ` × ${event.executions}` : "";
    const lines = layOut(event.sql.trim(), values + times, WIDTH - SQL_MARK.length);
    for (const [at, line] of lines.entries()) this.#write((at === 0 ? SQL_MARK : SQL_MORE) + line, "sql");
  }

  /** Runs some work and says how many statements it sent; BEGIN, COMMIT and ROLLBACK do not count. */
  async counting<Value>(what: string, work: () => Promise<Value>): Promise<Value> {
    const before = this.#statementCount;
    const value = await work();
    const count = this.#statementCount - before;
    this.say(`${what}: ${count} ${count === 1 ? "statement" : "statements"}`);
    return value;
  }
}

const transactionVerbs = new Set(["BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE"]);

function isNumber(value: unknown): boolean {
  return typeof value === "number" || (typeof value === "string" && /^-?\d+(\.\d+)?$/.test(value));
}

function cell(value: unknown): string {
  if (value === null || value === undefined) return "NULL";
  return Array.isArray(value) ? value.join(", ") : literal(value).replace(/^'(.*)'$/s, "$1");
}

function literal(value: unknown): string {
  if (value instanceof Date) return value.toISOString();
  if (value === null) return "NULL";
  return typeof value === "string" ? `'${value}'` : String(value);
}

/** Puts SQL on one line where it fits, else a clause a line; its parameters follow as a comment. */
function layOut(sql: string, parameters: string, width: number): string[] {
  const oneLine = sql.replace(/\s*\n\s*/g, " ");
  const isShort = !sql.startsWith("CREATE TABLE") && oneLine.length <= width;
  const lines = isShort ? [oneLine] : sql.split("\n").flatMap((clause) => wrap(clause, width));
  if (parameters === "") return lines;
  const comment = `-- ${parameters}`;
  const last = `${lines.at(-1)}  ${comment}`;
  return last.length <= width ? [...lines.slice(0, -1), last] : [...lines, ...wrap(comment, width)];
}

/** Breaks what is too long between words and indents what follows. */
function wrap(clause: string, width: number): string[] {
  const lines: string[] = [];
  let rest = clause.trimEnd();
  while (rest.length > width) {
    const space = rest.lastIndexOf(" ", width);
    if (space <= rest.search(/\S/)) break;
    lines.push(rest.slice(0, space));
    rest = `  ${rest.slice(space + 1)}`;
  }
  return [...lines, rest];
}
