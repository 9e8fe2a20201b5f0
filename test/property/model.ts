/**
 * What a session should do, in plain maps: no code of the library is used here.
 *
 * The model knows nothing of what is loaded. A relationship is one fact, not two ends: `refs` of the object whose row
 * holds the foreign key, or a pair. Where SQLAlchemy's own rules make memory depend on what was loaded, the model
 * steers clear: an object then is `isLost` to the program (every operation on it is skipped), or an end is `unsure`
 * (it is neither used nor compared until everything is read anew).
 */
import type { Column, Operation, Side, Value } from "./program.ts";
import type { ClassPlan, LinkPlan, WorldPlan } from "./worlds.ts";

/** Where an object stands. */
export type Status = "transient" | "pending" | "persistent" | "deleted" | "detached";

/** An object. */
export interface Thing {
  readonly name: string;
  readonly entity: ClassPlan;
  status: Status;
  columns: Record<Column, Value>;
  /** By link: the object that its foreign key refers to. */
  refs: Record<string, string | null>;
  /** Links with delete-orphan whose parent let it go. */
  readonly orphaned: Set<string>;
  /** Operations on it are skipped. */
  isLost: boolean;
}

/** A row. */
export interface Row {
  readonly columns: Readonly<Record<Column, Value>>;
  readonly refs: Readonly<Record<string, string | null>>;
}

/** What the database holds. */
export interface Tables {
  readonly rows: ReadonlyMap<string, Row>;
  /** By many-to-many link, `left right`. */
  readonly pairs: ReadonlyMap<string, ReadonlySet<string>>;
}

/** What a flush should come to. */
export interface Prediction {
  /** `maybe`: rows depend on each other in a circle on the way. Unique values may change hands as they like. */
  readonly verdict: "succeeds" | "maybe" | "fails";
  readonly reason: string;
  readonly tables: Tables;
  readonly removed: ReadonlySet<string>;
  /** Pending orphans that are left out. */
  readonly leftOut: ReadonlySet<string>;
}

/** How things stood when a transaction or savepoint began. */
interface Frame {
  readonly tables: Tables;
  readonly statuses: ReadonlyMap<string, Status>;
}

/** One end of a link as an operation uses it. */
interface End {
  readonly link: LinkPlan;
  readonly side: Side;
}

const pairOf = (left: string, right: string) => `${left} ${right}`;
const splitPair = (pair: string) => pair.split(" ") as [string, string];

/** A session and its database, as they should be. */
export class Model {
  readonly plan: WorldPlan;
  readonly things = new Map<string, Thing>();
  readonly pairs = new Map<string, Set<string>>();
  readonly marked = new Set<string>();
  tables: Tables = { rows: new Map(), pairs: new Map() };
  readonly #frames: Frame[] = [];
  /** `object link`: an end of which memory may hold something else than the model until it is read anew. */
  readonly #unsure = new Set<string>();

  constructor(plan: WorldPlan) {
    this.plan = plan;
    for (const link of plan.links) if (link.kind === "manyToMany") this.pairs.set(link.name, new Set());
    this.#frames.push(this.#snapshot());
  }

  // ---------------------------------------------------------------- questions

  thing(name: string): Thing {
    return this.things.get(name) as Thing;
  }

  link(name: string): LinkPlan {
    return this.plan.links.find((link) => link.name === name) as LinkPlan;
  }

  isInside(name: string): boolean {
    const { status } = this.thing(name);
    return status === "pending" || status === "persistent";
  }

  /** How many savepoints are open. */
  get depth(): number {
    return this.#frames.length - 1;
  }

  get pending(): string[] {
    return this.#named((thing) => thing.status === "pending");
  }

  get persistent(): string[] {
    return this.#named((thing) => thing.status === "persistent");
  }

  /** Whether an end can be compared. */
  isSure(name: string, link: LinkPlan): boolean {
    return !this.#unsure.has(pairOf(name, link.name));
  }

  /** Who is at the other end. */
  membersOf(name: string, { link, side }: End): string[] {
    if (link.kind === "manyToMany") {
      const pairs = Array.from(this.pairs.get(link.name) as Set<string>, splitPair);
      return pairs
        .filter((pair) => pair[side === "down" ? 0 : 1] === name)
        .map((pair) => pair[side === "down" ? 1 : 0]);
    }
    if (side === "down") return this.#named((thing) => thing.refs[link.name] === name);
    const ref = this.thing(name).refs[link.name];
    return ref == null ? [] : [ref];
  }

  /** The ends of an object that have an attribute. */
  endsOf(name: string): End[] {
    const { entity } = this.thing(name);
    return this.plan.links.flatMap((link) => [
      ...(link.from === entity.name && link.down !== undefined ? [{ link, side: "down" as const }] : []),
      ...(link.to === entity.name && link.up !== undefined ? [{ link, side: "up" as const }] : []),
    ]);
  }

  #named(test: (thing: Thing) => boolean): string[] {
    const names: string[] = [];
    for (const thing of this.things.values()) if (test(thing)) names.push(thing.name);
    return names;
  }

  /** Whether memory and tables say the same, with nothing to flush. */
  get isClean(): boolean {
    return (
      this.pending.length === 0 &&
      this.marked.size === 0 &&
      this.persistent.every((name) => this.#isCleanObject(name))
    );
  }

  #isCleanObject(name: string): boolean {
    const thing = this.thing(name);
    const row = this.tables.rows.get(name) as Row;
    return (
      sameValues(thing.columns, row.columns) &&
      sameValues(thing.refs, row.refs) &&
      this.plan.links.every((link) =>
        this.#changedPairs(link).every((pair) => !splitPair(pair).includes(name)),
      )
    );
  }

  #changedPairs(link: LinkPlan): string[] {
    const now = this.pairs.get(link.name) ?? new Set<string>();
    const then = this.tables.pairs.get(link.name) ?? new Set<string>();
    return [
      ...Array.from(now).filter((pair) => !then.has(pair)),
      ...Array.from(then).filter((pair) => !now.has(pair)),
    ];
  }

  /** The objects that the next flush deletes because they are orphans, with what goes with them. */
  #doomed(): Set<string> {
    const orphans = this.persistent.filter(
      (name) => this.thing(name).orphaned.size > 0 && !this.marked.has(name),
    );
    return new Set(orphans.flatMap((name) => this.#reach(name, "delete")));
  }

  /** Whether operations may use an object: those that are about to go, or gone, are left alone. */
  #isUsable(name: string): boolean {
    const thing = this.things.get(name);
    if (thing === undefined || thing.isLost || this.marked.has(name)) return false;
    if (thing.status === "deleted" || thing.status === "detached") return false;
    return !this.#doomed().has(name);
  }

  // ---------------------------------------------------------------- operations

  /** Applies an operation; false when it makes no sense here, and nothing happened. */
  apply(operation: Operation): boolean {
    switch (operation.kind) {
      case "new":
        this.#create(operation.name, operation.entity);
        return !operation.isAdded || this.#add(operation.name);
      case "add":
        return this.#isUsable(operation.name) && this.#add(operation.name);
      case "set":
        if (!this.#isUsable(operation.name)) return false;
        this.thing(operation.name).columns[operation.column] = operation.value;
        return true;
      case "delete":
        return this.#delete(operation.name);
      case "expire":
      case "refresh":
        return this.#expire(operation.name, operation.column);
      case "refer":
      case "append":
      case "insert":
      case "remove":
      case "replace":
        return this.#change(operation);
      case "get":
        return this.things.has(operation.name) && this.#isUsable(operation.name);
      case "savepoint":
        return this.depth < 2;
      case "release":
      case "undo":
        return this.depth > 0;
      default:
        return true;
    }
  }

  #create(name: string, entityName: string): void {
    const entity = this.plan.classes.find((candidate) => candidate.name === entityName) as ClassPlan;
    const own = this.plan.links.filter((link) => link.kind !== "manyToMany" && link.to === entityName);
    const refs = Object.fromEntries(own.map((link) => [link.name, null]));
    const columns = { label: null, size: null };
    const thing = {
      name,
      entity,
      status: "transient" as const,
      columns,
      refs,
      orphaned: new Set<string>(),
      isLost: false,
    };
    this.things.set(name, thing);
  }

  #add(name: string): boolean {
    if (!this.#canSave(name)) return false;
    // Whether what was queued for an end that is not loaded is reached depends on its being loaded since.
    if (this.thing(name).status === "persistent" && this.#savedWith(name).length > 1) return false;
    this.#save(name);
    return true;
  }

  /** Outside objects that a save-update cascade reaches, with the start. It goes out from inside objects, too. */
  #savedWith(name: string): string[] {
    const reached = [name];
    for (const current of reached) {
      for (const end of this.endsOf(current)) {
        for (const member of this.membersOf(current, end)) {
          if (!this.isInside(member) && !reached.includes(member)) reached.push(member);
        }
      }
    }
    return reached;
  }

  /** An outside orphan that is saved becomes a row that the next change of it deletes: programs do not go there. */
  #canSave(name: string): boolean {
    if (!this.endsOf(name).every(({ link }) => this.isSure(name, link))) return false;
    return this.#savedWith(name).every((other) => {
      const { isLost, orphaned } = this.thing(other);
      return !isLost && orphaned.size === 0;
    });
  }

  #save(name: string): void {
    for (const other of this.#savedWith(name)) {
      if (!this.isInside(other)) this.thing(other).status = "pending";
    }
  }

  /** An object with what a cascade reaches along `down`. `all` includes both of them. */
  #reach(name: string, _cascade: "delete" | "expunge"): string[] {
    const reached = [name];
    for (const current of reached) {
      for (const end of this.endsOf(current)) {
        if (end.side !== "down" || end.link.cascade === undefined) continue;
        for (const member of this.membersOf(current, end))
          if (!reached.includes(member)) reached.push(member);
      }
    }
    return reached;
  }

  /** Whether these objects can be deleted without anything else that changed since the last flush touching them. */
  #canGo(names: readonly string[], except?: { readonly name: string; readonly link: LinkPlan }): boolean {
    const going = new Set(names);
    const ownRefs = (name: string) => {
      const thing = this.thing(name);
      const row = this.tables.rows.get(name);
      return Object.entries(thing.refs).every(
        ([link, ref]) => row?.refs[link] === ref || (except?.name === name && except.link.name === link),
      );
    };
    const isSettled = (name: string) => {
      const thing = this.thing(name);
      if (thing.status !== "persistent" || thing.isLost || this.marked.has(name)) return false;
      return ownRefs(name) && this.endsOf(name).every(({ link }) => this.isSure(name, link));
    };
    if (!names.every(isSettled)) return false;
    for (const thing of this.things.values()) {
      for (const [link, ref] of Object.entries(thing.refs)) {
        if (ref !== null && going.has(ref) && this.tables.rows.get(thing.name)?.refs[link] !== ref)
          return false;
      }
    }
    for (const link of this.plan.links) {
      const then = this.tables.pairs.get(link.name);
      for (const pair of this.pairs.get(link.name) ?? []) {
        if (then?.has(pair) !== true && splitPair(pair).some((name) => going.has(name))) return false;
      }
    }
    return true;
  }

  #delete(name: string): boolean {
    if (!this.#isUsable(name) || this.thing(name).status !== "persistent") return false;
    const going = this.#reach(name, "delete");
    const doomed = this.#doomed();
    if (going.some((other) => doomed.has(other)) || !this.#canGo(going)) return false;
    for (const other of going) this.marked.add(other);
    return true;
  }

  #expire(name: string, column: Column | undefined): boolean {
    if (!this.#isUsable(name) || this.thing(name).status !== "persistent") return false;
    const row = this.tables.rows.get(name) as Row;
    if (column !== undefined) {
      this.thing(name).columns[column] = row.columns[column];
      return true;
    }
    // Half of a change would be forgotten, as the other end remembers it; and `all` expires related objects, too.
    if (!this.isClean) return false;
    this.#loseOutside();
    return true;
  }

  // ---------------------------------------------------------------- relationships

  #change(operation: Extract<Operation, { link: string }>): boolean {
    const link = this.link(operation.link);
    const { name, side } = operation;
    const end = { link, side };
    if (!this.#isUsable(name)) return false;
    if (operation.kind === "refer") {
      if (side === "up") return this.#tie(name, link, operation.to, "up");
      const [old] = this.membersOf(name, end);
      if (operation.to !== null) return this.#tie(operation.to, link, name, "down");
      return old !== undefined && this.#tie(old, link, null, "down");
    }
    const members = this.membersOf(name, end);
    if (operation.kind === "replace") return this.#replace(name, end, operation.members);
    if (members.includes(operation.member) !== (operation.kind === "remove")) return false;
    return operation.kind === "remove"
      ? this.#part(name, end, operation.member)
      : this.#join(name, end, operation.member);
  }

  /** All of it or nothing: tried on a copy first. */
  #replace(name: string, end: End, members: readonly string[]): boolean {
    const old = this.membersOf(name, end);
    const steps = [
      ...members
        .filter((member) => !old.includes(member))
        .map((member) => () => this.#join(name, end, member)),
      ...old
        .filter((member) => !members.includes(member))
        .map((member) => () => this.#part(name, end, member)),
    ];
    const undo = this.#keepMemory();
    if (!this.isSure(name, end.link)) return false;
    for (const step of steps) {
      if (step()) continue;
      undo();
      return false;
    }
    return true;
  }

  #keepMemory(): () => void {
    const things = Array.from(this.things.values(), (thing) => ({
      thing,
      status: thing.status,
      refs: { ...thing.refs },
      orphaned: Array.from(thing.orphaned),
    }));
    const pairs = Array.from(this.pairs, ([link, members]) => [link, new Set(members)] as const);
    return () => {
      for (const { thing, status, refs, orphaned } of things) {
        thing.status = status;
        thing.refs = refs;
        thing.orphaned.clear();
        for (const link of orphaned) thing.orphaned.add(link);
      }
      for (const [link, members] of pairs) this.pairs.set(link, members);
    };
  }

  #join(name: string, { link, side }: End, member: string): boolean {
    return link.kind === "manyToMany"
      ? this.#pair(name, { link, side }, member, true)
      : this.#tie(member, link, name, "down");
  }

  #part(name: string, { link, side }: End, member: string): boolean {
    return link.kind === "manyToMany"
      ? this.#pair(name, { link, side }, member, false)
      : this.#tie(member, link, null, "down");
  }

  #pair(name: string, { link, side }: End, member: string, isAdded: boolean): boolean {
    if (!this.#isUsable(name) || !this.#isUsable(member)) return false;
    if (!this.isSure(name, link) || !this.isSure(member, link)) return false;
    // The save-update cascade follows the change that the program makes, not the one that it causes at the other end.
    if (isAdded && this.isInside(name) && !this.isInside(member)) {
      if (!this.#canSave(member)) return false;
      this.#save(member);
    }
    const pair = side === "down" ? pairOf(name, member) : pairOf(member, name);
    const pairs = this.pairs.get(link.name) as Set<string>;
    if (isAdded) pairs.add(pair);
    else pairs.delete(pair);
    return true;
  }

  /** Lets a child refer to a parent, or to none; `side` is the end at which the program says so. */
  #tie(childName: string, link: LinkPlan, parent: string | null, side: Side): boolean {
    const child = this.things.get(childName);
    if (child === undefined || (parent !== null && !this.#isUsable(parent))) return false;
    const old = child.refs[link.name] as string | null;
    const isRescue =
      parent !== null && child.orphaned.has(link.name) && !this.marked.has(childName) && !child.isLost;
    if (!isRescue && !this.#isUsable(childName)) return false;
    if (isRescue && this.#doomedWithout(childName).has(parent)) return false;
    if (parent !== null && this.#isBelow(parent, childName, link)) return false;
    for (const other of [old, parent]) if (other !== null && !this.isSure(other, link)) return false;
    if (!this.isSure(childName, link)) return false;
    if (old === parent) return side === "up";
    // One way, both parents would have the child, and the one that is processed last wins.
    const row = this.tables.rows.get(childName);
    if (link.up === undefined && old !== null && old !== row?.refs[link.name]) {
      if (parent !== null || row !== undefined) return false;
    }
    const displaced =
      link.kind === "oneToOne" && parent !== null ? this.membersOf(parent, { link, side: "down" }) : [];
    // Given through one end, an object that the other end takes from a third one is not taken out there: both think they
    // have it. SQLAlchemy tells its events apart by attribute, not by object, and so takes this for an echo.
    if (
      link.kind === "oneToOne" &&
      (side === "down" ? old !== null && parent !== null : displaced.length > 0)
    )
      return false;
    if (!displaced.every((other) => this.#isUsable(other) && this.#canLeave(other, link))) return false;
    if (old !== null && parent === null && !this.#canLeave(childName, link)) return false;
    if (old !== null && !this.#canDropPending(childName, link)) return false;
    if (link.up === undefined && old !== null && parent !== null) this.#unsure.add(pairOf(old, link.name));

    if (!this.#cascadeTie(childName, parent, side)) return false;
    for (const other of displaced) this.#leave(other, link);
    if (old !== null) this.#leave(childName, link);
    child.refs[link.name] = parent;
    if (parent !== null) child.orphaned.delete(link.name);
    return true;
  }

  /** `child.parent = p` brings p in, `p.children.push(child)` the child; never the other way round. */
  #cascadeTie(child: string, parent: string | null, side: Side): boolean {
    if (parent === null) return true;
    const [start, reached] = side === "up" ? [child, parent] : [parent, child];
    if (!this.isInside(start) || this.isInside(reached)) return true;
    if (!this.#canSave(reached)) return false;
    this.#save(reached);
    return true;
  }

  #doomedWithout(name: string): Set<string> {
    const others = this.persistent.filter((other) => other !== name && this.thing(other).orphaned.size > 0);
    return new Set(others.flatMap((other) => this.#reach(other, "delete")));
  }

  #leave(childName: string, link: LinkPlan): void {
    const child = this.thing(childName);
    const parent = child.refs[link.name] as string;
    child.refs[link.name] = null;
    if (link.cascade !== "all, delete-orphan") return;
    child.orphaned.add(link.name);
    // A pending orphan is taken out at once, even when it is about to get another parent. The parent's session does
    // that: of a parent outside, the flush leaves the orphan out.
    if (child.status !== "pending" || !this.isInside(parent)) return;
    for (const name of this.#reach(childName, "expunge")) this.thing(name).status = "transient";
  }

  /** An orphan with a row will be deleted with everything below it. */
  #canLeave(child: string, link: LinkPlan): boolean {
    if (link.cascade !== "all, delete-orphan") return true;
    if (this.thing(child).status !== "persistent") return this.#canDropPending(child, link);
    const going = this.#reach(child, "delete");
    // A parent that took it and let it go between two flushes counts as unchanged, so the flush deletes the orphan
    // without looking for what it takes along.
    const wasThere = this.tables.rows.get(child)?.refs[link.name] === this.thing(child).refs[link.name];
    return (wasThere || going.length === 1) && this.#canGo(going, { name: child, link });
  }

  /** Taking out what has a row, along with a pending parent, is no business of these programs. */
  #canDropPending(child: string, link: LinkPlan): boolean {
    // An object outside may be pending by the time it leaves, as its new parent brings it in first.
    const { status } = this.thing(child);
    if (link.cascade !== "all, delete-orphan" || status === "persistent") return true;
    // A reference of a parent outside does not remember its orphan, as a collection does.
    if (
      link.kind === "oneToOne" &&
      status === "pending" &&
      !this.isInside(this.thing(child).refs[link.name] as string)
    )
      return false;
    return this.#reach(child, "expunge").every((name) => this.thing(name).status !== "persistent");
  }

  #isBelow(name: string, ancestor: string, link: LinkPlan): boolean {
    if (link.from !== link.to) return false;
    for (
      let current: string | null = name;
      current !== null;
      current = this.thing(current).refs[link.name] ?? null
    ) {
      if (current === ancestor) return true;
    }
    return false;
  }

  // ---------------------------------------------------------------- flushing

  /** What the next flush should come to. */
  predict(): Prediction {
    const removed = new Set([...this.marked, ...this.#doomed()]);
    const leftOut = new Set(this.pending.filter((name) => this.thing(name).orphaned.size > 0));
    const takesPart = (name: string) => this.isInside(name) && !leftOut.has(name);
    const rows = new Map<string, Row>();
    for (const thing of this.things.values()) {
      if (!takesPart(thing.name) || removed.has(thing.name)) continue;
      rows.set(thing.name, this.#rowOf(thing, removed, takesPart));
    }
    const pairs = new Map(
      this.plan.links.map((link) => [link.name, this.#pairsOf(link, removed, takesPart)]),
    );
    const tables = { rows, pairs };
    const reason = this.#violation(tables);
    if (reason !== undefined) return { verdict: "fails", reason, tables, removed, leftOut };
    const detour = this.#detour(tables) ?? this.#lostOrphan(removed);
    const verdict = detour === undefined ? "succeeds" : "maybe";
    return { verdict, reason: detour ?? "", tables, removed, leftOut };
  }

  #rowOf(thing: Thing, removed: ReadonlySet<string>, takesPart: (name: string) => boolean): Row {
    const before = this.tables.rows.get(thing.name);
    const refs = Object.entries(thing.refs).map(([name, ref]) => {
      if (ref === null) return [name, null] as const;
      // Without `down` nobody looks for the rows that refer to a deleted object.
      if (removed.has(ref)) return [name, this.link(name).down === undefined ? ref : null] as const;
      // An object outside the session has no row to refer to: the foreign key stays.
      return [name, takesPart(ref) ? ref : (before?.refs[name] ?? null)] as const;
    });
    return { columns: { ...thing.columns }, refs: Object.fromEntries(refs) };
  }

  #pairsOf(link: LinkPlan, removed: ReadonlySet<string>, takesPart: (name: string) => boolean): Set<string> {
    const stays = (pair: string) => {
      const [left, right] = splitPair(pair);
      if (removed.has(left)) return link.down === undefined;
      if (removed.has(right)) return link.up === undefined;
      return takesPart(left) && takesPart(right);
    };
    return new Set(Array.from(this.pairs.get(link.name) ?? []).filter(stays));
  }

  /** A constraint that the tables break. */
  #violation({ rows, pairs }: Tables): string | undefined {
    for (const { label, holders } of this.#uniqueValues(rows)) {
      if (holders.length > 1) return `${label} is held by ${holders.join(" and ")}`;
    }
    for (const [name, row] of rows) {
      for (const [linkName, ref] of Object.entries(row.refs)) {
        if (ref === null && this.link(linkName).isRequired) return `${name} lacks ${linkName}`;
        if (ref !== null && !rows.has(ref)) return `${name} refers to ${ref}, which is gone`;
      }
    }
    for (const [link, members] of pairs) {
      for (const pair of members)
        if (!splitPair(pair).every((name) => rows.has(name))) return `${link} keeps ${pair}`;
    }
    return undefined;
  }

  #uniqueValues(rows: ReadonlyMap<string, Row>): { label: string; holders: string[] }[] {
    const holders = new Map<string, string[]>();
    const hold = (label: string, name: string) => holders.set(label, [...(holders.get(label) ?? []), name]);
    for (const [name, row] of rows) {
      const { entity } = this.thing(name);
      if (entity.isUnique && row.columns.label !== null)
        hold(`${entity.name}.label ${row.columns.label}`, name);
      const keys: (string | null)[] = [];
      for (const [linkName, ref] of Object.entries(row.refs)) {
        const link = this.link(linkName);
        if (link.kind === "oneToOne" && ref !== null) hold(`${linkName} of ${ref}`, name);
        if (link.isKey) keys.push(ref);
      }
      if (keys.length > 0 && !keys.includes(null)) hold(`${entity.name} key ${keys.join(",")}`, name);
    }
    return Array.from(holders, ([label, names]) => ({ label, holders: names }));
  }

  /** What may fail on the way although the tables are right in the end. */
  #detour({ rows }: Tables): string | undefined {
    for (const link of this.plan.links) {
      if (link.from === link.to && this.#hasCircle(link, rows))
        return `${link.name} runs in a circle on the way`;
    }
    return undefined;
  }

  /** Orphans of a parent that goes at the same time are deleted without looking for what they take along. */
  #lostOrphan(removed: ReadonlySet<string>): string | undefined {
    const orphan = Array.from(removed).find((name) =>
      Object.entries(this.tables.rows.get(name)?.refs ?? {}).some(
        ([link, ref]) => ref !== null && removed.has(ref) && this.thing(name).orphaned.has(link),
      ),
    );
    return orphan === undefined ? undefined : `${orphan} goes with the parent that it left`;
  }

  /** Rows are written parents first, by the old and the new reference alike. */
  #hasCircle(link: LinkPlan, rows: ReadonlyMap<string, Row>): boolean {
    const parentsOf = (name: string) =>
      [rows.get(name)?.refs[link.name], this.tables.rows.get(name)?.refs[link.name]].filter(
        (ref) => ref != null,
      );
    const reaches = (name: string, goal: string, seen: Set<string>): boolean =>
      parentsOf(name).some((ref) => {
        if (ref === goal) return true;
        if (seen.has(ref)) return false;
        seen.add(ref);
        return reaches(ref, goal, seen);
      });
    return Array.from(rows.keys()).some((name) => reaches(name, name, new Set()));
  }

  /** A flush succeeded. */
  flushed({ tables, removed, leftOut }: Prediction): void {
    this.tables = tables;
    for (const name of leftOut) this.thing(name).status = "transient";
    for (const name of removed) {
      const thing = this.thing(name);
      thing.status = "deleted";
      thing.orphaned.clear();
      this.#forget(name);
    }
    for (const name of this.pending) this.thing(name).status = "persistent";
    this.marked.clear();
    this.#loseOutside();
  }

  /** Takes an object out of every relationship. Loaded ends go on showing it until they are read anew. */
  #forget(name: string): void {
    for (const thing of this.things.values()) {
      for (const [link, ref] of Object.entries(thing.refs)) {
        if (ref !== name && thing.name !== name) continue;
        if (ref !== null) this.#unsure.add(pairOf(ref, link));
        this.#unsure.add(pairOf(thing.name, link));
        const left = thing.name === name ? null : (this.tables.rows.get(thing.name)?.refs[link] ?? null);
        thing.refs[link] = left;
        if (left !== null) this.#unsure.add(pairOf(left, link));
      }
    }
    for (const [link, pairs] of this.pairs) {
      for (const pair of Array.from(pairs)) {
        const sides = splitPair(pair);
        if (!sides.includes(name)) continue;
        for (const side of sides) this.#unsure.add(pairOf(side, link));
        pairs.delete(pair);
      }
    }
  }

  /**
   * Gives up the objects outside the session that are tied to objects inside: an end that is read anew, or whose
   * queued changes a flush wrote, no longer shows them, but their own end does.
   */
  #loseOutside(): void {
    this.#lose(this.#tiedOutside((name) => this.thing(name).status === "transient"));
  }

  #lose(names: readonly string[]): void {
    for (const name of names) {
      this.thing(name).isLost = true;
      this.#forget(name);
    }
  }

  /** Objects outside that are tied to objects inside, directly or through others. */
  #tiedOutside(isOutside: (name: string) => boolean): string[] {
    const isTied = (start: string) => {
      const seen = [start];
      for (const name of seen) {
        for (const link of this.plan.links) {
          for (const member of this.#tiesOf(name, link)) {
            if (!isOutside(member) || this.thing(member).isLost) return true;
            if (!seen.includes(member)) seen.push(member);
          }
        }
      }
      return false;
    };
    return this.#named(({ name, isLost }) => !isLost && isOutside(name) && isTied(name));
  }

  #tiesOf(name: string, link: LinkPlan): string[] {
    const { entity } = this.thing(name);
    return [
      ...(link.from === entity.name ? this.membersOf(name, { link, side: "down" }) : []),
      ...(link.to === entity.name ? this.membersOf(name, { link, side: "up" }) : []),
    ];
  }

  // ---------------------------------------------------------------- transactions

  #snapshot(): Frame {
    return {
      tables: this.tables,
      statuses: new Map(Array.from(this.things.values(), (thing) => [thing.name, thing.status])),
    };
  }

  /** A savepoint began. */
  began(): void {
    this.#frames.push(this.#snapshot());
  }

  /** A savepoint was released. */
  released(): void {
    this.#frames.pop();
  }

  /** The transaction was committed, savepoints included. Everything is read anew. */
  committed(): void {
    for (const thing of this.things.values()) if (thing.status === "deleted") thing.status = "detached";
    this.#unsure.clear();
    this.#frames.length = 0;
    this.#frames.push(this.#snapshot());
  }

  /** The innermost savepoint, or the transaction, is undone. It stays open: `released` takes a savepoint off. */
  undone(): void {
    const { tables, statuses } = this.#frames.at(-1) as Frame;
    const isNested = this.depth > 0;
    const revived: string[] = [];
    // What outside objects hold stays theirs, and the other end forgets it.
    const lost = this.#tiedOutside((name) => ["transient", "pending"].includes(this.thing(name).status));
    this.tables = tables;
    this.marked.clear();
    for (const thing of this.things.values()) {
      const row = tables.rows.get(thing.name);
      const { status } = thing;
      if (row !== undefined) {
        if (status === "deleted") revived.push(thing.name);
        thing.status = "persistent";
        thing.isLost = false;
        thing.columns = { ...row.columns };
        thing.refs = { ...row.refs };
        thing.orphaned.clear();
      } else if (status !== "transient" && statuses.get(thing.name) !== status) {
        thing.status = "transient";
        // It keeps the key that it had for a while: adding it again would insert that key.
        if (status !== "pending") thing.isLost = true;
      }
    }
    for (const link of this.plan.links) {
      if (link.kind === "manyToMany") this.#restorePairs(link);
    }
    this.#lose(this.#named(({ name, isLost }) => isLost || lost.includes(name)));
    if (!isNested) this.#unsure.clear();
    // A savepoint expires only what changed within it, not what was read there without the objects that come back.
    for (const name of isNested ? revived : []) {
      for (const link of this.plan.links) {
        this.#unsure.add(pairOf(name, link.name));
        for (const member of this.#tiesOf(name, link)) this.#unsure.add(pairOf(member, link.name));
      }
    }
  }

  #restorePairs(link: LinkPlan): void {
    const outside = Array.from(this.pairs.get(link.name) as Set<string>).filter((pair) =>
      splitPair(pair).some((name) => !this.tables.rows.has(name)),
    );
    this.pairs.set(link.name, new Set([...(this.tables.pairs.get(link.name) ?? []), ...outside]));
  }

  /** The session was rolled back, savepoints included. */
  rolledBack(): void {
    this.#frames.length = 1;
    this.undone();
  }

  /** Takes the step that an operation asks of the database, if any, as the prediction has it. */
  advance(kind: Operation["kind"]): void {
    if (kind === "undo") {
      this.undone();
      this.released();
    } else if (kind === "rollback") this.rolledBack();
    else if (kind === "reopen") this.reopened();
    if (kind !== "flush" && kind !== "commit" && kind !== "savepoint" && kind !== "release") return;
    const prediction = this.predict();
    if (prediction.verdict === "fails") this.failed();
    else {
      this.flushed(prediction);
      if (kind === "commit") this.committed();
      else if (kind === "savepoint") this.began();
      else if (kind === "release") this.released();
    }
  }

  /** A flush failed, and what it failed in was rolled back. */
  failed(): void {
    this.undone();
    if (this.depth > 0) this.released();
  }

  /** The session was closed, and another opened: it holds nothing, but finds every row. */
  reopened(): void {
    this.rolledBack();
    for (const thing of this.things.values()) if (thing.status === "transient") thing.isLost = true;
  }
}

function sameValues(
  left: Readonly<Record<string, unknown>>,
  right: Readonly<Record<string, unknown>>,
): boolean {
  return Object.keys(left).every((key) => left[key] === right[key]);
}
