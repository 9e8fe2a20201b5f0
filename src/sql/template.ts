/**
 * SQL written by hand: the `sql` tag, and `text("… :name")`.
 *
 * Whatever is interpolated becomes a bound parameter, or a node when it is one; it never becomes part of the text.
 * `sql.raw` is the only way around that.
 */

import { fail } from "../foundation/errors.ts";
import { nullType } from "../types/sql-type.ts";
import { nodeOf, sourceOf, toParameter } from "./coerce.ts";
import { Expression, type TypeLike, typeOf } from "./expression.ts";
import type { ExpressionNode, QueryNode, Source, TemplateNode } from "./nodes.ts";
import type { ITEM, Row, Statement } from "./row.ts";

type TemplateItem = TemplateNode["items"][number];

/** SQL written by hand, as an expression in a statement or as a statement of its own. */
export class Template<out Value = unknown>
  extends Expression<Value>
  implements Statement<Row<unknown[], unknown>>
{
  declare readonly [ITEM]: Row<unknown[], unknown>;
  declare readonly node: TemplateNode;

  /** Says the type of the value. */
  as<Result>(type: TypeLike<Result>): Template<Result> {
    return new Template(Object.freeze({ ...this.node, type: typeOf(type) }));
  }

  /** Gives values to the parameters of {@link text}. Errors: sql/unknown-parameter, sql/undefined-value. */
  bind(values: Readonly<Record<string, unknown>>): Template<Value> {
    const known = this.node.items.flatMap((item) => (isNamed(item) ? [item.name] : []));
    for (const name of Object.keys(values)) {
      if (!known.includes(name)) throw fail("sql/unknown-parameter", { parameter: name, parameters: known });
    }
    const items = this.node.items.map((item) =>
      isNamed(item) && Object.hasOwn(values, item.name)
        ? toItem(values[item.name], `parameter ${item.name}`)
        : item,
    );
    return new Template(Object.freeze({ ...this.node, items: Object.freeze(items) }));
  }
}

function isNamed(
  item: TemplateItem,
): item is TemplateItem & { readonly kind: "parameter"; readonly name: string } {
  return item.kind === "parameter" && item.name !== undefined;
}

/** The tag, and its way around parameters. */
export interface SqlTag {
  <Value = unknown>(strings: TemplateStringsArray, ...items: readonly unknown[]): Template<Value>;
  /** Puts text into the SQL as it stands. Never give it what comes from outside the program. */
  raw<Value = unknown>(text: string): Template<Value>;
}

/**
 * Writes SQL by hand. Values become bound parameters, expressions, tables and queries become SQL.
 *
 * @example sql<number>`length(${User.c.name}) + ${1}`   // => length(users.name) + ?
 */
export const sql: SqlTag = Object.assign(
  <Value>(strings: TemplateStringsArray, ...items: readonly unknown[]): Template<Value> =>
    flattened(
      strings,
      items.map((item, index) => toItem(item, `value ${index + 1} of sql\`…\``)),
    ),
  { raw: <Value>(text: string): Template<Value> => flattened<Value>([text], []) },
);

/**
 * Writes SQL with named parameters: `text("SELECT :x").bind({ x: 1 })`; those that `bind` leaves out get their values
 * at execution. `::type` and text in quotes are left alone.
 */
export function text<Value = unknown>(source: string): Template<Value> {
  const strings: string[] = [];
  const items: TemplateItem[] = [];
  let end = 0;
  let current = "";
  for (const match of source.matchAll(PARAMETER)) {
    const name = match.groups?.["name"];
    current += source.slice(end, match.index);
    end = match.index + match[0].length;
    if (name === undefined) {
      // `\:` is how a colon is written that would otherwise begin a parameter.
      current += match[0] === "\\:" ? ":" : match[0];
      continue;
    }
    strings.push(current);
    current = "";
    items.push(Object.freeze({ kind: "parameter", value: undefined, name, type: nullType() }));
  }
  strings.push(current + source.slice(end));
  return flattened(strings, items);
}

// What may hold a colon without meaning a parameter comes first: quoted text, quoted names, comments, casts.
const PARAMETER =
  /'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|\/\*[\s\S]*?\*\/|::|\\:|:(?<name>[A-Za-z_][A-Za-z0-9_]*)/g;

function toItem(value: unknown, where: string): TemplateItem {
  const node = nodeOf(value);
  if (node !== undefined) return node;
  const source = sourceOf(value);
  return source ?? toParameter(value, { where });
}

/** Joins templates inside a template into one, so that `sql.raw` and fragments are written without parentheses. */
function flattened<Value>(strings: readonly string[], items: readonly TemplateItem[]): Template<Value> {
  const allStrings: string[] = [strings[0]!];
  const allItems: (ExpressionNode | QueryNode | Source)[] = [];
  const append = (textAfter: string): void => {
    allStrings[allStrings.length - 1] += textAfter;
  };
  items.forEach((item, index) => {
    if (item.kind === "template") {
      append(item.strings[0]!);
      allItems.push(...item.items);
      allStrings.push(...item.strings.slice(1));
    } else {
      allItems.push(item);
      allStrings.push("");
    }
    append(strings[index + 1]!);
  });
  return new Template(
    Object.freeze({
      kind: "template",
      strings: Object.freeze(allStrings),
      items: Object.freeze(allItems),
      type: nullType(),
    }),
  );
}
