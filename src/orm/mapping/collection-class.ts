/**
 * Classes of the application that hold related objects: subclasses of `RelatedArray` and `RelatedSet`.
 */

/** Where a class of collections says what it is. */
export const COLLECTION: unique symbol = Symbol("ormolu.collection");

/** A class that makes empty collections. */
export interface CollectionClass<Value extends object = object> {
  readonly [COLLECTION]: "array" | "set";
  new (): Value;
}

/** Whether a class can be the `collection` of a relationship. */
export function isCollectionClass(value: object): value is CollectionClass {
  return COLLECTION in value;
}
