import type { LocalDate, LocalTime } from '@openchair/plugin-kit';

const DAY = 86_400_000;

/** Days since 1970-01-01 of a local date. */
export function dayNumber(date: LocalDate): number {
  return Date.parse(`${date}T00:00:00Z`) / DAY;
}

/** The local date `days` after `date`. */
export function addDays(date: LocalDate, days: number): LocalDate {
  return new Date((dayNumber(date) + days) * DAY).toISOString().slice(0, 10);
}

/** 0 = Sunday … 6 = Saturday. */
export function weekday(date: LocalDate): number {
  return (dayNumber(date) + 4) % 7;
}

/** Weeks since the one that holds 1970-01-01, Monday first; its parity tells alternating weeks apart. */
export function weekNumber(date: LocalDate): number {
  return Math.floor((dayNumber(date) + 3) / 7);
}

/** Every date from `from` to `to`, both included. */
export function datesBetween(from: LocalDate, to: LocalDate): LocalDate[] {
  const days = dayNumber(to) - dayNumber(from) + 1;
  return Array.from({ length: Math.max(0, days) }, (_, index) => addDays(from, index));
}

/** Minutes since midnight to `HH:mm`. */
export function timeOf(minutes: number): LocalTime {
  return `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
}

/** `HH:mm` to minutes since midnight. */
export function minutesOf(time: LocalTime): number {
  return Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5));
}
