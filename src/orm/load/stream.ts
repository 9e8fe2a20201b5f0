/**
 * A load whose rows come in portions: each is made into objects, and what follows a statement is loaded for it, before
 * the next one is fetched.
 *
 * Below: `load.ts`. Above: the session's streams.
 */
import type { StatementCursor } from "../../engine/connection.ts";
import type { RowPortion } from "../../engine/reading.ts";
import { fail } from "../../foundation/errors.ts";
import type { Io } from "../../io/ask.ts";
import type { QueryNode } from "../../sql/nodes.ts";
import type { RelationshipAttribute } from "../mapping/mapper.ts";
import { LoadedRows, makeObjects, type PreparedLoad, prepareLoad, statementToSend } from "./load.ts";
import type { LoadOptions, LoadSession } from "./load-session.ts";
import { entitiesOf, type LoadPlan } from "./plan.ts";

/**
 * Executes a statement whose objects are fetched in portions.
 *
 * Errors: load/needs-all-rows where a relationship is loaded by a subquery, or by joining a collection;
 *         load/unknown-path; whatever the database says.
 */
export function* openLoad(
  session: LoadSession,
  statement: QueryNode,
  options: LoadOptions,
): Io<PortionedLoad> {
  const prepared = prepareLoad(statement, options);
  refuseWhatNeedsAllRows(prepared.plan);
  const { plan, settings } = prepared;
  const sent = statementToSend(session, plan, settings);
  const cursor = yield* session.open(sent, settings.during, settings.values);
  return new PortionedLoad(session, prepared, cursor);
}

/** The rest of a load, of which some portions were fetched. */
export class PortionedLoad {
  readonly #session: LoadSession;
  readonly #prepared: PreparedLoad;
  readonly #cursor: StatementCursor;

  constructor(session: LoadSession, { plan, settings }: PreparedLoad, cursor: StatementCursor) {
    this.#session = session;
    this.#prepared = { plan, settings: { ...settings, overwrittenBefore: new WeakSet() } };
    this.#cursor = cursor;
  }

  /** Fetches up to `count` rows, with their objects; none is the end. */
  *fetch(count: number): Io<RowPortion> {
    const { plan, settings } = this.#prepared;
    const raw = yield* this.#cursor.fetch(count);
    return new LoadedRows(plan, yield* makeObjects(this.#session, plan, raw, settings));
  }

  /** Ends the statement. Closing twice is harmless. */
  close(): Io<void> {
    return this.#cursor.close();
  }
}

function refuseWhatNeedsAllRows(plan: LoadPlan): void {
  for (const { joined, followUps } of entitiesOf(plan)) {
    const collection = joined.find(({ relationship }) => relationship.isCollection);
    if (collection !== undefined) throw needsAllRows(collection.relationship, "joined");
    const subquery = followUps.find(({ kind }) => kind === "subquery");
    if (subquery !== undefined) throw needsAllRows(subquery.relationship, "subquery");
  }
}

function needsAllRows(relationship: RelationshipAttribute, how: "joined" | "subquery") {
  return fail("load/needs-all-rows", {
    entity: relationship.mapper.name,
    attribute: relationship.key,
    how,
  });
}
