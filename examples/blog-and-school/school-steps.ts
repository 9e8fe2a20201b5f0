import { type Engine, Session, select } from "../../src/entries/index.ts";
import type { Notebook } from "../support/notebook.ts";
import { Course, enrollments, Student } from "./school.ts";

export async function createEnrollments(engine: Engine, notebook: Notebook): Promise<void> {
  await using session = new Session(engine);

  notebook.step("Many-to-many: create students and courses");
  const alice = new Student({ name: "Alice Johnson", email: "alice@university.edu" });
  const bob = new Student({ name: "Bob Smith", email: "bob@university.edu" });
  const charlie = new Student({ name: "Charlie Brown", email: "charlie@university.edu" });
  const python = new Course({
    title: "Python Programming",
    description: "Learn Python fundamentals",
    credits: 4,
  });
  const databases = new Course({
    title: "Database Design",
    description: "Database concepts and SQL",
    credits: 3,
  });
  const web = new Course({ title: "Web Development", description: "HTML, CSS, and JavaScript", credits: 4 });
  session.addAll([alice, bob, charlie, python, databases, web]);
  await session.commit();
  notebook.say("Students and courses created successfully!");

  notebook.step("Enroll each student in two courses");
  alice.courses.push(python);
  alice.courses.push(databases);
  bob.courses.push(python);
  bob.courses.push(web);
  charlie.courses.push(databases);
  charlie.courses.push(web);
  await session.commit();
  notebook.say("Enrollments created successfully! Each has its time, by the default of enrolled_at:");
  await notebook.aside(async () => {
    const { studentId, courseId, enrolledAt } = enrollments.c;
    await using session = new Session(engine);
    const rows = session.execute(select(studentId, courseId, enrolledAt).orderBy(studentId, courseId));
    notebook.table(await rows.mappings().all());
  });
}

export async function readEnrollments(engine: Engine, notebook: Notebook): Promise<void> {
  await using session = new Session(engine);

  notebook.step("A student and their courses");
  const student = await session.query(Student).filter(Student.c.name.eq("Alice Johnson")).one();
  notebook.say(`Student: ${student}`);
  notebook.say(`Alice's courses: [${(await student.courses).join(", ")}]`);

  notebook.step("A course and its students");
  const course = await session.query(Course).filter(Course.c.title.eq("Python Programming")).one();
  notebook.say(`Course: ${course}`);
  notebook.say(`Python Programming students: [${(await course.students).join(", ")}]`);

  notebook.step("All students and their courses");
  const students: { student: string; courses: string[] }[] = [];
  for (const student of await session.query(Student).orderBy(Student.c.id).all()) {
    const courses = await student.courses;
    students.push({ student: student.name, courses: courses.map((course) => course.title) });
  }
  notebook.table(students);

  notebook.step("All courses and their students");
  const courses: { course: string; students: string[] }[] = [];
  for (const course of await session.query(Course).orderBy(Course.c.id).all()) {
    const students = await course.students;
    courses.push({ course: course.title, students: students.map((student) => student.name) });
  }
  notebook.table(courses);
}
