/**
 * Collections that are never loaded: `lazy: "writeOnly"` and `lazy: "dynamic"`. Reading the attribute gives one of these,
 * which adds and removes members, and makes the statements that read or write them.
 */
import { fail } from "../../foundation/errors.ts";
import type { RelationshipAttribute } from "../mapping/mapper.ts";
import type { ObjectState } from "./object-state.ts";
import type { MemberStatements } from "./owner.ts";
import { addMember, removeMember } from "./relate.ts";

/** A collection that is written to, and read with statements of its own. */
export class WriteOnlyMembers {
  readonly #state: ObjectState;
  protected readonly relationship: RelationshipAttribute;
  protected readonly statements: () => MemberStatements;

  constructor(state: ObjectState, relationship: RelationshipAttribute, statements: () => MemberStatements) {
    this.#state = state;
    this.relationship = relationship;
    this.statements = statements;
  }

  add(...members: object[]): void {
    for (const member of members) addMember(this.#state, this.relationship, member);
  }

  addAll(members: Iterable<object>): void {
    this.add(...members);
  }

  remove(member: object): void {
    removeMember(this.#state, this.relationship, member);
  }

  select(): object {
    return this.statements().select();
  }

  insert(...rows: Readonly<Record<string, unknown>>[]): object {
    return this.statements().insert(rows);
  }

  update(): object {
    return this.statements().update();
  }

  delete(): object {
    return this.statements().delete();
  }

  toString(): string {
    return `${this.relationship.mapper.name}.${this.relationship.key} (never loaded: select() reads it)`;
  }
}

/** The same with the beginnings and endings of a query on the members. */
export class DynamicMembers extends WriteOnlyMembers {
  query() {
    return this.statements().query();
  }

  filter(...criteria: unknown[]) {
    return this.query().filter(...criteria);
  }

  filterBy(values: object) {
    return this.query().filterBy(values);
  }

  orderBy(...items: unknown[]) {
    return this.query().orderBy(...items);
  }

  all() {
    return this.query().all();
  }

  first() {
    return this.query().first();
  }

  count() {
    return this.query().count();
  }

  /** Reads the members, where that can be done at once. Errors: load/lazy-needs-await. */
  [Symbol.iterator](): Iterator<unknown> {
    const members = this.all();
    if (Array.isArray(members)) return members.values();
    const { mapper, key } = this.relationship;
    throw fail("load/lazy-needs-await", { entity: mapper.name, attribute: key, read: "its members" });
  }

  async *[Symbol.asyncIterator](): AsyncIterator<unknown> {
    yield* (await this.all()) as unknown[];
  }
}
