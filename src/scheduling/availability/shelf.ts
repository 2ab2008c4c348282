import { addDays, type LocalDate } from '../../kernel/index.js';
import type { Entry, Page } from '../book/page.schema.js';
import { weekStart } from './weeks.js';

/** Which pages beside its own a day depends on. */
export interface Reach {
  /** The day before and the day after. */
  around: boolean;
  /** Its week. */
  week: boolean;
}

/** The pages that were read: of a location's local day, or of a roaming provider's UTC day. */
export class Shelf {
  private readonly byPlace = new Map<string, Map<LocalDate, Page>>();

  constructor(
    pages: Iterable<Page>,
    private readonly reach: Reach = { around: false, week: false },
  ) {
    for (const page of pages) {
      const dates = this.byPlace.get(page.placeId);
      if (dates) dates.set(page.date, page);
      else this.byPlace.set(page.placeId, new Map([[page.date, page]]));
    }
  }

  page(placeId: string, date: LocalDate): Page | undefined {
    return this.byPlace.get(placeId)?.get(date);
  }

  /** Every page that a day's slots depend on; undefined for one that does not exist. Always in the same order. */
  pagesBehind(date: LocalDate): (Page | undefined)[] {
    const dates = this.reach.around ? [addDays(date, -1), date, addDays(date, 1)] : [date];
    if (this.reach.week) for (let day = 0; day < 7; day++) dates.push(addDays(weekStart(date), day));
    return [...this.byPlace.values()].flatMap((pages) => dates.map((one) => pages.get(one)));
  }
}

/** True of an entry that still counts. */
export function isLive(entry: Entry, now: number, ignoreRef: string | undefined): boolean {
  return entry.ref !== ignoreRef && (entry.expiresAt === undefined || entry.expiresAt > now);
}
