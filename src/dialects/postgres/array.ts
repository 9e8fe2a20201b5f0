/**
 * PostgreSQL's text form of arrays: `{1,NULL,"a, b"}`.
 *
 * Source: https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO
 */

/** Writes an array, nested ones included; each item that is not null passes `encode`. */
export function writeArray(items: readonly unknown[], encode?: (item: unknown) => unknown): string {
  return `{${items.map((item) => writeItem(item, encode)).join(",")}}`;
}

function writeItem(item: unknown, encode: ((item: unknown) => unknown) | undefined): string {
  if (item === null) return "NULL";
  if (Array.isArray(item)) return writeArray(item, encode);
  const text = String(encode ? encode(item) : item);
  // Everything that is not plainly a number or word is quoted, the word null above all.
  if (/^[\w.+-]+$/.test(text) && !/^null$/i.test(text)) return text;
  return `"${text.replace(/["\\]/g, "\\$&")}"`;
}

/** Reads an array, nested ones included; each item that is not null passes `decode`. */
export function parseArray(text: string, decode?: (item: unknown) => unknown): unknown[] {
  // Bounds other than from 1 stand before the items: [0:1]={a,b}
  const start = text.startsWith("[") ? text.indexOf("=") + 1 : 0;
  return new ArrayReader(text, start, decode).read();
}

class ArrayReader {
  readonly #text: string;
  readonly #decode: ((item: unknown) => unknown) | undefined;
  #position: number;

  constructor(text: string, start: number, decode: ((item: unknown) => unknown) | undefined) {
    this.#text = text;
    this.#position = start;
    this.#decode = decode;
  }

  read(): unknown[] {
    const items: unknown[] = [];
    this.#position++;
    while (this.#position < this.#text.length) {
      switch (this.#text[this.#position]) {
        case "}":
          this.#position++;
          return items;
        case ",":
          this.#position++;
          break;
        case "{":
          items.push(this.read());
          break;
        case '"':
          items.push(this.#decoded(this.#readQuoted()));
          break;
        default:
          items.push(this.#readPlain());
      }
    }
    return items;
  }

  #readQuoted(): string {
    let item = "";
    this.#position++;
    while (this.#text[this.#position] !== '"') {
      if (this.#text[this.#position] === "\\") this.#position++;
      item += this.#text[this.#position++];
    }
    this.#position++;
    return item;
  }

  #readPlain(): unknown {
    const start = this.#position;
    while (this.#text[this.#position] !== "," && this.#text[this.#position] !== "}") this.#position++;
    const item = this.#text.slice(start, this.#position);
    return item === "NULL" ? null : this.#decoded(item);
  }

  #decoded(item: string): unknown {
    return this.#decode ? this.#decode(item) : item;
  }
}
