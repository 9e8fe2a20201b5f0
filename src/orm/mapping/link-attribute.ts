/**
 * The class-level attributes that are no columns, of a class or of an alias.
 */
import type { EntityRef } from "../../sql/nodes.ts";
import { Proxied } from "./association-proxy.ts";
import type { Definition } from "./definition.ts";
import { ProxyExpression } from "./proxy-expression.ts";
import { QueryExpression, QueryExpressionAttribute } from "./query-expression.ts";
import { RelationshipExpression } from "./relationship-expression.ts";
import { mapperOf, relationshipOf } from "./resolve.ts";

/**
 * Makes `User.c.posts`: a relationship, an association proxy on the relationship that it goes through, or the name of
 * what a query computes.
 */
export function linkAttribute(
  definition: Definition,
  owner: EntityRef,
  key: string,
):
  | RelationshipExpression<unknown, string, unknown>
  | ProxyExpression<unknown>
  | QueryExpressionAttribute<unknown> {
  const relationship = (name: string) =>
    new RelationshipExpression({
      owner,
      key: name,
      attribute: () => relationshipOf(mapperOf(definition.entityClass), name),
    });
  const field = definition.field(key);
  if (field instanceof QueryExpression) return new QueryExpressionAttribute(owner, key);
  return field instanceof Proxied
    ? new ProxyExpression(key, field, relationship(field.via))
    : relationship(key);
}
