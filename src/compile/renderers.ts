/**
 * One function per kind of node, and one per clause that databases write differently.
 *
 * The type is mapped over the kinds, so a new node does not compile until the ANSI renderers know it, and a
 * dialect overrides one kind by one entry.
 */
import type { DdlNode } from "../schema/ddl.ts";
import type { Table } from "../schema/table.ts";
import type { TableColumn } from "../schema/table-column.ts";
import type {
  DeleteNode,
  InsertNode,
  LockClause,
  SelectNode,
  SetOperationNode,
  SqlNode,
  UpdateNode,
} from "../sql/nodes.ts";
import type { Writer } from "./writer.ts";

/** Everything that can be written as SQL. */
export type RenderedNode = SqlNode | DdlNode;

/** The node interface of one kind. */
export type NodeOfKind<Kind extends RenderedNode["kind"]> = Extract<RenderedNode, { readonly kind: Kind }>;

/** One function per kind of node. */
export type NodeRenderers = {
  readonly [Kind in RenderedNode["kind"]]: (node: NodeOfKind<Kind>, writer: Writer) => void;
};

/** One function per clause that databases write differently. Each begins with its own separator. */
export interface ClauseRenderers {
  /** `LIMIT … OFFSET …`. */
  readonly limit: (query: SelectNode | SetOperationNode, writer: Writer) => void;
  /** `FOR UPDATE …`. */
  readonly lock: (lock: LockClause, writer: Writer) => void;
  /** `ON CONFLICT …` of an insert that has one. */
  readonly onConflict: (insert: InsertNode, writer: Writer) => void;
  /** `RETURNING …`; called only when something is to be returned. */
  readonly returning: (statement: InsertNode | UpdateNode | DeleteNode, writer: Writer) => void;
  /** One column in CREATE TABLE: name, type, default, NOT NULL. */
  readonly columnDefinition: (column: TableColumn, writer: Writer) => void;
  /** What follows the closing parenthesis of CREATE TABLE. */
  readonly tableOptions: (table: Table, writer: Writer) => void;
  /** Binary operators that are not written `left operator right`, by name (`ilike`). */
  readonly operators: Readonly<Record<string, (node: NodeOfKind<"binary">, writer: Writer) => void>>;
  /** Functions that are called differently, by lower-case name. */
  readonly functions: Readonly<Record<string, (node: NodeOfKind<"function">, writer: Writer) => void>>;
}

/** All that a target says about text. */
export type Renderers = NodeRenderers & ClauseRenderers;
