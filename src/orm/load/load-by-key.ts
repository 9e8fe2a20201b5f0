/**
 * The object with a primary key, read from the database: the identity map is asked by `get` of the session, before it.
 *
 * Below: `load.ts`. Above: the session.
 */
import type { Io } from "../../io/ask.ts";
import { blankSelect } from "../../sql/blank-select.ts";
import type { LockClause, ParameterNode, SelectNode } from "../../sql/nodes.ts";
import type { Mapper } from "../mapping/mapper.ts";
import { type ObjectState, stateOf } from "../state/object-state.ts";
import { SESSION_CRITERIA } from "./criteria.ts";
import { equalTo } from "./link.ts";
import { run } from "./load.ts";
import type { LoadOptions, LoadSession } from "./load-session.ts";
import { type LoadPlan, type PlanSettings, planLoad } from "./plan.ts";
import { loadSettings } from "./run-settings.ts";

/** Reads the object with this primary key; undefined when there is no such row. Never asks the identity map. */
export function* loadByKey(
  session: LoadSession,
  mapper: Mapper,
  keyValues: readonly unknown[],
  options: LoadOptions & { readonly lock?: LockClause | undefined },
): Io<ObjectState | undefined> {
  if (keyValues.includes(null) || keyValues.includes(undefined)) return undefined;
  const settings = loadSettings(options);
  const isPlain =
    settings.options.length === 0 && settings.criteria === SESSION_CRITERIA && options.lock === undefined;
  const plan = isPlain ? plainGet(mapper, settings) : planLoad(selectByKey(mapper, options.lock), settings);
  const during = options.during ?? `get ${mapper.name}`;
  const values: Record<string, unknown> = {};
  for (let index = 0; index < keyValues.length; index += 1) values[keyName(index)] = keyValues[index];
  const { only } = yield* run(session, plan, { ...settings, during, values });
  return stateOf(only?.[0]);
}

const plainGets = new WeakMap<Mapper, { readonly plan: LoadPlan; readonly attributes: number }>();

/** The plan of `get` without options: the same for all keys, so that its statement is compiled once. */
function plainGet(mapper: Mapper, settings: PlanSettings): LoadPlan {
  const known = plainGets.get(mapper);
  // A class that is defined later may bring a relationship along, by a backref.
  const attributes = mapper.attributes.length;
  if (known?.attributes === attributes) return known.plan;
  const plan = planLoad(selectByKey(mapper, undefined), settings);
  plainGets.set(mapper, { plan, attributes });
  return plan;
}

/** Selects the row of a key that is given at execution: the statement is one for all keys. */
function selectByKey(mapper: Mapper, lock: LockClause | undefined): SelectNode {
  const columns = mapper.primaryKey.map((attribute) => attribute.column);
  const values = columns.map(({ type }, index): ParameterNode => {
    return { kind: "parameter", value: undefined, name: keyName(index), type };
  });
  return {
    ...blankSelect([mapper.entity]),
    from: [mapper.entity.source],
    where: [equalTo(columns, values)],
    lock,
  };
}

/** The parameter of one part of a key, in {@link selectByKey}. */
function keyName(index: number): string {
  return `key_${index}`;
}
