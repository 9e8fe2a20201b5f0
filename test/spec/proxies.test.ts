import { expect } from "vitest";
import {
  aliased,
  associationProxy,
  declarativeBase,
  type Expression,
  integer,
  joinedload,
  manyToOne,
  oneToMany,
  select,
  selectinload,
  string,
} from "../../src/entries/index.ts";
import { specWith } from "../support/spec.ts";

const Base = declarativeBase();

class Student extends Base("students", {
  id: integer().primaryKey(),
  name: string(),
  get enrollments() {
    return oneToMany(Enrollment, { backPopulates: "student", cascade: "all, delete-orphan" });
  },
  get courses() {
    return associationProxy(Enrollment, "course", { via: "enrollments" });
  },
  get grades() {
    return associationProxy(Enrollment, "grade", { via: "enrollments" });
  },
  get courseTitles() {
    return associationProxy(Enrollment, "courseTitle", { via: "enrollments" });
  },
}) {}

class Course extends Base("courses", {
  id: integer().primaryKey(),
  title: string(),
  get enrollments() {
    return oneToMany(Enrollment, { backPopulates: "course" });
  },
}) {}

class Enrollment extends Base("enrollments", {
  id: integer().primaryKey(),
  grade: string().nullable(),
  get studentId() {
    return integer().references(Student.c.id);
  },
  get courseId() {
    return integer().nullable().references(Course.c.id);
  },
  get student() {
    return manyToOne(Student, { backPopulates: "enrollments" });
  },
  get course() {
    return manyToOne(Course, { backPopulates: "enrollments" });
  },
  get courseTitle() {
    return associationProxy(Course, "title", { via: "course" });
  },
  get classmates() {
    return associationProxy(Course, "enrollments", { via: "course" });
  },
}) {}

const spec = specWith({ tables: Base.metadata });

const physics = () => new Course({ title: "Physics" });
const names = select(Student.c.name).orderBy(Student.c.id);

spec("is read at once where options load what it goes along", async ({ openSession, session }) => {
  session.add(new Student({ name: "ann", enrollments: [new Enrollment({ course: physics(), grade: "A" })] }));
  await session.commit();
  await session.close();
  const other = openSession();
  const statement = select(Student).options(
    selectinload(Student.c.enrollments).joinedload(Enrollment.c.course),
  );
  const [student] = await other.scalars(statement).all();
  expect(student?.courses.map((course) => course.title)).toEqual(["Physics"]);
  expect(student?.grades.map((grade) => grade)).toEqual(["A"]);
  const [enrollment] = await other.scalars(select(Enrollment).options(joinedload(Enrollment.c.course))).all();
  const title: string | null | undefined = enrollment?.courseTitle;
  expect(title).toBe("Physics");
});

spec("finds owners by what a proxy shows of a collection", async ({ session, expectSql }) => {
  const [one, other] = [physics(), new Course({ title: "Latin" })];
  session.addAll([
    new Student({ name: "ann", enrollments: [new Enrollment({ course: one, grade: "A" })] }),
    new Student({ name: "bob", enrollments: [new Enrollment({ course: other, grade: "B" })] }),
    new Student({ name: "cid" }),
  ]);
  await session.commit();
  const found = async (condition: Expression<boolean>) => await session.scalars(names.where(condition)).all();

  expect(await found(Student.c.courses.contains(one))).toEqual(["ann"]);
  expect(await found(Student.c.courses.any(Course.c.title.like("L%")))).toEqual(["bob"]);
  expect(await found(Student.c.courses.any())).toEqual(["ann", "bob"]);
  expect(await found(Student.c.grades.contains("B"))).toEqual(["bob"]);
  expect(await found(Student.c.grades.any(Enrollment.c.grade.lt("B")))).toEqual(["ann"]);
  expect(await found(Student.c.courseTitles.contains("Physics"))).toEqual(["ann"]);
  expectSql(
    names.where(Student.c.grades.contains("B")),
    `SELECT students.name FROM students
     WHERE EXISTS (SELECT 1 FROM enrollments
       WHERE students.id = enrollments.student_id AND enrollments.grade = ?)
     ORDER BY students.id`,
  );
});

spec("compares what a proxy shows of one object", async ({ session }) => {
  const course = physics();
  const ann = new Student({ name: "ann" });
  session.addAll([
    new Enrollment({ grade: "A", student: ann, course }),
    new Enrollment({ grade: "B", student: ann }),
  ]);
  await session.commit();
  const grades = select(Enrollment.c.grade).orderBy(Enrollment.c.id);
  const found = async (condition: Expression<boolean>) =>
    await session.scalars(grades.where(condition)).all();

  expect(await found(Enrollment.c.courseTitle.eq("Physics"))).toEqual(["A"]);
  expect(await found(Enrollment.c.courseTitle.ne("Latin"))).toEqual(["A"]);
  expect(await found(Enrollment.c.courseTitle.eq(null))).toEqual(["B"]);
  expect(await found(Enrollment.c.courseTitle.ne(null))).toEqual(["A"]);
  expect(await found(Enrollment.c.courseTitle.has(Course.c.title.eq("Physics")))).toEqual(["A"]);
  const [first] = await session.scalars(select(Enrollment).where(Enrollment.c.grade.eq("A"))).all();
  expect(await found(Enrollment.c.classmates.contains(first as Enrollment))).toEqual(["A"]);
  const other = aliased(Enrollment);
  const count = select(other.c.grade).where(other.c.courseTitle.eq("Physics"));
  expect(await session.scalars(count).all()).toEqual(["A"]);
});

spec("says which comparison fits a proxy", async ({ session }) => {
  expect(() => Student.c.courses.eq(physics())).toThrow("sql/any-on-scalar");
  expect(() => Student.c.courses.has()).toThrow("any()");
  expect(() => Enrollment.c.courseTitle.contains("x")).toThrow("eq()");
  expect(() => Enrollment.c.courseTitle.any()).toThrow("has()");
  expect(await session.scalars(names).all()).toEqual([]);
});

spec(
  "says how to read a proxy of what is not loaded",
  { colours: ["async"] },
  async ({ session, openSession }) => {
    session.add(new Student({ name: "ann", enrollments: [new Enrollment({ grade: "A" })] }));
    await session.commit();
    const again = openSession();
    const grades = (await again.getOne(Student, 1)).grades as unknown as string[];
    expect(() => grades.length).toThrow(expect.objectContaining({ code: "load/lazy-needs-await" }));
    expect(() => [...grades]).toThrow(expect.objectContaining({ code: "load/lazy-needs-await" }));
    expect(() => grades.length).toThrow("(.options(selectinload(Student.c.enrollments)))");
    expect(await grades).toEqual(["A"]);
  },
);
