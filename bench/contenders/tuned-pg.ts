/** PostgreSQL by hand, with the statements that are fastest there: a write of many rows takes an array per column. */
import pg from "pg";
import { numbers } from "../rows.ts";
import type { Contender } from "../tasks.ts";
import { handOf, linksOf, rawTasks } from "./raw-pg.ts";

export const tunedPg: Contender = {
  name: "pg tuned",
  async open(place) {
    const client = new pg.Client({ connectionString: place.target });
    await client.connect();
    const hand = handOf(client);
    const { rows, within } = hand;
    const firstOf = (count: number) =>
      rows<{ id: number }>("SELECT * FROM users ORDER BY id LIMIT $1", [count]);
    return {
      close: () => client.end(),
      tasks: {
        ...rawTasks(hand),
        T4: (round) =>
          within(async () => {
            const all = numbers(1000);
            const users = await rows<{ id: number }>(
              `INSERT INTO users (name, email, age, active, score, city, created_at)
               SELECT * FROM unnest($1::varchar[], $2::varchar[], $3::int[], $4::bool[], $5::float8[], $6::varchar[], $7::timestamp[])
               RETURNING id`,
              [
                all.map(() => `new ${round}`),
                all.map((n) => `n${n}@x`),
                all.map((n) => n % 90),
                all.map(() => true),
                all.map((n) => n / 2),
                all.map(() => null),
                all.map(() => "2026-01-01 00:00:00"),
              ],
            );
            await rows(
              "INSERT INTO profiles (user_id, bio) SELECT * FROM unnest($1::int[], $2::text[]) RETURNING id",
              [users.map(({ id }) => id), all.map((n) => `bio ${n}`)],
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
        "T8-add": () =>
          within(async () => {
            const links = await linksOf(hand);
            await rows(
              "INSERT INTO enrollments (student_id, course_id) SELECT * FROM unnest($1::int[], $2::int[])",
              [links.map(([student]) => student), links.map(([, course]) => course)],
            );
            return links.length;
          }),
        "T8-remove": () =>
          within(async () => {
            const links = await linksOf(hand);
            await rows(
              `DELETE FROM enrollments USING unnest($1::int[], $2::int[]) AS gone (student, course)
               WHERE student_id = gone.student AND course_id = gone.course`,
              [links.map(([student]) => student), links.map(([, course]) => course)],
            );
            return links.length;
          }),
      },
    };
  },
};
