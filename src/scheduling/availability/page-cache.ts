import { Injectable } from '@nestjs/common';
import type { TenantScope } from '../../kernel/index.js';
import type { Filter } from '../../persistence/index.js';
import { Pages } from '../book/page.repository.js';
import type { Page } from '../book/page.schema.js';

/** Entries of the book that one process keeps at most, about 100 bytes each. */
const KEPT_ENTRIES = 400_000;

/**
 * Pages of the book as they are now. A page is read whole only when it is not the one that this process already has:
 * one query tells the versions, a second one reads what has changed. Shared by all who read them: nobody changes them.
 */
@Injectable()
export class PageCache {
  private readonly kept = new Map<string, Page>();
  private entries = 0;

  constructor(private readonly pages: Pages) {}

  async find(scope: TenantScope, filter: Filter<Page>): Promise<Page[]> {
    const pages = this.pages.forTenant(scope);
    const stamps = await pages.stamps(filter);
    const good = stamps.map(({ _id, version, updatedAt }) => {
      const page = this.kept.get(_id);
      return page?.version === version && page.updatedAt === updatedAt ? page : _id;
    });
    const ids = good.filter((one) => typeof one === 'string');
    const fresh = ids.length > 0 ? await pages.find({ _id: { $in: ids } } as Filter<Page>) : [];
    const read = new Map(fresh.map((page) => [page._id, page]));
    const found = good.flatMap((one) => (typeof one === 'string' ? (read.get(one) ?? []) : one));
    for (const page of found) this.keep(page);
    return found;
  }

  /** The least recently used ones leave first. */
  private keep(page: Page): void {
    this.drop(page._id);
    this.kept.set(page._id, page);
    this.entries += weight(page);
    for (const id of this.kept.keys()) {
      if (this.entries <= KEPT_ENTRIES) return;
      this.drop(id);
    }
  }

  private drop(id: string): void {
    const page = this.kept.get(id);
    if (!page) return;
    this.kept.delete(id);
    this.entries -= weight(page);
  }
}

function weight(page: Page): number {
  return 1 + page.entries.length + page.blockouts.length + (page.hours?.length ?? 0);
}
