/**
 * Decimals that SQLite computes. It has binary fractions only, so that `0.1 * 3` is not `0.3`: what is computed is
 * rounded to the digits that the result has on paper, and then is the same number that `0.30` is read as.
 *
 * That holds for 15 digits in all. A quotient or an average has no end of digits and stays as it is.
 */
import { renderCall } from "../../compile/ansi/expression.ts";
import { ansiRenderers } from "../../compile/ansi/target.ts";
import type { NodeOfKind } from "../../compile/renderers.ts";
import type { Writer } from "../../compile/writer.ts";
import type {
  Assignment,
  ColumnNode,
  ExpressionNode,
  FunctionNode,
  InsertNode,
  UpdateNode,
} from "../../sql/nodes.ts";
import { PRECEDENCE } from "../../sql/operators.ts";
import { floatType, integerType, numericType } from "../../types/number.ts";

const UNSCALED = numericType();

/** How many digits a result can have behind those that it is rounded to, where its type does not tell. */
const DIGITS_OF_QUOTIENT = 10;

/** The digits after the point, where there are any: whole numbers are exact in SQLite, and ROUND would spoil large ones. */
function fractionOf({ type }: ExpressionNode): number | undefined {
  return type.name === "numeric" && type.scale !== undefined && type.scale > 0 ? type.scale : undefined;
}

/** Writes arithmetic; that of decimals so that the result is exact. */
export function renderArithmetic(node: NodeOfKind<"binary">, writer: Writer): void {
  const scale = fractionOf(node);
  switch (node.operator) {
    case "add":
    case "sub":
    case "mul":
      if (scale === undefined) break;
      roundTo(scale, writer, () => ansiRenderers.binary(asOperation(node), writer));
      return;
    case "mod":
      if (scale === undefined) break;
      renderRemainder(node, scale, writer);
      return;
    case "div":
      if (node.type.name !== "numeric") break;
      // `3.00` is stored as 3, and a whole number by a whole number gives a whole number.
      ansiRenderers.binary(
        { ...node, left: { kind: "cast", operand: node.left, type: floatType() } },
        writer,
      );
      return;
  }
  ansiRenderers.binary(node, writer);
}

function roundTo(scale: number, writer: Writer, write: () => void): void {
  writer.text("ROUND(");
  write();
  writer.text(`, ${scale})`);
}

/** The operation without the rounding of its operands, which is done once, at the end. */
function asOperation(node: NodeOfKind<"binary">): NodeOfKind<"binary"> {
  return { ...node, left: withoutRounding(node.left), right: withoutRounding(node.right), type: UNSCALED };
}

function withoutRounding(node: ExpressionNode): ExpressionNode {
  const isRounded = node.kind === "binary" && ["add", "sub", "mul"].includes(node.operator);
  return isRounded && fractionOf(node) !== undefined ? asOperation(node) : node;
}

/** SQLite's `%` knows whole numbers only: how many hundredths are left of so many hundredths. */
function renderRemainder({ left, right }: NodeOfKind<"binary">, scale: number, writer: Writer): void {
  const unit = 10 ** scale;
  const units = (node: ExpressionNode) => {
    writer.text("CAST(ROUND(").operand(withoutRounding(node), PRECEDENCE.multiplicative);
    writer.text(` * ${unit}) AS INTEGER)`);
  };
  writer.parenthesised(() => {
    units(left);
    writer.text(" % ");
    units(right);
    writer.text(` / ${unit}.0`);
  });
}

/** Writes `sum(…)`; that of decimals so that the result is exact. */
export function renderSum(node: FunctionNode, writer: Writer): void {
  const scale = fractionOf(node);
  if (scale === undefined) renderCall(node, writer);
  else roundTo(scale, writer, () => renderCall(node, writer));
}

/** Writes a function over a window; a sum is rounded as a whole, for no call of ROUND stands before OVER. */
export function renderWindow(node: NodeOfKind<"window">, writer: Writer): void {
  const { operand } = node;
  const isSum = operand.kind === "function" && operand.name.toLowerCase() === "sum";
  const scale = isSum ? fractionOf(operand) : undefined;
  if (scale === undefined) ansiRenderers.window(node, writer);
  else {
    roundTo(scale, writer, () =>
      ansiRenderers.window({ ...node, operand: { ...operand, type: UNSCALED } }, writer),
    );
  }
}

/**
 * Writes `round(…)`. `0.475` is a little less as a binary fraction, and SQLite would round it down: the digits that are to
 * stay are brought before the point and freed of that first.
 */
export function renderRound(node: FunctionNode, writer: Writer): void {
  const [number, digits] = node.arguments;
  const scale = digits === undefined ? 0 : digits.kind === "parameter" ? digits.value : undefined;
  if (number?.type.name !== "numeric" || typeof scale !== "number" || scale < 0) {
    renderCall(node, writer);
    return;
  }
  const behind = (number.type.scale ?? scale + DIGITS_OF_QUOTIENT) - scale;
  if (behind <= 0) {
    renderCall(node, writer);
    return;
  }
  const unit = 10 ** scale;
  writer.parenthesised(() => {
    writer.text("ROUND(ROUND(").operand(withoutRounding(number), PRECEDENCE.multiplicative);
    writer.text(` * ${unit}, ${behind})) / ${unit}.0`);
  });
}

/** Writes an UPDATE whose columns get what they can hold. */
export function renderUpdate(update: UpdateNode, writer: Writer): void {
  ansiRenderers.update({ ...update, set: fitting(update.set) }, writer);
}

/** Writes an INSERT whose columns get what they can hold. */
export function renderInsert(insert: InsertNode, writer: Writer): void {
  const { columns, conflict } = insert;
  // Most rows hold plain values, and many of them: they are not copied.
  const isPlain = columns.every(({ type }) => type.name !== "numeric");
  const rows = isPlain
    ? insert.rows
    : insert.rows.map((row) => row.map((value, position) => fitted(columns[position]!, value)));
  const set = conflict?.set;
  if (conflict === undefined || set === undefined) ansiRenderers.insert({ ...insert, rows }, writer);
  else ansiRenderers.insert({ ...insert, rows, conflict: { ...conflict, set: fitting(set) } }, writer);
}

function fitting(set: readonly Assignment[]): Assignment[] {
  return set.map(({ column, value }) => ({ column, value: fitted(column, value) }));
}

/** Rounds a computed decimal to the digits of its column, as other databases do on storing it. */
function fitted({ type }: ColumnNode, value: ExpressionNode): ExpressionNode {
  if (type.name !== "numeric" || type.scale === undefined) return value;
  if (value.kind === "parameter" || value.kind === "keyword" || value.type.name !== "numeric") return value;
  if (value.type.scale !== undefined && value.type.scale <= type.scale) return value;
  const digits: ExpressionNode = {
    kind: "parameter",
    value: type.scale,
    name: undefined,
    type: integerType(),
  };
  return {
    kind: "function",
    name: "round",
    arguments: [value, digits],
    distinct: false,
    filter: undefined,
    type,
  };
}
