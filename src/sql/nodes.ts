/**
 * Every node of the expression language, as plain data.
 *
 * A node is an immutable object with a `kind`. Nothing here renders, walks or checks: the renderers of
 * `compile/` are a mapped type over {@link SqlNode}, and `children.ts` says where each kind keeps its children,
 * so a new kind does not compile until both know it.
 */
import type { SqlType } from "../types/sql-type.ts";

/** Asks an object (table, mapped class, aliased class, subquery) for the {@link Source} that it stands for. */
export const SOURCE: unique symbol = Symbol("ormolu.source");

/** Asks a mapped or aliased class for its {@link EntityRef}. */
export const ENTITY: unique symbol = Symbol("ormolu.entity");

/** Asks a relationship attribute for the joins that lead along it. */
export const JOIN_PATH: unique symbol = Symbol("ormolu.joinPath");

/** Asks an expression or a query for its node: how a builder is told from a plain value. */
export const NODE: unique symbol = Symbol("ormolu.node");

// ---------------------------------------------------------------- sources

/** A table as the expression language knows it; `schema/table.ts` implements it. */
export interface TableSource {
  readonly kind: "table";
  readonly name: string;
  readonly schema: string | undefined;
  /** All columns in declaration order. */
  readonly columnNodes: readonly ColumnNode[];
  readonly foreignKeyLinks: readonly ForeignKeyLink[];
}

/** One foreign key of a table: column pairs from the child's to the parent's column. */
export interface ForeignKeyLink {
  readonly from: readonly ColumnNode[];
  readonly to: readonly ColumnNode[];
}

/** Another name for a source. `name` undefined: the compiler numbers it (`users_1`). */
export interface AliasSource {
  readonly kind: "alias";
  readonly of: TableSource;
  readonly name: string | undefined;
  readonly columnNodes: readonly ColumnNode[];
}

/** A query used as a table. */
export interface SubquerySource {
  readonly kind: "subquery";
  readonly query: QueryNode;
  readonly name: string | undefined;
  readonly lateral: boolean;
  readonly columnNodes: readonly ColumnNode[];
}

/** A common table expression. `query` is a getter so that a recursive one can mention itself. */
export interface CteSource {
  readonly kind: "cte";
  readonly query: QueryNode;
  readonly name: string | undefined;
  readonly recursive: boolean;
  readonly materialized: boolean | undefined;
  readonly columnNodes: readonly ColumnNode[];
}

/** Something that rows come from. */
export type Source = TableSource | AliasSource | SubquerySource | CteSource;

/** A join onto what stands left of it. */
export interface JoinNode {
  readonly kind: "join";
  readonly type: "inner" | "left" | "full" | "cross";
  readonly target: Source;
  readonly on: ExpressionNode | undefined;
}

/** A mapped class inside a statement; the ORM replaces it by its columns and reads objects from them. */
export interface EntityRef {
  readonly kind: "entity";
  readonly source: Source;
  readonly columns: readonly ColumnNode[];
  /** What the entity is called in errors and rows (`User`). */
  readonly name: string;
  /** The ORM's mapper; opaque to this floor. */
  readonly mapper: object;
}

// ---------------------------------------------------------------- expressions

/** A column of a source. `key` is the attribute name, `name` the database's. */
export interface ColumnNode {
  readonly kind: "column";
  readonly source: Source;
  readonly name: string;
  readonly key: string;
  readonly type: SqlType;
}

/** A bound value, or (with `name` and no value) a parameter that gets its value at execution. */
export interface ParameterNode {
  readonly kind: "parameter";
  readonly value: unknown;
  readonly name: string | undefined;
  readonly type: SqlType;
  /** The column that it is for (`items.price`), where it is for one: errors name it. */
  readonly where?: string;
}

/** NULL, TRUE, FALSE, DEFAULT, CURRENT_TIMESTAMP …: a keyword that stands for a value. */
export interface KeywordNode {
  readonly kind: "keyword";
  readonly word:
    | "NULL"
    | "TRUE"
    | "FALSE"
    | "DEFAULT"
    | "CURRENT_TIMESTAMP"
    | "CURRENT_DATE"
    | "CURRENT_TIME";
  readonly type: SqlType;
}

/** `left operator right`. `operator` is a name in `operators.ts` (`eq`, `like`) or an operator as in SQL (`@>`). */
export interface BinaryNode {
  readonly kind: "binary";
  readonly operator: string;
  readonly left: ExpressionNode;
  readonly right: ExpressionNode;
  /** The escape character of LIKE: `left LIKE right ESCAPE '/'`. */
  readonly escape?: string;
  readonly type: SqlType;
}

/** `NOT x`, `-x`, `x IS NULL`, `DISTINCT x`. `operator` is a name in `operators.ts` (`not`, `neg`, `isNull`). */
export interface UnaryNode {
  readonly kind: "unary";
  readonly operator: string;
  readonly operand: ExpressionNode;
  readonly type: SqlType;
}

/** `a AND b AND c`, `a OR b`. */
export interface LogicalNode {
  readonly kind: "logical";
  readonly operator: "and" | "or";
  readonly operands: readonly ExpressionNode[];
  readonly type: SqlType;
}

/** `left IN (items)`; an empty list is false (true when negated). */
export interface InNode {
  readonly kind: "in";
  readonly negated: boolean;
  readonly left: ExpressionNode;
  readonly items: readonly ExpressionNode[] | QueryNode;
  readonly type: SqlType;
}

/** `operand BETWEEN low AND high`. */
export interface BetweenNode {
  readonly kind: "between";
  readonly negated: boolean;
  readonly operand: ExpressionNode;
  readonly low: ExpressionNode;
  readonly high: ExpressionNode;
  readonly type: SqlType;
}

/** `name(DISTINCT arguments) FILTER (WHERE …)`. */
export interface FunctionNode {
  readonly kind: "function";
  readonly name: string;
  readonly arguments: readonly ExpressionNode[];
  readonly distinct: boolean;
  readonly filter: ExpressionNode | undefined;
  readonly type: SqlType;
}

/** `function OVER (…)`. */
export interface WindowNode {
  readonly kind: "window";
  readonly operand: ExpressionNode;
  readonly partitionBy: readonly ExpressionNode[];
  readonly orderBy: readonly ExpressionNode[];
  /** As in SQL: `ROWS BETWEEN …`. */
  readonly frame: string | undefined;
  readonly type: SqlType;
}

/** `CASE WHEN … THEN … ELSE … END`. */
export interface CaseNode {
  readonly kind: "case";
  readonly whens: readonly CaseBranch[];
  readonly otherwise: ExpressionNode | undefined;
  readonly type: SqlType;
}

/** One `WHEN … THEN …`. */
export interface CaseBranch {
  readonly when: ExpressionNode;
  /** After THEN. Not called so: an object with `then` is a promise to `await`. */
  readonly result: ExpressionNode;
}

/** `CAST(operand AS type)`. */
export interface CastNode {
  readonly kind: "cast";
  readonly operand: ExpressionNode;
  readonly type: SqlType;
}

/** `operand COLLATE collation`. */
export interface CollateNode {
  readonly kind: "collate";
  readonly operand: ExpressionNode;
  readonly collation: string;
  readonly type: SqlType;
}

/** `(a, b)`. */
export interface TupleNode {
  readonly kind: "tuple";
  readonly items: readonly ExpressionNode[];
  readonly type: SqlType;
}

/** `EXISTS (query)`. */
export interface ExistsNode {
  readonly kind: "exists";
  readonly query: QueryNode;
  readonly type: SqlType;
}

/** A query that gives one value. */
export interface ScalarNode {
  readonly kind: "scalar";
  readonly query: QueryNode;
  readonly type: SqlType;
}

/** `operand AS name` in a column list; elsewhere the operand itself (or, in ORDER BY, the name). */
export interface LabelNode {
  readonly kind: "label";
  readonly operand: ExpressionNode;
  readonly name: string;
  readonly type: SqlType;
}

/** `operand DESC NULLS LAST`. */
export interface OrderNode {
  readonly kind: "order";
  readonly operand: ExpressionNode;
  readonly direction: "asc" | "desc";
  readonly nulls: "first" | "last" | undefined;
  readonly type: SqlType;
}

/** `*`, as in `count(*)`. */
export interface StarNode {
  readonly kind: "star";
  readonly type: SqlType;
}

/** SQL text with nodes between its pieces: the `sql` tag. */
export interface TemplateNode {
  readonly kind: "template";
  readonly strings: readonly string[];
  readonly items: readonly (ExpressionNode | QueryNode | Source)[];
  readonly type: SqlType;
}

/** Whatever has a value. */
export type ExpressionNode =
  | ColumnNode
  | ParameterNode
  | KeywordNode
  | BinaryNode
  | UnaryNode
  | LogicalNode
  | InNode
  | BetweenNode
  | FunctionNode
  | WindowNode
  | CaseNode
  | CastNode
  | CollateNode
  | TupleNode
  | ExistsNode
  | ScalarNode
  | LabelNode
  | OrderNode
  | StarNode
  | TemplateNode;

// ---------------------------------------------------------------- statements

/** `FOR UPDATE` and its kin. */
export interface LockClause {
  readonly strength: "update" | "noKeyUpdate" | "share" | "keyShare";
  readonly of: readonly Source[];
  readonly wait: "wait" | "nowait" | "skipLocked";
}

/**
 * A SELECT. Its FROM is `from`, then `joins` in order onto the last of `from`, plus whatever its expressions
 * mention besides. A node with joins has at least one `from`.
 */
export interface SelectNode {
  readonly kind: "select";
  readonly items: readonly (ExpressionNode | EntityRef)[];
  readonly from: readonly Source[];
  readonly joins: readonly JoinNode[];
  readonly where: readonly ExpressionNode[];
  readonly groupBy: readonly ExpressionNode[];
  readonly having: readonly ExpressionNode[];
  readonly orderBy: readonly ExpressionNode[];
  readonly limit: ExpressionNode | undefined;
  readonly offset: ExpressionNode | undefined;
  readonly distinct: boolean | readonly ExpressionNode[];
  readonly ctes: readonly CteSource[];
  readonly lock: LockClause | undefined;
  /** Sources that belong to the enclosing query; undefined: found automatically. */
  readonly correlate: readonly Source[] | undefined;
}

/** `left UNION right …`, with an ordering over the whole. */
export interface SetOperationNode {
  readonly kind: "setOperation";
  readonly operator: "union" | "unionAll" | "intersect" | "except";
  readonly queries: readonly QueryNode[];
  readonly orderBy: readonly ExpressionNode[];
  readonly limit: ExpressionNode | undefined;
  readonly offset: ExpressionNode | undefined;
  readonly ctes: readonly CteSource[];
}

/** A statement that returns rows of its own. */
export type QueryNode = SelectNode | SetOperationNode;

/** `SET column = value`. */
export interface Assignment {
  readonly column: ColumnNode;
  readonly value: ExpressionNode;
}

/** `ON CONFLICT …`. `set` undefined: do nothing. */
export interface ConflictClause {
  readonly columns: readonly ColumnNode[];
  readonly constraint: string | undefined;
  readonly set: readonly Assignment[] | undefined;
  readonly where: ExpressionNode | undefined;
}

/** An INSERT of rows (`columns` × `rows`), of a query, or of defaults (`columns` empty). */
export interface InsertNode {
  readonly kind: "insert";
  readonly table: TableSource;
  readonly columns: readonly ColumnNode[];
  readonly rows: readonly (readonly ExpressionNode[])[];
  readonly query: QueryNode | undefined;
  readonly conflict: ConflictClause | undefined;
  readonly returning: readonly (ExpressionNode | EntityRef)[];
  readonly ctes: readonly CteSource[];
}

/** An UPDATE. */
export interface UpdateNode {
  readonly kind: "update";
  readonly table: TableSource | AliasSource;
  readonly set: readonly Assignment[];
  readonly from: readonly Source[];
  readonly where: readonly ExpressionNode[];
  readonly returning: readonly (ExpressionNode | EntityRef)[];
  readonly ctes: readonly CteSource[];
}

/** A DELETE. */
export interface DeleteNode {
  readonly kind: "delete";
  readonly table: TableSource | AliasSource;
  readonly using: readonly Source[];
  readonly where: readonly ExpressionNode[];
  readonly returning: readonly (ExpressionNode | EntityRef)[];
  readonly ctes: readonly CteSource[];
}

/** A statement that changes rows. */
export type WriteNode = InsertNode | UpdateNode | DeleteNode;

/** A whole statement. */
export type StatementNode = QueryNode | WriteNode | TemplateNode;

/** Every node that a renderer must know. */
export type SqlNode = ExpressionNode | QueryNode | WriteNode | Source | JoinNode | EntityRef;
