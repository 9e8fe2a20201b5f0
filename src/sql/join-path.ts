/**
 * How a relationship attribute tells `join()` where it leads. `orm/mapping` implements it; the expression language
 * only follows the steps.
 */
import type { ExpressionNode, JOIN_PATH, Source } from "./nodes.ts";

/** One join of a relationship: a many-to-many has two, every other relationship one. */
export interface JoinStep {
  readonly target: Source;
  readonly on: ExpressionNode;
}

/** The joins that lead along a relationship. */
export interface JoinPath {
  readonly steps: readonly JoinStep[];
  /** Whether the joins are outer joins unless the caller says otherwise. */
  readonly isOuter?: boolean;
  /** The class (or alias) at the far end; `filterBy` after the join reads its `.c`. */
  readonly entity?: object;
}

/** A relationship attribute (`User.c.posts`). A getter, so that the target is resolved when it is first joined. */
export interface Joinable {
  /** Type level only: the related object. */
  readonly targetType?: unknown;
  readonly [JOIN_PATH]: JoinPath;
}
