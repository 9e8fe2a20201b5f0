/**
 * `aliased(User)`: a mapped class under another name in a statement, or over the rows of a subquery.
 */
import { fail } from "../../foundation/errors.ts";
import { unknownKeys } from "../../foundation/unknown-keys.ts";
import { Column } from "../../schema/column.ts";
import type { Subquery } from "../../sql/alias.ts";
import type { MappedClass } from "../../sql/entity.ts";
import { ColumnExpression } from "../../sql/expression.ts";
import { ENTITY, type EntityRef, SOURCE, type Source } from "../../sql/nodes.ts";
import { aliasSource } from "../../sql/sources.ts";
import { columnOn } from "./adapt-join.ts";
import { DEFINITION, definitionOf } from "./definition.ts";
import type { Aliased } from "./infer.ts";
import { linkAttribute } from "./link-attribute.ts";
import { mapperOf } from "./resolve.ts";

/**
 * Gives a mapped class another name, so that one statement can use it twice. Without a name the compiler numbers it. With
 * a subquery, which has the class's columns, its objects are those of the subquery's rows.
 *
 * Errors: mapping/not-mapped, load/column-not-in-source.
 *
 * @example
 * const manager = aliased(Employee, "manager");
 * select(Employee.c.name, manager.c.name).join(Employee.c.manager.of(manager));
 */
export function aliased<Class extends MappedClass & { readonly c: unknown }, const Name extends string = "">(
  entity: Class,
  as?: Name | Subquery<unknown>,
): Aliased<Class, Name> {
  const definition = definitionOf(entity);
  if (definition === undefined) throw fail("mapping/not-mapped", { got: entity, where: "aliased()" });
  const source: Source = typeof as === "object" ? as.source : aliasSource(definition.table, as);
  const reference: EntityRef = Object.freeze({
    kind: "entity",
    source,
    get columns() {
      return definition.table.columns.map((column) => columnOn(source, column));
    },
    name: definition.name,
    get mapper() {
      return mapperOf(definition.entityClass);
    },
  });
  const attribute = (key: string): unknown => {
    const field = definition.field(key);
    if (field instanceof Column) return new ColumnExpression(columnOn(source, definition.table.column(key)));
    return linkAttribute(definition, reference, key);
  };
  const attributes = Object.create(
    unknownKeys((key) =>
      fail("mapping/unknown-attribute", {
        entity: definition.name,
        attribute: key,
        attributes: definition.keys,
      }),
    ),
  ) as object;
  for (const key of [...definition.keys, ...definition.backrefs.keys()]) {
    Object.defineProperty(attributes, key, { enumerable: true, get: () => attribute(key) });
  }
  const alias: object = Object.freeze({
    c: attributes,
    [SOURCE]: source,
    [ENTITY]: reference,
    [DEFINITION]: definition,
  });
  return alias as Aliased<Class, Name>;
}
