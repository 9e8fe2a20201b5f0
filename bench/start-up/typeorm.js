import { DataSource, EntitySchema } from "typeorm";

const entities = [];
for (let n = 0; n < 10; n++)
  entities.push(
    new EntitySchema({
      name: `Model${n}`,
      tableName: `models_${n}`,
      columns: {
        id: { type: "integer", primary: true, generated: "increment" },
        name: { type: "varchar", length: 50, unique: true },
        age: { type: "integer" },
      },
      relations:
        n === 0
          ? {}
          : {
              parent: {
                type: "many-to-one",
                target: `Model${n - 1}`,
                nullable: true,
                joinColumn: { name: "parent_id" },
              },
            },
    }),
  );
// Models are read when it connects.
const source = new DataSource({ type: "better-sqlite3", database: ":memory:", entities });
await source.initialize();
source.manager.createQueryBuilder(entities[5], "child").innerJoin("child.parent", "parent").getQuery();
await source.destroy();
