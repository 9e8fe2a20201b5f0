/**
 * What the library knows about one mapped class: the description that everything above reads.
 *
 * `resolve.ts` makes mappers from definitions; nothing else does. Afterwards a mapper
 * only gains: the other side that a `backref` of a class makes which is used later. An attribute's `slot` is its place in {@link Mapper.attributes} and in the `values` of every object's state.
 */
import type { TableColumn } from "../../schema/column.ts";
import type { Table } from "../../schema/table.ts";
import type { ColumnNode, EntityRef, ExpressionNode, Source } from "../../sql/nodes.ts";
import type { CollectionClass } from "./collection-class.ts";

/** A class as the run time sees it: something that can be `instanceof`-ed and whose prototype objects get. */
export type EntityClass = abstract new (...args: never) => object;

/** The names that `cascade` understands; `all` stands for every one but `delete-orphan`. */
export type CascadeName = "save-update" | "merge" | "delete" | "delete-orphan" | "refresh-expire" | "expunge";

/** How a relationship is loaded when nothing else is said. */
export type LoadStrategyName =
  | "siblings"
  | "select"
  | "selectin"
  | "joined"
  | "subquery"
  | "immediate"
  | "raise"
  | "raiseOnSql"
  | "noload"
  | "writeOnly"
  | "dynamic";

/** How what an object lacks is read: for all objects of its result, or for it alone. */
export type LaterStrategyName = Extract<LoadStrategyName, "siblings" | "select">;

/** What a Map of members is keyed by: an attribute of them, or what a function makes of them. */
export type MemberKey = string | ((member: never) => unknown);

/** The kind of a collection: an array, a Set, a Map, or a class of the application. */
export type CollectionKind = "array" | "set" | { readonly keyedBy: MemberKey } | CollectionClass;

/** An attribute that is a column. */
export interface ColumnAttribute {
  readonly kind: "column";
  readonly key: string;
  readonly slot: number;
  readonly mapper: Mapper;
  readonly column: TableColumn;
  /** Left out of SELECTs until it is asked for; the name of its group, if it has one. */
  readonly deferred: boolean | string;
  /** Setting it first loads the old value. */
  readonly activeHistory: boolean;
  readonly validate: ((value: unknown, key: string) => unknown) | undefined;
}

/** A pair of columns that a relationship holds equal. */
export interface ColumnPair {
  readonly from: ColumnNode;
  readonly to: ColumnNode;
}

/** An attribute that refers to other objects. Directions are named from its own class. */
export interface RelationshipAttribute {
  readonly kind: "relationship";
  readonly key: string;
  readonly slot: number;
  /** The class that has the attribute. */
  readonly mapper: Mapper;
  /** The class that it refers to. */
  readonly target: Mapper;
  /** The same as statements read it: its table, or the alias that the relationship was declared with. */
  readonly targetEntity: EntityRef;
  readonly direction: "oneToMany" | "manyToOne" | "manyToMany";
  /** Whether the value is a collection; false for many-to-one and one-to-one. */
  readonly isCollection: boolean;
  readonly collection: CollectionKind;
  /** The condition between the own table (or alias) and the target's table, or the secondary table. */
  readonly primaryJoin: ExpressionNode;
  /** The condition between the secondary table and the target's. */
  readonly secondaryJoin: ExpressionNode | undefined;
  /** The table in the middle; where the relationship only reads, perhaps an alias or a subquery. */
  readonly secondary: Source | undefined;
  /**
   * Own column → the column on the other side that the join equates with it (target's, or the secondary's).
   * Many-to-one: `from` is the own foreign key, `to` the target's key.
   */
  readonly localRemotePairs: readonly ColumnPair[];
  /** Whence a flush copies which value: `from` is the referred-to column, `to` the foreign key. */
  readonly synchronizePairs: readonly ColumnPair[];
  /** The same between the target's columns and the secondary table's. */
  readonly secondarySynchronizePairs: readonly ColumnPair[];
  /** Columns of either side that are "remote": bound to rows of the target (or the secondary) when loading. */
  readonly remoteColumns: ReadonlySet<ColumnNode>;
  /** Many-to-one whose target columns are exactly the target's primary key: loads through the identity map. */
  readonly usesGet: boolean;
  readonly cascades: ReadonlySet<CascadeName>;
  /** The relationships that are the other direction of this one; filled while mappers are resolved. */
  readonly reverse: readonly RelationshipAttribute[];
  /** Those of `reverse` that a change of this one changes at once, in memory. */
  readonly inStep: readonly RelationshipAttribute[];
  readonly orderBy: readonly ExpressionNode[];
  readonly lazy: LoadStrategyName;
  readonly passiveDeletes: boolean | "all";
  readonly passiveUpdates: boolean;
  readonly postUpdate: boolean;
  readonly viewonly: boolean;
  readonly singleParent: boolean;
  readonly activeHistory: boolean;
  readonly innerJoin: boolean;
  readonly selfReferential: boolean;
  /** How many levels a self-referential eager load follows; undefined: one. */
  readonly joinDepth: number | undefined;
  /** Select-in loads ask by the foreign key alone where they can. */
  readonly omitJoin: boolean;
  /** Whether the subquery of a subquery load is DISTINCT; undefined: unless it is limited. */
  readonly distinctTargetKey: boolean | undefined;
  readonly loadOnPending: boolean;
  readonly info: Readonly<Record<string, unknown>>;
  readonly doc: string | undefined;
  readonly validate: ((value: object, key: string) => object) | undefined;
}

/** An attribute that shows an attribute of the objects behind a relationship. */
export interface ProxyAttribute {
  readonly kind: "proxy";
  readonly key: string;
  readonly slot: number;
  readonly mapper: Mapper;
  /** The relationship that it goes through. */
  readonly via: string;
  /** The attribute of the objects behind it. */
  readonly step: string;
  /** Makes the object in between for a value that is added. */
  readonly create: (value: unknown) => object;
}

/** An attribute that holds what a query computes. */
export interface ExpressionAttribute {
  readonly kind: "expression";
  readonly key: string;
  readonly slot: number;
  readonly mapper: Mapper;
  /** What is computed where a query says nothing, over the class's table. */
  readonly fallback: ExpressionNode | undefined;
}

/** Any attribute of a mapped class. */
export type Attribute = ColumnAttribute | RelationshipAttribute | ProxyAttribute | ExpressionAttribute;

/** A mapped class, understood. */
export interface Mapper {
  /** The class's name. */
  readonly name: string;
  /** The class that the application wrote; objects get its prototype. */
  readonly entityClass: EntityClass;
  readonly table: Table;
  /** The mapper of the class that this one inherits from. */
  readonly inherits: Mapper | undefined;
  /** In declared order; index = slot. */
  readonly attributes: readonly Attribute[];
  readonly attributeByKey: ReadonlyMap<string, Attribute>;
  readonly columns: readonly ColumnAttribute[];
  readonly columnByNode: ReadonlyMap<ColumnNode, ColumnAttribute>;
  readonly relationships: readonly RelationshipAttribute[];
  /** Relationships that never hold what is in the database: write-only and dynamic ones. */
  readonly neverLoaded: readonly RelationshipAttribute[];
  readonly proxies: readonly ProxyAttribute[];
  readonly expressions: readonly ExpressionAttribute[];
  readonly primaryKey: readonly ColumnAttribute[];
  /** Whether one key can be spelled in several ways, as `"5"` and `"5.00"`. */
  readonly hasSpelledKey: boolean;
  readonly version: ColumnAttribute | undefined;
  /** The class as an item of a statement. */
  readonly entity: EntityRef;
  /** Relationships of other classes that refer to this one with `delete-orphan`. */
  readonly orphanWatchers: readonly RelationshipAttribute[];
  /** Relationships of other classes (or its own) that refer to this one; filled while mappers are resolved. */
  readonly referrers: readonly RelationshipAttribute[];
  /** How a column that an object lacks is read, and a relationship that names no strategy. */
  readonly lazy: LaterStrategyName;
  /** `onLoad` of the class, when it has one. */
  readonly onLoad: ((this: object) => void) | undefined;
}
