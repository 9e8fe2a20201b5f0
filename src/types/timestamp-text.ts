/**
 * Points in time as databases write them, without the time zone of the process.
 */
import { fail } from "../foundation/errors.ts";

/**
 * Writes a Date as `YYYY-MM-DD HH:MM:SS.ffffff` in UTC.
 *
 * @example encodeDateTime(new Date(0), "micros")   // => "1970-01-01 00:00:00.000000"
 */
export function encodeDateTime(value: Date, digits: "millis" | "micros"): string {
  const time = value.getTime();
  if (time !== latest.time || digits !== latest.digits) {
    latest.text = textOf(value, time, digits);
    latest.time = time;
    latest.digits = digits;
  }
  return latest.text;
}

/** Rows that are written together often have the same time. */
const latest = { time: Number.NaN, digits: "millis", text: "" };

function textOf(value: Date, time: number, digits: "millis" | "micros"): string {
  if (Number.isNaN(time))
    throw fail("types/wrong-value", { problem: "expects a Date, got: an invalid one", got: value });
  const text = value.toISOString();
  // Years beyond four digits are written with a sign, which no database reads.
  if (text.length !== 24) {
    throw fail("types/wrong-value", { problem: "expects a year from 0 to 9999", got: value });
  }
  return `${text.slice(0, 10)} ${text.slice(11, 23)}${digits === "micros" ? "000" : ""}`;
}

const pattern =
  /^(\d{4,6})-(\d\d)-(\d\d)(?:[ T](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?)?\s*(Z|[+-]\d\d(?::?\d\d(?::?\d\d)?)?)?( BC)?$/i;

/**
 * Reads a date and time as databases write them; without an offset it is UTC. Digits beyond milliseconds are cut off.
 *
 * Errors: types/undecodable for other text, `infinity` included.
 */
export function decodeDateTime(text: string): Date {
  return plainDateTime(text) ?? anyDateTime(text);
}

const ZERO = 48;
const plainForm = /^[1-9]\d{3}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{3}(?:\d{3})?)?$/;

/** Reads the form that databases write nearly always, without the texts that groups of a pattern would make. */
function plainDateTime(text: string): Date | undefined {
  if (!plainForm.test(text)) return undefined;
  return new Date(
    Date.UTC(
      digits(text, 0) * 100 + digits(text, 2),
      digits(text, 5) - 1,
      digits(text, 8),
      digits(text, 11),
      digits(text, 14),
      digits(text, 17),
      text.length === 19 ? 0 : digits(text, 20) * 10 + text.charCodeAt(22) - ZERO,
    ),
  );
}

function digits(text: string, start: number): number {
  return (text.charCodeAt(start) - ZERO) * 10 + text.charCodeAt(start + 1) - ZERO;
}

function anyDateTime(text: string): Date {
  const match = pattern.exec(text);
  if (match === null) throw fail("types/undecodable", { type: "dateTime", where: "a column", got: text });
  const [, year, month, day, hour, minute, second, fraction, offset, beforeChrist] = match;
  const date = new Date(0);
  // There is no year 0: 1 BC is the year before 1.
  const fullYear = beforeChrist === undefined ? Number(year) : 1 - Number(year);
  date.setUTCFullYear(fullYear, Number(month) - 1, Number(day));
  date.setUTCHours(
    Number(hour ?? 0),
    Number(minute ?? 0),
    Number(second ?? 0),
    fraction === undefined ? 0 : Number(fraction.slice(0, 3).padEnd(3, "0")),
  );
  const offsetMs = offset === undefined ? 0 : millisecondsOf(offset);
  return offsetMs === 0 ? date : new Date(date.getTime() - offsetMs);
}

function millisecondsOf(offset: string): number {
  if (offset === "Z" || offset === "z") return 0;
  const digits = offset.slice(1).replaceAll(":", "").padEnd(6, "0");
  const seconds =
    Number(digits.slice(0, 2)) * 3600 + Number(digits.slice(2, 4)) * 60 + Number(digits.slice(4, 6));
  return (offset[0] === "-" ? -seconds : seconds) * 1000;
}
