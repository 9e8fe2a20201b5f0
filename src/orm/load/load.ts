/**
 * THE READ FLOW: statement → plan → execute → hydrate → follow-ups. Signatures first; the bodies follow.
 */
import { fail } from "../../foundation/errors.ts";
import type { Io } from "../../io/ask.ts";
import type { QueryNode, WriteNode } from "../../sql/nodes.ts";
import type { Mapper, RelationshipAttribute } from "../mapping/mapper.ts";
import type { ObjectState } from "../state/object-state.ts";
import type { Loaded, LoadOptions, LoadSession, RelationshipLoad } from "./load-session.ts";

/** Executes a statement and makes objects of its rows. */
// biome-ignore lint/correctness/useYield: the body follows
export function* load(
  session: LoadSession,
  statement: QueryNode | WriteNode,
  options: LoadOptions,
): Io<Loaded> {
  throw fail("internal/impossible", { what: `load ${String(session)} ${String(statement)} ${String(options)}` });
}

/** Reads the object with this primary key; undefined when there is no such row. Never asks the identity map. */
export function* loadByKey(
  session: LoadSession,
  mapper: Mapper,
  keyValues: readonly unknown[],
  options: LoadOptions,
): Io<ObjectState | undefined> {
  throw fail("internal/impossible", {
    what: `load ${String(session)} ${mapper.name} ${String(keyValues)} ${String(options)}`,
  });
}

/** Loads a relationship of one object into its state, and returns its value. */
export function* loadRelationship(
  session: LoadSession,
  state: ObjectState,
  relationship: RelationshipAttribute,
  how: RelationshipLoad,
): Io<unknown> {
  throw fail("internal/impossible", {
    what: `load ${String(session)} ${String(state)} ${relationship.key} ${String(how)}`,
  });
}
