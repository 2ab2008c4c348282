import { Inject, Injectable } from '@nestjs/common';
import { addDays, CLOCK, localDateOf, zoneId, type Clock, type TenantScope } from '../../kernel/index.js';
import type { Filter } from '../../persistence/index.js';
import { Book } from '../book/book.js';
import { Pages } from '../book/page.repository.js';
import type { HoldRecord, Page } from '../book/page.schema.js';
import { Holds } from '../holds/holds.service.js';

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
    const filter = { date: { $gte: from }, 'holds.0': { $exists: true } } as unknown as Filter<Page>;
    for (const page of await this.pages.forTenant(scope).find(filter)) {
      for (const hold of page.holds) {
        const { claims } = await this.holds.visit(scope, hold);
        if (await this.stands(scope, hold, claims)) continue;
        await this.book.release(scope, [{ pageId: page._id }, ...claims], hold.id);
      }
    }
  }

  private async stands(scope: TenantScope, { id }: HoldRecord, claims: Awaited<ReturnType<Holds['visit']>>['claims']) {
    const ids = claims.map(({ pageId }) => pageId);
    const pages = await this.pages.forTenant(scope).find({ _id: { $in: ids } } as Filter<Page>);
    return claims.every(({ pageId, entries }) => {
      const there = pages.find(({ _id }) => _id === pageId)?.entries.filter(({ ref }) => ref === id) ?? [];
      return entries.every((one) =>
        there.some(({ resource, start, end }) => resource === one.resource && start === one.start && end === one.end),
      );
    });
  }
}
