/**
 * The class-level attributes that lead to other classes, of a class or of an alias.
 */
import type { EntityRef } from "../../sql/nodes.ts";
import { Proxied } from "./association-proxy.ts";
import type { Definition } from "./definition.ts";
import { ProxyExpression } from "./proxy-expression.ts";
import { RelationshipExpression } from "./relationship-expression.ts";
import { mapperOf, relationshipOf } from "./resolve.ts";

/** Makes `User.c.posts`: a relationship, or an association proxy on the relationship that it goes through. */
export function linkAttribute(
  definition: Definition,
  owner: EntityRef,
  key: string,
): RelationshipExpression<unknown, string, unknown> | ProxyExpression<unknown> {
  const relationship = (name: string) =>
    new RelationshipExpression({
      owner,
      key: name,
      attribute: () => relationshipOf(mapperOf(definition.entityClass), name),
    });
  const field = definition.field(key);
  return field instanceof Proxied
    ? new ProxyExpression(key, field, relationship(field.via))
    : relationship(key);
}
