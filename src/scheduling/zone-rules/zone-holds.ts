import { Inject, Injectable } from '@nestjs/common';
import { addDays, CLOCK, localDateOf, zoneId, type Clock, type TenantScope } from '../../kernel/index.js';
import type { Filter } from '../../persistence/index.js';
import { Book } from '../book/book.js';
import { Pages } from '../book/page.repository.js';
import type { Page } from '../book/page.schema.js';
import { Holds } from '../holds/holds.service.js';
import { stands } from './standing.js';

const UTC = zoneId('UTC');

/** Holds live for minutes and are not moved: whoever fills in the form is told that the time is gone, and chooses again. */
@Injectable()
export class ZoneHolds {
  constructor(
    private readonly pages: Pages,
    private readonly holds: Holds,
    private readonly book: Book,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Ends the holds whose entries do not stand where the present rules of their zone would put them. */
  async endMisplaced(scope: TenantScope): Promise<void> {
    const from = addDays(localDateOf(UTC, this.clock.now()), -1);
    const holding = { date: { $gte: from }, 'holds.0': { $exists: true } };
    for (const page of await this.find(scope, holding)) {
      for (const hold of page.holds) {
        const { claims } = await this.holds.visit(scope, hold);
        const pages = await this.find(scope, { _id: { $in: claims.map(({ pageId }) => pageId) } });
        if (stands(new Map(pages.map((one) => [one._id, one])), claims, hold.id)) continue;
        await this.book.release(scope, [{ pageId: page._id }, ...claims], hold.id);
      }
    }
  }

  private find(scope: TenantScope, filter: object): Promise<Page[]> {
    return this.pages.forTenant(scope).find(filter as Filter<Page>);
  }
}
