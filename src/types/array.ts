/**
 * Arrays of one type, for databases that have them.
 */
import { shorten } from "../foundation/words.ts";
import { type SqlType, sqlType } from "./sql-type.ts";

/** Makes the type of arrays; items may be null. An array of arrays is made by nesting. */
export function arrayType<Item>(item: SqlType<Item>): SqlType<(Item | null)[]> {
  return sqlType<(Item | null)[]>({
    name: "array",
    item,
    check: (value) => {
      if (!Array.isArray(value)) return `expects an array, got: ${shorten(value)}`;
      for (const [index, one] of value.entries()) {
        const problem = one === null ? undefined : item.check(one);
        if (problem !== undefined) return `${problem} (at index ${index})`;
      }
      return undefined;
    },
    ...(item.checkStored && {
      checkStored: (value: readonly (Item | null)[]) => {
        for (const [index, one] of value.entries()) {
          const problem = one === null ? undefined : item.checkStored!(one);
          if (problem !== undefined) return `${problem} (at index ${index})`;
        }
        return undefined;
      },
    }),
    equal: (left, right) => {
      const equalItems = (one: Item | null, index: number) => {
        const other = right[index]!;
        return one === null || other === null ? one === other : item.equal(one, other);
      };
      return left.length === right.length && left.every(equalItems);
    },
    copy: (value) => value.map((one) => (one === null || item.copy === undefined ? one : item.copy(one))),
    ...(item.normalise && {
      normalise: (value: unknown) =>
        (value as unknown[]).map((one) => (one === null ? null : item.normalise!(one))),
    }),
  });
}
