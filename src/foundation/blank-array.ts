/**
 * Arrays for what lives as long as an application's objects.
 *
 * V8 remembers of every array and object literal, and of every `new Array`, how long those it made before have lived, and
 * makes the next ones among the old objects once most have survived. Nothing tells there that one is dead before the next
 * full collection, and until then it keeps alive what it leads to: of an object's values that is the whole session. A copy of
 * an array, like an instance of a class, has no such memory: collecting young objects takes a fifth of the time.
 */

const blanks: unknown[][] = [];

/** An array of so many `undefined`. */
export function blankArray<Item>(length: number): (Item | undefined)[] {
  let blank = blanks[length];
  if (blank === undefined) {
    // Of a kind that holds objects: each copy would otherwise change its own with the first.
    blank = [undefined];
    while (blank.length < length) blank.push(undefined);
    blank.length = length;
    blanks[length] = blank;
  }
  return blank.slice() as (Item | undefined)[];
}

/** An array of one item. What gathers the rest of the arguments has no memory either, and takes no longer than a literal. */
export function arrayOfOne<Item>(...items: [Item]): Item[] {
  return items;
}
