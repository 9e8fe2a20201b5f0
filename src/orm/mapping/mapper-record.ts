/**
 * A {@link Mapper} while it is being made. Outside of this folder nobody sees it as anything but a mapper.
 */
import { fail } from "../../foundation/errors.ts";
import type { Table } from "../../schema/table.ts";
import type { TableColumn } from "../../schema/table-column.ts";
import type { ColumnNode, EntityRef, ExpressionNode } from "../../sql/nodes.ts";
import type { Definition } from "./definition.ts";
import type {
  Attribute,
  ColumnAttribute,
  EntityClass,
  ExpressionAttribute,
  LaterStrategyName,
  Mapper,
  ProxyAttribute,
  RelationshipAttribute,
} from "./mapper.ts";
import { QueryExpression } from "./query-expression.ts";

/** The mapper of one definition. */
export class MapperRecord implements Mapper {
  readonly definition: Definition;
  readonly name: string;
  readonly entityClass: EntityClass;
  readonly table: Table;
  readonly entity: EntityRef;
  readonly inherits: Mapper | undefined = undefined;
  readonly attributes: Attribute[] = [];
  readonly attributeByKey = new Map<string, Attribute>();
  readonly columns: ColumnAttribute[] = [];
  readonly columnByNode = new Map<ColumnNode, ColumnAttribute>();
  readonly relationships: RelationshipAttribute[] = [];
  readonly neverLoaded: RelationshipAttribute[] = [];
  readonly proxies: ProxyAttribute[] = [];
  readonly expressions: ExpressionAttribute[] = [];
  readonly orphanWatchers: RelationshipAttribute[] = [];
  readonly referrers: RelationshipAttribute[] = [];
  primaryKey: readonly ColumnAttribute[] = [];
  hasSpelledKey = false;
  version: ColumnAttribute | undefined = undefined;
  readonly lazy: LaterStrategyName;
  readonly onLoad: ((this: object) => void) | undefined;
  /** Relationships that a later `backref` is about to add. */
  readonly late = new Map<string, Attribute>();
  readonly #slots = new Map<string, number>();

  constructor(definition: Definition) {
    this.definition = definition;
    this.name = definition.name;
    this.entityClass = definition.entityClass;
    this.table = definition.table;
    this.entity = definition.entity;
    this.lazy = definition.registry.lazy;
    const { onLoad } = definition.entityClass.prototype as { onLoad?: (this: object) => void };
    this.onLoad = typeof onLoad === "function" ? onLoad : undefined;
  }

  /** Gives the slot of a key: its place in the shape; what `backref` adds comes behind. */
  slotOf(key: string): number {
    const known = this.#slots.get(key);
    if (known !== undefined) return known;
    this.#slots.set(key, this.#slots.size);
    return this.#slots.size - 1;
  }

  /** Adds an attribute of columns for each column of the table. Errors: mapping/no-primary-key, mapping/shadowed-attribute. */
  addColumns(): void {
    const { table, definition } = this;
    this.#refuseShadows();
    for (const key of definition.attributeKeys()) this.slotOf(key);
    for (const column of table.columns) this.add(this.#columnAttribute(column));
    this.primaryKey = table.primaryKey.columns.map(
      (column) => this.columnByNode.get(column) as ColumnAttribute,
    );
    this.hasSpelledKey = this.primaryKey.some(({ column }) => column.type.normalise !== undefined);
    if (this.primaryKey.length === 0) {
      throw fail("mapping/no-primary-key", { entity: definition.name, table: table.name });
    }
    this.version = this.columns.find((attribute) => attribute.column.version);
    this.#addExpressions();
  }

  /** Errors: mapping/shadowed-attribute where the class has an accessor or method of an attribute's name. */
  #refuseShadows(): void {
    const { generatedClass, keys } = this.definition;
    let prototype: unknown = this.entityClass.prototype;
    while (typeof prototype === "object" && prototype !== null && prototype !== generatedClass.prototype) {
      const attribute = keys.find((key) => Object.hasOwn(prototype as object, key));
      if (attribute !== undefined) throw fail("mapping/shadowed-attribute", { entity: this.name, attribute });
      prototype = Object.getPrototypeOf(prototype);
    }
  }

  #columnAttribute(column: TableColumn): ColumnAttribute {
    const { validators, deferred } = column;
    return {
      kind: "column",
      key: column.key,
      slot: this.slotOf(column.key),
      mapper: this,
      column,
      deferred: deferred === undefined ? false : deferred === "" ? true : deferred,
      activeHistory: column.activeHistory,
      validate:
        validators.length === 0
          ? undefined
          : (value, key) => validators.reduce((current, validate) => validate(current, key), value),
    };
  }

  #addExpressions(): void {
    for (const key of this.definition.keys) {
      const field = this.definition.field(key);
      if (!(field instanceof QueryExpression)) continue;
      let known: { readonly node: ExpressionNode | undefined } | undefined;
      this.add({
        kind: "expression",
        key,
        slot: this.slotOf(key),
        mapper: this,
        // It may mention classes that are not resolved yet.
        get fallback() {
          known ??= { node: field.fallback(`the default of ${this.mapper.name}.${key}`) };
          return known.node;
        },
      });
    }
  }

  /** Gives an attribute by name, those included that a later `backref` is about to add. */
  pending(key: string): Attribute | undefined {
    return this.attributeByKey.get(key) ?? this.late.get(key);
  }

  /** Puts an attribute into its slot. */
  add(attribute: Attribute): void {
    this.attributes[attribute.slot] = attribute;
    this.attributeByKey.set(attribute.key, attribute);
    if (attribute.kind !== "column") return;
    this.columnByNode.set(attribute.column, attribute);
    this.columns.push(attribute);
  }

  /** Sorts the attributes by kind, once they are complete. */
  settle(): void {
    const only = <Kind extends Attribute["kind"]>(kind: Kind) =>
      this.attributes.filter((each): each is Extract<Attribute, { kind: Kind }> => each.kind === kind);
    this.relationships.splice(0, Number.POSITIVE_INFINITY, ...only("relationship"));
    this.neverLoaded.splice(0, Number.POSITIVE_INFINITY, ...this.relationships.filter(isNeverLoaded));
    this.proxies.splice(0, Number.POSITIVE_INFINITY, ...only("proxy"));
    this.expressions.splice(0, Number.POSITIVE_INFINITY, ...only("expression"));
  }
}

/** Whether a relationship never holds the members that its object's row has. */
export function isNeverLoaded({ lazy }: RelationshipAttribute): boolean {
  return lazy === "writeOnly" || lazy === "dynamic";
}
