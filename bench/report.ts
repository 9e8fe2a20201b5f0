/** Measurements → a page. */
import { cpus } from "node:os";

/** What one contender took for one task. */
export interface Measured extends Summary {
  readonly database: string;
  readonly task: string;
  readonly title: string;
  readonly contender: string;
}

/** Some times of one thing. */
interface Summary {
  readonly medianMs: number;
  readonly minMs: number;
  readonly maxMs: number;
}

/** Sums up measurements, of which there is one at least. */
export function summaryOf(times: readonly number[]): Summary {
  const sorted = times.toSorted((one, other) => one - other);
  return { medianMs: sorted[sorted.length >> 1]!, minMs: sorted[0]!, maxMs: sorted.at(-1)! };
}

/** The contender that the others are compared with. */
const BASE: Readonly<Record<string, string>> = { sqlite: "better-sqlite3", postgresql: "pg" };

/** A table per database: a row per task, a column per contender, medians and times the raw driver. */
export function report(measured: readonly Measured[], rounds: number): string {
  const lines = [
    "# Results",
    "",
    `Node.js ${process.version}, ${cpus().length} processors (${cpus()[0]?.model.trim()}). Medians of ${rounds} measurements, contenders in turn`,
    "within one run. In parentheses: times the raw driver of the same run.",
  ];
  for (const database of new Set(measured.map((each) => each.database))) {
    const own = measured.filter((each) => each.database === database);
    const names = Array.from(new Set(own.map((each) => each.contender)));
    lines.push(
      "",
      `## ${database}`,
      "",
      `| task | ${names.join(" | ")} |`,
      `|---|${names.map(() => "---:").join("|")}|`,
    );
    for (const task of new Set(own.map((each) => each.task))) {
      const row = own.filter((each) => each.task === task);
      const base = row.find(({ contender }) => contender === BASE[database]);
      const cells = names.map((name) => {
        const cell = row.find(({ contender }) => contender === name);
        return cell === undefined ? "" : `${time(cell.medianMs)}${ratio(cell, base)}`;
      });
      lines.push(`| ${task} ${row[0]!.title} | ${cells.join(" | ")} |`);
    }
    const spread = own.map((each) => each.maxMs / each.minMs).toSorted((one, other) => one - other);
    lines.push(
      "",
      `Slowest to fastest measurement of one cell: ${spread[spread.length >> 1]!.toFixed(2)} in the median.`,
    );
  }
  return `${lines.join("\n")}\n`;
}

function ratio(cell: Measured, base: Measured | undefined): string {
  return base === undefined || base === cell ? "" : ` (${(cell.medianMs / base.medianMs).toFixed(2)})`;
}

function time(ms: number): string {
  if (ms < 0.1) return `${(ms * 1000).toFixed(1)} µs`;
  return ms < 10 ? `${ms.toFixed(2)} ms` : `${ms.toFixed(1)} ms`;
}
