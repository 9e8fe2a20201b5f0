/** TypeORM: entities without an identity map; writes by its plain operations, which load nothing first. */
import {
  DataSource,
  type EntityManager,
  EntitySchema,
  type EntitySchemaColumnOptions,
  In,
  MoreThan,
} from "typeorm";
import { numbers, sumOf, worthOf } from "../rows.ts";
import type { Contender, Place, Tasks } from "../tasks.ts";
import { FIRST_FREE_ID } from "../tasks.ts";

interface User {
  id: number;
  name: string;
  email: string;
  age: number;
  active: boolean;
  score: number;
  city: string | null;
  createdAt: Date;
  profile: Profile | null;
  orders: Order[];
}
interface Profile {
  id: number;
  user: User;
  bio: string;
}
interface Order {
  id: number;
  user: User;
  status: string;
  total: number;
  items: Item[];
}
interface Product {
  id: number;
  name: string;
  price: number;
}
interface Item {
  id: number;
  order: Order;
  product: Product;
  quantity: number;
}
interface Student {
  id: number;
  name: string;
  courses: Course[];
}
interface Course {
  id: number;
  title: string;
}

const id: EntitySchemaColumnOptions = { type: "integer", primary: true, generated: "increment" };
const string = (length: number): EntitySchemaColumnOptions => ({ type: "varchar", length });
const float: EntitySchemaColumnOptions = { type: "double precision" };

const userSchema = new EntitySchema<User>({
  name: "User",
  tableName: "users",
  columns: {
    id,
    name: string(50),
    email: string(100),
    age: { type: "integer" },
    active: { type: "boolean" },
    score: float,
    city: { ...string(50), nullable: true },
    createdAt: { type: Date, name: "created_at" },
  },
  relations: {
    profile: { type: "one-to-one", target: "Profile", inverseSide: "user" },
    orders: { type: "one-to-many", target: "Order", inverseSide: "user" },
  },
});
const profileSchema = new EntitySchema<Profile>({
  name: "Profile",
  tableName: "profiles",
  columns: { id, bio: { type: "text" } },
  relations: {
    user: { type: "one-to-one", target: "User", inverseSide: "profile", joinColumn: { name: "user_id" } },
  },
});
const orderSchema = new EntitySchema<Order>({
  name: "Order",
  tableName: "orders",
  columns: { id, status: string(20), total: float },
  relations: {
    user: { type: "many-to-one", target: "User", inverseSide: "orders", joinColumn: { name: "user_id" } },
    items: { type: "one-to-many", target: "Item", inverseSide: "order" },
  },
});
const productSchema = new EntitySchema<Product>({
  name: "Product",
  tableName: "products",
  columns: { id, name: string(50), price: float },
});
const itemSchema = new EntitySchema<Item>({
  name: "Item",
  tableName: "items",
  columns: { id, quantity: { type: "integer" } },
  relations: {
    order: { type: "many-to-one", target: "Order", inverseSide: "items", joinColumn: { name: "order_id" } },
    product: { type: "many-to-one", target: "Product", joinColumn: { name: "product_id" } },
  },
});
const studentSchema = new EntitySchema<Student>({
  name: "Student",
  tableName: "students",
  columns: { id, name: string(50) },
  relations: {
    courses: {
      type: "many-to-many",
      target: "Course",
      joinTable: {
        name: "enrollments",
        joinColumn: { name: "student_id" },
        inverseJoinColumn: { name: "course_id" },
      },
    },
  },
});
const courseSchema = new EntitySchema<Course>({
  name: "Course",
  tableName: "courses",
  columns: { id, title: string(50) },
});
const entities = [
  userSchema,
  profileSchema,
  orderSchema,
  productSchema,
  itemSchema,
  studentSchema,
  courseSchema,
];

export const typeorm: Contender = {
  name: "typeorm",
  async open({ database, target }: Place) {
    const source = new DataSource(
      database === "sqlite"
        ? { type: "better-sqlite3", database: target, entities }
        : { type: "postgres", url: target, entities },
    );
    await source.initialize();
    return { tasks: tasksOn(source.manager), close: () => source.destroy() };
  },
};

function tasksOn(manager: EntityManager): Tasks {
  const firstOf = (count: number, on = manager) => on.find(userSchema, { order: { id: "ASC" }, take: count });

  return {
    T1: async (round) => (await manager.findOneByOrFail(userSchema, { id: (round % 1000) + 1 })).name,
    "T2-1k": async () => sumOf(await firstOf(1000)),
    "T2-10k": async () => sumOf(await firstOf(10_000)),
    T3: async () =>
      worthOf(
        await manager.find(userSchema, {
          order: { id: "ASC" },
          take: 100,
          relations: { orders: { items: { product: true } } },
        }),
      ),
    T4: (round) =>
      manager.transaction(async (transaction) => {
        const users = numbers(1000).map((n) =>
          transaction.create(userSchema, {
            name: `new ${round}`,
            email: `n${n}@x`,
            age: n % 90,
            active: true,
            score: n / 2,
            city: null,
            createdAt: new Date(0),
          }),
        );
        await transaction.insert(userSchema, users);
        await transaction.insert(
          profileSchema,
          users.map((user, n) => transaction.create(profileSchema, { user, bio: `bio ${n}` })),
        );
        await transaction.insert(
          orderSchema,
          users.flatMap((user) =>
            numbers(3).map((total) => transaction.create(orderSchema, { user, status: "open", total })),
          ),
        );
        return users.length;
      }),
    T5: (round) =>
      manager.transaction(async (transaction) => {
        const users = await firstOf(1000, transaction);
        for (const { id } of users)
          await transaction.update(userSchema, id, { name: `renamed ${round} ${id}` });
        return users.length;
      }),
    T6: () =>
      manager.transaction(async (transaction) => {
        const users = await transaction.find(userSchema, {
          where: { id: MoreThan(FIRST_FREE_ID) },
          relations: { profile: true },
        });
        const ids = idsOf(users);
        const orders = await transaction.findBy(orderSchema, { user: { id: In(ids) } });
        await transaction.delete(orderSchema, idsOf(orders));
        await transaction.delete(userSchema, ids);
        return orders.length;
      }),
    T7: (round) => report(manager, round).length,
    "T8-add": () =>
      manager.transaction(async (transaction) => {
        const students = await transaction.find(studentSchema);
        const courses = await transaction.find(courseSchema);
        await transaction.createQueryBuilder().relation("Student", "courses").of(students).add(courses);
        return students.length * courses.length;
      }),
    "T8-remove": () =>
      manager.transaction(async (transaction) => {
        const students = await transaction.find(studentSchema, { relations: { courses: true } });
        let count = 0;
        for (const student of students) {
          await transaction
            .createQueryBuilder()
            .relation("Student", "courses")
            .of(student)
            .remove(student.courses);
          count += student.courses.length;
        }
        return count;
      }),
    T9: async () => {
      let sum = 0;
      for (const { id } of await firstOf(200))
        for (const order of await manager.findBy(orderSchema, { user: { id } })) sum += order.total;
      return sum;
    },
  };
}

function report(manager: EntityManager, round: number): string {
  return manager
    .createQueryBuilder(userSchema, "u")
    .select("u.name")
    .addSelect("p.name", "product")
    .addSelect("SUM(i.quantity)", "quantity")
    .innerJoin("u.orders", "o")
    .innerJoin("o.items", "i")
    .innerJoin("i.product", "p")
    .where("u.age > :age", { age: round % 60 })
    .andWhere("o.status = :status", { status: `status ${round}` })
    .andWhere("p.price BETWEEN :low AND :high", { low: round, high: round + 10 })
    .groupBy("u.name")
    .addGroupBy("p.name")
    .orderBy("u.name", "DESC")
    .addOrderBy("p.name", "ASC")
    .limit(20)
    .getQueryAndParameters()[0];
}

const idsOf = (rows: readonly { readonly id: number }[]): number[] => rows.map(({ id }) => id);
