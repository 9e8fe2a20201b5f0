/**
 * The object behind a proxy. Only an object's own properties can be read through a proxy that traps nothing: what a
 * mapped object carries is none, and accessors that are read through a proxy are given the proxy.
 */
/** Stands on the prototypes of mapped classes. */
export const MAPPED: unique symbol = Symbol("ormolu.mapped");

/**
 * The mapped object that a proxy stands before; undefined for all that is no such proxy, and outside of Node.js.
 *
 * `inspect` looks behind proxies, and reads there how the object wants to be shown.
 */
export function objectBehind(proxy: object): object | undefined {
  // Not imported: objects and queries work in a browser, too.
  const util = globalThis.process?.getBuiltinModule?.("node:util");
  const prototype = util?.types.isProxy(proxy) ? (Object.getPrototypeOf(proxy) as object | null) : null;
  if (util === undefined || prototype === null || !(MAPPED in prototype)) return undefined;
  const { inspect } = util;
  const own = Object.getOwnPropertyDescriptor(prototype, inspect.custom);
  let target: object | undefined;
  Object.defineProperty(prototype, inspect.custom, {
    configurable: true,
    get(this: object) {
      target ??= this;
      return () => "";
    },
  });
  try {
    inspect(proxy);
  } finally {
    Reflect.deleteProperty(prototype, inspect.custom);
    if (own !== undefined) Object.defineProperty(prototype, inspect.custom, own);
  }
  return target;
}
