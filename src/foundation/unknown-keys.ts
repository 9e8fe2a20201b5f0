/**
 * Objects that tell a misspelt name at once, and not as "cannot read properties of undefined".
 */

/** Keys that consoles, promises, JSON and test runners ask of any object: their absence is no mistake. */
const askedOfAnything =
  /^(then|toJSON|constructor|inspect|nodeType|tagName|asymmetricMatch|\$\$typeof|@@.*|__.*)$/;

/** Gives a prototype on which every unknown key is an error. `find` may know a key after all. */
export function unknownKeys(error: (key: string) => Error, find?: (key: string) => unknown): object {
  return new Proxy(Object.create(null) as object, {
    get(_target, key) {
      if (typeof key === "symbol" || askedOfAnything.test(key) || key in Object.prototype) {
        return Reflect.get(Object.prototype, key);
      }
      const value = find?.(key);
      if (value !== undefined) return value;
      throw error(key);
    },
  });
}
