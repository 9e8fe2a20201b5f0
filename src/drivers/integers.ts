/**
 * Integers that a client library read as `bigint` because one of them might not fit a number.
 */

const largest = BigInt(Number.MAX_SAFE_INTEGER);

/** Turns every `bigint` that a number holds exactly into one, in place. */
export function shrinkIntegers(rows: readonly unknown[][]): void {
  for (const row of rows) {
    for (let index = 0; index < row.length; index++) {
      const value = row[index];
      if (typeof value === "bigint" && value <= largest && value >= -largest) row[index] = Number(value);
    }
  }
}
