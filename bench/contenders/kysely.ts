/** Kysely: a query builder; rows as the driver gives them. */
import Database from "better-sqlite3";
import { type Generated, Kysely, PostgresDialect, SqliteDialect, sql, type Transaction } from "kysely";
import pg from "pg";
import { group, numbers, sumOf, worthOf } from "../rows.ts";
import type { Contender, Place, Tasks } from "../tasks.ts";
import { FIRST_FREE_ID } from "../tasks.ts";

interface Tables {
  users: {
    id: Generated<number>;
    name: string;
    email: string;
    age: number;
    active: boolean | number;
    score: number;
    city: string | null;
    created_at: string;
  };
  profiles: { id: Generated<number>; user_id: number; bio: string };
  orders: { id: Generated<number>; user_id: number; status: string; total: number };
  products: { id: Generated<number>; name: string; price: number };
  items: { id: Generated<number>; order_id: number; product_id: number; quantity: number };
  students: { id: Generated<number>; name: string };
  courses: { id: Generated<number>; title: string };
  enrollments: { student_id: number; course_id: number };
}

export const kysely: Contender = {
  name: "kysely",
  async open(place) {
    const db = new Kysely<Tables>({ dialect: dialectOf(place) });
    return { tasks: tasksOn(db, place.database), close: () => db.destroy() };
  },
};

function dialectOf({ database, target }: Place): PostgresDialect | SqliteDialect {
  return database === "sqlite"
    ? new SqliteDialect({ database: new Database(target) })
    : new PostgresDialect({ pool: new pg.Pool({ connectionString: target }) });
}

function tasksOn(db: Kysely<Tables>, database: Place["database"]): Tasks {
  const firstOf = (count: number, on: Kysely<Tables> = db) =>
    on.selectFrom("users").selectAll().orderBy("id").limit(count).execute();
  const rename = database === "sqlite" ? renameEach : renameTogether;

  return {
    T1: async (round) => {
      const one = db
        .selectFrom("users")
        .selectAll()
        .where("id", "=", (round % 1000) + 1);
      return (await one.executeTakeFirstOrThrow()).name;
    },
    "T2-1k": async () => sumOf(await firstOf(1000)),
    "T2-10k": async () => sumOf(await firstOf(10_000)),
    T3: async () => {
      const users = await firstOf(100);
      const orderRows = await db
        .selectFrom("orders")
        .selectAll()
        .where("user_id", "in", idsOf(users))
        .orderBy("id")
        .execute();
      const itemRows = await db
        .selectFrom("items")
        .selectAll()
        .where("order_id", "in", idsOf(orderRows))
        .orderBy("id")
        .execute();
      const productIds = [...new Set(itemRows.map((item) => item.product_id))];
      const products = new Map(
        (await db.selectFrom("products").selectAll().where("id", "in", productIds).execute()).map(
          (product) => [product.id, product],
        ),
      );
      const items = group(
        itemRows.map((item) => ({ ...item, product: products.get(item.product_id)! })),
        "order_id",
      );
      const orders = group(
        orderRows.map((order) => ({ ...order, items: items.get(order.id) ?? [] })),
        "user_id",
      );
      return worthOf(users.map((user) => ({ ...user, orders: orders.get(user.id) ?? [] })));
    },
    T4: (round) =>
      db.transaction().execute(async (transaction) => {
        const users = await transaction
          .insertInto("users")
          .values(
            numbers(1000).map((n) => ({
              name: `new ${round}`,
              email: `n${n}@x`,
              age: n % 90,
              active: database === "sqlite" ? 1 : true,
              score: n / 2,
              city: null,
              created_at: "2026-01-01 00:00:00",
            })),
          )
          .returning("id")
          .execute();
        await transaction
          .insertInto("profiles")
          .values(users.map(({ id }, n) => ({ user_id: id, bio: `bio ${n}` })))
          .execute();
        await transaction
          .insertInto("orders")
          .values(
            users.flatMap(({ id }) => numbers(3).map((total) => ({ user_id: id, status: "open", total }))),
          )
          .execute();
        return users.length;
      }),
    T5: (round) =>
      db.transaction().execute(async (transaction) => {
        const users = await firstOf(1000, transaction);
        await rename(
          transaction,
          users.map(({ id }) => ({ id, name: `renamed ${round} ${id}` })),
        );
        return users.length;
      }),
    T6: () =>
      db.transaction().execute(async (transaction) => {
        const users = idsOf(
          await transaction.selectFrom("users").selectAll().where("id", ">", FIRST_FREE_ID).execute(),
        );
        const orders = idsOf(
          await transaction.selectFrom("orders").selectAll().where("user_id", "in", users).execute(),
        );
        await transaction.selectFrom("profiles").selectAll().where("user_id", "in", users).execute();
        await transaction.deleteFrom("orders").where("id", "in", orders).execute();
        await transaction.deleteFrom("users").where("id", "in", users).execute();
        return orders.length;
      }),
    T7: (round) => report(db, round).compile().sql.length,
    "T8-add": () =>
      db.transaction().execute(async (transaction) => {
        const { students, courses } = await bothSides(transaction);
        const links = students.flatMap((student_id) =>
          courses.map((course_id) => ({ student_id, course_id })),
        );
        await transaction.insertInto("enrollments").values(links).execute();
        return links.length;
      }),
    "T8-remove": () =>
      db.transaction().execute(async (transaction) => {
        const { students, courses } = await bothSides(transaction);
        return await unlink(transaction, students, courses);
      }),
    T9: async () => {
      let sum = 0;
      for (const user of await firstOf(200)) {
        const orders = await db.selectFrom("orders").selectAll().where("user_id", "=", user.id).execute();
        for (const order of orders) sum += order.total;
      }
      return sum;
    },
  };
}

interface NewName {
  readonly id: number;
  readonly name: string;
}

async function renameEach(db: Transaction<Tables>, users: readonly NewName[]): Promise<void> {
  for (const { id, name } of users)
    await db.updateTable("users").set({ name }).where("id", "=", id).execute();
}

async function renameTogether(db: Transaction<Tables>, users: readonly NewName[]): Promise<void> {
  const rows = sql<NewName>`(SELECT * FROM unnest(${idsOf(users)}::int[], ${users.map(({ name }) => name)}::varchar[]) AS rows (id, name))`;
  await db
    .updateTable("users")
    .from(rows.as<"renamed">(sql`renamed`))
    .set((each) => ({ name: each.ref("renamed.name") }))
    .whereRef("users.id", "=", "renamed.id")
    .execute();
}

/** A student at a time: PostgreSQL takes three times as long for one statement with a list of pairs, SQLite has no such list. */
async function unlink(
  db: Transaction<Tables>,
  students: readonly number[],
  courses: readonly number[],
): Promise<number> {
  let count = 0;
  for (const student of students) {
    const { numDeletedRows } = await db
      .deleteFrom("enrollments")
      .where("student_id", "=", student)
      .where("course_id", "in", courses)
      .executeTakeFirst();
    count += Number(numDeletedRows);
  }
  return count;
}

async function bothSides(db: Transaction<Tables>): Promise<{ students: number[]; courses: number[] }> {
  return {
    students: idsOf(await db.selectFrom("students").selectAll().execute()),
    courses: idsOf(await db.selectFrom("courses").selectAll().execute()),
  };
}

function report(db: Kysely<Tables>, round: number) {
  return db
    .selectFrom("users")
    .innerJoin("orders", "orders.user_id", "users.id")
    .innerJoin("items", "items.order_id", "orders.id")
    .innerJoin("products", "products.id", "items.product_id")
    .select((each) => [
      "users.name",
      "products.name as product",
      each.fn.sum<number>("items.quantity").as("quantity"),
    ])
    .where("users.age", ">", round % 60)
    .where("orders.status", "=", `status ${round}`)
    .where((each) => each.between("products.price", round, round + 10))
    .groupBy(["users.name", "products.name"])
    .orderBy("users.name", "desc")
    .orderBy("products.name")
    .limit(20);
}

const idsOf = (rows: readonly { readonly id: number }[]): number[] => rows.map(({ id }) => id);
