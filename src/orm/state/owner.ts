/**
 * What an object's state asks of the session that owns it. The session implements it; this floor only names it.
 */
import type { Caller } from "../../foundation/errors.ts";
import type { ColumnAttribute, ExpressionAttribute, RelationshipAttribute } from "../mapping/mapper.ts";
import type { IdentityMap } from "./identity-map.ts";
import type { ObjectState } from "./object-state.ts";

/** What stands behind a loaded object: the options that go on to what is loaded from it later. Opaque here. */
export interface LoadedBy {
  readonly options: readonly object[];
  /** Slots of deferred columns that must not be read. */
  readonly forbidden: ReadonlySet<number> | undefined;
}

/** The statements about the members of a collection that is never loaded. */
export interface MemberStatements {
  select(): object;
  insert(rows: readonly Readonly<Record<string, unknown>>[]): object;
  update(): object;
  delete(): object;
  /** A query on the members, in the colour of the session. */
  query(): MemberQuery;
}

/** `session.query(…)`, as far as collections know it. */
export interface MemberQuery {
  filter(...criteria: unknown[]): MemberQuery;
  filterBy(values: object): MemberQuery;
  orderBy(...items: unknown[]): MemberQuery;
  all(): unknown;
  first(): unknown;
  count(): unknown;
}

/** The owner of attached objects: the one upward door, used by attribute access alone. */
export interface Owner {
  /** Plain reads may load (a session in the synchronous colour). */
  readonly isSync: boolean;
  readonly identityMap: IdentityMap;
  /** A flush is under way: what changes now belongs to the next one. */
  readonly isFlushing: boolean;
  /** Loads expired or deferred columns, then returns the value; synchronous colour only. */
  loadColumn(state: ObjectState, attribute: ColumnAttribute | ExpressionAttribute): unknown;
  /** Loads a relationship into the state; synchronous colour only. */
  loadRelationship(state: ObjectState, attribute: RelationshipAttribute): void;
  /** Loads a relationship into the state, for whoever read it; asynchronous colour only. */
  loadRelationshipLater(
    state: ObjectState,
    attribute: RelationshipAttribute,
    reader: Caller | undefined,
  ): Promise<void>;
  /** Who called `below` to read a relationship, where somebody wants to know; asynchronous colour only. */
  readerOf(below: (...given: never[]) => unknown): Caller | undefined;
  /** Makes the statements about a collection that is never loaded. */
  memberStatements(state: ObjectState, attribute: RelationshipAttribute): MemberStatements;
  /** An object of this session was changed for the first time since the last flush. */
  noteModified(state: ObjectState): void;
  /** A mutable value of an object was handed out: it may change without an event. */
  noteWatched(state: ObjectState): void;
  /** A save-update cascade reaches an object through an attribute event. */
  cascadeSave(state: ObjectState): void;
  isPending(state: ObjectState): boolean;
  /** Whether an object is pending or has a row in the session. */
  holds(state: ObjectState): boolean;
  /** Takes a pending object out of the session again, with what its expunge cascade reaches. */
  expunge(state: ObjectState): void;
}
