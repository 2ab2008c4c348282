import {
  blankPage,
  pageId,
  type Entry,
  type PageBlockout,
  type PageClaim,
  type PageHours,
} from '../../scheduling/index.js';
import type { EachChange, Filter, ScopedCollection } from '../../persistence/index.js';
import type { Page, Pages } from '../../scheduling/index.js';
import type { TenantScope } from '../../kernel/index.js';

interface Rewrite {
  placeId: string;
  date: string;
  schedule: { hours: PageHours[]; blockouts: PageBlockout[] } | null;
  /** Whose entries go. */
  drop: Set<string>;
  put: Entry[];
}

/**
 * What the practice system changes in the book, gathered by page, so that all rows of one page are one write. It is written
 * without a guard: the practice system is the truth.
 */
export class PageRewrites {
  private readonly byPage = new Map<string, Rewrite>();

  /** @param blank most of these pages are not there yet. */
  constructor(
    private readonly scope: TenantScope,
    private readonly blank = false,
  ) {}

  get pageIds(): string[] {
    return [...this.byPage.keys()];
  }

  schedule(placeId: string, date: string, hours: PageHours[], blockouts: PageBlockout[]): void {
    this.of(placeId, date).schedule = { hours, blockouts };
  }

  /** The external visit `ref` takes `claims` and nothing else on these pages. */
  put(claims: readonly PageClaim[], ref: string): void {
    for (const { placeId, date, entries } of claims) {
      const rewrite = this.of(placeId, date);
      rewrite.drop.add(ref);
      for (const { resource, start, end } of entries) rewrite.put.push({ resource, start, end, kind: 'external', ref });
    }
  }

  /** The external visit `ref` leaves these pages. */
  drop(claims: readonly Pick<PageClaim, 'placeId' | 'date'>[], ref: string): void {
    for (const { placeId, date } of claims) this.of(placeId, date).drop.add(ref);
  }

  /** Writes every page once; those that are not there yet are made as they are to be. */
  async flush(pages: Pages): Promise<void> {
    if (this.byPage.size === 0) return;
    const rows = pages.forTenant(this.scope);
    const known = this.blank ? new Set<string>() : await this.present(rows);
    const { tenantId } = this.scope;
    const missing = [...this.byPage.values()]
      .filter(({ placeId, date }) => !known.has(pageId(tenantId, placeId, date)))
      .map(({ placeId, date, schedule, put }) => ({
        ...blankPage(tenantId, placeId, date),
        ...schedule,
        entries: put,
      }));
    // A page that was there, or that somebody else has made meanwhile, is changed like the others.
    const there = new Set(await rows.insertMissing(missing));
    const changes = [...this.byPage].filter(([id]) => there.has(id) || known.has(id));
    await rows.updateEach(changes.map(([id, rewrite]) => changeOf(id, rewrite)));
  }

  private async present(rows: ScopedCollection<Page>): Promise<ReadonlySet<string>> {
    return new Set(await rows.ids({ _id: { $in: this.pageIds } } as Filter<Page>));
  }

  private of(placeId: string, date: string): Rewrite {
    const id = pageId(this.scope.tenantId, placeId, date);
    const known = this.byPage.get(id) ?? { placeId, date, schedule: null, drop: new Set<string>(), put: [] };
    this.byPage.set(id, known);
    return known;
  }
}

/** One atomic write: entries that are replaced are never missing in between. */
function changeOf(id: string, { schedule, drop, put }: Rewrite): EachChange<Page> {
  const set: Record<string, unknown> = {};
  if (schedule) {
    set['hours'] = { $literal: schedule.hours };
    set['blockouts'] = { $literal: schedule.blockouts };
  }
  if (drop.size > 0) {
    const stays = { $not: [{ $in: ['$$entry.ref', { $literal: [...drop] }] }] };
    const kept = { $filter: { input: '$entries', as: 'entry', cond: stays } };
    set['entries'] = put.length > 0 ? { $concatArrays: [kept, { $literal: put }] } : kept;
  }
  return { id, update: [{ $set: set }] };
}
