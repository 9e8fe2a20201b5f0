import { expect } from "vitest";
import {
  type ConflictError,
  check,
  declarativeBase,
  insert,
  integer,
  isDbError,
  manyToMany,
  manyToOne,
  oneToMany,
  string,
  table,
} from "../../src/entries/index.ts";
import { specWith } from "../support/spec.ts";

const Base = declarativeBase();

class Owner extends Base("owners", {
  id: integer().primaryKey(),
  emailAddress: string("email").unique(),
  get visits() {
    return manyToMany(Pet, { secondary: visits });
  },
  get pets() {
    return oneToMany(Pet, { backPopulates: "owner" });
  },
}) {}

const visits = table("visits", Base.metadata, {
  get ownerId() {
    return integer().references(Owner.c.id).primaryKey();
  },
  get petId() {
    return integer().references(Pet.c.id).primaryKey();
  },
});

class Pet extends Base(
  "pets",
  {
    id: integer().primaryKey(),
    name: string(),
    age: integer().default(1),
    get ownerId() {
      return integer().nullable().references(Owner.c.id);
    },
    get owner() {
      return manyToOne(Owner, { backPopulates: "pets" });
    },
  },
  () => [check("age >= 0")],
) {}

const spec = specWith({ tables: Base.metadata });

async function refusal(run: () => unknown): Promise<ConflictError> {
  try {
    await run();
  } catch (error) {
    if (isDbError(error)) return error as ConflictError;
    throw error;
  }
  throw new Error("nothing was refused");
}

const sentenceOf = (error: Error) => error.message.split("\n")[0];

spec("names the object whose unique value another row of the flush has", async ({ session }) => {
  const owners = ["a", "b", "c", "b"].map((emailAddress) => session.add(new Owner({ emailAddress })));
  const error = await refusal(() => session.flush());
  expect(sentenceOf(error)).toContain(
    "conflict/unique: Owner.emailAddress of a new Owner: another row has this value of owners.email",
  );
  expect(error.during).toBe("flush › emit insert owners");
  expect(error.facts).toMatchObject({ entity: "Owner", attributes: ["emailAddress"] });
  expect(error.objects).toEqual([owners[3]]);
  expect(JSON.stringify(error.facts)).not.toContain("objects");
});

spec("names the object whose unique value an object of the session has", async ({ session }) => {
  session.add(new Owner({ emailAddress: "a" }));
  await session.flush();
  session.add(new Owner({ emailAddress: "b" }));
  const second = session.add(new Owner({ emailAddress: "a" }));
  const error = await refusal(() => session.flush());
  expect(error.objects).toEqual([second]);
});

spec("tells how many objects it may have been, where the database does not say", async (context) => {
  const { session, target, openSession } = context;
  session.add(new Owner({ emailAddress: "b" }));
  await session.commit();
  const other = openSession();
  const owners = ["a", "b"].map((emailAddress) => other.add(new Owner({ emailAddress })));
  const error = await refusal(() => other.flush());
  if (target.name === "postgresql") expect(error.objects).toEqual([owners[1]]);
  else {
    expect(sentenceOf(error)).toContain("Owner.emailAddress of one of 2 Owners: another row");
    expect(error.objects).toEqual(owners);
  }
});

spec("names the object that an UPDATE was about", async ({ session }) => {
  const owners = ["a", "b", "c"].map((emailAddress) => session.add(new Owner({ emailAddress })));
  await session.flush();
  for (const [index, owner] of owners.entries()) owner.emailAddress = index === 0 ? "x" : "y";
  const error = await refusal(() => session.flush());
  expect(sentenceOf(error)).toContain("Owner.emailAddress of Owner 3: another row has this value");
  expect(error.objects).toEqual([owners[2]]);
});

spec("names the object that lacks a value", async ({ session }) => {
  session.add(new Pet({ name: "Rex" }));
  const nameless = session.add(new Pet({ age: 3 }));
  const error = await refusal(() => session.flush());
  expect(sentenceOf(error)).toBe("conflict/not-null: Pet.name of a new Pet: pets.name must have a value");
  expect(error.objects).toEqual([nameless]);
});

spec("names the object that refers to nothing, and the one that breaks a check", async ({ session }) => {
  const stray = session.add(new Pet({ name: "Rex", ownerId: 99 }));
  const dangling = await refusal(() => session.flush());
  expect(dangling.code).toBe("conflict/foreign-key");
  expect(dangling.objects).toEqual([stray]);
  await session.rollback();
  const unborn = session.add(new Pet({ name: "Rex", age: -1 }));
  const impossible = await refusal(() => session.flush());
  expect(sentenceOf(impossible)).toContain("a new Pet: a value breaks a check of pets");
  expect(impossible.objects).toEqual([unborn]);
});

spec("names the objects and the relationship of a pair", async ({ session }) => {
  const [ann, rex] = [new Owner({ emailAddress: "a" }), new Pet({ name: "rex" })];
  session.addAll([ann, rex]);
  await session.commit();
  expect(await ann.visits).toEqual([]);
  await session.execute(insert(visits), { ownerId: 1, petId: 1 });
  (await ann.visits).push(rex);
  const error = await refusal(() => session.flush());
  expect(sentenceOf(error)).toContain("conflict/unique: Owner.visits of Owner 1 and Pet 1: another row");
  expect(error.objects).toEqual([ann, rex]);
});
