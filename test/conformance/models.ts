/**
 * The models of a scenario as mapped classes, built while the program runs.
 *
 * Whatever mentions another class is a getter or a function, as an application would write it: the classes exist
 * only once all of them are made.
 */
import { mapperOf } from "../../src/orm/mapping/resolve.ts";
import { Scope, toOperand } from "./expressions.ts";
import type { AnyBase, AnyClass, AnyColumn, AnyTable, Chain } from "./library.ts";
import { named, send } from "./library.ts";
import type {
  ColumnSpec,
  DefaultSpec,
  Json,
  ModelSpec,
  ProxySpec,
  RelationshipSpec,
  Scenario,
  TableSpec,
} from "./scenario.ts";
import { Unsupported } from "./scenario.ts";
import { toColumnValue } from "./values.ts";

const relationshipKinds = {
  o2m: "oneToMany",
  m2m: "manyToMany",
  m2o: "manyToOne",
  o2o: "oneToOne",
} as const;

const loadNames: Readonly<Record<string, string>> = { lazy: "select" };

/** The classes and tables of one scenario. */
export class Models {
  readonly base: AnyBase;
  readonly classes = new Map<string, AnyClass>();
  /** Tables without a class; those of classes are found through the metadata. */
  readonly tables = new Map<string, AnyTable>();
  readonly specs: ReadonlyMap<string, ModelSpec>;
  /** Every table's description by the table's name. */
  readonly tableSpecs = new Map<string, TableSpec>();

  constructor(scenario: Scenario) {
    this.base = named<(options: object) => AnyBase>("declarativeBase")({ lazy: "select" });
    this.specs = new Map(scenario.models.map((model) => [model.name, model]));
    for (const spec of scenario.tables ?? []) {
      this.tableSpecs.set(spec.name, spec);
      this.tables.set(spec.name, this.#table(spec));
    }
    for (const model of scenario.models) {
      if (model.inheritance !== undefined) throw new Unsupported("inheritance");
      this.tableSpecs.set(model.table ?? model.name, model);
      this.classes.set(model.name, this.#class(model));
    }
  }

  /** Resolves every class, so that errors of the mapping show. */
  configure(): void {
    for (const entity of this.classes.values()) mapperOf(entity as never);
  }

  /** Finds a class. */
  classOf(name: Json | undefined): AnyClass {
    const found = this.classes.get(String(name));
    if (!found) throw new Unsupported(`a model that is not defined: ${String(name)}`);
    return found;
  }

  /** The relationship of a model by name. */
  relationship(model: string, name: string): RelationshipSpec | undefined {
    return this.specs.get(model)?.relationships?.find((relationship) => relationship.name === name);
  }

  /** Tells whether an attribute's list has an order of its own; a proxy has that of its relationship. */
  isOrdered(model: string, attribute: string): boolean {
    const proxy = this.specs.get(model)?.proxies?.find(({ name }) => name === attribute);
    if (proxy) return this.isOrdered(model, proxy.via);
    return (this.relationship(model, attribute)?.orderBy ?? []).length > 0;
  }

  /** The type of a column attribute. */
  column(model: string, name: string): ColumnSpec | undefined {
    const spec = this.specs.get(model) ?? this.tableSpecs.get(model);
    return spec?.columns.find((column) => column.name === name || column.column === name);
  }

  /** The attribute of a model or table whose name in scenarios may be the database's. */
  keyOf(owner: string, name: string): string {
    const spec = this.specs.get(owner) ?? this.tableSpecs.get(owner);
    if (spec?.columns.some((column) => column.name === name)) return name;
    return spec?.columns.find((column) => column.column === name)?.name ?? name;
  }

  #table(spec: TableSpec): AnyTable {
    const shape: Record<string, unknown> = {};
    for (const column of spec.columns) shape[column.name] = toColumn(column);
    const table = named<(...parts: unknown[]) => AnyTable>("table");
    return table(spec.name, this.base.metadata, shape, (c: Record<string, Chain>) => toExtras(spec, c));
  }

  #class(model: ModelSpec): AnyClass {
    const shape: Record<string, unknown> = {};
    const getter = (key: string, get: () => unknown) =>
      Object.defineProperty(shape, key, { enumerable: true, configurable: true, get });
    for (const column of model.columns) {
      getter(column.name, () => {
        const built = toColumn(column);
        return model.version === column.name ? built.version() : built;
      });
    }
    for (const relationship of model.relationships ?? []) {
      getter(relationship.name, () => this.#relationship(relationship));
    }
    for (const proxy of model.proxies ?? []) getter(proxy.name, () => this.#proxy(model, proxy));

    const Generated = this.base(model.table ?? model.name, shape, (c) => toExtras(model, c));
    const Model = class extends Generated {};
    Object.defineProperty(Model, "name", { value: model.name });
    return Model;
  }

  #relationship(spec: RelationshipSpec): unknown {
    const scope = new Scope(this);
    const columns = (paths: readonly string[]) => () => paths.map((path) => scope.attribute(path));
    const options: Record<string, unknown> = {};
    const put = (key: string, value: unknown) => {
      if (value !== undefined) options[key] = value;
    };
    for (const key of [
      ...["backPopulates", "cascade", "passiveDeletes", "passiveUpdates", "postUpdate", "singleParent"],
      ...["viewonly", "innerJoin", "activeHistory"],
    ] as const) {
      put(key, spec[key as keyof RelationshipSpec]);
    }
    put("lazy", spec.lazy === undefined ? "select" : (loadNames[spec.lazy] ?? spec.lazy));
    put("secondary", spec.secondary);
    put("orderBy", spec.orderBy && (() => spec.orderBy?.map((path) => ordering(path, spec.target, scope))));
    put("foreignKeys", spec.foreignKeys && columns(spec.foreignKeys));
    put("remoteSide", spec.remoteSide && columns(spec.remoteSide));
    put("primaryJoin", spec.primaryJoin && (() => toOperand(spec.primaryJoin, scope)));
    put("secondaryJoin", spec.secondaryJoin && (() => toOperand(spec.secondaryJoin, scope)));
    return named(relationshipKinds[spec.kind])(this.classOf(spec.target), options);
  }

  #proxy(model: ModelSpec, proxy: ProxySpec): unknown {
    const via = this.relationship(model.name, proxy.via);
    if (!via)
      throw new Unsupported(`a proxy through ${proxy.via}, which is no relationship of ${model.name}`);
    const { creator } = proxy;
    const create =
      creator && ((value: unknown) => new (this.classOf(creator.model))({ [creator.arg]: value }));
    const options = create ? { via: proxy.via, create } : { via: proxy.via };
    return named("associationProxy")(this.classOf(via.target), proxy.attr, options);
  }
}

/** One entry of `orderBy`: an attribute of the target, or `table.column`; `-` is descending. */
function ordering(path: string, target: string, scope: Scope): Chain {
  const name = path.replace(/^-/, "");
  const attribute = scope.attribute(name.includes(".") ? name : `${target}.${name}`);
  return path.startsWith("-") ? send(attribute, "desc") : attribute;
}

function toColumn(spec: ColumnSpec): AnyColumn {
  let column = typeOf(spec).named(spec.column ?? spec.name);
  if (spec.foreignKey) {
    const { table, column: target, ...actions } = spec.foreignKey;
    column = column.references(`${table}.${target}`, lowerActions(actions));
  }
  if (spec.primaryKey) column = column.primaryKey();
  if (spec.nullable ?? !spec.primaryKey) column = column.nullable();
  if (spec.unique) column = column.unique();
  if (spec.index) column = column.index();
  if (spec.default) column = column.default(toDefault(spec.default, spec));
  if (spec.onUpdate) column = column.onUpdate(toDefault(spec.onUpdate, spec));
  if (spec.serverDefault !== undefined) column = column.serverDefault(spec.serverDefault);
  if (spec.deferred) column = column.deferred();
  return column;
}

function typeOf(spec: ColumnSpec): AnyColumn {
  const make = (name: string, ...parts: unknown[]) => named(name)(...parts) as AnyColumn;
  switch (spec.type) {
    case "string":
      return spec.length === undefined ? make("string") : make("string", spec.length);
    case "decimal":
      return make("numeric", spec.precision ?? 10, spec.scale ?? 2);
    case "datetime":
      return make("dateTime");
    default:
      return make(spec.type);
  }
}

function toDefault(spec: DefaultSpec, column: ColumnSpec): unknown {
  if (!("counter" in spec)) return toColumnValue(spec.value, column.type);
  let next = spec.counter;
  return () => next++;
}

function toExtras(spec: TableSpec, c: Record<string, Chain>): unknown[] {
  const column = (name: string) => {
    const found = spec.columns.find((each) => each.name === name || each.column === name);
    return c[found?.name ?? name];
  };
  const foreignKeys = (spec.foreignKeys ?? []).map(({ columns, refTable, refColumns, ...actions }) =>
    named("foreignKey")(
      columns.map(column),
      refColumns.map((name) => `${refTable}.${name}`),
      lowerActions(actions),
    ),
  );
  const uniques = (spec.unique ?? []).map((columns) => named("unique")(...columns.map(column)));
  return [...foreignKeys, ...uniques];
}

/** `ON DELETE` and `ON UPDATE` may be written in any case. */
function lowerActions(actions: Record<string, string | undefined>): Record<string, string> {
  const given = Object.entries(actions).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return Object.fromEntries(given.map(([key, action]) => [key, action.toLowerCase()]));
}

/** The pairs of tables that foreign keys link, child first. */
export function foreignKeyPairs(scenario: Scenario): [child: string, parent: string][] {
  const pairs = new Map<string, [string, string]>();
  const specs = [
    ...(scenario.tables ?? []),
    ...scenario.models.map((model) => ({ ...model, name: model.table ?? model.name })),
  ];
  for (const spec of specs) {
    const parents = [
      ...spec.columns.flatMap(({ foreignKey }) => (foreignKey ? [foreignKey.table] : [])),
      ...(spec.foreignKeys ?? []).map(({ refTable }) => refTable),
    ];
    for (const parent of parents) pairs.set(`${spec.name} ${parent}`, [spec.name, parent]);
  }
  return [...pairs.values()].sort(([a, b], [c, d]) => (`${a} ${b}` < `${c} ${d}` ? -1 : 1));
}
