import { expect } from "vitest";
import { declarativeBase, integer, manyToOne, oneToMany, select, string } from "../../src/entries/index.ts";
import { spec } from "../support/spec.ts";

const Base = declarativeBase();

class Author extends Base("authors", {
  id: integer().primaryKey(),
  name: string(50),
  get books() {
    return oneToMany(Book, { backPopulates: "author", cascade: "all, delete-orphan" });
  },
}) {}

class Book extends Base("books", {
  id: integer().primaryKey(),
  title: string(100),
  get authorId() {
    return integer().references(Author.c.id);
  },
  get author() {
    return manyToOne(Author, { backPopulates: "books" });
  },
}) {}

spec(
  "writes an object with its children and reads it back",
  { tables: Base.metadata, pglite: true },
  async ({ session, openSession, expectStatements }) => {
    session.add(new Author({ name: "ann", books: [new Book({ title: "one" }), new Book({ title: "two" })] }));
    await expectStatements(2, () => session.commit());
    await session.close();

    const again = openSession();
    const ann = await again.scalars(select(Author).where(Author.c.name.eq("ann"))).one();
    const books = await ann.books;
    expect(books.map((book) => book.title).sort()).toEqual(["one", "two"]);
  },
);
