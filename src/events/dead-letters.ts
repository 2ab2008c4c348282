import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, notFound, type Clock, type TenantScope } from '../kernel/index.js';
import type { Page, PageRequest } from '../persistence/index.js';
import { WorkRepository, type WorkRow } from '../queues/index.js';

/** Work that came to the end of its ladder: seen here, and sent round again when its cause is mended. */
@Injectable()
export class DeadLetters {
  constructor(
    private readonly work: WorkRepository,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async page(
    scope: TenantScope,
    { kind, ...request }: Pick<PageRequest<WorkRow>, 'limit' | 'cursor'> & { kind?: string | undefined },
  ): Promise<Page<WorkRow>> {
    const filter = { state: 'dead' as const, ...(kind === undefined ? {} : { kind }) };
    return this.work.forTenant(scope).page({ ...request, filter });
  }

  /** Ready again, with a fresh ladder; the sweeper wakes it. */
  async replay(scope: TenantScope, id: string): Promise<WorkRow> {
    const row = await this.work
      .forTenant(scope)
      .update(
        id,
        { $set: { state: 'ready', attempts: 0, dueAt: this.clock.now(), leaseUntil: null } },
        { state: 'dead' },
      );
    if (!row) throw notFound('dead letter');
    return row;
  }
}
