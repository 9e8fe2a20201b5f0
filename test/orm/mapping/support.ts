import { isDbError } from "../../../src/foundation/errors.ts";
import "../../../src/compile/compile.ts";
import type { RelationshipAttribute } from "../../../src/orm/mapping/mapper.ts";
import { mapperOf, relationshipOf } from "../../../src/orm/mapping/resolve.ts";
import { describe as nameOf } from "../../../src/sql/coerce.ts";
import { Expression } from "../../../src/sql/expression.ts";
import type { ExpressionNode } from "../../../src/sql/nodes.ts";

/** Gives the resolved relationship of a class. */
export function relationship(entity: object, key: string): RelationshipAttribute {
  return relationshipOf(mapperOf(entity), key);
}

/** Shows the pairs of columns of a relationship: `users.id → posts.author_id`. */
export function pairs(list: RelationshipAttribute["localRemotePairs"]): string[] {
  return list.map(({ from, to }) => `${nameOf(from)} → ${nameOf(to)}`);
}

/** Shows SQL in one line. */
export function sqlOf(value: { toString(): string } | ExpressionNode): string {
  const shown = "kind" in value ? new Expression(value as ExpressionNode) : value;
  return String(shown).replace(/\s+/g, " ").trim();
}

/** Gives the code and message of the error that resolving a class raises. */
export function problemOf(use: () => unknown): { code: string; message: string; hint: string | undefined } {
  try {
    use();
  } catch (error) {
    if (isDbError(error)) return { code: error.code, message: error.message, hint: error.hint };
    throw error;
  }
  throw new Error("no error was raised");
}
