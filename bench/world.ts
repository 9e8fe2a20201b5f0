/**
 * The tables and rows that every contender finds, made with the raw drivers. Each contender has a file, or a schema, of
 * its own; what a task changes is put back between measurements.
 */
import Database from "better-sqlite3";
import pg from "pg";
import { FIRST_FREE_ID, type Place, SIZES, type TaskName } from "./tasks.ts";

const TABLES = (key: string, time: string) => `
CREATE TABLE users (id ${key}, name VARCHAR(50) NOT NULL, email VARCHAR(100) NOT NULL, age INTEGER NOT NULL,
  active BOOLEAN NOT NULL, score DOUBLE PRECISION NOT NULL, city VARCHAR(50), created_at ${time} NOT NULL);
CREATE TABLE profiles (id ${key}, user_id INTEGER NOT NULL UNIQUE REFERENCES users (id), bio TEXT NOT NULL);
CREATE TABLE orders (id ${key}, user_id INTEGER NOT NULL REFERENCES users (id), status VARCHAR(20) NOT NULL,
  total DOUBLE PRECISION NOT NULL);
CREATE INDEX ix_orders_user_id ON orders (user_id);
CREATE TABLE products (id ${key}, name VARCHAR(50) NOT NULL, price DOUBLE PRECISION NOT NULL);
CREATE TABLE items (id ${key}, order_id INTEGER NOT NULL REFERENCES orders (id),
  product_id INTEGER NOT NULL REFERENCES products (id), quantity INTEGER NOT NULL);
CREATE INDEX ix_items_order_id ON items (order_id);
CREATE TABLE students (id ${key}, name VARCHAR(50) NOT NULL);
CREATE TABLE courses (id ${key}, title VARCHAR(50) NOT NULL);
CREATE TABLE enrollments (student_id INTEGER NOT NULL REFERENCES students (id),
  course_id INTEGER NOT NULL REFERENCES courses (id), PRIMARY KEY (student_id, course_id));
`;

/** Statements that put back what the task changes; run before each measurement, outside the time. */
export function resetOf(task: TaskName, database: Place["database"]): string[] {
  switch (task) {
    case "T4":
    case "T6": {
      const remove = [
        `DELETE FROM profiles WHERE user_id > ${SIZES.users}`,
        `DELETE FROM orders WHERE user_id > ${SIZES.users}`,
        `DELETE FROM users WHERE id > ${SIZES.users}`,
      ];
      if (task === "T4") return remove;
      return [
        ...remove,
        `INSERT INTO users SELECT id + ${FIRST_FREE_ID}, name, email, age, active, score, city, created_at
         FROM users WHERE id <= 1000`,
        ...[0, 1, 2].map(
          (n) => `INSERT INTO orders SELECT id * 3 + ${FIRST_FREE_ID + n}, id + ${FIRST_FREE_ID}, 'open', 1.5
                  FROM users WHERE id <= 1000`,
        ),
      ];
    }
    case "T8-add":
      return ["DELETE FROM enrollments"];
    case "T8-remove":
      return [
        "DELETE FROM enrollments",
        "INSERT INTO enrollments SELECT s.id, c.id FROM students s, courses c",
        // Otherwise PostgreSQL may know the table as empty, and plan for that.
        ...(database === "postgresql" ? ["ANALYZE enrollments"] : []),
      ];
    default:
      return [];
  }
}

/** The rows, as multi-row INSERTs. */
function* rows(isSqlite: boolean): Generator<string> {
  const time = (n: number) =>
    `'2026-01-01 ${String(n % 24).padStart(2, "0")}:${String(n % 60).padStart(2, "0")}:00'`;
  const truth = (value: boolean) => (isSqlite ? Number(value) : value);
  const { users, parents, ordersEach, itemsEach, products, students, courses } = SIZES;
  yield* insert(
    "users",
    users,
    (n) =>
      `${n}, 'user ${n}', 'user${n}@example.com', ${18 + (n % 60)}, ${truth(n % 3 > 0)}, ${n / 4}, ${n % 7 > 0 ? `'city ${n % 100}'` : "NULL"}, ${time(n)}`,
  );
  yield* insert("profiles", 1000, (n) => `${n}, ${n}, 'bio ${n}'`);
  yield* insert("products", products, (n) => `${n}, 'product ${n}', ${n / 2}`);
  yield* insert("orders", parents * ordersEach, (n) => `${n}, ${((n - 1) % parents) + 1}, 'open', ${n / 2}`);
  yield* insert(
    "items",
    parents * ordersEach * itemsEach,
    (n) => `${n}, ${((n - 1) % (parents * ordersEach)) + 1}, ${((n - 1) % products) + 1}, ${(n % 5) + 1}`,
  );
  yield* insert("students", students, (n) => `${n}, 'student ${n}'`);
  yield* insert("courses", courses, (n) => `${n}, 'course ${n}'`);
}

function* insert(table: string, count: number, row: (n: number) => string): Generator<string> {
  for (let start = 1; start <= count; start += 500) {
    const numbers = Array.from({ length: Math.min(500, count - start + 1) }, (_, index) => start + index);
    yield `INSERT INTO ${table} VALUES ${numbers.map((n) => `(${row(n)})`).join(", ")}`;
  }
}

/** The hand that makes and mends tables. */
export interface Keeper {
  run(statements: Iterable<string>): Promise<void>;
  close(): Promise<void>;
}

/** Makes the tables of a place. */
export async function build(place: Place): Promise<void> {
  const keeper = await keeperOf(place);
  if (place.database === "sqlite") {
    const tables = TABLES("INTEGER PRIMARY KEY", "DATETIME").split(";\n");
    await keeper.run(tables.filter((text) => text.trim() !== ""));
    await keeper.run(rows(true));
  } else {
    await keeper.run([TABLES("SERIAL PRIMARY KEY", "TIMESTAMP")]);
    await keeper.run(rows(false));
    const tables = ["users", "profiles", "orders", "products", "items", "students", "courses"];
    await keeper.run(tables.map((table) => `SELECT setval('${table}_id_seq', 20000)`));
    await keeper.run(["ANALYZE"]);
  }
  await keeper.close();
}

/** Opens the tables of a place with the raw driver. */
export async function keeperOf(place: Place): Promise<Keeper> {
  return place.database === "sqlite" ? sqliteKeeper(place) : await postgresKeeper(place);
}

function sqliteKeeper(place: Place): Keeper {
  const database = new Database(place.target);
  database.pragma("journal_mode = WAL");
  return {
    run: async (statements) => {
      database.transaction(() => {
        for (const statement of statements) database.exec(statement);
      })();
    },
    close: async () => {
      database.close();
    },
  };
}

async function postgresKeeper(place: Place): Promise<Keeper> {
  const client = new pg.Client({ connectionString: place.target });
  await client.connect();
  return {
    run: async (statements) => {
      for (const statement of statements) await client.query(statement);
    },
    close: () => client.end(),
  };
}
