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
import { mapperOf } from "../mapping/resolve.ts";
import { readAttribute, writeAttribute } from "./attributes.ts";
import type { IdentityKey, OwnKeyText } from "./identity-map.ts";
import { ObjectState, STATE, stateOf } from "./object-state.ts";
import type { Owner } from "./owner.ts";
import { describeObjects } from "./plain.ts";
import { setLoadedCollection, setLoadedReference } from "./relate.ts";

function construct(object: object, values: Record<string, unknown> | undefined): void {
  const mapper = mapperOf(object);
  const state = attachState(object, mapper);
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

function attachState(object: object, mapper: Mapper, values?: unknown[]): ObjectState {
  const state = new ObjectState(mapper, object, values);
  descriptor.value = state;
  Object.defineProperty(object, STATE, descriptor);
  descriptor.value = undefined;
  return state;
}

// One for all objects.
const descriptor: PropertyDescriptor = { value: undefined, enumerable: false };

function defineAccessor(prototype: object, key: string): void {
  // The mapper of the last object: nearly always that of the next one, too.
  let latestMapper: Mapper | undefined;
  let latest: Attribute | undefined;
  const attributeOf = (state: ObjectState): Attribute => {
    if (latest !== undefined && state.mapper === latestMapper) return latest;
    latestMapper = state.mapper;
    latest = attributeNamed(state.mapper, key);
    return latest;
  };
  Object.defineProperty(prototype, key, {
    get(this: object) {
      const state = stateOf(this);
      // The prototype itself is asked by debuggers and by `in` checks of frameworks.
      return state === undefined ? undefined : readAttribute(state, attributeOf(state));
    },
    set(this: object, value: unknown) {
      const state = stateOf(this);
      if (state === undefined) throw fail("mapping/not-an-instance", { attribute: key });
      writeAttribute(state, attributeOf(state), value);
    },
    enumerable: true,
    configurable: true,
  });
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
 * Makes the object for a row, without running a constructor. It is not yet in any identity map.
 *
 * @param values by slot; the state takes the array as its own. It may end before the slots that are not loaded.
 * @param Loaded for loops over many rows, which look it up once
 */
export function createLoaded(
  mapper: Mapper,
  owner: Owner,
  key: IdentityKey | OwnKeyText,
  values?: unknown[],
  Loaded: LoadedClass = loadedClassOf(mapper),
): ObjectState {
  const state = attachState(new Loaded(), mapper, values);
  state.owner = owner;
  state.identify(key);
  return state;
}

/** Makes a new object without running a constructor: `merge` fills it. */
export function createTransient(mapper: Mapper): ObjectState {
  return attachState(Object.create(mapper.entityClass.prototype as object) as object, mapper);
}

/** Runs the class's `onLoad`, once an object's first row is in. */
export function callOnLoad(state: ObjectState): void {
  state.mapper.onLoad?.call(state.object);
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
