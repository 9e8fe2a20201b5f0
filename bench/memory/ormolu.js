import { boolean, dateTime, declarativeBase, float, integer, oneToMany, select, string } from "ormolu";
import { createSyncEngine, SyncSession } from "ormolu/sync";
import { fill, held } from "./rows.js";

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
  get orders() {
    return oneToMany(Order);
  },
}) {}
class Order extends Base("orders", {
  id: integer().primaryKey(),
  get userId() {
    return integer().references(User.c.id);
  },
}) {}

const file = process.argv[2];
fill(file);
const engine = createSyncEngine(`sqlite+better-sqlite3:///${file}`);
// The session is part of what is held: it has the identity map.
const load = () => {
  const session = new SyncSession(engine);
  return Object.assign(session.scalars(select(User)).all(), { session });
};
console.log(await held(load));
