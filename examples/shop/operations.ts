import { decimal, type Engine, Session, select, selectinload } from "../../src/entries/index.ts";
import { Order, OrderItem, Product, User, UserProfile } from "./models.ts";

/** Puts some products on sale. */
export async function createProducts(engine: Engine) {
  await using session = new Session(engine);
  session.addAll([
    new Product({ name: "Laptop", price: "999.99" }),
    new Product({ name: "Mouse", price: "49.99" }),
    new Product({ name: "Keyboard", price: "0.10" }),
  ]);
  await session.commit();
}

/** Creates a user and their first order. */
export async function createUserWithOrder(engine: Engine) {
  await using session = new Session(engine);
  const user = session.add(new User({ email: "john@example.com", fullName: "John Doe" }));
  await session.flush(); // now user.id is known
  // The user itself, not its key: the key is filled in when the order is written. `user.orders.push(order)` is the same.
  const order = session.add(new Order({ totalAmount: "99.99", status: "pending", user }));
  await session.commit();
  return { user, order };
}

/** Gets a user and all their orders. */
export async function getUserWithOrders(engine: Engine, userId: number) {
  await using session = new Session(engine);
  const statement = select(User).options(selectinload(User.c.orders)).where(User.c.id.eq(userId));
  return await session.scalars(statement).oneOrNone();
}

/** Gets an order and its customer. */
export async function getOrderWithCustomer(engine: Engine, orderId: number) {
  await using session = new Session(engine);
  const statement = select(Order).options(selectinload(Order.c.user)).where(Order.c.id.eq(orderId));
  return await session.scalars(statement).oneOrNone();
}

/** Creates an order of several products for a user. */
export async function createOrderWithItems(
  engine: Engine,
  userId: number,
  wanted: readonly { readonly productId: number; readonly quantity: number }[],
) {
  await using session = new Session(engine);
  const user = await session.getOne(User, userId);
  const items: OrderItem[] = [];
  for (const { productId, quantity } of wanted) {
    const product = await session.getOne(Product, productId);
    items.push(new OrderItem({ product, quantity, unitPrice: product.price }));
  }
  const order = session.add(new Order({ user, totalAmount: totalOf(items), status: "pending", items }));
  await session.commit();
  return order;
}

/** Adds up what items cost, to the cent. */
export function totalOf(items: readonly OrderItem[]): string {
  return decimal.sum(items.map(({ unitPrice, quantity }) => decimal.multiply(unitPrice, quantity)));
}

/** Gets an order with its items and their products. */
export async function getProductsInOrder(engine: Engine, orderId: number) {
  await using session = new Session(engine);
  const statement = select(Order)
    .options(selectinload(Order.c.items).selectinload(OrderItem.c.product))
    .where(Order.c.id.eq(orderId));
  return await session.scalars(statement).oneOrNone();
}

/** Finds all orders that contain a product, with how many of it, and with their users. */
export async function getOrdersWithProduct(engine: Engine, productId: number) {
  await using session = new Session(engine);
  const statement = select(OrderItem)
    .where(OrderItem.c.productId.eq(productId))
    .options(selectinload(OrderItem.c.order).selectinload(Order.c.user))
    .orderBy(OrderItem.c.id);
  const quantities = new Map<number, number>();
  const customers = new Map<number, string>();
  for (const { orderId, order, quantity } of await session.scalars(statement).all()) {
    quantities.set(orderId, (quantities.get(orderId) ?? 0) + quantity);
    customers.set(orderId, order?.user?.fullName ?? "");
  }
  return Array.from(quantities, ([order, quantity]) => ({ order, quantity, customer: customers.get(order) }));
}

/** Uses all the relationships together. */
export async function completeRelationshipExample(engine: Engine) {
  await using session = new Session(engine);

  // 1. A user with a profile (one-to-one)
  const user = new User({ email: "jane@example.com", fullName: "Jane Smith" });
  const profile = new UserProfile({ user, bio: "Software developer", phone: "555-1234" });
  session.addAll([user, profile]);
  await session.flush();

  // 2. Products
  const laptop = await session.getOne(Product, 1);
  const mouse = await session.getOne(Product, 2);

  // 3. An order with items (one-to-many, and many-to-many by way of the items)
  const items = [
    new OrderItem({ product: laptop, quantity: 1, unitPrice: laptop.price }),
    new OrderItem({ product: mouse, quantity: 2, unitPrice: mouse.price }),
  ];
  session.add(new Order({ user, totalAmount: totalOf(items), items }));
  await session.commit();

  // 4. From object to object
  const lines = [`User: ${user.fullName}`, `Profile: ${(await user.profile)?.bio}`];
  const orders = await user.orders;
  lines.push(`Orders: ${orders.length}`);
  for (const order of orders) {
    lines.push(`  Order #${order.id}: $${order.totalAmount}`);
    for (const item of await order.items) {
      const product = await item.product;
      lines.push(`    - ${product?.name}`);
    }
  }
  return lines;
}
