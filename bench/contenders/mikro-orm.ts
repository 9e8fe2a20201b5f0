/** MikroORM: a unit of work with an identity map. */
import { Cascade, defineEntity, p, sql } from "@mikro-orm/core";
import { MikroORM as PostgresOrm } from "@mikro-orm/postgresql";
import { type SqlEntityManager, MikroORM as SqliteOrm } from "@mikro-orm/sqlite";
import { numbers, sumOf } from "../rows.ts";
import type { Contender, Place, Tasks } from "../tasks.ts";
import { FIRST_FREE_ID } from "../tasks.ts";

const key = () => p.integer().primary();

const UserSchema = defineEntity({
  name: "User",
  tableName: "users",
  properties: {
    id: key(),
    name: p.string().length(50),
    email: p.string().length(100),
    age: p.integer(),
    active: p.boolean(),
    score: p.float(),
    city: p.string().length(50).nullable(),
    createdAt: p.datetime(),
    profile: () => p.oneToOne(Profile).mappedBy("user").nullable().cascade(Cascade.PERSIST, Cascade.REMOVE),
    orders: () =>
      p.oneToMany(Order).mappedBy("user").orderBy({ id: "asc" }).cascade(Cascade.PERSIST, Cascade.REMOVE),
  },
});
class User extends UserSchema.class {}
UserSchema.setClass(User);

const ProfileSchema = defineEntity({
  name: "Profile",
  tableName: "profiles",
  properties: { id: key(), user: () => p.oneToOne(User).owner(), bio: p.text() },
});
class Profile extends ProfileSchema.class {}
ProfileSchema.setClass(Profile);

const OrderSchema = defineEntity({
  name: "Order",
  tableName: "orders",
  properties: {
    id: key(),
    user: () => p.manyToOne(User),
    status: p.string().length(20),
    total: p.float(),
    items: () => p.oneToMany(Item).mappedBy("order").orderBy({ id: "asc" }),
  },
});
class Order extends OrderSchema.class {}
OrderSchema.setClass(Order);

const ProductSchema = defineEntity({
  name: "Product",
  tableName: "products",
  properties: { id: key(), name: p.string().length(50), price: p.float() },
});
class Product extends ProductSchema.class {}
ProductSchema.setClass(Product);

const ItemSchema = defineEntity({
  name: "Item",
  tableName: "items",
  properties: {
    id: key(),
    order: () => p.manyToOne(Order),
    product: () => p.manyToOne(Product),
    quantity: p.integer(),
  },
});
class Item extends ItemSchema.class {}
ItemSchema.setClass(Item);

const StudentSchema = defineEntity({
  name: "Student",
  tableName: "students",
  properties: {
    id: key(),
    name: p.string().length(50),
    courses: () =>
      p
        .manyToMany(Course)
        .pivotTable("enrollments")
        .joinColumn("student_id")
        .inverseJoinColumn("course_id")
        .owner(),
  },
});
class Student extends StudentSchema.class {}
StudentSchema.setClass(Student);

const CourseSchema = defineEntity({
  name: "Course",
  tableName: "courses",
  properties: { id: key(), title: p.string().length(50) },
});
class Course extends CourseSchema.class {}
CourseSchema.setClass(Course);

const options = {
  entities: [User, Profile, Order, Product, Item, Student, Course],
  // Its defaults load the keys of profiles with users, look for changes before every query, keep both sides of
  // relations alike as they are loaded, and join: T2, T3 and T9 take two to nine times as long with them.
  autoJoinOneToOneOwner: false,
  flushMode: "commit" as const,
  propagationOnPrototype: false,
  loadStrategy: "select-in" as const,
};

export const mikroOrm: Contender = {
  name: "mikro-orm",
  async open(place) {
    const { em, close } = await connect(place);
    return { tasks: await tasksOn(em), close };
  },
};

async function connect({
  database,
  target,
}: Place): Promise<{ em: SqlEntityManager; close(): Promise<void> }> {
  const orm =
    database === "sqlite"
      ? await SqliteOrm.init({ ...options, dbName: target })
      : await PostgresOrm.init({ ...options, clientUrl: target });
  return { em: orm.em as SqlEntityManager, close: () => orm.close() };
}

async function tasksOn(em: SqlEntityManager): Promise<Tasks> {
  const firstOf = (count: number, on = em.fork()) =>
    on.find(User, {}, { orderBy: { id: "asc" }, limit: count });
  const present = em.fork();
  await firstOf(2000, present);

  return {
    T1: async (round) => (await em.fork().findOneOrFail(User, (round % 1000) + 1)).name,
    T1b: async () => {
      let sum = 0;
      for (let id = 1; id <= 2000; id++) sum += (await present.findOneOrFail(User, id)).id;
      return sum;
    },
    "T2-1k": async () => sumOf(await firstOf(1000)),
    "T2-10k": async () => sumOf(await firstOf(10_000)),
    T3: async () => {
      const users = await em.fork().find(
        User,
        {},
        {
          orderBy: { id: "asc" },
          limit: 100,
          populate: ["orders.items.product"],
        },
      );
      let sum = 0;
      for (const user of users)
        for (const order of user.orders)
          for (const item of order.items) sum += item.quantity * item.product.price;
      return sum;
    },
    T4: async (round) => {
      const session = em.fork();
      for (const n of numbers(1000))
        session.create(User, {
          name: `new ${round}`,
          email: `n${n}@x`,
          age: n % 90,
          active: true,
          score: n / 2,
          city: null,
          createdAt: new Date(0),
          profile: { bio: `bio ${n}` },
          orders: numbers(3).map((total) => ({ status: "open", total })),
        });
      await session.flush();
      return 1000;
    },
    T5: async (round) => {
      const session = em.fork();
      const users = await firstOf(1000, session);
      for (const user of users) user.name = `renamed ${round} ${user.id}`;
      await session.flush();
      return users.length;
    },
    T6: async () => {
      const session = em.fork();
      const users = await session.find(
        User,
        { id: { $gt: FIRST_FREE_ID } },
        { populate: ["orders", "profile"] },
      );
      const count = users.reduce((sum, user) => sum + user.orders.length, 0);
      for (const user of users) session.remove(user);
      await session.flush();
      return count;
    },
    T7: (round) => report(em, round).length,
    "T8-add": async () => {
      const session = em.fork();
      const courses = await session.findAll(Course);
      const students = await session.findAll(Student);
      for (const student of students) student.courses.add(courses);
      await session.flush();
      return students.length * courses.length;
    },
    "T8-remove": async () => {
      const session = em.fork();
      let count = 0;
      for (const student of await session.findAll(Student, { populate: ["courses"] })) {
        count += student.courses.length;
        student.courses.removeAll();
      }
      await session.flush();
      return count;
    },
    T9: async () => {
      let sum = 0;
      for (const user of await firstOf(200))
        for (const order of await user.orders.loadItems()) sum += order.total;
      return sum;
    },
  };
}

function report(em: SqlEntityManager, round: number): string {
  return em
    .createQueryBuilder(User, "u")
    .join("u.orders", "o")
    .join("o.items", "i")
    .join("i.product", "p")
    .select(["u.name", "p.name as product", sql`sum(i.quantity)`.as("quantity")])
    .where({
      age: { $gt: round % 60 },
      "o.status": `status ${round}`,
      "p.price": { $gte: round, $lte: round + 10 },
    })
    .groupBy(["u.name", "p.name"])
    .orderBy([{ "u.name": "desc" }, { "p.name": "asc" }])
    .limit(20)
    .getQuery();
}
