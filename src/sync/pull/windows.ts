import { Inject, Injectable } from '@nestjs/common';
import { addDays, CLOCK, type Clock, type LocalDate } from '../../kernel/index.js';
import { Overlaps } from '../conflicts/overlaps.js';
import { chunksOf, PmsClient } from '../site/pms-client.js';
import type { Site } from '../site/site.js';
import { RHYTHM } from '../state/rhythm.js';
import { Schedules } from './schedules.js';
import { UnreadableRecords } from '../unreadable/unreadable-records.js';
import { VisitBatch, type ChangedVisit } from './visit-batch.js';
import { Visits } from './visits.js';

/** The days from `from` to `to` (both included), some at a time. */
export function* windowsOf(from: LocalDate, to: LocalDate): Generator<[first: LocalDate, last: LocalDate]> {
  for (let first = from; first <= to; first = addDays(first, RHYTHM.windowDays)) {
    const last = addDays(first, RHYTHM.windowDays - 1);
    yield [first, last > to ? to : last];
  }
}

export interface WindowRead {
  /** Records that came. */
  records: number;
  /** Visits that were not here as they are there. */
  changes: ChangedVisit[];
  /** The practice system's clock at its first answer; null when it was asked for no visits. */
  asOf: number | null;
}

/** Reads some days whole. */
@Injectable()
export class Windows {
  constructor(
    private readonly client: PmsClient,
    private readonly schedules: Schedules,
    private readonly visits: Visits,
    private readonly unreadable: UnreadableRecords,
    private readonly overlaps: Overlaps,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /**
   * Takes everything over; what is not there any more goes. All rows of a page are one write. `blank`: of the very first
   * import, where nothing is known; repeated after a crash, it writes the same again. `untouched`: nobody has begun with these
   * days before, so that nothing of them can have gone.
   */
  async read(
    site: Site,
    from: LocalDate,
    to: LocalDate,
    { blank = false, untouched = false } = {},
  ): Promise<WindowRead> {
    let batch = new VisitBatch(site, blank);
    let records = 0;
    let asOf: number | null = null;
    const changes: ChangedVisit[] = [];
    const commit = async () => {
      changes.push(...batch.changes());
      await this.visits.commit(batch);
      batch = new VisitBatch(site, blank);
    };
    const readsVisits = site.capabilities.read.includes('appointments');
    const seen = new Set<string>();
    const askedAt = this.clock.now();
    const pages = readsVisits ? this.client.pages(site, 'pullAppointments', { from, to }) : [];
    for await (const chunk of chunksOf(pages)) {
      if (batch.size > 0) await commit();
      asOf ??= chunk.asOf;
      records += chunk.records.length;
      await this.unreadable.meet(site, 'appointments', chunk);
      for (const { foreignId } of chunk.records) seen.add(foreignId);
      await this.visits.gather(batch, chunk.records, { askedAt, asOf: chunk.asOf });
    }
    // Hours come last: a day is not offered before all of its visits are here.
    records += await this.schedules.pull(site, from, to, batch.rewrites);
    await commit();
    if (readsVisits && !untouched) await this.visits.sweep(batch, from, to, seen, askedAt);
    await commit();
    await this.overlaps.checkMarked(site);
    return { records, changes, asOf };
  }
}
