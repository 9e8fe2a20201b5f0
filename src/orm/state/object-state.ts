/**
 * One object's memory: what it holds, what it held, and to whom it belongs.
 *
 * Every mapped object carries its state under the symbol {@link STATE}. `values` is indexed by attribute slot;
 * `undefined` there means "not loaded", since a loaded NULL is `null` and no attribute may be `undefined`.
 */
import { arrayOfOne, blankArray } from "../../foundation/blank-array.ts";
import type { Mapper, RelationshipAttribute } from "../mapping/mapper.ts";
import type { Cohort } from "./cohort.ts";
import type { PendingChanges, TrackedCollection } from "./collection.ts";
import { IdentityKey, type KeyText, type OwnKeyText, rootMapper } from "./identity-map.ts";
import type { LoadedBy, Owner } from "./owner.ts";

/** Where a mapped object keeps its {@link ObjectState}. */
export const STATE: unique symbol = Symbol("ormolu.state");

/** An old value that is not known: it was never loaded before it was replaced. */
export const UNKNOWN: unique symbol = Symbol("ormolu.unknown");

/** The old value of an attribute that had none. */
export const NO_VALUE: unique symbol = Symbol("ormolu.noValue");

/** A mapped object, as the run time sees it. */
export interface MappedObject {
  [STATE]: ObjectState;
}

/** Who holds an object along one relationship; false: once a parent let go. */
export class Parenthood {
  readonly relationship: RelationshipAttribute;
  parent: ObjectState | false;
  /** That along another relationship. */
  readonly next: Parenthood | undefined;

  constructor(
    relationship: RelationshipAttribute,
    parent: ObjectState | false,
    next: Parenthood | undefined,
  ) {
    this.relationship = relationship;
    this.parent = parent;
    this.next = next;
  }
}

/** What few objects have; see the properties of {@link ObjectState} with the same names. */
class RareState {
  committedNext: unknown[] | undefined = undefined;
  snapshots: Map<number, unknown> | undefined = undefined;
  expiredSlots: ReadonlySet<number> | undefined = undefined;
  deferredSlots: Set<number> | undefined = undefined;
  empties: Map<number, TrackedCollection> | undefined = undefined;
  pending: Map<number, PendingChanges> | undefined = undefined;
  pendingNext: Map<number, PendingChanges> | undefined = undefined;
  looksUpWithoutRow = false;
  orphanedOutside = false;
}

/** What an object has of {@link RareState} while it has none of its own. */
const NOTHING_RARE: Readonly<RareState> = Object.freeze(new RareState());

/** What is remembered about one mapped object. */
export class ObjectState {
  readonly mapper: Mapper;
  readonly object: object;
  /** By slot; `undefined`: not loaded. */
  readonly values: unknown[];
  /** By slot, what an attribute held at the last flush or load, for attributes that were changed since. */
  committed: unknown[] | undefined = undefined;
  /** Every attribute is expired: the row is read again as a whole, and its absence is an error. */
  expired = false;
  /** The identity, or its text, from which it is made when somebody asks: of most objects nobody does. */
  #key: IdentityKey | OwnKeyText | undefined = undefined;
  owner: Owner | undefined = undefined;
  /** An attribute event happened since the last flush. */
  modified = false;
  /** The row was deleted by a flush of a transaction that has not ended. */
  deleted = false;
  /** When it became pending: INSERTs keep this order. */
  insertOrder = 0;
  /** Of each delete-orphan (or otherwise tracked) relationship the last parent, or that it let go. */
  parents: Parenthood | undefined = undefined;
  /** What the flush that takes part of it now knows of it; opaque here. */
  flushPart: object | undefined = undefined;
  /** The objects that came in the same result. */
  cohort: Cohort | undefined = undefined;
  /** The loader options of the statement that it came with. */
  loadedBy: LoadedBy | undefined = undefined;
  /** Made on demand: without it 10,000 loaded objects take 0.8 MB less. */
  #rare: RareState | undefined = undefined;

  constructor(mapper: Mapper, object: object, values?: unknown[]) {
    this.mapper = mapper;
    this.object = object;
    this.values = values ?? this.blank();
  }

  /** An array with a place for each attribute, by slot. */
  blank(): unknown[] {
    return blankArray(this.mapper.attributes.length);
  }

  /** The identity, once the object has (had) a row. */
  get key(): IdentityKey | undefined {
    const key = this.#key;
    if (typeof key !== "number" && typeof key !== "string") return key;
    const made = new IdentityKey(rootMapper(this.mapper), arrayOfOne(key), key);
    this.#key = made;
    return made;
  }

  set key(key: IdentityKey | undefined) {
    this.#key = key;
  }

  /** The comparable form of the identity, where there is one. */
  get keyText(): KeyText | undefined {
    const key = this.#key;
    return typeof key === "object" ? key.text : key;
  }

  /** Whether there is an identity; the loops over many objects ask only for that. */
  get hasKey(): boolean {
    return this.#key !== undefined;
  }

  /** Gives the object its identity, or the one value that it is. */
  identify(key: IdentityKey | OwnKeyText): void {
    this.#key = key;
  }

  /** The same as `committed` for what changed while a flush was writing; it becomes `committed` when that has succeeded. */
  get committedNext(): RareState["committedNext"] {
    return this.#rareOrNothing().committedNext;
  }
  set committedNext(value: RareState["committedNext"]) {
    if (value !== this.committedNext) this.#ownRare().committedNext = value;
  }

  /** Content of mutable column values (JSON, dates, arrays) as they were loaded, to find changes inside them. */
  get snapshots(): RareState["snapshots"] {
    return this.#rareOrNothing().snapshots;
  }
  set snapshots(value: RareState["snapshots"]) {
    if (value !== this.snapshots) this.#ownRare().snapshots = value;
  }

  /**
   * Slots whose values were dropped and are read again from the database on the next access. Objects that are expired as
   * a whole share it: {@link expireSlot} and {@link unexpireSlot} change it.
   */
  get expiredSlots(): RareState["expiredSlots"] {
    return this.#rareOrNothing().expiredSlots;
  }
  set expiredSlots(value: RareState["expiredSlots"]) {
    if (value !== this.expiredSlots) this.#ownRare().expiredSlots = value;
  }

  /** Columns that were left out of the SELECT; each is read by itself (or with its group) on access. */
  get deferredSlots(): RareState["deferredSlots"] {
    return this.#rareOrNothing().deferredSlots;
  }
  set deferredSlots(value: RareState["deferredSlots"]) {
    if (value !== this.deferredSlots) this.#ownRare().deferredSlots = value;
  }

  /** Collections that were read but never changed or loaded, by slot: not values yet. */
  get empties(): RareState["empties"] {
    return this.#rareOrNothing().empties;
  }
  set empties(value: RareState["empties"]) {
    if (value !== this.empties) this.#ownRare().empties = value;
  }

  /** Changes to collections that are not loaded, by slot. */
  get pending(): RareState["pending"] {
    return this.#rareOrNothing().pending;
  }
  set pending(value: RareState["pending"]) {
    if (value !== this.pending) this.#ownRare().pending = value;
  }

  /** Such changes that were made while a flush was writing. */
  get pendingNext(): RareState["pendingNext"] {
    return this.#rareOrNothing().pendingNext;
  }
  set pendingNext(value: RareState["pendingNext"]) {
    if (value !== this.pendingNext) this.#ownRare().pendingNext = value;
  }

  /** It loads relationships by its foreign keys although it has no row: see `session.enableRelationshipLoading`. */
  get looksUpWithoutRow(): RareState["looksUpWithoutRow"] {
    return this.#rareOrNothing().looksUpWithoutRow;
  }
  set looksUpWithoutRow(value: RareState["looksUpWithoutRow"]) {
    if (value !== this.looksUpWithoutRow) this.#ownRare().looksUpWithoutRow = value;
  }

  /** It lost its delete-orphan parent while outside any session: a flush leaves it out. */
  get orphanedOutside(): RareState["orphanedOutside"] {
    return this.#rareOrNothing().orphanedOutside;
  }
  set orphanedOutside(value: RareState["orphanedOutside"]) {
    if (value !== this.orphanedOutside) this.#ownRare().orphanedOutside = value;
  }

  /** Whether it has nothing of what few objects have, as most. */
  get hasNothingRare(): boolean {
    return this.#rare === undefined;
  }

  #rareOrNothing(): Readonly<RareState> {
    return this.#rare ?? NOTHING_RARE;
  }

  #ownRare(): RareState {
    this.#rare ??= new RareState();
    return this.#rare;
  }

  /** As a message shows it: `User 3`, or `a new User`. */
  toString(): string {
    const { mapper, key } = this;
    return key === undefined ? `a new ${mapper.name}` : `${mapper.name} ${key.values.join(", ")}`;
  }
}

const columnSlotsByMapper = new WeakMap<Mapper, ReadonlySet<number>>();

/** The slots of what a mapper's rows hold: columns and computed values; one set, which is shared. */
export function columnSlotsOf(mapper: Mapper): ReadonlySet<number> {
  let slots = columnSlotsByMapper.get(mapper);
  if (slots === undefined) {
    slots = new Set([...mapper.columns, ...mapper.expressions].map(({ slot }) => slot));
    columnSlotsByMapper.set(mapper, slots);
  }
  return slots;
}

/** Counts a slot as expired. */
export function expireSlot(state: ObjectState, slot: number): void {
  if (state.expiredSlots?.has(slot)) return;
  ownExpiredSlots(state).add(slot);
}

/** Counts a slot as not expired. */
export function unexpireSlot(state: ObjectState, slot: number): void {
  if (state.expiredSlots?.has(slot)) ownExpiredSlots(state).delete(slot);
}

function ownExpiredSlots(state: ObjectState): Set<number> {
  const { expiredSlots } = state;
  const isShared = expiredSlots === columnSlotsOf(state.mapper);
  if (expiredSlots !== undefined && !isShared) return expiredSlots as Set<number>;
  const own = new Set(expiredSlots);
  state.expiredSlots = own;
  return own;
}

/** Whether a relationship can be looked up: the object has a row, or was told to look without one. */
export function canLookUp(state: ObjectState, relationship: RelationshipAttribute): boolean {
  if (state.hasKey) return true;
  const { owner } = state;
  if (owner === undefined) return false;
  return state.looksUpWithoutRow || (relationship.loadOnPending && owner.isPending(state));
}

/** The state of a mapped object, or undefined for anything else. */
export function stateOf(object: unknown): ObjectState | undefined {
  return typeof object === "object" && object !== null ? (object as Partial<MappedObject>)[STATE] : undefined;
}
