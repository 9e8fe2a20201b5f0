/**
 * Rows as the program sees them: arrays whose values can also be read by name.
 *
 * Below: nothing. Above: `result.ts`, `sync-result.ts`, and the ORM's rows of several entities.
 */

/** Makes rows of one sort: the same columns in the same order. */
export type RowMaker = (values: readonly unknown[]) => unknown[];

const makerByKeys = new WeakMap<readonly string[], RowMaker>();

/**
 * Gives what makes rows with these names, remembered per array of names.
 *
 * Of equal names the first wins. A column named `length` or by a number can be read by position only: every array has
 * its own `length`, and `row[0]` is the first value whatever columns are called.
 *
 * @example rowMaker(["id", "name"])([1, "ann"])   // => [1, "ann"]
 */
export function rowMaker(keys: readonly string[]): RowMaker {
  let maker = makerByKeys.get(keys);
  if (maker === undefined) {
    maker = newMaker(keys);
    makerByKeys.set(keys, maker);
  }
  return maker;
}

const isPosition = /^(?:0|[1-9]\d*)$/;

function newMaker(keys: readonly string[]): RowMaker {
  class Row extends Array<unknown> {
    // What `map` and `slice` make is no row of these columns.
    static override get [Symbol.species](): ArrayConstructor {
      return Array;
    }
  }
  for (const [index, key] of [...keys.entries()].reverse()) {
    if (key === "length" || isPosition.test(key)) continue;
    Object.defineProperty(Row.prototype, key, {
      configurable: true,
      get(this: unknown[]): unknown {
        return this[index];
      },
    });
  }
  return (values) => {
    const row = new Row(values.length);
    for (let index = 0; index < values.length; index++) row[index] = values[index];
    return row;
  };
}
