/**
 * A statement inside another one, whose columns are found out while the outer one is planned: for joined loads around
 * a LIMIT, and for loads that hold the original statement as a subquery.
 */
import type {
  ColumnNode,
  ExpressionNode,
  LabelNode,
  OrderNode,
  SelectNode,
  SubquerySource,
} from "../../sql/nodes.ts";
import { subquerySource } from "../../sql/sources.ts";

/** A statement used as a table; what is read of it becomes its columns. */
export class DerivedTable {
  readonly items: LabelNode[] = [];
  readonly source: SubquerySource;
  readonly #select: SelectNode;
  readonly #columns = new Map<string, ColumnNode>();

  constructor(select: SelectNode) {
    this.#select = select;
    // Filled while the outer statement is planned; the source reads it when the statement is compiled.
    this.source = subquerySource({ ...select, items: this.items }, undefined);
  }

  /** Gives the column of the subquery that shows an expression of the statement inside. */
  column(expression: ExpressionNode): ColumnNode {
    const present = this.items.findIndex((item) => isSameExpression(item.operand, unlabelled(expression)));
    const index = present >= 0 ? present : this.items.length;
    if (present < 0) {
      const operand = unlabelled(expression);
      this.items.push({ kind: "label", operand, name: this.#nameOf(expression), type: operand.type });
    }
    const { name, type } = this.items[index] as LabelNode;
    const known = this.#columns.get(name);
    if (known !== undefined) return known;
    const column: ColumnNode = { kind: "column", source: this.source, name, key: name, type };
    this.#columns.set(name, column);
    return column;
  }

  #nameOf(expression: ExpressionNode): string {
    const wanted = wantedName(expression);
    let name = wanted;
    for (let count = 1; this.items.some((item) => item.name === name); count += 1) {
      name = `${wanted}_${count}`;
    }
    return name;
  }

  /** The ordering of the statement inside, for the one around it. */
  get orderBy(): ExpressionNode[] {
    return this.#select.orderBy.map((expression) => {
      if (expression.kind !== "order") return this.column(expression);
      const order: OrderNode = { ...expression, operand: this.column(expression.operand) };
      return order;
    });
  }
}

function wantedName(expression: ExpressionNode): string {
  if (expression.kind === "label") return expression.name;
  if (expression.kind !== "column") return "anon";
  const { source, name } = expression;
  return `${("of" in source ? source.of.name : source.name) ?? "anon"}_${name}`;
}

function unlabelled(expression: ExpressionNode): ExpressionNode {
  return expression.kind === "label" ? expression.operand : expression;
}

function isSameExpression(left: ExpressionNode, right: ExpressionNode): boolean {
  if (left === right) return true;
  const areColumns = left.kind === "column" && right.kind === "column";
  return areColumns && left.source === right.source && left.name === right.name;
}
