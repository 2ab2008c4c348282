import type { Provider, WallSpan } from '../../catalog/index.js';
import { wallIntervalToElapsed, weekdayOf, type LocalDate, type ZoneId } from '../../kernel/index.js';
import type { Location } from '../../tenants/index.js';
import type { PageHours } from '../book/page.schema.js';
import { intersect, normalise, subtract, type Interval, type Intervals } from '../engine/index.js';

/** The wall hours of a place as minutes of a day; which of them count for whom. */

/** Hours of one provider in certain operatories. */
export interface Shift {
  hours: Intervals;
  operatoryIds: readonly string[];
}

export function minutesOf(wallTime: string): number {
  return Number(wallTime.slice(0, 2)) * 60 + Number(wallTime.slice(3, 5));
}

export function wallSpans(zone: ZoneId, date: LocalDate, spans: readonly WallSpan[]): Intervals {
  return normalise(
    spans.flatMap(({ start, end }) =>
      wallIntervalToElapsed(zone, date, minutesOf(start), minutesOf(end)).map(([from, to]) => ({
        start: from,
        end: to,
      })),
    ),
  );
}

/** Opening hours of one day, as a list of what bounds them: `exception` says that the date differs from the week. */
export interface Opening {
  hours: Intervals;
  exception: boolean;
}

export function openingOf(location: Pick<Location, 'hours' | 'exceptions'>, zone: ZoneId, date: LocalDate): Opening {
  const exception = location.exceptions?.find((one) => one.date === date);
  const spans = exception?.hours ?? location.hours.filter(({ weekday }) => weekday === weekdayOf(date));
  return { hours: wallSpans(zone, date, spans), exception: exception !== undefined };
}

/**
 * When a provider works, and in which operatories. What the PMS says wins over the week kept here, and a date on which
 * the location differs narrows it; a provider of the PMS on a day that it has not told is not offered; one who is not in
 * the PMS works by the week kept here, within the opening hours.
 */
export function shiftsOf(
  provider: Provider,
  zone: ZoneId,
  date: LocalDate,
  told: readonly PageHours[] | null | undefined,
  opening: Opening,
): Shift[] {
  const base = provider.foreign ? toldShifts(provider, told, opening) : ownShifts(provider, zone, date, opening);
  return base.map(({ hours, operatoryIds }) => ({ hours: narrowed(provider, zone, date, hours), operatoryIds }));
}

function toldShifts(provider: Provider, told: readonly PageHours[] | null | undefined, opening: Opening): Shift[] {
  const byOperatory = new Map<string | null, Interval[]>();
  for (const { providerId, operatoryId, start, end } of told ?? []) {
    if (providerId !== provider._id) continue;
    byOperatory.set(operatoryId, [...(byOperatory.get(operatoryId) ?? []), { start, end }]);
  }
  return [...byOperatory].map(([operatoryId, spans]) => ({
    hours: opening.exception ? intersect(normalise(spans), opening.hours) : normalise(spans),
    operatoryIds:
      operatoryId === null ? provider.operatoryIds : provider.operatoryIds.filter((id) => id === operatoryId),
  }));
}

function ownShifts(provider: Provider, zone: ZoneId, date: LocalDate, opening: Opening): Shift[] {
  const exception = provider.exceptions.find((one) => one.date === date);
  const usual = provider.weekdays.find((one) => one.weekday === weekdayOf(date))?.hours ?? [];
  const spans = exception?.hours ?? usual;
  const hours = spans.length > 0 ? intersect(wallSpans(zone, date, spans), opening.hours) : opening.hours;
  return [{ hours, operatoryIds: provider.operatoryIds }];
}

/** Off weekdays, blocked times and exceptions only ever take away. */
function narrowed(provider: Provider, zone: ZoneId, date: LocalDate, hours: Intervals): Intervals {
  const weekday = provider.weekdays.find((one) => one.weekday === weekdayOf(date));
  const exception = provider.exceptions.find((one) => one.date === date);
  if (exception?.off || weekday?.on === false) return [];
  const kept = exception?.hours && provider.foreign ? intersect(hours, wallSpans(zone, date, exception.hours)) : hours;
  const blocked = [...(weekday?.blocked ?? []), ...(exception?.blocked ?? [])];
  return blocked.length > 0 ? subtract(kept, wallSpans(zone, date, blocked)) : kept;
}
