import { type Engine, Session, selectinload } from "../../src/entries/index.ts";
import type { Notebook } from "../support/notebook.ts";
import { Course, Student, StudentCourse } from "./school-by-class.ts";

export async function enrollByClass(engine: Engine, notebook: Notebook): Promise<void> {
  notebook.step(
    "The same many-to-many by an association class: adding the enrollment adds student and course",
  );
  {
    await using session = new Session(engine);
    const student = new Student({ name: "Alice" });
    const course = new Course({ title: "Math 101" });
    const enrollment = new StudentCourse({ student, course, grade: "A" });
    session.add(enrollment);
    await session.commit();
  }

  notebook.step("From the student to the courses, and from the course to the students");
  await using session = new Session(engine);
  const withCourses = selectinload(Student.c.courses).selectinload(StudentCourse.c.course);
  const alice = await session.query(Student).options(withCourses).one();
  notebook.table(
    alice.courses.map(({ course, grade }) => ({ student: alice.name, course: course?.title, grade })),
  );

  const withStudents = selectinload(Course.c.students).selectinload(StudentCourse.c.student);
  const math = await session.query(Course).options(withStudents).one();
  notebook.table(
    math.students.map(({ student, grade }) => ({ course: math.title, student: student?.name, grade })),
  );
}
