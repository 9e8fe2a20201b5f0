/** PostgreSQL by hand: named statements, multi-row writes. */
import pg from "pg";
import { group, sumOf } from "../rows.ts";
import type { Contender } from "../tasks.ts";
import { FIRST_FREE_ID } from "../tasks.ts";

interface User {
  id: number;
  name: string;
  age: number;
}
interface Order {
  id: number;
  user_id: number;
  total: number;
}
interface Item {
  order_id: number;
  product_id: number;
  quantity: number;
}
interface Product {
  id: number;
  price: number;
}

export const rawPg: Contender = {
  name: "pg",
  kind: "raw",
  async open(place) {
    const client = new pg.Client({ connectionString: place.target });
    await client.connect();
    const names = new Map<string, string>();
    const rows = async <Row>(text: string, values: unknown[] = []): Promise<Row[]> => {
      const name = names.get(text) ?? `s${names.size}`;
      names.set(text, name);
      return (await client.query({ name, text, values })).rows as Row[];
    };
    const within = async <Value>(body: () => Promise<Value>): Promise<Value> => {
      await client.query("BEGIN");
      const value = await body();
      await client.query("COMMIT");
      return value;
    };
    const firstOf = (count: number) => rows<User>("SELECT * FROM users ORDER BY id LIMIT $1", [count]);
    return {
      close: () => client.end(),
      tasks: {
        T1: async (round) =>
          (await rows<User>("SELECT * FROM users WHERE id = $1", [(round % 1000) + 1]))[0]!.name,
        "T2-1k": async () => sumOf(await firstOf(1000)),
        "T2-10k": async () => sumOf(await firstOf(10_000)),
        T3: async () => {
          const users = await firstOf(100);
          const orderRows = await rows<Order>("SELECT * FROM orders WHERE user_id = ANY ($1) ORDER BY id", [
            users.map(({ id }) => id),
          ]);
          const itemRows = await rows<Item>("SELECT * FROM items WHERE order_id = ANY ($1) ORDER BY id", [
            orderRows.map(({ id }) => id),
          ]);
          const products = new Map(
            (
              await rows<Product>("SELECT * FROM products WHERE id = ANY ($1)", [
                [...new Set(itemRows.map((item) => item.product_id))],
              ])
            ).map((product) => [product.id, product]),
          );
          const [orders, items] = [group(orderRows, "user_id"), group(itemRows, "order_id")];
          let sum = 0;
          for (const user of users)
            for (const order of orders.get(user.id) ?? [])
              for (const item of items.get(order.id) ?? [])
                sum += item.quantity * products.get(item.product_id)!.price;
          return sum;
        },
        T4: (round) =>
          within(async () => {
            const numbers = Array.from({ length: 1000 }, (_, n) => n);
            const users = await rows<{ id: number }>(
              `INSERT INTO users (name, email, age, active, score, city, created_at)
               SELECT * FROM unnest($1::varchar[], $2::varchar[], $3::int[], $4::bool[], $5::float8[], $6::varchar[], $7::timestamp[])
               RETURNING id`,
              [
                numbers.map(() => `new ${round}`),
                numbers.map((n) => `n${n}@x`),
                numbers.map((n) => n % 90),
                numbers.map(() => true),
                numbers.map((n) => n / 2),
                numbers.map(() => null),
                numbers.map(() => "2026-01-01 00:00:00"),
              ],
            );
            await rows(
              "INSERT INTO profiles (user_id, bio) SELECT * FROM unnest($1::int[], $2::text[]) RETURNING id",
              [users.map(({ id }) => id), numbers.map((n) => `bio ${n}`)],
            );
            const orders = users.flatMap(({ id }) => [0, 1, 2].map((total) => ({ id, total })));
            await rows(
              "INSERT INTO orders (user_id, status, total) SELECT * FROM unnest($1::int[], $2::varchar[], $3::float8[]) RETURNING id",
              [orders.map(({ id }) => id), orders.map(() => "open"), orders.map(({ total }) => total)],
            );
            return users.length;
          }),
        T5: (round) =>
          within(async () => {
            const users = await firstOf(1000);
            await rows(
              "UPDATE users SET name = new.name FROM unnest($1::int[], $2::varchar[]) AS new (id, name) WHERE users.id = new.id",
              [users.map(({ id }) => id), users.map(({ id }) => `renamed ${round} ${id}`)],
            );
            return users.length;
          }),
        T6: () =>
          within(async () => {
            const users = (await rows<User>(`SELECT * FROM users WHERE id > ${FIRST_FREE_ID}`)).map(
              ({ id }) => id,
            );
            const orders = await rows<Order>("SELECT * FROM orders WHERE user_id = ANY ($1)", [users]);
            await rows("SELECT * FROM profiles WHERE user_id = ANY ($1)", [users]);
            await rows("DELETE FROM orders WHERE id = ANY ($1)", [orders.map(({ id }) => id)]);
            await rows("DELETE FROM users WHERE id = ANY ($1)", [users]);
            return orders.length;
          }),
        "T8-add": () =>
          within(async () => {
            const links = await linksOf();
            await rows(
              "INSERT INTO enrollments (student_id, course_id) SELECT * FROM unnest($1::int[], $2::int[])",
              [links.map(([student]) => student), links.map(([, course]) => course)],
            );
            return links.length;
          }),
        "T8-remove": () =>
          within(async () => {
            const links = await linksOf();
            await rows(
              `DELETE FROM enrollments USING unnest($1::int[], $2::int[]) AS gone (student, course)
               WHERE student_id = gone.student AND course_id = gone.course`,
              [links.map(([student]) => student), links.map(([, course]) => course)],
            );
            return links.length;
          }),
        T9: async () => {
          let sum = 0;
          for (const user of await firstOf(200))
            for (const order of await rows<Order>("SELECT * FROM orders WHERE user_id = $1", [user.id]))
              sum += order.total;
          return sum;
        },
      },
    };

    async function linksOf(): Promise<[number, number][]> {
      const students = await rows<{ id: number }>("SELECT * FROM students");
      const courses = await rows<{ id: number }>("SELECT * FROM courses");
      return students.flatMap((student) =>
        courses.map((course): [number, number] => [student.id, course.id]),
      );
    }
  },
};
