/**
 * What an unloaded relationship, or a proxy behind one, reads as in the asynchronous colour: something to await, or to write to.
 *
 * Everything else that is read from it raises, so that no path gives `undefined` for what was never loaded. These
 * stand-ins are proxies; they are made only for attributes that are not loaded.
 */
import { fail } from "../../foundation/errors.ts";
import type { RelationshipAttribute } from "../mapping/mapper.ts";
import type { ObjectState } from "./object-state.ts";

/** What a stand-in can do. */
interface StandIn {
  readonly load: () => Promise<unknown>;
  readonly add: (member: object) => void;
  readonly remove: (member: object) => void;
}

const INSPECT = Symbol.for("nodejs.util.inspect.custom");

/** The attribute that is not loaded. */
interface Unloaded {
  readonly entity: string;
  readonly attribute: string;
  /** What an option loads, where it is not the attribute itself. */
  readonly path?: string;
}

function refuse({ entity, attribute, path }: Unloaded, key: string): never {
  throw fail("load/lazy-needs-await", { entity, attribute, path, read: key });
}

/** What changes a collection without reading it, under the names that arrays, Sets and Maps have for it. */
function waysToChange({ collection }: RelationshipAttribute, { add, remove }: StandIn): object {
  if (typeof collection === "object") return { set: (_key: unknown, member: object) => add(member), remove };
  const push = (...added: object[]) => {
    for (const member of added) add(member);
    return added.length;
  };
  const take = (member: object) => {
    remove(member);
    return true;
  };
  return collection === "set" ? { add, remove, delete: take } : { push, add, remove };
}

/** Makes the stand-in for one unloaded relationship of one object. */
export function pendingRelationship(
  state: ObjectState,
  relationship: RelationshipAttribute,
  standIn: StandIn,
): PromiseLike<unknown> {
  const then: PromiseLike<unknown>["then"] = (resolved, rejected) => standIn.load().then(resolved, rejected);
  const members: Record<string, unknown> = { then };
  if (relationship.isCollection) Object.assign(members, waysToChange(relationship, standIn));
  return standInOf({ entity: state.mapper.name, attribute: relationship.key }, members);
}

/** Makes a stand-in that has these members, and raises when anything else is read from it. */
export function standInOf(unloaded: Unloaded, members: Record<string, unknown>): PromiseLike<unknown> {
  const show = () => `${unloaded.entity}.${unloaded.attribute} (not loaded: await it)`;
  return new Proxy(members, {
    get(target, key) {
      if (typeof key === "string") return Object.hasOwn(target, key) ? target[key] : refuse(unloaded, key);
      if (key === INSPECT) return show;
      if (key === Symbol.toStringTag) return "Pending";
      if (key === Symbol.toPrimitive) return show;
      return key === Symbol.iterator || key === Symbol.asyncIterator
        ? refuse(unloaded, "its members")
        : undefined;
    },
    set(_target, key) {
      return refuse(unloaded, String(key));
    },
  }) as unknown as PromiseLike<unknown>;
}
