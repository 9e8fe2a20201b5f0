import {
  type Engine,
  func,
  isDbError,
  joinedload,
  Session,
  select,
  selectinload,
} from "../../src/entries/index.ts";
import type { Example } from "../support/example.ts";
import type { Notebook } from "../support/notebook.ts";
import { Base, Order, OrderItem, Product, User } from "./models.ts";
import {
  completeRelationshipExample,
  createOrderWithItems,
  createProducts,
  createUserWithOrder,
  getOrdersWithProduct,
  getOrderWithCustomer,
  getProductsInOrder,
  getUserWithOrders,
} from "./operations.ts";

/** Users have a profile and orders; orders have items; items are of products. */
export const shop: Example = {
  name: "shop",
  title: "orders with items, cascades, and lazy or eager loading",
  metadata: [Base.metadata],
  async run(engine, notebook) {
    await placeOrders(engine, notebook);
    const orderId = await findOrders(engine, notebook);
    await compareLoading(engine, notebook);
    await cascade(engine, notebook, orderId);
  },
};

async function placeOrders(engine: Engine, notebook: Notebook): Promise<void> {
  notebook.step("Create products");
  await createProducts(engine);

  notebook.step("Create a user with an order");
  const { user, order } = await createUserWithOrder(engine);
  notebook.say(`${user.fullName} has user_id ${user.id}; order #${order.id} got user_id ${order.userId}.`);

  notebook.step("Get a user with orders");
  const found = await getUserWithOrders(engine, user.id);
  if (found !== null) {
    notebook.say(`User: ${found.fullName}`);
    notebook.say(`Orders: ${found.orders.length}`);
    for (const each of found.orders) notebook.say(`  - Order #${each.id}: $${each.totalAmount}`);
  }

  notebook.step("Get an order with its customer");
  const placed = await getOrderWithCustomer(engine, order.id);
  notebook.say(`Order #${placed?.id}: $${placed?.totalAmount}`);
  notebook.say(`Customer: ${placed?.user?.fullName} (${placed?.user?.email})`);

  notebook.step("A foreign key keeps an order from a user that does not exist");
  await using session = new Session(engine);
  session.add(new Order({ userId: 999, totalAmount: "1.00" }));
  notebook.say(await refusalOf(() => session.commit()));
}

/** What the library says when it refuses to do something. */
async function refusalOf(work: () => unknown): Promise<string> {
  try {
    await work();
    return "This was not refused.";
  } catch (error) {
    if (isDbError(error)) return error.message;
    throw error;
  }
}

async function findOrders(engine: Engine, notebook: Notebook): Promise<number> {
  notebook.step("Create an order with items: 2 laptops, 1 mouse and 3 keyboards at $0.10");
  const order = await createOrderWithItems(engine, 1, [
    { productId: 1, quantity: 2 },
    { productId: 2, quantity: 1 },
    { productId: 3, quantity: 3 },
  ]);
  notebook.say(`Order #${order.id}: $${order.totalAmount}`);

  notebook.step("Get the products in an order");
  const found = await getProductsInOrder(engine, order.id);
  notebook.say(`Order #${found?.id} contains:`);
  const items = found?.items ?? [];
  notebook.table(
    items.map(({ product, quantity, unitPrice }) => ({ product: product?.name, quantity, unitPrice })),
  );

  notebook.step("Complete example: all relationships together");
  for (const line of await completeRelationshipExample(engine)) notebook.say(line);

  notebook.step("Get the orders with a product: laptops");
  notebook.table(await getOrdersWithProduct(engine, 1));
  return order.id;
}

async function compareLoading(engine: Engine, notebook: Notebook): Promise<void> {
  notebook.step("Lazy loading: the orders are read when they are awaited");
  const user = await notebook.counting("Lazy loading", async () => {
    await using session = new Session(engine);
    const user = await session.getOne(User, 1);
    for (const order of await user.orders) notebook.say(`Order #${order.id}`);
    return user;
  });

  notebook.step("After the session is closed, what was not loaded cannot be read");
  notebook.say(await refusalOf(() => user.profile));

  notebook.step("Eager loading with selectinload: a second statement; the orders outlive the session");
  const selected = await notebook.counting("selectinload", async () => {
    await using session = new Session(engine);
    const statement = select(User).options(selectinload(User.c.orders)).where(User.c.id.eq(1));
    return await session.scalars(statement).one();
  });
  notebook.say(`${selected.fullName} has ${selected.orders.length} orders.`);

  notebook.step("Eager loading with joinedload: one statement with a JOIN");
  const joined = await notebook.counting("joinedload", async () => {
    await using session = new Session(engine);
    const statement = select(User).options(joinedload(User.c.orders)).where(User.c.id.eq(1));
    return await session.scalars(statement).unique().one();
  });
  notebook.say(`${joined.fullName} has ${joined.orders.length} orders.`);
}

async function cascade(engine: Engine, notebook: Notebook, orderId: number): Promise<void> {
  const showItems = () =>
    notebook.aside(async () => {
      await using session = new Session(engine);
      const rows = select(
        Order.c.id.label("order"),
        Order.c.totalAmount,
        func.count(OrderItem.c.id).label("items"),
      )
        .outerJoin(OrderItem)
        .groupBy(Order.c.id)
        .orderBy(Order.c.id);
      notebook.table(await session.execute(rows).mappings().all());
    });

  notebook.step("Cascade: an item that is removed from its order is deleted");
  await showItems();
  {
    await using session = new Session(engine);
    const order = await session.getOne(Order, orderId);
    const items = await order.items;
    items.pop();
    await session.commit();
  }
  await showItems();

  notebook.step("Cascade: deleting an order deletes its items");
  {
    await using session = new Session(engine);
    await session.delete(await session.getOne(Order, orderId));
    await session.commit();
  }
  await showItems();

  notebook.step("The products are still there");
  await using session = new Session(engine);
  const products = await session.scalars(select(Product).orderBy(Product.c.id)).all();
  notebook.table(products.map(({ id, name, price }) => ({ id, name, price })));
}
