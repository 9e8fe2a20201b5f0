/** `ormolu/testing`: tests that are written once and run on every database, in both colours. */
export { type Counted, expectStatements } from "../testing/expect-statements.ts";
export type { ActualSql, ExpectedSql } from "../testing/matchers.ts";
export { expectSqlOf, words } from "../testing/matchers.ts";
export type { Sandbox, SpecTarget } from "../testing/sandbox.ts";
export { closeSandboxes, openSandbox } from "../testing/sandbox.ts";
export type { SpecBody, SpecContext, SpecOptions } from "../testing/spec.ts";
export { reasonToSkip, runSpec } from "../testing/spec.ts";
export type { Reporting } from "../testing/transcript.ts";
export { Transcript } from "../testing/transcript.ts";
