/**
 * Order among things that need each other: groups, a stable order, cycles, what can be reached.
 *
 * Nodes are compared by identity. An edge that names a node outside the given ones says nothing; an edge from a node
 * to itself is a cycle. All functions are pure, keep no recursion (a chain of any length is fine) and take O(n + e).
 */
import { fail } from "./errors.ts";
import { shorten } from "./words.ts";

/** The first comes before the second. */
export type Edge<Node> = readonly [before: Node, after: Node];

/** How errors name a node. */
export type NameOf<Node> = (node: Node) => string;

/**
 * Puts nodes into groups such that every edge leads from an earlier group to a later one.
 *
 * Shape:  n nodes, e edges → as few groups as possible, each in input order. O(n + e).
 * Errors: graph/cycle; facts: path.
 * Source: Kahn 1962, a level at a time.
 *
 * @example orderIntoGroups(["post", "tag", "author"], [["author", "post"]])   // => [["tag", "author"], ["post"]]
 */
export function orderIntoGroups<Node>(
  nodes: Iterable<Node>,
  edges: Iterable<Edge<Node>>,
  name: NameOf<Node> = shorten,
): Node[][] {
  const links = link(nodes, edges);
  const missing = new Map<Node, number>();
  for (const [node, { before }] of links) missing.set(node, before.length);

  const groups: Node[][] = [];
  let placed = 0;
  let group = [...links.keys()].filter((node) => missing.get(node) === 0);
  while (group.length > 0) {
    groups.push(group);
    placed += group.length;
    const next: Node[] = [];
    for (const node of group) {
      for (const follower of links.get(node)!.after) {
        const left = missing.get(follower)! - 1;
        missing.set(follower, left);
        if (left === 0) next.push(follower);
      }
    }
    group = next;
  }
  if (placed < links.size) throw cycleError(links, name);
  return inInputOrder(groups, links);
}

/**
 * Puts nodes into one order that respects every edge.
 *
 * Stable: nodes stay in input order, except that what a node needs moves up to stand just before it.
 *
 * Errors: graph/cycle; facts: path.
 * Source: Tarjan 1976, depth first along the edges backwards.
 *
 * @example sortTopologically(["tag", "post", "author"], [["author", "post"]])   // => ["tag", "author", "post"]
 */
export function sortTopologically<Node>(
  nodes: Iterable<Node>,
  edges: Iterable<Edge<Node>>,
  name: NameOf<Node> = shorten,
): Node[] {
  const links = link(nodes, edges);
  const sorted: Node[] = [];
  const cycle = walk(links, (node) => sorted.push(node));
  if (cycle !== undefined) throw fail("graph/cycle", { path: cycle.map((node) => name(node)) });
  return sorted;
}

/**
 * Finds one cycle; undefined when there is none.
 *
 * Shape: the nodes along the edges, the first repeated at the end, so that each neighbouring pair is an edge.
 *
 * @example findCycle(["a", "b", "c"], [["a", "b"], ["b", "a"], ["b", "c"]])   // => ["a", "b", "a"]
 */
export function findCycle<Node>(nodes: Iterable<Node>, edges: Iterable<Edge<Node>>): Node[] | undefined {
  return walk(link(nodes, edges), () => undefined);
}

/**
 * Collects the starts and all that can be reached from them, in the order of discovery.
 *
 * @example [...reachableFrom(["a"], (node) => (node === "a" ? ["b"] : []))]   // => ["a", "b"]
 */
export function reachableFrom<Node>(starts: Iterable<Node>, next: (node: Node) => Iterable<Node>): Set<Node> {
  const reached = new Set(starts);
  // A set gives what is added while it is iterated.
  for (const node of reached) for (const neighbour of next(node)) reached.add(neighbour);
  return reached;
}

interface Neighbours<Node> {
  readonly before: Node[];
  readonly after: Node[];
}

type Links<Node> = Map<Node, Neighbours<Node>>;

function link<Node>(nodes: Iterable<Node>, edges: Iterable<Edge<Node>>): Links<Node> {
  const links: Links<Node> = new Map();
  for (const node of nodes) links.set(node, { before: [], after: [] });
  for (const [before, after] of edges) {
    const source = links.get(before);
    const target = links.get(after);
    if (source === undefined || target === undefined) continue;
    source.after.push(after);
    target.before.push(before);
  }
  return links;
}

/** Visits every node after all that come before it; stops at a cycle and returns it. */
function walk<Node>(links: Links<Node>, visit: (node: Node) => void): Node[] | undefined {
  const finished = new Set<Node>();
  for (const start of links.keys()) {
    if (finished.has(start)) continue;
    const path: { node: Node; nextIndex: number }[] = [{ node: start, nextIndex: 0 }];
    const onPath = new Set<Node>([start]);
    while (path.length > 0) {
      const top = path.at(-1)!;
      const { before } = links.get(top.node)!;
      if (top.nextIndex === before.length) {
        path.pop();
        onPath.delete(top.node);
        finished.add(top.node);
        visit(top.node);
        continue;
      }
      const needed = before[top.nextIndex++]!;
      if (onPath.has(needed)) {
        const from = path.findIndex((step) => step.node === needed);
        // The path runs against the edges.
        return [
          needed,
          ...path
            .slice(from)
            .map((step) => step.node)
            .reverse(),
        ];
      }
      if (finished.has(needed)) continue;
      path.push({ node: needed, nextIndex: 0 });
      onPath.add(needed);
    }
  }
  return undefined;
}

function cycleError<Node>(links: Links<Node>, name: NameOf<Node>): Error {
  const cycle = walk(links, () => undefined) ?? [];
  return fail("graph/cycle", { path: cycle.map((node) => name(node)) });
}

/** Restores input order inside groups in O(n): by one pass over the nodes, not by sorting. */
function inInputOrder<Node>(groups: readonly Node[][], links: Links<Node>): Node[][] {
  const groupOf = new Map<Node, number>();
  for (const [index, group] of groups.entries()) for (const node of group) groupOf.set(node, index);
  const ordered: Node[][] = groups.map(() => []);
  for (const node of links.keys()) ordered[groupOf.get(node)!]!.push(node);
  return ordered;
}

/**
 * The nodes that lie on some cycle.
 *
 * Shape:  n nodes, e edges → a set. O(n + e).
 *
 * @example [...nodesOnCycles(["a", "b", "c"], [["a", "b"], ["b", "a"], ["b", "c"]])]   // => ["a", "b"]
 */
export function nodesOnCycles<Node>(nodes: Iterable<Node>, edges: Iterable<Edge<Node>>): Set<Node> {
  return new Set(edgesOnCycles(nodes, edges).flat());
}

/**
 * The edges that lie on some cycle: those between nodes that can be reached from each other.
 *
 * Shape:  n nodes, e edges → some of the edges, in input order. O(n + e).
 *
 * @example edgesOnCycles(["a", "b", "c"], [["a", "b"], ["b", "a"], ["b", "c"]])   // => [["a", "b"], ["b", "a"]]
 */
export function edgesOnCycles<Node>(nodes: Iterable<Node>, edges: Iterable<Edge<Node>>): Edge<Node>[] {
  const all = [...edges];
  const componentOf = new Map<Node, Node[]>();
  for (const component of components(nodes, all)) {
    for (const node of component) componentOf.set(node, component);
  }
  return all.filter(([before, after]) => {
    const component = componentOf.get(before);
    return component !== undefined && component === componentOf.get(after);
  });
}

/**
 * Parts the nodes into the largest groups in which each can be reached from each.
 *
 * Source: Tarjan 1972, strongly connected components, without recursion.
 */
function components<Node>(nodes: Iterable<Node>, edges: Iterable<Edge<Node>>): Node[][] {
  const links = link(nodes, edges);
  const found: Node[][] = [];
  const number = new Map<Node, number>();
  const lowest = new Map<Node, number>();
  const open: Node[] = [];
  const isOpen = new Set<Node>();
  for (const root of links.keys()) {
    if (number.has(root)) continue;
    const path: { node: Node; followers: Iterator<Node> }[] = [];
    const enter = (node: Node) => {
      number.set(node, number.size);
      lowest.set(node, number.get(node)!);
      open.push(node);
      isOpen.add(node);
      path.push({ node, followers: links.get(node)!.after[Symbol.iterator]() });
    };
    enter(root);
    while (path.length > 0) {
      const { node, followers } = path.at(-1)!;
      const next = followers.next();
      if (next.done !== true) {
        const follower = next.value;
        if (!number.has(follower)) enter(follower);
        else if (isOpen.has(follower)) {
          lowest.set(node, Math.min(lowest.get(node)!, number.get(follower)!));
        }
        continue;
      }
      path.pop();
      const above = path.at(-1);
      if (above !== undefined) lowest.set(above.node, Math.min(lowest.get(above.node)!, lowest.get(node)!));
      if (lowest.get(node) !== number.get(node)) continue;
      const component = open.splice(open.lastIndexOf(node));
      for (const member of component) isOpen.delete(member);
      found.push(component);
    }
  }
  return found;
}
