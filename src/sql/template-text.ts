/** A template while it is written, for statements that a dialect puts together piece by piece. */
import { nullType } from "../types/sql-type.ts";
import type { TemplateNode } from "./nodes.ts";

/** Text and what stands between, added from left to right. */
export class TemplateText {
  readonly #strings: string[];
  readonly #items: TemplateNode["items"][number][] = [];

  constructor(start: string) {
    this.#strings = [start];
  }

  add(text: string): this {
    this.#strings.push(`${this.#strings.pop()}${text}`);
    return this;
  }

  item(item: TemplateNode["items"][number]): this {
    this.#items.push(item);
    this.#strings.push("");
    return this;
  }

  node(): TemplateNode {
    return { kind: "template", strings: this.#strings, items: this.#items, type: nullType() };
  }
}
