/** Ormolu: the unit of work, with its identity map and its tracking of changes. */
import {
  boolean,
  createEngine,
  dateTime,
  declarativeBase,
  float,
  func,
  integer,
  manyToMany,
  manyToOne,
  oneToMany,
  oneToOne,
  Session,
  select,
  selectinload,
  string,
  table,
  text,
} from "ormolu";
import { createSyncEngine, SyncSession } from "ormolu/sync";
import type { Contender, Opened, Place } from "../tasks.ts";
import { FIRST_FREE_ID } from "../tasks.ts";

const Base = declarativeBase();

class User extends Base("users", {
  id: integer().primaryKey(),
  name: string(50),
  email: string(100),
  age: integer(),
  active: boolean(),
  score: float(),
  city: string(50).nullable(),
  createdAt: dateTime(),
  get profile() {
    return oneToOne(Profile, { backPopulates: "user", cascade: "all, delete-orphan" });
  },
  get orders() {
    return oneToMany(Order, {
      backPopulates: "user",
      cascade: "all, delete-orphan",
      orderBy: () => Order.c.id,
    });
  },
}) {}

class Profile extends Base("profiles", {
  id: integer().primaryKey(),
  get userId() {
    return integer().unique().references(User.c.id);
  },
  bio: text(),
  get user() {
    return oneToOne(User, { backPopulates: "profile" });
  },
}) {}

class Order extends Base("orders", {
  id: integer().primaryKey(),
  get userId() {
    return integer().references(User.c.id);
  },
  status: string(20),
  total: float(),
  get user() {
    return manyToOne(User, { backPopulates: "orders" });
  },
  get items() {
    return oneToMany(Item, {
      backPopulates: "order",
      cascade: "all, delete-orphan",
      orderBy: () => Item.c.id,
    });
  },
}) {}

class Product extends Base("products", { id: integer().primaryKey(), name: string(50), price: float() }) {}

class Item extends Base("items", {
  id: integer().primaryKey(),
  get orderId() {
    return integer().references(Order.c.id);
  },
  get productId() {
    return integer().references(Product.c.id);
  },
  quantity: integer(),
  get order() {
    return manyToOne(Order, { backPopulates: "items" });
  },
  get product() {
    return manyToOne(Product);
  },
}) {}

class Student extends Base("students", {
  id: integer().primaryKey(),
  name: string(50),
  get courses() {
    return manyToMany(Course, { secondary: enrollments, backPopulates: "students" });
  },
}) {}

class Course extends Base("courses", {
  id: integer().primaryKey(),
  title: string(50),
  get students() {
    return manyToMany(Student, { secondary: enrollments, backPopulates: "courses" });
  },
}) {}

const enrollments = table("enrollments", Base.metadata, {
  get studentId() {
    return integer().references(Student.c.id).primaryKey();
  },
  get courseId() {
    return integer().references(Course.c.id).primaryKey();
  },
});

const firstUsers = (count: number) => select(User).orderBy(User.c.id).limit(count);
const wholeOrders = selectinload(User.c.orders).selectinload(Order.c.items).selectinload(Item.c.product);

/** T7: a statement with three joins, made anew. */
function report(round: number) {
  return select(User.c.name, Product.c.name.label("product"), func.sum(Item.c.quantity).label("quantity"))
    .join(User.c.orders)
    .join(Order.c.items)
    .join(Item.c.product)
    .where(
      User.c.age.gt(round % 60),
      Order.c.status.eq(`status ${round}`),
      Product.c.price.between(round, round + 10),
    )
    .groupBy(User.c.name, Product.c.name)
    .orderBy(User.c.name.desc(), Product.c.name)
    .limit(20);
}

function newUser(round: number, n: number): User {
  const orders = [0, 1, 2].map((each) => new Order({ status: "open", total: each }));
  const profile = new Profile({ bio: `bio ${n}` });
  return new User({
    name: `new ${round}`,
    email: `n${n}@x`,
    age: n % 90,
    active: true,
    score: n / 2,
    city: null,
    createdAt: new Date(0),
    profile,
    orders,
  });
}

/** Synchronous, on `node:sqlite` or `better-sqlite3`. */
export function ormoluSync(driver: string): Contender {
  return {
    name: `ormolu sync (${driver})`,
    async open(place) {
      const engine = createSyncEngine(
        `sqlite+${driver === "better-sqlite3" ? driver : "node"}:///${place.target}`,
      );
      return { ...openSync(engine), close: () => engine.dispose() };
    },
  };
}

function openSync(engine: ReturnType<typeof createSyncEngine>): Pick<Opened, "tasks"> {
  const present = new SyncSession(engine);
  present.scalars(firstUsers(2000)).all();
  return {
    tasks: {
      T1: (round) => {
        using session = new SyncSession(engine);
        return session.get(User, (round % 1000) + 1)!.name;
      },
      T1b: () => {
        let sum = 0;
        for (let id = 1; id <= 2000; id++) sum += present.get(User, id)!.id;
        return sum;
      },
      "T2-1k": () => {
        using session = new SyncSession(engine);
        return sumOf(session.scalars(firstUsers(1000)).all());
      },
      "T2-10k": () => {
        using session = new SyncSession(engine);
        return sumOf(session.scalars(firstUsers(10_000)).all());
      },
      T3: () => {
        using session = new SyncSession(engine);
        let sum = 0;
        for (const user of session.scalars(firstUsers(100).options(wholeOrders)).all())
          for (const order of user.orders)
            for (const item of order.items) sum += item.quantity * item.product!.price;
        return sum;
      },
      T4: (round) => {
        using session = new SyncSession(engine);
        for (let n = 0; n < 1000; n++) session.add(newUser(round, n));
        session.commit();
        return 1000;
      },
      T5: (round) => {
        using session = new SyncSession(engine);
        const users = session.scalars(firstUsers(1000)).all();
        for (const user of users) user.name = `renamed ${round} ${user.id}`;
        session.commit();
        return users.length;
      },
      T6: () => {
        using session = new SyncSession(engine);
        const victims = select(User)
          .where(User.c.id.gt(FIRST_FREE_ID))
          .options(selectinload(User.c.orders), selectinload(User.c.profile));
        const users = session.scalars(victims).all();
        const count = users.reduce((sum, user) => sum + user.orders.length, 0);
        session.deleteAll(users);
        session.commit();
        return count;
      },
      T7: (round) => engine.compile(report(round)).sql.length,
      "T8-add": () => {
        using session = new SyncSession(engine);
        const courses = session.scalars(select(Course)).all();
        const students = session.scalars(select(Student)).all();
        for (const student of students) student.courses = courses;
        session.commit();
        return students.length * courses.length;
      },
      "T8-remove": () => {
        using session = new SyncSession(engine);
        let count = 0;
        for (const student of session
          .scalars(select(Student).options(selectinload(Student.c.courses)))
          .all()) {
          count += student.courses.length;
          student.courses = [];
        }
        session.commit();
        return count;
      },
      T9: () => {
        using session = new SyncSession(engine);
        let sum = 0;
        for (const user of session.scalars(firstUsers(200)).all())
          for (const order of user.orders) sum += order.total;
        return sum;
      },
    },
  };
}

/** Asynchronous: PostgreSQL, and SQLite in the other colour. */
export const ormolu: Contender = {
  name: "ormolu",
  open,
};

async function open(place: Place): Promise<Opened> {
  const engine = createEngine(
    place.database === "sqlite" ? `sqlite+better-sqlite3:///${place.target}` : place.target,
  );
  const present = new Session(engine);
  await present.scalars(firstUsers(2000)).all();
  await present.commit();
  return {
    close: async () => {
      await present.close();
      await engine.dispose();
    },
    tasks: {
      T1: async (round) => {
        await using session = new Session(engine);
        return (await session.get(User, (round % 1000) + 1))!.name;
      },
      T1b: async () => {
        let sum = 0;
        for (let id = 1; id <= 2000; id++) sum += (await present.get(User, id))!.id;
        return sum;
      },
      "T2-1k": async () => {
        await using session = new Session(engine);
        return sumOf(await session.scalars(firstUsers(1000)).all());
      },
      "T2-10k": async () => {
        await using session = new Session(engine);
        return sumOf(await session.scalars(firstUsers(10_000)).all());
      },
      T3: async () => {
        await using session = new Session(engine);
        let sum = 0;
        for (const user of await session.scalars(firstUsers(100).options(wholeOrders)).all())
          for (const order of user.orders)
            for (const item of order.items) sum += item.quantity * item.product!.price;
        return sum;
      },
      T4: async (round) => {
        await using session = new Session(engine);
        for (let n = 0; n < 1000; n++) session.add(newUser(round, n));
        await session.commit();
        return 1000;
      },
      T5: async (round) => {
        await using session = new Session(engine);
        const users = await session.scalars(firstUsers(1000)).all();
        for (const user of users) user.name = `renamed ${round} ${user.id}`;
        await session.commit();
        return users.length;
      },
      T6: async () => {
        await using session = new Session(engine);
        const victims = select(User)
          .where(User.c.id.gt(FIRST_FREE_ID))
          .options(selectinload(User.c.orders), selectinload(User.c.profile));
        const users = await session.scalars(victims).all();
        const count = users.reduce((sum, user) => sum + user.orders.length, 0);
        await session.deleteAll(users);
        await session.commit();
        return count;
      },
      T7: (round) => engine.compile(report(round)).sql.length,
      "T8-add": async () => {
        await using session = new Session(engine);
        const courses = await session.scalars(select(Course)).all();
        const students = await session.scalars(select(Student)).all();
        for (const student of students) student.courses = courses;
        await session.commit();
        return students.length * courses.length;
      },
      "T8-remove": async () => {
        await using session = new Session(engine);
        let count = 0;
        for (const student of await session
          .scalars(select(Student).options(selectinload(Student.c.courses)))
          .all()) {
          count += student.courses.length;
          student.courses = [];
        }
        await session.commit();
        return count;
      },
      T9: async () => {
        await using session = new Session(engine);
        let sum = 0;
        for (const user of await session.scalars(firstUsers(200)).all())
          for (const order of await user.orders) sum += order.total;
        return sum;
      },
    },
  };
}

function sumOf(users: readonly User[]): number {
  let sum = 0;
  for (const { id, age, name } of users) sum += id + age + name.length;
  return sum;
}
