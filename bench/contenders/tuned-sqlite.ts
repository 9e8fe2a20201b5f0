/** SQLite by hand, with the statements that are fastest there: rows as arrays, many rows by one statement. */
import Database from "better-sqlite3";
import { numbers } from "../rows.ts";
import type { Contender } from "../tasks.ts";
import { FIRST_FREE_ID } from "../tasks.ts";
import { rawTasks } from "./raw-sqlite.ts";

/** Rows of one INSERT: more take no less time for each. */
const BATCH = 100;

export const tunedSqlite: Contender = {
  name: "better-sqlite3 tuned",
  async open(place) {
    const db = new Database(place.target);
    db.pragma("foreign_keys = ON");
    const rowsOf = (sql: string) => db.prepare<unknown[], unknown[]>(sql).raw();
    const marks = (count: number, mark = "?") => Array(count).fill(mark).join(", ");
    const insert = (head: string, width: number, tail = "") =>
      `${head} VALUES ${marks(BATCH, `(${marks(width)})`)}${tail}`;
    const firstOf = rowsOf("SELECT * FROM users ORDER BY id LIMIT ?");
    const insertUsers = rowsOf(
      insert("INSERT INTO users (name, email, age, active, score, city, created_at)", 7, " RETURNING id"),
    );
    const insertProfiles = db.prepare(insert("INSERT INTO profiles (user_id, bio)", 2));
    const insertOrders = db.prepare(insert("INSERT INTO orders (user_id, status, total)", 3));
    const rename = db.prepare(
      `UPDATE users SET name = new.value ->> 1 FROM json_each(?) AS new WHERE users.id = new.value ->> 0`,
    );
    const victims = rowsOf(`SELECT * FROM users WHERE id > ${FIRST_FREE_ID}`);
    const ordersOf = rowsOf("SELECT * FROM orders WHERE user_id IN (SELECT value FROM json_each(?))");
    const deleteOrders = db.prepare("DELETE FROM orders WHERE id IN (SELECT value FROM json_each(?))");
    const deleteUsers = db.prepare("DELETE FROM users WHERE id IN (SELECT value FROM json_each(?))");
    const students = rowsOf("SELECT * FROM students");
    const courses = rowsOf("SELECT * FROM courses");
    const link = db.prepare(insert("INSERT INTO enrollments (student_id, course_id)", 2));
    const unlink = db.prepare(
      `DELETE FROM enrollments WHERE (student_id, course_id) IN (VALUES ${marks(BATCH, "(?, ?)")})`,
    );
    const idsOf = (rows: readonly (readonly unknown[])[]) => rows.map(([id]) => id as number);
    const links = () => {
      const all = idsOf(courses.all());
      return idsOf(students.all()).flatMap((student) => all.map((course) => [student, course]));
    };
    const inBatches = <Row>(rows: readonly Row[], run: (batch: Row[]) => void) => {
      for (let start = 0; start < rows.length; start += BATCH) run(rows.slice(start, start + BATCH));
    };
    const sumOf = (rows: readonly (readonly unknown[])[]) => {
      let sum = 0;
      for (const [id, name, , age] of rows) sum += (id as number) + (age as number) + (name as string).length;
      return sum;
    };
    return {
      close: () => void db.close(),
      tasks: {
        ...rawTasks({
          prepare: <Row>(sql: string) => db.prepare<never[], Row>(sql),
          transaction: (body) => db.transaction(body),
        }),
        "T2-1k": () => sumOf(firstOf.all(1000)),
        "T2-10k": () => sumOf(firstOf.all(10_000)),
        T4: db.transaction((round: number) => {
          const ids: number[] = [];
          inBatches(numbers(1000), (batch) => {
            const values = batch.flatMap((n) => [
              `new ${round}`,
              `n${n}@x`,
              n % 90,
              1,
              n / 2,
              null,
              "2026-01-01 00:00:00",
            ]);
            ids.push(...idsOf(insertUsers.all(...values)));
          });
          inBatches(numbers(1000), (batch) => {
            insertProfiles.run(...batch.flatMap((n) => [ids[n], `bio ${n}`]));
          });
          const orders = ids.flatMap((id) => [0, 1, 2].map((total) => [id, "open", total]));
          inBatches(orders, (batch) => {
            insertOrders.run(...batch.flat());
          });
          return ids.length;
        }),
        T5: db.transaction((round: number) => {
          const ids = idsOf(firstOf.all(1000));
          return rename.run(JSON.stringify(ids.map((id) => [id, `renamed ${round} ${id}`]))).changes;
        }),
        T6: db.transaction(() => {
          const users = JSON.stringify(idsOf(victims.all()));
          const orders = idsOf(ordersOf.all(users));
          deleteOrders.run(JSON.stringify(orders));
          deleteUsers.run(users);
          return orders.length;
        }),
        "T8-add": db.transaction(() => {
          const all = links();
          inBatches(all, (batch) => void link.run(...batch.flat()));
          return all.length;
        }),
        "T8-remove": db.transaction(() => {
          const all = links();
          inBatches(all, (batch) => void unlink.run(...batch.flat()));
          return all.length;
        }),
        T9: () => {
          const users = JSON.stringify(idsOf(firstOf.all(200)));
          let sum = 0;
          for (const [, , , total] of ordersOf.all(users)) sum += total as number;
          return sum;
        },
      },
    };
  },
};
