import { nodeSqlite } from "../../../src/drivers/node-sqlite.ts";
import {
  type Connection,
  connect,
  type StatementCursor,
  type StatementResult,
} from "../../../src/engine/connection.ts";
import type { Dialect } from "../../../src/engine/dialect.ts";
import type { RowSource } from "../../../src/engine/reading.ts";
import { type SyncEngine, syncEngineMaker } from "../../../src/engine/sync-engine.ts";
import type { Io } from "../../../src/io/ask.ts";
import { load } from "../../../src/orm/load/load.ts";
import { loadRelationship } from "../../../src/orm/load/load-relationship.ts";
import type { LoadOptions, LoadSession } from "../../../src/orm/load/load-session.ts";
import { refresh } from "../../../src/orm/load/refresh.ts";
import { siblingsLacking } from "../../../src/orm/load/siblings.ts";
import type { ColumnAttribute, Mapper, RelationshipAttribute } from "../../../src/orm/mapping/mapper.ts";
import { mapperOf } from "../../../src/orm/mapping/resolve.ts";
import { IdentityMap } from "../../../src/orm/state/identity-map.ts";
import type { ObjectState } from "../../../src/orm/state/object-state.ts";
import type { QueryNode, StatementNode } from "../../../src/sql/nodes.ts";

const createSyncEngine = syncEngineMaker([nodeSqlite]);

/** As much of a session as loading needs: an identity map and a connection to SQLite in memory. */
export class FakeSession implements LoadSession {
  readonly isSync = true;
  readonly isFlushing = false;
  readonly autoflush = false;
  readonly loaderCriteria = [];
  identityMap = new IdentityMap();
  readonly engine: SyncEngine = createSyncEngine("sqlite://");
  readonly connection: Connection;
  /** The SQL of every SELECT, whitespace in one line. */
  statements: string[] = [];
  labels: string[] = [];

  constructor() {
    this.connection = this.engine.run(connect(this.engine.core));
    this.engine.on("statement", (event) => {
      if (event.verb === "BEGIN") return;
      this.statements.push(event.sql.replace(/\s+/g, " "));
      this.labels.push(event.label ?? "");
    });
  }

  dialectOf(): Dialect {
    return this.engine.dialect;
  }

  run<Value>(io: Io<Value>): Value {
    return this.engine.run(io);
  }

  script(sql: string): void {
    for (const statement of sql.split(";").map((part) => part.trim())) {
      if (statement !== "") this.run(this.connection.executeRaw(statement));
    }
    this.statements = [];
    this.labels = [];
  }

  /** Forgets all objects. */
  clear(): void {
    this.identityMap = new IdentityMap();
    this.statements = [];
    this.labels = [];
  }

  load(
    statement: { readonly node: QueryNode; readonly loadOptions: readonly object[] },
    options: Partial<LoadOptions> = {},
  ): RowSource {
    return this.run(load(this, statement.node, { options: statement.loadOptions, ...options }));
  }

  /** The first item of every row. */
  scalars(
    statement: { readonly node: QueryNode; readonly loadOptions: readonly object[] },
    options: Partial<LoadOptions> = {},
  ): unknown[] {
    return this.load(statement, options).rows.map((row) => row[0]);
  }

  execute(
    statement: StatementNode,
    during: string,
    values?: Readonly<Record<string, unknown>>,
  ): Io<StatementResult> {
    return this.connection.execute(statement, values, { label: during });
  }

  open(
    statement: StatementNode,
    during: string,
    values?: Readonly<Record<string, unknown>>,
  ): Io<StatementCursor> {
    return this.connection.stream(statement, values, { label: during });
  }

  loadColumn(state: ObjectState, attribute: ColumnAttribute): unknown {
    const isExpired = state.expiredSlots?.has(attribute.slot) === true;
    const states = siblingsLacking(state, (other) => other.values[attribute.slot] === undefined);
    this.run(refresh(this, states, isExpired ? "expired" : [attribute.slot], { siblings: true }));
    return state.values[attribute.slot];
  }

  loadRelationship(state: ObjectState, attribute: RelationshipAttribute): void {
    this.run(loadRelationship(this, state, attribute, { siblings: "all" }));
  }

  loadRelationshipLater(): Promise<void> {
    return Promise.reject(new TypeError("a fake session is synchronous"));
  }

  readerOf(): undefined {}

  noteModified(): void {}
  cascadeSave(): void {}
  expunge(): void {}

  holds(): boolean {
    return true;
  }

  memberStatements(): never {
    throw new Error("no test needs them");
  }

  noteWatched(): void {}

  isPending(): boolean {
    return false;
  }

  mapperOf(entity: object): Mapper {
    return mapperOf(entity);
  }
}

/** Expires everything that an object holds, as a commit does. */
export function expire(state: ObjectState): void {
  state.expired = true;
  state.expiredSlots = new Set(state.mapper.attributes.map((attribute) => attribute.slot));
  state.values.fill(undefined);
}
