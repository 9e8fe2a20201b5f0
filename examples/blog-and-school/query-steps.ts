import { type Engine, func, Session } from "../../src/entries/index.ts";
import type { Notebook } from "../support/notebook.ts";
import { Post, User } from "./blog.ts";
import { Course, enrollments, Student } from "./school.ts";

export async function findByRelationship(engine: Engine, notebook: Notebook): Promise<void> {
  await using session = new Session(engine);

  notebook.step("Users who have posts");
  // A user without posts, so that there is somebody to leave out.
  session.add(new User({ username: "carol", email: "carol@example.com" }));
  const authors = await session.query(User).join(Post).distinct().orderBy(User.c.id).all();
  notebook.table(authors.map(({ username }) => ({ username })));

  notebook.step("Users with more than one post");
  const busyAuthors = await session
    .query(User)
    .join(Post)
    .groupBy(User.c.id)
    .having(func.count(Post.c.id).gt(1))
    .all();
  notebook.table(busyAuthors.map(({ username }) => ({ username })));

  notebook.step("Courses with more than two students: none yet, and one after Alice joins Web Development");
  const popularCourses = session
    .query(Course)
    .join(enrollments)
    .groupBy(Course.c.id)
    .having(func.count(enrollments.c.studentId).gt(2));
  const show = (courses: readonly Course[]) =>
    notebook.table(
      courses.map(({ title }) => ({ title })),
      "(none)",
    );
  show(await popularCourses.all());
  const alice = await session.query(Student).filterBy({ name: "Alice Johnson" }).one();
  alice.courses.push(await session.query(Course).filterBy({ title: "Web Development" }).one());
  show(await popularCourses.all());

  notebook.step("Students enrolled in Python Programming");
  const pythonStudents = await session
    .query(Student)
    .join(enrollments)
    .join(Course)
    .filter(Course.c.title.eq("Python Programming"))
    .orderBy(Student.c.id)
    .all();
  notebook.table(pythonStudents.map(({ name }) => ({ name })));
  await session.commit();
}
