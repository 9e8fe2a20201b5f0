/**
 * What the expression language knows of mapped classes and of loader options: types, and the symbol that carries
 * a shape. `orm/mapping` makes classes that fit, `orm/load` makes the options.
 */
import type { SOURCE, Source } from "./nodes.ts";

/** Under this key a mapped class, table, alias or subquery carries the type of its attributes. Type level only. */
export const SHAPE: unique symbol = Symbol("ormolu.shape");

/** Whatever has named columns: a table, an alias, a subquery, a mapped class. */
export interface Shaped {
  readonly [SHAPE]: unknown;
}

/**
 * A class that stands for a table.
 *
 * Nothing is said of what `new` returns: a class whose type is still being worked out would have to be known
 * in full before it fits, which is circular for models that mention each other.
 */
export interface MappedClass extends Shaped {
  new (...args: never): unknown;
}

/** The type of a mapped class's objects. */
export type InstanceOf<Class> = Class extends new (...args: never) => infer Instance ? Instance : never;

/** An object that stands for a source: a table, an alias, a subquery, a common table expression. */
export interface SourceLike {
  readonly [SOURCE]: Source;
}

/** How to load a relationship, as `Select.options` sees it. Its attributes are known to the types only. */
export interface LoadOption<out Owner, out Paths, out Unloads = never> {
  /** The shape of the class at which it begins; `ColumnsOf` its table, where it names columns. */
  readonly owner: Owner;
  /** What it loads. */
  readonly paths: Paths;
  /** What it leaves unloaded, whatever options before it say: paths that end in null; `never`: nothing. */
  readonly unloads: Unloads;
}

/** The paths of a statement without loader options. */
export type NoPaths = Record<never, never>;
