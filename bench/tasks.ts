/**
 * What is measured: the work, the same for every contender, as each reads it.
 */

/** How much there is of everything. */
export interface Sizes {
  /** Users in all; the first {@link Sizes.parents} of them have orders with items. */
  readonly users: number;
  readonly parents: number;
  readonly ordersEach: number;
  readonly itemsEach: number;
  readonly products: number;
  readonly students: number;
  readonly courses: number;
}

export const SIZES: Sizes = {
  users: 10_000,
  parents: 200,
  ordersEach: 5,
  itemsEach: 3,
  products: 100,
  students: 20,
  courses: 50,
};

/** Users with higher numbers than this are made and removed by tasks. */
export const FIRST_FREE_ID = 1_000_000;

/** A task's name, what it is, and how often it runs in one measurement. */
export interface Task {
  readonly name: TaskName;
  readonly title: string;
  /** Runs per measurement: a measurement of less than some milliseconds says little, and code that ran seldom is slow. */
  readonly repeats: number;
}

export const TASKS = [
  { name: "T1", title: "get by key, fresh session", repeats: 1000 },
  { name: "T1b", title: "2,000 gets, of objects that are present where a session keeps them", repeats: 5 },
  { name: "T2-1k", title: "1,000 rows as entities", repeats: 10 },
  { name: "T2-10k", title: "10,000 rows as entities", repeats: 1 },
  { name: "T3", title: "100 users with orders, items and products", repeats: 10 },
  { name: "T4", title: "1,000 users with profile and 3 orders inserted", repeats: 1 },
  { name: "T5", title: "1,000 loaded, one field changed on each", repeats: 5 },
  { name: "T6", title: "1,000 parents with 3 children each deleted", repeats: 1 },
  { name: "T7", title: "3-join select built and compiled", repeats: 500 },
  { name: "T8-add", title: "1,000 many-to-many links added", repeats: 5 },
  { name: "T8-remove", title: "1,000 many-to-many links removed", repeats: 5 },
  { name: "T9", title: "200 parents, children touched in a plain loop", repeats: 10 },
] as const satisfies readonly { name: string; title: string; repeats: number }[];

export type TaskName = (typeof TASKS)[number]["name"];

/** What a task gives back, to be compared between contenders: whoever does less is found out. */
export type Outcome = number | string;

/**
 * The tasks as one contender does them. `round` differs from call to call, so that nothing is the same as before.
 * A task that is missing is one that the contender has no means for.
 */
export type Tasks = { readonly [Name in TaskName]?: (round: number) => Outcome | Promise<Outcome> };

/** Where a contender finds its tables. */
export interface Place {
  readonly database: "sqlite" | "postgresql";
  /** The path of the file, or the URL of the database. */
  readonly target: string;
}

/** One library, or one way to use a driver. */
export interface Contender {
  readonly name: string;
  open(place: Place): Promise<Opened>;
}

export interface Opened {
  readonly tasks: Tasks;
  close(): void | Promise<void>;
}
