/**
 * Whether a text holds one statement: client libraries drop a second one without a word, or send both.
 */
import { fail } from "../foundation/errors.ts";
import { shorten } from "../foundation/words.ts";

// What may hold a semicolon without ending a statement comes first: comments, quoted text and names, $tag$ … $tag$.
const TOKEN =
  /--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|\b[eE]'(?:[^'\\]|\\[\s\S])*'|'[^']*'|"[^"]*"|`[^`]*`|\$([A-Za-z_]\w*)?\$[\s\S]*?\$\1\$|[A-Za-z_][\w$]*|;|[^\s;]/g;

const isComment = /^(?:--|\/\*)/;

/** Refuses a text of two statements or more. Errors: sql/several-statements. */
export function requireOneStatement(sql: string): void {
  if (!sql.includes(";")) return;
  const second = startOfSecond(sql);
  if (second !== undefined) throw fail("sql/several-statements", { second: shorten(sql.slice(second)) });
}

function startOfSecond(sql: string): number | undefined {
  let isEnded = false;
  // The statements in the body of a trigger or function belong to it: it goes on until `; END;`.
  let isInBody = false;
  const words: string[] = [];
  for (const match of sql.matchAll(TOKEN)) {
    const [token] = match;
    if (isComment.test(token)) continue;
    if (token !== ";") {
      if (isEnded) return match.index;
      words.push(token.toUpperCase());
      if (words[0] === "CREATE" && words.at(-1) === "BEGIN") isInBody = true;
      continue;
    }
    if (isInBody) {
      isInBody = words.at(-1) !== "END" || words.at(-2) !== ";";
      words.push(token);
    }
    isEnded = words.length > 0 && !isInBody;
  }
  return undefined;
}
