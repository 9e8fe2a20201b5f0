/**
 * Which columns of a class a statement reads. Pure.
 */
import { fail } from "../../foundation/errors.ts";
import type { Source } from "../../sql/nodes.ts";
import type { ColumnAttribute, Mapper } from "../mapping/mapper.ts";
import { type OptionNode, ownerName } from "./option-tree.ts";

/**
 * Chooses which columns of a class a statement reads; the primary key always. Errors: load/unknown-path where options
 * name columns of another class.
 */
export function columnsToLoad(mapper: Mapper, node: OptionNode): readonly ColumnAttribute[] {
  if (node.columns.length === 0) {
    return mapper.columns.filter((attribute) => attribute.deferred === false || isKey(mapper, attribute));
  }
  refuseStrange(mapper, node);
  return mapper.columns.filter((attribute) => isKey(mapper, attribute) || isWanted(attribute, node));
}

function refuseStrange(mapper: Mapper, node: OptionNode): void {
  for (const { kind, columns } of node.columns) {
    if (columns === "*") continue;
    const strange = columns.find(({ source }) => isOtherTable(source, mapper));
    if (strange === undefined) continue;
    throw fail("load/unknown-path", { option: kind, entity: ownerName(strange), roots: [mapper.name] });
  }
}

function isOtherTable(source: Source, mapper: Mapper): boolean {
  const table = source.kind === "alias" ? source.of : source;
  return table.kind === "table" && table !== mapper.table;
}

/** The columns that options leave out and forbid to read; undefined: none. */
export function forbiddenColumns(mapper: Mapper, node: OptionNode): ReadonlySet<number> | undefined {
  const raising = node.columns.filter(({ raises }) => raises === true);
  if (raising.length === 0) return undefined;
  const leftOut = mapper.columns.filter(
    (attribute) => !isKey(mapper, attribute) && !isWanted(attribute, node),
  );
  const isForbidden = (attribute: ColumnAttribute) =>
    raising.some(({ kind, columns }) => kind === "loadOnly" || names(columns, attribute));
  // What is computed by default is left out with the columns, by rules that leave out all but some.
  const isSweeping = raising.some(({ kind, columns }) => kind === "loadOnly" || columns === "*");
  const computed = isSweeping ? mapper.expressions : [];
  return new Set([...leftOut.filter(isForbidden), ...computed].map(({ slot }) => slot));
}

/** Whether a flush finds the row by a column, version included: it is always loaded. */
export function isKey({ primaryKey, version }: Mapper, attribute: ColumnAttribute): boolean {
  return attribute === version || primaryKey.includes(attribute);
}

function isWanted(attribute: ColumnAttribute, node: OptionNode): boolean {
  const only = node.columns.filter((rule) => rule.kind === "loadOnly");
  let wanted =
    only.length === 0 ? attribute.deferred === false : only.some((rule) => names(rule.columns, attribute));
  for (const rule of node.columns) {
    if (rule.kind === "defer" && names(rule.columns, attribute)) wanted = false;
    if (rule.kind === "undefer" && names(rule.columns, attribute)) wanted = true;
    if (rule.kind === "undeferGroup" && attribute.deferred === rule.group) wanted = true;
  }
  return wanted;
}

function names(columns: OptionNode["columns"][number]["columns"], attribute: ColumnAttribute): boolean {
  return columns === "*" || columns.some((column) => column.key === attribute.column.key);
}
