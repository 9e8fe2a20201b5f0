/** Random programs: what they consist of, how they are made, and how they are shown. */
import { Model, type Thing } from "./model.ts";
import { Random } from "./random.ts";
import { type LinkPlan, plans, type WorldPlan } from "./worlds.ts";

/** The end of a link that an operation works on: the attribute `down` of `from`, or `up` of `to`. */
export type Side = "down" | "up";

/** One operation. Objects are called by name; an operation that makes no sense where it stands is skipped. */
export type Operation =
  | { readonly kind: "new"; readonly name: string; readonly entity: string; readonly isAdded: boolean }
  | { readonly kind: "add" | "delete" | "get"; readonly name: string }
  | {
      readonly kind: "set";
      readonly name: string;
      readonly column: Column;
      readonly value: Value;
    }
  | { readonly kind: "expire" | "refresh"; readonly name: string; readonly column: Column | undefined }
  | {
      readonly kind: "refer";
      readonly name: string;
      readonly link: string;
      readonly side: Side;
      readonly to: string | null;
    }
  | {
      readonly kind: "append" | "insert" | "remove";
      readonly name: string;
      readonly link: string;
      readonly side: Side;
      readonly member: string;
    }
  | {
      readonly kind: "replace";
      readonly name: string;
      readonly link: string;
      readonly side: Side;
      readonly members: readonly string[];
    }
  | { readonly kind: "query"; readonly entity: string }
  | {
      readonly kind: "flush" | "commit" | "rollback" | "savepoint" | "release" | "undo" | "read" | "reopen";
    };

/** A column that programs write. */
export type Column = "label" | "size";

/** What programs write into it. */
export type Value = string | number | null;

/** A program for one schema. */
export interface Program {
  readonly seed: number;
  readonly plan: WorldPlan;
  readonly operations: readonly Operation[];
}

/** How often each is tried; a swap is two assignments. */
const weights = {
  ...{ new: 16, add: 5, set: 12, refer: 14, append: 12, insert: 3, remove: 8, replace: 5, delete: 6 },
  ...{ swap: 4, flush: 9, commit: 4, rollback: 2, savepoint: 3, release: 3, undo: 3 },
  ...{ expire: 3, refresh: 2, get: 2, query: 2, read: 4, reopen: 1 },
};

/** Makes the program of a seed. */
export function generate(seed: number): Program {
  const random = new Random(seed);
  const plan = random.pick(plans);
  const maker = new ProgramMaker(random, plan);
  const length = 6 + random.below(40);
  const operations: Operation[] = [];
  while (operations.length < length) {
    const kind = random.weighted(weights);
    const made = kind === "swap" ? maker.makeSwap() : maker.make(kind);
    operations.push(...made);
  }
  return { seed, plan, operations };
}

/** How often an operation is made anew when it makes no sense where it would stand. */
const ATTEMPTS = 8;

class ProgramMaker {
  readonly #random: Random;
  readonly #plan: WorldPlan;
  /** Follows the program, so that most operations make sense where they stand. */
  readonly #model: Model;
  readonly #names = new Map<string, string[]>();

  constructor(random: Random, plan: WorldPlan) {
    this.#random = random;
    this.#plan = plan;
    this.#model = new Model(plan);
  }

  /** Operations of a kind: one, or none where none makes sense. */
  make(kind: Exclude<keyof typeof weights, "swap">): Operation[] {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const operation = this.#tryToMake(kind);
      if (operation !== undefined && this.#follow(operation)) return [operation];
    }
    return [];
  }

  #follow(operation: Operation): boolean {
    if (!this.#model.apply(operation)) return false;
    this.#model.advance(operation.kind);
    return true;
  }

  /** Two objects exchange their labels, or their places. */
  makeSwap(): Operation[] {
    const random = this.#random;
    const entities = this.#plan.classes.filter(({ name }) => (this.#names.get(name) ?? []).length > 1);
    if (entities.length === 0) return [];
    const entity = random.pick(entities);
    const [left, right] = random.some(this.#names.get(entity.name) as string[], 2) as [string, string];
    const links = this.#plan.links.filter(
      ({ to, up, kind }) => to === entity.name && up && kind !== "manyToMany",
    );
    const link = links.length > 0 && random.chance(50) ? random.pick(links) : undefined;
    // Both are read before either is written.
    const swap = (name: string, other: Thing): Operation =>
      link === undefined
        ? { kind: "set", name, column: "label", value: other.columns.label }
        : { kind: "refer", name, link: link.name, side: "up", to: other.refs[link.name] ?? null };
    const swaps = [swap(left, this.#model.thing(right)), swap(right, this.#model.thing(left))];
    return swaps.filter((operation) => this.#follow(operation));
  }

  /** One operation of a kind; undefined when there is no object for it. */
  #tryToMake(kind: Exclude<keyof typeof weights, "swap">): Operation | undefined {
    const random = this.#random;
    const name = this.#anyName();
    switch (kind) {
      case "new":
        return this.#makeNew();
      case "query":
        return { kind, entity: random.pick(this.#plan.classes).name };
      case "add":
      case "delete":
      case "get":
        return name === undefined ? undefined : { kind, name };
      case "set":
        return name === undefined ? undefined : this.#makeSet(name);
      case "expire":
      case "refresh":
        return name === undefined
          ? undefined
          : { kind, name, column: random.pick(["label", "size", undefined]) };
      case "refer":
      case "append":
      case "insert":
      case "remove":
      case "replace":
        return this.#makeChange(kind);
      default:
        return { kind };
    }
  }

  #anyName(): string | undefined {
    const names = Array.from(this.#names.values()).flat();
    return names.length === 0 ? undefined : this.#random.pick(names);
  }

  #makeNew(): Operation {
    const entity = this.#random.pick(this.#plan.classes).name;
    const names = this.#names.get(entity) ?? [];
    this.#names.set(entity, names);
    const name = `${entity.toLowerCase()}${names.length + 1}`;
    names.push(name);
    return { kind: "new", name, entity, isAdded: this.#random.chance(60) };
  }

  #makeSet(name: string): Operation {
    const random = this.#random;
    // Few labels, so that unique ones meet.
    if (random.chance(65))
      return { kind: "set", name, column: "label", value: random.pick(["a", "b", "c", "d", null]) };
    return { kind: "set", name, column: "size", value: random.pick([0, 1, 2, null]) };
  }

  #makeChange(kind: "refer" | "append" | "insert" | "remove" | "replace"): Operation | undefined {
    const random = this.#random;
    const link = random.pick(this.#plan.links);
    const sides = (["down", "up"] as const).filter((side) => isCollection(link, side) === (kind !== "refer"));
    const usable = sides.filter((side) => link[side] !== undefined);
    if (usable.length === 0) return undefined;
    const side = random.pick(usable);
    const owners = this.#names.get(side === "down" ? link.from : link.to) ?? [];
    const others = this.#names.get(side === "down" ? link.to : link.from) ?? [];
    if (owners.length === 0 || others.length === 0) return undefined;
    const change = { name: random.pick(owners), link: link.name, side };
    if (kind === "refer") return { kind, ...change, to: random.chance(20) ? null : random.pick(others) };
    if (kind === "replace") return { kind, ...change, members: random.some(others, random.below(4)) };
    return { kind, ...change, member: random.pick(others) };
  }
}

/** Whether an end of a link holds many objects. */
export function isCollection(link: LinkPlan, side: Side): boolean {
  return link.kind === "manyToMany" || (link.kind === "oneToMany" && side === "down");
}

/** Shows a program as a script. */
export function show({ seed, plan, operations }: Program): string {
  const lines = operations.map((operation) => `  ${showOperation(plan, operation)}`);
  return [`// seed ${seed}, schema "${plan.name}"`, ...lines].join("\n");
}

/** Shows one operation as it would be written. */
export function showOperation(plan: WorldPlan, operation: Operation): string {
  const attribute = (link: string, side: Side) => plan.links.find(({ name }) => name === link)?.[side];
  switch (operation.kind) {
    case "new": {
      const { name, entity, isAdded } = operation;
      return `const ${name} = new ${entity}({ tag: "${name}" });${isAdded ? ` session.add(${name});` : ""}`;
    }
    case "add":
    case "delete":
      return `session.${operation.kind}(${operation.name});`;
    case "get":
      return `session.get(…, the key of ${operation.name});`;
    case "set":
      return `${operation.name}.${operation.column} = ${JSON.stringify(operation.value)};`;
    case "expire":
    case "refresh":
      return `session.${operation.kind}(${operation.name}${operation.column === undefined ? "" : `, ["${operation.column}"]`});`;
    case "refer":
      return `${operation.name}.${attribute(operation.link, operation.side)} = ${operation.to};`;
    case "append":
    case "insert":
    case "remove": {
      const method = { append: "push", insert: "unshift", remove: "remove" }[operation.kind];
      return `${operation.name}.${attribute(operation.link, operation.side)}.${method}(${operation.member});`;
    }
    case "replace":
      return `${operation.name}.${attribute(operation.link, operation.side)} = [${operation.members.join(", ")}];`;
    case "query":
      return `session.scalars(select(${operation.entity})).all();`;
    case "savepoint":
      return "const savepoint = session.beginNested();";
    case "release":
      return "savepoint.commit();";
    case "undo":
      return "savepoint.rollback();";
    case "read":
      return "// read every relationship of every object";
    case "reopen":
      return "session.close(); session = new Session(engine);";
    default:
      return `session.${operation.kind}();`;
  }
}
