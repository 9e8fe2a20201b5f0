/**
 * Aliases that the library makes by itself, where a statement has to read a table once more: they stand for the class
 * as its table does, while an alias that the application makes is a thing of its own.
 */
import type { Source } from "../../sql/nodes.ts";
import { anotherOf } from "../../sql/sources.ts";

const ownAliases = new WeakSet<Source>();

/** Makes another source of the same rows, of which the application knows nothing. */
export function ownAlias(source: Source): Source {
  const alias = anotherOf(source);
  ownAliases.add(alias);
  return alias;
}

/** Tells such an alias from any other source. */
export function isOwnAlias(source: Source): boolean {
  return ownAliases.has(source);
}
