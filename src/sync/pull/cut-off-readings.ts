import { Injectable } from '@nestjs/common';
import type { Filter } from '../../persistence/index.js';
import { Pages, type Entry, type Page, type PageClaim } from '../../scheduling/index.js';
import { pagesOf, OverlapMarks, type OverlapMark } from '../conflicts/overlap-marks.js';
import type { Site } from '../site/site.js';
import { claimsOfFacts, isLive } from '../site/visit.js';
import { PmsVisits, type PmsVisit } from '../state/pms-visit.schema.js';
import { PageRewrites } from './page-rewrites.js';

/**
 * Pages are written before the rows that remember their visits. A reading that is cut off between the two is repeated whole, and
 * finds all of its visits again, but for those that have been moved or cancelled in the meantime: nobody knows any more where
 * they stood. The pages of such a reading still bear its mark.
 */
@Injectable()
export class CutOffReadings {
  constructor(
    private readonly marks: OverlapMarks,
    private readonly pages: Pages,
    private readonly rows: PmsVisits,
  ) {}

  /** The marks that an earlier reading has left; to be asked for before another one begins. */
  left(site: Site): Promise<OverlapMark[]> {
    return this.marks.of(site.scope, site.connection._id);
  }

  /** Takes from marked pages what stands for a visit that is not there. Comes after the reading that repeats the other one. */
  async clear(site: Site, marks: readonly OverlapMark[]): Promise<void> {
    const pageIds = pagesOf(marks);
    if (pageIds.length === 0) return;
    const marked = { _id: { $in: pageIds }, 'entries.kind': 'external' } as Filter<Page>;
    const pages = await this.pages.forTenant(site.scope).pick(marked, ['placeId', 'date', 'entries']);
    const rewrites = new PageRewrites(site.scope);
    for (const page of pages) {
      const standing = standingOf(site, page.entries);
      const rows = await this.rows
        .forTenant(site.scope)
        .find({ _id: { $in: [...standing.keys()] } } as Filter<PmsVisit>);
      const rowOf = new Map(rows.map((row) => [row._id, row]));
      for (const [ref, entries] of standing) {
        const claim = claimOn(site, page._id, rowOf.get(ref));
        if (isSame(entries, claim?.entries ?? [])) continue;
        rewrites.drop([page], ref);
        if (claim) rewrites.put([claim], ref);
      }
    }
    await rewrites.flush(this.pages);
  }
}

/** What stands on a page for each visit of the practice system's own. */
function standingOf({ connection }: Site, entries: readonly Entry[]): Map<string, Entry[]> {
  const standing = new Map<string, Entry[]>();
  for (const entry of entries) {
    if (entry.kind !== 'external' || !entry.ref.startsWith(`${connection._id}/`)) continue;
    standing.set(entry.ref, [...(standing.get(entry.ref) ?? []), entry]);
  }
  return standing;
}

/** What a visit is known to take on a page. One of our own appointments takes its time itself. */
function claimOn(site: Site, pageId: string, row: PmsVisit | undefined): PageClaim | undefined {
  if (!row || !isLive(row) || row.appointmentId !== null) return undefined;
  return claimsOfFacts(site, row).find((claim) => claim.pageId === pageId);
}

function isSame(entries: readonly Entry[], wanted: PageClaim['entries']): boolean {
  const key = ({ resource, start, end }: Pick<Entry, 'resource' | 'start' | 'end'>) => `${resource} ${start}-${end}`;
  const there = new Set(entries.map(key));
  return (
    there.size === entries.length && wanted.length === entries.length && wanted.every((one) => there.has(key(one)))
  );
}
