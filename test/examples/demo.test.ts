import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { Notebook } from "../../examples/support/notebook.ts";
import { runExamples } from "../../examples/support/run-examples.ts";
import { systems } from "../../examples/systems.ts";

const postgres = process.env["ORMOLU_TEST_POSTGRES"];

const databases = [
  { database: "sqlite", url: "sqlite://" },
  ...(postgres === undefined ? [] : [{ database: "postgresql", url: postgres }]),
];

/** What a step showed: its SQL, and its text with table rows as `a | b`. */
interface Shown {
  readonly sql: string[];
  readonly text: string[];
}

/** Runs a system; the result finds a step by the beginning of its heading. */
async function run(name: string, url: string): Promise<(heading: string) => Shown> {
  const steps: { heading: string; shown: Shown }[] = [];
  const notebook = new Notebook((line, kind) => {
    const last = steps.at(-1)?.shown;
    if (kind === "step") {
      steps.push({ heading: line.replace(/^\d+\. /, ""), shown: { sql: [], text: [] } });
    } else if (kind === "sql") {
      // A mark begins a statement; its further lines belong to it.
      const text = line.slice(6).trim();
      if (line.startsWith("  sql")) last?.sql.push(text);
      else last?.sql.push(`${last.sql.pop()} ${text}`);
    } else if (!/^\s*([┌├└]|$)/.test(line)) {
      const cells = line.split("│").map((cell) => cell.trim());
      last?.text.push(cells.length === 1 ? line.trim() : cells.slice(1, -1).join(" | "));
    }
  });
  await runExamples(
    systems.filter((system) => system.name === name),
    notebook,
    { url },
  );
  return (heading) => {
    const found = steps.find((step) => step.heading.startsWith(heading));
    if (found !== undefined) return found.shown;
    throw new Error(`No step begins with "${heading}": ${steps.map((step) => step.heading).join("; ")}`);
  };
}

/** The statements of a step without those that begin and end transactions. */
function statements({ sql }: Shown): string[] {
  return sql.filter((each) => !/^(BEGIN|COMMIT|ROLLBACK)/.test(each));
}

describe.each(databases)("on $database", ({ database, url }) => {
  test("dealership", async () => {
    const step = await run("dealership", url);
    expect(step("Create two").text).toEqual([
      "Dealership Central Dealership added.",
      "Dealership East Side Dealership added.",
    ]);
    expect(step("Add cars").text).toEqual([
      "Car Toyota Corolla added to dealership Central Dealership.",
      "Car Honda Civic added to dealership Central Dealership.",
      "Car Ford Focus added to dealership East Side Dealership.",
      "Dealership West End Dealership not found.",
    ]);
    expect(step("Get the cars").text).toEqual([
      "Cars at Central Dealership:",
      "make | model | price",
      "Toyota | Corolla | 20000.00",
      "Honda | Civic | 18000.00",
      "Cars at East Side Dealership:",
      "make | model | price",
      "Ford | Focus | 22000.00",
      "No dealership found with name West End Dealership.",
    ]);
    expect(statements(step("Get the cars"))).toHaveLength(5);
    expect(step("Customers buy").text.at(-1)).toBe("Bob finds no Countach.");
    expect(step("Who bought").text).toEqual([
      "customer | cars",
      "Alice | Corolla, Focus",
      "Bob | Corolla",
      "car | isSold | customers",
      "Corolla | true | Alice, Bob",
      "Civic | false | ",
      "Focus | true | Alice",
    ]);
    expect(statements(step("Who bought"))).toHaveLength(4);
  });

  test("car-data-mart", async () => {
    const step = await run("car-data-mart", url);
    const head = "id | carId | modelId | year | price";
    const [first, second, third, fourth, fifth] = [
      "1 | C1 | 1 | 2020 | 20000",
      "2 | C2 | 1 | 2021 | 21000",
      "3 | C3 | 2 | 2020 | 22000",
      "4 | C4 | 2 | 2022 | 23000",
      "5 | C5 | 3 | 2021 | 19000",
    ];
    const dearer = "2 | C2 | 1 | 2021 | 21500";
    expect(statements(step("Create the tables"))).toContain(
      "CREATE UNIQUE INDEX idx_car_id ON car_info (car_id)",
    );
    const created = step("Create: five").text;
    expect(created.slice(0, 2)).toEqual(["car_info before:", "(no rows)"]);
    expect(created).toContain("5 | BMW");
    expect(created).toContain("5 | X5 | 5");
    expect(created.slice(-7)).toEqual(["car_info after:", head, first, second, third, fourth, fifth]);
    expect(step("Read").text).toContain("C1: Toyota Corolla, 2020 - $20000");
    expect(step("Read").text).toContain("C4: Honda Civic, 2022 - $23000");
    expect(step("Update").text).toEqual(
      ["car_info before:", head, first, second, third, fourth, fifth].concat([
        ...["car_info after:", head, first, dearer, third, fourth, fifth],
      ]),
    );
    expect(step("Delete").text).toEqual(
      ["car_info before:", head, first, dearer, third, fourth, fifth].concat([
        "Car C4 is removed from the database",
        ...["car_info after:", head, first, dearer, third, fifth],
      ]),
    );
    expect(step("The data mart").text).toEqual([
      "Brand | Model | Year | Average_Price",
      "Toyota | Corolla | 2020 | 20000",
      "Toyota | Corolla | 2021 | 21500",
      "Honda | Civic | 2020 | 22000",
      "Ford | Focus | 2021 | 19000",
    ]);
    expect(step("The index").text).toEqual(
      database === "sqlite"
        ? ["SEARCH car_info USING INDEX idx_car_id (car_id=?)", "SCAN car_info"]
        : [
            "Index Scan using idx_car_id on car_info",
            "Index Cond: ((car_id)::text = 'C2'::text)",
            "Seq Scan on car_info",
            "Disabled: true",
            "Filter: (price = 21500)",
          ],
    );
  });

  test("blog-and-school", async () => {
    const step = await run("blog-and-school", url);
    const alice = "<User(username='alice', email='alice@example.com')>";
    const posts = "[<Post(title='My First Post', author_id=1)>, <Post(title='Python Tips', author_id=1)>]";
    expect(step("A user and their posts").text).toEqual([`User: ${alice}`, `User's posts: ${posts}`]);
    expect(step("A post and its author").text).toEqual([
      "Post: <Post(title='My First Post', author_id=1)>",
      `Post's author: ${alice}`,
    ]);
    expect(statements(step("A post and its author"))).toHaveLength(1);
    expect(step("All posts").text).toEqual([
      "My First Post by alice",
      "Python Tips by alice",
      "Database Design by bob",
    ]);
    expect(statements(step("Enroll each"))[0]).toMatch(/^INSERT INTO enrollments .*enrolled_at/);
    expect(step("A student and").text).toEqual([
      "Student: <Student(name='Alice Johnson', email='alice@university.edu')>",
      "Alice's courses: [<Course(title='Python Programming', credits=4)>, <Course(title='Database Design', credits=3)>]",
    ]);
    expect(step("All students").text).toEqual([
      "student | courses",
      "Alice Johnson | Python Programming, Database Design",
      "Bob Smith | Python Programming, Web Development",
      "Charlie Brown | Database Design, Web Development",
    ]);
    expect(step("All courses").text).toEqual([
      "course | students",
      "Python Programming | Alice Johnson, Bob Smith",
      "Database Design | Alice Johnson, Charlie Brown",
      "Web Development | Bob Smith, Charlie Brown",
    ]);
    expect(step("A user's profile").text).toEqual([
      `User: ${alice}`,
      "User's profile: <Profile(first_name='Alice', last_name='Johnson')>",
      "Profile: <Profile(first_name='Alice', last_name='Johnson')>",
      `Profile's user: ${alice}`,
    ]);

    expect(step("Lazy loading").text).toEqual([
      `User loaded: ${alice}`,
      `Posts loaded: ${posts}`,
      "Lazy loading: 2 statements",
    ]);
    for (const [name, count] of [
      ["joinedload", "1 statement"],
      ["subqueryload", "2 statements"],
      ["selectinload", "2 statements"],
    ]) {
      expect(step(`Eager loading with ${name}`).text).toEqual([
        `User with posts loaded: ${alice}`,
        `Posts: ${posts}`,
        `${name}: ${count}`,
      ]);
    }
    expect(step("A loop over all users").text.at(-1)).toBe("Loop over all users: 2 statements");

    expect(step("Users who have posts").text).toEqual(["username", "alice", "bob"]);
    expect(step("Users with more than one post").text).toEqual(["username", "alice"]);
    expect(step("Courses with more than two").text).toEqual(["(none)", "title", "Web Development"]);
    expect(step("Students enrolled in Python").text).toEqual(["name", "Alice Johnson", "Bob Smith"]);

    expect(statements(step("The same many-to-many"))).toHaveLength(3);
    expect(step("From the student").text).toEqual([
      ...["student | course | grade", "Alice | Math 101 | A"],
      ...["course | student | grade", "Math 101 | Alice | A"],
    ]);
  });

  test("raccoons", async () => {
    const step = await run("raccoons", url);
    expect(step("One-to-many").text).toEqual(["trashcan | raccoonId", "1 | 1", "2 | 1"]);
    expect(step("Many-to-one").text).toEqual(["Trashcan 1 is claimed by Rocky Raccoon."]);
    expect(statements(step("Many-to-one"))).toHaveLength(1);
    expect(step("The raccoons of").text).toEqual([
      "business | raccoons",
      "Old Bakery | Rocky Raccoon",
      "Corner Diner | Rocky Raccoon, Rita Raccoon",
    ]);
    expect(statements(step("The raccoons of"))).toHaveLength(3);
    const added = step("A raccoon is added");
    expect(added.text[0]).toBe("Raccoons of the Old Bakery: Rocky Raccoon, Randy Raccoon");
    expect(added.text.at(-1)).toBe("4 | 3 | Randy Raccoon | 1 | Old Bakery");
    expect(statements(added).filter((sql) => sql.startsWith("INSERT"))).toHaveLength(2);
  });

  test("shop", async () => {
    const step = await run("shop", url);
    // A refused insert uses up a number of PostgreSQL's sequence.
    const [second, third] = database === "sqlite" ? [2, 3] : [3, 4];
    expect(step("Create a user").text).toEqual(["John Doe has user_id 1; order #1 got user_id 1."]);
    expect(step("Get a user").text).toEqual(["User: John Doe", "Orders: 1", "- Order #1: $99.99"]);
    expect(step("Get an order").text).toEqual(["Order #1: $99.99", "Customer: John Doe (john@example.com)"]);
    expect(step("A foreign key").text[0]).toMatch(/^conflict\/foreign-key: /);
    expect(step("Create an order").text).toEqual([`Order #${second}: $2050.27`]);
    expect(step("Get the products").text).toEqual([
      `Order #${second} contains:`,
      "product | quantity | unitPrice",
      "Laptop | 2 | 999.99",
      "Mouse | 1 | 49.99",
      "Keyboard | 3 | 0.10",
    ]);
    expect(statements(step("Get the products"))).toHaveLength(3);
    expect(step("Complete example").text).toEqual([
      "User: Jane Smith",
      "Profile: Software developer",
      "Orders: 1",
      `Order #${third}: $1099.97`,
      "- Laptop",
      "- Mouse",
    ]);
    expect(step("Get the orders with").text).toEqual([
      "order | quantity | customer",
      `${second} | 2 | John Doe`,
      `${third} | 1 | Jane Smith`,
    ]);
    expect(step("Lazy loading").text.at(-1)).toBe("Lazy loading: 2 statements");
    expect(step("After the session").text[0]).toMatch(/^load\/detached: User.profile is not loaded/);
    expect(step("Eager loading with selectinload").text[0]).toBe("selectinload: 2 statements");
    expect(step("Eager loading with joinedload").text[0]).toBe("joinedload: 1 statement");
    const head = "order | totalAmount | items";
    const [one, two, three] = ["1 | 99.99 | 0", `${second} | 2050.27`, `${third} | 1099.97 | 2`];
    expect(step("Cascade: an item").text).toEqual([
      ...[head, one, `${two} | 3`, three],
      ...[head, one, `${two} | 2`, three],
    ]);
    expect(step("Cascade: deleting").text).toEqual([head, one, three]);
    expect(step("The products are").text).toEqual([
      "id | name | price",
      "1 | Laptop | 999.99",
      "2 | Mouse | 49.99",
      "3 | Keyboard | 0.10",
    ]);
  });
});

test.each([
  [["nope"], 'There is no system called "nope"; there are: dealership, car-data-mart,'],
  [["--hurl", "x"], "Unknown option '--hurl'; there are the options --url URL and --keep,"],
  [["--url", "foo://x"], "url/unknown-scheme: no driver is known for the URL scheme foo"],
])("the demo refuses %j with a sentence", async (given, sentence) => {
  const main = new URL("../../examples/main.ts", import.meta.url).pathname;
  const refusal = await promisify(execFile)(process.execPath, [main, ...given]).catch((error) => error);
  expect(refusal).toMatchObject({ code: 1, stdout: "", stderr: expect.stringContaining(sentence) });
});
