/** Drizzle on PostgreSQL: statements prepared where their text stays the same, plain rows. */
import { and, asc, between, defineRelations, desc, eq, gt, placeholder, sql, sum } from "drizzle-orm";
import { drizzle, type NodePgDatabase } from "drizzle-orm/node-postgres";
import {
  boolean,
  doublePrecision,
  integer,
  pgTable,
  primaryKey,
  serial,
  text,
  timestamp,
  varchar,
} from "drizzle-orm/pg-core";
import pg from "pg";
import { numbers, sumOf, worthOf } from "../rows.ts";
import type { Contender, Tasks } from "../tasks.ts";
import { FIRST_FREE_ID } from "../tasks.ts";

const users = pgTable("users", {
  id: serial().primaryKey(),
  name: varchar({ length: 50 }).notNull(),
  email: varchar({ length: 100 }).notNull(),
  age: integer().notNull(),
  active: boolean().notNull(),
  score: doublePrecision().notNull(),
  city: varchar({ length: 50 }),
  createdAt: timestamp("created_at").notNull(),
});
const profiles = pgTable("profiles", {
  id: serial().primaryKey(),
  userId: integer("user_id").notNull(),
  bio: text().notNull(),
});
const orders = pgTable("orders", {
  id: serial().primaryKey(),
  userId: integer("user_id").notNull(),
  status: varchar({ length: 20 }).notNull(),
  total: doublePrecision().notNull(),
});
const products = pgTable("products", {
  id: serial().primaryKey(),
  name: varchar({ length: 50 }).notNull(),
  price: doublePrecision().notNull(),
});
const items = pgTable("items", {
  id: serial().primaryKey(),
  orderId: integer("order_id").notNull(),
  productId: integer("product_id").notNull(),
  quantity: integer().notNull(),
});
const students = pgTable("students", { id: serial().primaryKey(), name: varchar({ length: 50 }).notNull() });
const courses = pgTable("courses", { id: serial().primaryKey(), title: varchar({ length: 50 }).notNull() });
const enrollments = pgTable(
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
type Connection = NodePgDatabase<typeof relations>;

export const drizzlePg: Contender = {
  name: "drizzle",
  async open({ target }) {
    const client = new pg.Client({ connectionString: target });
    await client.connect();
    return { tasks: tasksOn(drizzle({ client, relations, jit: true })), close: () => client.end() };
  },
};

function tasksOn(db: Connection): Tasks {
  const value = placeholder;
  const byId = db
    .select()
    .from(users)
    .where(eq(users.id, value("id")))
    .prepare("by_id");
  const firstOf = db.select().from(users).orderBy(users.id).limit(value("count")).prepare("first_of");
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
    .prepare("whole_users");
  const rename = db
    .update(users)
    .set({ name: sql`renamed.name` })
    .from(sql`unnest(${value("ids")}::int[], ${value("names")}::varchar[]) AS renamed (id, name)`)
    .where(sql`${users.id} = renamed.id`)
    .prepare("rename");
  const among = (
    column: typeof orders.id | typeof orders.userId | typeof profiles.userId | typeof users.id,
  ) => sql`${column} = ANY (${value("ids")}::int[])`;
  const victims = db.select().from(users).where(gt(users.id, FIRST_FREE_ID)).prepare("victims");
  const ordersOf = db
    .select()
    .from(orders)
    .where(eq(orders.userId, value("user")))
    .prepare("orders_of");
  const ordersAmong = db.select().from(orders).where(among(orders.userId)).prepare("orders_among");
  const profilesAmong = db.select().from(profiles).where(among(profiles.userId)).prepare("profiles_among");
  const deleteOrders = db.delete(orders).where(among(orders.id)).prepare("delete_orders");
  const deleteUsers = db.delete(users).where(among(users.id)).prepare("delete_users");
  const allStudents = db.select().from(students).prepare("all_students");
  const allCourses = db.select().from(courses).prepare("all_courses");
  const unlink = db
    .delete(enrollments)
    .where(
      sql`(${enrollments.studentId}, ${enrollments.courseId})
        IN (SELECT * FROM unnest(${value("students")}::int[], ${value("courses")}::int[]))`,
    )
    .prepare("unlink");
  const pairs = async () => {
    const right = await allCourses.execute();
    return (await allStudents.execute()).flatMap(({ id: studentId }) =>
      right.map(({ id: courseId }) => ({ studentId, courseId })),
    );
  };

  return {
    T1: async (round) => (await byId.execute({ id: (round % 1000) + 1 }))[0]!.name,
    "T2-1k": async () => sumOf(await firstOf.execute({ count: 1000 })),
    "T2-10k": async () => sumOf(await firstOf.execute({ count: 10_000 })),
    T3: async () => worthOf(await wholeUsers.execute()),
    T4: (round) =>
      db.transaction(async (transaction) => {
        const made = await transaction
          .insert(users)
          .values(
            numbers(1000).map((n) => ({
              name: `new ${round}`,
              email: `n${n}@x`,
              age: n % 90,
              active: true,
              score: n / 2,
              city: null,
              createdAt: new Date(0),
            })),
          )
          .returning({ id: users.id });
        await transaction.insert(profiles).values(made.map(({ id }, n) => ({ userId: id, bio: `bio ${n}` })));
        await transaction
          .insert(orders)
          .values(
            made.flatMap(({ id }) => numbers(3).map((total) => ({ userId: id, status: "open", total }))),
          );
        return made.length;
      }),
    T5: (round) =>
      db.transaction(async () => {
        const ids = idsOf(await firstOf.execute({ count: 1000 }));
        await rename.execute({ ids, names: ids.map((id) => `renamed ${round} ${id}`) });
        return ids.length;
      }),
    T6: () =>
      db.transaction(async () => {
        const ids = idsOf(await victims.execute());
        const goneOrders = idsOf(await ordersAmong.execute({ ids }));
        await profilesAmong.execute({ ids });
        await deleteOrders.execute({ ids: goneOrders });
        await deleteUsers.execute({ ids });
        return goneOrders.length;
      }),
    T7: (round) => report(db, round).toSQL().sql.length,
    "T8-add": () =>
      db.transaction(async (transaction) => {
        const links = await pairs();
        await transaction.insert(enrollments).values(links);
        return links.length;
      }),
    "T8-remove": () =>
      db.transaction(async () => {
        const links = await pairs();
        const gone = await unlink.execute({
          students: links.map(({ studentId }) => studentId),
          courses: links.map(({ courseId }) => courseId),
        });
        return gone.rowCount!;
      }),
    T9: async () => {
      let total = 0;
      for (const { id } of await firstOf.execute({ count: 200 }))
        for (const order of await ordersOf.execute({ user: id })) total += order.total;
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
