/**
 * The error of a constraint → the same error with the object and the attributes that broke it.
 *
 * Databases name columns, and some of them the values. The row is found by those; by its being the only one; by two
 * rows of the flush having one value; or by an object of the session that has the value already.
 */
import { ConflictError, withFacts } from "../../foundation/errors.ts";
import { plural } from "../../foundation/words.ts";
import type { SessionMemory } from "../state/session-memory.ts";
import type { Step } from "./batch.ts";
import { type Change, writtenValue } from "./change.ts";
import { textOf } from "./keys.ts";

/** What was being written when the database refused it. */
export interface Refused {
  readonly step: Step;
  /** The rows of the statement. */
  readonly changes: readonly Change[];
  readonly memory: SessionMemory;
  /** A value as it was sent: keys that an earlier statement made are known by now. */
  sent(value: unknown): unknown;
}

/** Adds `objects` and the facts `entity`, `attributes` and `which` to a constraint's error; others pass unchanged. */
export function blame(error: unknown, refused: Refused): unknown {
  if (!(error instanceof ConflictError) || error.facts["constraint"] === undefined) return error;
  const columns = columnsOf(error, refused.step);
  const rows = suspects(error, columns, refused);
  const states = rows.flatMap(({ state, link }) => (link ? [link.parent, link.child] : state ? [state] : []));
  const [first] = states;
  if (first === undefined) return error;
  const { mapper } = first;
  const attributes = mapper.columns.filter(({ column }) => columns.includes(column.name));
  const blamed = withFacts(error, {
    entity: mapper.name,
    attributes: (rows[0]?.link ? [rows[0].link.relationship] : attributes).map(({ key }) => key),
    which: rows.length === 1 ? states.join(" and ") : `one of ${plural(rows.length, nameOf(rows[0]))}`,
  });
  // Not enumerable, as whatever writes errors to a log would follow the objects into all that they refer to.
  return Object.defineProperty(blamed, "objects", { value: states.map(({ object }) => object) });
}

function nameOf(row: Change | undefined): string {
  return row?.state?.mapper.name ?? "pair";
}

/** The columns that the database named, or those of the constraint that it named. */
function columnsOf(error: ConflictError, { table }: Step): readonly string[] {
  const named = error.facts["columns"];
  if (Array.isArray(named)) return named as readonly string[];
  const name = error.facts["constraintName"];
  const index = table.indexes.find((candidate) => candidate.name === name);
  return table.columns
    .filter((column) => (index?.expressions as readonly unknown[] | undefined)?.includes(column))
    .map((column) => column.name);
}

function suspects(error: ConflictError, columns: readonly string[], refused: Refused): readonly Change[] {
  const { changes } = refused;
  const execution = error.facts["execution"];
  const failed = typeof execution === "number" ? changes[execution] : undefined;
  if (failed !== undefined) return [failed];
  if (changes.length === 1 || columns.length === 0) return changes;
  if (error.code === "conflict/not-null") {
    return orAll(
      changes,
      changes.filter((change) => valuesOf(change, columns, refused).includes(null)),
    );
  }
  const detail = error.facts["detail"];
  const told = typeof detail === "string" ? /=\((.*)\)/s.exec(detail)?.[1] : undefined;
  const same = changes.filter((change) => valuesOf(change, columns, refused).join(", ") === told);
  if (same.length > 0 || error.code !== "conflict/unique") return orAll(changes, same.slice(-1));
  return orAll(changes, takersOfTakenValues(columns, refused));
}

/** The first row whose value an earlier row of the statement or an object of the session has. */
function takersOfTakenValues(columns: readonly string[], refused: Refused): Change[] {
  const { step, changes, memory } = refused;
  const key = step.table.columns.filter(({ name }) => columns.includes(name));
  const texts = new Set<unknown>();
  for (const { mapper, values } of memory.identityMap) {
    if (mapper.table !== step.table) continue;
    texts.add(textOf(key, (column) => values[mapper.columnByNode.get(column)?.slot ?? -1]));
  }
  const taker = changes.find((change) => {
    const text = textOf(key, (column) => refused.sent(writtenValue(change, column)));
    const isTaken = text !== undefined && texts.has(text);
    texts.add(text);
    return isTaken;
  });
  return taker === undefined ? [] : [taker];
}

function valuesOf(change: Change, columns: readonly string[], refused: Refused): unknown[] {
  return change.table.columns
    .filter(({ name }) => columns.includes(name))
    .map((column) => refused.sent(writtenValue(change, column)) ?? null);
}

function orAll(changes: readonly Change[], found: readonly Change[]): readonly Change[] {
  return found.length > 0 ? found : changes;
}
