/**
 * The statements that read rows of present objects again: expired and deferred columns, and refreshes. Pure.
 */
import { fail } from "../../foundation/errors.ts";
import { blankSelect } from "../../sql/blank-select.ts";
import type { LockClause, SelectNode } from "../../sql/nodes.ts";
import type { Mapper } from "../mapping/mapper.ts";
import type { ObjectState } from "../state/object-state.ts";
import { bound, equalTo, inKeys } from "./link.ts";
import { criteriaBehind, type LoadedAt, loadedAt, NO_OPTIONS } from "./option-tree.ts";
import { chunkSizeOf } from "./strategy.ts";

/** What is read again: given slots, whatever is expired, or the whole objects. */
export type RereadSlots = Iterable<number> | "expired" | "all";

/** One statement that reads objects of one class again. */
export interface RereadRequest {
  readonly mapper: Mapper;
  readonly statement: SelectNode;
  readonly states: ReadonlySet<ObjectState>;
  readonly slots: ReadonlySet<number> | "all";
  readonly loadedAt: LoadedAt | undefined;
}

/** How objects are read again. */
export interface RereadSettings {
  readonly maxParameters?: number | undefined;
  readonly lock?: LockClause | undefined;
}

/** Plans the statements that read objects again; objects without an identity are left out. */
export function planReread(
  states: readonly ObjectState[],
  which: RereadSlots,
  settings: RereadSettings,
): RereadRequest[] {
  const groups = new Map<string, { states: ObjectState[]; slots: ReadonlySet<number> | "all" }>();
  const numbers = new Map<object, number>();
  const numberOf = (object: object): number => {
    const number = numbers.get(object) ?? numbers.size;
    numbers.set(object, number);
    return number;
  };
  for (const state of new Set(states)) {
    if (state.key === undefined) continue;
    const slots: ReadonlySet<number> | "all" = which === "all" ? "all" : slotsOf(state, which);
    if (slots !== "all" && slots.size === 0) continue;
    const at = loadedAt(state.loadedBy);
    const text = [
      numberOf(state.mapper),
      numberOf(at?.node ?? NO_OPTIONS),
      numberOf(criteriaBehind(at)),
      slots === "all" ? slots : [...slots].join(","),
    ].join(";");
    const group = groups.get(text);
    if (group === undefined) groups.set(text, { states: [state], slots });
    else group.states.push(state);
  }
  return [...groups.values()].flatMap((group) => requestsOf(group.states, group.slots, settings));
}

/** The slots of an object that is expired, in part or as a whole: what is read together when one of them is read. */
export function expiredSlotsOf(state: ObjectState): readonly number[] {
  const isMissing = (slot: number): boolean =>
    state.values[slot] === undefined && (state.expired || state.expiredSlots?.has(slot) === true);
  // A deferred column waits until it is read itself, expired or not.
  const columns = state.mapper.columns.filter(({ slot, deferred }) => deferred === false && isMissing(slot));
  const expressions = state.mapper.expressions.filter(({ slot }) => isMissing(slot));
  const relationships = state.mapper.relationships.filter(({ slot }) => isMissing(slot));
  return [...columns, ...expressions, ...relationships].map(({ slot }) => slot);
}

/** The slots of an object that are read again; columns of a deferred group come together. */
function slotsOf(state: ObjectState, which: Iterable<number> | "expired"): ReadonlySet<number> {
  const { mapper } = state;
  if (which === "expired") return new Set(expiredSlotsOf(state));
  const slots = new Set(which);
  const asked = mapper.columns.filter((attribute) => slots.has(attribute.slot));
  const groups = new Set(
    asked.map((attribute) => attribute.deferred).filter((group) => typeof group === "string"),
  );
  for (const { slot, deferred } of mapper.columns) {
    if (typeof deferred === "string" && groups.has(deferred) && state.values[slot] === undefined)
      slots.add(slot);
  }
  return slots;
}

function requestsOf(
  states: readonly ObjectState[],
  slots: ReadonlySet<number> | "all",
  settings: RereadSettings,
): RereadRequest[] {
  const [first] = states;
  if (first === undefined) return [];
  const { mapper } = first;
  const requests: RereadRequest[] = [];
  const chunkSize = chunkSizeOf(settings.maxParameters, mapper.primaryKey.length);
  for (let start = 0; start < states.length; start += chunkSize) {
    const chunk = states.slice(start, start + chunkSize);
    requests.push({
      mapper,
      statement: selectByKeys(
        mapper,
        chunk.map((state) => state.key?.values ?? []),
        settings,
      ),
      states: new Set(chunk),
      slots,
      loadedAt: loadedAt(first.loadedBy),
    });
  }
  return requests;
}

/** Selects the rows of some keys. */
function selectByKeys(
  mapper: Mapper,
  keys: readonly (readonly unknown[])[],
  settings: RereadSettings,
): SelectNode {
  const columns = mapper.primaryKey.map((attribute) => attribute.column);
  const only = keys.length === 1 ? keys[0] : undefined;
  const condition =
    only === undefined
      ? inKeys(columns, keys)
      : equalTo(
          columns,
          columns.map((column, index) => bound(only[index], column)),
        );
  return {
    ...blankSelect([mapper.entity]),
    from: [mapper.entity.source],
    where: [condition],
    lock: settings.lock,
  };
}

/** The error for an object whose row no longer exists. */
export function objectGone(state: ObjectState) {
  return fail("load/object-gone", { entity: state.mapper.name, key: state.key?.values });
}
