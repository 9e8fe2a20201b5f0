/** What tests say of types. */

/** `true` when both types are identical, also in their modifiers, else `false`. */
export type Same<Left, Right> =
  (<Probe>() => Probe extends Left ? 1 : 2) extends <Probe>() => Probe extends Right ? 1 : 2 ? true : false;

/** Compiles only for `true`: `type _ = Expect<Same<A, B>>`. */
export type Expect<Truth extends true> = Truth;
