/**
 * Days and times of day as ISO 8601 strings, moments as `Date`.
 *
 * The time zone of the process never matters: a moment without a zone in the database is read and written as UTC.
 */
import { fail } from "../foundation/errors.ts";
import { shorten } from "../foundation/words.ts";
import { type SqlType, sqlType } from "./sql-type.ts";

const DAY = /^(\d{4})-(\d{2})-(\d{2})$/;
const TIME_OF_DAY = /^([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,6})?$/;

const DATE: SqlType<string> = sqlType({
  name: "date",
  check: (value) => (isDay(value) ? undefined : `expects a date as "YYYY-MM-DD", got: ${shorten(value)}`),
  equal: (left, right) => left === right,
});

const TIME: SqlType<string> = sqlType<string>({
  name: "time",
  check: (value) =>
    typeof value === "string" && TIME_OF_DAY.test(value)
      ? undefined
      : `expects a time as "HH:MM:SS" with at most 6 digits of a second, got: ${shorten(value)}`,
  equal: (left, right) => trimTime(left) === trimTime(right),
  normalise: (value) => {
    const problem = TIME.check(value);
    if (problem !== undefined) throw fail("types/wrong-value", { problem, got: value });
    return trimTime(value as string);
  },
});

const dateTime = (timezone: boolean): SqlType<Date> =>
  sqlType<Date>({
    name: "dateTime",
    timezone,
    check: checkMoment,
    equal: (left, right) => left.getTime() === right.getTime(),
    copy: (value) => new Date(value),
  });

const DATE_TIME = dateTime(false);
const DATE_TIME_WITH_ZONE = dateTime(true);

/** Makes the type of days, as `"YYYY-MM-DD"`. */
export function dateType(): SqlType<string> {
  return DATE;
}

/** Makes the type of times of day, as `"HH:MM:SS"` with up to six digits of a second; `normalise` drops their zeros. */
export function timeType(): SqlType<string> {
  return TIME;
}

/**
 * Makes the type of moments, as `Date`.
 *
 * Units: milliseconds; the microseconds of a database are not kept.
 */
export function dateTimeType(options: { readonly timezone?: boolean | undefined } = {}): SqlType<Date> {
  return options.timezone === true ? DATE_TIME_WITH_ZONE : DATE_TIME;
}

function isDay(value: unknown): boolean {
  const match = typeof value === "string" ? DAY.exec(value) : null;
  if (match === null) return false;
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])];
  if (year < 1 || month < 1 || month > 12 || day < 1) return false;
  return day <= daysInMonth(year, month);
}

function daysInMonth(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

function trimTime(time: string): string {
  return time.includes(".") ? time.replace(/\.?0+$/, "") : time;
}

function checkMoment(value: unknown): string | undefined {
  if (!(value instanceof Date)) return `expects a Date, got: ${shorten(value)}`;
  const year = value.getUTCFullYear();
  if (Number.isNaN(year)) return "expects a Date, got: an invalid Date";
  // Four digits are what every database reads back; beyond them the spellings differ.
  return year >= 1 && year <= 9999
    ? undefined
    : `expects a Date of the years 1 to 9999, got: ${shorten(value)}`;
}
