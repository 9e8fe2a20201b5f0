/** What statements promise at compile time: the rows they give, and what they refuse. Nothing here runs. */
import { aliased } from "../../src/orm/mapping/aliased.ts";
import type { DeclarativeBase } from "../../src/orm/mapping/declarative.ts";
import { manyToOne, oneToMany } from "../../src/orm/mapping/relationship.ts";
import { bigInt, boolean, dateTime, float, integer, numeric, string, text } from "../../src/schema/column.ts";
import { table } from "../../src/schema/table.ts";
import { alias } from "../../src/sql/alias.ts";
import { caseWhen } from "../../src/sql/case.ts";
import { deleteFrom } from "../../src/sql/delete.ts";
import type { LoadOption, NoPaths } from "../../src/sql/entity.ts";
import { and, type Expression, exists, literal, not, or, parameter } from "../../src/sql/expression.ts";
import { func } from "../../src/sql/functions.ts";
import { insert } from "../../src/sql/insert.ts";
import type { NamesOf, Row, RowFrom, RowOf, ScalarOf, Statement } from "../../src/sql/row.ts";
import { type Select, select } from "../../src/sql/select.ts";
import { sql } from "../../src/sql/template.ts";
import { update } from "../../src/sql/update.ts";
import type { Numeric } from "../../src/types/number.ts";
import type { Same } from "../support/type-level.ts";

declare const Base: DeclarativeBase;
class User extends Base("users", {
  id: integer().primaryKey(),
  name: string(50),
  bio: text().nullable(),
  isActive: boolean(),
  createdAt: dateTime(),
  get posts() {
    return oneToMany(Post, { backPopulates: "author" });
  },
}) {}
class Post extends Base("posts", {
  id: integer().primaryKey(),
  title: string(200),
  price: numeric(10, 2),
  get authorId() {
    return integer().nullable().references(User.c.id);
  },
  get author() {
    return manyToOne(User, { backPopulates: "posts" });
  },
}) {}
const tags = table("tags", Base.metadata, { id: integer().primaryKey(), label: string(20) });

/** Takes nothing but `true`. */
declare function expectTrue<Fact extends true>(): Fact;
declare function itemOf<Item>(statement: Statement<Item>): Item;
declare const session: {
  scalars<Item, Paths>(statement: Select<Item, Paths>): [ScalarOf<Item>, Paths];
  execute<Item>(statement: Statement<Item>): RowFrom<Item>;
};

export function rows() {
  const users = select(User);
  expectTrue<Same<typeof users, Select<User, NoPaths, typeof User, never>>>();
  expectTrue<Same<ScalarOf<User>, User>>();
  expectTrue<Same<RowFrom<User>, [User]>>();

  const names = select(User.c.name);
  expectTrue<Same<typeof names, Select<RowOf<[typeof User.c.name]>, NoPaths, unknown, never>>>();
  const [name] = session.scalars(names);
  expectTrue<Same<typeof name, string>>();

  const counts = select(User.c.name, func.count(Post.c.id).label("n"));
  expectTrue<
    Same<[typeof counts] extends [Select<Row<[string, number], { name: string; n: number }>>] ? 1 : 0, 1>
  >();
  const row = session.execute(counts);
  const [first, second] = row;
  expectTrue<
    Same<[typeof first, typeof second, typeof row.name, typeof row.n], [string, number, string, number]>
  >();

  const both = session.execute(select(User, Post));
  expectTrue<Same<[(typeof both)[0], (typeof both)[1]], [User, Post]>>();
  const mixed = session.execute(select(User, func.count(), User.c.bio));
  expectTrue<
    Same<[(typeof mixed)[0], (typeof mixed)[1], (typeof mixed)[2]], [User, number, string | null]>
  >();
  expectTrue<Same<typeof mixed.bio, string | null>>();
  // @ts-expect-error  an entity has no name in the row
  mixed.User;

  const [user] = session.execute(select(User));
  expectTrue<Same<typeof user, User>>();

  const tag = session.execute(select(tags));
  expectTrue<Same<typeof tag.label, string>>();

  const more = session.execute(counts.addColumns(User.c.id));
  expectTrue<Same<[(typeof more)[2], typeof more.n, typeof more.id], [number, number, number]>>();
  const onUser = session.execute(users.addColumns(func.count().label("n")));
  expectTrue<Same<[(typeof onUser)[0], (typeof onUser)[1], typeof onUser.n], [User, number, number]>>();
}

export function keepingTypes() {
  const statement = select(User.c.name)
    .join(User.c.posts)
    .join(Post, Post.c.authorId.eq(User.c.id))
    .outerJoin(tags, { on: tags.c.id.eq(Post.c.id), outer: true })
    .where(User.c.name.eq("a"), User.c.isActive)
    .filterBy({ label: "x" })
    .groupBy(User.c.name, "name")
    .having(func.count().gt(1))
    .orderBy(User.c.name.desc().nullsLast(), "name")
    .limit(1)
    .offset(2)
    .distinct();
  expectTrue<
    Same<
      [typeof statement] extends [Select<Row<[string], { name: string }>, NoPaths, typeof tags>] ? 1 : 0,
      1
    >
  >();
  const option = {} as LoadOption<never, { posts: { author: Record<never, never> } }>;
  const other = {} as LoadOption<never, { profile: Record<never, never> }>;
  const [, paths] = session.scalars(select(User).options(option, other).where(User.c.id.gt(1)));
  paths.posts.author;
  paths.profile;
}

export function builtUp(isPosted: boolean) {
  let users = select(User);
  if (isPosted) users = users.join(User.c.posts).where(Post.c.price.gt(5));
  if (isPosted) users = users.outerJoin(User.c.posts);
  users.filterBy({ name: "a" });
  const page = <Item>(statement: Select<Item>): Select<Item> => statement.limit(10);
  const [first] = session.scalars(page(select(User).outerJoin(Post)));
  expectTrue<Same<typeof first, User>>();
  const byNames = (statement: Select<User>, values: Record<string, string>) => statement.filterBy(values);
  byNames(select(User).join(User.c.posts), { title: "a" });
  let pairs = select(User, Post);
  // @ts-expect-error  the post may be missing now
  if (isPosted) pairs = pairs.outerJoin(User.c.posts);
  // @ts-expect-error  rows of another class
  users = select(Post);
}

export function outerJoins() {
  const left = session.execute(
    select(User, Post, Post.c.title.label("t"), User.c.name).outerJoin(User.c.posts),
  );
  expectTrue<Same<[(typeof left)[0], (typeof left)[1]], [User, Post | null]>>();
  expectTrue<Same<[typeof left.t, typeof left.name], [string | null, string]>>();
  const titles = session.execute(select(User.c.name, Post.c.title).outerJoin(Post));
  expectTrue<Same<[typeof titles.name, typeof titles.title], [string, string | null]>>();
  const option = session.execute(select(User.c.name, Post.c.price).join(Post, { outer: true }));
  expectTrue<Same<[typeof option.name, typeof option.price], [string, string | null]>>();
  const full = session.execute(
    select(User, Post.c.title, func.count().label("n")).join(Post, { full: true }),
  );
  expectTrue<
    Same<[(typeof full)[0], typeof full.title, typeof full.n], [User | null, string | null, number]>
  >();
  const inner = session.execute(select(User.c.name, Post.c.title).join(Post));
  expectTrue<Same<[typeof inner.name, typeof inner.title], [string, string]>>();

  const other = alias(tags, "other");
  const twice = session.execute(
    select(tags.c.label, other.c.label.label("second")).outerJoin(other, other.c.id.gt(tags.c.id)),
  );
  expectTrue<Same<[typeof twice.label, typeof twice.second], [string, string | null]>>();
  const author = aliased(User, "author");
  const aliases = session.execute(
    select(User, author, author.c.name).outerJoin(Post).outerJoin(Post.c.author.of(author)),
  );
  expectTrue<
    Same<[(typeof aliases)[0], (typeof aliases)[1], typeof aliases.name], [User, User | null, string | null]>
  >();
  const sums = select(Post.c.authorId, func.sum(Post.c.price).label("total")).subquery("sums");
  const totals = session.execute(select(User, sums.c.authorId, func.count().label("n")).outerJoin(sums));
  expectTrue<
    Same<[(typeof totals)[0], typeof totals.authorId, typeof totals.n], [User, number | null, number]>
  >();
  const [only] = session.scalars(select(User).selectFrom(Post).outerJoin(Post.c.author));
  expectTrue<Same<typeof only, User | null>>();
  const [kept] = session.scalars(select(User).outerJoin(User.c.posts));
  expectTrue<Same<typeof kept, User>>();
  const added = session.execute(select(User).outerJoin(User.c.posts).addColumns(Post.c.title, User.c.name));
  expectTrue<
    Same<[(typeof added)[0], typeof added.title, typeof added.name], [User, string | null, string]>
  >();
  // @ts-expect-error  a user without posts has no title
  titles.title.trim();
  // @ts-expect-error  nor a post
  left[1].title;
}

export function subqueries() {
  const counts = select(Post.c.authorId, func.count().label("n")).groupBy(Post.c.authorId).subquery("counts");
  expectTrue<Same<NamesOf<Row<[number], { n: number }>>, { n: number }>>();
  const row = session.execute(select(User.c.name, counts.c.n, counts.c.authorId));
  expectTrue<Same<[typeof row.n, typeof row.authorId], [number, number | null]>>();
  User.c.id.in(select(Post.c.authorId));
  User.c.id.in([1, 2]);
  User.c.id.eq(select(func.max(Post.c.authorId)).asScalar());
  exists(select(Post.c.id));
  const other = alias(tags, "other");
  const label = session.scalars(select(other.c.label))[0];
  expectTrue<Same<typeof label, string>>();
  const tree = select(tags.c.id).cte("tree", { recursive: true });
  tree.unionAll(select(tags.c.id).join(tree, tags.c.id.eq(tree.c.id))).c.id.eq(1);
  select(User.c.id).union(select(Post.c.id)).orderBy("id");
}

export function filteringByNames() {
  select(User).filterBy({ name: "a", bio: null, createdAt: new Date() });
  select(User).join(User.c.posts).filterBy({ title: "a", price: 5, author: new User() });
  select(User).outerJoin(Post).filterBy({ authorId: null });
  select(User, Post).filterBy({ name: User.c.bio });
  select(func.count()).selectFrom(Post).filterBy({ title: "a" });
  select(User).where(User.c.isActive).limit(1).filterBy({ name: "a" });
  select(tags).filterBy({ label: "a" });
  select(alias(tags, "other")).filterBy({ label: "a" });
  update(User).set({ name: "a" }).filterBy({ id: 1 });
  deleteFrom(tags).filterBy({ label: "a" });
  // @ts-expect-error  no such column
  select(User).filterBy({ nope: 1 });
  // @ts-expect-error  a wrong value
  select(User).filterBy({ name: 1 });
  // @ts-expect-error  a column of the class before the join
  select(User).join(User.c.posts).filterBy({ name: "a" });
  // @ts-expect-error  an object of another class
  select(Post).filterBy({ author: new Post() });
  // @ts-expect-error  no such column
  select(func.count()).selectFrom(Post).filterBy({ name: "a" });
  // @ts-expect-error  no such column
  update(User).set({ name: "a" }).filterBy({ nope: 1 });
  // @ts-expect-error  a wrong value
  deleteFrom(tags).filterBy({ label: 1 });
}

export function refusals() {
  // @ts-expect-error  a number is no name
  User.c.name.eq(3);
  // @ts-expect-error  undefined is no value
  User.c.name.eq(undefined);
  // @ts-expect-error  a column of another type
  User.c.name.eq(User.c.id);
  User.c.name.eq(null);
  // @ts-expect-error  nothing is less than NULL
  User.c.id.lt(null);
  // @ts-expect-error  a list of numbers
  User.c.id.in(["1"]);
  // @ts-expect-error  a query of another type
  User.c.id.in(select(User.c.name));
  // @ts-expect-error  a boolean of the program is no condition
  select(User).where(true);
  // @ts-expect-error  neither is a number of the database
  select(User).where(User.c.id);
  // @ts-expect-error  undefined is no condition
  select(User).where(undefined);
  // @ts-expect-error  nor a value to filter by
  select(User).filterBy({ name: undefined });
  // @ts-expect-error  a relationship is no column
  select(User.c.posts);
  // @ts-expect-error  a plain value neither
  select(1);
}

export function functions() {
  const bio = func.coalesce(User.c.bio, "none");
  expectTrue<Same<typeof bio extends Expression<infer Value> ? Value : never, string>>();
  const total = func.sum(Post.c.price);
  expectTrue<Same<typeof total extends Expression<infer Value> ? Value : never, Numeric | null>>();
  const mean = func.avg(User.c.id);
  expectTrue<Same<typeof mean extends Expression<infer Value> ? Value : never, number | null>>();
  const own = func<number>("similarity", User.c.name, "x");
  expectTrue<Same<typeof own extends Expression<infer Value> ? Value : never, number>>();
  func.rowNumber().over({ partitionBy: Post.c.authorId, orderBy: Post.c.id.desc() });
  func.count(User.c.name.distinct()).filter(User.c.isActive);
  and(or(User.c.id.eq(1), not(User.c.isActive)), sql<boolean>`${User.c.id} > ${1}`);
  const size: Expression<string> = caseWhen([[User.c.id.lt(1), "small"]], "large");
  const maybe: Expression<string | null> = caseWhen([[User.c.id.lt(1), "small"]]);
  // @ts-expect-error  without an otherwise it may be null
  const sure: Expression<string> = caseWhen([[User.c.id.lt(1), "small"]]);
  return [size, maybe, sure, literal(1).add(2), User.c.createdAt.gt(new Date())];
}

export function numbers() {
  const items = table("items", Base.metadata, {
    id: bigInt().primaryKey(),
    price: numeric(10, 2).default(0),
    discount: numeric(10, 2).nullable(),
    qty: integer(),
    rating: float(),
    name: string(),
  });
  const { id, price, discount, qty, rating, name } = items.c;
  const row = session.execute(
    select(
      price,
      func.sum(price.mul(qty)).label("total"),
      qty.mul(price).sub("0.5").label("same"),
      price.mul(3).add(5n).div("1.5").label("literal"),
      price.sub(discount).label("reduced"),
      func.coalesce(func.sum(price), 0).mul(2).label("sum"),
      qty.mul(2).label("twice"),
      func.avg(price).label("mean"),
    ),
  );
  expectTrue<Same<[typeof row.price, typeof row.same, typeof row.literal], [string, string, string]>>();
  expectTrue<Same<[typeof row.total, typeof row.reduced], [string | null, string | null]>>();
  expectTrue<Same<[typeof row.sum, typeof row.twice, typeof row.mean], [string, number, string | null]>>();
  expectTrue<Same<[(typeof row)[0], (typeof row)[1]], [string, string | null]>>();
  const [scalar] = session.scalars(select(price));
  expectTrue<Same<typeof scalar, string>>();
  const sums = select(name, func.sum(price).label("total")).groupBy(name).subquery("sums");
  sums.c.total.mul(qty).gt(5);
  select(items).where(
    and(
      price.gt(qty),
      price.eq(5),
      price.le(5n),
      price.ne("5"),
      price.between(1, "9.5"),
      price.in([1, "2", 3n]),
    ),
    or(
      qty.lt(price),
      qty.eq(id),
      id.gt(qty),
      rating.ge(price),
      discount.eq(null),
      discount.isDistinctFrom(price),
    ),
    price.eq(select(func.max(price)).asScalar()),
  );
  insert(items).values({ id: 1n, price: 5, qty: 1, rating: 1, name: "a" });
  update(items).set({ price: price.mul(qty), discount: "0.5" });
  literal("0.5", numeric()).mul(3);
  func.nullif(price, 0).add(1);
  price.gt(parameter("least", numeric()));
  select(price).union(select(price.mul(2).label("price")));
  // @ts-expect-error  a literal of another type
  literal(true, numeric());
  // @ts-expect-error  a truth value is no number
  price.mul(true);
  // @ts-expect-error  nor is a date
  price.gt(new Date());
  // @ts-expect-error  a text is no exact decimal
  qty.lt(name);
  // @ts-expect-error  beside an integer a string would be a text
  qty.mul("1.5");
  // @ts-expect-error  a text is not computed with numbers
  name.mul(3);
  // @ts-expect-error  a list of truth values
  price.in([true]);
  // @ts-expect-error  what is computed may be NULL where an operand may
  const reduced: string = row.reduced;
  return reduced;
}

export function writes() {
  insert(User).values({ name: "a", bio: null });
  insert(tags).values([{ label: "a" }, { label: "b" }]);
  // @ts-expect-error  a wrong value
  insert(User).values({ name: 3 });
  // @ts-expect-error  no such column
  insert(User).values({ nmae: "a" });
  // @ts-expect-error  relationships are not inserted
  insert(User).values({ posts: [] });
  // @ts-expect-error  undefined is no value
  insert(User).values({ name: undefined });
  update(User)
    .set({ name: User.c.name.concat("!"), bio: "x" })
    .where(User.c.id.eq(1));
  // @ts-expect-error  a wrong expression
  update(User).set({ name: User.c.id });
  const gone = itemOf(deleteFrom(User).where(User.c.id.eq(1)));
  expectTrue<Same<typeof gone, never>>();
  const ids = itemOf(insert(User).values({ name: "a" }).returning(User.c.id));
  expectTrue<Same<typeof ids.id, number>>();
  const users = itemOf(update(User).set({ name: "a" }).returning(User));
  expectTrue<Same<typeof users, User>>();
  const all = itemOf(insert(tags).values({ label: "a" }).returning());
  expectTrue<Same<typeof all.label, string>>();
  insert(User)
    .values({ name: "a" })
    .onConflictDoUpdate({ target: "name", set: (row) => ({ bio: row.name }) });
}
