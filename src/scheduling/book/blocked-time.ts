import { Injectable } from '@nestjs/common';
import type { TenantScope } from '../../kernel/index.js';
import type { Filter, Tx } from '../../persistence/index.js';
import { Book } from './book.js';
import { blankPage, Pages } from './page.repository.js';
import type { Entry, Page } from './page.schema.js';
import type { PageClaim } from './visit.js';

/** Whose time a block has taken. */
export interface BlockedVisits {
  appointmentIds: string[];
  /** Records of the practice system that are no appointments of ours. */
  external: string[];
  /** Holds, which the block has ended: whoever filled in the form is told that the time is gone. */
  holdIds: string[];
}

type Block = NonNullable<Entry['block']>;

/**
 * Time that the practice sets apart, as entries of the pages. It is taken whatever stands there, since the practice decides
 * over its own time; claims that come later meet its entries, claims that came before are found.
 */
@Injectable()
export class BlockedTime {
  constructor(
    private readonly pages: Pages,
    private readonly book: Book,
  ) {}

  /** Makes sure that the pages exist; not inside a transaction. */
  async prepare(scope: TenantScope, claims: readonly PageClaim[]): Promise<void> {
    const blank = claims.map(({ placeId, date }) => blankPage(scope.tenantId, placeId, date));
    await this.pages.forTenant(scope).insertMissing(blank);
  }

  /**
   * From now on `ref` takes `claims` and nothing else; `before` names the pages on which it stood. The pages are written
   * first and looked at after: nothing can land there unseen in between.
   */
  async put(
    scope: TenantScope,
    tx: Tx,
    ref: string,
    claims: readonly PageClaim[],
    block: Block,
    before: readonly string[] = [],
  ): Promise<BlockedVisits> {
    const rows = this.pages.forTenant(scope, tx);
    const wanted = new Map(claims.map((claim) => [claim.pageId, entriesOf(claim, ref, block)]));
    const pageIds = [...new Set([...before, ...wanted.keys()])].sort();
    await rows.updateEach(pageIds.map((id) => ({ id, update: rewritten(ref, wanted.get(id) ?? []) })));
    const found = await this.visitsIn(scope, claims, block, tx);
    if (found.holdIds.length > 0) await this.book.endHolds(scope, found.holdIds, [...wanted.keys()], tx);
    return found;
  }

  /** `ref` gives back what it has taken on these pages. */
  async clear(scope: TenantScope, tx: Tx, ref: string, pageIds: readonly string[]): Promise<void> {
    await this.pages.forTenant(scope, tx).updateEach(pageIds.map((id) => ({ id, update: rewritten(ref, []) })));
  }

  /** What stands in time that is, or would be, set apart. Visits of the block's own reasons may be there. */
  async visitsIn(
    scope: TenantScope,
    claims: readonly PageClaim[],
    { reasonIds }: Pick<Block, 'reasonIds'>,
    tx?: Tx,
  ): Promise<BlockedVisits> {
    const pages = await this.pages.forTenant(scope, tx).find(within(claims));
    const byId = new Map(pages.map((page) => [page._id, page]));
    const refs = { appointment: new Set<string>(), external: new Set<string>(), hold: new Set<string>() };
    for (const { pageId, placeId, entries } of claims) {
      for (const other of byId.get(pageId)?.entries ?? []) {
        if (other.kind === 'block' || (other.reasonId !== undefined && reasonIds.includes(other.reasonId))) continue;
        const meets = entries.some(
          ({ resource, start, end }) =>
            (resource === placeId || resource === other.resource) && start < other.end && end > other.start,
        );
        if (meets) refs[other.kind].add(other.ref);
      }
    }
    return { appointmentIds: [...refs.appointment], external: [...refs.external], holdIds: [...refs.hold] };
  }
}

function within(claims: readonly PageClaim[]): Filter<Page> {
  return { _id: { $in: claims.map(({ pageId }) => pageId) } } as Filter<Page>;
}

function entriesOf({ entries }: PageClaim, ref: string, block: Block): Entry[] {
  return entries.map(({ resource, start, end }) => ({ resource, start, end, kind: 'block', ref, block }));
}

/** One atomic write: entries that are replaced are never missing in between. */
function rewritten(ref: string, put: readonly Entry[]): Record<string, unknown>[] {
  const kept = { $filter: { input: '$entries', as: 'entry', cond: { $ne: ['$$entry.ref', ref] } } };
  return [{ $set: { entries: put.length > 0 ? { $concatArrays: [kept, { $literal: put }] } : kept } }];
}
