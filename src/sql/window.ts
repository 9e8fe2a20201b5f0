/**
 * `OVER (…)`: window functions.
 */
import { toColumnExpression } from "./coerce.ts";
import type { ExpressionNode, WindowNode } from "./nodes.ts";
import type { Valued } from "./row.ts";

/** The window of a function. */
export interface WindowOptions {
  /** Rows that have these in common form one window. */
  readonly partitionBy?: Valued<unknown> | readonly Valued<unknown>[];
  readonly orderBy?: Valued<unknown> | readonly Valued<unknown>[];
  /** From which to which row the function looks, counted from the current one: `[-1, 1]`; null is the window's end. */
  readonly rows?: readonly [from: number | null, to: number | null];
  /** The same counted in distinct values of the order. */
  readonly range?: readonly [from: number | null, to: number | null];
}

/** Makes the node of a function over a window. */
export function windowNode(operand: ExpressionNode, options: WindowOptions): WindowNode {
  return Object.freeze({
    kind: "window",
    operand,
    partitionBy: nodes(options.partitionBy, "over({ partitionBy })"),
    orderBy: nodes(options.orderBy, "over({ orderBy })"),
    frame: frameText(options),
    type: operand.type,
  });
}

function nodes(
  items: Valued<unknown> | readonly Valued<unknown>[] | undefined,
  where: string,
): readonly ExpressionNode[] {
  const list: readonly unknown[] = items === undefined ? [] : Array.isArray(items) ? items : [items];
  return Object.freeze(list.map((item) => toColumnExpression(item, where)));
}

function frameText({ rows, range }: WindowOptions): string | undefined {
  const bounds = rows ?? range;
  if (bounds === undefined) return undefined;
  const [from, to] = bounds;
  return `${rows === undefined ? "RANGE" : "ROWS"} BETWEEN ${bound(from, "PRECEDING")} AND ${bound(to, "FOLLOWING")}`;
}

function bound(offset: number | null, unbounded: "PRECEDING" | "FOLLOWING"): string {
  if (offset === null) return `UNBOUNDED ${unbounded}`;
  if (offset === 0) return "CURRENT ROW";
  return `${Math.abs(Math.trunc(offset))} ${offset < 0 ? "PRECEDING" : "FOLLOWING"}`;
}
