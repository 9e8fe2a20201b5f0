/**
 * Types about types, for every floor above.
 */

/** The intersection of a union's members. */
export type UnionToIntersection<Union> = (Union extends unknown ? (member: Union) => void : never) extends (
  intersection: infer Intersection,
) => void
  ? Intersection
  : never;
