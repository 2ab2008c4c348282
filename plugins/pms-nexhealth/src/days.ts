import type { LocalDate, LocalTime, PluginZone } from '@openchair/plugin-kit';

const DAY = 86_400_000;

/** Days since 1970-01-01 of a local date. */
export function dayNumber(date: LocalDate): number {
  return Date.parse(`${date}T00:00:00Z`) / DAY;
}

/** The local date `days` after `date`. */
export function addDays(date: LocalDate, days: number): LocalDate {
  return new Date((dayNumber(date) + days) * DAY).toISOString().slice(0, 10);
}

/** Every date from `from` to `to`, both included. */
export function datesBetween(from: LocalDate, to: LocalDate): LocalDate[] {
  const days = dayNumber(to) - dayNumber(from) + 1;
  return Array.from({ length: Math.max(0, days) }, (_, index) => addDays(from, index));
}

/** The first instant of a local day. */
export function dayStart(zone: PluginZone, date: LocalDate): number {
  return zone.toInstant(`${date}T00:00`);
}

/** An instant as wall time. */
export function wallTimeOf(zone: PluginZone, instant: number): { date: LocalDate; time: LocalTime } {
  const [date = '', time = ''] = zone.toLocal(instant).split('T');
  return { date, time };
}
