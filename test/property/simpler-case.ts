/** Makes a failing load as simple as possible. */
import { withoutRow } from "./graph-rows.ts";
import type { Act, LoadCase, Query, Step } from "./load-case.ts";

/** Leaves out one part after the other, as long as the load still fails. */
export async function simplest(
  load: LoadCase,
  fails: (load: LoadCase) => Promise<boolean>,
): Promise<LoadCase> {
  let current = load;
  for (let isSimpler = true; isSimpler; ) {
    isSimpler = false;
    let candidates = Array.from(simplerCases(current));
    for (let index = 0; index < candidates.length; ) {
      const candidate = candidates[index] as LoadCase;
      if (await fails(candidate)) {
        current = candidate;
        candidates = Array.from(simplerCases(current));
        isSimpler = true;
      } else index++;
    }
  }
  return current;
}

function* simplerCases(load: LoadCase): Generator<LoadCase> {
  if (load.before.length + load.after.length > 0) yield { ...load, before: [], after: [] };
  if (Object.keys(load.lazies).length > 0) yield { ...load, lazies: {} };
  for (const before of simplerActs(load.before)) yield { ...load, before };
  for (const after of simplerActs(load.after)) yield { ...load, after };
  for (const query of simplerQueries(load.query)) yield { ...load, query };
  for (const name of Object.keys(load.lazies)) {
    const { [name]: _, ...lazies } = load.lazies;
    yield { ...load, lazies };
  }
  for (const [entity, rows] of Object.entries(load.rows.byClass))
    for (const row of rows) yield { ...load, rows: withoutRow(load.rows, entity, row) };
  for (const pair of load.rows.pairs)
    yield { ...load, rows: { ...load.rows, pairs: load.rows.pairs.filter((each) => each !== pair) } };
}

function* simplerActs(acts: readonly Act[]): Generator<readonly Act[]> {
  for (const [index, act] of acts.entries()) {
    yield acts.toSpliced(index, 1);
    if (act.kind !== "query") continue;
    for (const query of simplerQueries(act.query)) yield acts.with(index, { ...act, query });
  }
}

function* simplerQueries(query: Query): Generator<Query> {
  const plain: Partial<Record<keyof Query, undefined | false>> = {
    ...{ where: undefined, filterJoin: undefined, limit: undefined, offset: undefined, columns: undefined },
    ...{ isDistinct: false, populateExisting: false, isLazyElsewhere: false },
  };
  for (const [key, value] of Object.entries(plain))
    if (query[key as keyof Query] !== value) yield { ...query, [key]: value };
  if (query.orderBy !== undefined && query.limit === undefined && query.offset === undefined)
    yield { ...query, orderBy: undefined };
  if (query.orderBy !== undefined && query.orderBy.length > 0) yield { ...query, orderBy: [] };
  for (const steps of simplerSteps(query.steps)) yield { ...query, steps };
}

function* simplerSteps(steps: readonly Step[]): Generator<readonly Step[]> {
  for (const [index, step] of steps.entries()) {
    yield steps.toSpliced(index, 1);
    if (step.columns !== undefined) yield steps.with(index, { ...step, columns: undefined });
    if (step.depth !== undefined) yield steps.with(index, { ...step, depth: undefined });
    if (step.isInner) yield steps.with(index, { ...step, isInner: false });
    for (const behind of simplerSteps(step.steps)) yield steps.with(index, { ...step, steps: behind });
  }
}
