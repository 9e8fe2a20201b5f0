/** 10,000 rows in memory, and what they take there: shared by the two programs beside it. */
import Database from "better-sqlite3";

export const ROWS = 10_000;

/** A file with the rows of the bench's users. */
export function fill(file) {
  const database = new Database(file);
  database.exec(`CREATE TABLE users (id INTEGER PRIMARY KEY, name VARCHAR(50) NOT NULL, email VARCHAR(100) NOT NULL,
    age INTEGER NOT NULL, active BOOLEAN NOT NULL, score DOUBLE PRECISION NOT NULL, city VARCHAR(50),
    created_at DATETIME NOT NULL)`);
  const insert = database.prepare("INSERT INTO users VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
  database.transaction(() => {
    for (let id = 1; id <= ROWS; id++) {
      insert.run(
        id,
        `user ${id}`,
        `user${id}@example.com`,
        id % 90,
        id % 2,
        id / 3,
        id % 5 === 0 ? null : `city ${id % 7}`,
        "2026-01-02 03:04:05.000000",
      );
    }
  })();
  database.close();
}

/** Bytes that what `load` gives keeps in memory. */
export async function held(load) {
  // The first time makes what stays: compiled code, statements, the shapes of objects.
  discard(load);
  await settled();
  const before = process.memoryUsage();
  const kept = load();
  await settled();
  const after = process.memoryUsage();
  if (kept.length !== ROWS) throw new Error(`${kept.length} rows`);
  return after.heapUsed + after.external - before.heapUsed - before.external;
}

function discard(load) {
  load();
}

async function settled() {
  for (let turn = 0; turn < 3; turn++) {
    await new Promise((resolve) => setImmediate(resolve));
    globalThis.gc();
  }
}
