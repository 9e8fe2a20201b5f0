import { expect } from "vitest";
import {
  declarativeBase,
  immediateload,
  insert,
  inspect,
  integer,
  loadOnly,
  manyToOne,
  oneToMany,
  type Session,
  select,
  selectinload,
} from "../../src/entries/index.ts";
import { specWith } from "../support/spec.ts";

const Base = declarativeBase();

class Folder extends Base("folders", {
  id: integer().primaryKey(),
  rank: integer().default(0),
  get parentId() {
    return integer().nullable().references(Folder.c.id);
  },
  get parent() {
    return manyToOne(Folder, { backPopulates: "folders", remoteSide: () => Folder.c.id });
  },
  get folders() {
    return oneToMany(Folder, { backPopulates: "parent", orderBy: () => Folder.c.id });
  },
  get files() {
    return oneToMany(File, { orderBy: () => File.c.id });
  },
}) {}

class File extends Base("files", {
  id: integer().primaryKey(),
  get folderId() {
    return integer().references(Folder.c.id);
  },
}) {}

const spec = specWith({ tables: Base.metadata });

/** Inserts folders by their parents: `[null, 1, 2]` is a chain of three, `[3, 1, 2]` a circle. */
async function fill(session: Session, parents: readonly (number | null)[]): Promise<void> {
  const rows = parents.map((parentId, index) => ({ id: index + 1, parentId }));
  await session.execute(insert(Folder).values(rows));
  await session.execute(insert(File).values(rows.map(({ id }) => ({ id, folderId: id }))));
  await session.commit();
}

type Key = "parent" | "folders" | "files";

/** The ids of the folders of which a relationship is loaded. */
function loaded(session: Session, key: Key): number[] {
  const folders = [...session.identityMap].filter((object): object is Folder => object instanceof Folder);
  const having = folders.filter((folder) => !inspect(folder).unloaded.includes(key));
  return having.map((folder) => inspect(folder).identity?.[0] as number).sort((one, other) => one - other);
}

const strategies = [selectinload, immediateload] as const;

for (const strategy of strategies) {
  spec(`${strategy.name} ends where the rows go in a circle`, async (context) => {
    const { session, openSession, expectStatements } = context;
    await fill(session, [3, 1, 2]);
    // The parent of the last one is there already; its children have to be asked for.
    for (const [key, statements] of [
      ["parent", 3],
      ["folders", 4],
    ] as const) {
      for (const recursionDepth of [-1, 2, 10]) {
        const again = openSession();
        const option = strategy(Folder.c[key], { recursionDepth });
        const one = select(Folder).where(Folder.c.id.eq(1)).options(option);
        const first = await expectStatements(statements, () => again.scalars(one).one());
        expect(loaded(again, key)).toEqual([1, 2, 3]);
        expect((await first.folders).map(({ id }) => id)).toEqual([2]);
        expect((await first.parent)?.id).toBe(3);
        await again.close();
      }
    }
  });

  spec(`${strategy.name} asks for no folder's relationship twice`, async (context) => {
    const { session, openSession, expectStatements } = context;
    await fill(session, [null, 1, 2, 3]);
    const again = openSession();
    const all = select(Folder).options(strategy(Folder.c.parent, { recursionDepth: -1 }));
    await expectStatements(1, () => again.scalars(all).all());
    expect(loaded(again, "parent")).toEqual([1, 2, 3, 4]);
    await again.close();
  });

  spec(`${strategy.name} reaches a folder's depth by the shortest way`, async (context) => {
    const { session, openSession } = context;
    // 1 › 2 › 3 › 4 › 5, and 3 is a beginning, too.
    await fill(session, [null, 1, 2, 3, 4]);
    const again = openSession();
    const some = select(Folder)
      .where(Folder.c.id.in([1, 3]))
      .options(strategy(Folder.c.folders, { recursionDepth: 1 }))
      .orderBy(Folder.c.id);
    await again.scalars(some).all();
    expect(loaded(again, "folders")).toEqual([1, 2, 3, 4]);
    await again.close();
  });

  spec(`${strategy.name} follows a chain of 3,000 folders`, async (context) => {
    const { session, openSession, expectStatements } = context;
    const many = 3_000;
    await fill(
      session,
      Array.from({ length: many }, (_, index) => index || null),
    );
    const again = openSession();
    const option = strategy(Folder.c.folders, { recursionDepth: -1 });
    const one = select(Folder).where(Folder.c.id.eq(1)).options(option);
    await expectStatements(many + 1, () => again.scalars(one).one());
    expect(loaded(again, "folders")).toHaveLength(many);
    await again.close();
  });

  spec(`${strategy.name} takes along what stands behind it, at each level`, async (context) => {
    const { session, openSession, expectStatements } = context;
    await fill(session, [3, 1, 2]);
    const again = openSession();
    const option = strategy(Folder.c.parent, { recursionDepth: -1 }).selectinload(Folder.c.files);
    const one = select(Folder).where(Folder.c.id.eq(1)).options(option);
    await again.scalars(one).one();
    expect(loaded(again, "parent")).toEqual([1, 2, 3]);
    // The first folder is asked for again by the select-in load, as a parent, whose files are wanted.
    expect(loaded(again, "files")).toEqual(strategy === selectinload ? [1, 2, 3] : [2, 3]);
    await again.close();
    const shallow = strategy(Folder.c.parent, { recursionDepth: 1 }).selectinload(Folder.c.files);
    await expectStatements(5, () =>
      again.scalars(select(Folder).where(Folder.c.id.eq(1)).options(shallow)).one(),
    );
    expect(loaded(again, "parent")).toEqual([1, 3]);
    expect(loaded(again, "files")).toEqual([2, 3]);
    await again.close();
  });
}

spec("a recursion overwrites each object once", async ({ session, openSession }) => {
  await fill(session, [3, 1, 2]);
  const again = openSession();
  for (const key of ["parent", "folders"] as const) {
    const one = select(Folder)
      .where(Folder.c.id.eq(1))
      .options(selectinload(Folder.c[key], { recursionDepth: -1 }))
      .executionOptions({ populateExisting: true });
    const first = await again.scalars(select(Folder).where(Folder.c.id.eq(1))).one();
    first.rank = 7;
    await again.scalars(one, undefined, { autoflush: false }).one();
    expect(first.rank).toBe(0);
    expect(loaded(again, key)).toEqual([1, 2, 3]);
  }
  await again.close();
});

spec(
  "a recursion asks again for what was loaded in part",
  async ({ session, openSession, expectStatements }) => {
    await fill(session, [3, 1, 2]);
    const again = openSession();
    const one = select(Folder)
      .where(Folder.c.id.eq(1))
      .options(loadOnly(Folder.c.id), selectinload(Folder.c.parent, { recursionDepth: -1 }));
    const first = await expectStatements(4, () => again.scalars(one).one());
    expect(inspect(first).unloaded).not.toContain("rank");
    await again.close();
  },
);

spec("a recursion goes on through objects that the session has", async ({ session, openSession }) => {
  await fill(session, [null, 1, 2, 3]);
  const again = openSession();
  await again.scalars(select(Folder).where(Folder.c.id.in([2, 3]))).all();
  const last = select(Folder).where(Folder.c.id.eq(4));
  await again.scalars(last.options(selectinload(Folder.c.parent, { recursionDepth: -1 }))).one();
  expect(loaded(again, "parent")).toEqual([1, 2, 3, 4]);
  await again.close();
});

for (const strategy of strategies) {
  spec(`${strategy.name} ends at a row that refers to itself`, async (context) => {
    const { session, openSession, expectStatements } = context;
    await fill(session, [1, 1, 2]);
    const again = openSession();
    const option = strategy(Folder.c.folders, { recursionDepth: -1 });
    const one = select(Folder).where(Folder.c.id.eq(1)).options(option);
    const first = await expectStatements(4, () => again.scalars(one).one());
    expect((await first.folders).map(({ id }) => id)).toEqual([1, 2]);
    expect(loaded(again, "folders")).toEqual([1, 2, 3]);
    await again.scalars(one).one();
    await again.close();
  });

  spec(`${strategy.name} asks for each level once where the session has the objects`, async (context) => {
    const { session, openSession, expectStatements } = context;
    const length = 40;
    await fill(session, [length, ...Array.from({ length: length - 1 }, (_, index) => index + 1)]);
    const again = openSession();
    await again.scalars(select(Folder)).all();
    const option = strategy(Folder.c.folders, { recursionDepth: -1 });
    const one = select(Folder).where(Folder.c.id.eq(1)).options(option);
    await expectStatements(length + 1, () => again.scalars(one).one());
    expect(loaded(again, "folders")).toHaveLength(length);
    again.expireAll();
    await again.scalars(one).one();
    expect(loaded(again, "folders")).toHaveLength(length);
    await again.close();
  });
}

spec("get() recurses from an object that the session has", async (context) => {
  const { session, openSession, expectStatements } = context;
  await fill(session, [3, 1, 2]);
  const again = openSession();
  await again.get(Folder, 1);
  const options = [selectinload(Folder.c.folders, { recursionDepth: -1 })];
  if (context.target.colour === "async") {
    // The row itself, then the folders of each.
    await expectStatements(4, () => again.get(Folder, 1, { options }));
    expect(loaded(again, "folders")).toEqual([1, 2, 3]);
  }
  await again.close();
});

spec("immediateload loads behind objects that the session has", async ({ session, openSession }) => {
  await fill(session, [null, 1]);
  const again = openSession();
  await again.scalars(select(Folder)).all();
  const behindMany = immediateload(Folder.c.folders).immediateload(Folder.c.files);
  const root = await again.scalars(select(Folder).where(Folder.c.id.eq(1)).options(behindMany)).one();
  expect(root.folders[0]!.files.map(({ id }) => id)).toEqual([2]);
  const behindOne = immediateload(Folder.c.parent).immediateload(Folder.c.files);
  const leaf = await again.scalars(select(Folder).where(Folder.c.id.eq(2)).options(behindOne)).one();
  expect(leaf.parent?.files.map(({ id }) => id)).toEqual([1]);
  await again.close();
});
