/** Drizzle on SQLite: synchronous, every statement prepared, plain rows. */
import Database from "better-sqlite3";
import { and, asc, between, defineRelations, desc, eq, gt, inArray, placeholder, sum } from "drizzle-orm";
import { type BetterSQLite3Database, drizzle } from "drizzle-orm/better-sqlite3";
import { integer, primaryKey, real, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { numbers, sumOf, worthOf } from "../rows.ts";
import type { Contender, Tasks } from "../tasks.ts";
import { FIRST_FREE_ID } from "../tasks.ts";

const users = sqliteTable("users", {
  id: integer().primaryKey(),
  name: text().notNull(),
  email: text().notNull(),
  age: integer().notNull(),
  active: integer({ mode: "boolean" }).notNull(),
  score: real().notNull(),
  city: text(),
  createdAt: text("created_at").notNull(),
});
const profiles = sqliteTable("profiles", {
  id: integer().primaryKey(),
  userId: integer("user_id").notNull(),
  bio: text().notNull(),
});
const orders = sqliteTable("orders", {
  id: integer().primaryKey(),
  userId: integer("user_id").notNull(),
  status: text().notNull(),
  total: real().notNull(),
});
const products = sqliteTable("products", {
  id: integer().primaryKey(),
  name: text().notNull(),
  price: real().notNull(),
});
const items = sqliteTable("items", {
  id: integer().primaryKey(),
  orderId: integer("order_id").notNull(),
  productId: integer("product_id").notNull(),
  quantity: integer().notNull(),
});
const students = sqliteTable("students", { id: integer().primaryKey(), name: text().notNull() });
const courses = sqliteTable("courses", { id: integer().primaryKey(), title: text().notNull() });
const enrollments = sqliteTable(
  "enrollments",
  { studentId: integer("student_id").notNull(), courseId: integer("course_id").notNull() },
  (table) => [primaryKey({ columns: [table.studentId, table.courseId] })],
);

const relations = defineRelations({ users, orders, items, products }, (each) => ({
  users: { orders: each.many.orders({ from: each.users.id, to: each.orders.userId }) },
  orders: { items: each.many.items({ from: each.orders.id, to: each.items.orderId }) },
  items: {
    product: each.one.products({ from: each.items.productId, to: each.products.id, optional: false }),
  },
}));
type Connection = BetterSQLite3Database<typeof relations>;

export const drizzleSqlite: Contender = {
  name: "drizzle",
  async open({ target }) {
    const client = new Database(target);
    return { tasks: tasksOn(drizzle({ client, relations, jit: true })), close: () => void client.close() };
  },
};

function tasksOn(db: Connection): Tasks {
  const value = placeholder;
  const byId = db
    .select()
    .from(users)
    .where(eq(users.id, value("id")))
    .prepare();
  const firstOf = db.select().from(users).orderBy(users.id).limit(value("count")).prepare();
  const wholeUsers = db.query.users
    .findMany({
      orderBy: { id: "asc" },
      limit: 100,
      with: {
        orders: {
          orderBy: { id: "asc" },
          with: { items: { orderBy: { id: "asc" }, with: { product: true } } },
        },
      },
    })
    .prepare();
  const insertUser = db
    .insert(users)
    .values({
      name: value("name"),
      email: value("email"),
      age: value("age"),
      active: true,
      score: value("score"),
      city: null,
      createdAt: "2026-01-01 00:00:00",
    })
    .returning({ id: users.id })
    .prepare();
  const insertProfile = db
    .insert(profiles)
    .values({ userId: value("user"), bio: value("bio") })
    .prepare();
  const insertOrder = db
    .insert(orders)
    .values({ userId: value("user"), status: "open", total: value("total") })
    .prepare();
  const rename = db
    .update(users)
    .set({ name: value("name") as unknown as string })
    .where(eq(users.id, value("id")))
    .prepare();
  const victims = db.select().from(users).where(gt(users.id, FIRST_FREE_ID)).prepare();
  const ordersOf = db
    .select()
    .from(orders)
    .where(eq(orders.userId, value("user")))
    .prepare();
  const allStudents = db.select().from(students).prepare();
  const allCourses = db.select().from(courses).prepare();
  const link = db
    .insert(enrollments)
    .values({ studentId: value("student"), courseId: value("course") })
    .prepare();
  const unlink = db
    .delete(enrollments)
    .where(and(eq(enrollments.studentId, value("student")), eq(enrollments.courseId, value("course"))))
    .prepare();
  const forEachPair = (statement: typeof link | typeof unlink) =>
    db.transaction(() => {
      const right = allCourses.all();
      let count = 0;
      for (const { id: student } of allStudents.all())
        for (const { id: course } of right) count += statement.run({ student, course }).changes;
      return count;
    });

  return {
    T1: (round) => byId.get({ id: (round % 1000) + 1 })!.name,
    "T2-1k": () => sumOf(firstOf.all({ count: 1000 })),
    "T2-10k": () => sumOf(firstOf.all({ count: 10_000 })),
    T3: () => worthOf(wholeUsers.all()),
    T4: (round) =>
      db.transaction(() => {
        for (const n of numbers(1000)) {
          const row = { name: `new ${round}`, email: `n${n}@x`, age: n % 90, score: n / 2 };
          const user = insertUser.get(row).id;
          insertProfile.run({ user, bio: `bio ${n}` });
          for (const total of numbers(3)) insertOrder.run({ user, total });
        }
        return 1000;
      }),
    T5: (round) =>
      db.transaction(() => {
        const loaded = firstOf.all({ count: 1000 });
        for (const { id } of loaded) rename.run({ id, name: `renamed ${round} ${id}` });
        return loaded.length;
      }),
    T6: () =>
      db.transaction((transaction) => {
        const gone = idsOf(victims.all());
        const goneOrders = idsOf(transaction.select().from(orders).where(inArray(orders.userId, gone)).all());
        transaction.select().from(profiles).where(inArray(profiles.userId, gone)).all();
        transaction.delete(orders).where(inArray(orders.id, goneOrders)).run();
        transaction.delete(users).where(inArray(users.id, gone)).run();
        return goneOrders.length;
      }),
    T7: (round) => report(db, round).toSQL().sql.length,
    "T8-add": () => forEachPair(link),
    "T8-remove": () => forEachPair(unlink),
    T9: () => {
      let total = 0;
      for (const { id } of firstOf.all({ count: 200 }))
        for (const order of ordersOf.all({ user: id })) total += order.total;
      return total;
    },
  };
}

function report(db: Connection, round: number) {
  return db
    .select({ name: users.name, product: products.name, quantity: sum(items.quantity) })
    .from(users)
    .innerJoin(orders, eq(orders.userId, users.id))
    .innerJoin(items, eq(items.orderId, orders.id))
    .innerJoin(products, eq(products.id, items.productId))
    .where(
      and(
        gt(users.age, round % 60),
        eq(orders.status, `status ${round}`),
        between(products.price, round, round + 10),
      ),
    )
    .groupBy(users.name, products.name)
    .orderBy(desc(users.name), asc(products.name))
    .limit(20);
}

const idsOf = (rows: readonly { readonly id: number }[]): number[] => rows.map(({ id }) => id);
