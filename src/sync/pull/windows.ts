import { Inject, Injectable } from '@nestjs/common';
import { addDays, CLOCK, type Clock, type LocalDate } from '../../kernel/index.js';
import { PmsClient } from '../site/pms-client.js';
import type { Site } from '../site/site.js';
import { RHYTHM } from '../state/rhythm.js';
import { Schedules } from './schedules.js';
import { VisitBatch, type ChangedVisit } from './visit-batch.js';
import { Visits } from './visits.js';

/** Changes that are gathered before they are written: what bounds the memory of a pull. */
const MOST_GATHERED = 2_000;

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
}

/** Reads some days whole. */
@Injectable()
export class Windows {
  constructor(
    private readonly client: PmsClient,
    private readonly schedules: Schedules,
    private readonly visits: Visits,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Takes everything over; what is not there any more goes. All rows of a page are one write. */
  async read(site: Site, from: LocalDate, to: LocalDate): Promise<WindowRead> {
    let batch = new VisitBatch(site);
    let records = await this.schedules.pull(site, from, to, batch.rewrites);
    const changes: ChangedVisit[] = [];
    if (site.capabilities.read.includes('appointments')) {
      const askedAt = this.clock.now();
      const seen = new Set<string>();
      for await (const page of this.client.pages(site, 'pullAppointments', { from, to })) {
        records += page.records.length;
        for (const { foreignId } of page.records) seen.add(foreignId);
        await this.visits.gather(batch, page.records, askedAt);
        if (batch.size < MOST_GATHERED) continue;
        changes.push(...batch.changes());
        await this.visits.commit(batch);
        batch = new VisitBatch(site);
      }
      await this.visits.sweep(batch, from, to, seen, askedAt);
    }
    changes.push(...batch.changes());
    await this.visits.commit(batch);
    return { records, changes };
  }
}
