/**
 * The actions of a flush and the order between them.
 *
 * An action is about all objects of a mapper (or a relationship) at once, or, where mappers form a cycle, about one
 * object. There is at most one action of each description.
 */
import type { Edge } from "../../foundation/graph.ts";
import type { Mapper, RelationshipAttribute } from "../mapping/mapper.ts";
import { rootMapper } from "../state/identity-key.ts";
import type { ObjectState } from "../state/object-state.ts";

/** Writes rows of a mapper: its inserts and updates, or its deletes. */
export interface RowAction {
  readonly kind: "save" | "delete";
  readonly mapper: Mapper;
  readonly state: ObjectState | undefined;
}

/** Carries a relationship's changes into foreign keys or association rows. */
export interface ProcessAction {
  readonly kind: "process";
  readonly relationship: RelationshipAttribute;
  readonly isDelete: boolean;
  readonly state: ObjectState | undefined;
}

/** Writes foreign keys by an UPDATE of their own (`postUpdate`). */
export interface PostUpdateAction {
  readonly kind: "postUpdate";
  readonly mapper: Mapper;
  readonly isDelete: boolean;
}

/** One step of the unit of work. */
export type Action = RowAction | ProcessAction | PostUpdateAction;

/** Where an action stands among others that may come in any order: processing, post-updates, saves; by name. */
export function sortName(action: Action): string {
  if (action.kind === "process") {
    return `1 ${action.relationship.mapper.name}.${action.relationship.key} ${action.isDelete ? 1 : 0}`;
  }
  if (action.kind === "postUpdate") return `2 ${action.mapper.name} ${action.isDelete ? 1 : 0}`;
  return action.kind === "save" ? `3 ${action.mapper.name}` : `0 ${action.mapper.name}`;
}

/** The actions of one flush, each made once, and the pairs that fix an order. */
export class ActionGraph {
  readonly #byName = new Map<string, Action>();
  readonly #ids = new Map<object, number>();
  /** Actions that were replaced by finer ones. */
  readonly disabled = new Set<Action>();
  edges: Edge<Action>[] = [];

  get actions(): Action[] {
    return Array.from(this.#byName.values());
  }

  save(mapper: Mapper, state?: ObjectState): Action {
    return this.#row("save", mapper, state);
  }

  delete(mapper: Mapper, state?: ObjectState): Action {
    return this.#row("delete", mapper, state);
  }

  process(relationship: RelationshipAttribute, isDelete: boolean, state?: ObjectState): Action {
    const name = `process ${this.#id(relationship)} ${isDelete} ${this.#id(state)}`;
    return this.#make(name, { kind: "process", relationship, isDelete, state });
  }

  postUpdate(mapper: Mapper, isDelete: boolean): Action {
    const root = rootMapper(mapper);
    return this.#make(`postUpdate ${this.#id(root)} ${isDelete}`, {
      kind: "postUpdate",
      mapper: root,
      isDelete,
    });
  }

  /** Adds pairs `[before, after]`; a pair with a missing side says nothing. */
  add(...edges: readonly (readonly [Action | undefined, Action | undefined])[]): void {
    for (const [before, after] of edges) {
      if (before !== undefined && after !== undefined) this.edges.push([before, after]);
    }
  }

  #row(kind: "save" | "delete", mapper: Mapper, state: ObjectState | undefined): Action {
    const root = rootMapper(mapper);
    return this.#make(`${kind} ${this.#id(root)} ${this.#id(state)}`, { kind, mapper: root, state });
  }

  #make(name: string, action: Action): Action {
    const known = this.#byName.get(name);
    if (known !== undefined) return known;
    this.#byName.set(name, action);
    return action;
  }

  #id(object: object | undefined): number {
    if (object === undefined) return -1;
    let id = this.#ids.get(object);
    if (id === undefined) {
      id = this.#ids.size;
      this.#ids.set(object, id);
    }
    return id;
  }
}
