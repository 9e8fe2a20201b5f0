/** Prisma: plain objects by its generated clients; it has no means to compile a statement without running it. */
import { PrismaBetterSqlite3 } from "@prisma/adapter-better-sqlite3";
import { PrismaPg } from "@prisma/adapter-pg";
import type { PrismaClient } from "../prisma/generated/sqlite/client.ts";
import { numbers, sumOf, worthOf } from "../rows.ts";
import type { Contender, Place, Tasks } from "../tasks.ts";
import { FIRST_FREE_ID } from "../tasks.ts";

export const prisma: Contender = {
  name: "prisma",
  async open(place) {
    const client = await clientOf(place);
    return { tasks: tasksOn(client), close: () => client.$disconnect() };
  },
};

/** The client of PostgreSQL has what that of SQLite has, and more. */
async function clientOf({ database, target }: Place): Promise<PrismaClient> {
  if (database === "sqlite") {
    const { PrismaClient } = await import("../prisma/generated/sqlite/client.ts");
    return new PrismaClient({ adapter: new PrismaBetterSqlite3({ url: `file:${target}` }) });
  }
  const { PrismaClient } = await import("../prisma/generated/postgresql/client.ts");
  const client = new PrismaClient({ adapter: new PrismaPg({ connectionString: target }) });
  return client as unknown as PrismaClient;
}

function tasksOn(client: PrismaClient): Tasks {
  const firstOf = (count: number) => client.user.findMany({ orderBy: { id: "asc" }, take: count });

  return {
    T1: async (round) => (await client.user.findUniqueOrThrow({ where: { id: (round % 1000) + 1 } })).name,
    "T2-1k": async () => sumOf(await firstOf(1000)),
    "T2-10k": async () => sumOf(await firstOf(10_000)),
    T3: async () =>
      worthOf(
        await client.user.findMany({
          orderBy: { id: "asc" },
          take: 100,
          include: {
            orders: {
              orderBy: { id: "asc" },
              include: { items: { orderBy: { id: "asc" }, include: { product: true } } },
            },
          },
        }),
      ),
    T4: (round) =>
      client.$transaction(async (transaction) => {
        const users = await transaction.user.createManyAndReturn({
          data: numbers(1000).map((n) => ({
            name: `new ${round}`,
            email: `n${n}@x`,
            age: n % 90,
            active: true,
            score: n / 2,
            city: null,
            createdAt: new Date(0),
          })),
          select: { id: true },
        });
        await transaction.profile.createMany({
          data: users.map(({ id }, n) => ({ userId: id, bio: `bio ${n}` })),
        });
        await transaction.order.createMany({
          data: users.flatMap(({ id }) => numbers(3).map((total) => ({ userId: id, status: "open", total }))),
        });
        return users.length;
      }),
    T5: async (round) => {
      const users = await firstOf(1000);
      const renamed = users.map(({ id }) =>
        client.user.update({ where: { id }, data: { name: `renamed ${round} ${id}` }, select: { id: true } }),
      );
      return (await client.$transaction(renamed)).length;
    },
    T6: () =>
      client.$transaction(async (transaction) => {
        const users = await transaction.user.findMany({
          where: { id: { gt: FIRST_FREE_ID } },
          include: { orders: true, profile: true },
        });
        const orders = users.flatMap((user) => idsOf(user.orders));
        await transaction.order.deleteMany({ where: { id: { in: orders } } });
        await transaction.user.deleteMany({ where: { id: { in: idsOf(users) } } });
        return orders.length;
      }),
    "T8-add": () =>
      client.$transaction(async (transaction) => {
        const students = await transaction.student.findMany();
        const courses = await transaction.course.findMany();
        const { count } = await transaction.enrollment.createMany({
          data: students.flatMap((student) =>
            courses.map((course) => ({ studentId: student.id, courseId: course.id })),
          ),
        });
        return count;
      }),
    "T8-remove": () =>
      client.$transaction(async (transaction) => {
        let sum = 0;
        for (const student of await transaction.student.findMany({ include: { enrollments: true } })) {
          const courses = student.enrollments.map(({ courseId }) => courseId);
          const { count } = await transaction.enrollment.deleteMany({
            where: { studentId: student.id, courseId: { in: courses } },
          });
          sum += count;
        }
        return sum;
      }),
    T9: async () => {
      let sum = 0;
      for (const { id } of await firstOf(200))
        for (const order of await client.order.findMany({ where: { userId: id } })) sum += order.total;
      return sum;
    },
  };
}

const idsOf = (rows: readonly { readonly id: number }[]): number[] => rows.map(({ id }) => id);
