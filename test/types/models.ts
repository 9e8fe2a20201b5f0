// Models as an application writes them, and what the compiler must know of them. Nothing here runs: `tsc` is the test.
import { withLoaderCriteria } from "../../src/orm/load/criteria.ts";
import {
  containsEager,
  defaultload,
  defer,
  immediateload,
  joinedload,
  lazyload,
  loadOnly,
  raiseload,
  selectinload,
  undefer,
  undeferGroup,
  withExpression,
} from "../../src/orm/load/options.ts";
import { aliased } from "../../src/orm/mapping/aliased.ts";
import { associationProxy } from "../../src/orm/mapping/association-proxy.ts";
import type {
  Collection,
  InstanceOf,
  Live,
  LiveMany,
  Loaded,
  LoadedOrPlain,
  MappedClass,
  Pending,
} from "../../src/orm/mapping/infer.ts";
import { foreign, remote } from "../../src/orm/mapping/marks.ts";
import { queryExpression } from "../../src/orm/mapping/query-expression.ts";
import { backref, manyToMany, manyToOne, oneToMany, oneToOne } from "../../src/orm/mapping/relationship.ts";
import type { Session } from "../../src/orm/session/session.ts";
import type { SessionOptions } from "../../src/orm/session/session-core.ts";
import type { SyncSession } from "../../src/orm/session/sync-session.ts";
import { declarativeBase } from "../../src/orm/state/instrument.ts";
import { boolean, dateTime, integer, json, numeric, string, text } from "../../src/schema/column.ts";
import { index } from "../../src/schema/index-definition.ts";
import { table } from "../../src/schema/table.ts";
import { and } from "../../src/sql/expression.ts";
import { func } from "../../src/sql/functions.ts";
import type { AnyLoadOption } from "../../src/sql/row.ts";
import { type Select, select } from "../../src/sql/select.ts";
import type { Same } from "../support/type-level.ts";

function same<Left, Right>(..._proof: Same<Left, Right> extends true ? [] : ["these types differ"]): void {}

// ---------------------------------------------------------------- models

const Base = declarativeBase();

class User extends Base("users", {
  id: integer().primaryKey(),
  name: string(50).unique(),
  email: string(100),
  createdAt: dateTime().default(() => new Date()),
  get posts() {
    return oneToMany(Post, {
      backPopulates: "author",
      cascade: "all, delete-orphan",
      orderBy: () => Post.c.title.desc(),
    });
  },
  get profile() {
    return oneToOne(Profile, { backPopulates: "user" });
  },
}) {
  get label() {
    return `${this.name} <${this.email}>`;
  }
}

class Post extends Base("posts", {
  id: integer().primaryKey(),
  title: string(200),
  isDraft: boolean().default(false),
  get indexes() {
    return [index("ix_author_title", Post.c.authorId, Post.c.title)];
  },
  get authorId() {
    return integer().references(User.c.id, { onDelete: "cascade" });
  },
  get author() {
    return manyToOne(User, { backPopulates: "posts", foreignKeys: () => Post.c.authorId });
  },
  get tags() {
    return manyToMany(Tag, { secondary: postTags, backPopulates: "posts", collection: "array" });
  },
}) {}

class Tag extends Base("tags", {
  id: integer().primaryKey(),
  label: string(),
  get posts() {
    return manyToMany(Post, { secondary: postTags, backPopulates: "tags" });
  },
}) {}

const postTags = table("post_tags", Base.metadata, {
  get postId() {
    return integer().references(Post.c.id).primaryKey();
  },
  get tagId() {
    return integer().references(Tag.c.id).primaryKey();
  },
});

class Profile extends Base(
  "profiles",
  {
    id: integer().primaryKey(),
    bio: text().nullable(),
    settings: json<{ theme: string }>(),
    get userId() {
      return integer().references(User.c.id).unique();
    },
    get user() {
      return oneToOne(User, { backPopulates: "profile" });
    },
  },
  (c) => [index("ix_bio", c.bio, c.userId)],
) {}

class TreeNode extends Base("nodes", {
  id: integer().primaryKey(),
  name: string(),
  path: string(),
  get parentId() {
    return integer().references(TreeNode.c.id).nullable();
  },
  get parent() {
    return manyToOne(TreeNode, { backPopulates: "children", remoteSide: () => TreeNode.c.id });
  },
  get children() {
    return oneToMany(TreeNode, { backPopulates: "parent", collection: "set" });
  },
  get descendants() {
    return oneToMany(TreeNode, {
      viewonly: true,
      primaryJoin: () => remote(foreign(TreeNode.c.path)).like(TreeNode.c.path.concat("/%")),
    });
  },
  get byName() {
    return oneToMany(TreeNode, { viewonly: true, collection: { keyedBy: "name" } });
  },
}) {}

class Raccoon extends Base("raccoons", {
  id: integer().primaryKey(),
  name: string(),
  get trashcans() {
    return oneToMany(Trashcan, { backPopulates: "raccoon" });
  },
}) {}

class Trashcan extends Base("trashcans", {
  id: integer().primaryKey(),
  price: numeric(10, 2),
  get businessId() {
    return integer().references(Business.c.id);
  },
  get raccoonId() {
    return integer().references(Raccoon.c.id);
  },
  get business() {
    return manyToOne(Business, { backPopulates: "trashcans" });
  },
  get raccoon() {
    return manyToOne(Raccoon, { backPopulates: "trashcans" });
  },
  get businessName() {
    return associationProxy(Business, "name", { via: "business" });
  },
}) {}

class Business extends Base("businesses", {
  id: integer().primaryKey(),
  name: string(),
  get trashcans() {
    return oneToMany(Trashcan, { backPopulates: "business" });
  },
  get raccoons() {
    return associationProxy(Trashcan, "raccoon", {
      via: "trashcans",
      create: (raccoon) => new Trashcan({ raccoon }),
    });
  },
  get prices() {
    return associationProxy(Trashcan, "price", { via: "trashcans" });
  },
}) {}

class Feed extends Base("feeds", {
  id: integer().primaryKey(),
  get items() {
    return oneToMany(FeedItem, { lazy: "writeOnly" });
  },
  get recent() {
    return oneToMany(FeedItem, { lazy: "dynamic" });
  },
}) {}

class FeedItem extends Base("feed_items", {
  id: integer().primaryKey(),
  title: string(),
  get feedId() {
    return integer().references(Feed.c.id);
  },
}) {}

class Ranked extends Base("ranked", {
  id: integer().primaryKey(),
  rank: queryExpression<number>(),
  get twice() {
    return queryExpression<number>(() => Ranked.c.id.mul(2));
  },
  get owner() {
    return manyToOne(User);
  },
}) {}

class Comment extends Base("comments", {
  id: integer().primaryKey(),
  get postId() {
    return integer().references(() => Post.c.id);
  },
  get post() {
    return manyToOne(Post, { backref: backref("comments", { cascade: "all", orderBy: () => Comment.c.id }) });
  },
}) {}

// ---------------------------------------------------------------- what sessions promise

declare const session: {
  scalars<Item, Paths>(statement: Select<Item, Paths>): Promise<LoadedOrPlain<Item, Paths>[]>;
  get<Class extends MappedClass>(entity: Class, key: unknown): Promise<InstanceOf<Class> | null>;
};
declare const sync: {
  scalars<Item, Paths>(statement: Select<Item, Paths>): Live<Item>[];
  get<Class extends MappedClass>(entity: Class, key: unknown): Live<InstanceOf<Class>> | null;
  add<Entity>(entity: Entity): Live<Entity>;
};

declare const feed: Feed;

// ---------------------------------------------------------------- objects

export function objects() {
  same<User["id"], number>();
  same<User["createdAt"], Date>();
  same<User["posts"], Collection<Post> | Pending<Post>>();
  same<User["profile"], Profile | null | PromiseLike<Profile | null>>();
  same<Post["author"], User | null | PromiseLike<User | null>>();
  same<Profile["bio"], string | null>();
  same<Profile["settings"], { theme: string }>();
  same<Trashcan["price"], string>();
  same<Business["raccoons"], Collection<Raccoon> | Pending<Raccoon>>();
  same<Business["prices"], Collection<string> | Pending<string>>();
  same<Trashcan["businessName"], string | null | PromiseLike<string | null>>();
  same<Awaited<TreeNode["children"]>, Set<TreeNode>>();
  same<Awaited<TreeNode["byName"]>, Map<unknown, TreeNode>>();
  same<Awaited<User["posts"]>, Collection<Post>>();

  const alice = new User({ name: "alice", email: "a@x", posts: [new Post({ title: "t" })], profile: null });
  alice.posts.push(new Post({ title: "x" }));
  alice.posts = [new Post()];
  const draft = new Post();
  draft.author = alice;
  draft.author = null;
  const label: string = alice.label;
  new Business({ name: "cafe", raccoons: [new Raccoon({ name: "Rocky" })], prices: ["9.99"] });
  new Trashcan({ businessName: "cafe" });
  new TreeNode({ children: new Set([new TreeNode()]) });

  // @ts-expect-error a wrong initial value
  new User({ name: 3 });
  // @ts-expect-error an unknown name
  new User({ nmae: "alice" });
  // @ts-expect-error an object of another class
  new User({ posts: [new Tag()] });
  // @ts-expect-error one object is no collection
  new User({ posts: new Post() });
  // @ts-expect-error undefined is no value
  new User({ name: undefined });
  // @ts-expect-error a class has no such attribute
  alice.nope;
  // @ts-expect-error null where NULL is not allowed
  alice.name = null;
  // @ts-expect-error another class's object
  draft.author = new Tag();
  // @ts-expect-error values of a proxy are what it shows
  new Business({ prices: [9.99] });
  return label;
}

export async function neverLoaded() {
  const feed = new Feed({ items: [new FeedItem({ title: "a" })] });
  feed.items.add(new FeedItem());
  const [item] = await session.scalars(feed.items.select().where(FeedItem.c.title.eq("a")));
  feed.items.insert({ title: "b" });
  feed.items.update().set({ title: "c" });
  const first: FeedItem | null = await feed.recent.filter(FeedItem.c.title.ne("")).first();
  const live = sync.add(feed).recent.all();
  same<typeof live, Live<FeedItem>[]>();
  for (const item of sync.add(feed).recent) item.title.trim();
  for await (const item of feed.recent) item.title.trim();
  // @ts-expect-error a query of this colour has to be awaited
  for (const item of feed.recent) item.title.trim();
  // @ts-expect-error it cannot be read
  feed.items.length;
  // @ts-expect-error nor can it be replaced
  feed.items = [];
  // @ts-expect-error an object of another class
  feed.items.add(new Tag());
  // @ts-expect-error no such column
  feed.items.insert({ nope: 1 });
  // @ts-expect-error no such column
  feed.items.update().set({ nope: 1 });
  return [item?.title, first];
}

type LoadedOf<Option> = Option extends { readonly paths: infer Paths } ? Paths : never;

function ofAlias() {
  const draft = aliased(Post, "draft");
  return joinedload(User.c.posts.of(draft)).selectinload(draft.c.tags);
}

// ---------------------------------------------------------------- class-level attributes

export function attributes() {
  const u = User.c;
  u.name.eq("alice");
  u.createdAt.gt(new Date());
  User.c.posts.any(and(Post.c.title.eq("x"), Post.c.isDraft.eq(false)));
  Post.c.author.has(User.c.name.eq("alice"));
  Post.c.author.eq(new User());
  Post.c.author.eq(null);
  User.c.posts.contains(new Post());
  same<(typeof User.c.posts)["key"], "posts">();
  const manager = aliased(TreeNode, "manager");
  select(TreeNode).join(TreeNode.c.parent.of(manager)).where(manager.c.name.eq("root"));
  same<InstanceOf<typeof manager>, TreeNode>();
  const draft = aliased(Post, "draft");
  User.c.posts.of(draft).any(draft.c.isDraft.eq(true));
  same<LoadedOf<ReturnType<typeof ofAlias>>, { posts: { tags: Record<never, never> } }>();
  containsEager(User.c.posts, { alias: draft }).selectinload(draft.c.tags);
  // @ts-expect-error an alias of another class
  User.c.posts.of(aliased(Tag));
  // @ts-expect-error an alias of another class
  containsEager(User.c.posts, { alias: aliased(Tag) });
  // @ts-expect-error a string is no alias
  User.c.posts.of("draft");
  select(User)
    .join(User.c.posts)
    .outerJoin(Post.c.tags.and(Tag.c.label.ne("x")));

  Business.c.raccoons.any(Raccoon.c.name.eq("Rocky"));
  Business.c.raccoons.contains(new Raccoon());
  Business.c.prices.contains("9.99");
  Trashcan.c.businessName.eq("cafe");

  // @ts-expect-error values of a proxy are what it shows
  Business.c.prices.contains(9.99);
  // @ts-expect-error an object of another class
  Business.c.raccoons.contains(new Tag());
  // @ts-expect-error a number is no name
  User.c.name.eq(3);
  // @ts-expect-error no such attribute
  User.c.nope;
  // @ts-expect-error undefined is no value
  User.c.name.eq(undefined);
  // @ts-expect-error an object of another class
  Post.c.author.eq(new Tag());
  // @ts-expect-error getters and methods of the class are no attributes
  User.c.label;
  // @ts-expect-error the key's type is checked against the column that it refers to
  string().references(User.c.id);
  // @ts-expect-error the other class has no such attribute
  oneToMany(Post, { backPopulates: "nope" });
  // @ts-expect-error a many-to-many needs a table in the middle
  manyToMany(Tag, { backPopulates: "posts" });
  // @ts-expect-error no such option
  oneToMany(Post, { cascades: "all" });
  // @ts-expect-error no such way to load
  oneToMany(Post, { lazy: "eager" });
  // @ts-expect-error a proxy shows an attribute of the class that it goes through
  associationProxy(Trashcan, "nope", { via: "trashcans" });
  // @ts-expect-error a class that is not mapped
  manyToOne(Date);
  // @ts-expect-error a Map is keyed by an attribute of its members
  oneToMany(Post, { collection: { keyedBy: "nope" } });
}

// ---------------------------------------------------------------- load state

export async function loadState() {
  const [loaded] = await session.scalars(
    select(User)
      .where(User.c.name.eq("alice"))
      .options(selectinload(User.c.posts).selectinload(Post.c.tags), joinedload(User.c.profile)),
  );
  const label: string = loaded!.posts[0]!.tags[0]!.label;
  const bio: string | null = loaded!.profile!.bio;
  const asUser: User = loaded!;
  loaded!.posts.remove?.(loaded!.posts[0]!);
  loaded!.posts = loaded!.posts.filter((post) => post.title !== "");
  // @ts-expect-error a tag is no post
  loaded!.posts.remove?.(new Tag());
  const own: string = loaded!.label;
  const spelled: Loaded<User, { posts: { tags: Record<never, never> } }> = loaded!;

  const portions = select(User).options(selectinload(User.c.posts)).yieldPer(500);
  const [portioned] = await session.scalars(portions);
  const postCount: number = portioned!.posts.length;
  // @ts-expect-error the profile of a portion is not loaded, as that of a whole result is not
  portioned!.profile!.bio;
  // @ts-expect-error a portion has a number of rows
  select(User).yieldPer("500");

  const [starred] = await session.scalars(select(User).options(selectinload("*")));
  same<typeof starred, User | undefined>();
  const behind = select(User).options(selectinload(User.c.posts).joinedload("*").joinedload(Post.c.tags));
  const [followed] = await session.scalars(behind);
  same<typeof followed, Loaded<User, { posts: Record<never, never> }> | undefined>();
  // @ts-expect-error only "*" stands for all
  selectinload("posts");

  const [cafe] = await session.scalars(
    select(Business).options(selectinload(Business.c.trashcans).joinedload(Trashcan.c.raccoon)),
  );
  const raccoons: string[] = cafe!.raccoons.map((each) => each.name);
  const prices: string[] = cafe!.prices.map((price) => price.trim());
  const [can] = await session.scalars(select(Trashcan).options(joinedload(Trashcan.c.business)));
  const business: string | null = can!.businessName;
  const asBusiness: Business = cafe!;
  const [halfway] = await session.scalars(select(Business).options(selectinload(Business.c.trashcans)));
  halfway!.prices.length;
  // @ts-expect-error the relationship that the proxy shows is not loaded
  halfway!.raccoons.length;
  // @ts-expect-error what is behind it was not loaded
  cafe!.raccoons[0]!.trashcans.length;

  const [plain] = await session.scalars(select(User));
  same<typeof plain, User | undefined>();
  const name: string = (await (await plain!.posts)[0]!.author)!.name;
  plain!.posts.remove?.(new Post());
  // @ts-expect-error posts is not loaded: its length cannot be read
  plain!.posts.length;
  // @ts-expect-error neither can a to-one be followed
  plain!.profile!.bio;
  // @ts-expect-error what is two steps away was not loaded
  loaded!.posts[0]!.author!.name;
  // @ts-expect-error a plain object is not a loaded one
  const wrong: Loaded<User, { posts: Record<never, never> }> = plain!;

  const live = sync.scalars(select(User))[0]!;
  const deep: string = live.posts[0]!.author!.posts[0]!.tags[0]!.label;
  const again: User = live;
  same<typeof live.posts, LiveMany<Post>>();
  const [member]: Live<Post>[] = live.posts;
  live.posts = member === undefined ? [] : [member];
  live.posts.push(new Post({ title: "new" }));
  live.posts.remove?.(live.posts[0]!);
  // @ts-expect-error a tag is no post
  live.posts.push(new Tag({ label: "new" }));
  const added = sync.add(new Business({ name: "cafe" }));
  const proxied: string = added.raccoons[0]!.trashcans[0]!.business!.name;
  const scalar: string | null = added.trashcans[0]!.businessName;
  const node = (await session.get(TreeNode, 1))!;
  const up: string = (await [...(await node.children)][0]!.parent)!.name;
  const raccoon: string = (await (await session.get(Business, 1))!.raccoons)[0]!.name;
  // @ts-expect-error an object without a class is not mapped
  await session.get({}, 1);
  return [
    label,
    bio,
    asUser,
    own,
    name,
    deep,
    again,
    up,
    raccoon,
    proxied,
    scalar,
    spelled,
    wrong,
    postCount,
    raccoons,
    prices,
    business,
    asBusiness,
  ];
}

export async function loadedBesides(async: Session, sync: SyncSession) {
  const user = await async.get(User, 1, { options: [selectinload(User.c.posts).selectinload(Post.c.tags)] });
  const one = await async.getOne(User, 1, { options: [joinedload(User.c.profile)] });
  const labels: (string | undefined)[] = [user!.posts[0]!.tags[0]!.label, one.profile!.bio ?? undefined];
  const plain = await async.getOne(User, 1);
  same<typeof plain, User>();
  // @ts-expect-error nothing loaded it
  plain.posts.length;
  // @ts-expect-error nor this
  one.posts.length;

  const statement = select(User, Post.c.title, Post)
    .join(User.c.posts)
    .options(selectinload(User.c.posts), selectinload(Post.c.tags));
  const [row] = await async.execute(statement).all();
  const [loaded, title, post] = row!;
  labels.push(loaded.posts[0]!.title, title, row!.title, post.tags[0]!.label);
  const [first] = await async.scalars(statement).all();
  labels.push(first!.posts[0]!.title);
  const queried = await async.query(User, Tag).options(selectinload(Tag.c.posts)).all();
  labels.push(queried[0]![1].posts[0]!.title);
  // @ts-expect-error the posts of a tag were loaded, not those of a user
  queried[0]![0].posts.length;
  // @ts-expect-error the options say nothing of this
  loaded.profile!.bio;
  // @ts-expect-error nor of this
  post.author!.name;

  const [live] = sync.execute(select(User, Post.c.title)).all();
  labels.push(live![0].posts[0]!.title, live![1], live!.title);
  labels.push(sync.execute(select(User.c.name)).one().name);
  return labels;
}

export async function filteringByNames(async: Session, sync: SyncSession) {
  await async.query(User).filterBy({ name: "a" }).join(User.c.posts).filterBy({ isDraft: true }).all();
  sync.query(User).outerJoin(User.c.profile).filterBy({ bio: null }).all();
  sync.query(User.c.name, Post).filterBy({ name: "a" }).all();
  feed.recent.filterBy({ title: "a" });
  let built = async.query(User);
  built = built.join(User.c.posts).filterBy({ isDraft: true });
  built = built.outerJoin(User.c.profile);
  let live = sync.query(User);
  live = live.join(User.c.posts);
  same<Awaited<ReturnType<typeof built.all>>, User[]>();
  const pairs = await async.query(User, Post).outerJoin(User.c.posts).all();
  pairs[0]?.[1]?.title;
  // @ts-expect-error a user without posts
  sync.query(User, Post.c.title).outerJoin(Post).one().title.trim();
  // @ts-expect-error no such column
  async.query(User).filterBy({ nope: 1 });
  // @ts-expect-error a wrong value
  async.query(User).options(selectinload(User.c.posts)).filterBy({ name: 1 });
  // @ts-expect-error a column of the class before the join
  sync.query(User).join(User.c.posts).filterBy({ name: "a" });
  // @ts-expect-error no such column
  feed.recent.filterBy({ nope: "a" });
}

export function optionsFollowTheirClasses(async: Session, sync: SyncSession) {
  const manager = aliased(TreeNode, "manager");
  const options: AnyLoadOption[] = [selectinload(User.c.posts), defer(Post.c.title)];
  select(User, Post).options(
    selectinload(User.c.posts),
    joinedload(Post.c.author),
    undefer("*"),
    raiseload("*"),
  );
  select(User).options(...options);
  select(manager).options(selectinload(manager.c.parent).joinedload(TreeNode.c.parent));
  select(func.count(), User).options(defaultload(User.c.posts).options(lazyload(Post.c.tags)));
  select(User).options(
    selectinload(User.c.posts).selectinload(Post.c.tags).joinedload(Tag.c.posts).defer(Post.c.title),
  );
  select(User).options(selectinload(User.c.posts.and(Post.c.isDraft)).raiseload("*"));
  sync.query(User).options(joinedload(User.c.posts));
  // @ts-expect-error posts lead to a Post, and profile is of User
  selectinload(User.c.posts).selectinload(User.c.profile);
  // @ts-expect-error so do lazy ones
  lazyload(User.c.posts).joinedload(Tag.c.posts);
  // @ts-expect-error the same for what several options say
  selectinload(User.c.posts).options(joinedload(Post.c.author), selectinload(Tag.c.posts));
  // @ts-expect-error the statement selects no Post
  select(User).options(selectinload(Post.c.author));
  // @ts-expect-error nor does this one
  select(User, Post.c.title).options(selectinload(Post.c.author));
  // @ts-expect-error nor do these
  async.query(User).options(selectinload(Post.c.author));
  // @ts-expect-error nor do these
  sync.query(User).options(selectinload(Post.c.author));
  // @ts-expect-error nor does get
  async.get(User, 1, { options: [selectinload(Post.c.author)] });
  // @ts-expect-error in either colour
  sync.get(User, 1, { options: [selectinload(Post.c.author)] });
  // @ts-expect-error a column
  selectinload(User.c.name);
  // @ts-expect-error an association proxy
  selectinload(Business.c.raccoons);
}

// ---------------------------------------------------------------- criteria on classes

export async function criteria() {
  const visible = withLoaderCriteria(Post, Post.c.isDraft.eq(false));
  const statement = select(User).options(
    selectinload(User.c.posts),
    visible,
    withLoaderCriteria(User, (user) => user.c.name.ne(""), {
      includeAliases: true,
      propagateToLoaders: false,
    }),
    withLoaderCriteria(aliased(User), (user) => user.c.name.ne("")),
  );
  const [loaded] = await session.scalars(statement);
  same<typeof loaded, Loaded<User, { posts: Record<never, never> }> | undefined>();
  const options: SessionOptions = {
    loaderCriteria: [Raccoon, Business].map((named) =>
      withLoaderCriteria(named, (each) => each.c.name.ne("")),
    ),
  };
  // @ts-expect-error not a mapped class
  withLoaderCriteria(Date, Post.c.isDraft.eq(false));
  // @ts-expect-error the class has no such attribute
  withLoaderCriteria(Post, (post) => post.c.nope.isNull());
  // @ts-expect-error a string is no condition
  withLoaderCriteria(Post, (post) => post.c.title);
  // @ts-expect-error no such option
  withLoaderCriteria(Post, Post.c.isDraft.eq(false), { includeAlias: true });
  // @ts-expect-error a session takes criteria, no options about paths
  const wrong: SessionOptions = { loaderCriteria: [selectinload(User.c.posts)] };
  return [options, wrong];
}

// ---------------------------------------------------------------- columns, levels, chunks

export function columnOptions() {
  select(User).options(
    defer(User.c.name, User.c.email, { raiseload: true }),
    defer("*"),
    undefer("*"),
    undeferGroup("texts"),
    loadOnly(User.c.name, { raiseload: true }),
    selectinload(User.c.posts, { chunkSize: 100 }).defer("*", { raiseload: true }).undefer(Post.c.title),
    immediateload(User.c.posts).loadOnly(Post.c.title),
  );
  selectinload(TreeNode.c.children, { recursionDepth: -1, chunkSize: 10 });
  // @ts-expect-error no such option
  defer(User.c.name, { raiseLoad: true });
  // @ts-expect-error options stand behind the columns
  defer({ raiseload: true }, User.c.name);
  // @ts-expect-error a relationship is no column
  defer(User.c.posts);
  // @ts-expect-error columns are named by attributes
  loadOnly("name");
  // @ts-expect-error all columns are loaded without it
  loadOnly("*");
  // @ts-expect-error a number of keys
  selectinload(User.c.posts, { chunkSize: "many" });
  // @ts-expect-error a joined load has no keys
  joinedload(User.c.posts, { chunkSize: 100 });
  // @ts-expect-error nor does one object's
  immediateload(TreeNode.c.children, { chunkSize: 100 });
}

// ---------------------------------------------------------------- attributes that queries compute

export async function queryExpressions() {
  const counted = select(func.count(Post.c.id)).asScalar();
  const statement = select(Ranked).options(
    withExpression(Ranked.c.rank, counted),
    withExpression(Ranked.c.twice, Ranked.c.id),
    joinedload(Ranked.c.owner),
  );
  const [loaded] = await session.scalars(statement);
  const rank: number | null = loaded!.rank;
  const owner: string | undefined = loaded!.owner?.name;
  same<Ranked["rank"], number | null>();
  same<Ranked["twice"], number>();
  same<(typeof live)["rank"], number | null>();
  const live = sync.get(Ranked, 1)!;
  withExpression(aliased(Ranked).c.rank, Ranked.c.id);
  // @ts-expect-error a string is no number
  withExpression(Ranked.c.rank, User.c.name);
  // @ts-expect-error NULL where there is a default
  withExpression(Ranked.c.twice, TreeNode.c.parentId);
  // @ts-expect-error a column is no such attribute
  withExpression(Ranked.c.id, Ranked.c.id);
  // @ts-expect-error a value has to be made an expression
  withExpression(Ranked.c.rank, 3);
  // @ts-expect-error it is no expression by itself
  select(Ranked).where(Ranked.c.rank.eq(3));
  live.owner = null;
  select(Ranked).options(withExpression(Ranked.c.rank, counted).undefer(Ranked.c.id));
  // @ts-expect-error it is never set
  new Ranked({ rank: 3 });
  // @ts-expect-error nor later
  new Ranked().rank = 3;
  // @ts-expect-error nor where it is loaded
  loaded!.rank = 3;
  // @ts-expect-error nor in the other colour
  live.rank = null;
  // @ts-expect-error the statement selects no such class
  select(User).options(withExpression(Ranked.c.rank, counted));
  // @ts-expect-error nor does the relationship lead to it
  joinedload(Ranked.c.owner).withExpression(Ranked.c.rank, counted);
  // @ts-expect-error the default is of the attribute's type
  queryExpression<number>(() => User.c.name);
  return [rank, owner, live];
}

// ---------------------------------------------------------------- results

export function results() {
  const statement = select(User.c.name, func.count(Post.c.id).label("n"));
  type Row = typeof statement extends Select<infer Item, infer _Paths> ? Item : never;
  const row = null as unknown as Row;
  const [first, second] = row;
  same<typeof first, string>();
  same<typeof second, number>();
  same<typeof row.name, string>();
  same<typeof row.n, number>();
  // @ts-expect-error no such column
  row.nope;
  const both = select(User, Post);
  type Both = typeof both extends Select<infer Item, infer _Paths> ? Item : never;
  const [user, post] = null as unknown as Both;
  same<typeof user, User>();
  same<typeof post, Post>();
}

export async function mappings(async: Session, sync: SyncSession) {
  const users = select(User).options(selectinload(User.c.posts));
  const [user] = await async.execute(users).mappings().all();
  const texts: (string | undefined)[] = [user!["User"]!.posts[0]?.title, user!["User"]!.name];
  const counted = select(User, func.count(Post.c.id).label("n")).options(selectinload(User.c.posts));
  const row = await async.execute(counted).mappings().one();
  const count: number = row.n + row["User"]!.posts.length;
  const live = sync.execute(select(User, User.c.name)).mappings().one();
  texts.push(live.name, live["User"]!.posts[0]!.author!.name);
  const outer = await async.execute(select(Post).outerJoin(Post.c.author).addColumns(User)).mappings().one();
  const named = await async.execute(select(User.c.name)).mappings().one();
  same<typeof named.name, string>();
  // @ts-expect-error the options say nothing of this
  row["User"]!.profile!.bio;
  // @ts-expect-error a class that the row has not
  row["User"]!.label2;
  // @ts-expect-error there is no object in this row
  named.User;
  // @ts-expect-error an object that may be missing
  outer["User"].id;
  return [texts, count];
}
