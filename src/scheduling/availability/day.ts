import { visitMinutes, type Operatory, type Provider, type Reason, type WallSpan } from '../../catalog/index.js';
import {
  dayLength,
  dayStart,
  wallIntervalToElapsed,
  wallSegments,
  weekdayOf,
  type LocalDate,
  type ZoneId,
} from '../../kernel/index.js';
import {
  intersect,
  normalise,
  subtract,
  type DayInput,
  type DayProvider,
  type DayResource,
  type Interval,
  type Intervals,
  type ReasonRule,
} from '../engine/index.js';
import type { Entry, Page } from '../book/page.schema.js';

const MINUTE_MS = 60_000;

/** What the engine needs to know of one location, whatever the day. Instants are epoch ms. */
export interface Place {
  locationId: string;
  zone: ZoneId;
  /** Opening hours by weekday (0 is Sunday). */
  opening: readonly { weekday: number; start: string; end: string }[];
  providers: readonly Provider[];
  operatories: readonly Operatory[];
  rule: ReasonRule;
  now: number;
  notBefore: number;
  notAfter: number;
  /** Entries of this ref do not count: the appointment that is being moved. */
  ignoreRef?: string;
}

/** What a reason asks of a slot; `fallbackStep` is the practice's grid. */
export function ruleOf(reason: Reason, fallbackStep: number): ReasonRule {
  return {
    durationMinutes: visitMinutes(reason),
    ...(reason.pattern === null ? {} : { pattern: reason.pattern }),
    stepMinutes: reason.stepMinutes ?? fallbackStep,
    blockoutTypes: reason.blockoutTypes,
    operatoryIds: reason.operatoryIds,
  };
}

/** One location-day for the engine, from its page and the catalogue. `roaming`: a roaming provider's time elsewhere, epoch ms. */
export function dayInput(
  place: Place,
  date: LocalDate,
  page: Page | undefined,
  roaming: ReadonlyMap<string, readonly Interval[]>,
): DayInput {
  const { zone, now, notBefore, notAfter, rule } = place;
  const begin = dayStart(zone, date);
  const minutes = (instant: number) => (instant - begin) / MINUTE_MS;
  const opening = wall(
    zone,
    date,
    place.opening.filter((span) => span.weekday === weekdayOf(date)),
  );
  const busy = busyByResource(page?.entries ?? [], now, place.ignoreRef);
  const blockouts = page?.blockouts ?? [];
  const resource = (id: string, hours: Intervals): DayResource => ({
    id,
    hours,
    busy: [
      ...(busy.get(id) ?? []),
      ...(roaming.get(id) ?? []).map(({ start, end }) => ({ start: minutes(start), end: minutes(end) })),
    ],
    blockouts: blockouts.filter((blockout) => blockout.resource === id),
  });
  const wholeDay = [{ start: 0, end: dayLength(zone, date) }];
  return {
    date,
    dayLengthMinutes: dayLength(zone, date),
    wall: wallSegments(zone, date),
    now: minutes(now),
    notBefore: minutes(notBefore),
    notAfter: minutes(notAfter),
    rule,
    operatories: place.operatories.map((operatory) => resource(operatory._id, wholeDay)),
    providers: place.providers.flatMap((provider) =>
      shifts(provider, place, date, page, opening).map(({ hours, operatoryIds }) => ({
        ...resource(provider._id, narrowed(provider, zone, date, hours)),
        operatoryIds,
        allowOverlap: provider.allowOverlap,
      })),
    ) satisfies DayProvider[],
  };
}

interface Shift {
  hours: Intervals;
  operatoryIds: readonly string[];
}

/**
 * When a provider works, and in which operatories. What the PMS says wins; a provider of the PMS on a day that it has not
 * told is not offered; one who is not in the PMS works by the week kept here, within the opening hours.
 */
function shifts(
  provider: Provider,
  place: Place,
  date: LocalDate,
  page: Page | undefined,
  opening: Intervals,
): Shift[] {
  if (provider.foreign) {
    const told = page?.hours?.filter((hours) => hours.providerId === provider._id) ?? [];
    const byOperatory = new Map<string | null, Interval[]>();
    for (const { operatoryId, start, end } of told) {
      byOperatory.set(operatoryId, [...(byOperatory.get(operatoryId) ?? []), { start, end }]);
    }
    return [...byOperatory].map(([operatoryId, hours]) => ({
      hours: normalise(hours),
      operatoryIds:
        operatoryId === null ? provider.operatoryIds : provider.operatoryIds.filter((id) => id === operatoryId),
    }));
  }
  const exception = provider.exceptions.find((one) => one.date === date);
  const usual = provider.weekdays.find((one) => one.weekday === weekdayOf(date))?.hours ?? [];
  const spans = exception?.hours ?? usual;
  const hours = spans.length > 0 ? wall(place.zone, date, spans) : opening;
  return [{ hours: opening.length > 0 ? intersect(hours, opening) : [], operatoryIds: provider.operatoryIds }];
}

/** Off weekdays, blocked times and exceptions only ever take away. */
function narrowed(provider: Provider, zone: ZoneId, date: LocalDate, hours: Intervals): Intervals {
  const weekday = provider.weekdays.find((one) => one.weekday === weekdayOf(date));
  const exception = provider.exceptions.find((one) => one.date === date);
  if (exception?.off || weekday?.on === false) return [];
  const kept = exception?.hours && provider.foreign ? intersect(hours, wall(zone, date, exception.hours)) : hours;
  return subtract(kept, wall(zone, date, [...(weekday?.blocked ?? []), ...(exception?.blocked ?? [])]));
}

function wall(zone: ZoneId, date: LocalDate, spans: readonly WallSpan[]): Intervals {
  return normalise(
    spans.flatMap(({ start, end }) =>
      wallIntervalToElapsed(zone, date, minutesOf(start), minutesOf(end)).map(([from, to]) => ({
        start: from,
        end: to,
      })),
    ),
  );
}

function minutesOf(wallTime: string): number {
  return Number(wallTime.slice(0, 2)) * 60 + Number(wallTime.slice(3, 5));
}

function busyByResource(
  entries: readonly Entry[],
  now: number,
  ignoreRef: string | undefined,
): Map<string, Interval[]> {
  const busy = new Map<string, Interval[]>();
  for (const { resource, start, end, ref, expiresAt } of entries) {
    if (ref === ignoreRef || (expiresAt !== undefined && expiresAt <= now)) continue;
    const known = busy.get(resource);
    if (known) known.push({ start, end });
    else busy.set(resource, [{ start, end }]);
  }
  return busy;
}
