import type { Alternative, LocalDate, PluginDeps } from '@openchair/plugin-kit';
import { addDays, minutesOf, timeOf } from './dates.js';
import type { Practice } from './practice.js';
import { isLive, overlaps, type Place, type Visit } from './visit.js';

const STEP_MINUTES = 15;
const COUNT = 3;
const DAYS = 14;

/** The part of the book that the search reads. */
interface ReadableBook {
  dateOf(instant: number): LocalDate;
  visits(from: LocalDate, to: LocalDate): Promise<Visit[]>;
}

/**
 * Up to three free places for the same provider, as long as the wanted one: the day itself by distance, then the
 * following days. Inside working hours, outside blockouts other than `Web Sched`, and never in the past.
 */
export async function alternativesTo(
  wanted: Place,
  practice: Practice,
  book: ReadableBook,
  { clock, zone }: Pick<PluginDeps, 'clock' | 'zone'>,
): Promise<Alternative[]> {
  const now = clock.now();
  const first = book.dateOf(wanted.start);
  const taken = (await book.visits(first, addDays(first, DAYS))).filter((visit) => isLive(visit, now));
  const linked = practice.providers.find(({ foreignId }) => foreignId === wanted.providerForeignId);
  const operatories = new Set([wanted.operatoryForeignId, ...(linked?.operatoryForeignIds ?? [])]);
  const minutes = (wanted.end - wanted.start) / 60_000;

  const placesOn = (date: LocalDate): Place[] => {
    const hours = practice.hours(date).filter((record) => record.providerForeignId === wanted.providerForeignId);
    const blockouts = practice.blockouts(date).filter((block) => block.type !== 'Web Sched');
    const places: Place[] = [];
    for (const interval of hours.flatMap((record) => record.intervals)) {
      const last = minutesOf(interval.end) - minutes;
      for (let minute = minutesOf(interval.start); minute <= last; minute += STEP_MINUTES) {
        const start = zone.toInstant(`${date}T${timeOf(minute)}`);
        for (const operatoryForeignId of operatories) {
          const place: Place = { ...wanted, operatoryForeignId, start, end: start + minutes * 60_000 };
          const blocked = blockouts.some(
            (block) =>
              (block.providerForeignId === wanted.providerForeignId ||
                block.operatoryForeignId === operatoryForeignId) &&
              minutesOf(block.start) < minute + minutes &&
              minutesOf(block.end) > minute,
          );
          if (start > now && !blocked && !taken.some((visit) => overlaps(visit, place))) places.push(place);
        }
      }
    }
    return places.sort((a, b) => Math.abs(a.start - wanted.start) - Math.abs(b.start - wanted.start));
  };

  const found: Place[] = [];
  for (let days = 0; days <= DAYS && found.length < COUNT; days += 1) {
    const starts = new Set<number>();
    for (const place of placesOn(addDays(first, days))) {
      if (!starts.has(place.start)) found.push(place);
      starts.add(place.start);
    }
  }
  return found.slice(0, COUNT).map(({ start, end, providerForeignId, operatoryForeignId }) => ({
    start,
    end,
    providerForeignId,
    operatoryForeignId,
  }));
}
