/** Identifiers: when they need quotes, and how to shorten them. */

/** Words that an identifier cannot be without quotes, in SQL:2016, PostgreSQL or SQLite. */
const reservedWords: ReadonlySet<string> = new Set(
  `abort all alter analyse analyze and any array as asc asymmetric attach authorization autoincrement
  before begin between binary both by
  cascade case cast check collate collation column commit concurrently conflict constraint create cross
  current_catalog current_date current_role current_schema current_time current_timestamp current_user
  database default deferrable deferred delete desc detach distinct do drop
  each else end escape except exclude exclusive exists explain
  false fetch for foreign freeze from full
  generated glob grant group
  having
  if ignore ilike immediate in index indexed initially inner insert instead intersect into is isnull
  join
  lateral leading left like limit localtime localtimestamp
  match
  natural not nothing notnull null
  of offset on only or order outer overlaps
  placing pragma primary
  raise references reindex release rename replace restrict returning right rollback
  savepoint select session_user set similar some symmetric
  table tablesample temp temporary then to trailing transaction trigger true
  union unique update user using
  vacuum values variadic verbose view virtual
  when where window with without`.split(/\s+/),
);

/** Quotes an identifier if it is a reserved word or more than lower-case letters, digits and underscores. */
export function quoteIdentifier(identifier: string, reserved: ReadonlySet<string> = reservedWords): string {
  return /^[a-z_][a-z0-9_]*$/.test(identifier) && !reserved.has(identifier)
    ? identifier
    : `"${identifier.replaceAll('"', '""')}"`;
}

/** Shortens a name to what the database takes, keeping long names apart by a checksum at the end. */
export function shortenIdentifier(name: string, maxLength: number): string {
  if (name.length <= maxLength) return name;
  const suffix = `_${checksum(name)}`;
  return name.slice(0, maxLength - suffix.length) + suffix;
}

/** FNV-1a over the name's code units: short, and the same on every machine. */
function checksum(name: string): string {
  let hash = 0x811c9dc5;
  for (let position = 0; position < name.length; position++) {
    hash = Math.imul(hash ^ name.charCodeAt(position), 0x01000193);
  }
  return (hash >>> 0).toString(16).padStart(8, "0");
}
