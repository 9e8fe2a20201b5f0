import { describe, expect, test } from "vitest";
import { linkOf } from "../../../src/orm/load/link.ts";
import { chooseStrategy, NO_OPTIONS, optionTrees } from "../../../src/orm/load/option-tree.ts";
import {
  defaultload,
  joinedload,
  type LoadOption,
  lazyload,
  loadOnly,
  raiseload,
  selectinload,
  subqueryload,
} from "../../../src/orm/load/options.ts";
import { planLoad } from "../../../src/orm/load/plan.ts";
import { associationProxy } from "../../../src/orm/mapping/association-proxy.ts";
import type { RelationshipAttribute } from "../../../src/orm/mapping/mapper.ts";
import { manyToOne, oneToMany } from "../../../src/orm/mapping/relationship.ts";
import { mapperOf } from "../../../src/orm/mapping/resolve.ts";
import { declarativeBase } from "../../../src/orm/state/instrument.ts";
import { integer, string } from "../../../src/schema/column.ts";
import { select } from "../../../src/sql/select.ts";
import type { Expect, Same } from "../../support/type-level.ts";

const Base = declarativeBase();

class Author extends Base("authors", {
  id: integer().primaryKey(),
  name: string(50),
  get books() {
    return oneToMany(Book, { backPopulates: "author", lazy: "selectin" });
  },
  get texts() {
    return associationProxy(Book, "reviews", { via: "books" });
  },
}) {}

class Book extends Base("books", {
  id: integer().primaryKey(),
  get authorId() {
    return integer().references(Author.c.id);
  },
  get author() {
    return manyToOne(Author, { backPopulates: "books", lazy: "joined" });
  },
  get reviews() {
    return oneToMany(Review, { backPopulates: "book" });
  },
}) {}

class Review extends Base("reviews", {
  id: integer().primaryKey(),
  get bookId() {
    return integer().references(Book.c.id);
  },
  get book() {
    return manyToOne(Book, { backPopulates: "reviews" });
  },
}) {}

const relationship = (entity: object, key: string) =>
  mapperOf(entity).attributeByKey.get(key) as RelationshipAttribute;

const chain = selectinload(Author.c.books).joinedload(Book.c.reviews);
const branches = selectinload(Author.c.books).options(
  subqueryload(Book.c.reviews),
  joinedload(Book.c.author),
);
const passing = defaultload(Author.c.books).selectinload(Book.c.reviews);

type PathsOf<Option> = Option extends LoadOption<infer _Owner, infer Paths, infer _Follows> ? Paths : never;
type Nothing = Record<never, never>;

type Checks = [
  Expect<Same<PathsOf<typeof chain>, { books: { reviews: Nothing } }>>,
  Expect<Same<PathsOf<typeof passing>, Nothing>>,
  Expect<PathsOf<typeof branches> extends { books: { reviews: Nothing; author: Nothing } } ? true : false>,
];

describe("options", () => {
  test("know in their types which paths they load", () => {
    const checks: Checks = [true, true, true];
    expect(checks).toHaveLength(3);
  });

  test("are data, and never changed", () => {
    const first = selectinload(Author.c.books);
    const second = first.joinedload(Book.c.reviews);
    expect(first.steps.map((step) => step.strategy)).toEqual(["selectin"]);
    expect(second.steps.map((step) => step.strategy)).toEqual(["selectin", "joined"]);
  });

  test("are merged into one tree; the later one wins, and what only passes through does not", () => {
    const entity = mapperOf(Author).entity;
    const tree = optionTrees(
      [chain, lazyload(Author.c.books), defaultload(Author.c.books).loadOnly(Book.c.id)],
      [entity],
    ).get(entity);
    const books = relationship(Author, "books");
    expect(tree && chooseStrategy(tree, books).strategy).toBe("select");
    expect(tree?.children.get(books)?.rules.get(relationship(Book, "reviews"))?.strategy).toBe("joined");
    expect(tree?.children.get(books)?.columns).toHaveLength(1);
  });

  test("leave the rest to a wildcard, and that to the mapping", () => {
    const entity = mapperOf(Book).entity;
    const tree = optionTrees([raiseload("*"), lazyload(Book.c.reviews)], [entity]).get(entity) ?? NO_OPTIONS;
    expect(chooseStrategy(tree, relationship(Book, "reviews")).strategy).toBe("select");
    expect(chooseStrategy(tree, relationship(Book, "author")).strategy).toBe("raise");
    expect(chooseStrategy(NO_OPTIONS, relationship(Book, "author")).strategy).toBe("joined");
  });

  test("say what is wrong with them", () => {
    // @ts-expect-error: no option
    expect(() => select(Author).options({ owner: 1, paths: {} }) && planOf(select(Author), [{}])).toThrow(
      /load\/not-an-option/,
    );
    expect(() => planOf(select(Review), [chain])).toThrow(/load\/unknown-path/);
    // @ts-expect-error: an author is no book
    const foreign = selectinload(Author.c.books).joinedload(Author.c.books);
    expect(() => planOf(select(Author), [foreign])).toThrow(
      "load/foreign-step: a joined load of Author.books cannot follow Author.books, which leads to Book, not to Author",
    );
    // @ts-expect-error: an author is no review
    const inner = selectinload(Author.c.books).options(joinedload(Review.c.book));
    expect(() => planOf(select(Author), [inner])).toThrow("load/foreign-step: a joined load of Review.book");
    // @ts-expect-error: a column
    expect(() => selectinload(Author.c.name)).toThrow(
      "load/not-a-relationship: a selectin load expects a relationship, got: authors.name, which is a column",
    );
    // @ts-expect-error: an association proxy
    expect(() => chain.joinedload(Author.c.texts)).toThrow(
      /load\/not-a-relationship: a joined load .* got: Author.texts, which is an association proxy.*selectinload\(Author.c.books\)/s,
    );
    expect(() => joinedload(undefined as never)).toThrow("load/not-a-relationship: a joined load expects a");
    expect(() => loadOnly(Author.c.id.add(1) as never)).toThrow(/load\/not-a-column/);
    expect(() => loadOnly(Author.c.id).and(Author.c.id.eq(1))).toThrow(/load\/option-without-path/);
  });
});

const planOf = (statement: { readonly node: Parameters<typeof planLoad>[0] }, options: readonly object[]) =>
  planLoad(statement.node, { options });

describe("a plan", () => {
  test("says where each column stands and what follows", () => {
    const plan = planOf(select(Author), []);
    const [item] = plan.items;
    if (item?.kind !== "entity") throw new TypeError("no entity");
    expect(item.entity.indexes).toEqual([0, 1]);
    expect(item.entity.keyIndexes).toEqual([0]);
    expect(item.entity.followUps.map(({ kind, relationship: { key } }) => `${kind} ${key}`)).toEqual([
      "selectin books",
    ]);
    expect(plan.needsUnique).toBe(false);
  });

  test("follows eager mappings until they come back to where they were", () => {
    const [item] = planOf(select(Book), []).items;
    if (item?.kind !== "entity") throw new TypeError("no entity");
    const author = item.entity.joined[0]?.entity;
    expect(author?.mapper.name).toBe("Author");
    expect(author?.followUps).toEqual([]);
  });

  test("finds the key of a relationship", () => {
    const link = linkOf(relationship(Author, "books"));
    expect(link?.local.map(({ key }) => key)).toEqual(["id"]);
    expect(link?.remote.map(({ key }) => key)).toEqual(["authorId"]);
    expect(link?.further).toEqual([]);
  });
});
