/**
 * Words for names and messages: case styles, English lists, values cut to a readable length, nearest names.
 */

/**
 * Writes an attribute name the way databases do.
 *
 * @example snakeCase("createdAt")   // => "created_at"
 */
export function snakeCase(name: string): string {
  return name
    .replace(/([\p{Ll}\d])(\p{Lu})/gu, "$1_$2")
    .replace(/(\p{Lu}+)(\p{Lu}\p{Ll})/gu, "$1_$2")
    .replace(/[\s-]+/g, "_")
    .toLowerCase();
}

/**
 * Joins items as an English list.
 *
 * @example list(["a", "b", "c"])   // => "a, b or c"
 */
export function list(items: readonly string[], conjunction: "or" | "and" = "or"): string {
  if (items.length <= 1) return items[0] ?? "";
  return `${items.slice(0, -1).join(", ")} ${conjunction} ${items.at(-1)}`;
}

/**
 * Says a count with its noun.
 *
 * @example plural(2, "row")   // => "2 rows"
 */
export function plural(count: number, noun: string, nouns = `${noun}s`): string {
  return `${count} ${count === 1 ? noun : nouns}`;
}

/**
 * Shows any value in one line of a message: strings quoted, objects by class, long things cut.
 *
 * Units: `limit` in UTF-16 units; a cut value ends in `…`.
 */
export function shorten(value: unknown, limit = 60): string {
  const text = show(value, limit, 0);
  return text.length <= limit ? text : cut(text, limit);
}

function show(value: unknown, limit: number, depth: number): string {
  switch (typeof value) {
    case "string":
      return JSON.stringify(value.length <= limit ? value : cut(value, limit - 2));
    case "bigint":
      return `${value}n`;
    case "function":
      return value.name === "" ? "a function" : `the ${isClass(value) ? "class" : "function"} ${value.name}`;
    case "object":
      return value === null ? "null" : showObject(value, limit, depth);
    default:
      // -0 prints as "0" with String, and a symbol does not convert by template.
      return Object.is(value, -0) ? "-0" : String(value);
  }
}

function showObject(value: object, limit: number, depth: number): string {
  if (value instanceof Date)
    return Number.isNaN(value.getTime()) ? "an invalid Date" : `Date ${value.toISOString()}`;
  if (Array.isArray(value)) {
    if (depth > 1) return "[…]";
    return `[${showItems(value, (item) => show(item, limit, depth + 1))}]`;
  }
  if (ArrayBuffer.isView(value)) return `${value.constructor.name} of ${plural(value.byteLength, "byte")}`;
  const name = className(value);
  if (name !== undefined) return `${/^[AEIO]/.test(name) ? "an" : "a"} ${name}`;
  if (depth > 1) return "{…}";
  const keys = Object.keys(value);
  if (keys.length === 0) return "{}";
  // A getter may load or throw: its value is not read for a message.
  const property = (key: string) => {
    const descriptor = Object.getOwnPropertyDescriptor(value, key);
    return `${key}: ${descriptor !== undefined && "value" in descriptor ? show(descriptor.value, limit, depth + 1) : "…"}`;
  };
  return `{ ${showItems(keys, property)} }`;
}

function showItems<Item>(items: readonly Item[], one: (item: Item) => string): string {
  const shown = items.slice(0, 5).map(one).join(", ");
  return items.length > 5 ? `${shown}, … ${items.length - 5} more` : shown;
}

/** Names the class of an object; undefined for plain objects. */
function className(value: object): string | undefined {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === null || prototype === Object.prototype) return undefined;
  const name = (prototype as { constructor?: { name?: unknown } }).constructor?.name;
  return typeof name === "string" && name !== "" && name !== "Object" ? name : undefined;
}

function isClass(value: object): boolean {
  // A class's `prototype` cannot be written to; that of a function can, and an arrow function has none.
  return Object.getOwnPropertyDescriptor(value, "prototype")?.writable === false;
}

function cut(text: string, limit: number): string {
  const kept = text.slice(0, Math.max(0, limit - 1));
  // Half a surrogate pair would print as a replacement character.
  return `${/[\uD800-\uDBFF]$/.test(kept) ? kept.slice(0, -1) : kept}…`;
}

/**
 * Shows SQL in one line of a message: white space as single spaces, the end cut.
 *
 * Units: `limit` in UTF-16 units; a cut text ends in `…`.
 *
 * @example shortSql("SELECT 1\n  FROM t")   // => "SELECT 1 FROM t"
 */
export function shortSql(sql: string, limit = 160): string {
  const line = sql.trim().replace(/\s+/g, " ");
  return line.length <= limit ? line : cut(line, limit);
}

/**
 * Finds the candidate that a misspelt name most likely meant; undefined when none is near.
 *
 * Near: a distance (insert, delete, replace, swap neighbours; case free) of at most a third of the name's length,
 * and at least one for names of two characters. The first of equally near candidates wins.
 * Source: optimal string alignment, the restricted Damerau-Levenshtein distance.
 *
 * @example nearestName("usernmae", ["id", "username"])   // => "username"
 */
export function nearestName(name: string, candidates: Iterable<string>): string | undefined {
  const wanted = name.toLowerCase().replaceAll("_", "");
  let nearest: string | undefined;
  let nearestDistance = Math.max(1, Math.floor(name.length / 3)) + 1;
  for (const candidate of candidates) {
    const offered = candidate.toLowerCase().replaceAll("_", "");
    if (Math.abs(offered.length - wanted.length) >= nearestDistance) continue;
    const distance = editDistance(wanted, offered);
    // A one-letter name is one edit from every other: that is no resemblance.
    if (distance >= Math.max(wanted.length, offered.length)) continue;
    if (distance < nearestDistance) {
      nearest = candidate;
      nearestDistance = distance;
    }
  }
  return nearest;
}

function editDistance(left: string, right: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let row = 1; row <= left.length; row++) {
    const current = [row];
    for (let column = 1; column <= right.length; column++) {
      const isSame = left[row - 1] === right[column - 1];
      let distance = Math.min(
        last[column]! + 1,
        current[column - 1]! + 1,
        last[column - 1]! + (isSame ? 0 : 1),
      );
      const isSwap =
        row > 1 && column > 1 && left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1];
      if (isSwap) distance = Math.min(distance, beforeLast[column - 2]! + 1);
      current.push(distance);
    }
    beforeLast = last;
    last = current;
  }
  return last[right.length]!;
}

/**
 * Writes the hint for an unknown name: the near one, or all there are.
 *
 * @example suggestion("titel", ["title", "id"])   // => "did you mean title? there are: title and id"
 */
export function suggestion(name: string, candidates: Iterable<string>): string {
  const names = [...candidates];
  if (names.length === 0) return "there are none";
  const shown = names.length > 12 ? [...names.slice(0, 12), `${names.length - 12} more`] : names;
  const all = names.length === 1 ? `the only one is ${names[0]}` : `there are: ${list(shown, "and")}`;
  const nearest = nearestName(name, names);
  return nearest === undefined || names.length === 1 ? all : `did you mean ${nearest}? ${all}`;
}
