/**
 * `merge`: copies the state of an object, wherever it comes from, onto the session's object of the same identity.
 */
import { fail } from "../../foundation/errors.ts";
import type { Io } from "../../io/ask.ts";
import { clean } from "../flush/accept.ts";
import { loadRelationship } from "../load/load-relationship.ts";
import { refresh as reread } from "../load/refresh.ts";
import type { ColumnAttribute, RelationshipAttribute } from "../mapping/mapper.ts";
import { writeAttribute } from "../state/attributes.ts";
import { presentMembers } from "../state/cascades.ts";
import { type IdentityKey, identityKey } from "../state/identity-key.ts";
import { createLoaded, createTransient, setLoaded } from "../state/instrument.ts";
import { Arrival, expireSlot, type ObjectState, unexpireSlot } from "../state/object-state.ts";
import { mutations } from "../state/session-memory.ts";
import { saveWithCascade } from "./attach.ts";
import { autoflush, type ExecuteSettings, get, holdingFlushes } from "./operations.ts";
import type { SessionCore } from "./session-core.ts";

/** How an object is merged. */
export interface MergeSettings extends ExecuteSettings {
  /** False: what is merged counts as what the database holds, and nothing is read. */
  readonly load: boolean;
}

/** What has been merged so far: source → target, by identity, and the way that led to each. */
interface Progress {
  readonly bySource: Map<ObjectState, ObjectState>;
  readonly byKey: Map<string, ObjectState>;
  readonly reachedBy: Map<ObjectState, Set<RelationshipAttribute>>;
}

/**
 * Merges an object and what its merge cascade reaches; returns the session's object.
 *
 * Errors: session/merge for a changed or new object with `load: false`; flush/stale when its version is not the row's.
 */
export function* merge(session: SessionCore, source: ObjectState, settings: MergeSettings): Io<ObjectState> {
  if (settings.load) yield* autoflush(session);
  const progress = { bySource: new Map(), byKey: new Map(), reachedBy: new Map() };
  return yield* holdingFlushes(session, () => mergeOne(session, source, settings, progress));
}

function* mergeOne(
  session: SessionCore,
  source: ObjectState,
  settings: MergeSettings,
  progress: Progress,
): Io<ObjectState> {
  const known = progress.bySource.get(source);
  if (known !== undefined) return known;
  const key = keyOf(source);
  if (source.key === undefined && !settings.load) refuse(source, "it has no row, and nothing may be loaded");
  const target = yield* findTarget(session, source, key, settings, progress);
  progress.bySource.set(source, target);
  if (key !== undefined) progress.byKey.set(nameOf(key), target);
  if (target === source) return target;
  checkVersion(source, target);
  target.loadedBy = source.loadedBy;
  // Setting the primary key asks for its old value, in either colour.
  const setsKey = source.mapper.primaryKey.some(({ slot }) => source.values[slot] !== undefined);
  if (settings.load && setsKey && target.expired) yield* reread(session, [target], "expired");
  for (const attribute of source.mapper.attributes) {
    if (attribute.kind === "column") copyColumn(source, target, attribute, settings.load);
    else if (attribute.kind === "relationship") {
      yield* copyRelationship(session, { source, target, relationship: attribute }, settings, progress);
    }
  }
  if (!settings.load) {
    clean(target);
    session.memory.modified.delete(target);
  }
  return target;
}

function nameOf(key: IdentityKey): string {
  return `${key.mapper.name} ${typeof key.text} ${String(key.text)}`;
}

function refuse(source: ObjectState, reason: string): never {
  throw fail("session/merge", { entity: source.mapper.name, reason });
}

/** The identity that a source has, or would have by its primary key values. */
function keyOf(source: ObjectState): IdentityKey | undefined {
  if (source.key !== undefined) return source.key;
  const values = source.mapper.primaryKey.map(({ slot }) => source.values[slot] ?? null);
  return values.includes(null) ? undefined : identityKey(source.mapper, values);
}

function* findTarget(
  session: SessionCore,
  source: ObjectState,
  key: IdentityKey | undefined,
  settings: MergeSettings,
  progress: Progress,
): Io<ObjectState> {
  const present = key && (session.identityMap.get(key) ?? progress.byKey.get(nameOf(key)));
  if (present !== undefined) return present;
  if (!settings.load && key !== undefined) {
    if (source.modified || mutations(source).length > 0)
      refuse(source, "it has changes that are not flushed, and load is false");
    const loaded = createLoaded(new Arrival(source.mapper, session), key);
    session.autobegin();
    session.register(loaded);
    return loaded;
  }
  const found = key && (yield* get(session, source.mapper, key.values, settings));
  if (found !== undefined) return found;
  const fresh = createTransient(source.mapper);
  saveWithCascade(session, fresh);
  return fresh;
}

function checkVersion(source: ObjectState, target: ObjectState): void {
  const { version } = source.mapper;
  if (version === undefined) return;
  const theirs = source.values[version.slot] ?? undefined;
  const ours = target.values[version.slot] ?? undefined;
  if (theirs !== undefined && ours !== undefined && theirs !== ours) {
    throw fail("flush/stale", { action: "merge", entity: source.mapper.name, expected: 1, matched: 0 });
  }
}

function copyColumn(
  source: ObjectState,
  target: ObjectState,
  attribute: ColumnAttribute,
  load: boolean,
): void {
  const value = source.values[attribute.slot];
  if (value === undefined) {
    if (source.key !== undefined) expireIfUnset(target, attribute);
    return;
  }
  const copied = value === null ? null : (attribute.column.type.copy?.(value) ?? value);
  if (load) {
    writeAttribute(target, attribute, copied);
    return;
  }
  target.values[attribute.slot] = copied;
  unexpireSlot(target, attribute.slot);
}

/** An attribute that the source has not loaded is left to be loaded. */
function expireIfUnset(target: ObjectState, attribute: ColumnAttribute): void {
  if (target.key === undefined || target.values[attribute.slot] !== undefined) return;
  expireSlot(target, attribute.slot);
}

interface RelationshipCopy {
  readonly source: ObjectState;
  readonly target: ObjectState;
  readonly relationship: RelationshipAttribute;
}

function* copyRelationship(
  session: SessionCore,
  copy: RelationshipCopy,
  settings: MergeSettings,
  progress: Progress,
): Io<void> {
  const { source, target, relationship } = copy;
  const cameBy = progress.reachedBy.get(source);
  const isWayBack = settings.load && relationship.reverse.some((reverse) => cameBy?.has(reverse) === true);
  if (isWayBack || !relationship.cascades.has("merge") || source.values[relationship.slot] === undefined)
    return;
  const isUnloaded = target.values[relationship.slot] === undefined && target.key !== undefined;
  if (settings.load && relationship.isCollection && isUnloaded) {
    yield* loadRelationship(session, target, relationship, { siblings: "some", mayRaise: false });
  }
  const members: object[] = [];
  for (const member of presentMembers(source, relationship)) {
    const reached = progress.reachedBy.get(member) ?? new Set();
    reached.add(relationship);
    progress.reachedBy.set(member, reached);
    members.push((yield* mergeOne(session, member, settings, progress)).object);
  }
  const value = relationship.isCollection ? members : (members[0] ?? null);
  if (settings.load) writeAttribute(target, relationship, value);
  else setLoaded(target, relationship, value);
}
