import { expect } from "vitest";
import {
  bigInt,
  binary,
  boolean,
  date,
  dateTime,
  declarativeBase,
  enumeration,
  float,
  integer,
  json,
  manyToMany,
  numeric,
  select,
  sql,
  string,
  table,
  text,
  time,
  update,
  uuid,
} from "../../src/entries/index.ts";
import { specWith } from "../support/spec.ts";

const Base = declarativeBase();

class Sample extends Base("samples", {
  code: uuid().primaryKey(),
  label: string(5).nullable(),
  note: text(),
  amount: numeric(10, 2),
  big: bigInt(),
  ratio: float(),
  isOn: boolean(),
  day: date(),
  at: dateTime(),
  clock: time(),
  data: json<unknown>(),
  colour: enumeration("red", "dark blue"),
  made: integer().serverDefault(sql`7`),
}) {}

class Blob_ extends Base("blobs", { id: integer().primaryKey(), content: binary() }) {}

class Student extends Base("students", {
  id: integer().primaryKey(),
  name: string(20).unique(),
  age: integer().nullable(),
  version: integer().version(),
  get courses() {
    return manyToMany(Course, { secondary: enrollments, backPopulates: "students" });
  },
}) {}
class Course extends Base("courses", {
  id: integer().primaryKey(),
  get students() {
    return manyToMany(Student, { secondary: enrollments, backPopulates: "courses" });
  },
}) {}
const enrollments = table("enrollments", Base.metadata, {
  get studentId() {
    return integer().references(Student.c.id).primaryKey();
  },
  get courseId() {
    return integer().references(Course.c.id).primaryKey();
  },
});

class Owner extends Base("owners", { id: integer().primaryKey(), name: string(20) }) {}
class Pet extends Base("pets", {
  id: integer().primaryKey(),
  get ownerId() {
    return integer().references(Owner.c.id);
  },
}) {}

const spec = specWith({ tables: Base.metadata });

const uuidOf = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, "0")}`;
const sampleOf = (n: number) =>
  new Sample({
    code: uuidOf(n),
    label: n % 2 === 0 ? null : `"{,\\`,
    note: `it's NULL, {${n}} "quoted"\n\\ and € 😀`,
    amount: `${n}.10`,
    big: 2n ** 62n + BigInt(n),
    ratio: n / 3,
    isOn: n % 2 === 0,
    day: "2026-02-03",
    at: new Date(Date.UTC(2026, 1, 3, 4, 5, 6, 7)),
    clock: "04:05:06",
    data: n === 1 ? ["a", { b: null }] : { text: `"${n}"`, list: [1, 2] },
    colour: n % 2 === 0 ? "red" : "dark blue",
  });

spec("writes many rows of every type as it writes one", async ({ session, openSession }) => {
  const samples = [5, 1, 4, 2, 3].map((n) => session.add(sampleOf(n)));
  await session.flush();
  expect(samples.map(({ made }) => made)).toEqual([7, 7, 7, 7, 7]);
  for (const sample of samples) sample.note += "!";
  await session.commit();
  await session.close();
  const other = openSession();
  for (const found of await other.scalars(select(Sample).orderBy(Sample.c.code)).all()) {
    const n = Number(found.code.slice(-3));
    const expected = sampleOf(n);
    for (const key of [
      "label",
      "amount",
      "big",
      "ratio",
      "isOn",
      "day",
      "at",
      "clock",
      "data",
      "colour",
    ] as const)
      expect(found[key], `${key} of ${n}`).toEqual(expected[key]);
    expect(found.note).toBe(`${expected.note}!`);
  }
});

spec("refuses what is too long rather than cut it", async ({ session }) => {
  expect(() => Object.assign(sampleOf(1), { label: "longer than five" })).toThrow(
    "mapping/wrong-value: Sample.label expects at most 5 characters, got 16",
  );
  const samples = [1, 2].map((n) => Object.assign(sampleOf(n), { label: "fünf😀" }));
  session.addAll(samples);
  await session.flush();
  const labels = await session.scalars(select(Sample.c.label)).all();
  expect(labels).toEqual(["fünf😀", "fünf😀"]);
});

spec("gives each object the key that its own row got", async ({ session }) => {
  const blobs = Array.from({ length: 20 }, (_, n) => new Blob_({ content: new Uint8Array([n]) }));
  const students = Array.from({ length: 1200 }, (_, n) => new Student({ name: `s${n}`, age: n }));
  session.addAll([...blobs, ...students]);
  await session.flush();
  const stored = new Map(await session.execute(select(Student.c.id, Student.c.name)).all());
  for (const { id, name } of students) expect(stored.get(id)).toBe(name);
  for (const blob of blobs) {
    const [content] = await session.scalars(select(Blob_.c.content).where(Blob_.c.id.eq(blob.id))).all();
    expect(content).toEqual(blob.content);
  }
});

spec("sends a few statements for many changes, where the database can", async (context) => {
  const { session, emitted, expectSql, target } = context;
  if (target.name !== "postgresql") return;
  const students = [1, 2, 3].map((n) => session.add(new Student({ name: `s${n}` })));
  const courses = [session.add(new Course()), session.add(new Course())];
  await session.flush();
  for (const student of students) student.courses = courses;
  emitted();
  await session.flush();
  expectSql(emitted(), [
    `SELECT enrollments.student_id, courses.id
     FROM enrollments JOIN courses ON courses.id = enrollments.course_id
     WHERE enrollments.student_id = ANY (?) -- [[1, 2, 3]]`,
    `INSERT INTO enrollments (course_id, student_id)
     SELECT v0, v1
     FROM unnest(CAST(? AS INTEGER[]), CAST(? AS INTEGER[])) WITH ORDINALITY AS new (v0, v1, n)
     ORDER BY n -- [[1, 1, 1, 2, 2, … 1 more], [1, 2, 3, 1, 2, … 1 more]]`,
  ]);
  for (const student of students) student.age = student.id * 10;
  await session.flush();
  expectSql(emitted(), [
    `UPDATE students
     SET age = new.v0, version = new.v1
     FROM unnest(CAST(? AS INTEGER[]), CAST(? AS INTEGER[]), CAST(? AS INTEGER[]), CAST(? AS INTEGER[])) AS new (v0, v1, k0, k1)
     WHERE students.id = new.k0 AND students.version = new.k1 -- [[10, 20, 30], [2, 2, 2], [1, 2, 3], [1, 1, 1]]`,
  ]);
  for (const student of students) await session.delete(student);
  await session.flush();
  expect(emitted().filter((line) => line.startsWith("DELETE"))).toHaveLength(2);
});

spec("notices a stale row among many", async ({ session }) => {
  const students = [1, 2, 3].map((n) => session.add(new Student({ name: `s${n}` })));
  await session.flush();
  await session.execute(update(Student).set({ version: 5 }).where(Student.c.id.eq(2)), undefined, {
    synchronizeSession: "none",
  });
  for (const student of students) student.age = 1;
  await expect(Promise.resolve().then(() => session.flush())).rejects.toMatchObject({ code: "flush/stale" });
});

spec("keeps the order of rows that take each other's unique values", async ({ session }) => {
  const students = ["a", "b", "c"].map((name) => session.add(new Student({ name })));
  await session.flush();
  const names = ["b", "c", "d"];
  students.forEach((student, index) => {
    student.name = names[index]!;
  });
  await session.flush();
  expect(await session.scalars(select(Student.c.name).orderBy(Student.c.id)).all()).toEqual(names);
});

spec("writes a list of rows in one statement, where the database has no arrays", async (context) => {
  const { session, emitted, target } = context;
  if (target.name === "postgresql") return;
  const owners = Array.from({ length: 12 }, (_, n) => session.add(new Owner({ name: `o${n}` })));
  await session.flush();
  for (const owner of owners) owner.name += "!";
  emitted();
  await session.flush();
  const [update, ...others] = emitted();
  expect(update).toMatch(/^UPDATE owners\nSET name = given.column1\nFROM \(VALUES \(\?, \?\), /);
  expect(update).toMatch(/\) AS given\nWHERE owners.id = given.column2/);
  expect(others).toEqual([]);
  const names = await session.scalars(select(Owner.c.name).orderBy(Owner.c.id)).all();
  expect(names).toEqual(owners.map((_, n) => `o${n}!`));
  for (const owner of owners) await session.delete(owner);
  emitted();
  await session.flush();
  expect(emitted()).toEqual([expect.stringMatching(/^DELETE FROM owners\nWHERE owners.id IN \(\?, /)]);
  expect(await session.scalars(select(Owner)).all()).toEqual([]);
});

spec("updates to NULL and by version row by row or together, with the same end", async ({ session }) => {
  const students = Array.from({ length: 25 }, (_, n) => session.add(new Student({ name: `s${n}`, age: n })));
  await session.flush();
  for (const student of students) student.age = student.id % 2 === 0 ? null : student.id;
  await session.flush();
  const stored = await session.execute(select(Student.c.id, Student.c.age, Student.c.version)).all();
  for (const [id, age, version] of stored) {
    expect(age).toBe(id % 2 === 0 ? null : id);
    expect(version).toBe(2);
  }
});

spec("notices a stale row in a list", async ({ session }) => {
  const students = Array.from({ length: 15 }, (_, n) => session.add(new Student({ name: `s${n}` })));
  await session.flush();
  await session.execute(update(Student).set({ version: 5 }).where(Student.c.id.eq(2)), undefined, {
    synchronizeSession: "none",
  });
  for (const student of students) await session.delete(student);
  await expect(Promise.resolve().then(() => session.flush())).rejects.toMatchObject({ code: "flush/stale" });
});

spec("names the one of many objects that is still referred to", async ({ session, target }) => {
  const owners = Array.from({ length: 12 }, (_, n) => session.add(new Owner({ name: `o${n}` })));
  await session.flush();
  session.add(new Pet({ ownerId: owners[6]!.id }));
  await session.commit();
  for (const owner of owners) await session.delete(owner);
  await expect(Promise.resolve().then(() => session.flush())).rejects.toMatchObject({
    code: "conflict/foreign-key",
    ...(target.name === "postgresql" ? {} : { facts: { execution: 6 } }),
  });
});
