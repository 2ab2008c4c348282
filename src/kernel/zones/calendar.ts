/** Calendar arithmetic on dates without a clock or a zone: integers only, proleptic Gregorian, years 0001 to 9999. */

/** A calendar date, `YYYY-MM-DD`. */
export type LocalDate = string;

/** Days in 400 Gregorian years: the calendar repeats after them. */
const DAYS_PER_ERA = 146_097;
/** Days from 0000-03-01, where the eras below begin, to 1970-01-01. */
const DAYS_TO_EPOCH = 719_468;
const DATE_SHAPE = /^(\d{4})-(\d{2})-(\d{2})$/;

/** Few dates are asked for again and again: as many are remembered. */
const REMEMBERED = 4_096;

/** `work` with a memory of its last answers; when that is full, it begins anew. */
function remembering<A, B>(work: (asked: A) => B): (asked: A) => B {
  const answers = new Map<A, B>();
  return (asked) => {
    const known = answers.get(asked);
    if (known !== undefined) return known;
    const answer = work(asked);
    if (answers.size >= REMEMBERED) answers.clear();
    answers.set(asked, answer);
    return answer;
  };
}

interface YearMonthDay {
  year: number;
  month: number;
  day: number;
}

const isLeap = (year: number): boolean => year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);

function daysInMonth(year: number, month: number): number {
  if (month === 2) return isLeap(year) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

function parse(text: string): YearMonthDay | undefined {
  const match = DATE_SHAPE.exec(text);
  if (!match) return undefined;
  const year = Number(match[1]);
  const month = Number(match[2]);
  const day = Number(match[3]);
  const exists = year >= 1 && month >= 1 && month <= 12 && day >= 1 && day <= daysInMonth(year, month);
  return exists ? { year, month, day } : undefined;
}

function parseOrThrow(date: LocalDate): YearMonthDay {
  const parts = parse(date);
  if (!parts) throw new RangeError(`"${date}" is not a calendar date: write a real date as YYYY-MM-DD`);
  return parts;
}

/** Zero-padded decimal, as ISO 8601 writes it. */
export const pad = (value: number, width = 2): string => String(value).padStart(width, '0');

/** True for a real calendar date of the shape `YYYY-MM-DD`; `2027-02-29` is none. */
export const isLocalDate = (text: string): boolean => parse(text) !== undefined;

/** Days since 1970-01-01. Counted in years that begin on 1 March, so that the leap day comes last. */
export const dayNumberOf = remembering((date: LocalDate): number => {
  const { year, month, day } = parseOrThrow(date);
  const marchYear = month > 2 ? year : year - 1;
  const era = Math.floor(marchYear / 400);
  const yearOfEra = marchYear - era * 400;
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * DAYS_PER_ERA + dayOfEra - DAYS_TO_EPOCH;
});

/** The date that is `dayNumber` days after 1970-01-01. Throws a RangeError outside the years 0001 to 9999. */
export const dateOfDayNumber = remembering((dayNumber: number): LocalDate => {
  const shifted = dayNumber + DAYS_TO_EPOCH;
  const era = Math.floor(shifted / DAYS_PER_ERA);
  const dayOfEra = shifted - era * DAYS_PER_ERA;
  const leapDays = Math.floor(dayOfEra / 1460) - Math.floor(dayOfEra / 36_524) + Math.floor(dayOfEra / 146_096);
  const yearOfEra = Math.floor((dayOfEra - leapDays) / 365);
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const marchMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * marchMonth + 2) / 5) + 1;
  const month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  if (!(year >= 1 && year <= 9999)) throw new RangeError(`Day ${dayNumber} lies outside the years 0001 to 9999`);
  return `${pad(year, 4)}-${pad(month)}-${pad(day)}`;
});

/** The date `days` days later (earlier when negative). */
export const addDays = (date: LocalDate, days: number): LocalDate => dateOfDayNumber(dayNumberOf(date) + days);

/** Whole days from `from` to `to`; negative when `to` is the earlier one. */
export const daysBetween = (from: LocalDate, to: LocalDate): number => dayNumberOf(to) - dayNumberOf(from);

/** Day of the week: 0 is Sunday, 6 is Saturday. */
export const weekdayOf = (date: LocalDate): number => (((dayNumberOf(date) + 4) % 7) + 7) % 7;

/**
 * Age in whole years on a date; negative before birth. Who is born on 29 February becomes a year older
 * on 1 March of a common year.
 */
export function ageOn(dateOfBirth: LocalDate, date: LocalDate): number {
  const birth = parseOrThrow(dateOfBirth);
  const then = parseOrThrow(date);
  const birthdayPassed = then.month > birth.month || (then.month === birth.month && then.day >= birth.day);
  return then.year - birth.year - (birthdayPassed ? 0 : 1);
}
