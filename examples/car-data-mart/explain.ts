import { type Engine, Session, type Statement } from "../../src/entries/index.ts";

/** How a database is asked for the plan of a statement. */
const requests: Readonly<Record<string, { readonly before?: string; readonly explain: string }>> = {
  sqlite: { explain: "EXPLAIN QUERY PLAN" },
  // PostgreSQL reads a table of five rows whole, index or not, unless it is told to avoid that.
  postgresql: { before: "SET LOCAL enable_seqscan = off", explain: "EXPLAIN (COSTS OFF)" },
};

/** Runs a statement and returns the plan that the database has for exactly what was sent, a line each. */
export async function explain(engine: Engine, statement: Statement<unknown>): Promise<string[]> {
  await using session = new Session(engine);
  let sent: { sql: string; parameters: readonly unknown[] } | undefined;
  const stopListening = engine.on("statement", (event) => {
    if (event.verb === "SELECT") sent = event;
  });
  await session.execute(statement).all();
  stopListening();

  const request = requests[engine.dialect.name];
  if (sent === undefined || request === undefined) return [];
  const connection = await session.connection();
  if (request.before !== undefined) await connection.executeRaw(request.before);
  const plan = await connection.executeRaw(`${request.explain} ${sent.sql}`, sent.parameters);
  return plan.rows.map((row) => String(row.at(-1)));
}
