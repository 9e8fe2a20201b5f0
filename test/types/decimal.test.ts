import { describe, expect, test } from "vitest";
import { type DecimalInput, decimal, inspectDecimal } from "../../src/types/decimal.ts";

describe("decimal", () => {
  test.each<[DecimalInput, DecimalInput, string]>([
    ["0.1", "0.2", "0.3"],
    [0.1, 0.2, "0.3"],
    ["1.10", 2, "3.10"],
    ["-5", "5.00", "0.00"],
    ["-0.05", "0.02", "-0.03"],
    [9_007_199_254_740_993n, 1, "9007199254740994"],
    ["1e3", "2.5E-2", "1000.025"],
    [".5", "5.", "5.5"],
    ["+1", "-0", "1"],
  ])("adds %s and %s", (left, right, total) => {
    expect(decimal.add(left, right)).toBe(total);
    expect(decimal.add(right, left)).toBe(total);
  });

  test("subtracts", () => {
    expect(decimal.subtract("1", "0.01")).toBe("0.99");
    expect(decimal.subtract("0.30", "0.3")).toBe("0.00");
    expect(decimal.subtract("100000000000000000000.01", "0.02")).toBe("99999999999999999999.99");
  });

  test("multiplies, with the digits of both", () => {
    expect(decimal.multiply("19.99", 3)).toBe("59.97");
    expect(decimal.multiply("1.05", "1.05")).toBe("1.1025");
    expect(decimal.multiply("-0.5", "0.5")).toBe("-0.25");
    expect(decimal.multiply("-1.5", "0")).toBe("0.0");
  });

  test("sums, none included", () => {
    expect(decimal.sum(["59.97", "0.03", 1])).toBe("61.00");
    expect(decimal.sum([])).toBe("0");
    expect(decimal.sum(Array.from({ length: 1000 }, () => "0.1"))).toBe("100.0");
  });

  test("compares by value", () => {
    expect([decimal.compare("5", "5.00"), decimal.compare("-1", "0"), decimal.compare("10", "9.99")]).toEqual(
      [0, -1, 1],
    );
    expect(decimal.compare(1e21, "1000000000000000000000")).toBe(0);
  });

  test.each<[DecimalInput, number, string]>([
    ["2.345", 2, "2.35"],
    ["2.344999", 2, "2.34"],
    ["-2.345", 2, "-2.35"],
    ["0.5", 0, "1"],
    ["-0.4", 0, "0"],
    ["5", 2, "5.00"],
    ["1.005", 2, "1.01"],
    ["99.995", 2, "100.00"],
  ])("rounds %s to %i digits", (value, scale, rounded) => {
    expect(decimal.round(value, scale)).toBe(rounded);
  });

  test("divides to a scale", () => {
    expect(decimal.divide("10", "3", 2)).toBe("3.33");
    expect(decimal.divide("-20", "3", 2)).toBe("-6.67");
    expect(decimal.divide("1", "0.008", 0)).toBe("125");
    expect(decimal.divide("0.0001", "2", 2)).toBe("0.00");
    expect(decimal.divide("1", "8", 3)).toBe("0.125");
    expect(() => decimal.divide("1", "0.00", 2)).toThrow("expects a divisor other than zero");
  });

  test.each<unknown>([
    "",
    ".",
    "abc",
    "1,5",
    "1.2.3",
    " 1",
    "0x10",
    "NaN",
    "Infinity",
    Number.NaN,
    Number.POSITIVE_INFINITY,
    "1e999999999",
    "1e-9999999",
    null,
    undefined,
    {},
    true,
  ])("refuses %s", (value) => {
    expect(() => decimal.add(value as string, 1)).toThrow(
      "types/not-decimal: decimal.add expects a decimal number",
    );
  });

  test("refuses a scale that is no count", () => {
    expect(() => decimal.round("1", -1)).toThrow("types/definition");
    expect(() => decimal.round("1", 1.5)).toThrow("types/definition");
  });
});

test("inspectDecimal counts the digits that matter", () => {
  expect(inspectDecimal("007.5000")).toEqual({ whole: 1, fraction: 1 });
  expect(inspectDecimal("-0.05")).toEqual({ whole: 0, fraction: 2 });
  expect(inspectDecimal("0")).toEqual({ whole: 0, fraction: 0 });
  expect(inspectDecimal(1.5e-7)).toEqual({ whole: 0, fraction: 8 });
  expect(inspectDecimal(1e21)).toEqual({ whole: 22, fraction: 0 });
  expect(inspectDecimal("five")).toBeUndefined();
});
