import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, newId, type Clock, type TenantScope } from '../../kernel/index.js';
import {
  defineCollection,
  Persistence,
  TenantRepository,
  type Filter,
  type TenantDocument,
  type Tx,
} from '../../persistence/index.js';

/** Pages onto which the practice system's word was written, and on which nobody has yet looked for what it overlaps. */
export interface OverlapMark extends TenantDocument {
  connectionId: string;
  pageIds: string[];
}

/** The pages that marks, or conflicts, are about, each once. */
export function pagesOf(of: readonly Pick<OverlapMark, 'pageIds'>[]): string[] {
  return [...new Set(of.flatMap(({ pageIds }) => pageIds))];
}

/**
 * What is to be looked at is written down before it is looked at, so that a process that ends in between hides no overlap. Each
 * mark is a row of its own: one that is made while others are worked off stays.
 */
@Injectable()
export class OverlapMarks extends TenantRepository<OverlapMark> {
  constructor(
    persistence: Persistence,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    super(
      persistence,
      defineCollection<OverlapMark>({
        name: 'sync_overlap_marks',
        owner: 'tenantId',
        fields: { connectionId: { type: String, required: true }, pageIds: [String] },
        indexes: [{ key: { tenantId: 1, connectionId: 1 } }],
      }),
    );
  }

  async mark(scope: TenantScope, connectionId: string, pageIds: readonly string[], tx?: Tx): Promise<void> {
    if (pageIds.length === 0) return;
    const _id = newId('syncEntry', this.clock.now());
    await this.forTenant(scope, tx).insert({ _id, connectionId, pageIds: [...pageIds] });
  }

  of(scope: TenantScope, connectionId: string): Promise<OverlapMark[]> {
    return this.forTenant(scope).find({ connectionId } as Filter<OverlapMark>);
  }

  async clear(scope: TenantScope, marks: readonly OverlapMark[]): Promise<void> {
    await this.forTenant(scope).removeMany({ _id: { $in: marks.map(({ _id }) => _id) } } as Filter<OverlapMark>);
  }
}
