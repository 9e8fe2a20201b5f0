/**
 * What the library knows about an object, without a statement; and the two functions that change what it knows.
 */
import { fail } from "../../foundation/errors.ts";
import { definitionOf } from "../mapping/definition.ts";
import type { MappedClass } from "../mapping/infer.ts";
import type { Attribute } from "../mapping/mapper.ts";
import { mapperOf } from "../mapping/resolve.ts";
import { readAttribute } from "../state/attributes.ts";
import { BLANK, columnHistory, type History, hasChanges, relationshipHistory } from "../state/changes.ts";
import { identityKey as makeIdentityKey } from "../state/identity-key.ts";
import { attributeNamed } from "../state/instrument.ts";
import { type ObjectState, UNKNOWN } from "../state/object-state.ts";
import { expungeStates, stateOfArgument } from "./attach.ts";
import { type ClassInspection, inspectClass } from "./inspect-class.ts";
import { SessionCore } from "./session-core.ts";

/** Where an object stands between the application and the database. */
export type ObjectStatus = "transient" | "pending" | "persistent" | "deleted" | "detached";

/** What is known about one object. */
export class ObjectInspection {
  readonly #state: ObjectState;

  constructor(state: ObjectState) {
    this.#state = state;
  }

  /** New, to be inserted, with a row, deleted in this transaction, or outside any session. */
  get state(): ObjectStatus {
    return statusOf(this.#state);
  }

  /** The `Session` or `SyncSession` that holds it, or null. */
  get session(): object | null {
    const { owner } = this.#state;
    return owner instanceof SessionCore ? owner.access.session : null;
  }

  /** Primary key values, once the object has (had) a row. */
  get identity(): readonly unknown[] | null {
    return this.#state.key?.values ?? null;
  }

  /** Whether an attribute event happened since the last flush. */
  get modified(): boolean {
    return this.#state.modified;
  }

  /** The name of the class. */
  get entity(): string {
    return this.#state.mapper.name;
  }

  /** The names of all attributes, in declared order. */
  get attributes(): readonly string[] {
    return this.#state.mapper.attributes.map(({ key }) => key);
  }

  /** The names of the attributes that are not loaded. */
  get unloaded(): string[] {
    return mappedAttributes(this.#state)
      .filter(
        ({ slot }) => this.#state.values[slot] === undefined && this.#state.committed?.[slot] === undefined,
      )
      .map(({ key }) => key);
  }

  /** The loaded attributes with their values. */
  get loaded(): Record<string, unknown> {
    const loaded: Record<string, unknown> = {};
    for (const attribute of mappedAttributes(this.#state)) {
      const value = this.#state.values[attribute.slot];
      if (value === undefined) continue;
      loaded[attribute.key] = readAttribute(this.#state, attribute);
    }
    return loaded;
  }

  /** What changed on an attribute since the last flush. Of an unloaded attribute it is blank. */
  history(name: string): History {
    return historyOf(this.#state, attributeNamed(this.#state.mapper, name));
  }
}

function mappedAttributes(state: ObjectState): Exclude<Attribute, { kind: "proxy" }>[] {
  return state.mapper.attributes.filter((attribute) => attribute.kind !== "proxy");
}

/** The history of any attribute, from memory alone. */
export function historyOf(state: ObjectState, attribute: Attribute): History {
  if (attribute.kind === "column") return columnHistory(state, attribute);
  return attribute.kind === "relationship" ? relationshipHistory(state, attribute) : BLANK;
}

/** Whether an old value has to be looked up before the history is complete. */
export function hasUnknownHistory(state: ObjectState, attribute: Attribute): boolean {
  // Of a simple many-to-one the old object is never needed.
  if (attribute.kind === "relationship" && attribute.usesGet) return false;
  return state.committed?.[attribute.slot] === UNKNOWN;
}

/** Where an object stands. */
function statusOf(state: ObjectState): ObjectStatus {
  if (state.key === undefined) return state.owner === undefined ? "transient" : "pending";
  if (state.owner === undefined) return "detached";
  return state.deleted ? "deleted" : "persistent";
}

/** Whether any attribute differs from what it was at the last flush. */
export function hasNetChanges(state: ObjectState): boolean {
  return mappedAttributes(state).some((attribute) => {
    return state.committed?.[attribute.slot] !== undefined && hasChanges(historyOf(state, attribute));
  });
}

/**
 * Tells what is known about an object, or about a mapped class, without a statement.
 *
 * Errors: session/not-an-object, mapping/….
 *
 * @example
 * inspect(user).state          // => "persistent"
 * inspect(User).primaryKey     // => ["id"]
 */
export function inspect(entity: MappedClass): ClassInspection;
export function inspect(object: object): ObjectInspection;
export function inspect(what: object): ObjectInspection | ClassInspection {
  if (definitionOf(what) !== undefined) return inspectClass(mapperOf(what as MappedClass));
  return new ObjectInspection(stateOfArgument(what, "inspect()"));
}

/**
 * The identity of an object, as the identity map compares it: the class's name and the primary key's values. Null for an
 * object that has none yet.
 *
 * Errors: session/not-an-object.
 *
 * @example identityKey(user)   // => ["User", 1]
 */
export function identityKey(object: object): readonly [entity: string, ...values: unknown[]] | null {
  const { key } = stateOfArgument(object, "identityKey()");
  return key === undefined ? null : [key.mapper.name, ...key.values];
}

/**
 * The session that holds an object, or null.
 *
 * Errors: session/not-an-object.
 *
 * @example objectSession(user) === session   // => true
 */
export function objectSession(object: object): object | null {
  return inspect(object).session;
}

/** Makes an object new again: it leaves its session and forgets its identity; values stay. */
export function makeTransient(object: object): void {
  const state = stateOfArgument(object, "makeTransient()");
  if (state.owner instanceof SessionCore) expungeStates(state.owner, [state]);
  state.expiredSlots = undefined;
  state.deferredSlots = undefined;
  state.expired = false;
  state.key = undefined;
  state.deleted = false;
}

/** Gives a new object the identity of its primary key values, as if it had been loaded and detached. */
export function makeTransientToDetached(object: object): void {
  const state = stateOfArgument(object, "makeTransientToDetached()");
  if (state.owner !== undefined || state.key !== undefined) {
    throw fail("session/not-transient", { entity: state.mapper.name });
  }
  const values = state.mapper.primaryKey.map((attribute) => readAttribute(state, attribute));
  state.key = makeIdentityKey(state.mapper, values);
  state.deleted = false;
  state.committed = undefined;
  state.modified = false;
  state.expiredSlots = new Set(
    state.mapper.columns.filter(({ slot }) => state.values[slot] === undefined).map(({ slot }) => slot),
  );
}
