import { Injectable } from '@nestjs/common';
import { addDays, type LocalDate, type TenantScope } from '../../kernel/index.js';
import type { Filter } from '../../persistence/index.js';
import { Pages } from '../book/page.repository.js';
import type { Page } from '../book/page.schema.js';
import { countedLocations, countsWeeks, weekStart } from './counts.js';
import { roams, type Place } from './place.js';
import { Shelf } from './shelf.js';

/** Reads what a search needs of the book: one query, whatever the number of places, providers and days. */
@Injectable()
export class PageReader {
  constructor(private readonly pages: Pages) {}

  async read(scope: TenantScope, places: readonly Place[], from: LocalDate, days: number): Promise<Shelf> {
    if (places.length === 0) return new Shelf([]);
    const roaming = places.flatMap(({ providers, assistants }) => [...providers, ...assistants].filter(roams));
    const placeIds = new Set([...places.flatMap(countedLocations), ...roaming.map(({ _id }) => _id)]);
    // A buffer reaches into the next day; a roaming provider's UTC day begins a local day earlier or ends one later.
    const around = roaming.length > 0 || places.some(({ rule }) => rule.buffers) ? 1 : 0;
    const last = addDays(from, days - 1);
    const weeks = places.some(countsWeeks);
    const first = earliest(addDays(from, -around), weeks ? weekStart(from) : from);
    const end = latest(addDays(last, around), weeks ? addDays(weekStart(last), 6) : last);
    const filter = { placeId: { $in: [...placeIds] }, date: { $gte: first, $lte: end } };
    return new Shelf(await this.pages.forTenant(scope).find(filter as Filter<Page>));
  }
}

const earliest = (a: LocalDate, b: LocalDate): LocalDate => (a < b ? a : b);
const latest = (a: LocalDate, b: LocalDate): LocalDate => (a > b ? a : b);
