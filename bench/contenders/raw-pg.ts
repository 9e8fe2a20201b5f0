/** PostgreSQL by hand: named statements, writes of many rows by lists of values. */
import pg from "pg";
import { group, numbers, sumOf } from "../rows.ts";
import type { Contender, Tasks } from "../tasks.ts";
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
  async open(place) {
    const client = new pg.Client({ connectionString: place.target });
    await client.connect();
    return { tasks: rawTasks(handOf(client)), close: () => client.end() };
  },
};

/** What statements are sent with. */
export interface Hand {
  /** Sends a statement by a name that its text keeps. */
  rows<Row>(text: string, values?: unknown[]): Promise<Row[]>;
  within<Value>(body: () => Promise<Value>): Promise<Value>;
}

export function handOf(client: pg.Client): Hand {
  const names = new Map<string, string>();
  return {
    rows: async <Row>(text: string, values: unknown[] = []): Promise<Row[]> => {
      const name = names.get(text) ?? `s${names.size}`;
      names.set(text, name);
      return (await client.query({ name, text, values })).rows as Row[];
    },
    within: async (body) => {
      await client.query("BEGIN");
      const value = await body();
      await client.query("COMMIT");
      return value;
    },
  };
}

/** Every student with every course. */
export async function linksOf({ rows }: Hand): Promise<[number, number][]> {
  const students = await rows<{ id: number }>("SELECT * FROM students");
  const courses = await rows<{ id: number }>("SELECT * FROM courses");
  return students.flatMap((student) => courses.map((course): [number, number] => [student.id, course.id]));
}

/** The tasks, writing many rows by one list of values. */
export function rawTasks(hand: Hand): Tasks {
  const { rows, within } = hand;
  const firstOf = (count: number) => rows<User>("SELECT * FROM users ORDER BY id LIMIT $1", [count]);
  return {
    T1: async (round) =>
      (await rows<User>("SELECT * FROM users WHERE id = $1", [(round % 1000) + 1]))[0]!.name,
    T1b: async () => {
      let sum = 0;
      for (let id = 1; id <= 2000; id++)
        sum += (await rows<User>("SELECT * FROM users WHERE id = $1", [id]))[0]!.id;
      return sum;
    },
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
        const users = await rows<{ id: number }>(
          `INSERT INTO users (name, email, age, active, score, city, created_at) VALUES ${listOf(1000, 7)} RETURNING id`,
          numbers(1000).flatMap((n) => [
            `new ${round}`,
            `n${n}@x`,
            n % 90,
            true,
            n / 2,
            null,
            "2026-01-01 00:00:00",
          ]),
        );
        await rows(
          `INSERT INTO profiles (user_id, bio) VALUES ${listOf(1000, 2)} RETURNING id`,
          users.flatMap(({ id }, n) => [id, `bio ${n}`]),
        );
        await rows(
          `INSERT INTO orders (user_id, status, total) VALUES ${listOf(3000, 3)} RETURNING id`,
          users.flatMap(({ id }) => [0, 1, 2].flatMap((total) => [id, "open", total])),
        );
        return users.length;
      }),
    T5: (round) =>
      within(async () => {
        const users = await firstOf(1000);
        await rows(
          `UPDATE users SET name = new.name FROM (VALUES ${listOf(1000, 2, "::int", "::varchar")}) AS new (id, name)
           WHERE users.id = new.id`,
          users.flatMap(({ id }) => [id, `renamed ${round} ${id}`]),
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
        const links = await linksOf(hand);
        await rows(
          `INSERT INTO enrollments (student_id, course_id) VALUES ${listOf(links.length, 2)}`,
          links.flat(),
        );
        return links.length;
      }),
    "T8-remove": () =>
      within(async () => {
        const links = await linksOf(hand);
        await rows(
          `DELETE FROM enrollments WHERE (student_id, course_id) IN (${listOf(links.length, 2)})`,
          links.flat(),
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
  };
}

const lists = new Map<string, string>();

/** `($1, $2), ($3, $4)`, made once for each size; each row may say its types. */
function listOf(count: number, width: number, ...types: string[]): string {
  const key = `${count} ${width} ${types.join()}`;
  let list = lists.get(key);
  if (list === undefined) {
    const mark = (row: number, column: number) => `$${row * width + column + 1}${types[column] ?? ""}`;
    const row = (index: number) =>
      `(${numbers(width)
        .map((column) => mark(index, column))
        .join(", ")})`;
    list = numbers(count).map(row).join(", ");
    lists.set(key, list);
  }
  return list;
}
