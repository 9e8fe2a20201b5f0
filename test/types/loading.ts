// What each loader option promises in the asynchronous colour: what it loads is read without waiting, what it does not
// load is not, and an attribute that it cannot be about is refused. Nothing here runs: `tsc` is the test.

import {
  containsEager,
  defaultload,
  defer,
  immediateload,
  joinedload,
  lazyload,
  loadOnly,
  noload,
  raiseload,
  selectinload,
  subqueryload,
  undefer,
  undeferGroup,
} from "../../src/orm/load/options.ts";
import { aliased } from "../../src/orm/mapping/aliased.ts";
import { manyToMany, manyToOne, oneToMany, oneToOne } from "../../src/orm/mapping/relationship.ts";
import type { Session } from "../../src/orm/session/session.ts";
import type { SyncSession } from "../../src/orm/session/sync-session.ts";
import { declarativeBase } from "../../src/orm/state/instrument.ts";
import { integer, string, text } from "../../src/schema/column.ts";
import { table } from "../../src/schema/table.ts";
import type { ColumnExpression } from "../../src/sql/expression.ts";
import type { AnyLoadOption } from "../../src/sql/row.ts";
import { select } from "../../src/sql/select.ts";
import type { Same } from "../support/type-level.ts";

function same<Left, Right>(..._proof: Same<Left, Right> extends true ? [] : ["these types differ"]): void {}

const Base = declarativeBase();

class User extends Base("users", {
  id: integer().primaryKey(),
  name: string(50),
  bio: text().nullable().deferred({ group: "texts" }),
  get posts() {
    return oneToMany(Post, { backPopulates: "author" });
  },
  get profile() {
    return oneToOne(Profile, { backPopulates: "user" });
  },
}) {}

class Profile extends Base("profiles", {
  id: integer().primaryKey(),
  get userId() {
    return integer().references(User.c.id);
  },
  get user() {
    return oneToOne(User, { backPopulates: "profile" });
  },
}) {}

class Post extends Base("posts", {
  id: integer().primaryKey(),
  title: string(50),
  get authorId() {
    return integer().references(User.c.id);
  },
  get author() {
    return manyToOne(User, { backPopulates: "posts" });
  },
  get tags() {
    return manyToMany(Tag, { secondary: postTags, collection: "set" });
  },
  get keyed() {
    return manyToMany(Tag, { secondary: postTags, viewonly: true, collection: { keyedBy: "label" } });
  },
}) {}

class Tag extends Base("tags", {
  id: integer().primaryKey(),
  label: string(20),
  get posts() {
    return manyToMany(Post, { secondary: postTags, viewonly: true });
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

declare const session: Session;
const users = select(User);

// ---------------------------------------------------------------- options that load

export async function withSelectinload() {
  const user = await session
    .scalars(users.options(selectinload(User.c.posts).selectinload(Post.c.tags, { recursionDepth: 1 })))
    .one();
  const label: string | undefined = [...user.posts[0]!.tags][0]?.label;
  // @ts-expect-error not loaded
  user.profile!.id;
  // @ts-expect-error not loaded behind what is
  user.posts[0]!.author!.name;
  // @ts-expect-error a column is no relationship
  selectinload(User.c.name);
  // @ts-expect-error no such attribute
  selectinload(User.c.nope);
  // @ts-expect-error a column is no relationship
  selectinload(User.c.posts).selectinload(Post.c.title);
  // @ts-expect-error no such setting
  selectinload(User.c.posts, { innerJoin: true });
  return label;
}

export async function withUnion() {
  const user = await session.scalars(users.union(users).options(selectinload(User.c.posts)).limit(1)).one();
  const title: string | undefined = user.posts[0]?.title;
  const plain = await session.scalars(users.union(users)).one();
  // @ts-expect-error not loaded
  plain.posts.length;
  // @ts-expect-error not a class of the statement
  users.union(users).options(selectinload(Post.c.tags));
  return title;
}

export async function withJoinedload() {
  const user = await session
    .scalars(users.options(joinedload(User.c.posts).joinedload(Post.c.keyed), joinedload(User.c.profile)))
    .one();
  const size: number = user.posts[0]!.keyed.size;
  same<typeof user.profile, Profile | null>();
  // @ts-expect-error not loaded behind what is
  user.profile!.user!.name;
  // @ts-expect-error not loaded behind what is
  user.posts[0]!.tags.size;
  // @ts-expect-error a column is no relationship
  joinedload(User.c.name);
  // @ts-expect-error no such attribute
  joinedload(User.c.nope);
  // @ts-expect-error a column is no relationship
  joinedload(User.c.posts, { innerJoin: true }).joinedload(Post.c.title);
  // @ts-expect-error no such setting
  joinedload(User.c.posts, { recursionDepth: 1 });
  return size;
}

export async function withSubqueryload() {
  const user = await session
    .scalars(users.options(subqueryload(User.c.posts).subqueryload(Post.c.author)))
    .one();
  const name: string | undefined = user.posts[0]!.author?.name;
  // @ts-expect-error not loaded
  user.profile!.id;
  // @ts-expect-error not loaded behind what is
  user.posts[0]!.author!.posts.length;
  // @ts-expect-error a column is no relationship
  subqueryload(User.c.name);
  // @ts-expect-error no such attribute
  subqueryload(User.c.nope);
  // @ts-expect-error a column is no relationship
  subqueryload(User.c.posts).subqueryload(Post.c.title);
  return name;
}

export async function withImmediateload() {
  const post = await session
    .scalars(select(Post).options(immediateload(Post.c.author).immediateload(User.c.profile)))
    .one();
  const id: number | undefined = post.author!.profile?.id;
  // @ts-expect-error not loaded
  post.tags.size;
  // @ts-expect-error not loaded behind what is
  post.author!.posts.length;
  // @ts-expect-error a column is no relationship
  immediateload(Post.c.title);
  // @ts-expect-error no such attribute
  immediateload(Post.c.nope);
  // @ts-expect-error a column is no relationship
  immediateload(Post.c.author, { recursionDepth: 1 }).immediateload(User.c.name);
  return id;
}

export async function withContainsEager() {
  const author = aliased(User);
  const post = await session
    .scalars(
      select(Post)
        .join(Post.c.author.of(author))
        .join(author.c.posts)
        .options(containsEager(Post.c.author, { alias: author }).containsEager(User.c.posts)),
    )
    .one();
  const title: string | undefined = post.author!.posts[0]?.title;
  // @ts-expect-error not loaded
  post.tags.size;
  // @ts-expect-error not loaded behind what is
  post.author!.profile!.id;
  // @ts-expect-error a column is no relationship
  containsEager(Post.c.title);
  // @ts-expect-error no such attribute
  containsEager(Post.c.nope);
  // @ts-expect-error a column is no relationship
  containsEager(Post.c.author).containsEager(User.c.name);
  // @ts-expect-error an alias has no such attribute
  containsEager(author.c.nope);
  return title;
}

export async function withNoload() {
  const user = await session.scalars(users.options(noload(User.c.posts), noload(User.c.profile))).one();
  const count: number = user.posts.length;
  same<typeof user.profile, Profile | null>();
  const deep = await session.scalars(users.options(selectinload(User.c.posts).noload(Post.c.tags))).one();
  const size: number = deep.posts[0]!.tags.size;
  // @ts-expect-error not said to look empty
  deep.profile!.id;
  // @ts-expect-error a column is no relationship
  noload(User.c.name);
  // @ts-expect-error no such attribute
  noload(User.c.nope);
  // @ts-expect-error a column is no relationship
  selectinload(User.c.posts).noload(Post.c.title);
  return [count, size];
}

// ---------------------------------------------------------------- options that do not

export async function withLazyload() {
  const user = await session.scalars(users.options(lazyload(User.c.posts), lazyload("*"))).one();
  const count: number = (await user.posts).length;
  // @ts-expect-error it is loaded when it is awaited
  user.posts.length;
  const deep = await session
    .scalars(users.options(selectinload(User.c.posts).lazyload(Post.c.author).selectinload(User.c.profile)))
    .one();
  const title: string | undefined = deep.posts[0]?.title;
  const profile: Profile | null = await (await deep.posts[0]!.author)!.profile;
  // @ts-expect-error it is loaded when it is awaited
  deep.posts[0]!.author!.name;
  // @ts-expect-error a column is no relationship
  lazyload(User.c.name);
  // @ts-expect-error no such attribute
  lazyload(User.c.nope);
  // @ts-expect-error only "*" stands for all
  lazyload("posts");
  return [count, title, profile];
}

export async function withRaiseload() {
  const user = await session
    .scalars(
      users.options(selectinload(User.c.posts).raiseload("*"), raiseload(User.c.profile), raiseload("*")),
    )
    .one();
  const count: number = user.posts.length;
  // @ts-expect-error reading it raises
  user.profile!.id;
  // @ts-expect-error reading it raises
  user.posts[0]!.author!.name;
  // @ts-expect-error a column is no relationship
  raiseload(User.c.name, { sqlOnly: true });
  // @ts-expect-error no such attribute
  raiseload(User.c.nope);
  // @ts-expect-error only "*" stands for all
  selectinload(User.c.posts).raiseload("tags");
  // @ts-expect-error no such setting
  raiseload(User.c.posts, { sql: true });
  return count;
}

export async function withDefaultload() {
  const user = await session
    .scalars(users.options(selectinload(User.c.profile), defaultload(User.c.posts).selectinload(Post.c.tags)))
    .one();
  const id: number | undefined = user.profile?.id;
  const size: number = (await (await user.posts)[0]!.tags).size;
  // @ts-expect-error the mapping says when it is loaded
  user.posts.length;
  // @ts-expect-error a column is no relationship
  defaultload(User.c.name);
  // @ts-expect-error no such attribute
  defaultload(User.c.nope);
  // @ts-expect-error a column is no relationship
  selectinload(User.c.posts).defaultload(Post.c.title);
  return [id, size];
}

// ---------------------------------------------------------------- several options for one relationship

const loading = users.options(
  selectinload(User.c.posts).options(selectinload(Post.c.tags), joinedload(Post.c.keyed)),
);

export async function theLastOptionDecides(session: Session, others: AnyLoadOption[]) {
  const raising = await session
    .scalars(users.options(selectinload(User.c.posts), joinedload(User.c.profile), raiseload(User.c.posts)))
    .one();
  same<typeof raising.profile, Profile | null>();
  // @ts-expect-error the second option for it raises
  raising.posts.length;
  const lazy = await session.scalars(loading.options(lazyload(User.c.posts))).one();
  same<typeof lazy, User>();
  // @ts-expect-error it is loaded when it is awaited
  lazy.posts.length;
  const again = await session
    .scalars(users.options(lazyload(User.c.posts), selectinload(User.c.posts)))
    .one();
  const counts = [again.posts.length];
  const wild = await session.scalars(loading.options(lazyload("*"), defaultload(User.c.posts))).one();
  counts.push(wild.posts[0]!.tags.size);

  const behind = await session
    .scalars(loading.options(selectinload(User.c.posts).lazyload(Post.c.tags)))
    .one();
  counts.push(behind.posts[0]!.keyed.size);
  // @ts-expect-error the last option for what lies behind
  behind.posts[0]!.tags.size;
  const passed = await session
    .scalars(
      loading.options(defaultload(User.c.posts).options(joinedload(Post.c.author), raiseload(Post.c.tags))),
    )
    .one();
  counts.push(passed.posts[0]!.keyed.size);
  // @ts-expect-error although the path to it is as it was
  passed.posts[0]!.tags.size;
  const after = await session
    .scalars(
      loading.options(selectinload(User.c.posts).options(joinedload(Post.c.author)).lazyload(Post.c.tags)),
    )
    .one();
  counts.push(after.posts[0]!.author!.id);
  // @ts-expect-error behind options of the same path
  after.posts[0]!.tags.size;
  const within = await session
    .scalars(
      users.options(selectinload(User.c.posts).options(joinedload(Post.c.tags), lazyload(Post.c.tags))),
    )
    .one();
  // @ts-expect-error among options of one path
  within.posts[0]!.tags.size;

  const chosen = counts.length > 1 ? [selectinload(User.c.posts)] : [];
  const maybe = await session.scalars(users.options(...chosen)).one();
  // @ts-expect-error nobody knows how many options there are
  maybe.posts.length;
  const chosenGot = await session.getOne(User, 1, {
    options: counts.length > 1 ? [selectinload(User.c.posts)] : [],
  });
  // @ts-expect-error of two lists, one loads nothing
  chosenGot.posts.length;
  const listed = await session.getOne(User, 1, { options: [selectinload(User.c.posts)] });
  counts.push(listed.posts.length);

  const [user, post] = await session
    .execute(select(User, Post).options(selectinload(User.c.posts), joinedload(Post.c.tags)))
    .one();
  counts.push(user.posts.length, post.tags.size);
  const rows = select(User, Post).options(
    selectinload(User.c.posts).joinedload(Post.c.tags),
    joinedload(Post.c.tags),
  );
  const [other, tagged] = await session
    .execute(rows.options(defaultload(User.c.posts).lazyload(Post.c.tags)))
    .one();
  counts.push(other.posts.length, tagged.tags.size);
  // @ts-expect-error those of the user's posts
  other.posts[0]!.tags.size;
  const got = await session.getOne(User, 1, {
    options: [selectinload(User.c.posts), lazyload(User.c.posts)],
  });
  // @ts-expect-error of get, too
  got.posts.length;
  const queried = await session
    .query(User)
    .options(joinedload(User.c.posts))
    .options(raiseload(User.c.posts))
    .one();
  // @ts-expect-error and of a query
  queried.posts.length;
  const unknown = await session.scalars(loading.options(...others)).one();
  // @ts-expect-error nobody knows what these say
  unknown.posts.length;
  return counts;
}

// ---------------------------------------------------------------- what a loaded collection takes

export async function changingWhatIsLoaded(session: Session, local: SyncSession) {
  const paths = [selectinload(Post.c.tags).selectinload(Tag.c.posts), joinedload(Post.c.keyed)] as const;
  const user = await session.scalars(users.options(selectinload(User.c.posts).options(...paths))).one();
  const draft = new Post({ title: "draft" });
  user.posts.push(draft);
  user.posts.unshift(draft);
  user.posts.splice(0, 1, draft);
  user.posts.remove?.(draft);
  const found: [boolean, number] = [user.posts.includes(draft), user.posts.indexOf(draft)];
  const post = user.posts[0]!;
  const red = new Tag({ label: "red" });
  post.tags.add(red).add(red);
  post.tags.delete(red);
  found[0] &&= post.tags.has(red);
  post.keyed.set("red", red);
  const posts: Post[] = user.posts;
  for (const tag of post.tags) tag.posts.push(draft);
  user.posts = user.posts.filter((each) => each.tags.size > 0);
  // @ts-expect-error a tag is no post
  user.posts.push(red);
  // @ts-expect-error what is loaded of it is more than a new object is known to have
  user.posts = [draft];
  // @ts-expect-error nor has a member more than what was loaded of it
  user.posts[0]!.author!.name;
  // @ts-expect-error a post is no tag
  post.tags.add(draft);
  // @ts-expect-error a post is no tag
  post.keyed.set("red", draft);

  const live = local.scalars(select(Post)).one();
  live.tags.add(red);
  live.keyed.set("red", red);
  live.author!.posts.splice(0, 1, draft);
  // @ts-expect-error a post is no tag
  live.tags.add(draft);
  return [found, posts];
}

// ---------------------------------------------------------------- options about columns

export async function withColumns() {
  const user = await session
    .scalars(
      users.options(
        loadOnly(User.c.name),
        defer(User.c.name),
        undefer(User.c.bio, "*"),
        undeferGroup("texts"),
        selectinload(User.c.posts).loadOnly(Post.c.title).defer("*").undefer("*").undeferGroup("texts"),
      ),
    )
    .one();
  const bio: string | null = user.bio;
  const title: string | undefined = user.posts[0]?.title;
  // @ts-expect-error columns load no relationship
  user.profile!.id;
  // @ts-expect-error nor one behind them
  user.posts[0]!.author!.name;
  // @ts-expect-error a relationship is no column
  loadOnly(User.c.posts);
  // @ts-expect-error no such attribute
  loadOnly(User.c.nope);
  // @ts-expect-error a relationship is no column
  defer(User.c.posts);
  // @ts-expect-error no such attribute
  defer(User.c.nope);
  // @ts-expect-error a relationship is no column
  undefer(User.c.posts);
  // @ts-expect-error no such attribute
  undefer(User.c.nope);
  // @ts-expect-error a group is a name
  undeferGroup(User.c.bio);
  // @ts-expect-error all columns are no choice of columns
  loadOnly("*");
  const posts = selectinload(User.c.posts);
  // @ts-expect-error a relationship is no column
  posts.loadOnly(Post.c.tags);
  // @ts-expect-error a relationship is no column
  posts.defer(Post.c.tags);
  // @ts-expect-error a relationship is no column
  posts.undefer(Post.c.tags);
  // @ts-expect-error a group is a name
  posts.undeferGroup(Post.c.title);
  return [bio, title];
}

export function columnsFollowTheirClasses(session: Session, named: ColumnExpression<string, unknown>) {
  const other = aliased(User, "other");
  const posts = selectinload(User.c.posts);
  users.options(
    loadOnly(User.c.id).undefer(User.c.bio),
    posts.loadOnly(Post.c.id).defer(Post.c.title),
    defer("*"),
  );
  users.options(
    posts.options(defer(Post.c.title)).undefer("*"),
    defer("*").undefer(User.c.name),
    undefer(named),
  );
  select(other).options(loadOnly(other.c.name), undefer(other.c.bio));
  users.options(joinedload(User.c.posts.of(aliased(Post))).loadOnly(aliased(Post).c.title, Post.c.id));
  select(User, Post).options(loadOnly(User.c.name), defer(Post.c.title, { raiseload: true }));
  session.get(User, 1, { options: [loadOnly(User.c.name)] });
  // @ts-expect-error the statement selects no Post
  users.options(loadOnly(Post.c.title));
  // @ts-expect-error nor does it defer any of it
  users.options(defer(Post.c.title, { raiseload: true }));
  // @ts-expect-error nor does it undefer any
  users.options(undefer(Post.c.title));
  // @ts-expect-error nor does get
  session.get(User, 1, { options: [loadOnly(Post.c.title)] });
  // @ts-expect-error nor does a query
  session.query(User).options(loadOnly(Post.c.title));
  // @ts-expect-error columns of one class
  select(User, Post).options(undefer(User.c.bio, Post.c.title));
  // @ts-expect-error posts lead to a Post
  posts.loadOnly(User.c.name);
  // @ts-expect-error for defer, too
  posts.defer(User.c.name);
  // @ts-expect-error and for undefer
  posts.undefer(User.c.bio);
  // @ts-expect-error and for what several options say
  posts.options(defer(User.c.name));
  // @ts-expect-error an option about columns goes on with those of its class
  loadOnly(User.c.name).defer(Post.c.title);
}

// ---------------------------------------------------------------- what an option can be told

export async function withCriteria() {
  const user = await session
    .scalars(
      users.options(
        selectinload(User.c.posts.and(Post.c.title.ne("")))
          .and(Post.c.id.gt(1))
          .joinedload(Post.c.tags),
      ),
    )
    .one();
  const size: number = user.posts[0]!.tags.size;
  // @ts-expect-error not loaded behind what is
  user.posts[0]!.author!.name;
  // @ts-expect-error a number is no title
  selectinload(User.c.posts).and(Post.c.title.ne(1));
  // @ts-expect-error a title is no condition
  selectinload(User.c.posts).and(Post.c.title);
  return size;
}

export async function withAlias() {
  const other = aliased(Post);
  const user = await session
    .scalars(users.options(joinedload(User.c.posts).of(other), joinedload(User.c.profile)))
    .one();
  const title: string | undefined = user.posts[0]?.title;
  const aliasedToo = await session.scalars(users.options(selectinload(User.c.posts.of(other)))).one();
  const id: number | undefined = aliasedToo.posts[0]?.id;
  // @ts-expect-error not loaded behind what is
  user.posts[0]!.tags.size;
  // @ts-expect-error not loaded
  aliasedToo.profile!.id;
  // @ts-expect-error a name is no alias
  joinedload(User.c.posts).of("posts");
  return [title, id];
}

export async function withOptions() {
  const user = await session
    .scalars(
      users.options(
        selectinload(User.c.posts).options(
          joinedload(Post.c.tags),
          subqueryload(Post.c.author).joinedload(User.c.profile),
          lazyload(Post.c.keyed),
          defer(Post.c.title),
        ),
      ),
    )
    .one();
  const size: number = user.posts[0]!.tags.size;
  const id: number | undefined = user.posts[0]!.author!.profile?.id;
  // @ts-expect-error it is loaded when it is awaited
  user.posts[0]!.keyed.size;
  // @ts-expect-error not loaded behind what is
  user.posts[0]!.author!.posts.length;
  const behind = await session
    .scalars(users.options(lazyload(User.c.posts).options(selectinload(Post.c.tags))))
    .one();
  // @ts-expect-error what comes before is loaded when it is awaited
  behind.posts[0]!.tags.size;
  // @ts-expect-error an attribute is no option
  selectinload(User.c.posts).options(Post.c.tags);
  // @ts-expect-error nor of a statement
  users.options(User.c.posts);
  return [size, id];
}
