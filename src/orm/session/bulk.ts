/**
 * INSERT, UPDATE and DELETE of many rows at once, and what they mean for the objects of the session.
 */
import type { RowSource } from "../../engine/reading.ts";
import type { Io } from "../../io/ask.ts";
import type { WriteNode } from "../../sql/nodes.ts";
import { load } from "../load/load.ts";
import type { ExecuteSettings } from "./operations.ts";
import type { SessionCore } from "./session-core.ts";

/** How an UPDATE or DELETE of a class reaches the objects of the session. */
export type SynchronizeSession = "auto" | "evaluate" | "fetch" | "none";

/** Executes a write of a class or table. */
export function* executeBulk(
  session: SessionCore,
  node: WriteNode,
  _synchronize: SynchronizeSession,
  settings: ExecuteSettings,
): Io<RowSource> {
  if (node.returning.some((item) => item.kind === "entity")) {
    const { rows, names } = yield* load(session, node, settings);
    return { rows, keys: names.map((name) => name ?? ""), rowCount: rows.length };
  }
  const { rows, columns, rowCount, lastInsertId } = yield* session.execute(node, `execute ${node.kind}`);
  return { rows, keys: columns.map(({ key }) => key), rowCount, lastInsertId };
}
