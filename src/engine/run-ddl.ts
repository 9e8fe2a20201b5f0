/**
 * Carries out a plan of DDL statements.
 *
 * Below: `connection.ts`, `compile/`. Above: the shells, which `metadata.createAll(engine)` calls.
 */
import { compile } from "../compile/compile.ts";
import type { Io } from "../io/ask.ts";
import type { DdlPlan } from "../schema/metadata.ts";
import type { Connection } from "./connection.ts";
import { transaction } from "./transaction.ts";

/** Looks up what exists, as far as the plan asks, and executes its statements: all or none, where DDL can be undone. */
export function* runDdl(connection: Connection, plan: DdlPlan): Io<void> {
  const { features } = connection.dialect;
  if (features.transactionalDdl) yield* transaction(connection, () => runStatements(connection, plan));
  else yield* runStatements(connection, plan);
}

function* runStatements(connection: Connection, plan: DdlPlan): Io<void> {
  const { dialect } = connection;
  const existing = plan.checkFirst ? yield* existingNames(connection, plan.schemas) : new Set<string>();
  for (const node of plan.statements(existing, dialect.features)) {
    yield* connection.execute(compile(node, dialect), undefined, { prepare: false, label: "run DDL" });
  }
}

function* existingNames(connection: Connection, schemas: readonly (string | undefined)[]): Io<Set<string>> {
  const { introspect } = connection.dialect;
  const names = new Set<string>();
  for (const schema of schemas) {
    const tables = yield* introspect.tableNames(connection, schema);
    const enums = yield* introspect.enumNames(connection, schema);
    for (const name of [...tables, ...enums]) names.add(schema === undefined ? name : `${schema}.${name}`);
  }
  return names;
}
