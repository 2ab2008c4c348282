import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, type Clock, type TenantScope } from '../kernel/index.js';
import type { Filter, Page } from '../persistence/index.js';
import type { EventType } from './catalogue.js';
import { EventRepository } from './event.repository.js';
import type { DomainEvent } from './event.schema.js';

/**
 * Ids are given while a transaction runs and shown when it has ended. An event is in the feed when no transaction that
 * began before it can still be open, so that a reader who goes on from the last id that they saw misses none.
 */
export const SETTLED_MS = 5_000;

export interface FeedRequest {
  limit: number;
  cursor?: string | undefined;
  /** Only events after this one, which has to be an event of the practice. */
  after?: string | undefined;
  type?: EventType | undefined;
  subjectKind?: string | undefined;
  subjectId?: string | undefined;
}

/** What has happened in a practice, oldest first. */
@Injectable()
export class EventFeed {
  constructor(
    private readonly events: EventRepository,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async page(scope: TenantScope, request: FeedRequest): Promise<Page<DomainEvent>> {
    const { limit, cursor, after, type, subjectKind, subjectId } = request;
    const filter = {
      ...(after === undefined ? {} : { _id: { $gt: after } }),
      ...(type === undefined ? {} : { type }),
      ...(subjectKind === undefined ? {} : { 'subject.kind': subjectKind }),
      ...(subjectId === undefined ? {} : { 'subject.id': subjectId }),
    } as Filter<DomainEvent>;
    const events = this.events.forTenant(scope);
    if (after !== undefined) await events.getById(after, 'event');
    const page = await events.page({ limit, cursor, filter });
    // Cut here and not by the filter, which is the same for every page, so that cursors fit it.
    const settled = this.clock.now() - SETTLED_MS;
    const fresh = page.data.findIndex(({ occurredAt }) => occurredAt > settled);
    return fresh < 0 ? page : { data: page.data.slice(0, fresh), hasMore: false, nextCursor: null };
  }
}
