/** Random rows for the classes of `graph-models.ts`, and the graph that they make: computed without the library. */
import { classPlans, type LinkPlan, links, linksOf, planOf } from "./graph-models.ts";
import type { Random } from "./random.ts";

/** A row. */
export type Row = Readonly<Record<string, string | number | null>>;

/** The rows of every class, and the pairs between posts and tags. */
export interface Rows {
  readonly byClass: Readonly<Record<string, readonly Row[]>>;
  readonly pairs: readonly Row[];
}

/** An object as plain data: its columns, and the names of what its relationships lead to. */
export type PlainObject = Readonly<Record<string, unknown>>;

/** Objects by name. */
export type Graph = Map<string, PlainObject>;

/** Makes rows: some are shared, some belong to nobody, and some references are NULL in part. */
export function makeRows(random: Random): Rows {
  const word = (): string | null => random.pick(["a", "b", "c", null]);
  const fill = (most: number, make: (id: number) => Row | undefined): Row[] =>
    Array.from({ length: random.below(most + 1) }, (_, index) => make(index + 1)).filter(
      (row) => row !== undefined,
    );
  const idIn = (rows: readonly Row[]): number | null =>
    rows.length === 0 || random.chance(20) ? null : (random.pick(rows)["id"] as number);

  const users = fill(5, (id) => ({ id, name: word(), bio: word() }));
  const profiles = users
    .filter(() => random.chance(60))
    .map((user, index) => ({ id: index + 1, text: word(), userId: user["id"] as number }));
  const topics: Row[] = [];
  for (let id = random.below(6); id > 0; id--)
    topics.push({ id: topics.length + 1, name: word(), parentId: idIn(topics) });
  const tags = fill(4, (id) => ({ id, label: word() ?? "d" }));
  const posts = fill(8, (id) => ({
    ...{ id, title: word(), rank: random.pick([1, 2, null]) },
    ...{ authorId: idIn(users), topicId: idIn(topics) },
  }));
  const pairs = posts.flatMap((post) =>
    random
      .some(tags, random.below(4))
      .map((tag) => ({ postId: post["id"] as number, tagId: tag["id"] as number })),
  );
  const comments = posts.flatMap((post) =>
    Array.from({ length: random.below(4) }, (_, index) => ({
      ...{ postId: post["id"] as number, number: index + 1, body: word(), authorId: idIn(users) },
    })),
  );
  const reactions = fill(6, (id) => {
    const comment = comments.length === 0 ? undefined : random.pick(comments);
    return {
      id,
      postId: comment === undefined || random.chance(15) ? null : comment.postId,
      number: comment === undefined || random.chance(15) ? null : comment.number,
    };
  });
  const byClass = {
    ...{ User: users, Profile: profiles, Topic: topics, Tag: tags, Post: posts },
    ...{ Comment: comments, Reaction: reactions },
  };
  return { byClass, pairs };
}

/** How an object is called: `Comment 3/1`. */
export function nameOf(entity: string, values: PlainObject): string {
  return `${entity} ${planOf(entity)
    .key.map((column) => String(values[column]))
    .join("/")}`;
}

/** The rows that a relationship leads to, in its order. */
export function membersOf(rows: Rows, link: LinkPlan, row: Row): readonly Row[] {
  const targets = rows.byClass[link.target] ?? [];
  const matches = (other: Row): boolean =>
    Object.entries(link.on).every(([own, column]) => row[own] !== null && row[own] === other[column]);
  const { through } = link;
  const found =
    through === undefined
      ? targets.filter(matches)
      : targets.filter((target) =>
          rows.pairs.some((pair) => matches(pair) && pair[through] === target["id"]),
        );
  return found.toSorted((left, right) => compareBy(link.order ?? [], left, right));
}

function compareBy(order: readonly string[], left: Row, right: Row): number {
  for (const term of order) {
    const isDescending = term.startsWith("-");
    const column = isDescending ? term.slice(1) : term;
    const difference = compare(left[column] ?? null, right[column] ?? null);
    if (difference !== 0) return isDescending ? -difference : difference;
  }
  return 0;
}

/** NULL comes first in SQLite. */
function compare(left: string | number | null, right: string | number | null): number {
  if (left === right) return 0;
  if (left === null || right === null) return left === null ? -1 : 1;
  return left < right ? -1 : 1;
}

/** The names that a relationship shows: sorted where it has no order of its own. */
export function shown(link: LinkPlan, names: readonly string[]): unknown {
  if (!link.isMany) return names[0] ?? null;
  return link.order === undefined ? names.toSorted() : names;
}

/** Leaves out members of a relationship of some objects. */
export interface Filter {
  readonly link: LinkPlan;
  readonly owners: readonly string[];
  readonly keeps: (member: Row) => boolean;
}

/** All that can be reached from some objects. */
export function graphOf(rows: Rows, roots: readonly string[], filter?: Filter): Graph {
  const graph: Graph = new Map();
  const byName = new Map<string, readonly [entity: string, row: Row]>();
  for (const { name } of classPlans)
    for (const row of rows.byClass[name] ?? []) byName.set(nameOf(name, row), [name, row]);
  const waiting = [...roots];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    const [entity, row] = byName.get(name) as readonly [string, Row];
    if (graph.has(name)) continue;
    const plain: Record<string, unknown> = { ...row };
    for (const link of linksOf(entity)) {
      let members = membersOf(rows, link, row);
      if (filter?.link === link && filter.owners.includes(name)) members = members.filter(filter.keeps);
      const names = members.map((member) => nameOf(link.target, member));
      plain[link.key] = shown(link, names);
      waiting.push(...names);
    }
    graph.set(name, plain);
  }
  return graph;
}

/** The rows without one of them, and without those that refer to it. */
export function withoutRow(rows: Rows, entity: string, row: Row): Rows {
  const gone = new Set<Row>([row]);
  for (const link of links) {
    // Only what holds the foreign key goes with the row, whether or not it could do without.
    if (link.isMany || link.target !== entity || link.on["id"] !== undefined) continue;
    for (const other of rows.byClass[link.owner] ?? [])
      if (membersOf(rows, link, other).includes(row)) gone.add(other);
  }
  const [, ...others] = gone;
  const byClass = { ...rows.byClass, [entity]: (rows.byClass[entity] ?? []).filter((each) => each !== row) };
  const isOf = (pair: Row): boolean =>
    (entity === "Post" && pair["postId"] === row["id"]) || (entity === "Tag" && pair["tagId"] === row["id"]);
  let left: Rows = { byClass, pairs: rows.pairs.filter((pair) => !isOf(pair)) };
  for (const other of others) {
    const owner = Object.keys(rows.byClass).find((name) => rows.byClass[name]?.includes(other)) as string;
    if (left.byClass[owner]?.includes(other)) left = withoutRow(left, owner, other);
  }
  return left;
}
