import {
  boolean,
  declarativeBase,
  integer,
  manyToMany,
  manyToOne,
  numeric,
  oneToMany,
  string,
  table,
} from "../../src/entries/index.ts";

export const Base = declarativeBase();

export class Dealership extends Base("dealerships", {
  id: integer().primaryKey(),
  name: string(),
  get cars() {
    return oneToMany(Car, { backPopulates: "dealership" });
  },
}) {}

// What refers to another class is a getter, so that the classes can stand in any order.
export class Car extends Base("cars", {
  id: integer().primaryKey(),
  make: string(),
  model: string().unique(),
  year: integer(),
  // Money is never a float: numeric(10, 2) comes back as the exact text "20000.00".
  price: numeric(10, 2),
  isSold: boolean().default(false),
  get dealershipId() {
    return integer().nullable().references(Dealership.c.id);
  },
  get dealership() {
    return manyToOne(Dealership, { backPopulates: "cars" });
  },
  get customers() {
    return manyToMany(Customer, { secondary: purchases, backPopulates: "cars" });
  },
}) {}

export class Customer extends Base("customers", {
  id: integer().primaryKey(),
  name: string(),
  get cars() {
    return manyToMany(Car, { secondary: purchases, backPopulates: "customers" });
  },
}) {}

/** Who bought which car: a plain table, since it holds nothing but the two keys. */
export const purchases = table("purchases", Base.metadata, {
  get customerId() {
    return integer().references(Customer.c.id).primaryKey();
  },
  get carId() {
    return integer().references(Car.c.id).primaryKey();
  },
});
