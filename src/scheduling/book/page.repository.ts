import { Injectable } from '@nestjs/common';
import type { TenantScope } from '../../kernel/index.js';
import { Persistence, TenantRepository, type Filter } from '../../persistence/index.js';
import { pageCollection, type Page } from './page.schema.js';

const BESIDE_ENTRIES = [
  ...(['tenantId', 'placeId', 'date', 'holds', 'hours', 'blockouts'] as const),
  ...(['createdAt', 'updatedAt', 'version'] as const),
];

@Injectable()
export class Pages extends TenantRepository<Page> {
  constructor(persistence: Persistence) {
    super(persistence, pageCollection);
  }

  /** Pages, with those of their entries only that touch the minutes: a full day has hundreds. */
  touching(scope: TenantScope, filter: Filter<Page>, { start, end }: { start: number; end: number }): Promise<Page[]> {
    const touches = { $and: [{ $lt: ['$$entry.start', end] }, { $gt: ['$$entry.end', start] }] };
    const entries = { $filter: { input: '$entries', as: 'entry', cond: touches } };
    return this.forTenant(scope).pick(filter, BESIDE_ENTRIES, { entries });
  }
}

export function pageId(tenantId: string, placeId: string, date: string): string {
  return `${tenantId}:${placeId}:${date}`;
}

/** A page on which nothing has happened yet. */
export function blankPage(tenantId: string, placeId: string, date: string) {
  return {
    _id: pageId(tenantId, placeId, date),
    placeId,
    date,
    entries: [],
    holds: [],
    hours: null,
    blockouts: [],
  };
}
