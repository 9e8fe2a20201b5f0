import { expect } from "vitest";
import {
  aliased,
  declarativeBase,
  integer,
  manyToOne,
  oneToMany,
  select,
  selectinload,
  sql,
  string,
} from "../../src/entries/index.ts";
import { openSandbox } from "../../src/testing/sandbox.ts";
import type { SpecContext } from "../../src/testing/spec.ts";
import { spec, specWith } from "../support/spec.ts";

const Base = declarativeBase();

class Customer extends Base("customers", {
  id: integer().primaryKey(),
  name: string(),
  get visits() {
    return oneToMany(Visit, {
      backPopulates: "customer",
      cascade: "all, delete-orphan",
      foreignKeys: () => Visit.c.customerId,
      primaryJoin: () => Visit.c.customerId.eq(Customer.c.id),
      orderBy: () => Visit.c.id,
    });
  },
}) {}

/** Its rows live in another database, so nothing but the session keeps the two together. */
class Visit extends Base("visits", {
  id: integer().primaryKey(),
  page: string(),
  customerId: integer().nullable(),
  get customer() {
    return manyToOne(Customer, {
      backPopulates: "visits",
      foreignKeys: () => Visit.c.customerId,
      primaryJoin: () => Visit.c.customerId.eq(Customer.c.id),
    });
  },
}) {}

class Note extends Base("notes", { id: integer().primaryKey(), text: string().unique() }) {}

const withTables = specWith({ tables: Base.metadata });

/** Runs a body with a second database of the same kind. */
async function withSecond(context: SpecContext, body: (second: SpecContext["engine"]) => Promise<void>) {
  const sandbox = await openSandbox(context.target, Base.metadata);
  try {
    await body(sandbox.engine);
  } finally {
    await sandbox.close();
  }
}

withTables("sends the statements of each class to its database", async (context) => {
  await withSecond(context, async (second) => {
    const session = context.openSession({ binds: [[Visit, second]] });
    expect(session.getBind(Visit)).toBe(second);
    expect(session.getBind()).toBe(context.engine);
    const ann = session.add(
      new Customer({ name: "ann", visits: [new Visit({ page: "a" }), new Visit({ page: "b" })] }),
    );
    await session.commit();
    expect(await second.execute(select(Visit.c.page).orderBy(Visit.c.id)).scalars().all()).toEqual([
      "a",
      "b",
    ]);
    expect(await context.engine.execute(select(Visit.c.page)).all()).toEqual([]);
    const visit = aliased(Visit);
    expect(await session.scalars(select(visit.c.page).where(visit.c.page.eq("a"))).all()).toEqual(["a"]);
    const paths = select(Visit.c.page).subquery("paths");
    expect(await session.scalars(select(paths.c.page).orderBy(paths.c.page)).all()).toEqual(["a", "b"]);
    await session.refresh(ann);
    expect((await ann.visits).map(({ page }) => page)).toEqual(["a", "b"]);
    await session.close();
    const [again] = await session.scalars(select(Customer).options(selectinload(Customer.c.visits))).all();
    expect(again!.visits).toHaveLength(2);
    await session.delete(again!);
    await session.commit();
    expect(await second.execute(select(Visit.c.page)).all()).toEqual([]);
    await expect(async () => {
      await session.scalars(select(Customer.c.name).join(Customer.c.visits)).all();
    }).rejects.toThrow("a statement cannot reach tables of two databases: customers and visits");
    await session.close();
  });
});

withTables("rolls back in every database", async (context) => {
  await withSecond(context, async (second) => {
    const session = context.openSession();
    session.bindMapper(Note, second);
    session.addAll([new Customer({ name: "ann" }), new Note({ text: "x" })]);
    await session.flush();
    const savepoint = await session.beginNested();
    session.addAll([new Customer({ name: "bob" }), new Note({ text: "y" })]);
    await session.flush();
    await savepoint.rollback();
    expect(await session.query(Customer).count()).toBe(1);
    expect(await session.query(Note).count()).toBe(1);
    await session.rollback();
    expect(await session.query(Customer).count()).toBe(0);
    expect(await session.query(Note).count()).toBe(0);
    await session.close();
  });
});

spec(
  "refuses an engine of the other colour",
  { colours: ["sync"] },
  async ({ session, engine, openSession }) => {
    for (const binds of [{ Note: engine }, [Note, engine]]) {
      expect(() => openSession({ binds: binds as never })).toThrow(
        "the session option binds expects a list of pairs of a class or table and an engine, got: ",
      );
    }
    expect(() => session.bindMapper(Note, {} as typeof engine)).toThrow(
      "the session option binds expects a SyncEngine, got: {}",
    );
    expect(() => session.bindMapper({} as typeof Note, engine)).toThrow(
      "the session option binds expects a mapped class or a table, got: {}",
    );
  },
);

withTables("commits in two phases", async (context) => {
  if (context.dialect.twoPhase === undefined) return;
  await withSecond(context, async (second) => {
    const session = context.openSession({ twophase: true, binds: [[Note, second]] });
    session.addAll([new Customer({ name: "ann" }), new Note({ text: "x" })]);
    await session.commit();
    expect(await second.execute(select(Note.c.text)).scalars().all()).toEqual(["x"]);
    expect(await context.engine.execute(select(Customer.c.name)).scalars().all()).toEqual(["ann"]);
    // Prepared by hand, and undone.
    session.addAll([new Customer({ name: "bob" }), new Note({ text: "y" })]);
    await session.prepare();
    await expect(session.query(Note).count()).rejects.toThrow("this transaction is prepared, and cannot");
    await session.rollback();
    expect(await session.query(Note).count()).toBe(1);
    expect(await session.query(Customer).count()).toBe(1);
    session.add(new Customer({ name: "cid" }));
    await session.prepare();
    await session.commit();
    expect(await session.query(Customer).count()).toBe(2);
    await session.close();
  });
});

spec("says where two phases cannot be had", { tables: Base.metadata }, async ({ openSession, dialect }) => {
  if (dialect.twoPhase !== undefined) return;
  const session = openSession({ twophase: true });
  session.add(new Note({ text: "x" }));
  await expect(async () => await session.commit()).rejects.toThrow("sqlite cannot commit in two phases");
  await session.rollback();
  expect(await session.query(Note).count()).toBe(0);
  await session.rollback();
});

spec("closes for good where it is told to", { tables: Base.metadata }, async ({ openSession }) => {
  const session = openSession({ closeResetsOnly: false });
  session.add(new Note({ text: "x" }));
  await session.reset();
  expect(await session.query(Note).count()).toBe(0);
  await session.close();
  const closed = "this session is closed, and cannot begin a transaction";
  await expect(async () => await session.query(Note).count()).rejects.toThrow(closed);
  expect(() => session.add(new Note({ text: "y" }))).toThrow(closed);
});

spec("has options for all its statements", { tables: Base.metadata }, async ({ openSession }) => {
  const session = openSession({ executionOptions: { populateExisting: true } });
  const note = session.add(new Note({ text: "x" }));
  await session.commit();
  await session.refresh(note);
  note.text = "unsaved";
  session.autoflush = false;
  await session.scalars(select(Note)).all();
  expect(note.text).toBe("x");
  note.text = "unsaved";
  await session.scalars(select(Note), undefined, { populateExisting: false }).all();
  expect(note.text).toBe("unsaved");
  await session.rollback();
});

withTables("leaves every database as it was where a flush fails within a savepoint", async (context) => {
  await withSecond(context, async (second) => {
    const session = context.openSession({ savepointFlush: true, binds: [[Note, second]] });
    session.add(new Note({ text: "x" }));
    await session.flush();
    const [customer, note] = [new Customer({ name: "ann" }), new Note({ text: "x" })];
    session.addAll([customer, note]);
    await expect(async () => await session.flush()).rejects.toThrow("conflict/unique");
    note.text = "y";
    await session.commit();
    expect(await second.execute(select(Note.c.text).orderBy(Note.c.id)).scalars().all()).toEqual(["x", "y"]);
    expect(await context.engine.execute(select(Customer.c.name)).scalars().all()).toEqual(["ann"]);
    await session.close();
  });
});

withTables("undoes what was prepared when the function fails", async (context) => {
  if (context.dialect.twoPhase === undefined) return;
  const session = context.openSession({ twophase: true });
  const failing = session.begin(async () => {
    session.add(new Note({ text: "x" }));
    await session.prepare();
    throw new RangeError("no");
  });
  await expect(failing).rejects.toThrow(RangeError);
  expect(await session.query(Note).count()).toBe(0);
  await session.rollback();
});

withTables("prepares no transaction in which a statement failed", async (context) => {
  if (context.dialect.twoPhase === undefined) return;
  const session = context.openSession({ twophase: true });
  session.add(new Note({ text: "x" }));
  await session.flush();
  await expect(session.execute(sql`SELECT 1 FROM nowhere`).all()).rejects.toThrow();
  await expect(session.prepare()).rejects.toThrow("rolled back");
  await session.rollback();
  expect(await session.query(Note).count()).toBe(0);
});
