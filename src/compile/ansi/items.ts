/** Column lists: of SELECT, of RETURNING, and as the rows that come back have them. */

import type { EntityRef, ExpressionNode } from "../../sql/nodes.ts";
import { naturalName } from "../../sql/sources.ts";
import type { ResultColumn, Writer } from "../writer.ts";

type Item = ExpressionNode | EntityRef;

/** Puts an entity's columns in its place. */
export function flattenItems(items: readonly Item[]): readonly ExpressionNode[] {
  return items.flatMap((item): readonly ExpressionNode[] => (item.kind === "entity" ? item.columns : [item]));
}

/** Writes the column list; with `names`, each column gets its name unless it has that one anyway. */
export function renderItems(
  items: readonly ExpressionNode[],
  names: readonly string[] | undefined,
  writer: Writer,
): void {
  const wanted = names?.length === items.length ? names : undefined;
  writer.list(items, (item, position) => {
    const name = wanted?.[position] ?? (item.kind === "label" ? item.name : undefined);
    writer.node(item);
    if (name !== undefined && !(item.kind === "column" && item.name === name))
      writer.text(" AS ").identifier(name);
  });
}

/** Says what the rows of a column list hold. */
export function resultColumns(items: readonly Item[]): readonly ResultColumn[] {
  return flattenItems(items).map((item) => ({ ...naturalName(item), type: item.type }));
}
