import { defineRelations, eq } from "drizzle-orm";
import { drizzle } from "drizzle-orm/better-sqlite3";
import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

const models = {};
for (let n = 0; n < 10; n++) {
  models[`models_${n}`] = sqliteTable(`models_${n}`, {
    id: integer().primaryKey(),
    name: text().notNull().unique(),
    age: integer().notNull(),
    ...(n > 0 && { parentId: integer("parent_id").references(() => models[`models_${n - 1}`].id) }),
  });
}
const relations = defineRelations(models, (each) => {
  const parents = {};
  for (let n = 1; n < 10; n++) {
    const [child, parent] = [`models_${n}`, `models_${n - 1}`];
    parents[child] = { parent: each.one[parent]({ from: each[child].parentId, to: each[parent].id }) };
  }
  return parents;
});
const { models_4: parent, models_5: child } = models;
drizzle.mock({ relations }).select().from(child).innerJoin(parent, eq(parent.id, child.parentId)).toSQL();
