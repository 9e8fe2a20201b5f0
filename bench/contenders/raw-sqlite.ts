/** SQLite by hand: statements prepared once and run for each row, rows as the driver gives them. */
import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import Database from "better-sqlite3";
import { group, sumOf } from "../rows.ts";
import type { Contender, Place, Tasks } from "../tasks.ts";
import { FIRST_FREE_ID } from "../tasks.ts";

interface Id {
  id: number;
}
type User = Id & { name: string; age: number };
type Order = Id & { user_id: number; total: number };
type Item = Id & { order_id: number; product_id: number; quantity: number };
type Product = Id & { price: number };

export const rawBetterSqlite: Contender = {
  name: "better-sqlite3",
  async open(place: Place) {
    const db = new Database(place.target);
    db.pragma("foreign_keys = ON");
    const driver: Driver = {
      prepare: <Row>(sql: string) => db.prepare<SQLInputValue[], Row>(sql),
      transaction: (body) => db.transaction(body),
    };
    return { tasks: rawTasks(driver), close: () => void db.close() };
  },
};

export const rawNodeSqlite: Contender = {
  name: "node:sqlite",
  async open(place: Place) {
    const db = new DatabaseSync(place.target);
    const driver: Driver = {
      prepare: <Row>(sql: string) => db.prepare(sql) as unknown as Statement<Row>,
      transaction: (body) => (round) => {
        db.exec("BEGIN");
        const value = body(round);
        db.exec("COMMIT");
        return value;
      },
    };
    return { tasks: rawTasks(driver), close: () => db.close() };
  },
};

/** What both drivers have. */
export interface Driver {
  prepare<Row>(sql: string): Statement<Row>;
  transaction(body: (round: number) => number): (round: number) => number;
}
interface Statement<Row> {
  get(...values: SQLInputValue[]): Row | undefined;
  all(...values: SQLInputValue[]): Row[];
  run(...values: SQLInputValue[]): { changes: number };
}

/** The tasks by single statements. */
export function rawTasks(db: Driver): Tasks {
  const prepare = <Row>(sql: string) => db.prepare<Row>(sql);
  const marks = (count: number) => Array(count).fill("?").join(", ");
  const inOf = (sql: string, count: number) => prepare(sql.replace("?*", marks(count)));
  const byId = prepare<User>("SELECT * FROM users WHERE id = ?");
  const firstOf = prepare<User>("SELECT * FROM users ORDER BY id LIMIT ?");
  const ordersOf100 = inOf("SELECT * FROM orders WHERE user_id IN (?*) ORDER BY id", 100);
  const itemsOf500 = inOf("SELECT * FROM items WHERE order_id IN (?*) ORDER BY id", 500);
  const productsOf100 = inOf("SELECT * FROM products WHERE id IN (?*)", 100);
  const insertUsers = prepare<Id>(
    "INSERT INTO users (name, email, age, active, score, city, created_at) VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id",
  );
  const insertProfile = prepare("INSERT INTO profiles (user_id, bio) VALUES (?, ?)");
  const insertOrder = prepare("INSERT INTO orders (user_id, status, total) VALUES (?, ?, ?)");
  const rename = prepare("UPDATE users SET name = ? WHERE id = ?");
  const victims = prepare<User>(`SELECT * FROM users WHERE id > ${FIRST_FREE_ID}`);
  const ordersOfOne = prepare<Order>("SELECT * FROM orders WHERE user_id = ?");
  const deleteOrder = prepare("DELETE FROM orders WHERE id = ?");
  const deleteUser = prepare("DELETE FROM users WHERE id = ?");
  const students = prepare<Id>("SELECT * FROM students");
  const courses = prepare<Id>("SELECT * FROM courses");
  const link = prepare("INSERT INTO enrollments (student_id, course_id) VALUES (?, ?)");
  const unlink = prepare("DELETE FROM enrollments WHERE student_id = ? AND course_id = ?");

  return {
    T1: (round) => (byId.get((round % 1000) + 1) as User).name,
    T1b: () => {
      let sum = 0;
      for (let id = 1; id <= 2000; id++) sum += (byId.get(id) as User).id;
      return sum;
    },
    "T2-1k": () => sumOf(firstOf.all(1000)),
    "T2-10k": () => sumOf(firstOf.all(10_000)),
    T3: () => {
      const users = firstOf.all(100);
      const orders = group(ordersOf100.all(...users.map(({ id }) => id)) as Order[], "user_id");
      const orderIds = users.flatMap(({ id }) => orders.get(id) ?? []).map(({ id }) => id);
      const items = group(itemsOf500.all(...orderIds) as Item[], "order_id");
      const products = new Map(
        (productsOf100.all(...Array.from({ length: 100 }, (_, n) => n + 1)) as Product[]).map((product) => [
          product.id,
          product,
        ]),
      );
      let sum = 0;
      for (const user of users)
        for (const order of orders.get(user.id) ?? [])
          for (const item of items.get(order.id) ?? [])
            sum += item.quantity * (products.get(item.product_id) as Product).price;
      return sum;
    },
    T4: db.transaction((round: number) => {
      for (let n = 0; n < 1000; n++) {
        const user = insertUsers.get(
          `new ${round}`,
          `n${n}@x`,
          n % 90,
          1,
          n / 2,
          null,
          "2026-01-01 00:00:00",
        ) as Id;
        insertProfile.run(user.id, `bio ${n}`);
        for (let each = 0; each < 3; each++) insertOrder.run(user.id, "open", each);
      }
      return 1000;
    }),
    T5: db.transaction((round: number) => {
      const users = firstOf.all(1000);
      for (const { id } of users) rename.run(`renamed ${round} ${id}`, id);
      return users.length;
    }),
    T6: db.transaction(() => {
      const users = victims.all();
      let count = 0;
      for (const { id } of users) {
        for (const order of ordersOfOne.all(id)) count += deleteOrder.run(order.id).changes;
        deleteUser.run(id);
      }
      return count;
    }),
    "T8-add": db.transaction(() => {
      let count = 0;
      const all = courses.all();
      for (const student of students.all())
        for (const course of all) count += link.run(student.id, course.id).changes;
      return count;
    }),
    "T8-remove": db.transaction(() => {
      let count = 0;
      const all = courses.all();
      for (const student of students.all())
        for (const course of all) count += unlink.run(student.id, course.id).changes;
      return count;
    }),
    T9: () => {
      let sum = 0;
      for (const user of firstOf.all(200)) for (const order of ordersOfOne.all(user.id)) sum += order.total;
      return sum;
    },
  };
}
