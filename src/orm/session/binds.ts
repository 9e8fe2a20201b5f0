/**
 * Which database a statement of a session goes to, where the session has several: the one of its tables.
 */
import type { Connection } from "../../engine/connection.ts";
import type { EngineCore } from "../../engine/engine-core.ts";
import { fail } from "../../foundation/errors.ts";
import { walk } from "../../sql/children.ts";
import type { MappedClass } from "../../sql/entity.ts";
import { SOURCE, type SqlNode, type TableSource } from "../../sql/nodes.ts";

/** An engine or a connection as the application holds it. */
export interface Shell<Core> {
  readonly core: Core;
}

/** Where statements go: an engine, or a connection that someone else began. */
export type Bind =
  | { readonly engine: EngineCore; readonly shell: Shell<EngineCore> }
  | { readonly connection: Connection; readonly shell: Shell<Connection> };

/** A table, or a class that is mapped to one. */
export type Bound = MappedClass | TableSource;

/** The binds of one session. */
export class Binds {
  readonly main: Bind;
  readonly #byTable = new Map<TableSource, Bind>();
  readonly #byEngine = new Map<EngineCore, Bind>();

  constructor(main: Bind) {
    this.main = main;
    this.#byEngine.set(engineOf(main), main);
  }

  /** Sends statements about a table to another database from now on. Errors: session/option. */
  add(bound: Bound, shell: Shell<EngineCore>): void {
    const engine = shell.core;
    let bind = this.#byEngine.get(engine);
    if (bind === undefined) {
      bind = { engine, shell };
      this.#byEngine.set(engine, bind);
    }
    this.#byTable.set(tableOf(bound), bind);
  }

  /** The database of a table. */
  ofTable(table: TableSource | undefined): Bind {
    return (table && this.#byTable.get(table)) ?? this.main;
  }

  /** The database of a statement. Errors: session/two-databases. */
  ofStatement(statement: SqlNode): Bind {
    if (this.#byTable.size === 0) return this.main;
    const names = new Map<Bind, string>();
    for (const table of tablesBehind(statement)) names.set(this.ofTable(table), table.name);
    if (names.size > 1) throw fail("session/two-databases", { tables: [...names.values()] });
    const [bind = this.main] = names.keys();
    return bind;
  }
}

/** The tables that a statement speaks of, be it by aliases, subqueries and columns of these. */
function tablesBehind(statement: SqlNode): ReadonlySet<TableSource> {
  const tables = new Set<TableSource>();
  const sources = new Set<SqlNode>();
  const visit = (node: SqlNode): void => {
    if (node.kind === "table") tables.add(node);
    else if (node.kind === "alias") tables.add(node.of);
    else if (node.kind === "column" && !sources.has(node.source)) {
      sources.add(node.source);
      walk(node.source, visit);
    }
  };
  walk(statement, visit);
  return tables;
}

/** The engine that a bind leads to. */
export function engineOf(bind: Bind): EngineCore {
  return "engine" in bind ? bind.engine : bind.connection.engine;
}

/** The table of a class or of itself. Errors: session/option. */
export function tableOf(bound: Bound): TableSource {
  const isObject = (typeof bound === "object" && bound !== null) || typeof bound === "function";
  const source = isObject && SOURCE in bound ? (bound[SOURCE] as TableSource) : undefined;
  if (source?.kind === "table") return source;
  throw fail("session/option", { option: "binds", expected: "a mapped class or a table", got: bound });
}
