/**
 * What executing a statement would send, for those who send it themselves or want to see it.
 */
import { bindParameters, compile } from "../compile/compile.ts";
import type { Dialect } from "./dialect.ts";
import type { Executable } from "./expand.ts";
import { resolve } from "./expand.ts";

/** A statement as a driver takes it. */
export interface CompiledStatement {
  readonly sql: string;
  /** In the order of their placeholders, encoded for the driver. */
  readonly parameters: readonly unknown[];
}

/** Compiles a statement and binds its parameters. Errors: sql/missing-parameter for one that has no value. */
export function compileStatement(
  statement: Executable,
  values: Readonly<Record<string, unknown>> | undefined,
  dialect: Dialect,
): CompiledStatement {
  const resolved = resolve(statement);
  const compiled = "kind" in resolved ? compile(resolved, dialect) : resolved;
  return { sql: compiled.sql, parameters: bindParameters(compiled, values, dialect) };
}
