/**
 * Objects as plain data: for `JSON.stringify` and for `console.log`. Only what is loaded is shown; nothing is loaded.
 */
import type { RelationshipAttribute } from "../mapping/mapper.ts";
import { readAttribute } from "./attributes.ts";
import { MAPPED } from "./behind-proxy.ts";
import type { TrackedCollection } from "./collection.ts";
import { type ObjectState, stateOf } from "./object-state.ts";

/**
 * The loaded attributes of an object and of the objects behind it. What leads back to an object that is being shown is
 * left out, so that two-way relationships end.
 */
export function plain(state: ObjectState, above: readonly ObjectState[] = []): Record<string, unknown> {
  const path = [...above, state];
  const data: Record<string, unknown> = {};
  for (const attribute of state.mapper.attributes) {
    const value = state.values[attribute.slot];
    if (value === undefined || attribute.kind === "proxy") continue;
    const shown =
      attribute.kind === "relationship"
        ? plainMembers(attribute, value, path)
        : readAttribute(state, attribute);
    if (shown !== undefined) data[attribute.key] = shown;
  }
  return data;
}

function plainMembers(
  attribute: RelationshipAttribute,
  value: unknown,
  path: readonly ObjectState[],
): unknown {
  if (value === null) return null;
  if (!attribute.isCollection) return plainMember(value, path);
  const members = (value as TrackedCollection).members().map((member) => plainMember(member, path));
  return members.filter((member) => member !== undefined);
}

function plainMember(member: unknown, path: readonly ObjectState[]): unknown {
  const state = stateOf(member);
  return state === undefined || path.includes(state) ? undefined : plain(state, path);
}

const INSPECT = Symbol.for("nodejs.util.inspect.custom");

interface InspectOptions {
  readonly depth: number | null;
  readonly stylize: (text: string, style: string) => string;
}

type Inspect = (value: unknown, options: object) => string;

/** Gives the objects of a class `toJSON` and a readable look in logs, unless the class has its own. */
export function describeObjects(prototype: object): void {
  define(prototype, MAPPED, true);
  define(prototype, "toJSON", function toJson(this: object) {
    const state = stateOf(this);
    return state === undefined ? {} : plain(state);
  });
  define(
    prototype,
    INSPECT,
    function show(this: object, depth: number, options: InspectOptions, inspect: Inspect) {
      const state = stateOf(this);
      if (state === undefined) return "{}";
      const name = this.constructor.name;
      return depth < 0
        ? options.stylize(`[${name}]`, "special")
        : `${name} ${inspect(shallow(state), { ...options, depth })}`;
    },
  );
}

/** The loaded attributes as the application holds them; printing nests by itself, and marks circles. */
function shallow(state: ObjectState): Record<string, unknown> {
  const shown: Record<string, unknown> = {};
  for (const attribute of state.mapper.attributes) {
    const value = state.values[attribute.slot];
    if (value === undefined || attribute.kind === "proxy") continue;
    const isCollection = attribute.kind === "relationship" && attribute.isCollection;
    shown[attribute.key] = isCollection
      ? (value as TrackedCollection).members()
      : readAttribute(state, attribute);
  }
  return shown;
}

function define(prototype: object, key: PropertyKey, value: unknown): void {
  Object.defineProperty(prototype, key, { value, enumerable: false, configurable: true, writable: true });
}
