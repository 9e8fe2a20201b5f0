/**
 * Puts mapped classes and their objects together: constructing, loading, the accessors. `declarativeBase` is here
 * because it is the one place that joins the definition of classes with the tracking of their objects.
 */
import { fail } from "../../foundation/errors.ts";
import {
  type BaseOptions,
  type DeclarativeBase,
  defineBase,
  type Instrumentation,
} from "../mapping/declarative.ts";
import type { Attribute, Mapper, RelationshipAttribute } from "../mapping/mapper.ts";
import { isNeverLoaded } from "../mapping/mapper-record.ts";
import { mapperOf } from "../mapping/resolve.ts";
import { readAttribute, writeAttribute } from "./attributes.ts";
import type { TrackedCollection } from "./collection.ts";
import type { IdentityKey } from "./identity-key.ts";
import {
  type Arrival,
  attachRow,
  attachState,
  ObjectState,
  type PlainPlace,
  plainValue,
  stateOf,
} from "./object-state.ts";
import { describeObjects } from "./plain.ts";
import { setLoadedCollection, setLoadedReference } from "./relate.ts";

function construct(object: object, values: Record<string, unknown> | undefined): void {
  const mapper = mapperOf(object);
  const state = attachState(object, new ObjectState(mapper, object));
  if (values === undefined) return;
  if (typeof values !== "object" || values === null) {
    throw fail("mapping/wrong-values", { entity: mapper.name, got: values });
  }
  for (const key in values) {
    if (Object.hasOwn(values, key)) writeAttribute(state, attributeNamed(mapper, key), values[key]);
  }
}

/** The attribute of a name. Errors: mapping/unknown-attribute, with the nearest name. */
export function attributeNamed(mapper: Mapper, key: string): Attribute {
  const attribute = mapper.attributeByKey.get(key);
  if (attribute === undefined) {
    throw fail("mapping/unknown-attribute", {
      entity: mapper.name,
      attribute: key,
      attributes: mapper.attributes.map((known) => known.key),
    });
  }
  return attribute;
}

function defineAccessor(prototype: object, key: string): void {
  const place = new AttributePlace(key);
  Object.defineProperty(prototype, key, {
    get(this: object) {
      const value = plainValue(this, place);
      if (value !== undefined) return place.isCollection ? (value as TrackedCollection).value : value;
      const state = stateOf(this);
      // The prototype itself is asked by debuggers and by `in` checks of frameworks.
      return state === undefined ? undefined : readAttribute(state, place.attributeIn(state.mapper));
    },
    set(this: object, value: unknown) {
      const state = stateOf(this);
      if (state === undefined) throw fail("mapping/not-an-instance", { attribute: key });
      writeAttribute(state, place.attributeIn(state.mapper), value);
    },
    enumerable: true,
    configurable: true,
  });
}

/** Where an accessor finds its attribute: in the mapper of the last object, which is nearly always that of the next. */
class AttributePlace implements PlainPlace {
  readonly #key: string;
  #mapper: Mapper | undefined;
  #attribute: Attribute | undefined;
  #plainSlot = -1;
  isCollection = false;

  constructor(key: string) {
    this.#key = key;
  }

  attributeIn(mapper: Mapper): Attribute {
    if (this.#attribute === undefined || mapper !== this.#mapper) {
      const attribute = attributeNamed(mapper, this.#key);
      this.#mapper = mapper;
      this.#attribute = attribute;
      this.#plainSlot = isPlain(attribute) ? attribute.slot : -1;
      this.isCollection = attribute.kind === "relationship" && attribute.isCollection;
    }
    return this.#attribute;
  }

  plainSlotIn(mapper: Mapper): number {
    if (mapper !== this.#mapper) this.attributeIn(mapper);
    return this.#plainSlot;
  }
}

/** Whether a loaded value is handed out as it is: one of a column that can change in place is watched from then on. */
function isPlain(attribute: Attribute): boolean {
  if (attribute.kind === "relationship") return !isNeverLoaded(attribute);
  return attribute.kind === "column" && attribute.column.type.copy === undefined;
}

const instrumentation: Instrumentation = { construct, defineAccessor, describeObjects };

/**
 * Makes the base that an application's classes are declared with.
 *
 * @example const Base = declarativeBase();
 */
export function declarativeBase(options: BaseOptions = {}): DeclarativeBase {
  return defineBase(options, instrumentation);
}

/** Makes objects of a class without running its constructor. */
type LoadedClass = new () => object;

const loadedClasses = new WeakMap<Mapper, LoadedClass>();

/**
 * A constructor that does nothing, with the prototype of a mapper's class. V8 learns how large its objects become, which
 * it does not of those that `Object.create` makes: 24 bytes less for each.
 */
export function loadedClassOf(mapper: Mapper): LoadedClass {
  let made = loadedClasses.get(mapper);
  if (made === undefined) {
    function Loaded(): void {}
    Loaded.prototype = mapper.entityClass.prototype;
    made = Loaded as unknown as LoadedClass;
    loadedClasses.set(mapper, made);
  }
  return made;
}

/**
 * Makes the object for a row, without running a constructor and without a state before somebody asks for it. It is not
 * yet in any identity map.
 *
 * @param values by slot, among them the key, which is one value and its own text; the object takes the array as its own.
 *   It may end before the slots that are not loaded.
 * @param Loaded for loops over many rows, which look it up once
 */
export function createFresh(arrival: Arrival, values: unknown[], Loaded: LoadedClass): object {
  const object = new Loaded();
  attachRow(object, arrival, values);
  return object;
}

/** The same for a key of any kind. */
export function createLoaded(
  arrival: Arrival,
  key: IdentityKey,
  values?: unknown[],
  Loaded: LoadedClass = loadedClassOf(arrival.mapper),
): ObjectState {
  const object = new Loaded();
  const state = arrival.stateFor(object, key, values);
  attachState(object, state);
  return state;
}

/** Makes a new object without running a constructor: `merge` fills it. */
export function createTransient(mapper: Mapper): ObjectState {
  const object = Object.create(mapper.entityClass.prototype as object) as object;
  return attachState(object, new ObjectState(mapper, object));
}

/** Runs the class's `onLoad`, once an object's first row is in. */
export function callOnLoad(mapper: Mapper, object: object): void {
  mapper.onLoad?.call(object);
}

/** Makes what was loaded the committed value of a relationship. */
export function setLoaded(
  state: ObjectState,
  relationship: RelationshipAttribute,
  value: readonly object[] | object | null,
): void {
  if (relationship.isCollection) setLoadedCollection(state, relationship, value as readonly object[]);
  else setLoadedReference(state, relationship, value as object | null);
}
