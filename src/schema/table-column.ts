/**
 * A column of a table once it is resolved: the node that expressions use, with the facts that DDL, inserts and
 * mappers need.
 */
import type { ColumnNode, ExpressionNode } from "../sql/nodes.ts";
import type { ReferenceOptions, ReferenceTarget } from "./column.ts";
import type { Table } from "./table.ts";

/** Where a value comes from that a statement does not give. */
export type ClientDefault =
  | { readonly kind: "value"; readonly value: unknown }
  | { readonly kind: "call"; readonly make: () => unknown }
  | { readonly kind: "expression"; readonly node: ExpressionNode };

/** A foreign key said on the column itself, not yet resolved: see `Table.foreignKeys`. */
export interface ColumnReference {
  readonly target: ReferenceTarget<unknown>;
  readonly options: ReferenceOptions;
}

/** A column as its table knows it. */
export interface TableColumn extends ColumnNode {
  readonly source: Table;
  readonly nullable: boolean;
  readonly primaryKey: boolean;
  /** `.primaryKey({ autoincrement })`; undefined: the table decides. */
  readonly autoincrement: boolean | undefined;
  readonly unique: boolean;
  /** True, or the name of its index. */
  readonly index: boolean | string;
  /** The value of an INSERT that gives none. */
  readonly default: ClientDefault | undefined;
  /** The value of an UPDATE that gives none. */
  readonly onUpdate: ClientDefault | undefined;
  /** SQL after DEFAULT. */
  readonly serverDefault: string | ExpressionNode | undefined;
  readonly references: readonly ColumnReference[];
  readonly checks: readonly (string | ExpressionNode)[];
  readonly comment: string | undefined;
  /** The group that is loaded on first read instead of at once; undefined: loaded at once. */
  readonly deferred: string | undefined;
  /** The old value is loaded before it is replaced. */
  readonly activeHistory: boolean;
  /** Counts the row's versions. */
  readonly version: boolean;
  readonly validators: readonly ((value: unknown, key: string) => unknown)[];
}
