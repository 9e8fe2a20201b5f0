/** Indexes: as a table's third argument says them, and as the resolved table has them. */
import { nodeOf, toColumnExpression } from "../sql/coerce.ts";
import type { ExpressionNode } from "../sql/nodes.ts";
import type { Valued } from "../sql/row.ts";
import type { Table } from "./table.ts";

/** Options of an index. */
export interface IndexOptions {
  /** No two rows may have the same values. */
  readonly unique?: boolean;
  /** Only rows that meet this are in the index: SQL text or an expression. */
  readonly where?: string | Valued<unknown>;
}

/** An index of a table. */
export interface Index {
  readonly kind: "index";
  readonly table: Table;
  readonly name: string;
  readonly expressions: readonly ExpressionNode[];
  readonly unique: boolean;
  readonly where: string | ExpressionNode | undefined;
}

/** An index, as it is said. */
export interface IndexExtra {
  readonly kind: "index";
  readonly name: string | undefined;
  readonly expressions: readonly ExpressionNode[];
  readonly unique: boolean;
  readonly where: string | ExpressionNode | undefined;
}

/**
 * Puts an index on columns or expressions.
 *
 * @example index("idx_car_id", c.carId)
 * @example index(c.lastName, c.firstName, { unique: true })
 */
export function index(
  ...parts: [...(string | Valued<unknown>)[], Valued<unknown> | IndexOptions]
): IndexExtra {
  const last = parts.at(-1);
  const options: IndexOptions =
    typeof last !== "object" || nodeOf(last) !== undefined ? {} : (last as IndexOptions);
  const { unique = false, where } = options;
  return {
    kind: "index",
    name: typeof parts[0] === "string" ? parts[0] : undefined,
    expressions: parts
      .filter((part) => nodeOf(part) !== undefined)
      .map((part) => toColumnExpression(part, "index()")),
    unique,
    where: where === undefined || typeof where === "string" ? where : toColumnExpression(where, "index()"),
  };
}
