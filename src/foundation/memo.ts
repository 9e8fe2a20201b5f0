/**
 * Remembers what was worked out: once, or once per object.
 */

/**
 * Makes a function that works its value out on the first call and remembers it. A failure is not remembered.
 *
 * @example const tables = once(() => readTables())
 */
export function once<Value>(work: () => Value): () => Value {
  let outcome: { readonly value: Value } | undefined;
  return () => {
    outcome ??= { value: work() };
    return outcome.value;
  };
}

/**
 * Makes a function that works its value out once per object, for as long as the object lives.
 *
 * @example const compiledOf = memoByObject((node: SelectNode) => compile(node))
 */
export function memoByObject<Key extends object, Value>(work: (key: Key) => Value): (key: Key) => Value {
  const remembered = new WeakMap<Key, { readonly value: Value }>();
  return (key) => {
    const known = remembered.get(key);
    if (known !== undefined) return known.value;
    const value = work(key);
    remembered.set(key, { value });
    return value;
  };
}
