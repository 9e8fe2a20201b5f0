import { declarativeBase, integer, manyToOne, oneToMany, string } from "../../src/entries/index.ts";

export const Base = declarativeBase();

export class Student extends Base("student", {
  id: integer().primaryKey(),
  name: string(),
  get courses() {
    return oneToMany(StudentCourse, { backPopulates: "student" });
  },
}) {}

export class Course extends Base("course", {
  id: integer().primaryKey(),
  title: string(),
  get students() {
    return oneToMany(StudentCourse, { backPopulates: "course" });
  },
}) {}

/** One student in one course: a class, so that it can hold more than the two keys. */
export class StudentCourse extends Base("student_course", {
  get studentId() {
    return integer().references(Student.c.id).primaryKey();
  },
  get courseId() {
    return integer().references(Course.c.id).primaryKey();
  },
  grade: string(2).nullable(),
  get student() {
    return manyToOne(Student, { backPopulates: "courses" });
  },
  get course() {
    return manyToOne(Course, { backPopulates: "students" });
  },
}) {}
