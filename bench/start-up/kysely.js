import { DummyDriver, Kysely, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } from "kysely";

// Tables are types only: nothing is declared when it runs.
const db = new Kysely({
  dialect: {
    createAdapter: () => new SqliteAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (database) => new SqliteIntrospector(database),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  },
});
db.selectFrom("models_5")
  .innerJoin("models_4", "models_4.id", "models_5.parent_id")
  .selectAll("models_5")
  .compile();
