/**
 * One object's memory: what it holds, what it held, and to whom it belongs.
 *
 * Every mapped object carries a {@link Mark}, which leads to its state. `values` is indexed by attribute slot;
 * `undefined` there means "not loaded", since a loaded NULL is `null` and no attribute may be `undefined`.
 *
 * An object that was loaded has no state before somebody asks for it: it is fresh, and its mark holds its row. Of most
 * objects nobody asks, because their plain values are read from the row.
 */
import { arrayOfOne, blankArray } from "../../foundation/blank-array.ts";
import type { Mapper, RelationshipAttribute } from "../mapping/mapper.ts";
import { objectBehind } from "./behind-proxy.ts";
import type { Cohort } from "./cohort.ts";
import type { PendingChanges, TrackedCollection } from "./collection.ts";
import { IdentityKey, type KeyText, type OwnKeyText, rootMapper } from "./identity-key.ts";
import type { LoadedBy, Owner } from "./owner.ts";

/** An old value that is not known: it was never loaded before it was replaced. */
export const UNKNOWN: unique symbol = Symbol("ormolu.unknown");

/** The old value of an attribute that had none. */
export const NO_VALUE: unique symbol = Symbol("ormolu.noValue");

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
  undecodable: Map<number, unknown> | undefined = undefined;
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

  /** Why values could not be decoded, by slot: they count as not loaded. */
  get undecodable(): RareState["undecodable"] {
    return this.#rareOrNothing().undecodable;
  }
  set undecodable(value: RareState["undecodable"]) {
    if (value !== this.undecodable) this.#ownRare().undecodable = value;
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

/** Counts a value that cannot be decoded as not loaded: it fails who reads it, and nobody else. */
export function leaveOut(state: ObjectState, slot: number, error: unknown): void {
  state.values[slot] = undefined;
  state.deferredSlots ??= new Set();
  state.deferredSlots.add(slot);
  state.undecodable ??= new Map();
  state.undecodable.set(slot, error);
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

// ---------------------------------------------------------------- from the object to its state

/** What the objects of a class that come in one result have in common. */
interface ArrivalParts {
  readonly loadedBy: LoadedBy | undefined;
  /** Slots of columns that the statement left out. */
  readonly leftOut: readonly number[];
  /** Values that are raw as yet. */
  readonly late: readonly { readonly slot: number; readonly decode: (raw: unknown) => unknown }[];
}

const NOTHING_SPECIAL: ArrivalParts = Object.freeze({ loadedBy: undefined, leftOut: [], late: [] });

/** What the fresh objects of one class that came in one result have in common. */
export class Arrival {
  readonly mapper: Mapper;
  owner: Owner | undefined;
  cohort: Cohort | undefined = undefined;
  readonly #parts: ArrivalParts;
  /** Where the key stands among the values: it is one value, and its own text. */
  readonly #keySlot: number;

  constructor(mapper: Mapper, owner: Owner, parts = NOTHING_SPECIAL) {
    this.mapper = mapper;
    this.owner = owner;
    this.#parts = parts;
    this.#keySlot = mapper.primaryKey[0]?.slot as number;
  }

  /** The key that stands in a row. */
  keyIn(row: readonly unknown[]): OwnKeyText {
    return row[this.#keySlot] as OwnKeyText;
  }

  /** Makes the state of an object. */
  stateFor(object: object, key: IdentityKey | OwnKeyText, values?: unknown[]): ObjectState {
    const state = new ObjectState(this.mapper, object, values);
    state.owner = this.owner;
    state.cohort = this.cohort;
    state.loadedBy = this.#parts.loadedBy;
    state.identify(key);
    const { leftOut } = this.#parts;
    if (leftOut.length > 0) state.deferredSlots = new Set(leftOut);
    if (values !== undefined) this.#decodeLate(state);
    return state;
  }

  #decodeLate(state: ObjectState): void {
    const { values } = state;
    for (const { slot, decode } of this.#parts.late) {
      if (values[slot] === null) continue;
      try {
        values[slot] = decode(values[slot]);
      } catch (error) {
        leaveOut(state, slot, error);
      }
    }
  }
}

/** Gives what it is given, so that the private fields of a class that extends it come to stand there. */
function given(object: object): object {
  return object;
}
const Given = given as unknown as new (object: object) => object;

/**
 * What mapped objects carry: private fields, which nobody sees who lists, copies or compares them. A hidden property
 * would be the same to them and be seen through proxies, but defining it takes 100 ns, this 2.
 */
class Mark extends Given {
  /** The state, or while the object is fresh what it has in common with others. */
  #source: ObjectState | Arrival;
  /** Its values by slot, as long as it is fresh. */
  #row: unknown[] | undefined;

  constructor(object: object, source: ObjectState | Arrival, row: unknown[] | undefined) {
    super(object);
    this.#source = source;
    this.#row = row;
  }

  static stateOf(object: object): ObjectState | undefined {
    if (!(#row in object)) return Mark.#stateBehind(object);
    const row = object.#row;
    if (row === undefined) return object.#source as ObjectState;
    const arrival = object.#source as Arrival;
    const state = arrival.stateFor(object, arrival.keyIn(row), row);
    object.#source = state;
    object.#row = undefined;
    return state;
  }

  /** Of proxies, and of objects that inherit from a mapped one. */
  static #stateBehind(object: object): ObjectState | undefined {
    const target = objectBehind(object);
    if (target === undefined) {
      const prototype = Object.getPrototypeOf(object) as object | null;
      return prototype === null ? undefined : Mark.stateOf(prototype);
    }
    const state = Mark.stateOf(target);
    if (state !== undefined) new Mark(object, state, undefined);
    return state;
  }

  static arrivalOf(object: object): Arrival | undefined {
    return #row in object && object.#row !== undefined ? (object.#source as Arrival) : undefined;
  }

  static untie(object: object): void {
    if (!(#row in object)) return;
    const source = object.#source;
    source.owner = undefined;
    source.cohort = undefined;
  }

  static plainValue(object: object, place: PlainPlace): unknown {
    if (!(#row in object)) return undefined;
    const source = object.#source;
    const slot = place.plainSlotIn(source.mapper);
    return slot < 0 ? undefined : (object.#row ?? (source as ObjectState).values)[slot];
  }
}

/** Gives an object its state. */
export function attachState(object: object, state: ObjectState): ObjectState {
  new Mark(object, state, undefined);
  return state;
}

/** Gives an object the row from which its state is made when somebody asks for it; the array becomes its own. */
export function attachRow(object: object, arrival: Arrival, row: unknown[]): void {
  new Mark(object, arrival, row);
}

/** The state of a mapped object, or undefined for anything else. */
export function stateOf(object: unknown): ObjectState | undefined {
  return typeof object === "object" && object !== null ? Mark.stateOf(object) : undefined;
}

/** What a fresh object came with; undefined for one that has a state, and for anything else. */
export function arrivalOf(object: object): Arrival | undefined {
  return Mark.arrivalOf(object);
}

/** Takes an object from its session, which lets go of all its objects: the fresh ones go with those that they came with. */
export function untie(object: object): void {
  Mark.untie(object);
}

/** Tells the slot of an attribute whose values can be handed out as they are; -1: they cannot. */
export interface PlainPlace {
  plainSlotIn(mapper: Mapper): number;
}

/** The loaded value of a plain attribute, for which no state is made; undefined: ask the state. */
export function plainValue(object: object, place: PlainPlace): unknown {
  return Mark.plainValue(object, place);
}
