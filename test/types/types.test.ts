import { describe, expect, expectTypeOf, test } from "vitest";
import { arrayType } from "../../src/types/array.ts";
import { binaryType } from "../../src/types/binary.ts";
import { booleanType } from "../../src/types/boolean.ts";
import { dateTimeType, dateType, timeType } from "../../src/types/datetime.ts";
import { enumType } from "../../src/types/enum.ts";
import { jsonType } from "../../src/types/json.ts";
import { bigIntType, floatType, integerType, numericType, smallIntType } from "../../src/types/number.ts";
import { typeOfValue } from "../../src/types/of-value.ts";
import {
  describeType,
  nullType,
  problemOfStoring,
  type SqlType,
  type ValueOf,
} from "../../src/types/sql-type.ts";
import { stringType, textType } from "../../src/types/text.ts";
import { uuidType } from "../../src/types/uuid.ts";

class Point {
  x = 1;
}
const itself: Record<string, unknown> = {};
itself["deep"] = [itself];
const shared = { a: 1 };
const UUID = "0191E2A4-7c1d-7b3e-8f00-123456789abc";

/** A type with values that it takes, and values that it refuses with the sentence. */
const cases: [SqlType, unknown[], [unknown, string][]][] = [
  [
    integerType(),
    [0, -5, 2 ** 53 - 1, 5_000_000_000],
    [
      [1.5, "expects an integer, got: 1.5"],
      ["5", 'expects an integer, got: "5"'],
      [5n, "expects an integer, got: 5n"],
      [2 ** 53, "expects an integer, got: 9007199254740992"],
      [Number.NaN, "expects an integer, got: NaN"],
      [null, "expects an integer, got: null"],
    ],
  ],
  [
    smallIntType(),
    [-32_768, 0, 32_767],
    [
      [32_768, "expects an integer from -32768 to 32767, got: 32768"],
      [-32_769, "expects an integer from -32768 to 32767, got: -32769"],
      [1.5, "expects an integer from -32768 to 32767, got: 1.5"],
    ],
  ],
  [
    bigIntType(),
    [0n, 2n ** 63n - 1n, -(2n ** 63n)],
    [
      [5, "expects a bigint such as 5n, got: 5"],
      [2n ** 63n, "expects a bigint of 64 bits, got: 9223372036854775808n"],
    ],
  ],
  [
    floatType(),
    [1.5, -0, Number.POSITIVE_INFINITY],
    [
      [Number.NaN, "expects a number, got: NaN"],
      ["1.5", 'expects a number, got: "1.5"'],
    ],
  ],
  [
    numericType(6, 2),
    ["5", 5, 5n, "5.10", "5.1000", 0.1, "1e3", "-9999.99", "0009999"],
    [
      ["5.105", 'expects at most 2 digits after the point, got: "5.105"'],
      [0.1 + 0.2, "expects at most 2 digits after the point, got: 0.30000000000000004"],
      ["10000", 'expects at most 4 digits before the point, got: "10000"'],
      ["1e-3", 'expects at most 2 digits after the point, got: "1e-3"'],
      [Number.NaN, 'expects a decimal number such as "12.50", got: NaN'],
      [Number.POSITIVE_INFINITY, 'expects a decimal number such as "12.50", got: Infinity'],
      ["NaN", 'expects a decimal number such as "12.50", got: "NaN"'],
      ["5 €", 'expects a decimal number such as "12.50", got: "5 €"'],
    ],
  ],
  [numericType(3), ["999", "5.0"], [["5.5", 'expects at most 0 digits after the point, got: "5.5"']]],
  [
    numericType(),
    ["123456789012345678901234567890.123456789", 5],
    [["x", 'expects a decimal number such as "12.50", got: "x"']],
  ],
  [
    stringType(3),
    ["", "longer than the column: the database's to refuse", "😀"],
    [
      [5, "expects a string, got: 5"],
      ["\uD83D", "expects a string, got: one with half a character (a lone surrogate)"],
    ],
  ],
  [textType(), ["any"], [[new String("boxed"), "expects a string, got: a String"]]],
  [
    booleanType(),
    [true, false],
    [
      [1, "expects true or false, got: 1"],
      ["true", 'expects true or false, got: "true"'],
    ],
  ],
  [
    dateType(),
    ["2024-02-29", "0001-01-01", "9999-12-31", "2000-02-29"],
    [
      ["2023-02-29", 'expects a date as "YYYY-MM-DD", got: "2023-02-29"'],
      ["1900-02-29", 'expects a date as "YYYY-MM-DD", got: "1900-02-29"'],
      ["2024-04-31", 'expects a date as "YYYY-MM-DD", got: "2024-04-31"'],
      ["2024-13-01", 'expects a date as "YYYY-MM-DD", got: "2024-13-01"'],
      ["0000-01-01", 'expects a date as "YYYY-MM-DD", got: "0000-01-01"'],
      ["2024-1-1", 'expects a date as "YYYY-MM-DD", got: "2024-1-1"'],
      [new Date(0), 'expects a date as "YYYY-MM-DD", got: Date 1970-01-01T00:00:00.000Z'],
    ],
  ],
  [
    timeType(),
    ["00:00:00", "23:59:59.999999", "09:30:00.5"],
    [
      ["09:30", 'expects a time as "HH:MM:SS" with at most 6 digits of a second, got: "09:30"'],
      ["24:00:00", 'expects a time as "HH:MM:SS" with at most 6 digits of a second, got: "24:00:00"'],
      [
        "10:00:00.1234567",
        'expects a time as "HH:MM:SS" with at most 6 digits of a second, got: "10:00:00.1234567"',
      ],
    ],
  ],
  [
    dateTimeType({ timezone: true }),
    [new Date(0), new Date("0001-01-01T00:00:00Z"), new Date("9999-12-31T23:59:59.999Z")],
    [
      ["2024-01-01", 'expects a Date, got: "2024-01-01"'],
      [new Date(Number.NaN), "expects a Date, got: an invalid Date"],
      [
        new Date("-000001-01-01T00:00:00Z"),
        "expects a Date of the years 1 to 9999, got: Date -000001-01-01T00:00:00.000Z",
      ],
      [new Date(8.64e15), "expects a Date of the years 1 to 9999, got: Date +275760-09-13T00:00:00.000Z"],
    ],
  ],
  [
    uuidType(),
    [UUID],
    [
      [
        "0191e2a47c1d7b3e8f00123456789abc",
        `expects a UUID such as "0191e2a4-7c1d-7b3e-8f00-123456789abc", got: "0191e2a47c1d7b3e8f00123456789abc"`,
      ],
    ],
  ],
  [binaryType(), [new Uint8Array(2), Buffer.from("x")], [["bytes", 'expects a Uint8Array, got: "bytes"']]],
  [
    enumType(["new", "paid"]),
    ["new", "paid"],
    [
      ["lost", 'expects "new" or "paid", got: "lost"'],
      [1, 'expects "new" or "paid", got: 1'],
    ],
  ],
  [
    arrayType(integerType()),
    [[], [1, null, 2]],
    [
      [5, "expects an array, got: 5"],
      [[1, "2"], 'expects an integer, got: "2" (at index 1)'],
      [[undefined], "expects an integer, got: undefined (at index 0)"],
    ],
  ],
  [
    jsonType(),
    [1, "x", true, [null], { a: { b: [1, null] }, gone: undefined }, Object.create(null), [shared, shared]],
    [
      [undefined, "expects JSON, got: undefined"],
      [Number.NaN, "expects JSON, got: NaN"],
      [5n, "expects JSON, got: 5n"],
      [{ a: { at: new Date(0) } }, "expects JSON, got: Date 1970-01-01T00:00:00.000Z (at a.at)"],
      [{ list: [1, undefined] }, "expects JSON, got: undefined (at list[1])"],
      [[new Map()], "expects JSON, got: a Map (at [0])"],
      [new Point(), "expects JSON, got: a Point"],
      [() => 1, "expects JSON, got: a function"],
      [itself, "expects JSON, got: an object that contains itself (at deep[0])"],
    ],
  ],
  [nullType(), [1, "x", {}, null], [[undefined, "expects a value"]]],
];

describe.each(
  cases.map(([type, ...rest]) => [describeType(type), type, ...rest] as const),
)("%s", (_, type, good, bad) => {
  test.each(good.map((value) => [value]))("takes %s", (value) => {
    expect(type.check(value)).toBeUndefined();
    expect(type.equal(value, value)).toBe(true);
    if (value !== null && type.copy) expect(type.equal(type.copy(value), value)).toBe(true);
  });

  test.each(bad)("refuses %s", (value, problem) => {
    expect(type.check(value)).toBe(problem);
  });

  test("is frozen", () => {
    expect(Object.isFrozen(type)).toBe(true);
  });
});

describe("storing", () => {
  test("integers of columns have 32 bits", () => {
    for (const value of [-2_147_483_648, -0, 0, 2_147_483_647]) {
      expect(problemOfStoring(integerType(), value)).toBeUndefined();
    }
    for (const value of [2_147_483_648, -2_147_483_649]) {
      expect(problemOfStoring(integerType(), value)).toBe(
        `expects an integer from -2147483648 to 2147483647 (bigInt() holds larger ones), got: ${value}`,
      );
    }
    expect(problemOfStoring(integerType(), 1.5)).toBe("expects an integer, got: 1.5");
    expect(problemOfStoring(arrayType(integerType()), [1, null, 2 ** 40])).toContain("(at index 2)");
  });

  test("the length of text counts characters, not units", () => {
    expect(problemOfStoring(stringType(3), "abc")).toBeUndefined();
    expect(problemOfStoring(stringType(3), "😀😀😀")).toBeUndefined();
    expect(problemOfStoring(stringType(3), "😀😀😀!")).toBe('expects at most 3 characters, got 4: "😀😀😀!"');
    expect(problemOfStoring(stringType(1), "ab")).toBe('expects at most 1 character, got 2: "ab"');
    expect(problemOfStoring(stringType(), "x".repeat(1000))).toBeUndefined();
    expect(problemOfStoring(stringType(3), 5)).toBe("expects a string, got: 5");
  });
});

describe("normalise", () => {
  test("gives numerics exactly the digits of the scale", () => {
    const money = numericType(10, 2);
    for (const spelling of ["5", 5, 5n, "5.0", "05.000", "5e0"])
      expect(money.normalise!(spelling)).toBe("5.00");
    expect(money.normalise!(-0)).toBe("0.00");
    expect(money.normalise!("5.10")).toBe("5.10");
    expect(() => money.normalise!("5.105")).toThrow(
      "types/wrong-value: the value expects at most 2 digits after the point",
    );
    expect(numericType().normalise!("1.50e1")).toBe("15.0");
    expect(numericType(4).normalise!(12)).toBe("12");
  });

  test("gives times, UUIDs and arrays of them their one spelling", () => {
    expect(timeType().normalise!("10:00:00.500000")).toBe("10:00:00.5");
    expect(timeType().normalise!("10:00:00.000")).toBe("10:00:00");
    expect(timeType().normalise!("10:00:00")).toBe("10:00:00");
    expect(() => timeType().normalise!("10")).toThrow("types/wrong-value");
    expect(uuidType().normalise!(UUID)).toBe(UUID.toLowerCase());
    expect(() => uuidType().normalise!("x")).toThrow("types/wrong-value");
    expect(arrayType(numericType(4, 1)).normalise!([1, null])).toEqual(["1.0", null]);
    expect(arrayType(integerType()).normalise).toBeUndefined();
  });
});

describe("equal", () => {
  test("compares what is stored, not how it is written", () => {
    expect(numericType(10, 2).equal("5", "5.00")).toBe(true);
    expect(numericType(10, 2).equal("5", "5.01")).toBe(false);
    expect(timeType().equal("10:00:00", "10:00:00.0")).toBe(true);
    expect(uuidType().equal(UUID, UUID.toLowerCase())).toBe(true);
    expect(dateTimeType().equal(new Date(5), new Date(5))).toBe(true);
    expect(dateTimeType().equal(new Date(5), new Date(6))).toBe(false);
    expect(binaryType().equal(new Uint8Array([1]), Buffer.from([1]))).toBe(true);
    expect(binaryType().equal(new Uint8Array([1]), new Uint8Array([1, 2]))).toBe(false);
  });

  test("compares arrays item by item", () => {
    const days = arrayType(dateTimeType());
    expect(days.equal([new Date(5), null], [new Date(5), null])).toBe(true);
    expect(days.equal([new Date(5), null], [null, new Date(5)])).toBe(false);
    expect(days.equal([], [null])).toBe(false);
  });

  test.each<[unknown, unknown, boolean]>([
    [{ a: 1, b: [2] }, { b: [2], a: 1 }, true],
    [{ a: 1, b: undefined }, { a: 1 }, true],
    [{ a: undefined }, { b: undefined }, true],
    [{ a: 1 }, { b: 1 }, false],
    [[1, 2], [2, 1], false],
    [[], {}, false],
    [{}, null, false],
    ["1", 1, false],
  ])("compares JSON %j and %j", (left, right, isEqual) => {
    expect(jsonType<unknown>().equal(left, right)).toBe(isEqual);
  });
});

describe("copy", () => {
  test("shares nothing that can change", () => {
    const value = { list: [{ a: 1 }] };
    const copied = jsonType<typeof value>().copy!(value);
    value.list[0]!.a = 2;
    expect(copied).toEqual({ list: [{ a: 1 }] });

    const bytes = Buffer.from([1]);
    const copiedBytes = binaryType().copy!(bytes);
    bytes[0] = 9;
    expect([...copiedBytes]).toEqual([1]);

    const day = new Date(5);
    const [copiedDay] = arrayType(dateTimeType()).copy!([day]);
    day.setTime(9);
    expect(copiedDay).toEqual(new Date(5));
    expect(integerType().copy).toBeUndefined();
  });

  test("keeps a key __proto__ a key", () => {
    const copied = jsonType<unknown>().copy!(JSON.parse('{"__proto__": {"a": 1}}'));
    expect(JSON.stringify(copied)).toBe('{"__proto__":{"a":1}}');
  });
});

describe("definitions", () => {
  test.each([
    [() => stringType(0), "string expects a length of at least 1, got: 0"],
    [() => stringType(1.5), "string expects a length of at least 1, got: 1.5"],
    [() => numericType(0), "numeric expects a precision from 1 to 1000, got: 0"],
    [() => numericType(2, 3), "numeric expects a scale from 0 to the precision, got: 3"],
    [() => enumType([]), "enum expects at least one string, got: []"],
    [() => enumType(["a", "a"]), 'enum expects each value once, got: ["a", "a"]'],
  ])("%s is refused", (make, sentence) => {
    expect(make).toThrow(`types/definition: ${sentence}`);
  });

  test("are shared where nothing differs", () => {
    expect(integerType()).toBe(integerType());
    expect(stringType()).toBe(stringType());
    expect(dateTimeType()).toBe(dateTimeType({ timezone: false }));
    expect(dateTimeType()).not.toBe(dateTimeType({ timezone: true }));
  });

  test("describe themselves", () => {
    expect(describeType(stringType(50))).toBe("string(50)");
    expect(describeType(numericType(10, 2))).toBe("numeric(10, 2)");
    expect(describeType(arrayType(textType()))).toBe("array of text");
    expect(describeType(enumType(["a"], "state"))).toBe("enum state");
  });

  test("carry the type of their value", () => {
    expectTypeOf<ValueOf<ReturnType<typeof bigIntType>>>().toEqualTypeOf<bigint>();
    const state = enumType(["a", "b"]);
    expectTypeOf<ValueOf<typeof state>>().toEqualTypeOf<"a" | "b">();
    expectTypeOf(numericType(10, 2)).toEqualTypeOf<SqlType<string>>();
    const unknownType: SqlType = integerType();
    expect(unknownType.name).toBe("integer");
    // @ts-expect-error: a type of strings is no type of numbers
    const wrongType: SqlType<number> = textType();
    expect(wrongType.name).toBe("text");
  });
});

test.each<[unknown, string]>([
  ["x", "text"],
  [1, "integer"],
  [1.5, "float"],
  [2 ** 60, "float"],
  [1n, "bigInt"],
  [false, "boolean"],
  [null, "unknown"],
  [new Date(), "dateTime"],
  [new Uint8Array(1), "binary"],
  [[null, 1], "array of integer"],
  [[], "array of unknown"],
  [{ a: 1 }, "json"],
  [new Point(), "unknown"],
  [undefined, "unknown"],
])("typeOfValue of %o is %s", (value, name) => {
  expect(describeType(typeOfValue(value))).toBe(name);
});
