import { declarativeBase, integer, manyToOne, select, string } from "ormolu";

const Base = declarativeBase();
class Root extends Base("models_0", {
  id: integer().primaryKey(),
  name: string(50).unique(),
  age: integer(),
}) {}
const models = [Root];
for (let n = 1; n < 10; n++) {
  const Parent = models[n - 1];
  const Model = class extends Base(`models_${n}`, {
    id: integer().primaryKey(),
    name: string(50).unique(),
    age: integer(),
    get parentId() {
      return integer().nullable().references(Parent.c.id);
    },
    get parent() {
      return manyToOne(Parent);
    },
  }) {};
  models.push(Model);
}
String(select(models[5]).join(models[5].c.parent));
