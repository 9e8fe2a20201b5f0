import { defineEntity, p } from "@mikro-orm/core";
import { MikroORM } from "@mikro-orm/sqlite";

const entities = [];
for (let n = 0; n < 10; n++)
  entities.push(
    defineEntity({
      name: `Model${n}`,
      tableName: `models_${n}`,
      properties: {
        id: p.integer().primary(),
        name: p.string().length(50).unique(),
        age: p.integer(),
        ...(n > 0 && { parent: () => p.manyToOne(entities[n - 1]).nullable() }),
      },
    }),
  );
const orm = new MikroORM({ entities, dbName: ":memory:" });
orm.em.createQueryBuilder(entities[5], "child").select("*").join("child.parent", "parent").getQuery();
