import { Injectable } from '@nestjs/common';
import { addDays, dayStart, type LocalDate, type TenantScope } from '../../kernel/index.js';
import type { Filter } from '../../persistence/index.js';
import { Pages } from '../book/page.repository.js';
import type { Page } from '../book/page.schema.js';
import { PageCache, type PageRange } from './page-cache.js';
import type { Interval } from '../engine/index.js';
import { countedLocations, countsVisits, countsWeeks } from './counts.js';
import { roams, type Place } from './place.js';
import { Shelf, type Reach } from './shelf.js';
import { weekStart } from './weeks.js';

const MINUTE_MS = 60_000;

/** Reads what a search needs of the book at once, whatever the number of places, providers and days. */
@Injectable()
export class PageReader {
  constructor(
    private readonly cache: PageCache,
    private readonly pages: Pages,
  ) {}

  async read(scope: TenantScope, places: readonly Place[], from: LocalDate, days: number): Promise<Shelf> {
    if (places.length === 0) return new Shelf([]);
    const { range, reach } = neededFor(places, from, days);
    return new Shelf(await this.cache.find(scope, range), reach);
  }

  /**
   * What stands behind one day's visits that start at an instant (epoch ms), read in one question past what is kept; and
   * with it, when `ownerId` is given, every page on which that owner holds something.
   */
  async readStart(
    scope: TenantScope,
    places: readonly Place[],
    date: LocalDate,
    start: number,
    ownerId?: string,
  ): Promise<{ shelf: Shelf; pages: Page[] }> {
    const { range, reach } = neededFor(places, date, 1);
    const day = { placeId: { $in: range.placeIds }, date: { $gte: range.from, $lte: range.to } };
    const filter = ownerId === undefined ? day : { $or: [day, { 'holds.ownerId': ownerId }] };
    const minutes = minutesOf(places, date, start);
    const pages = await (minutes
      ? this.pages.touching(scope, filter as Filter<Page>, minutes)
      : this.pages.forTenant(scope).find(filter as Filter<Page>));
    const near = pages.filter((page) => page.date >= range.from && page.date <= range.to);
    return { shelf: new Shelf(near, reach), pages };
  }
}

/** The minutes of the day on which visits from `start` depend; null: what stands further off matters too. */
function minutesOf(places: readonly Place[], date: LocalDate, start: number): Interval | null {
  const [place] = places;
  if (!place || places.length > 1 || countsVisits(place) || [...place.providers, ...place.assistants].some(roams))
    return null;
  const { buffers, minGapMinutes, durationMinutes } = place.rule;
  if (buffers || minGapMinutes) return null;
  const minute = (start - dayStart(place.zone, date)) / MINUTE_MS;
  return { start: minute, end: minute + durationMinutes };
}

function neededFor(places: readonly Place[], from: LocalDate, days: number): { range: PageRange; reach: Reach } {
  const roaming = places.flatMap(({ providers, assistants }) => [...providers, ...assistants].filter(roams));
  // A provider roams from the day on which a second location is added: what was booked before stands at the first one only.
  const elsewhere = roaming.flatMap(({ _id, locationIds }) => [_id, ...locationIds]);
  const placeIds = new Set([...places.flatMap(countedLocations), ...elsewhere]);
  // A buffer reaches into the next day; a roaming provider's UTC day begins a local day earlier or ends one later.
  const around = roaming.length > 0 || places.some(({ rule }) => rule.buffers);
  const edge = around ? 1 : 0;
  const last = addDays(from, days - 1);
  const week = places.some(countsWeeks);
  const first = earliest(addDays(from, -edge), week ? weekStart(from) : from);
  const end = latest(addDays(last, edge), week ? addDays(weekStart(last), 6) : last);
  return { range: { placeIds: [...placeIds], from: first, to: end }, reach: { around, week } };
}

const earliest = (a: LocalDate, b: LocalDate): LocalDate => (a < b ? a : b);
const latest = (a: LocalDate, b: LocalDate): LocalDate => (a > b ? a : b);
