import { describe, expect, test } from "vitest";
import { associationProxy } from "../../../src/orm/mapping/association-proxy.ts";
import { parseCascade } from "../../../src/orm/mapping/cascade.ts";
import {
  backref,
  manyToMany,
  manyToOne,
  oneToMany,
  oneToOne,
  type Relationship,
} from "../../../src/orm/mapping/relationship.ts";
import { mapperOf } from "../../../src/orm/mapping/resolve.ts";
import { declarativeBase } from "../../../src/orm/state/instrument.ts";
import { integer, string } from "../../../src/schema/column.ts";
import { table } from "../../../src/schema/table.ts";
import { pairs, problemOf, relationship } from "./support.ts";

class Tag extends declarativeBase()("tags", { id: integer().primaryKey() }) {}

/** A user with posts, whose two relationships get the given options; the compiler is not asked about them. */
function blog(postsOptions: object = {}, authorOptions: object = {}) {
  const Base = declarativeBase();
  class User extends Base("users", {
    id: integer().primaryKey(),
    name: string(),
    get posts() {
      return oneToMany(Post, postsOptions);
    },
  }) {}
  class Post extends Base("posts", {
    id: integer().primaryKey(),
    title: string(),
    get authorId() {
      return integer().references(User.c.id);
    },
    get author() {
      return manyToOne(User, authorOptions);
    },
  }) {}
  return { User, Post };
}

function problem(postsOptions: object = {}, authorOptions: object = {}) {
  return problemOf(() => mapperOf(blog(postsOptions, authorOptions).User));
}

describe("cascades", () => {
  const place = { entity: "User", relationship: "posts", viewonly: false };

  test("all is every one but delete-orphan; nothing is none; absent is the default", () => {
    expect([...parseCascade("all, delete-orphan", place)]).toEqual([
      "save-update",
      "merge",
      "delete",
      "refresh-expire",
      "expunge",
      "delete-orphan",
    ]);
    expect([...parseCascade("", place)]).toEqual([]);
    expect([...parseCascade("all, none", place)]).toEqual([]);
    expect([...parseCascade(undefined, place)]).toEqual(["save-update", "merge"]);
  });

  test("what only reads cascades nothing that writes", () => {
    expect([...parseCascade(undefined, { ...place, viewonly: true })]).toEqual(["merge"]);
    expect([...parseCascade("merge, expunge", { ...place, viewonly: true })]).toEqual(["merge", "expunge"]);
    expect(() => parseCascade("all", { ...place, viewonly: true })).toThrow("with viewonly");
  });

  test("an unknown word is refused with the nearest", () => {
    const { code, hint } = problem({ cascade: "all, delete-orphans" });
    expect(code).toBe("mapping/unknown-cascade");
    expect(hint).toContain("did you mean delete-orphan?");
  });

  test("delete-orphan on the many side needs singleParent", () => {
    const { code, message } = problem({}, { cascade: "all, delete-orphan" });
    expect(code).toBe("mapping/cascade-orphan");
    expect(message).toContain("Post.author is many-to-one");
    expect(
      relationship(blog({}, { cascade: "all, delete-orphan", singleParent: true }).Post, "author")
        .singleParent,
    ).toBe(true);
  });

  test("who deletes orphans is known to the class that they are of", () => {
    const { User, Post } = blog({ cascade: "all, delete-orphan" });
    expect(mapperOf(Post).orphanWatchers).toEqual([relationship(User, "posts")]);
    expect(mapperOf(User).orphanWatchers).toEqual([]);
  });

  test("passiveDeletes all excludes deleting", () => {
    expect(problem({ cascade: "all", passiveDeletes: "all" }).message).toContain("passiveDeletes expects");
  });
});

describe("names and values of options", () => {
  test("an unknown option is refused with the nearest", () => {
    const { code, hint } = problem({ backPopulate: "author" });
    expect(code).toBe("mapping/unknown-option");
    expect(hint).toContain("did you mean backPopulates?");
  });

  test("a wrong value is refused", () => {
    expect(problem({ lazy: "eager" }).message).toContain("User.posts: the option lazy expects");
    expect(problem({ viewonly: "yes" }).message).toContain('expects true or false, got: "yes"');
    expect(problem({ collection: "list" }).code).toBe("mapping/option");
    expect(problem({ collection: { keyedBy: "nope" } }).message).toContain(
      "keyedBy to name a column of Post",
    );
    expect(problem({ foreignKeys: ["author_id"] }).message).toContain("foreignKeys expects columns");
    expect(problem({}, { collection: "set" }).message).toContain("a relationship that holds several objects");
  });

  test("all options arrive", () => {
    const validate = (value: object) => value;
    const { User, Post } = blog(
      {
        orderBy: () => [Post.c.title.desc(), Post.c.id],
        lazy: "selectin",
        passiveDeletes: true,
        passiveUpdates: false,
        postUpdate: true,
        innerJoin: true,
        activeHistory: true,
        joinDepth: 3,
        collection: { keyedBy: "title" },
        overlaps: "author",
        validate,
      },
      { viewonly: true },
    );
    expect(relationship(User, "posts")).toMatchObject({
      lazy: "selectin",
      passiveDeletes: true,
      passiveUpdates: false,
      postUpdate: true,
      innerJoin: true,
      activeHistory: true,
      joinDepth: 3,
      collection: { keyedBy: "title" },
      validate,
    });
    expect(relationship(User, "posts").orderBy.map((node) => node.kind)).toEqual(["order", "column"]);
    expect(relationship(Post, "author").viewonly).toBe(true);
  });

  test("an order by somebody else's column is refused", () => {
    const { User, Post } = blog({ orderBy: () => User.c.name });
    expect(problemOf(() => mapperOf(Post)).code).toBe("mapping/wrong-order-by");
  });
});

describe("both directions", () => {
  test("backPopulates must name a relationship", () => {
    const { code, hint } = problem({ backPopulates: "auhtor" });
    expect(code).toBe("mapping/unknown-back-populates");
    expect(hint).toContain("author");
  });

  test("backPopulates must be mutual", () => {
    const { code, message } = problem({ backPopulates: "author" });
    expect(code).toBe("mapping/back-populates-mismatch");
    expect(message).toContain('must say backPopulates: "posts" to User, got: no backPopulates');
  });

  test("both ends of a self-referring one-to-one cannot hold the key", () => {
    const Base = declarativeBase();
    class Link extends Base("links", {
      id: integer().primaryKey(),
      get nextId() {
        return integer().references(Link.c.id).nullable();
      },
      get next() {
        return oneToOne(Link, { backPopulates: "previous" });
      },
      get previous() {
        return oneToOne(Link, { backPopulates: "next" });
      },
    }) {}
    expect(problemOf(() => mapperOf(Link)).message).toContain("remoteSide");
  });

  test("what only reads keeps no other side in step", () => {
    const { User, Post } = blog({ backPopulates: "author", viewonly: true }, { backPopulates: "posts" });
    expect(relationship(User, "posts").reverse).toEqual([]);
    expect(relationship(Post, "author").reverse).toEqual([]);
  });
});

describe("backref", () => {
  test("makes the other side: attribute, accessor and class-level attribute", () => {
    const { User, Post } = blog({}, { backref: backref("articles", { cascade: "all, delete-orphan" }) });
    expect(Reflect.has(User.prototype, "articles")).toBe(false);
    // A class is known from its first use on.
    expect(Post.c.author.key).toBe("author");
    expect(String(Reflect.get(User.c, "articles"))).toBe("User.articles");
    const articles = relationship(User, "articles");
    expect(articles.direction).toBe("oneToMany");
    expect(articles.isCollection).toBe(true);
    expect([...articles.cascades]).toContain("delete-orphan");
    expect(articles.reverse).toEqual([relationship(Post, "author")]);
    expect(relationship(Post, "author").reverse).toEqual([articles]);
    expect(Reflect.has(User.prototype, "articles")).toBe(true);
    expect(mapperOf(User).attributes.map((each) => each.slot)).toEqual(
      mapperOf(User).attributes.map((_, slot) => slot),
    );
  });

  test("reaches a class that was in use before", () => {
    const Base = declarativeBase();
    class User extends Base("users", { id: integer().primaryKey() }) {}
    const mapper = mapperOf(User);
    const user = new User();
    class Post extends Base("posts", {
      id: integer().primaryKey(),
      get authorId() {
        return integer().references(User.c.id);
      },
      get author() {
        return manyToOne(User, { backref: "posts" });
      },
    }) {}
    const post = new Post({ author: user });
    expect(mapperOf(User)).toBe(mapper);
    expect(mapper.relationships.map((each) => each.key)).toEqual(["posts"]);
    expect([...(Reflect.get(user, "posts") as object[])]).toEqual([post]);
  });

  test("turns the join of a many-to-many round", () => {
    const Base = declarativeBase();
    class Person extends Base("persons", {
      id: integer().primaryKey(),
      get follows() {
        return manyToMany(Person, {
          secondary: () => follow,
          primaryJoin: () => Person.c.id.eq(follow.c.followerId),
          secondaryJoin: () => Person.c.id.eq(follow.c.followedId),
          backref: "followers",
        });
      },
    }) {}
    const follow = table("follow", Base.metadata, {
      get followerId() {
        return integer().references(Person.c.id).primaryKey();
      },
      get followedId() {
        return integer().references(Person.c.id).primaryKey();
      },
    });
    expect(pairs(relationship(Person, "followers").synchronizePairs)).toEqual([
      "persons.id → follow.followed_id",
    ]);
    expect(relationship(Person, "followers").secondary).toBe(follow);
  });

  test("cannot take a name that is taken", () => {
    expect(problem({}, { backref: "name" }).code).toBe("mapping/duplicate-attribute");
  });
});

describe("targets and tables in the middle", () => {
  test("the wrong kind is told with the right one", () => {
    const Base = declarativeBase();
    class User extends Base("users", {
      id: integer().primaryKey(),
      get posts() {
        return manyToOne(Post);
      },
    }) {}
    class Post extends Base("posts", {
      id: integer().primaryKey(),
      get authorId() {
        return integer().references(User.c.id);
      },
    }) {}
    const { code, message, hint } = problemOf(() => mapperOf(User));
    expect(code).toBe("mapping/wrong-direction");
    expect(message).toContain("User.posts is declared manyToOne, but its foreign key makes it oneToMany");
    expect(hint).toContain("declare it with oneToMany");
    Object.freeze(Post);
  });

  test("no foreign key, no target, no table in the middle", () => {
    const using = (field: (target: typeof Tag) => Relationship<"many", unknown>) => {
      const Base = declarativeBase();
      class Target extends Base("tags", { id: integer().primaryKey() }) {}
      class Owner extends Base("owners", {
        id: integer().primaryKey(),
        get tags() {
          return field(Target);
        },
      }) {}
      return problemOf(() => mapperOf(Owner));
    };
    const unchecked = (options: object) => options as { secondary: string };
    expect(using((Tag) => oneToMany(Tag)).code).toBe("mapping/no-foreign-key");
    expect(using(() => oneToMany(Date as never)).code).toBe("mapping/unknown-target");
    expect(using(() => oneToMany(undefined as never)).code).toBe("mapping/unknown-target");
    expect(using((Tag) => manyToMany(Tag, unchecked({}))).code).toBe("mapping/secondary-missing");
    const unknown = using((Tag) => manyToMany(Tag, { secondary: "tag" }));
    expect(unknown.code).toBe("mapping/unknown-secondary");
    expect(unknown.hint).toContain("did you mean tags?");
  });

  test("a class that does not exist yet is told as such, and the next use tries again", () => {
    const Base = declarativeBase();
    class User extends Base("users", {
      id: integer().primaryKey(),
      get posts() {
        return oneToMany(Post);
      },
    }) {}
    const { code, message } = problemOf(() => mapperOf(User));
    expect(code).toBe("mapping/too-early");
    expect(message).toContain("User.posts mentions a class that is not there yet");
    class Post extends Base("posts", {
      id: integer().primaryKey(),
      get authorId() {
        return integer().references(User.c.id);
      },
    }) {}
    expect(relationship(User, "posts").target).toBe(mapperOf(Post));
  });

  test("all errors come together, and again on the next use", () => {
    const { User } = blog({ cascade: "everything" }, { lazy: "eager" });
    for (const _ of [1, 2]) {
      const { code, message } = problemOf(() => mapperOf(User));
      expect(code).toBe("mapping/several");
      expect(message).toContain("2 things are wrong");
      expect(message).toContain("User.posts names an unknown cascade: everything");
      expect(message).toContain("Post.author: the option lazy");
    }
  });
});

describe("association proxies", () => {
  function models(step: string, via: string) {
    const Base = declarativeBase();
    class Trashcan extends Base("trashcans", {
      id: integer().primaryKey(),
      label: string(),
      get businessId() {
        return integer().references(Business.c.id);
      },
    }) {}
    class Business extends Base("businesses", {
      id: integer().primaryKey(),
      get trashcans() {
        return oneToMany(Trashcan);
      },
      get labels() {
        return associationProxy(Trashcan, step as "label", { via });
      },
    }) {}
    return { Trashcan, Business };
  }

  test("make the object in between of a value", () => {
    const { Trashcan, Business } = models("label", "trashcans");
    const [proxy] = mapperOf(Business).proxies;
    expect(proxy).toMatchObject({ key: "labels", via: "trashcans", step: "label", slot: 2 });
    const made = proxy?.create("green");
    expect(made).toBeInstanceOf(Trashcan);
    expect(Reflect.get(made!, "label")).toBe("green");
  });

  test("name a relationship and an attribute behind it", () => {
    expect(problemOf(() => mapperOf(models("label", "trashcan").Business)).hint).toContain("trashcans");
    expect(problemOf(() => mapperOf(models("lable", "trashcans").Business)).hint).toContain(
      "did you mean label?",
    );
  });
});
