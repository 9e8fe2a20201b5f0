/**
 * Database URLs: `sqlite:///file.db`, `postgresql://user:secret@host:5432/name?sslmode=require`, `pglite://`.
 *
 * Below: foundation. Above: the drivers, which read the parts. A password is in {@link DatabaseUrl.password} and
 * nowhere else: {@link DatabaseUrl.display} is what messages and logs show.
 */
import { fail } from "../foundation/errors.ts";
import type { Driver } from "./driver.ts";

/** A database URL in parts. */
export interface DatabaseUrl {
  /** What stands before `://`, in lower case: `postgresql`, `sqlite+better-sqlite3`. */
  readonly scheme: string;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly host: string | undefined;
  readonly port: number | undefined;
  /** The database's name, or the path of its file; undefined: the server's default, or in memory. */
  readonly database: string | undefined;
  /** What follows `?`. */
  readonly query: Readonly<Record<string, string>>;
  /** The URL without its password. */
  readonly display: string;
}

/**
 * Makes what takes database URLs apart: the drivers know whose path names a file rather than a database on a server.
 * Of one driver every URL is its own; of several, the one that the scheme means decides.
 *
 * Errors: url/malformed when the text is no URL of a database.
 */
export function urlParser(drivers: readonly Driver[]): (text: string) => DatabaseUrl {
  const namesFile = (scheme: string): boolean => {
    const driver =
      drivers.length === 1 ? drivers[0] : drivers.find(({ schemes }) => schemes.includes(scheme));
    return driver?.place === "file";
  };
  return (text) => parseUrl(text, namesFile);
}

function parseUrl(text: string, namesFile: (scheme: string) => boolean): DatabaseUrl {
  if (typeof text !== "string")
    throw fail("url/malformed", { url: String(text), problem: "is not a string" });
  const split = /^([a-z][a-z0-9+.-]*):\/\/(.*)$/is.exec(text);
  if (!split) {
    const problem = text === "" ? "is empty" : "does not start with a scheme and ://";
    throw fail("url/malformed", { url: withoutPassword(text), problem });
  }
  const scheme = split[1]!.toLowerCase();
  return namesFile(scheme) ? parseFileUrl(scheme, split[2]!) : parseServerUrl(scheme, text);
}

function parseFileUrl(scheme: string, rest: string): DatabaseUrl {
  const [path = "", search = ""] = splitOnce(rest, "?");
  const inMemory = path === "" || path === "/" || path === ":memory:" || path === "/:memory:";
  if (!inMemory && !path.startsWith("/")) {
    throw fail("url/malformed", {
      url: `${scheme}://${rest}`,
      problem: `needs a third slash before its file: ${scheme}:///${rest}`,
    });
  }
  return {
    scheme,
    username: undefined,
    password: undefined,
    host: undefined,
    port: undefined,
    database: inMemory ? undefined : decode(path.slice(1)),
    query: Object.fromEntries(new URLSearchParams(search)),
    display: `${scheme}://${rest}`,
  };
}

function parseServerUrl(scheme: string, text: string): DatabaseUrl {
  const url = parseStandardUrl(text);
  const database = decode(url.pathname.replace(/^\//, ""));
  return {
    scheme,
    username: decode(url.username) || undefined,
    password: decode(url.password) || undefined,
    host: decode(url.hostname.replace(/^\[|\]$/g, "")) || undefined,
    port: url.port === "" ? undefined : Number(url.port),
    database: database || undefined,
    query: Object.fromEntries(url.searchParams),
    display: withoutPassword(text),
  };
}

function parseStandardUrl(text: string): URL {
  try {
    return new URL(text);
  } catch {
    const problem =
      "has a host, port or password that cannot be read (write a password's special characters with encodeURIComponent)";
    throw fail("url/malformed", { url: withoutPassword(text), problem });
  }
}

/** Replaces what stands between the first `:` after `//` and the last `@` before the path, also in a URL that is wrong. */
function withoutPassword(text: string): string {
  return text
    .replace(/(:\/\/[^:@/]*):.*@/s, "$1:***@")
    .replace(/([?&](?:password|sslpassword)=)[^&]*/gi, "$1***");
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function splitOnce(text: string, separator: string): string[] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + separator.length)];
}
