import { expect, test } from "vitest";
import { integer, MetaData, string, table } from "../../../src/entries/index.ts";
import type { Change } from "../../../src/orm/flush/change.ts";
import { freeValues } from "../../../src/orm/flush/free-values.ts";
import type { ObjectState } from "../../../src/orm/state/object-state.ts";
import type { TableColumn } from "../../../src/schema/table-column.ts";

const metadata = new MetaData();
table("people", metadata, { id: integer().primaryKey(), name: string(20).unique() });
const people = metadata.tables.get("people")!;
const [id, name] = people.columns as [TableColumn, TableColumn];

/** New rows that take the names of deleted ones, and how often a row was looked at meanwhile. */
function replace(count: number) {
  let looks = 0;
  const names = new Map<ObjectState, string>();
  const row = (kind: Change["kind"], number: number): Change => {
    const state = {} as ObjectState;
    if (kind === "delete") names.set(state, `n${number}`);
    return {
      get kind() {
        looks++;
        return kind;
      },
      table: people,
      state,
      part: undefined,
      columns: kind === "insert" ? [name] : [],
      values: kind === "insert" ? [`n${number}`] : [],
      keyColumns: kind === "insert" ? [] : [id],
      key: kind === "insert" ? [] : [number],
      fetches: [],
      mustMatch: false,
    };
  };
  const rows = (kind: Change["kind"]) => Array.from({ length: count }, (_, number) => row(kind, number));
  const ordered = freeValues({
    changes: [...rows("insert"), ...rows("delete")],
    contents: new Map(),
    rowSwitches: new Map(),
    committed: (state) => names.get(state),
  });
  return { looks, kinds: ordered.map(({ kind }) => kind) };
}

test("looks at each row a few times, however many rows take values of others", () => {
  const { looks, kinds } = replace(500);
  expect(kinds).toEqual([...Array(500).fill("delete"), ...Array(500).fill("insert")]);
  expect(looks).toBeLessThan(500 * 50);
});
