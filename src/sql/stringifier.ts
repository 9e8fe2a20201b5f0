/**
 * How a node shows itself as text. The compiler is a floor above and registers itself here when it is imported.
 */
import type { EntityRef, SqlNode } from "./nodes.ts";

type Stringifier = (node: Exclude<SqlNode, EntityRef>) => string;

let current: Stringifier = (node) => `[${node.kind}]`;

/** Registers what `String(statement)` shows; `compile/` calls it once. */
export function setStringifier(stringifier: Stringifier): void {
  current = stringifier;
}

/** Shows a node as SQL of the generic dialect, or as its kind while no compiler is imported. */
export const stringify: Stringifier = (node) => current(node);
