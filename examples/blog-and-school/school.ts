import { dateTime, integer, manyToMany, string, table, text } from "../../src/entries/index.ts";
import { Base } from "./blog.ts";

export class Student extends Base("students", {
  id: integer().primaryKey(),
  name: string(100),
  email: string(100).unique(),
  // The table in the middle by its name: it is looked up when it is first needed.
  get courses() {
    return manyToMany(Course, { secondary: "enrollments", backPopulates: "students" });
  },
}) {
  override toString() {
    return `<Student(name='${this.name}', email='${this.email}')>`;
  }
}

export class Course extends Base("courses", {
  id: integer().primaryKey(),
  title: string(200),
  description: text().nullable(),
  credits: integer().default(3),
  get students() {
    return manyToMany(Student, { secondary: "enrollments", backPopulates: "courses" });
  },
}) {
  override toString() {
    return `<Course(title='${this.title}', credits=${this.credits})>`;
  }
}

export const enrollments = table("enrollments", Base.metadata, {
  get studentId() {
    return integer().references(Student.c.id).primaryKey();
  },
  get courseId() {
    return integer().references(Course.c.id).primaryKey();
  },
  enrolledAt: dateTime().default(() => new Date()),
});
