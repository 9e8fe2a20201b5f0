/**
 * Types about types, for every floor above.
 */

/** Shows an intersection as one object type. */
export type Simplify<Type> = { [Key in keyof Type]: Type[Key] } & {};

/** `true` when both types are identical, also in their modifiers, else `false`. */
export type Same<Left, Right> =
  (<Probe>() => Probe extends Left ? 1 : 2) extends <Probe>() => Probe extends Right ? 1 : 2 ? true : false;

/** `true` for `any` alone. */
export type IsAny<Type> = 0 extends 1 & Type ? true : false;

/** `true` for `never` alone. */
export type IsNever<Type> = [Type] extends [never] ? true : false;

/** Compiles only for `true`: `type _ = Expect<Same<A, B>>`. */
export type Expect<Truth extends true> = Truth;

/** The intersection of a union's members. */
export type UnionToIntersection<Union> = (Union extends unknown ? (member: Union) => void : never) extends (
  intersection: infer Intersection,
) => void
  ? Intersection
  : never;

/** An object type with the keys of `Shape` and no others: a stray key must be `never`. */
export type Exact<Given, Shape> = Given & { [Key in Exclude<keyof Given, keyof Shape>]: never };

/** A plain object of any content. */
export type AnyObject = Readonly<Record<string, unknown>>;

/** The same object, writable. */
export type Writable<Type> = { -readonly [Key in keyof Type]: Type[Key] };

/** A value or a promise of it. */
export type MaybePromise<Value> = Value | PromiseLike<Value>;
