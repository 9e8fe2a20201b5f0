import {
  declarativeBase,
  integer,
  manyToOne,
  numeric,
  oneToMany,
  oneToOne,
  string,
  text,
} from "../../src/entries/index.ts";

export const Base = declarativeBase();

/** A customer: one user has many orders and one profile. */
export class User extends Base("users", {
  id: integer().primaryKey(),
  email: string(255).unique(),
  fullName: string(200).nullable(),
  get orders() {
    return oneToMany(Order, { backPopulates: "user" });
  },
  get profile() {
    return oneToOne(UserProfile, { backPopulates: "user" });
  },
}) {}

/** What is not always needed of a user. */
export class UserProfile extends Base("user_profiles", {
  id: integer().primaryKey(),
  // A foreign key that is unique makes it one profile for one user.
  get userId() {
    return integer().unique().references(User.c.id);
  },
  bio: text().nullable(),
  phone: string(20).nullable(),
  address: string(500).nullable(),
  get user() {
    return oneToOne(User, { backPopulates: "profile" });
  },
}) {}

/** An order belongs to one user and has many items. */
export class Order extends Base("orders", {
  id: integer().primaryKey(),
  get userId() {
    return integer().references(User.c.id).index();
  },
  // Money is the exact text "99.99", never a float.
  totalAmount: numeric(10, 2).nullable(),
  status: string(50).nullable(),
  get user() {
    return manyToOne(User, { backPopulates: "orders" });
  },
  // An item goes with its order, and an item that is taken out of its order goes, too.
  get items() {
    return oneToMany(OrderItem, { backPopulates: "order", cascade: "all, delete-orphan" });
  },
}) {}

/** One product in one order: the table between orders and products, with columns of its own. */
export class OrderItem extends Base("order_items", {
  id: integer().primaryKey(),
  get orderId() {
    return integer().references(Order.c.id).index();
  },
  get productId() {
    return integer().references(Product.c.id).index();
  },
  quantity: integer(),
  /** The price at the time of purchase. */
  unitPrice: numeric(10, 2),
  get order() {
    return manyToOne(Order, { backPopulates: "items" });
  },
  get product() {
    return manyToOne(Product, { backPopulates: "orderItems" });
  },
}) {}

export class Product extends Base("products", {
  id: integer().primaryKey(),
  name: string(200).nullable(),
  price: numeric(10, 2),
  get orderItems() {
    return oneToMany(OrderItem, { backPopulates: "product" });
  },
}) {}
