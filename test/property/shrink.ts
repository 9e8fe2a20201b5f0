/** What consists of operations. */
interface Shrinkable {
  readonly operations: readonly unknown[];
}

/** Drops operations, many at once and then one by one, as long as the program still fails. */
export async function shrink<Program extends Shrinkable>(
  program: Program,
  fails: (program: Program) => Promise<boolean>,
): Promise<Program> {
  let current = program;
  for (let size = Math.ceil(program.operations.length / 2); size >= 1; size = Math.floor(size / 2)) {
    for (let start = 0; start < current.operations.length; ) {
      const operations = current.operations.filter((_, index) => index < start || index >= start + size);
      const shorter = { ...current, operations };
      if (await fails(shorter)) current = shorter;
      else start += size;
    }
  }
  return current;
}
