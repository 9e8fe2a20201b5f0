import { setTimeout } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, test } from "vitest";
import {
  declarativeBase,
  foreignKey,
  insert,
  integer,
  manyToOne,
  oneToMany,
  select,
  selectinload,
  sql,
  string,
  text,
  tuple,
} from "../../src/entries/index.ts";
import type { Session } from "../../src/orm/session/session.ts";
import { specWith } from "../support/spec.ts";

const Base = declarativeBase();

class Author extends Base("authors", {
  id: integer().primaryKey(),
  name: string(20),
  bio: text().deferred(),
  photo: text().deferred({ group: "files" }),
  letter: text().deferred({ group: "files" }),
  get books() {
    return oneToMany(Book, {
      backPopulates: "author",
      cascade: "all, delete-orphan",
      orderBy: () => Book.c.id,
    });
  },
}) {}

class Book extends Base("books", {
  id: integer().primaryKey(),
  title: string(20),
  get authorId() {
    return integer().references(Author.c.id);
  },
  get author() {
    return manyToOne(Author, { backPopulates: "books" });
  },
  get chapters() {
    return oneToMany(Chapter, { cascade: "all, delete-orphan", orderBy: () => Chapter.c.id });
  },
}) {}

class Chapter extends Base("chapters", {
  id: integer().primaryKey(),
  title: string(20),
  get bookId() {
    return integer().references(Book.c.id);
  },
}) {}

const spec = specWith({ tables: Base.metadata, session: { expireOnCommit: true } });

const authors = select(Author).orderBy(Author.c.id);

async function fill(session: Session, count = 100): Promise<void> {
  const chapters = () => [new Chapter({ title: "first" })];
  session.addAll(
    Array.from({ length: count }, (_, index) => {
      const name = `a${index}`;
      const books = [new Book({ title: "one", chapters: chapters() }), new Book({ title: "two" })];
      return new Author({ name, bio: `bio of ${name}`, photo: "photo", letter: "letter", books });
    }),
  );
  await session.commit();
  await session.close();
}

/** The keys that the statements asked for by `IN` or an array. */
function keysAsked(emitted: readonly string[]): string[] {
  return emitted.flatMap((line) => /^SELECT .*WHERE .*(?:IN|ANY) .*-- \[+(.*?)\]+$/s.exec(line)?.[1] ?? []);
}

describe("relationships of siblings", () => {
  spec("are loaded together through several levels", async ({ session, openSession, expectStatements }) => {
    await fill(session);
    const again = openSession();
    const read = await expectStatements(3, async () => {
      let count = 0;
      for (const author of await again.scalars(authors).all())
        for (const book of await author.books) count += (await book.chapters).length;
      return count;
    });
    expect(read).toBe(100);
  });

  spec("keep the changes that waited for them", async ({ session, openSession, expectStatements }) => {
    await fill(session, 3);
    const again = openSession({ autoflush: false });
    const all = await again.scalars(authors).all();
    // In the sync colour the first push loads them.
    await expectStatements(1, async () => {
      for (const author of all) author.books.push(new Book({ title: `of ${author.id}` }));
      for (const author of all) {
        expect((await author.books).map(({ title }) => title)).toEqual(["one", "two", `of ${author.id}`]);
      }
    });
  });

  spec("are loaded together after one of them was refreshed, or got", async (context) => {
    const { session, openSession, expectStatements } = context;
    await fill(session, 10);
    const again = openSession();
    const all = await again.scalars(authors).all();
    await again.refresh(all[3]!);
    await again.refresh(all[4]!, ["name"]);
    expect(await again.get(Author, 6)).toBe(all[5]);
    await again.get(Author, 7, { populateExisting: true });
    await expectStatements(1, async () => {
      for (const author of all) expect(await author.books).toHaveLength(2);
    });
  });

  spec("are not loaded for what was dropped", async (context) => {
    const { session, openSession, emitted, expectStatements } = context;
    await fill(session, 5);
    const again = openSession();
    const [first, second, third, fourth, fifth] = await again.scalars(authors).all();
    again.expunge(second!);
    await again.delete(third!);
    await again.flush();
    emitted();
    await first!.books;
    expect(keysAsked(emitted())).toEqual(["1, 4, 5"]);
    await expectStatements(0, async () => expect(await fourth!.books).toHaveLength(2));
    expect(fifth!.name).toBe("a4");
  });
});

describe("deferred columns of siblings", () => {
  spec(
    "are read together, a group with its group",
    { colours: ["sync"] },
    async ({ session, openSession, expectStatements, emitted }) => {
      await fill(session);
      const again = openSession();
      const all = await again.scalars(authors).all();
      await expectStatements(1, () => {
        for (const { name, bio } of all) expect(bio).toBe(`bio of ${name}`);
      });
      emitted();
      await expectStatements(1, () => {
        for (const { photo, letter } of all) expect([photo, letter]).toEqual(["photo", "letter"]);
      });
      expect(emitted()[0]).toMatch(
        /^SELECT authors.id, authors.photo, authors.letter\s+FROM authors\s+WHERE/,
      );
    },
  );

  spec(
    "are read for those alone that lack them",
    { colours: ["sync"] },
    async ({ session, openSession, emitted, expectStatements }) => {
      await fill(session, 4);
      const again = openSession({ autoflush: false });
      const all = await again.scalars(authors).all();
      all[1]!.bio = "changed";
      await again.refresh(all[2]!, ["bio"]);
      emitted();
      expect(all[0]!.bio).toBe("bio of a0");
      expect(keysAsked(emitted())).toEqual(["1, 4"]);
      expect(all.map(({ bio }) => bio)).toEqual(["bio of a0", "changed", "bio of a2", "bio of a3"]);
      all[0]!.photo = "changed";
      // The first one lacks the letter alone, so that its change stays.
      await expectStatements(1, () => expect(all[0]!.letter).toBe("letter"));
      expect(all[0]!.photo).toBe("changed");
      await expectStatements(1, () => expect(all.map(({ letter }) => letter)).toContain("letter"));
    },
  );
});

describe("expired siblings", () => {
  spec(
    "are read again together",
    { colours: ["sync"] },
    async ({ session, openSession, expectStatements }) => {
      await fill(session);
      const again = openSession();
      const all = await again.scalars(authors).all();
      await again.commit();
      await expectStatements(1, () => {
        for (const [index, { name }] of all.entries()) expect(name).toBe(`a${index}`);
      });
      await again.commit();
      // And so once more, with their relationships.
      await expectStatements(2, async () => {
        for (const { books } of all) expect(books).toHaveLength(2);
      });
    },
  );

  spec("are read again with their relationships", async ({ session, openSession, expectStatements }) => {
    await fill(session);
    const again = openSession();
    const all = await again.scalars(authors).all();
    for (let round = 0; round < 2; round++) {
      await again.commit();
      // Their rows, then their books.
      await expectStatements(2, async () => {
        for (const author of all) expect(await author.books).toHaveLength(2);
      });
    }
  });

  spec("stay together with the options of their statement", async (context) => {
    const { session, openSession, expectStatements } = context;
    await fill(session, 10);
    const again = openSession();
    const all = await again.scalars(authors.options(selectinload(Author.c.books))).all();
    for (let round = 0; round < 2; round++) {
      await again.commit();
      await expectStatements(2, async () => {
        for (const author of all) expect(await author.books).toHaveLength(2);
      });
    }
  });

  spec("that are got by key are read for more and more at once", async (context) => {
    const { session, openSession, expectStatements } = context;
    await fill(session, 15);
    const again = openSession();
    const all = await again.scalars(authors).all();
    await again.commit();
    // 1, 2, 4, 8.
    await expectStatements(4, async () => {
      for (const [index, author] of all.entries()) expect(await again.get(Author, index + 1)).toBe(author);
    });
  });

  spec("do not fail for one whose row is gone", async ({ session, openSession }) => {
    await fill(session, 3);
    const again = openSession();
    const [first, second, third] = await again.scalars(authors).all();
    await again.commit();
    await again.execute(sql`DELETE FROM chapters`);
    await again.execute(sql`DELETE FROM books WHERE author_id = 2`);
    await again.execute(sql`DELETE FROM authors WHERE id = 2`);
    expect(await first!.books).toHaveLength(2);
    expect(third!.name).toBe("a2");
    await expect(async () => await second!.books).rejects.toMatchObject({ code: "load/object-gone" });
  });
});

describe("the option lazy of a declarative base", () => {
  const OneByOne = declarativeBase({ lazy: "select" });
  class Shelf extends OneByOne("shelves", {
    id: integer().primaryKey(),
    label: string(20),
    get boxes() {
      return oneToMany(Box);
    },
  }) {}
  class Box extends OneByOne("boxes", {
    id: integer().primaryKey(),
    get shelfId() {
      return integer().references(Shelf.c.id);
    },
  }) {}

  spec(
    "reads one by one where it says select",
    { tables: OneByOne.metadata },
    async ({ session, openSession, expectStatements }) => {
      session.addAll([1, 2, 3].map((id) => new Shelf({ id, label: `s${id}`, boxes: [new Box()] })));
      await session.commit();
      await session.close();
      const again = openSession();
      const shelves = await again.scalars(select(Shelf)).all();
      await expectStatements(3, async () => {
        for (const shelf of shelves) expect(await shelf.boxes).toHaveLength(1);
      });
      await again.commit();
      // The row and the boxes of each.
      await expectStatements(6, async () => {
        for (const shelf of shelves) expect(await shelf.boxes).toHaveLength(1);
      });
    },
  );

  test("knows two words", () => {
    const wrong = expect.objectContaining({
      code: "mapping/option",
      message: expect.stringContaining('the option lazy expects "siblings" or "select", got: "eager"'),
    });
    // @ts-expect-error no such strategy
    expect(() => declarativeBase({ lazy: "eager" })).toThrow(wrong);
  });
});

describe("memory", () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;

  spec("is not held by siblings", async ({ session, openSession }) => {
    await fill(session, 3);
    const again = openSession();
    /** Takes all but the first one out of the session, and keeps no other. */
    const dropOthers = async (): Promise<[Author, WeakRef<Author>[]]> => {
      const [first, ...others] = await again.scalars(authors).all();
      // Those that came in another result, too.
      await again.scalars(authors.where(Author.c.id.gt(1))).all();
      for (const other of others) again.expunge(other);
      return [first!, others.map((other) => new WeakRef(other))];
    };
    const [first, others] = await dropOthers();
    // What a WeakRef refers to is kept until the job ends.
    await setTimeout(5);
    collect();
    expect(others.map((other) => other.deref())).toEqual([undefined, undefined]);
    expect(await first.books).toHaveLength(2);
  });
});

class Shelf extends Base("shelves", {
  room: integer().primaryKey({ autoincrement: false }),
  place: string(5).primaryKey(),
  get boxes() {
    return oneToMany(Box);
  },
}) {}

class Box extends Base("boxes", { id: integer().primaryKey(), room: integer(), place: string(5) }, (c) => [
  foreignKey([c.room, c.place], () => [Shelf.c.room, Shelf.c.place]),
]) {}

spec("keys of two columns are asked for in any number", async ({ session, openSession, engine }) => {
  const rooms = Array.from({ length: 10_000 }, (_, index) => ({ room: index, place: "a" }));
  await session.execute(insert(Shelf), rooms);
  await session.execute(
    insert(Box),
    rooms.slice(0, 3).map((key, id) => ({ id: id + 1, ...key })),
  );
  await session.commit();
  const again = openSession();
  const found = await again.scalars(select(Shelf).orderBy(Shelf.c.room)).all();
  const count = async () => {
    let boxes = 0;
    for (const shelf of found) boxes += (await shelf.boxes).length;
    return boxes;
  };
  expect(await count()).toBe(3);
  again.expireAll();
  expect(await count()).toBe(3);
  const pairs = tuple(Shelf.c.room, Shelf.c.place).in([
    [1, "a"],
    [2, "a long one"],
  ]);
  expect(await again.scalars(select(Shelf.c.room).where(pairs)).all()).toEqual([1]);
  const { sql: sent } = engine.compile(select(Shelf.c.room).where(pairs));
  expect(sent.includes("unnest(")).toBe(engine.dialect.name === "postgresql");
});
