import { Inject, Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { addDays, CLOCK, type Clock, type LocalDate, type TenantScope } from '../../kernel/index.js';
import type { Filter } from '../../persistence/index.js';
import { Pages } from '../book/page.repository.js';
import type { Page } from '../book/page.schema.js';

/** Entries of the book that one process keeps at most, about 100 bytes each. */
const KEPT_ENTRIES = 400_000;
/** Days of one place that are kept at most: those that are over leave some time. */
const KEPT_DAYS = 400;
/** More than lies between a change's time stamp and its commit, on machines whose clocks differ by a minute. */
const LOOK_BACK_MS = 120_000;
/** Were clocks further apart: how often all pages are compared whatever their time stamps say. */
const COMPARE_ALL_MS = 30_000;

/** Which pages: of places, on local days, both included. */
export interface PageRange {
  placeIds: readonly string[];
  from: LocalDate;
  to: LocalDate;
}

/** The pages of a place on some days, as the answer to one question left them. */
interface KeptPlace {
  from: LocalDate;
  to: LocalDate;
  /** By id. */
  pages: ReadonlyMap<string, Page>;
  /** Epoch ms before the question, and before the last one that compared all. */
  checkedAt: number;
  comparedAt: number;
  /** Number of the question: what an earlier one tells does not replace what a later one told. */
  question: number;
}

/**
 * Pages of the book as they are now. One small question tells which of them have changed since the last one, a second
 * one reads those. Shared by all who read them: nobody changes them.
 */
@Injectable()
export class PageCache {
  private readonly kept = new LRUCache<string, KeptPlace>({
    maxSize: KEPT_ENTRIES,
    sizeCalculation: ({ pages }) => [...pages.values()].reduce((sum, page) => sum + weight(page), 1),
  });
  private questions = 0;

  constructor(
    private readonly pages: Pages,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async find(scope: TenantScope, asked: PageRange): Promise<Page[]> {
    const now = this.clock.now();
    const question = ++this.questions;
    const kept = asked.placeIds.flatMap((placeId) => this.kept.get(keyOf(scope, placeId)) ?? []);
    const good = kept.length === asked.placeIds.length && kept.every((place) => isGood(place, asked, now));
    const pages = good
      ? await this.renew(scope, asked, kept, { checkedAt: now, question })
      : await this.compare(scope, widened(asked, kept), kept, { checkedAt: now, comparedAt: now, question });
    return pages.filter(({ date }) => date >= asked.from && date <= asked.to);
  }

  /** Reads what was changed since the last question; mostly nothing. */
  private async renew(
    scope: TenantScope,
    { placeIds }: PageRange,
    kept: readonly KeptPlace[],
    checked: Pick<KeptPlace, 'checkedAt' | 'question'>,
  ): Promise<Page[]> {
    const since = Math.min(...kept.map(({ checkedAt }) => checkedAt)) - LOOK_BACK_MS;
    const { fresh } = await this.read(scope, { placeId: { $in: placeIds }, updatedAt: { $gte: since } }, kept);
    return placeIds.flatMap((placeId, index) => {
      const place = kept[index] as KeptPlace;
      const changed = fresh.filter((page) => page.placeId === placeId);
      if (changed.length === 0) {
        if (place.question < checked.question) Object.assign(place, checked);
        return [...place.pages.values()];
      }
      const pages = new Map([...place.pages, ...byId(changed)]);
      this.keep(keyOf(scope, placeId), { ...place, ...checked, pages });
      return [...pages.values()];
    });
  }

  /** Reads the time stamps of all, and the pages that are not here as they are there. */
  private async compare(
    scope: TenantScope,
    { placeIds, from, to }: PageRange,
    kept: readonly KeptPlace[],
    checked: Pick<KeptPlace, 'checkedAt' | 'comparedAt' | 'question'>,
  ): Promise<Page[]> {
    const where = { placeId: { $in: placeIds }, date: { $gte: from, $lte: to } };
    const { same, fresh } = await this.read(scope, where, kept);
    const found = [...same, ...fresh];
    for (const placeId of placeIds) {
      const pages = byId(found.filter((page) => page.placeId === placeId));
      this.keep(keyOf(scope, placeId), { from, to, ...checked, pages });
    }
    return found;
  }

  private async read(
    scope: TenantScope,
    where: object,
    kept: readonly KeptPlace[],
  ): Promise<Record<'same' | 'fresh', Page[]>> {
    const pages = this.pages.forTenant(scope);
    const same: Page[] = [];
    const changed: string[] = [];
    for (const { _id, version, updatedAt } of await pages.pick(where as Filter<Page>, ['version', 'updatedAt'])) {
      const page = kept.find((place) => place.pages.has(_id))?.pages.get(_id);
      if (page?.version === version && page.updatedAt === updatedAt) same.push(page);
      else changed.push(_id);
    }
    const fresh = changed.length > 0 ? await pages.find({ _id: { $in: changed } } as Filter<Page>) : [];
    return { same, fresh };
  }

  private keep(key: string, place: KeptPlace): void {
    if ((this.kept.get(key)?.question ?? 0) < place.question) this.kept.set(key, place);
  }
}

function keyOf(scope: TenantScope, placeId: string): string {
  return `${scope.tenantId}:${placeId}`;
}

function byId(pages: readonly Page[]): Map<string, Page> {
  return new Map(pages.map((page) => [page._id, page]));
}

/** Whether it is enough to ask for what has changed. A clock that was set back makes time stamps worthless. */
function isGood(place: KeptPlace, asked: PageRange, now: number): boolean {
  const age = now - place.comparedAt;
  return place.from <= asked.from && place.to >= asked.to && age < COMPARE_ALL_MS && now >= place.checkedAt;
}

/** The days that were asked for and those that are kept beside them: a search and the search for the next time share them. */
function widened(asked: PageRange, kept: readonly KeptPlace[]): PageRange {
  let { from, to } = asked;
  for (const place of kept) {
    if (place.from > addDays(to, 1) || place.to < addDays(from, -1)) continue;
    if (place.from < from) from = place.from;
    if (place.to > to) to = place.to;
  }
  return addDays(from, KEPT_DAYS) < to ? asked : { ...asked, from, to };
}

function weight(page: Page): number {
  return 1 + page.entries.length + page.blockouts.length + (page.hours?.length ?? 0);
}
