/** What contenders that deal in rows have in common. */

/** T2: a sum that needs every row, and more than one column of it. */
export function sumOf(users: readonly { id: number; age: number; name: string }[]): number {
  let sum = 0;
  for (const { id, age, name } of users) sum += id + age + name.length;
  return sum;
}

/** T3: a sum that needs every item and its product. */
export function worthOf(users: readonly WholeUser[]): number {
  let sum = 0;
  for (const user of users)
    for (const order of user.orders)
      for (const item of order.items) sum += item.quantity * item.product!.price;
  return sum;
}

interface WholeUser {
  readonly orders: Iterable<{
    readonly items: Iterable<{
      readonly quantity: number;
      readonly product: { readonly price: number } | null;
    }>;
  }>;
}

/** Rows by the value of one column. */
export function group<Row extends object>(rows: readonly Row[], key: keyof Row): Map<unknown, Row[]> {
  const groups = new Map<unknown, Row[]>();
  for (const row of rows) {
    const group = groups.get(row[key]);
    if (group === undefined) groups.set(row[key], [row]);
    else group.push(row);
  }
  return groups;
}

/** The numbers from 0 up to a count. */
export const numbers = (count: number): number[] => Array.from({ length: count }, (_, n) => n);
