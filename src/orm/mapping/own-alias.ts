/**
 * Aliases that the library makes by itself, where a statement has to read a table once more: they stand for the class
 * as its table does, while an alias that the application makes is a thing of its own.
 */
import type { AliasSource, Source, TableSource } from "../../sql/nodes.ts";
import { aliasSource } from "../../sql/sources.ts";

const ownAliases = new WeakSet<Source>();

/** Makes an alias of a table of which the application knows nothing. */
export function ownAlias(table: TableSource): AliasSource {
  const alias = aliasSource(table);
  ownAliases.add(alias);
  return alias;
}

/** Tells such an alias from any other source. */
export function isOwnAlias(source: Source): boolean {
  return ownAliases.has(source);
}
