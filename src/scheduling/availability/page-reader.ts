import { Injectable } from '@nestjs/common';
import { addDays, type LocalDate, type TenantScope } from '../../kernel/index.js';
import { PageCache } from './page-cache.js';
import { countedLocations, countsWeeks } from './counts.js';
import { roams, type Place } from './place.js';
import { Shelf } from './shelf.js';
import { weekStart } from './weeks.js';

/** Reads what a search needs of the book at once, whatever the number of places, providers and days. */
@Injectable()
export class PageReader {
  constructor(private readonly pages: PageCache) {}

  async read(scope: TenantScope, places: readonly Place[], from: LocalDate, days: number): Promise<Shelf> {
    if (places.length === 0) return new Shelf([]);
    const roaming = places.flatMap(({ providers, assistants }) => [...providers, ...assistants].filter(roams));
    const placeIds = new Set([...places.flatMap(countedLocations), ...roaming.map(({ _id }) => _id)]);
    // A buffer reaches into the next day; a roaming provider's UTC day begins a local day earlier or ends one later.
    const around = roaming.length > 0 || places.some(({ rule }) => rule.buffers);
    const edge = around ? 1 : 0;
    const last = addDays(from, days - 1);
    const week = places.some(countsWeeks);
    const first = earliest(addDays(from, -edge), week ? weekStart(from) : from);
    const end = latest(addDays(last, edge), week ? addDays(weekStart(last), 6) : last);
    return new Shelf(await this.pages.find(scope, { placeIds: [...placeIds], from: first, to: end }), { around, week });
  }
}

const earliest = (a: LocalDate, b: LocalDate): LocalDate => (a < b ? a : b);
const latest = (a: LocalDate, b: LocalDate): LocalDate => (a > b ? a : b);
