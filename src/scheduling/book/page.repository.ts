import { Injectable } from '@nestjs/common';
import { Persistence, TenantRepository } from '../../persistence/index.js';
import { pageCollection, type Page } from './page.schema.js';

@Injectable()
export class Pages extends TenantRepository<Page> {
  constructor(persistence: Persistence) {
    super(persistence, pageCollection);
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
