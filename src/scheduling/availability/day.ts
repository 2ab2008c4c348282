import type { Provider } from '../../catalog/index.js';
import {
  addDays,
  ageOn,
  dayLength,
  dayStart,
  wallSegments,
  weekdayOf,
  zoneId,
  type LocalDate,
  type ZoneId,
} from '../../kernel/index.js';
import type { Entry } from '../book/page.schema.js';
import {
  normalise,
  ranked,
  type Blockout,
  type DayInput,
  type DayProvider,
  type DayResource,
  type Interval,
  type Intervals,
} from '../engine/index.js';
import { quotasOf, turnOf } from './counts.js';
import { minutesOf, openingOf, shiftsOf, wallSpans, type Shift } from './hours.js';
import { roams, type Place } from './place.js';
import { isLive, type Shelf } from './shelf.js';

const MINUTE_MS = 60_000;
const UTC = zoneId('UTC');

/** One location-day of a reason for the engine, from the book's pages and the catalogue. */
export function dayInput(place: Place, date: LocalDate, shelf: Shelf): DayInput {
  const { zone, location, rule } = place;
  const begin = dayStart(zone, date);
  const length = dayLength(zone, date);
  const minutes = (instant: number): number => (instant - begin) / MINUTE_MS;
  const page = shelf.page(location._id, date);
  const opening = openingOf(location, zone, date);
  const busy = busyAt(place, date, shelf);
  const closed = busy.get(location._id) ?? [];
  const resource = (id: string, hours: Intervals, allowOverlap = false): DayResource => {
    const taken = busy.get(id) ?? [];
    const told = page?.blockouts.filter((blockout) => blockout.resource === id) ?? [];
    return { id, hours, busy: taken, blockouts: allowOverlap ? [...told, ...taken.flatMap(asBlockout)] : told };
  };
  const room = (id: string): DayResource => {
    const open = resource(id, [{ start: 0, end: length }]);
    return closed.length > 0 ? { ...open, busy: [...open.busy, ...closed] } : open;
  };
  const shifts = (provider: Provider): Shift[] => shiftsOf(provider, zone, date, page?.hours, opening);
  const providers = place.providers.flatMap((provider) => {
    const { allowOverlap } = provider;
    return shifts(provider).map(({ hours, operatoryIds }): DayProvider => ({
      ...resource(provider._id, hours, allowOverlap),
      operatoryIds,
      allowOverlap,
    }));
  });
  const { patient, wish, cutoff, assignment } = place;
  return {
    date,
    dayLengthMinutes: length,
    wall: wallSegments(zone, date),
    now: minutes(place.now),
    notBefore: minutes(place.notBefore),
    notAfter: minutes(place.notAfter),
    rule,
    patient: {
      ...(patient.type ? { type: patient.type } : {}),
      ...(patient.dateOfBirth ? { age: ageOn(patient.dateOfBirth, date) } : {}),
    },
    quotas: quotasOf(place, date, shelf),
    ...(cutoff === null ? {} : { cutoff: cutoffMinute(place, date, cutoff) }),
    ...(wish ? { wanted: wanted(place, date) } : {}),
    operatories: place.operatories.map(({ _id }) => room(_id)),
    providers: assignment ? ranked(providers, assignment, turnOf(place, date, shelf)) : providers,
    ...(assignment ? { onePerStart: true } : {}),
    assistants: place.assistants.map((provider) => ({
      ...resource(provider._id, normalise(shifts(provider).flatMap(({ hours }) => hours)), provider.allowOverlap),
      allowOverlap: provider.allowOverlap,
    })),
  };
}

/** First minute of the day at which the wall has reached the time. */
function cutoffMinute({ zone }: Place, date: LocalDate, wallTime: string): number {
  const wall = minutesOf(wallTime);
  const segment = wallSegments(zone, date).find(({ wallStart, length }) => wallStart + length > wall);
  return segment ? segment.elapsedStart + Math.max(0, wall - segment.wallStart) : dayLength(zone, date);
}

function wanted({ zone, wish }: Place, date: LocalDate): Intervals {
  if (wish?.weekdays && !wish.weekdays.includes(weekdayOf(date))) return [];
  return wish?.times ? wallSpans(zone, date, wish.times) : [{ start: 0, end: dayLength(zone, date) }];
}

/** A block closes also those whose overlap is allowed, whatever the reason's types. */
function asBlockout(taken: Interval): Blockout[] {
  return (taken as Partial<Entry>).kind === 'block' ? [{ ...taken, type: '' }] : [];
}

/** What is taken of each resource; of the days around too where a page of theirs was read, since buffers reach there. */
function busyAt(place: Place, date: LocalDate, shelf: Shelf): Map<string, Interval[]> {
  const busy = new Map<string, Interval[]>();
  const begin = dayStart(place.zone, date);
  const offset = (zone: ZoneId, day: LocalDate): number => (dayStart(zone, day) - begin) / MINUTE_MS;
  const put = (entries: readonly Entry[], shift: number): void => {
    for (const entry of entries) {
      if (!isLive(entry, place.now, place.ignoreRef) || entry.block?.reasonIds.includes(place.reason._id)) continue;
      // The entry itself: who explains a day tells from it what stands there.
      const span = shift === 0 ? entry : { ...entry, start: entry.start + shift, end: entry.end + shift };
      const known = busy.get(entry.resource);
      if (known) known.push(span);
      else busy.set(entry.resource, [span]);
    }
  };
  put(shelf.page(place.location._id, date)?.entries ?? [], 0);
  const days = place.rule.buffers ? [addDays(date, -1), addDays(date, 1)] : [];
  for (const day of days) put(shelf.page(place.location._id, day)?.entries ?? [], offset(place.zone, day));
  for (const provider of [...place.providers, ...place.assistants]) {
    if (!roams(provider)) continue;
    const around = [addDays(date, -1), date, addDays(date, 1)];
    const known = new Set<string>();
    for (const day of around) {
      const entries = shelf.page(provider._id, day)?.entries ?? [];
      for (const { ref } of entries) known.add(ref);
      put(entries, offset(UTC, day));
    }
    for (const [locationId, zone] of elsewhere(place, provider)) {
      for (const day of around) {
        const entries = shelf.page(locationId, day)?.entries ?? [];
        const left = entries.filter(({ resource, ref }) => resource === provider._id && !known.has(ref));
        put(left, offset(zone, day));
      }
    }
  }
  return busy;
}

/** The other locations of a provider, with their zones: visits from before the provider came here stand there alone. */
function elsewhere({ location, zones }: Place, { locationIds }: Provider): [id: string, zone: ZoneId][] {
  return locationIds.flatMap((id) => {
    const zone = zones.get(id);
    return id === location._id || zone === undefined ? [] : [[id, zone] as [string, ZoneId]];
  });
}
