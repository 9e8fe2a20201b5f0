/**
 * Which objects a session holds: adding, taking out, expiring. From memory alone.
 */
import { fail } from "../../foundation/errors.ts";
import type { Attribute } from "../mapping/mapper.ts";
import { reach } from "../state/cascades.ts";
import { attributeNamed } from "../state/instrument.ts";
import { columnSlotsOf, expireSlot, type ObjectState, stateOf } from "../state/object-state.ts";
import type { SessionCore } from "./session-core.ts";

/** The state of an object that the application passed. Errors: session/not-an-object. */
export function stateOfArgument(object: unknown, what: string): ObjectState {
  const state = stateOf(object);
  if (state === undefined) throw fail("session/not-an-object", { what, got: object });
  return state;
}

/** Ties an object to the session. False: it was tied to it before. Errors: session/attached-elsewhere. */
export function attach(session: SessionCore, state: ObjectState): boolean {
  session.autobegin();
  if (state.owner === session) return false;
  if (state.owner !== undefined) {
    throw fail("session/attached-elsewhere", { entity: state.mapper.name, key: state.key?.values });
  }
  state.owner = session;
  return true;
}

/** Ties an object to the session without adding it, so that it loads relationships by its foreign keys. */
export function enableRelationshipLoading(session: SessionCore, state: ObjectState): void {
  attach(session, state);
  state.looksUpWithoutRow = true;
}

/** Adds an object with everything that its save-update cascade reaches. */
export function saveWithCascade(session: SessionCore, state: ObjectState): void {
  state.orphanedOutside = false;
  save(session, state);
  for (const reached of reach(state, "save-update", (other) => session.memory.holds(other)))
    save(session, reached);
}

/** Errors: mapping/shadowed-attribute where a class field took the place of an attribute's accessor. */
function refuseShadows({ object, mapper }: ObjectState): void {
  for (const name of Object.keys(object)) {
    if (mapper.attributeByKey.has(name)) {
      throw fail("mapping/shadowed-attribute", { entity: mapper.name, attribute: name });
    }
  }
}

function save(session: SessionCore, state: ObjectState): void {
  refuseShadows(state);
  if (state.hasKey) {
    readd(session, state);
    return;
  }
  if (session.memory.pending.has(state)) return;
  session.makePending(state);
}

/** Puts an object with a row back into a session. */
function readd(session: SessionCore, state: ObjectState): void {
  if (state.deleted) throw fail("session/deleted", { entity: state.mapper.name, key: state.key?.values });
  putIntoIdentityMap(session, state);
  session.memory.deleting.delete(state);
  if (state.modified) session.memory.modified.add(state);
  // What was changed in place while it was detached is found by the next flush.
  if (state.snapshots !== undefined) session.memory.watched.add(state);
}

/** Marks an object with a row for deletion. */
export function markDeleted(session: SessionCore, state: ObjectState): void {
  if (!state.hasKey) return;
  putIntoIdentityMap(session, state);
  session.memory.deleting.add(state);
}

/** Errors: session/identity-taken, session/attached-elsewhere. */
export function putIntoIdentityMap(session: SessionCore, state: ObjectState): void {
  const present = session.identityMap.heldFor(state);
  if (present !== undefined && present !== state) {
    throw fail("session/identity-taken", { entity: state.mapper.name, key: state.key?.values });
  }
  attach(session, state);
  if (present === undefined) session.identityMap.put(state);
}

/** Takes objects out. `toTransient`: they lose their identity, too. */
export function expungeStates(
  session: SessionCore,
  states: Iterable<ObjectState>,
  toTransient = false,
): void {
  const { memory } = session;
  for (const state of states) {
    if (!memory.pending.delete(state)) {
      memory.identityMap.remove(state);
      memory.deleting.delete(state);
      memory.transaction?.deleted.delete(state);
    }
    detach(session, state);
    if (toTransient) state.key = undefined;
  }
}

/** Unties an object from the session. */
export function detach(session: SessionCore, state: ObjectState): void {
  state.owner = undefined;
  state.cohort?.leave(state);
  session.memory.modified.delete(state);
  session.memory.watched.delete(state);
}

/** Forgets everything that an object holds; it is read again when it is asked for. */
export function expireAll(session: SessionCore, state: ObjectState): void {
  session.memory.modified.delete(state);
  session.memory.watched.delete(state);
  state.expired = true;
  state.modified = false;
  state.committed = undefined;
  state.committedNext = undefined;
  state.snapshots = undefined;
  state.pending = undefined;
  state.pendingNext = undefined;
  state.parents = undefined;
  state.empties = undefined;
  state.deferredSlots = undefined;
  state.values.fill(undefined);
  state.expiredSlots = columnSlotsOf(state.mapper);
}

/** Forgets some attributes of an object. */
export function expireSome(state: ObjectState, attributes: readonly Attribute[]): void {
  for (const attribute of attributes) {
    if (attribute.kind === "column" || attribute.kind === "expression") {
      expireSlot(state, attribute.slot);
      state.deferredSlots?.delete(attribute.slot);
    }
    state.values[attribute.slot] = undefined;
    if (state.committed !== undefined) state.committed[attribute.slot] = undefined;
    state.snapshots?.delete(attribute.slot);
    state.pending?.delete(attribute.slot);
  }
}

/** Forgets what an object holds but for what the application changed. */
export function expireUnchanged(state: ObjectState): void {
  const { committed, pending } = state;
  expireSome(
    state,
    state.mapper.attributes.filter(({ slot }) => committed?.[slot] === undefined && !pending?.has(slot)),
  );
}

/** Expires an object: some attributes, or all with what its refresh-expire cascade reaches. */
export function expire(session: SessionCore, state: ObjectState, names: readonly string[] | undefined): void {
  requirePersistent(session, state, "expire()");
  session.autobegin();
  if (names !== undefined) {
    expireSome(
      state,
      names.map((name) => attributeNamed(state.mapper, name)),
    );
    return;
  }
  const reached = reach(state, "refresh-expire");
  expireAll(session, state);
  for (const other of reached) {
    if (other.hasKey) expireAll(session, other);
    else if (session.memory.pending.has(other)) expungeStates(session, [other]);
  }
}

/** Errors: session/not-persistent unless the object has a row and is in this session. */
export function requirePersistent(session: SessionCore, state: ObjectState, what: string): void {
  if (!session.identityMap.holds(state)) {
    throw fail("session/not-persistent", { entity: state.mapper.name, what });
  }
}

/** Errors: session/not-attached unless the object is in this session. */
export function requireHeld(session: SessionCore, state: ObjectState, what: string): ObjectState {
  if (state.owner !== session) throw fail("session/not-attached", { entity: state.mapper.name, what });
  return state;
}
